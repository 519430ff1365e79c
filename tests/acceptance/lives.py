"""Lives whose every change is seen beforehand: what a preview shows is what is billed."""

from __future__ import annotations

from typing import Any

from schedules.plans import PlannedLife
from subscriptions.life import first

DAY = 86_400
HOUR = 3_600
SUMS = ("amount_due", "currency", "starting_balance", "subtotal", "total")


class SeenLife(PlannedLife):
    """One test clock with one customer; changes are previewed before they are made."""

    def preview(self, subscription: Any = None, **params: Any) -> Any:
        if subscription is not None:
            params["subscription"] = subscription.id
        return self.client.invoices.create_preview(params)

    def change_as_seen(self, subscription: Any, **change: Any) -> Any:
        """Preview a change that bills at once, make it, and expect the very invoice."""
        change.setdefault("proration_date", self.now)
        shown = self.preview(subscription, subscription_details=change)
        found = self.update(subscription, **change)
        assert_same(shown, self.latest(found))
        return found

    def change_seen_at_renewal(self, subscription: Any, **change: Any) -> Any:
        """Preview a change that waits, make it, and expect the renewal that was shown."""
        change.setdefault("proration_date", self.now)
        shown = self.preview(subscription, subscription_details=change)
        found = self.update(subscription, **change)
        self.advance(min(item.current_period_end for item in found["items"].data))
        assert_same(shown, self.latest(found))
        return found

    def schedule_of(self, found: dict[str, Any]) -> Any:
        """Return a schedule that was answered as plain JSON, as it is now."""
        return self.client.subscription_schedules.retrieve(found["id"])

    def item(self, subscription: Any, **change: Any) -> list[dict[str, Any]]:
        """Return the parameter that changes the first item."""
        return [{"id": first(subscription).id, **change}]

    def told(self, since: Any = None) -> list[str]:
        """Return the types of the customer's events after an event, the oldest first."""
        return [each.type for each in self.told_whole(since)]

    def told_whole(self, since: Any = None) -> list[Any]:
        found = self.events_whole()
        if since is None:
            return found
        ids = [each.id for each in found]
        return found[ids.index(since.id) + 1 :]

    def all_told(self) -> list[str]:
        """Return the types of the newest events, whoever they are about."""
        return [each.type for each in self.client.events.list({"limit": 30}).data]

    def last_event(self) -> Any:
        return self.events_whole()[-1]


def assert_same(shown: Any, billed: Any) -> None:
    """Expect that an invoice bills what its preview showed, line by line."""
    assert [seen_line(each) for each in shown.lines.data] == [
        seen_line(each) for each in billed.lines.auto_paging_iter()
    ]
    assert {name: shown[name] for name in SUMS} == {name: billed[name] for name in SUMS}
    assert (shown.period_start, shown.period_end) == (billed.period_start, billed.period_end)


def seen_line(line: Any) -> dict[str, Any]:
    """Return what of a line must be the same on a preview and on the bill."""
    found = line.to_dict()
    parent = found["parent"] or {}
    details = parent.get("subscription_item_details") or parent.get("invoice_item_details") or {}
    credited = (details.get("proration_details") or {}).get("credited_items")
    if credited is not None and credited["invoice"] == line.invoice:
        credited = "this very invoice"
    return {
        **{name: found[name] for name in (
            "amount", "currency", "description", "discountable", "metadata", "period", "pricing",
            "quantity", "subtotal",
        )},
        "discounts": [each["amount"] for each in found["discount_amounts"] or ()],
        "taxes": [each["amount"] for each in found["taxes"] or ()],
        "parent": parent.get("type"),
        "proration": details.get("proration"),
        "credited": credited,
    }  # fmt: skip


def plain(invoice: Any) -> list[tuple[str, int, int, int]]:
    """Return the (description, amount, start, end) of an invoice's lines."""
    return [
        (each.description, each.amount, each.period.start, each.period.end)
        for each in invoice.lines.data
    ]
