"""Finer types: what a change of a document means in particular, as thin events tell it.

Each rule takes a document before and after, as plain dicts, and returns the types of thin events
that tell of the change, in their order. Before its creation a document is empty.
"""

from collections.abc import Callable, Iterable
from typing import Any

Form = dict[str, Any]
Rule = Callable[[Form, Form], list[str]]
STATUSES = frozenset({
    "active", "incomplete", "incomplete_expired", "past_due", "trialing", "unpaid",
})  # fmt: skip


def of_subscription(before: Form, after: Form) -> list[str]:
    """Return what has changed of a subscription and its items."""
    noun = "v1.customer.subscription"
    found = []
    if _changed(before, after, "status") and after["status"] in STATUSES:
        found.append(f"{noun}.{after['status']}")
    if not before:
        return found
    for name in ("cancel_at", "default_payment_method"):
        if _changed(before, after, name):
            found.append(f"{noun}.{name}_changed")
    were, are = _by_id(before, "items"), _by_id(after, "items")
    found += _came_and_went(were, are, f"{noun}.item_added", f"{noun}.item_removed")
    for item, former in _kept(were, are):
        if _id(item.get("price")) != _id(former.get("price")):
            found.append(f"{noun}.item_price_changed")
        if _changed(former, item, "quantity"):
            found.append(f"{noun}.item_quantity_changed")
        if _ids(item.get("tax_rates")) != _ids(former.get("tax_rates")):
            found.append(f"{noun}.item_tax_rates_changed")
    return found


def of_invoice(before: Form, after: Form) -> list[str]:
    """Return what has changed of an invoice's lines and discounts."""
    if not before:
        return []
    found = _discounts("v1.invoice", before, after)
    were, are = _by_id(before, "lines"), _by_id(after, "lines")
    noun = "v1.invoice.line_item"
    found += _came_and_went(were, are, f"{noun}_added", f"{noun}_removed")
    for line, former in _kept(were, are):
        if _changed(former, line, "pricing"):
            found.append(f"{noun}_pricing_changed")
        if _changed(former, line, "quantity"):
            found.append(f"{noun}_quantity_changed")
    return found


def of_invoice_item(before: Form, after: Form) -> list[str]:
    """Return what has changed of an invoice item."""
    if not before:
        return []
    found = ["v1.invoiceitem.amount_changed"] if _changed(before, after, "amount") else []
    return found + _discounts("v1.invoiceitem", before, after)


def of_invoice_payment(before: Form, after: Form) -> list[str]:
    """Return what has become of an invoice's payment; that it is paid is told in both ways."""
    status = after["status"]
    told = _changed(before, after, "status") and status in ("open", "canceled")
    return [f"v1.invoice_payment.{status}"] if told else []


def of_price(before: Form, after: Form) -> list[str]:
    """Return what has changed of a price."""
    found = _activity("v1.price", before, after)
    return found + _named("v1.price", before, after, ("lookup_key", "tax_behavior"))


def of_product(before: Form, after: Form) -> list[str]:
    """Return what has changed of a product."""
    found = _activity("v1.product", before, after)
    return found + _named("v1.product", before, after, ("default_price", "tax_code"))


def of_promotion_code(before: Form, after: Form) -> list[str]:
    """Return whether a promotion code has just been redeemed for the last time."""
    most = after.get("max_redemptions")
    last = most is not None and after["times_redeemed"] == most
    told = before and last and _changed(before, after, "times_redeemed")
    return ["v1.promotion_code.fully_redeemed"] if told else []


def of_discount(before: Form, after: Form) -> list[str]:
    """Return whether a discount has come to be of another coupon."""
    return _named("v1.customer.discount", before, after, ("source",))


def of_schedule(before: Form, after: Form) -> list[str]:
    """Return what has changed of a schedule's phases, which their beginnings tell apart."""
    if not before:
        return []
    noun = "v1.subscription_schedule.phase"
    were = {phase["start_date"]: phase for phase in before.get("phases", [])}
    are = {phase["start_date"]: phase for phase in after.get("phases", [])}
    found = _came_and_went(were, are, f"{noun}_added", f"{noun}_removed")
    for phase, former in _kept(were, are):
        if _ids(phase.get("default_tax_rates")) != _ids(former.get("default_tax_rates")):
            found.append(f"{noun}_default_tax_rates_changed")
        for name in ("end_date", "trial_end"):
            if _changed(former, phase, name):
                found.append(f"{noun}_{name}_changed")
    return found


def of_entitlements(before: Form, after: Form) -> list[str]:
    """Return which entitlements have come and gone."""
    noun = "v1.entitlements.active_entitlement_summary.entitlement"
    were, are = _by_id(before, "entitlements"), _by_id(after, "entitlements")
    return _came_and_went(were, are, f"{noun}_added", f"{noun}_removed")


# By the types of the events that say that something has changed.
RULES: dict[str, Rule] = {
    "customer.discount.updated": of_discount,
    "customer.subscription.created": of_subscription,
    "customer.subscription.updated": of_subscription,
    "entitlements.active_entitlement_summary.updated": of_entitlements,
    "invoice.updated": of_invoice,
    "price.updated": of_price,
    "product.updated": of_product,
    "promotion_code.updated": of_promotion_code,
    "subscription_schedule.updated": of_schedule,
}
# By the kinds of documents whose changes no event tells.
SILENT: dict[str, Rule] = {
    "invoice_payment": of_invoice_payment,
    "invoiceitem": of_invoice_item,
}


def _changed(before: Form, after: Form, name: str) -> bool:
    return bool(before.get(name) != after.get(name))


def _named(noun: str, before: Form, after: Form, names: Iterable[str]) -> list[str]:
    if not before:
        return []
    return [f"{noun}.{name}_changed" for name in names if _changed(before, after, name)]


def _activity(noun: str, before: Form, after: Form) -> list[str]:
    if not before or not _changed(before, after, "active"):
        return []
    return [f"{noun}.{'activated' if after['active'] else 'deactivated'}"]


def _discounts(noun: str, before: Form, after: Form) -> list[str]:
    were = dict.fromkeys(_ids(before.get("discounts")))
    are = dict.fromkeys(_ids(after.get("discounts")))
    return _came_and_went(were, are, f"{noun}.discount_added", f"{noun}.discount_removed")


def _came_and_went(were: dict[Any, Any], are: dict[Any, Any], came: str, went: str) -> list[str]:
    return [came for key in are if key not in were] + [went for key in were if key not in are]


def _kept(were: dict[Any, Any], are: dict[Any, Any]) -> list[tuple[Any, Any]]:
    return [(each, were[key]) for key, each in are.items() if key in were]


def _by_id(form: Form, name: str) -> dict[str, Form]:
    return {each["id"]: each for each in (form.get(name) or {}).get("data", [])}


def _id(value: Any) -> Any:
    return value.get("id") if isinstance(value, dict) else value


def _ids(values: Any) -> list[Any]:
    return [_id(each) for each in values or []]
