"""A customer whose subscriptions are planned ahead, and the parameters of phases."""

from __future__ import annotations

from typing import Any

from subscriptions.life import Life


class PlannedLife(Life):
    """One test clock with one customer, whose subscriptions are planned in phases."""

    def metered_by_the_dozen(self) -> str:
        """Return the id of a metered price that is charged by the package."""
        meter = self.client.prices.retrieve(self.metered()).recurring.meter
        return self.client.prices.create({
            "currency": "usd", "unit_amount": 100, "product_data": {"name": "Dozens"},
            "recurring": {"interval": "month", "usage_type": "metered", "meter": meter},
            "transform_quantity": {"divide_by": 12, "round": "up"},
        }).id

    def plan(self, *phases: dict[str, Any], **params: Any) -> Any:
        """Create a schedule that starts now unless told otherwise."""
        wanted = {"customer": self.customer.id, "start_date": "now", "phases": list(phases)}
        return self.client.subscription_schedules.create({**wanted, **params})

    def adopt(self, subscription: Any) -> Any:
        """Create a schedule from a subscription."""
        return self.client.subscription_schedules.create({"from_subscription": subscription.id})

    def replan(self, schedule: Any, **params: Any) -> Any:
        return self.client.subscription_schedules.update(schedule.id, params)

    def schedule(self, schedule: Any) -> Any:
        return self.client.subscription_schedules.retrieve(schedule.id)

    def subscription(self, schedule: Any) -> Any:
        """Return the subscription that a schedule manages or managed."""
        found = self.schedule(schedule)
        return self.client.subscriptions.retrieve(found.subscription or found.released_subscription)


def phase(*prices: str | dict[str, Any], months: int | None = None, **more: Any) -> dict[str, Any]:
    """Return the parameters of a phase of these prices, some months long."""
    items = [{"price": each} if isinstance(each, str) else each for each in prices]
    length = {} if months is None else {"duration": {"interval": "month", "interval_count": months}}
    return {"items": items, **length, **more}


def resent(found: Any, **more: Any) -> dict[str, Any]:
    """Return the parameters that send a phase back as it was answered."""
    items = [{"price": each.price, "quantity": each.quantity} for each in found["items"]]
    return {"items": items, "start_date": found.start_date, "end_date": found.end_date, **more}
