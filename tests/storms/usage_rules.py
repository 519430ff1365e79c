"""Rules of usage: it comes late, is taken back, reaches thresholds, and is accounted for."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from storms.credit_rules import EVENT_NAME, CreditRules
from storms.life_rules import PRORATIONS
from storms.world import DAY

PARTS = ("billed", "free", "late", "open")
LATE_DAYS = 34


class UsageRules(CreditRules):
    """What becomes of use that is told late or changed; mixed into the machine."""

    def by_use(self, data: st.DataObject) -> Any:
        """Return a subscription that has a metered item, None for none."""
        found = [
            each for each in map(
                self.world.client.subscriptions.retrieve, self.world.subscriptions())
            if self.metered(each)
        ]  # fmt: skip
        return self.one(data, found) if found else None

    def metered(self, subscription: Any) -> list[Any]:
        items = subscription["items"].data
        return [each for each in items if each.price.recurring.usage_type == "metered"]

    @precondition(lambda self: self.world.subscriptions())
    @rule(data=st.data())
    def use_is_told_late(self, data: st.DataObject) -> None:
        found = self.by_use(data)
        if found is None:
            return
        world = self.world
        value = data.draw(st.integers(1, 90))
        late = data.draw(st.integers(0, LATE_DAYS)) * DAY
        identifier = f"late {world.calls}"
        world.calls += 1
        world.client.billing.meter_events.create({
            "event_name": EVENT_NAME, "timestamp": world.now - late, "identifier": identifier,
            "payload": {"stripe_customer_id": found.customer, "value": str(value)}})
        if self.chance(data, 3):
            world.client.billing.meter_event_adjustments.create({
                "event_name": EVENT_NAME, "type": "cancel",
                "cancel": {"identifier": identifier}})

    @precondition(lambda self: self.world.subscriptions())
    @rule(data=st.data())
    def a_threshold_is_set(self, data: st.DataObject) -> None:
        found = self.by_use(data)
        if found is None:
            return
        thresholds: Any = ""
        if self.chance(data, 8):
            thresholds = {"amount_gte": self.one(data, (60, 400, 2_000))}
            if self.chance(data, 3):
                thresholds["reset_billing_cycle_anchor"] = True
        self.world.tried(
            self.world.client.subscriptions.update, found.id, {"billing_thresholds": thresholds}
        )
        if self.chance(data, 6):
            self.report_use(data, next(
                each for each in self.world.everyone() if each.id == found.customer))

    @precondition(lambda self: self.world.subscriptions())
    @rule(data=st.data())
    def use_costs_something_else(self, data: st.DataObject) -> None:
        found = self.by_use(data)
        if found is None:
            return
        item = self.one(data, self.metered(found))
        change: dict[str, Any] = {"id": item.id, "deleted": True}
        if len(found["items"].data) == 1 or self.chance(data, 7):
            change = {"id": item.id, "price": self.metered_price(data, found.currency)}
        self.world.tried(self.world.client.subscriptions.update, found.id, {
            "items": [change], "proration_behavior": self.one(data, PRORATIONS)})

    @rule(data=st.data())
    def late_use_is_treated_otherwise(self, data: st.DataObject) -> None:
        self.world.calls += 1
        self.world.whole_client.raw_request(
            "post", "/v1/prorata/settings", late_usage=self.one(data, ("bill", "show")))

    @precondition(lambda self: self.world.subscriptions())
    @rule(data=st.data())
    def all_use_is_accounted_for(self, data: st.DataObject) -> None:
        """What a subscription's items have used is what its meter counted from their start on."""
        found = self.by_use(data)
        if found is None:
            return
        world = self.world
        world.calls += 1
        answer = world.whole_client.raw_request(
            "get", "/v1/prorata/usage_balance", subscription=found.id)
        balance = json.loads(answer.data) if isinstance(answer.data, str) else answer.data
        for each in balance["items"]:
            start = each["since"] // 60 * 60
            counted = world.client.billing.meters.event_summaries.list(each["meter"], {
                "customer": found.customer, "start_time": start,
                "end_time": (world.now // 60 + 1) * 60})
            # What was used before the item came, within its first minute, is not its own.
            assert Decimal(each["used"]) <= Decimal(str(counted.data[0].aggregated_value))
            assert Decimal(each["used"]) == sum(Decimal(each[name]) for name in PARTS)
