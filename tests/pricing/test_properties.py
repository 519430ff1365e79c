"""What holds of every price: totals, tiers, packages, and that a preview is the charge."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import stripe
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from acceptance.lives import assert_same
from pricing.shop import Shopper
from prorata.rules.pricing import PriceTerms, Tier, amount, parts
from subscriptions.life import DAY, first

EXACT = st.decimals(0, 10_000, places=12)
WHOLE = st.integers(0, 10_000).map(Decimal)
QUANTITIES = st.integers(0, 2_000)
FRACTIONS = st.decimals(0, 2_000, places=6)


def tables(units=EXACT, flats=st.none() | EXACT, most=6):
    """Return the strategy of tiers: widths become bounds, the last one open."""
    rows = st.lists(st.tuples(st.integers(1, 300), units, flats), min_size=1, max_size=most)
    return rows.map(_as_tiers)


def _as_tiers(rows):
    bounds, below = [], 0
    for width, _, _ in rows:
        below += width
        bounds.append(below)
    bounds[-1] = None
    return tuple(
        Tier(bound, unit, flat) for bound, (_, unit, flat) in zip(bounds, rows, strict=True)
    )


def graduated(tiers):
    return PriceTerms(None, tiers, "graduated")


def volume(tiers):
    return PriceTerms(None, tiers, "volume")


def packages(unit, divide_by, round):
    return PriceTerms(unit, divide_by=divide_by, round=round)


def nearest(value):
    return int(value.to_integral_value(ROUND_HALF_UP))


MODES = st.sampled_from([graduated, volume])
PRICES = st.one_of(
    EXACT.map(PriceTerms),
    st.builds(packages, EXACT, st.integers(1, 100), st.sampled_from(["up", "down"])),
    st.builds(lambda mode, tiers: mode(tiers), MODES, tables()),
)


@given(terms=PRICES, quantity=QUANTITIES | FRACTIONS)
def test_a_total_is_the_sum_of_its_lines_each_rounded_once(terms, quantity):
    found = parts(terms, quantity)
    assert amount(terms, quantity) == sum(part.amount for part in found)
    for part in found:
        if terms.divide_by is None:
            exact = part.unit_amount * (1 if part.flat else Decimal(part.quantity))
            assert part.amount == nearest(exact)


@given(terms=PRICES, quantity=QUANTITIES | FRACTIONS)
def test_nothing_is_billed_below_zero(terms, quantity):
    assert all(part.amount >= 0 and part.quantity >= 0 for part in parts(terms, quantity))
    assert amount(terms, -quantity) == amount(terms, 0)


@given(tiers=tables(), quantity=QUANTITIES)
def test_one_more_unit_never_costs_less_in_graduated_pricing(tiers, quantity):
    assert amount(graduated(tiers), quantity) <= amount(graduated(tiers), quantity + 1)


@given(
    unit=EXACT,
    divide_by=st.integers(1, 100),
    round=st.sampled_from(["up", "down"]),
    quantity=QUANTITIES,
)
def test_nor_of_a_flat_rate_or_a_package(unit, divide_by, round, quantity):
    for terms in (PriceTerms(unit), packages(unit, divide_by, round)):
        assert amount(terms, quantity) <= amount(terms, quantity + 1)


@given(tiers=tables(units=WHOLE, flats=st.none() | WHOLE), quantity=st.integers(0, 300))
def test_graduated_pricing_asks_for_each_unit_what_its_tier_says(tiers, quantity):
    def of(unit):
        return next(each for each in tiers if each.up_to is None or unit <= each.up_to)

    units = sum(of(unit).unit_amount for unit in range(1, quantity + 1))
    reached = {id(of(unit)): of(unit) for unit in range(1, quantity + 1)} or {0: tiers[0]}
    assert amount(graduated(tiers), quantity) == units + sum(
        each.flat_amount or 0 for each in reached.values()
    )


@given(tiers=tables(), quantity=QUANTITIES | FRACTIONS)
def test_volume_pricing_picks_one_tier_for_all_units(tiers, quantity):
    found = parts(volume(tiers), quantity)
    [number] = {part.tier for part in found}
    chosen = tiers[number - 1]
    assert chosen.up_to is None or quantity <= chosen.up_to
    assert number == 1 or quantity > tiers[number - 2].up_to
    assert [part.flat for part in found] == [False, True][: 1 + (chosen.flat_amount is not None)]
    assert found[0].quantity == quantity


@given(tiers=tables(), quantity=QUANTITIES | FRACTIONS)
def test_the_units_of_all_tiers_are_the_quantity(tiers, quantity):
    found = parts(graduated(tiers), quantity)
    assert sum(Fraction(part.quantity) for part in found) == Fraction(quantity)
    numbers = [part.tier for part in found]
    assert numbers == sorted(numbers) and set(numbers) == set(range(1, numbers[-1] + 1))


@given(tiers=tables(), quantity=QUANTITIES)
def test_one_tier_costs_the_same_in_both_modes_and_as_a_plain_price(tiers, quantity):
    [*_, last] = tiers
    alone = (Tier(None, last.unit_amount, None),)
    assert amount(graduated(alone), quantity) == amount(volume(alone), quantity)
    assert amount(graduated(alone), quantity) == amount(PriceTerms(last.unit_amount), quantity)
    within = min(quantity, tiers[0].up_to or quantity)
    assert amount(graduated(tiers), within) == amount(volume(tiers), within)


@given(unit=EXACT, divide_by=st.integers(1, 100), quantity=QUANTITIES | FRACTIONS)
def test_packages_rounded_up_cost_one_more_at_most(unit, divide_by, quantity):
    up, down = (packages(unit, divide_by, round) for round in ("up", "down"))
    assert amount(down, quantity) <= amount(up, quantity)
    assert amount(up, quantity) - amount(down, quantity) <= nearest(unit) + 1
    if quantity % divide_by == 0:
        assert amount(down, quantity) == amount(up, quantity)


@given(unit=WHOLE, divide_by=st.integers(1, 100), one=QUANTITIES, other=QUANTITIES)
def test_a_quantity_that_is_split_begins_more_packages_and_fills_fewer(unit, divide_by, one, other):
    def apart(round):
        terms = packages(unit, divide_by, round)
        return amount(terms, one) + amount(terms, other), amount(terms, one + other)

    split, together = apart("up")
    assert together <= split <= together + unit
    split, together = apart("down")
    assert together - unit <= split <= together
    assert amount(PriceTerms(unit), one) + amount(PriceTerms(unit), other) == amount(
        PriceTerms(unit), one + other
    )


@given(
    rows=st.lists(st.tuples(st.integers(1, 300), st.integers(0, 10_000)), min_size=1, max_size=6),
    one=QUANTITIES,
    other=QUANTITIES,
)
def test_splitting_a_quantity_pays_only_where_later_tiers_cost_more(rows, one, other):
    def cost(units, quantity):
        widths = [width for width, _ in rows]
        tiers = _as_tiers([(w, Decimal(u), None) for w, u in zip(widths, units, strict=True)])
        return amount(graduated(tiers), quantity)

    units = sorted(unit for _, unit in rows)
    assert cost(units, one) + cost(units, other) <= cost(units, one + other)
    units.reverse()
    assert cost(units, one) + cost(units, other) >= cost(units, one + other)


@given(terms=PRICES, quantity=QUANTITIES, step=st.sampled_from([10, 100]))
def test_lines_fall_on_the_steps_of_a_currency(terms, quantity, step):
    stepped = PriceTerms(
        terms.unit_amount, terms.tiers, terms.tiers_mode, terms.divide_by, terms.round, step
    )
    for part in parts(stepped, quantity):
        assert part.amount % step == 0
    for fine, coarse in zip(parts(terms, quantity), parts(stepped, quantity), strict=True):
        assert abs(fine.amount - coarse.amount) <= step // 2 + 1


# What follows asks a server, so it tries fewer.

AMOUNTS = st.decimals(0, 900, places=4).map(str)
SENT_TIERS = st.lists(
    st.tuples(st.integers(1, 20), AMOUNTS, st.none() | st.integers(0, 900)), min_size=1, max_size=4
)


def _sent(mode, rows):
    tiers, below = [], 0
    for width, unit, flat in rows:
        below += width
        tiers.append(
            {
                "up_to": below,
                "unit_amount_decimal": unit,
                **({} if flat is None else {"flat_amount": flat}),
            }
        )
    tiers[-1]["up_to"] = "inf"
    return {"billing_scheme": "tiered", "tiers_mode": mode, "tiers": tiers}


SENT = st.one_of(
    AMOUNTS.map(lambda unit: {"unit_amount_decimal": unit}),
    st.builds(
        lambda unit, divide_by, round: {
            "unit_amount_decimal": unit,
            "transform_quantity": {"divide_by": divide_by, "round": round},
        },
        AMOUNTS,
        st.integers(1, 7),
        st.sampled_from(["up", "down"]),
    ),
    st.builds(_sent, st.sampled_from(["graduated", "volume"]), SENT_TIERS),
)
# Twice that is more lines than an invoice shows.
STEPS = _sent("graduated", [(1, "0", None), (1, "0", None), (1, "0", 0), (1, "0", 1)])
INTERVALS = st.sampled_from([("month", 1), ("month", 3), ("year", 1)])
COUNTS = st.integers(0, 60)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(items=[({"unit_amount_decimal": "0.5"}, ("month", 1), 1)], change=1, hours=1)
@example(items=[(STEPS, ("month", 1), 0), (STEPS, ("month", 1), 4)], change=4, hours=1)
@given(
    items=st.lists(st.tuples(SENT, INTERVALS, COUNTS), min_size=1, max_size=3),
    change=COUNTS,
    hours=st.integers(1, 27 * 24),
)
def test_a_preview_is_the_charge(client, items, change, hours):
    assume(any(interval == ("month", 1) for _, interval, _ in items) or len(items) == 1)
    shopper = Shopper(client)
    wanted = [
        {
            "price": shopper.sell(**terms, recurring={"interval": name, "interval_count": count}),
            "quantity": quantity,
        }
        for terms, (name, count), quantity in items
    ]
    shown = shopper.preview(
        None, customer=shopper.customer.id, subscription_details={"items": wanted}
    )
    bought = client.v1.subscriptions.create({"customer": shopper.customer.id, "items": wanted})
    assert_adds_up(shown)
    assert_same(shown, shopper.latest(bought))
    shopper.advance(shopper.now + hours * 3600)
    details = {
        "items": [{"id": first(bought).id, "quantity": change}],
        "proration_behavior": "always_invoice",
        "proration_date": shopper.now,
    }
    shown = shopper.preview(bought, subscription_details=details)
    changed = shopper.update(bought, **details)
    assert_adds_up(shown)
    if first(bought).quantity != change:
        assert_same(shown, shopper.latest(changed))
    shown = shopper.preview(changed)
    shopper.advance(min(item.current_period_end for item in changed["items"].data) + DAY // 4)
    assert_same(shown, shopper.latest(changed))
    # Whatever became of the change, a renewal asks the full price of what is renewed.
    assert_adds_up(shopper.latest(changed))


def assert_adds_up(invoice: stripe.Invoice) -> None:
    # An invoice shows the first ten of its lines.
    lines = invoice.lines.auto_paging_iter()
    assert invoice.total == invoice.subtotal == sum(line.amount for line in lines)
