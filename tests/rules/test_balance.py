from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorata.rules.balance import settle


@pytest.mark.parametrize(("total", "balance", "due", "ending", "applied", "moved", "type_"), [
    pytest.param(2000, 0, 2000, 0, 0, 0, None, id="nothing on the balance"),
    pytest.param(2000, -500, 1500, 0, 500, 0, None, id="credit is used"),
    pytest.param(300, -500, 0, -200, 300, 0, None, id="credit is left"),
    pytest.param(500, -500, 0, 0, 500, 0, None, id="credit covers exactly"),
    pytest.param(2000, 100, 2100, 0, -100, 0, None, id="a debit is collected"),
    pytest.param(-334, 0, 0, -334, -334, 0, None, id="a negative total is credited"),
    pytest.param(-334, 100, 0, -234, -334, 0, None, id="and nets a debit"),
    pytest.param(0, -500, 0, -500, 0, 0, None, id="zero uses no credit"),
    pytest.param(1, 0, 0, 1, 0, 1, "invoice_too_small", id="one cent"),
    pytest.param(4, 0, 0, 4, 0, 4, "invoice_too_small", id="four cents"),
    pytest.param(530, -500, 0, 30, 500, 30, "invoice_too_small", id="too little is left"),
    pytest.param(20, 10, 0, 30, -10, 30, "invoice_too_small", id="small debts add up"),
    pytest.param(50, 0, 50, 0, 0, 0, None, id="exactly the minimum"),
    pytest.param(46, 4, 50, 0, -4, 0, None, id="enough together"),
    pytest.param(10**8, 0, 0, 10**8, 0, 10**8, "invoice_too_large", id="above the maximum"),
])
def test_settle(total, balance, due, ending, applied, moved, type_):
    found = settle(total, balance, 50, 99_999_999)
    assert (found.amount_due, found.starting_balance, found.ending_balance) == (
        due, balance, ending)
    assert (found.applied, found.moved_to_balance, found.moved_type) == (applied, moved, type_)


@given(total=st.integers(-10**9, 10**9), balance=st.integers(-10**9, 10**9),
       minimum=st.integers(0, 10_000))
def test_nothing_is_lost_between_invoice_and_balance(total, balance, minimum):
    due = settle(total, balance, minimum)
    assert due.amount_due + due.ending_balance == total + balance
    assert due.amount_due == 0 or due.amount_due >= minimum
    assert due.starting_balance + due.applied + due.moved_to_balance == due.ending_balance
