"""Previews are charges: whatever is changed whenever, the bill is what its preview showed."""

from __future__ import annotations

import random
from typing import Any

import pytest

from acceptance.lives import DAY, HOUR, SeenLife, assert_same
from subscriptions.life import at

AMOUNTS = (0, 333, 700, 1_999, 12_345)


class Wheel:
    """A wheel of fortune that turns out changes of a subscription; its seed tells them again."""

    def __init__(self, life: SeenLife, seed: int) -> None:
        self.life, self.dice = life, random.Random(seed)
        self.coupons = [
            life.client.coupons.create({"percent_off": 15, "duration": "forever"}).id,
            life.client.coupons.create(
                {"amount_off": 250, "currency": "usd", "duration": "forever"}).id,
        ]
        self.rates = [
            life.client.tax_rates.create(
                {"display_name": "VAT", "percentage": share, "inclusive": inclusive}).id
            for share, inclusive in ((19, False), (7.5, True))
        ]

    def price(self) -> str:
        amount = self.dice.choice(AMOUNTS)
        return self.life.price(amount, name=f"P{amount}")

    def terms(self) -> dict[str, Any]:
        """Return discounts and taxes to begin with."""
        found: dict[str, Any] = {}
        if self.dice.random() < 0.5:
            found["discounts"] = [{"coupon": self.dice.choice(self.coupons)}]
        if self.dice.random() < 0.5:
            found["default_tax_rates"] = [self.dice.choice(self.rates)]
        return found

    def change(self, subscription: Any) -> dict[str, Any]:
        """Return the parameters of a change."""
        items = subscription["items"].data
        taken = {item.price.id for item in items}
        item, price = self.dice.choice(items), self.price()
        turn = self.dice.randrange(5)
        if turn == 0 and price not in taken:
            return {"items": [{"price": price, "quantity": self.dice.randrange(1, 4)}]}
        if turn == 1 and len(items) > 1:
            return {"items": [{"id": item.id, "deleted": True}]}
        if turn == 2 and price not in taken:
            return {"items": [
                {"id": item.id, "price": price, "quantity": self.dice.randrange(0, 5)}]}
        if turn == 3:
            return {"billing_cycle_anchor": {"type": "now"}}
        return {"items": [{"id": item.id, "quantity": self.dice.randrange(0, 6)}]}


@pytest.mark.parametrize("mode", ["classic", "flexible"])
@pytest.mark.parametrize("seed", range(4))
def test_changes_that_bill_at_once(client, mode, seed):
    life = SeenLife(client, on="2026-01-31 09:30")
    wheel = Wheel(life, seed)
    found = life.subscribe(wheel.price(), billing_mode={"type": mode}, **wheel.terms())
    for _ in range(7):
        life.advance(life.now + wheel.dice.randrange(2 * HOUR, 12 * DAY))
        found = life.read(found)
        change = wheel.change(found)
        change |= {"proration_behavior": "always_invoice", "proration_date": life.now}
        if change.get("billing_cycle_anchor"):
            del change["proration_date"]
        before = found.latest_invoice
        shown = life.preview(found, subscription_details=change)
        found = life.update(found, **change)
        if found.latest_invoice == before:
            # Nothing was billed: what was shown is the next renewal.
            assert shown.period_end > life.now
            continue
        billed = life.latest(found)
        assert_same(shown, billed)


@pytest.mark.parametrize("mode", ["classic", "flexible"])
@pytest.mark.parametrize("seed", range(3))
def test_changes_that_wait_for_the_renewal(client, mode, seed):
    life = SeenLife(client, on="2026-01-31 09:30")
    wheel = Wheel(life, seed)
    found = life.subscribe(wheel.price(), billing_mode={"type": mode}, **wheel.terms())
    for _ in range(4):
        life.advance(life.now + wheel.dice.randrange(2 * HOUR, 12 * DAY))
        found = life.read(found)
        change = wheel.change(found)
        change["proration_behavior"] = wheel.dice.choice(["create_prorations", "none"])
        before = found.latest_invoice
        shown = life.preview(found, subscription_details=change)
        found = life.update(found, **change)
        if found.latest_invoice == before:
            end = min(item.current_period_end for item in found["items"].data)
            life.advance(end)
        assert_same(shown, life.latest(found))


@pytest.mark.parametrize("seed", range(6))
def test_beginnings(client, seed):
    life = SeenLife(client, on="2026-01-31 09:30")
    wheel = Wheel(life, seed)
    details: dict[str, Any] = {
        "items": [{"price": life.price(amount, name=f"P{amount}")}
                  for amount in wheel.dice.sample(AMOUNTS, 2)],
        "billing_mode": {"type": wheel.dice.choice(["classic", "flexible"])},
    }
    more: dict[str, Any] = {}
    start = wheel.dice.randrange(4)
    if start == 0:
        details["trial_end"] = more["trial_end"] = life.now + 9 * DAY
    elif start == 1:
        anchor = life.now + 11 * DAY
        details["billing_cycle_anchor"] = {"type": "timestamp", "timestamp": anchor}
        more["billing_cycle_anchor"] = anchor
    elif start == 2:
        details["start_date"] = more["backdate_start_date"] = at("2025-12-12 10:00")
    discounts = [{"coupon": wheel.dice.choice(wheel.coupons)}]
    shown = life.preview(
        customer=life.customer.id, subscription_details=details, discounts=discounts)
    found = life.client.subscriptions.create({
        "customer": life.customer.id, "items": details["items"], "discounts": discounts,
        "billing_mode": details["billing_mode"], **more})
    billed = life.latest(found)
    assert [(each.description, each.amount) for each in shown.lines.data] == [
        (each.description, each.amount) for each in billed.lines.data]
    assert (shown.subtotal, shown.total) == (billed.subtotal, billed.total)


def test_usage_that_waits_and_ends_as_seen(life_with_usage):
    life, found = life_with_usage
    shown = life.preview(found)
    life.advance("2026-02-01")
    assert_same(shown, life.latest(found))


@pytest.fixture
def life_with_usage(client):
    life = SeenLife(client)
    return life, life.subscribe(life.price(900), life.metered())
