from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorata.rules.pricing import PriceTerms, Tier, amount, check_tiers, parts, transformed

D = Decimal


def tiers(*rows: tuple[int | None, int | str | None, int | str | None]) -> tuple[Tier, ...]:
    def decimal(value: int | str | None) -> Decimal | None:
        return None if value is None else D(value)

    return tuple(Tier(up_to, decimal(unit), decimal(flat)) for up_to, unit, flat in rows)


SEATS = tiers((5, 700, None), (10, 650, None), (None, 600, None))
BY_FIVES = tiers((5, 500, None), (10, 400, None), (15, 300, None), (20, 200, None),
                 (None, 100, None))
FLATS = tiers((5, 500, 1000), (10, 400, 2000), (15, 300, 3000), (20, 200, 4000), (None, 100, 5000))


@pytest.mark.parametrize(("mode", "table", "quantity", "price"), [
    ("volume", SEATS, 5, 3500), ("volume", SEATS, 6, 3900), ("volume", SEATS, 20, 12000),
    ("volume", SEATS, 25, 15000),
    ("graduated", SEATS, 6, 4150),
    ("graduated", BY_FIVES, 6, 2900), ("graduated", BY_FIVES, 20, 7000),
    ("graduated", BY_FIVES, 25, 7500),
    ("volume", BY_FIVES, 1, 500), ("volume", BY_FIVES, 5, 2500), ("volume", BY_FIVES, 6, 2400),
    ("volume", BY_FIVES, 20, 4000), ("volume", BY_FIVES, 25, 2500),
    ("volume", FLATS, 12, 6600), ("graduated", FLATS, 12, 11100),
    ("volume", FLATS, 0, 1000), ("graduated", FLATS, 0, 1000),
])
def test_published_tier_examples(mode, table, quantity, price):
    assert amount(PriceTerms(None, table, mode), quantity) == price


@pytest.mark.parametrize(("terms", "quantity", "price"), [
    pytest.param(PriceTerms(D(1000)), 3, 3000, id="per seat"),
    pytest.param(PriceTerms(D("0.05")), 1000, 50, id="a fraction of a cent"),
    pytest.param(PriceTerms(D("2.5")), 1, 3, id="half a cent goes up"),
    pytest.param(PriceTerms(D("-2.5")), 1, -3, id="and so does what it reverses"),
    pytest.param(PriceTerms(D("0.000000000001")), 999_999_999_999_999, 1000, id="15 × 12 digits"),
    pytest.param(PriceTerms(D(1000), divide_by=5, round="up"), 1, 1000, id="one of a pack of 5"),
    pytest.param(PriceTerms(D(1000), divide_by=5, round="up"), 5, 1000, id="a full pack"),
    pytest.param(PriceTerms(D(1000), divide_by=5, round="up"), 6, 2000, id="a second pack"),
    pytest.param(PriceTerms(D(10), divide_by=1000, round="down"), 1999, 10, id="whole packs only"),
    pytest.param(PriceTerms(D(10), divide_by=1000, round="down"), 999, 0, id="no whole pack"),
    pytest.param(PriceTerms(D("7.5"), divide_by=60, round="up"), 9892, 1238, id="voice minutes"),
    pytest.param(PriceTerms(D(100)), D("2.5"), 250, id="fractional usage"),
    pytest.param(PriceTerms(D(100)), -4, 0, id="usage corrected below zero"),
    pytest.param(PriceTerms(D(100)), 0, 0, id="nothing"),
])
def test_plain_prices(terms, quantity, price):
    assert amount(terms, quantity) == price
    assert len(parts(terms, quantity)) == 1


def test_a_pack_line_shows_the_raw_quantity():
    terms = PriceTerms(D(8), divide_by=60, round="up")
    [part] = parts(terms, 9892)
    assert part.quantity == 9892
    assert transformed(terms, 9892) == 165
    assert transformed(terms, D("60.5")) == 2


def test_graduated_parts_follow_the_recorded_order():
    table = tiers((1000, 0, 900), (None, "3.6", 0))
    found = parts(PriceTerms(None, table, "graduated"), 1031)
    assert [(p.amount, p.quantity, p.unit_amount, p.tier, p.flat) for p in found] == [
        (0, 1000, D(0), 1, False),
        (900, 0, D(900), 1, True),
        (112, 31, D("3.6"), 2, False),
        (0, 0, D(0), 2, True),
    ]


def test_a_tier_without_a_flat_amount_has_no_flat_part():
    assert [p.flat for p in parts(PriceTerms(None, SEATS, "graduated"), 11)] == [False] * 3


def test_a_flat_fee_alone_is_a_free_unit_part_and_a_flat_part():
    table = tiers((10, None, 1000), (None, None, 2500))
    found = parts(PriceTerms(None, table, "volume"), 4)
    assert [(p.amount, p.quantity, p.tier, p.flat) for p in found] == [
        (0, 4, 1, False), (1000, 0, 1, True)]


def test_a_first_tier_of_one_unit_bills_nothing_for_nothing():
    table = tiers((1, 1000, None), (None, 0, None))
    assert amount(PriceTerms(None, table, "graduated"), 0) == 0
    assert amount(PriceTerms(None, table, "graduated"), 7) == 1000


def test_a_boundary_quantity_stays_in_its_tier():
    assert [p.tier for p in parts(PriceTerms(None, SEATS, "volume"), 10)] == [2]
    assert [p.tier for p in parts(PriceTerms(None, SEATS, "graduated"), 10)] == [1, 2]


def test_a_whole_decimal_quantity_becomes_an_integer():
    [part] = parts(PriceTerms(D(100)), D("3.0"))
    assert part.quantity == 3
    assert isinstance(part.quantity, int)


def test_fixed_fee_and_overage():
    overage = PriceTerms(None, tiers((100_000, 0, None), (None, "0.1", None)), "graduated")
    assert amount(overage, 100_000) == 0
    assert amount(overage, 101_000) == 100


def test_terms_without_an_amount_are_refused():
    with pytest.raises(ValueError, match="unit_amount"):
        amount(PriceTerms(None), 1)
    with pytest.raises(ValueError, match="tiers_mode"):
        amount(PriceTerms(None, SEATS), 1)


@pytest.mark.parametrize(("table", "message"), [
    ((), "open"),
    (tiers((5, 1, None)), "open"),
    (tiers((5, 1, None), (5, 1, None), (None, 1, None)), "ascend"),
    (tiers((None, 1, None), (None, 1, None)), "only the last"),
    (tiers((5, None, None), (None, 1, None)), "unit_amount or a flat_amount"),
])
def test_malformed_tiers_are_refused(table, message):
    with pytest.raises(ValueError, match=message):
        check_tiers(table)
    check_tiers(FLATS)


prices = st.decimals(0, 10_000, places=4)
tables = st.lists(
    st.tuples(st.integers(1, 500), prices, st.none() | prices), min_size=1, max_size=6
).map(lambda rows: tuple(
    Tier(None if n == len(rows) - 1 else sum(r[0] for r in rows[: n + 1]), unit, flat)
    for n, (_, unit, flat) in enumerate(rows)
))


@given(table=tables, quantity=st.integers(0, 5_000))
def test_graduated_units_add_up_to_the_quantity(table, quantity):
    found = parts(PriceTerms(None, table, "graduated"), quantity)
    assert sum(part.quantity for part in found) == quantity
    assert all(part.flat or part.amount == int(
        (part.unit_amount * part.quantity).to_integral_value(ROUND_HALF_UP)) for part in found)


@given(table=tables, quantity=st.integers(0, 5_000), more=st.integers(0, 500))
def test_graduated_prices_never_fall_as_quantity_grows(table, quantity, more):
    terms = PriceTerms(None, table, "graduated")
    assert amount(terms, quantity) <= amount(terms, quantity + more)


@given(table=tables, quantity=st.integers(0, 5_000), mode=st.sampled_from(["graduated", "volume"]))
def test_the_amount_is_the_sum_of_its_parts(table, quantity, mode):
    terms = PriceTerms(None, table, mode)
    assert amount(terms, quantity) == sum(part.amount for part in parts(terms, quantity))


@given(unit=prices, quantity=st.integers(0, 5_000))
def test_a_single_tier_costs_what_a_plain_price_does(unit, quantity):
    for mode in ("graduated", "volume"):
        tiered = PriceTerms(None, (Tier(None, unit, None),), mode)
        assert amount(tiered, quantity) == amount(PriceTerms(unit), quantity)
