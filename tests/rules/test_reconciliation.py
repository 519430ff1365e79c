"""Reconciliation: what each waiting payment gets of a bank transfer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorata.rules.reconciliation import Waiting, share_out

OLD = Waiting("pi_old", 500, 1)
NEW = Waiting("pi_new", 300, 2, reference="REF9")
INVOICE = Waiting("in_1", 400, 3, whole=True)


@pytest.mark.parametrize(("available", "reference", "group", "shares"), [
    pytest.param(200, None, 1, [("pi_old", 200)], id="the oldest intent is partly funded"),
    pytest.param(300, None, 1, [("pi_new", 300)], id="an exact amount is matched first"),
    pytest.param(450, None, 1, [("in_1", 400), ("pi_old", 50)], id="invoices before intents"),
    pytest.param(200, "for ref9", 1, [("pi_new", 200)], id="the reference comes first"),
    pytest.param(700, None, 2, [("pi_new", 300), ("in_1", 400)], id="a group makes the amount"),
    pytest.param(700, None, 1, [("in_1", 400), ("pi_old", 300)], id="no groups where none may"),
    pytest.param(5000, None, 1, [("in_1", 400), ("pi_old", 500), ("pi_new", 300)],
                 id="what nobody waits for is left"),
    pytest.param(0, "REF9", 1, [], id="nothing comes of nothing"),
])  # fmt: skip
def test_share_out(available, reference, group, shares):
    assert share_out(available, reference, [NEW, INVOICE, OLD], group) == shares


def test_an_invoice_is_never_partly_funded():
    assert share_out(399, None, [INVOICE]) == []


@given(
    st.integers(0, 3000),
    st.lists(st.tuples(st.integers(1, 900), st.integers(0, 5), st.booleans()), max_size=8),
    st.integers(1, 3),
)
def test_shares_never_exceed_the_money_nor_what_is_asked(available, rows, group):
    waiting = [
        Waiting(f"id_{number}", amount, created, whole)
        for number, (amount, created, whole) in enumerate(rows)
    ]
    shares = dict(share_out(available, None, waiting, group))
    assert sum(shares.values()) <= available
    for each in waiting:
        got = shares.get(each.id, 0)
        assert 0 <= got <= each.amount
        assert not each.whole or got in (0, each.amount)
    left = available - sum(shares.values())
    unpaid = [each for each in waiting if not each.whole and shares.get(each.id, 0) < each.amount]
    assert left == 0 or not unpaid
