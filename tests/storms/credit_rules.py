"""Rules of usage and credits: somebody pays by use, grants come and go, invoices burn them down."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from storms.rare_rules import RareRules
from storms.world import DAY, Someone

EVENT_NAME = "calls"
METERED: tuple[dict[str, Any], ...] = (
    {"unit_amount": 7}, {"unit_amount_decimal": "0.6"},
    {"billing_scheme": "tiered", "tiers_mode": "graduated",
     "tiers": [{"up_to": 30, "unit_amount": 20}, {"up_to": "inf", "unit_amount": 5}]},
)  # fmt: skip


class CreditRules(RareRules):
    """What is used and what pays for it; mixed into the machine."""

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def one_pays_by_use(self, data: st.DataObject) -> None:
        world, someone = self.world, self.one(data, self.world.everyone())
        items = [{"price": self.metered_price(data, someone.currency)}]
        if self.chance(data, 4):
            items.append({"price": self.price(data, someone.currency, {"interval": "month"})})
        made = world.tried(world.client.subscriptions.create, {
            "customer": someone.id, "items": items, **self.terms(data)})
        if made is None:
            return
        someone.subscriptions.append(made.id)
        if self.chance(data, 7):
            self.report_use(data, someone)
        if self.chance(data, 7):
            self.grant_credits(data, someone)

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def something_is_used(self, data: st.DataObject) -> None:
        self.report_use(data, self.one(data, self.world.everyone()))

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def all_use_something_for_a_month(self, data: st.DataObject) -> None:
        for someone in self.world.everyone():
            self.report_use(data, someone)
        self.world.advance(self.world.now + data.draw(st.integers(28, 32)) * DAY)

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def credits_are_granted(self, data: st.DataObject) -> None:
        self.grant_credits(data, self.one(data, self.world.everyone()))

    def report_use(self, data: st.DataObject, someone: Someone) -> None:
        self._meter_of_calls()
        self.world.calls += 1
        value = data.draw(st.integers(1, 300))
        self.world.client.billing.meter_events.create({
            "event_name": EVENT_NAME, "timestamp": self.world.now,
            "payload": {"stripe_customer_id": someone.id, "value": str(value)}})

    def grant_credits(self, data: st.DataObject, someone: Someone) -> None:
        world = self.world
        scope: dict[str, Any] = {"price_type": "metered"}
        if self.chance(data, 3):
            scope = {"prices": [{"id": self.metered_price(data, someone.currency)}]}
        params: dict[str, Any] = {"category": self.one(data, ("paid", "promotional"))}
        if self.chance(data, 3):
            params["priority"] = data.draw(st.integers(0, 100))
        if self.chance(data, 3):
            params["effective_at"] = world.now + data.draw(st.integers(0, 20)) * DAY
        if self.chance(data, 6):
            params["expires_at"] = world.now + data.draw(st.integers(1, 60)) * DAY
        currency = someone.currency if self.chance(data, 9) else "gbp"
        value = self.one(data, (1, 90, 700, 5_000))
        world.tried(world.client.billing.credit_grants.create, {
            "customer": someone.id, "applicability_config": {"scope": scope}, **params,
            "amount": {"type": "monetary", "monetary": {"currency": currency, "value": value}}})

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def a_grant_is_changed(self, data: st.DataObject) -> None:
        world, grants = self.world, self.world.client.billing.credit_grants
        found = world.listed(grants)
        if not found:
            return
        grant = self.one(data, found)
        verb, params = self.one(data, (
            ("expire", {}), ("void_grant", {}), ("update", {"expires_at": ""}),
            ("update", {"expires_at": world.now + data.draw(st.integers(1, 40)) * DAY}),
        ))  # fmt: skip
        world.tried(getattr(grants, verb), grant.id, params)

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def a_balance_is_looked_at(self, data: st.DataObject) -> None:
        """What a summary says is what the grants' transactions make, and none is owed."""
        world, someone = self.world, self.one(data, self.world.everyone())
        billing = world.client.billing
        world.calls += 2
        summary = billing.credit_balance_summary.retrieve({"customer": someone.id, "filter": {
            "type": "applicability_scope", "applicability_scope": {"price_type": "metered"}}})
        made: dict[str, int] = {}
        moves = billing.credit_balance_transactions.list({"customer": someone.id, "limit": 100})
        for each in moves.auto_paging_iter():
            money = (each.credit or each.debit).amount.monetary
            sign = 1 if each.type == "credit" else -1
            made[money.currency] = made.get(money.currency, 0) + sign * money.value
        said = {}
        for each in summary.balances:
            ledger, available = each.ledger_balance.monetary, each.available_balance.monetary
            said[ledger.currency] = ledger.value
            assert 0 <= available.value <= ledger.value
        assert said == made

    def metered_price(self, data: st.DataObject, currency: str) -> str:
        """Return the id of a price by use."""
        recurring = {"interval": "month", "usage_type": "metered", "meter": self._meter_of_calls()}
        return self.world.price(currency, dict(self.one(data, METERED)) | {"recurring": recurring})

    def _meter_of_calls(self) -> str:
        meters = self.world.client.billing.meters
        for each in meters.list({"status": "active"}).data:
            if each.event_name == EVENT_NAME:
                return each.id
        return meters.create({
            "display_name": "Calls", "event_name": EVENT_NAME,
            "default_aggregation": {"formula": "sum"},
        }).id
