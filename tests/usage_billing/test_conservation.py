"""Usage in is usage billed, late, free for a reason, or still open: whatever happens to anybody."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest
import stripe

from subscriptions.life import DAY, HOUR
from usage_billing.metering import Metered, MeteredLife, tiers

STEPS = 28


class Accounted:
    """One customer of random deeds, and how much it is known to have used since it subscribed."""

    def __init__(self, life: MeteredLife, seed: int) -> None:
        self.life, self.source = life, random.Random(seed)
        self.calls = life.meter(**self.source.choice([
            {"unit_amount": 7}, {"unit_amount_decimal": "0.35"}, tiers((20, 30), ("inf", 10)),
            tiers((20, 30), ("inf", 10), mode="volume"),
        ]))  # fmt: skip
        self.current: Metered = self.calls
        mode = self.source.choice(["classic", "flexible"])
        terms: dict[str, Any] = {}
        if self.source.random() < 0.4:
            terms["billing_thresholds"] = {
                "amount_gte": 500, "reset_billing_cycle_anchor": self.source.random() < 0.5}
        if self.source.random() < 0.4:
            terms["trial_end"] = life.now + 9 * DAY
        self.subscription = life.subscribe(
            self.calls.price, life.price(), billing_mode={"type": mode}, **terms)
        self.begins = life.now
        self.used = Decimal(0)
        self.sent: list[tuple[str, Decimal]] = []

    def act(self) -> None:
        deed = self.source.choice(
            [self.use, self.use, self.use, self.use_late, self.take_back, self.go_on, self.go_on,
             self.change_price, self.pause_or_resume, self.treat_late, self.restart])
        try:
            deed()
        except stripe.InvalidRequestError as refused:
            assert refused.http_status == 400, refused

    def use(self) -> None:
        value = Decimal(self.source.randrange(1, 4_000)) / self.source.choice([1, 1, 100])
        self.sent.append((self.calls.use(value), value))
        self.used += value

    def use_late(self) -> None:
        moment = max(self.begins + 1, self.life.now - self.source.randrange(34 * DAY))
        if moment > self.life.now:
            return
        value = Decimal(self.source.randrange(1, 90))
        self.sent.append((self.calls.use(value, moment), value))
        self.used += value

    def take_back(self) -> None:
        if self.sent:
            identifier, value = self.sent.pop()
            self.calls.take_back(identifier)
            self.used -= value

    def go_on(self) -> None:
        self.life.advance(self.life.now + self.source.choice([HOUR, 5 * DAY, 17 * DAY, 31 * DAY]))

    def change_price(self) -> None:
        item = next(
            each for each in self.life.read(self.subscription)["items"].data
            if each.price.recurring.usage_type == "metered")
        other = self.calls.another(unit_amount=self.source.randrange(1, 20))
        self.life.update(
            self.subscription, items=[{"id": item.id, "price": other.price}],
            proration_behavior=self.source.choice(["none", "create_prorations", "always_invoice"]))

    def pause_or_resume(self) -> None:
        verbs = self.life.client.subscriptions
        paused = self.life.read(self.subscription).status == "paused"
        (verbs.resume if paused else verbs.pause)(self.subscription.id)

    def treat_late(self) -> None:
        self.life.settings(late_usage=self.source.choice(["bill", "show"]))

    def restart(self) -> None:
        self.life.update(self.subscription, billing_cycle_anchor={"type": "now"})

    def balance(self) -> Any:
        [item] = self.life.ask(
            "get", "/v1/prorata/usage_balance", subscription=self.subscription.id)["items"]
        return item


@pytest.mark.parametrize("seed", range(6))
def test_all_usage_is_accounted_for(life, seed):
    lived = Accounted(life, seed)
    for _ in range(STEPS):
        lived.act()
        item = lived.balance()
        parts = [Decimal(item[name]) for name in ("billed", "late", "free", "open")]
        assert sum(parts) == lived.used == Decimal(item["used"])
    life.client.subscriptions.cancel(
        lived.subscription.id, {"invoice_now": lived.source.random() < 0.5})
    item = lived.balance()
    assert (item["open"], Decimal(item["used"])) == ("0", lived.used)
    life.settings(late_usage="show")
