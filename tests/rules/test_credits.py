"""Credits as arithmetic: the order of grants, what lines they pay for, and that none is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorata.rules.credits import Grant, Line, burn_down, in_order, is_usable

CALLS = Line(1_000, "price_calls", True, "si_calls")
STORAGE = Line(800, "price_storage", True, "si_storage")
LICENSED = Line(500, "price_seat", False, "si_seat")


@pytest.mark.parametrize(("first", "second"), [
    pytest.param({"priority": 49}, {"expires_at": 1}, id="priority before all else"),
    pytest.param({"expires_at": 9}, {"promotional": True}, id="what ends before what does not"),
    pytest.param({"expires_at": 8}, {"expires_at": 9, "promotional": True}, id="the earlier end"),
    pytest.param({"promotional": True}, {"effective_at": -1}, id="promotional before paid"),
    pytest.param({"effective_at": 1, "created": 9}, {"effective_at": 2, "created": 1},
                 id="the earlier beginning"),
    pytest.param({"created": 1, "id": "b"}, {"created": 2, "id": "a"}, id="the earlier making"),
    pytest.param({"id": "a"}, {"id": "b"}, id="of one second, by id"),
])
def test_grants_have_an_order(first, second):
    wanted = [Grant(**{"id": "b", "left": 1, **first}), Grant(**{"id": "c", "left": 1, **second})]
    assert in_order(wanted[::-1]) == in_order(wanted) == wanted


@pytest.mark.parametrize(("begin", "end", "period_end", "now", "usable"), [
    pytest.param(10, None, 10, 10, True, id="begins with the end of the period"),
    pytest.param(11, None, 10, 20, False, id="begins after it"),
    pytest.param(0, 11, 10, 10, True, id="ends a second after it"),
    pytest.param(0, 10, 10, 10, False, id="ends with it"),
    pytest.param(0, 11, 10, 11, False, id="ends before the invoice is final"),
    pytest.param(15, None, 20, 10, True, id="will have begun, seen beforehand"),
])
def test_a_grant_is_usable(begin, end, period_end, now, usable):
    assert is_usable(begin, end, period_end, now) is usable


@pytest.mark.parametrize(("lines", "grants", "taken"), [
    pytest.param([CALLS], [Grant(id="a", left=400)], [[("a", 400)]], id="all of a grant"),
    pytest.param([CALLS], [Grant(id="a", left=4_000)], [[("a", 1_000)]], id="all of a line"),
    pytest.param([LICENSED, CALLS], [Grant(id="a", left=700)], [[], [("a", 700)]],
                 id="nothing for what is no usage"),
    pytest.param([CALLS, STORAGE], [Grant(id="a", left=1_300)], [[("a", 1_000)], [("a", 300)]],
                 id="lines in their order"),
    pytest.param([CALLS, STORAGE],
                 [Grant(id="b", left=500), Grant(id="a", left=900, priority=1)],
                 [[("a", 900), ("b", 100)], [("b", 400)]], id="grants in their order"),
    pytest.param([CALLS, STORAGE],
                 [Grant(id="a", left=900, prices=frozenset({"price_storage"}))],
                 [[], [("a", 800)]], id="only the prices that it is for"),
    pytest.param([Line(1_000, "p", True, "si"), Line(-700, "p", True, "si")],
                 [Grant(id="a", left=900)], [[("a", 300)], []],
                 id="what was billed before has been paid"),
    pytest.param([Line(-700, "p", True, "si"), CALLS], [Grant(id="a", left=900)],
                 [[], [("a", 900)]], id="what another item takes back is another thing"),
    pytest.param([Line(0, "p", True, "si")], [Grant(id="a", left=900)], [[]], id="no usage"),
])
def test_burn_down(lines, grants, taken):
    assert burn_down(lines, grants) == taken


prices = st.sampled_from(["p1", "p2", "p3"])
lines = st.lists(
    st.builds(Line, st.integers(-5_000, 5_000), prices, st.booleans(),
              st.sampled_from(["si_1", "si_2", None])),
    max_size=8,
)
grants = st.lists(
    st.builds(
        Grant, id=st.uuids().map(str), left=st.integers(0, 4_000),
        prices=st.one_of(st.none(), st.frozensets(prices, min_size=1)),
        priority=st.integers(0, 100), expires_at=st.one_of(st.none(), st.integers(1, 9)),
        promotional=st.booleans(), effective_at=st.integers(1, 9), created=st.integers(1, 9),
    ),
    max_size=6, unique_by=lambda each: each.id,
)  # fmt: skip


@given(lines, grants)
def test_no_credit_is_made_or_lost(lines, grants):
    taken = burn_down(lines, grants)
    for grant in grants:
        used = sum(amount for paid in taken for id, amount in paid if id == grant.id)
        assert 0 <= used <= grant.left
    for line, paid in zip(lines, taken, strict=True):
        assert all(amount > 0 for _, amount in paid)
        assert sum(amount for _, amount in paid) <= (max(line.amount, 0) if line.metered else 0)


@given(lines, grants)
def test_what_credits_could_pay_they_do_pay(lines, grants):
    """A line is left to be paid only when no grant that is for it has anything left."""
    taken = burn_down(lines, grants)
    left = {grant.id: grant.left for grant in grants}
    for paid in taken:
        for id, amount in paid:
            left[id] -= amount
    negative = {line.source for line in lines if line.metered and line.amount < 0}
    for line, paid in zip(lines, taken, strict=True):
        if not line.metered or line.source in negative:
            continue
        if line.amount - sum(amount for _, amount in paid) > 0:
            fitting = [each for each in grants if each.prices is None or line.price in each.prices]
            assert not any(left[each.id] for each in fitting)


@given(lines, grants)
def test_credits_never_pay_more_than_an_item_is_billed_net(lines, grants):
    taken = burn_down(lines, grants)
    for source in {line.source for line in lines}:
        mine = [place for place, line in enumerate(lines) if line.source == source]
        net = sum(lines[place].amount for place in mine if lines[place].metered)
        assert sum(amount for place in mine for _, amount in taken[place]) <= max(net, 0)
