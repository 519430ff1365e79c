from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorata.rules.taxes import Rate, TaxShare, apply, exempt


def rate(percentage: str, inclusive: bool = False, id: str | None = None) -> Rate:
    return Rate(id or f"txr_{percentage}_{inclusive}", Decimal(percentage), inclusive)


def amounts(lines, rounding: str = "line") -> list[list[int]]:
    return [[share.amount for share in shares] for shares in apply(lines, rounding)]


def test_one_rate_on_five():
    assert amounts([(500, (rate("25"),))]) == [[125]]
    assert amounts([(500, (rate("25", True),))]) == [[100]]


@pytest.mark.parametrize(("rates", "taxes"), [
    pytest.param((rate("5"),), [[23], [45]], id="exclusive"),
    pytest.param((rate("5", True),), [[21], [43]], id="inclusive"),
    pytest.param((rate("5", True), rate("7")), [[21, 30], [43, 60]], id="both"),
    pytest.param((rate("7"), rate("5", True)), [[30, 21], [60, 43]], id="in any order"),
])
def test_published_example_of_five_and_ten_less_a_tenth(rates, taxes):
    assert amounts([(450, rates), (900, rates)]) == taxes


def test_published_inclusive_example_by_line():
    ten = rate("10", True)
    assert amounts([(100_000, (ten,)), (5_000, (ten,))]) == [[9091], [455]]


def test_taxable_amount_is_the_net_base():
    [[share]] = apply([(1200, (rate("20", True, "txr_vat"),))])
    assert share == TaxShare("txr_vat", 200, True, 1000)
    [[inside, outside]] = apply([(450, (rate("5", True), rate("7")))])
    assert (inside.taxable_amount, outside.taxable_amount) == (429, 429)


def test_two_inclusive_rates_share_the_same_base():
    [[first, second]] = apply([(11_500, (rate("10", True), rate("5", True)))])
    assert (first.amount, second.amount, first.taxable_amount) == (1000, 500, 10_000)


def test_a_reversal_takes_back_exactly_the_tax():
    assert amounts([(450, (rate("5"),)), (-450, (rate("5"),))]) == [[23], [-23]]


def test_no_rates_no_taxes():
    assert apply([(1000, ())]) == [[]]
    assert apply([(1000, ())], "invoice") == [[]]


def test_invoice_rounding_rounds_the_sum_of_a_rate():
    five = rate("5")
    lines = [(450, (five,)), (450, (five,))]
    assert amounts(lines) == [[23], [23]]
    assert amounts(lines, "invoice") == [[23], [22]]


def test_invoice_rounding_keeps_rates_apart():
    lines = [(110, (rate("5"),)), (110, (rate("5"), rate("10", True))), (110, ())]
    assert amounts(lines, "invoice") == [[6], [5, 10], []]


def test_an_unknown_rounding_is_refused():
    with pytest.raises(ValueError, match="subtotal"):
        apply([], "subtotal")


def test_an_exempt_customer_pays_without_the_inclusive_tax():
    assert exempt(10_000, [rate("10", True)]) == 9_091
    assert exempt(10_000, [rate("10")]) == 10_000
    assert exempt(10_000, []) == 10_000


rates = st.lists(
    st.builds(lambda p, inclusive: Rate(f"txr_{p}_{inclusive}", p, inclusive),
              st.decimals(0, 100, places=4), st.booleans()),
    max_size=5, unique_by=lambda each: each.id,
).map(tuple)
lines_ = st.lists(st.tuples(st.integers(-100_000, 100_000), rates), max_size=6)


@given(lines=lines_, rounding=st.sampled_from(["line", "invoice"]))
def test_net_and_inclusive_taxes_add_up_to_the_line(lines, rounding):
    for (amount, _), shares in zip(lines, apply(lines, rounding), strict=True):
        inside = sum(share.amount for share in shares if share.inclusive)
        assert all(share.taxable_amount == amount - inside for share in shares)


@given(lines=lines_)
def test_line_taxes_are_exact_to_half_a_unit(lines):
    for (amount, own), shares in zip(lines, apply(lines), strict=True):
        inside = sum((Fraction(r.percentage) for r in own if r.inclusive), Fraction(0))
        for each, share in zip(own, shares, strict=True):
            base = Fraction(100 * amount) / (100 + inside) if each.inclusive else (
                share.taxable_amount)
            assert abs(share.amount - base * Fraction(each.percentage) / 100) <= Fraction(1, 2)


@given(values=st.lists(st.integers(-100_000, 100_000), min_size=1, max_size=8), own=rates)
def test_invoice_shares_add_up_to_the_rounded_sum(values, own):
    shares = apply([(value, own) for value in values], "invoice")
    inside = sum((Fraction(r.percentage) for r in own if r.inclusive), Fraction(0))
    for index, each in enumerate(own):
        exact = sum(values) * Fraction(each.percentage) / (100 + inside)
        total = sum(line[index].amount for line in shares)
        assert abs(total - exact) <= Fraction(1, 2)
