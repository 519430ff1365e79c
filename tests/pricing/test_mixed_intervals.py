"""Mixed intervals: items of one subscription that renew at different times."""

from __future__ import annotations

import pytest

from acceptance.till import refused
from pricing.shop import tiered, whole
from subscriptions.life import at, period

D, W, M, Y = "day", "week", "month", "year"

# Each interval is a multiple of the shortest one.
FIT = (
    ((M, 1), (M, 3)),
    ((M, 1), (Y, 1)),
    ((D, 1), (W, 1)),
    ((W, 2), (W, 4)),
    ((M, 2), (M, 4), (M, 6)),
    ((M, 6), (Y, 1)),
    ((D, 7), (W, 1)),
    ((M, 12), (Y, 1)),
    ((M, 3), (Y, 1), (M, 6)),
)
UNFIT = (
    ((M, 2), (M, 3)),
    ((W, 1), (M, 1)),
    ((D, 2), (W, 1)),
    ((M, 5), (Y, 1)),
    ((D, 1), (M, 1)),
    ((W, 1), (Y, 1)),
)


def sell(shopper, *intervals, amount=1000):
    return [
        shopper.sell(
            f"{count} {interval}",
            unit_amount=amount * (place + 1),
            recurring={"interval": interval, "interval_count": count},
        )
        for place, (interval, count) in enumerate(intervals)
    ]


@pytest.mark.parametrize("intervals", FIT)
def test_intervals_that_fit(shopper, intervals):
    bought = shopper.buy(*sell(shopper, *intervals))
    assert shopper.latest(bought).total == sum(1000 * n for n in range(1, len(intervals) + 1))
    # The shortest comes round first, and alone unless another lasts as long.
    shown = shopper.preview(bought)
    ends = [item.current_period_end for item in bought["items"].data]
    assert len(shown.lines.data) == ends.count(min(ends))


@pytest.mark.parametrize("intervals", UNFIT)
def test_intervals_that_do_not(shopper, intervals):
    prices = sell(shopper, *intervals)
    assert refused(shopper.buy, *prices)[::2] == (400, "items")
    bought = shopper.buy(prices[0])
    assert refused(shopper.update, bought, items=[{"price": prices[1]}])[::2] == (400, "items")
    phase = {
        "items": [{"price": each} for each in prices],
        "duration": {"interval": "year", "interval_count": 1},
    }
    assert refused(shopper.plan, phase)[0] == 400


def test_classic_billing_has_one_interval(shopper):
    prices = sell(shopper, (M, 1), (Y, 1))
    assert refused(shopper.buy, *prices, billing_mode={"type": "classic"})[::2] == (400, "items")
    one = shopper.buy(prices[0], billing_mode={"type": "classic"})
    assert refused(shopper.update, one, items=[{"price": prices[1]}])[::2] == (400, "items")


def test_each_item_keeps_its_own_time_and_what_falls_together_is_billed_together(shopper):
    monthly, quarterly, yearly = sell(shopper, (M, 1), (M, 3), (Y, 1))
    bought = shopper.buy(monthly, (quarterly, 2), yearly)
    assert {item.price.id: period(item) for item in bought["items"].data} == {
        monthly: (at("2026-01-01"), at("2026-02-01")),
        quarterly: (at("2026-01-01"), at("2026-04-01")),
        yearly: (at("2026-01-01"), at("2027-01-01")),
    }
    for month in range(2, 13):
        shopper.advance(f"2026-{month:02}-01 02:00")
    shopper.advance("2027-01-01 02:00")
    each = "1 × 1 month (at $10.00 / month)"
    third = "2 × 3 month (at $20.00 every 3 months)"
    year = "1 × 1 year (at $30.00 / year)"
    found = [sorted(whole(invoice)) for invoice in shopper.invoices(bought)]
    alone, both = [(each, 1, 1000)], [(each, 1, 1000), (third, 2, 4000)]
    everything = sorted([*both, (year, 1, 3000)])
    assert found == [
        everything,
        alone,
        alone,
        both,
        alone,
        alone,
        both,
        alone,
        alone,
        both,
        alone,
        alone,
        everything,
    ]
    assert all(invoice.status == "paid" for invoice in shopper.invoices(bought))


def test_a_change_of_the_yearly_item_leaves_the_monthly_one_alone(shopper):
    monthly, yearly = sell(shopper, (M, 1), (Y, 1), amount=36_500)
    bought = shopper.buy(monthly, yearly)
    item = next(each for each in bought["items"].data if each.price.id == yearly)
    shopper.advance("2026-03-15")  # 292 of 365 days are left
    more = shopper.change_as_seen(
        bought, items=[{"id": item.id, "quantity": 3}], proration_behavior="always_invoice"
    )
    assert whole(shopper.latest(more)) == [
        ("Unused time on 1 year after 15 Mar 2026", 1, -58_400),
        ("Remaining time on 3 × 1 year after 15 Mar 2026", 3, 175_200),
    ]
    gone = shopper.change_as_seen(
        more, items=[{"id": item.id, "deleted": True}], proration_behavior="always_invoice"
    )
    assert whole(shopper.latest(gone)) == [
        ("Unused time on 3 × 1 year after 15 Mar 2026", 3, -175_200)
    ]
    shopper.advance("2026-04-01 02:00")
    assert whole(shopper.latest(gone)) == [("1 × 1 month (at $365.00 / month)", 1, 36_500)]


def test_a_yearly_item_that_joins_later_ends_with_the_anchor_s_year(shopper):
    monthly, yearly = sell(shopper, (M, 1), (Y, 1), amount=36_500)
    bought = shopper.buy(monthly)
    shopper.advance("2026-01-15")  # 351 of 365 days are left
    both = shopper.change_as_seen(
        bought, items=[{"price": yearly}], proration_behavior="always_invoice"
    )
    assert whole(shopper.latest(both)) == [
        ("Remaining time on 1 year after 15 Jan 2026", 1, 70_200)
    ]
    ends = {item.price.id: item.current_period_end for item in both["items"].data}
    assert ends == {monthly: at("2026-02-01"), yearly: at("2027-01-01")}


def test_trials_and_ends_are_for_all_items(shopper):
    monthly, yearly = sell(shopper, (M, 1), (Y, 1))
    bought = shopper.buy(monthly, yearly, trial_period_days=14)
    assert {period(item) for item in bought["items"].data} == {(at("2026-01-01"), at("2026-01-15"))}
    shopper.advance("2026-01-15 02:00")
    begun = shopper.read(bought)
    assert shopper.latest(begun).total == 3000
    assert sorted(item.current_period_end for item in begun["items"].data) == [
        at("2026-02-15"),
        at("2027-01-15"),
    ]
    ending = shopper.update(begun, cancel_at_period_end=True)
    assert ending.cancel_at == at("2026-02-15")


def test_tiers_packages_and_flat_rates_of_different_intervals_live_together(shopper):
    seats = shopper.sell("Seats", **tiered("graduated", ((5, 700, None), ("inf", 600, None))))
    packs = shopper.sell(
        "Packs",
        unit_amount=100,
        recurring={"interval": M, "interval_count": 3},
        transform_quantity={"divide_by": 10, "round": "up"},
    )
    support = shopper.sell("Support", unit_amount=50_000, recurring={"interval": Y})
    bought = shopper.buy((seats, 6), (packs, 25), support)
    assert shopper.latest(bought).total == 4_100 + 300 + 50_000
    shopper.advance("2026-02-01 02:00")
    assert whole(shopper.latest(bought)) == [
        ("5 × Seats (Tier 1 at $7.00 / month)", 5, 3_500),
        ("1 × Seats (Tier 2 at $6.00 / month)", 1, 600),
    ]
    for month in (3, 4):
        shopper.advance(f"2026-0{month}-01 02:00")
    assert sorted(whole(shopper.latest(bought))) == [
        ("1 × Seats (Tier 2 at $6.00 / month)", 1, 600),
        ("25 × Packs (at $1.00 per 10 units every 3 months)", 25, 300),
        ("5 × Seats (Tier 1 at $7.00 / month)", 5, 3_500),
    ]
