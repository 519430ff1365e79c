from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorata.rules.discounts import Discount, Line, apply, of_part, percentage_of, spread


def percent(off: str, id: str = "di_percent", products: frozenset[str] | None = None) -> Discount:
    return Discount(id, Decimal(off), None, products)


def amount(off: int, id: str = "di_amount", products: frozenset[str] | None = None) -> Discount:
    return Discount(id, None, off, products)


def line(value: int, *own: Discount, product: str = "prod_a", discountable: bool = True) -> Line:
    return Line(value, discountable, product, own)


def taken(lines: list[Line], *discounts: Discount) -> list[list[int]]:
    return [[share for _, share in shares] for shares in apply(lines, discounts)]


@pytest.mark.parametrize(("discounts", "left"), [
    ((percent("20"), amount(1000)), 7000),
    ((amount(1000), percent("20")), 7200),
])
def test_the_order_of_discounts_matters(discounts, left):
    [shares] = taken([line(10_000)], *discounts)
    assert 10_000 - sum(shares) == left


def test_an_amount_is_spread_with_earlier_shares_floored():
    assert taken([line(1000), line(2000)], amount(500)) == [[166], [334]]


def test_percent_rounds_on_each_line():
    assert taken([line(333), line(335)], percent("10")) == [[33], [34]]
    assert percentage_of(1000, Decimal("33.33")) == 333


def test_every_invoice_discount_is_named_on_lines_it_does_not_touch():
    lines = [line(20_000), line(-1935, discountable=False), line(7742, discountable=False)]
    assert apply(lines, [percent("50")]) == [
        [("di_percent", 10_000)], [("di_percent", 0)], [("di_percent", 0)]]


def test_negative_lines_take_nothing_even_when_discountable():
    assert taken([line(-500), line(1000)], amount(2000), percent("50")) == [[0, 0], [1000, 0]]


def test_a_restricted_discount_takes_from_its_products_only():
    lines = [line(1000, product="prod_a"), line(1000, product="prod_b")]
    only_b = frozenset({"prod_b"})
    assert taken(lines, amount(300, products=only_b)) == [[0], [300]]
    assert taken(lines, percent("10", products=only_b)) == [[0], [100]]
    assert taken(lines, percent("10", products=frozenset({"prod_c"}))) == [[0], [0]]


def test_own_discounts_come_first_and_are_named_on_their_line_alone():
    lines = [line(1000, amount(200, "di_own")), line(1000)]
    assert apply(lines, [percent("50")]) == [
        [("di_own", 200), ("di_percent", 400)], [("di_percent", 500)]]


def test_an_own_amount_is_taken_once_from_the_lines_of_one_item():
    own = amount(300, "di_own")
    assert taken([line(1000, own), line(500, own)]) == [[200], [100]]


def test_a_discount_never_exceeds_what_is_left():
    assert taken([line(100), line(50)], amount(500), amount(10, "di_more")) == [[100, 0], [50, 0]]


def test_the_remainder_that_the_last_line_cannot_carry_goes_before_it():
    assert spread(15, [5, 5, 5, 1]) == [4, 5, 5, 1]


def test_a_discount_without_a_value_is_refused():
    with pytest.raises(ValueError, match="di_x"):
        apply([line(100)], [Discount("di_x", None, None)])


percents = st.decimals("0.01", 100, places=2).map(lambda off: Discount(f"di_p{off}", off, None))
fixed = st.integers(1, 100_000).map(lambda off: Discount(f"di_f{off}", None, off))
some = st.lists(percents | fixed, max_size=4, unique_by=lambda each: each.id)
lines_ = st.lists(
    st.builds(Line, st.integers(-5_000, 50_000), st.booleans(),
              st.sampled_from(["prod_a", "prod_b"]), some.map(tuple)),
    max_size=8,
)


@given(lines=lines_, discounts=some)
def test_no_line_falls_below_zero_and_none_grows(lines, discounts):
    for given_line, shares in zip(lines, apply(lines, discounts), strict=True):
        assert all(share >= 0 for _, share in shares)
        assert sum(share for _, share in shares) <= max(0, given_line.amount)


@given(weights=st.lists(st.integers(1, 50_000), min_size=1, max_size=10),
       off=st.integers(0, 600_000))
def test_shares_of_an_amount_conserve_it(weights, off):
    shares = spread(off, weights)
    assert sum(shares) == min(off, sum(weights))
    assert all(0 <= share <= weight for share, weight in zip(shares, weights, strict=True))


@given(values=st.lists(st.integers(0, 50_000), min_size=1, max_size=6),
       off=st.integers(1, 100_000))
def test_an_invoice_amount_takes_as_much_as_there_is(values, off):
    shares = taken([line(value) for value in values], amount(off))
    assert sum(share for [share] in shares) == min(off, sum(values))


@pytest.mark.parametrize("sign", [1, -1])
def test_of_a_part_discounts_take_no_more_than_it_and_all_where_nothing_was_left(sign):
    def of(amount, *shares, free=True):
        taken = [(str(place), sign * share) for place, share in enumerate(shares)]
        return [sign * share for _, share in of_part(sign * amount, taken, free=free)]

    assert of(677, 339, 339) == [339, 338]
    assert of(355, 177, 177) == [177, 178]
    assert of(355, 177, 177, free=False) == [177, 177]
    assert of(1, 1, 1, free=False) == [1, 0]
    assert of(355) == []
