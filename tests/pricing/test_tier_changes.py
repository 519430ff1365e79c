"""Changes of tiered quantities: what was billed is credited, what is wanted is asked for."""

from __future__ import annotations

import pytest

from pricing.shop import tiered, whole
from subscriptions.life import at, first

TIERS = ((5, 700, 100), ("inf", 600, 50))
HALF = "2026-01-16 12:00"  # of January

# The quantity before and after, and what half a month of each costs.
# Graduated: 4 → 2800 + 100; 8 → 3500 + 100 + 1800 + 50; 0 → 100.
# Volume: 4 → 2800 + 100; 8 → 4800 + 50; 0 → 100.
CHANGES = (
    ("graduated", 4, 8, -1450, 2725),
    ("graduated", 8, 4, -2725, 1450),
    ("graduated", 8, 0, -2725, 50),
    ("graduated", 0, 4, -50, 1450),
    ("volume", 4, 8, -1450, 2425),
    ("volume", 8, 4, -2425, 1450),
    ("volume", 5, 7, -1800, 2125),
    ("volume", 8, 0, -2425, 50),
)


@pytest.mark.parametrize(("mode", "before", "after", "credit", "debit"), CHANGES)
def test_the_whole_item_is_credited_and_debited(shopper, mode, before, after, credit, debit):
    price = shopper.sell("Steps", **tiered(mode, TIERS))
    bought = shopper.buy((price, before))
    shopper.advance(HALF)
    changed = shopper.requantify(bought, after)
    said = "" if before == 1 else f"{before} × "
    assert whole(shopper.latest(changed)) == [
        (f"Unused time on {said}Steps after 16 Jan 2026", before, credit),
        (f"Remaining time on {after} × Steps after 16 Jan 2026", after, debit),
    ]
    shopper.advance("2026-02-01 02:00")
    renewed = shopper.latest(changed)
    assert renewed.total == shopper.shown_alone(price, after)
    assert all("Tier" in line.description for line in renewed.lines.data)


def test_classic_billing_prorates_tiers_alike(shopper):
    price = shopper.sell("Steps", **tiered("graduated", TIERS))
    bought = shopper.buy((price, 4), billing_mode={"type": "classic"})
    shopper.advance(HALF)
    changed = shopper.requantify(bought, 8)
    assert [amount for _, _, amount in whole(shopper.latest(changed))] == [-1450, 2725]


def test_from_a_flat_rate_to_tiers_and_back(shopper):
    flat = shopper.sell("Flat", unit_amount=2000)
    steps = shopper.sell("Steps", **tiered("graduated", TIERS))
    bought = shopper.buy((flat, 3))
    shopper.advance(HALF)
    raised = shopper.change_as_seen(
        bought,
        items=[{"id": first(bought).id, "price": steps, "quantity": 8}],
        proration_behavior="always_invoice",
    )
    assert whole(shopper.latest(raised)) == [
        ("Unused time on 3 × Flat after 16 Jan 2026", 3, -3000),
        ("Remaining time on 8 × Steps after 16 Jan 2026", 8, 2725),
    ]
    # Another price brings the quantity back to one.
    back = shopper.change_as_seen(
        raised, items=[{"id": first(bought).id, "price": flat}], proration_behavior="always_invoice"
    )
    assert whole(shopper.latest(back)) == [
        ("Unused time on 8 × Steps after 16 Jan 2026", 8, -2725),
        ("Remaining time on Flat after 16 Jan 2026", 1, 1000),
    ]


def test_a_stub_before_the_anchor_is_a_share_of_every_tier_line(shopper):
    price = shopper.sell("Steps", **tiered("graduated", TIERS))
    shopper.advance(HALF)
    bought = shopper.buy((price, 8), billing_cycle_anchor=at("2026-02-01"))
    assert [amount for _, _, amount in whole(shopper.latest(bought))] == [1750, 50, 900, 25]
    shopper.advance("2026-02-01 02:00")
    assert [amount for _, _, amount in whole(shopper.latest(bought))] == [3500, 100, 1800, 50]


def test_a_percentage_off_is_taken_from_every_tier_line(shopper):
    price = shopper.sell("Steps", **tiered("graduated", TIERS))
    coupon = shopper.client.coupons.create({"percent_off": 10, "duration": "forever"}).id
    bought = shopper.buy((price, 8), discounts=[{"coupon": coupon}])
    invoice = shopper.latest(bought)
    assert [[each.amount for each in line.discount_amounts] for line in invoice.lines.data] == [
        [350],
        [10],
        [180],
        [5],
    ]
    assert (invoice.subtotal, invoice.total) == (5450, 4905)


def test_tiers_change_with_a_schedule(shopper):
    price = shopper.sell("Steps", **tiered("volume", TIERS))
    month = {"duration": {"interval": "month", "interval_count": 1}}
    planned = shopper.plan(
        {"items": [{"price": price, "quantity": 4}], **month},
        {"items": [{"price": price, "quantity": 8}], **month},
    )
    bought = shopper.subscription(planned)
    assert shopper.latest(bought).total == 2900
    shopper.advance("2026-02-01 02:00")
    assert whole(shopper.latest(bought)) == [
        ("8 × Steps (Tier 2 at $6.00 / month)", 8, 4800),
        ("Steps (Tier 2 at $0.50 / month)", 0, 50),
    ]
