"""2025-03-31.basil: periods moved to items, an invoice's origin to its parent, its payments to
objects of their own.
"""

from prorata.model.errors import NotSupported
from prorata.wire.decode import unknown_parameters
from prorata.wire.versions import basil_lines, basil_params, basil_payments
from prorata.wire.versions.change import Change, Node, Step, hash_at, hashes_at
from prorata.wire.versions.related import Related

BY_USE = ("POST /v1/plans", "POST /v1/prices")
CUSTOMERS = ("POST /v1/customers", "POST /v1/customers/{}")
# What a checkout never knows of a shipment.
OF_PARCELS = ("carrier", "phone", "tracking_number")
ITEM = "/v1/subscription_items/{}"
NO_RECORDS = (
    "Usage records are not kept, in older versions of the API neither: send meter events to POST"
    " /v1/billing/meter_events, and read GET /v1/billing/meters/:id/event_summaries."
)


def _lower_periods(subscription: Node, related: Related) -> None:
    items = hash_at(subscription, "items") or {}
    starts = [item["current_period_start"] for item in hashes_at(items, "data")
              if item.get("current_period_start") is not None]
    ends = [item["current_period_end"] for item in hashes_at(items, "data")
            if item.get("current_period_end") is not None]
    if starts and ends:
        subscription["current_period_start"] = max(starts)
        subscription["current_period_end"] = min(ends)


def _want_discount(node: Node, related: Related) -> None:
    for discount in node.get("discounts") or ():
        related.want("discount", discount)
        break


def _lower_discount(node: Node, related: Related) -> None:
    first = next(iter(node.get("discounts") or ()), None)
    node["discount"] = related.document("discount", first)


def _lower_parent(invoice: Node, related: Related) -> None:
    parent = invoice.pop("parent", None) or {}
    details = parent.get("subscription_details") or {}
    quote = parent.get("quote_details") or {}
    invoice["subscription"] = details.get("subscription")
    invoice["subscription_details"] = {"metadata": details.get("metadata")} if details else None
    if details.get("subscription_proration_date") is not None:
        invoice["subscription_proration_date"] = details["subscription_proration_date"]
    invoice["quote"] = quote.get("quote")


def _lower_item_parent(item: Node, related: Related) -> None:
    details = (item.pop("parent", None) or {}).get("subscription_details") or {}
    item["subscription"] = details.get("subscription")
    if details.get("subscription_item") is not None:
        item["subscription_item"] = details["subscription_item"]


def _lower_shipping(session: Node, related: Related) -> None:
    collected = hash_at(session, "collected_information") or {}
    shipping = hash_at(collected, "shipping_details")
    if shipping is not None:
        for name in OF_PARCELS:
            shipping.setdefault(name, None)
    session["shipping_details"] = shipping and dict(shipping)


def _lower_phases(schedule: Node, related: Related) -> None:
    for phase in hashes_at(schedule, "phases"):
        coupons = [each.get("coupon") for each in hashes_at(phase, "discounts")]
        phase["coupon"] = next((coupon for coupon in coupons if coupon), None)


def _lower_usage(price: Node, related: Related) -> None:
    recurring = hash_at(price, "recurring")
    if recurring is not None:
        recurring["aggregate_usage"] = None


def _lower_plan(plan: Node, related: Related) -> None:
    plan["aggregate_usage"] = None


def _raise_usage(tree: Node) -> None:
    """Say that usage records are not kept, where a price would have been billed by them."""
    recurring = hash_at(tree, "recurring")
    terms, path = (tree, "{}") if recurring is None else (recurring, "recurring[{}]")
    metered = terms.get("usage_type") == "metered" and not terms.get("meter")
    if metered or "aggregate_usage" in terms:
        raise NotSupported(
            "Prices that are billed by usage records are not supported, in older versions of the"
            " API neither: name the `meter` that adds up what is used.",
            param=path.format("aggregate_usage" if "aggregate_usage" in terms else "meter"),
        )


def _refuse_coupon(tree: Node) -> None:
    found = [name for name in ("coupon", "promotion_code") if name in tree]
    if found:
        raise unknown_parameters(found)


STEP = Step(
    "2025-03-31.basil",
    (
        Change(
            "The billing period stands on subscription items; the subscription had one of its own.",
            lowers={"subscription": _lower_periods},
        ),
        Change(
            "Subscriptions and invoices have `discounts`; they had one `discount` too.",
            lowers={"subscription": _lower_discount, "invoice": _lower_discount},
            needs={"subscription": _want_discount, "invoice": _want_discount},
            fields={"subscription": {"discount": ("discount",)},
                    "invoice": {"discount": ("discount",)}},
        ),
        Change(
            "What an invoice comes from is its `parent`; it named `subscription` and `quote`.",
            lowers={"invoice": _lower_parent},
            fields={"invoice": {"subscription": ("subscription",), "quote": ("quote",)}},
        ),
        Change(
            "What an invoice item comes from is its `parent`; it named `subscription`.",
            lowers={"invoiceitem": _lower_item_parent},
            fields={"invoiceitem": {"subscription": ("subscription",)}},
        ),
        Change(
            "The phases of schedules have `discounts`; they had one `coupon` too.",
            lowers={"subscription_schedule": _lower_phases},
            fields={"subscription_schedule": {"phases": {"coupon": ("coupon",)}}},
        ),
        Change(
            "Metered prices are summed by their meter; they had an `aggregate_usage`.",
            lowers={"price": _lower_usage, "plan": _lower_plan},
            raises=dict.fromkeys(BY_USE, _raise_usage),
        ),
        Change(
            "What is used is told by meter events; items had usage records.",
            unsupported={
                f"POST {ITEM}/usage_records": NO_RECORDS,
                f"GET {ITEM}/usage_record_summaries": NO_RECORDS,
            },
        ),
        Change(
            "Lists no longer tell how many there are in all; `total_count` could be expanded.",
            counts=True,
        ),
        *basil_lines.CHANGES,
        *basil_payments.CHANGES,
        Change(
            "What Checkout collects for shipping is in `collected_information`; it stood in"
            " `shipping_details`.",
            lowers={"checkout.session": _lower_shipping},
        ),
        *basil_params.CHANGES,
        Change(
            "Customers are no longer given a `coupon` or `promotion_code`.",
            refuses=dict.fromkeys(CUSTOMERS, _refuse_coupon),
        ),
    ),
)
