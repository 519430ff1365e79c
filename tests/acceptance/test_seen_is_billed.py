"""What is seen is billed, whatever comes together; the seed of a test tells its life again."""

from __future__ import annotations

from typing import Any

import pytest

from acceptance.lives import DAY, HOUR
from acceptance.wheel import Wheel, expect_same, tried

STEPS = 12


class Seen:
    """One subscription's life, of which everything is previewed before it happens."""

    def __init__(self, wheel: Wheel) -> None:
        self.wheel, self.life, self.client = wheel, wheel.life, wheel.client
        self.id = self.begin()

    def begin(self) -> str:
        while True:
            shown, made = self.wheel.beginning()
            seen = tried(self.client.invoices.create_preview, shown)
            found = tried(self.client.subscriptions.create, made)
            if found is None:
                continue
            if seen is not None and found.latest_invoice and seen.amount_due >= 50:
                billed = self.client.invoices.retrieve(found.latest_invoice)
                assert _amounts(seen) == _amounts(billed)
            return found.id

    def read(self) -> Any:
        """Return the subscription, once its latest invoice is no draft any more."""
        found = self.client.subscriptions.retrieve(self.id)
        if found.latest_invoice and self.life.latest(found).auto_advance:
            self.life.advance(self.life.now + 2 * HOUR)
        return self.client.subscriptions.retrieve(self.id)

    def happens(self) -> None:
        found = self.read()
        if found.status in ("canceled", "incomplete", "incomplete_expired"):
            self.id = self.begin()
            return
        self.wheel.dice.choices(
            (self.changes, self.changes_otherwise, self.renews, self.is_planned, self.migrates),
            (5, 3, 3, 2, 0.3))[0](found)

    def changes(self, found: Any) -> None:
        change = self.wheel.change(found)
        shown = tried(self.client.invoices.create_preview, {
            "subscription": found.id, "subscription_details": change})
        after = tried(self.client.subscriptions.update, found.id, change)
        if shown is not None and after is not None:
            self.expect(found, shown)

    def changes_otherwise(self, found: Any) -> None:
        tried(self.client.subscriptions.update, found.id, self.wheel.other())
        self.life.advance(self.life.now + self.wheel.dice.randrange(HOUR, 30 * DAY))

    def renews(self, found: Any) -> None:
        shown = tried(self.client.invoices.create_preview, {"subscription": found.id})
        if shown is not None:
            self.expect(found, shown)

    def is_planned(self, found: Any) -> None:
        schedules = self.client.subscription_schedules
        if found.schedule is not None and self.wheel.chance(0.3):
            tried(schedules.release, found.schedule)
            return
        if found.schedule is None:
            schedule = tried(schedules.create, {"from_subscription": found.id})
        else:
            schedule = schedules.retrieve(found.schedule)
        if schedule is None or schedule.status != "active":
            return
        plan = self.wheel.plan(schedule)
        shown = tried(self.client.invoices.create_preview, {
            "schedule": schedule.id, "schedule_details": plan})
        done = tried(schedules.update, schedule.id, plan)
        assert (shown is None) <= (done is None) or plan["end_behavior"] == "cancel"
        if shown is not None and done is not None:
            self.expect(found, shown)

    def migrates(self, found: Any) -> None:
        tried(self.client.subscriptions.migrate, found.id, {"billing_mode": {"type": "flexible"}})

    def expect(self, before: Any, shown: Any) -> None:
        """Expect the invoice that was shown, now or when it said that it would come."""
        found = self.client.subscriptions.retrieve(self.id)
        if found.latest_invoice == before.latest_invoice:
            if found.pause_collection is not None or shown.created <= self.life.now:
                return
            self.life.advance(shown.created)
            found = self.client.subscriptions.retrieve(self.id)
        if found.latest_invoice != before.latest_invoice:
            expect_same(shown, self.life.latest(found))
        else:
            assert found.status in ("canceled", "paused"), "nothing was billed"


@pytest.mark.parametrize("seed", range(10))
def test_what_is_seen_is_billed(client, seed):
    seen = Seen(Wheel(client, seed))
    for _ in range(STEPS):
        seen.happens()
    seen.life.advance(seen.life.now + 40 * DAY)


def _amounts(invoice: Any) -> list[Any]:
    lines = [
        (each.description, each.amount, each.quantity, each.period.to_dict(),
         [taken.amount for taken in each.discount_amounts or ()],
         [tax.amount for tax in each.taxes or ()])
        for each in invoice.lines.data
    ]  # fmt: skip
    return [*lines, invoice.subtotal, invoice.total]
