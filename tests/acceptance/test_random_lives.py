"""Random lives: whatever is asked in whatever order, no call fails and the books stay sound.

What a preview showed is what was billed; the seed of a test tells its life again.
"""

from __future__ import annotations

import random
from typing import Any

import pytest
import stripe

from acceptance.lives import DAY, SeenLife, assert_same

AMOUNTS = (0, 700, 1_999, 12_345)
STEPS = 45
PRORATIONS = ("always_invoice", "create_prorations", "none")
PAYMENTS = ("default_incomplete", "error_if_incomplete", "pending_if_incomplete")


class Fate:
    """What happens to a customer, by the throw of dice."""

    def __init__(self, life: SeenLife, seed: int) -> None:
        self.life, self.client = life, life.client
        self.dice = random.Random(seed)
        coupons = self.client.coupons
        self.coupons = [
            coupons.create({"percent_off": 15, "duration": "forever"}).id,
            coupons.create({"amount_off": 250, "currency": "usd", "duration": "once"}).id,
        ]
        self.rate = self.client.tax_rates.create(
            {"display_name": "VAT", "percentage": 19, "inclusive": False}).id
        self.subscriptions: list[str] = []

    def happens(self) -> None:
        """Let one thing happen."""
        what = self.dice.choices(
            (self.begins, self.changes, self.goes_on, self.pays_by, self.ends, self.pauses,
             self.resumes, self.settles, self.is_planned),
            (3, 7, 4, 1, 1, 1, 1, 1, 1))[0]
        if self.subscriptions or what == self.begins:
            what()

    def tried(self, call: Any, *args: Any) -> Any:
        """Return what a call answers, None where it is refused; a failing server fails the test."""
        try:
            return call(*args)
        except stripe.APIError:
            raise
        except stripe.StripeError as refusal:
            assert refusal.http_status in (400, 402, 404)
            return None

    def one(self) -> str:
        return self.dice.choice(self.subscriptions)

    def chance(self, odds: float) -> bool:
        return self.dice.random() < odds

    def price(self) -> str:
        amount, interval = self.dice.choice(AMOUNTS), self.dice.choice(("month", "month", "year"))
        return self.life.price(amount, interval, name=f"P{amount}{interval}")

    def begins(self) -> None:
        now = self.life.now
        params: dict[str, Any] = {
            "customer": self.life.customer.id, "items": [{"price": self.price()}],
            "billing_mode": {"type": self.dice.choice(("classic", "flexible"))},
            "payment_behavior": self.dice.choice(("allow_incomplete", *PAYMENTS[:2])),
        }
        start = self.dice.randrange(6)
        if start == 0:
            params["trial_end"] = now + self.dice.randrange(1, 20) * DAY
        elif start == 1:
            params["billing_cycle_anchor"] = now + self.dice.randrange(1, 25) * DAY
        elif start == 2:
            params["backdate_start_date"] = now - self.dice.randrange(1, 70) * DAY
        elif start == 3:
            params |= {"collection_method": "send_invoice", "days_until_due": 5}
        if self.chance(0.4):
            params["discounts"] = [{"coupon": self.dice.choice(self.coupons)}]
        if self.chance(0.3):
            params["default_tax_rates"] = [self.rate]
        found = self.tried(self.client.subscriptions.create, params)
        if found is not None:
            self.subscriptions.append(found.id)

    def change(self, found: Any) -> dict[str, Any]:
        """Return the parameters of a change that a preview can show too."""
        item = self.dice.choice(found["items"].data).id
        later = self.life.now + self.dice.randrange(1, 60) * DAY
        params: dict[str, Any] = self.dice.choice((
            {"items": [{"id": item, "price": self.price()}]},
            {"items": [{"id": item, "quantity": self.dice.randrange(0, 4)}]},
            {"items": [{"price": self.price()}]},
            {"items": [{"id": item, "deleted": True}]},
            {"trial_end": self.dice.choice(("now", later))},
            {"cancel_at": self.dice.choice(("", later))},
            {"cancel_at_period_end": self.chance(0.5)},
            {"billing_cycle_anchor": {"type": "now"}},
        ))
        return {**params, "proration_behavior": self.dice.choice(PRORATIONS)}

    def changes(self) -> None:
        found = self.client.subscriptions.retrieve(self.one())
        if self.chance(0.2):
            self.tried(self.client.subscriptions.update, found.id, self.dice.choice((
                {"discounts": [{"coupon": self.coupons[0]}]}, {"discounts": ""},
                {"pause_collection": {"behavior": "void"}}, {"pause_collection": ""},
                {"default_tax_rates": [self.rate]}, {"default_tax_rates": ""})))
            return
        change = self.change(found)
        shown = self.tried(self.client.invoices.create_preview, {
            "subscription": found.id, "subscription_details": change})
        paying = {"payment_behavior": self.dice.choice(PAYMENTS)} if self.chance(0.3) else {}
        after = self.tried(self.client.subscriptions.update, found.id, {**change, **paying})
        if shown is None or after is None or after.latest_invoice == found.latest_invoice:
            return
        if after.pending_update is None and not 0 < shown.amount_due < 50:
            assert_same(shown, self.client.invoices.retrieve(after.latest_invoice))

    def goes_on(self) -> None:
        self.life.advance(self.life.now + self.dice.randrange(600, 25 * DAY))

    def pays_by(self) -> None:
        self.life.use_card(
            self.dice.choice(("visa", "chargeCustomerFail", "authenticationRequired")))

    def ends(self) -> None:
        self.tried(self.client.subscriptions.cancel, self.one(), {
            "prorate": self.chance(0.5), "invoice_now": self.chance(0.5)})

    def pauses(self) -> None:
        self.tried(self.client.subscriptions.pause, self.one(), {"bill_for": {
            "unused_time_from": {"type": self.dice.choice(("now", "none"))}}})

    def resumes(self) -> None:
        self.tried(self.client.subscriptions.resume, self.one(), self.dice.choice((
            {}, {"payment_behavior": "resume_on_payment_success"},
            {"billing_cycle_anchor": {"type": "unchanged"}})))

    def settles(self) -> None:
        invoices = [each for each in self.life.invoices()
                    if each.status in ("draft", "open", "uncollectible")]
        if invoices:
            verb = self.dice.choice(
                ("pay", "void_invoice", "mark_uncollectible", "finalize_invoice"))
            self.tried(getattr(self.client.invoices, verb), self.dice.choice(invoices).id)

    def is_planned(self) -> None:
        schedules = self.client.subscription_schedules
        planned = self.tried(schedules.create, {"from_subscription": self.one()})
        if planned is None:
            return
        now = planned.phases[0]
        items = [{"price": each.price, "quantity": each.quantity} for each in now["items"]]
        self.tried(schedules.update, planned.id, {
            "end_behavior": self.dice.choice(("cancel", "release")),
            "phases": [
                {"items": items, "start_date": now.start_date, "end_date": now.end_date},
                {"items": [{"price": self.price()}], "duration": {"interval": "month"},
                 "proration_behavior": self.dice.choice(PRORATIONS)}]})


@pytest.mark.parametrize("seed", range(4))
def test_a_random_life(client, seed):
    life = SeenLife(client, on="2026-01-31 09:30")
    fate = Fate(life, seed)
    for _ in range(STEPS):
        fate.happens()
    life.advance(life.now + 70 * DAY)
    for id in fate.subscriptions:
        found = life.client.subscriptions.retrieve(id)
        running = found.status in ("active", "past_due", "trialing", "unpaid")
        ends = [item.current_period_end for item in found["items"].data]
        assert not running or min(ends) > life.now
