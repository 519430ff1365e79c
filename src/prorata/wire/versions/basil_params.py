"""Basil's parameters: discounts instead of a coupon, pricing instead of a price, refunds instead of
a refund; previews are created, not retrieved.
"""

from typing import Any

from prorata.model.errors import InvalidRequest
from prorata.wire.versions.change import Change, Node, hash_at, hashes_at

SCHEDULES = ("POST /v1/subscription_schedules", "POST /v1/subscription_schedules/{}")
CREDIT_NOTES = (
    "POST /v1/credit_notes",
    "GET /v1/credit_notes/preview",
    "GET /v1/credit_notes/preview/lines",
)
PREVIEW = "POST /v1/invoices/create_preview"
UPCOMING = "GET /v1/invoices/upcoming"
PREVIEWS = (PREVIEW, UPCOMING, f"{UPCOMING}/lines")
# The older names of what previews take in `subscription_details`.
PREVIEW_PREFIX = "subscription_"
PREVIEW_DETAILS = (
    "billing_cycle_anchor",
    "cancel_at",
    "cancel_at_period_end",
    "cancel_now",
    "default_tax_rates",
    "items",
    "proration_behavior",
    "proration_date",
    "resume_at",
    "start_date",
    "trial_end",
)


def _discounts(node: Node, path: str = "{}") -> None:
    older: list[str] = [name for name in ("coupon", "promotion_code") if name in node]
    if not older:
        return
    sent = [name for name in (*older, "discounts") if node.get(name) not in ("", None, [])]
    if len(sent) > 1:
        names = [path.format(name) for name in sent]
        raise InvalidRequest(
            f"You may only specify one of these parameters: {', '.join(names)}.", param=names[0]
        )
    values: Node = {name: node.pop(name) for name in older}
    if sent != ["discounts"]:
        node["discounts"] = [{name: values[name]} for name in sent] or ""


def _phase_discounts(tree: Node, path: str = "{}") -> None:
    for place, phase in enumerate(hashes_at(tree, "phases")):
        _discounts(phase, path.format("phases") + f"[{place}][{{}}]")


def _preview_discounts(tree: Node) -> None:
    _discounts(tree)
    details = hash_at(tree, "schedule_details")
    if details is not None:
        _phase_discounts(details, "schedule_details[{}]")


def _pricing(node: Node) -> None:
    if "price" in node and "pricing" not in node:
        node["pricing"] = {"price": node.pop("price")}
    if "unit_amount" in node and "unit_amount_decimal" not in node:
        node["unit_amount_decimal"] = node.pop("unit_amount")


def _lines_pricing(tree: Node) -> None:
    for line in hashes_at(tree, "lines"):
        _pricing(line)


def _refunds(tree: Node) -> None:
    if "refund" not in tree or "refunds" in tree:
        return
    entry: dict[str, Any] = {"refund": tree.pop("refund")}
    if "refund_amount" in tree:
        entry["amount_refunded"] = tree.pop("refund_amount")
    tree["refunds"] = [entry]


def _upcoming(tree: Node) -> None:
    details = tree.get("subscription_details")
    details = dict(details) if isinstance(details, dict) else {}
    for name in PREVIEW_DETAILS:
        if PREVIEW_PREFIX + name in tree:
            details.setdefault(name, tree.pop(PREVIEW_PREFIX + name))
    if details:
        tree["subscription_details"] = details


CHANGES = (
    Change(
        "A subscription is given `discounts`; it was given a `coupon` or `promotion_code`.",
        raises={"POST /v1/subscriptions": _discounts, "POST /v1/subscriptions/{}": _discounts},
        lenient=True,
    ),
    Change(
        "The phases of schedules are given `discounts`; they were given a `coupon`.",
        raises=dict.fromkeys(SCHEDULES, _phase_discounts),
        lenient=True,
    ),
    Change(
        "Previews are given `discounts`; they were given a `coupon`.",
        raises=dict.fromkeys(PREVIEWS, _preview_discounts),
        lenient=True,
    ),
    Change(
        "Previews take a subscription's changes in `subscription_details`; they were parameters"
        " of their own.",
        raises=dict.fromkeys(PREVIEWS, _upcoming),
        lenient=True,
    ),
    Change(
        "A preview is of what it names; without that it was of whatever its customer is billed"
        " next, as the upcoming invoice is.",
        routes={PREVIEW: UPCOMING},
    ),
    Change(
        "Invoice items and lines are given `pricing` or `unit_amount_decimal`; they were given a"
        " `price` or `unit_amount`.",
        raises={
            "POST /v1/invoiceitems": _pricing,
            "POST /v1/invoiceitems/{}": _pricing,
            "POST /v1/invoices/{}/lines/{}": _pricing,
            "POST /v1/invoices/{}/add_lines": _lines_pricing,
            "POST /v1/invoices/{}/update_lines": _lines_pricing,
        },
        lenient=True,
    ),
    Change(
        "Credit notes take several `refunds`; they took one `refund`.",
        raises=dict.fromkeys(CREDIT_NOTES, _refunds),
        lenient=True,
    ),
)
