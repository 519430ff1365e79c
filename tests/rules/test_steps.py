"""Steps: whatever is reckoned of multiples of a step is a multiple again, and adds up."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorata.rules import discounts, pricing, taxes
from prorata.rules.discounts import Discount, Line, spread
from prorata.rules.proration import share
from prorata.rules.rounding import ratio_half_down, ratio_half_up, round_half_up

steps = st.sampled_from([1, 10, 100])
counts = st.integers(0, 10**9)
percents = st.decimals(0, 100, places=4)


@pytest.mark.parametrize(("numerator", "denominator", "step", "up", "down"), [
    (125, 1, 10, 130, 120), (-125, 1, 10, -130, -130), (124, 1, 10, 120, 120),
    (150, 1, 100, 200, 100), (149, 1, 100, 100, 100), (1, 3, 100, 0, 0),
])  # fmt: skip
def test_halves_go_the_same_way_at_any_step(numerator, denominator, step, up, down):
    assert ratio_half_up(numerator, denominator, step) == up
    assert ratio_half_down(numerator, denominator, step) == down
    assert round_half_up(Fraction(numerator, denominator), step) == up


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6), steps)
def test_what_is_rounded_is_a_step_that_is_nearest(numerator, denominator, step):
    for rounded in (ratio_half_up, ratio_half_down):
        found = rounded(numerator, denominator, step)
        assert found % step == 0
        assert 2 * abs(Fraction(numerator, denominator) - found) <= step


@given(st.lists(counts, min_size=1, max_size=5), counts, steps)
def test_an_amount_is_spread_in_steps_and_whole(weights, amount, step):
    weights, amount = [each * step for each in weights], amount * step
    shares = spread(amount, weights, step)
    assert sum(shares) == min(amount, sum(weights))
    assert all(part % step == 0 and part <= most
               for part, most in zip(shares, weights, strict=True))


@given(st.lists(counts, min_size=1, max_size=4), percents.filter(bool), counts, steps)
def test_discounts_take_steps(amounts, percent, off, step):
    lines = [Line(each * step, True, None) for each in amounts]
    both = [Discount("a", percent, None), Discount("b", None, off * step + step)]
    for line, taken in zip(lines, discounts.apply(lines, both, step), strict=True):
        assert all(amount % step == 0 for _, amount in taken)
        assert 0 <= sum(amount for _, amount in taken) <= line.amount


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=4), percents, percents, steps,
       st.sampled_from(["line", "invoice"]))  # fmt: skip
def test_taxes_are_steps(amounts, first, second, step, rounding):
    rates = (taxes.Rate("a", first, True), taxes.Rate("b", second, False))
    found = taxes.apply([(each * step, rates) for each in amounts], rounding, step)
    for amount, shares in zip(amounts, found, strict=True):
        assert all(each.amount % step == 0 and each.taxable_amount % step == 0 for each in shares)
        inside = sum(each.amount for each in shares if each.inclusive)
        assert amount * step - inside == shares[0].taxable_amount


def test_prices_and_shares_are_steps():
    terms = pricing.PriceTerms(unit_amount=Decimal("1234.5"), step=100)
    assert pricing.amount(terms, 3) == 3_700
    first, rest = pricing.Tier(1, Decimal("12.5"), Decimal(5)), pricing.Tier(None, Decimal(7), None)
    tiered = pricing.PriceTerms(None, (first, rest), "graduated", step=10)
    assert [part.amount for part in pricing.parts(tiered, 3)] == [10, 10, 10]
    assert share(100_000, 1, 3, 100) == 33_300
