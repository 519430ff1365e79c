"""2025-09-30.clover: a coupon stands behind a source; subscriptions are flexible by default."""

from prorata.wire.decode import unknown_parameters
from prorata.wire.versions.basil_params import PREVIEWS
from prorata.wire.versions.change import Change, Node, Step, hash_at, hashes_at
from prorata.wire.versions.related import Related

CLASSIC = {"type": "classic"}


def _coupon_of(node: Node, holder: str) -> object:
    inside = node.get(holder)
    return inside.get("coupon") if isinstance(inside, dict) else None


def _want_discount_coupon(discount: Node, related: Related) -> None:
    related.want("coupon", _coupon_of(discount, "source"))


def _lower_discount(discount: Node, related: Related) -> None:
    discount["coupon"] = related.document("coupon", _coupon_of(discount, "source"))
    discount.pop("source", None)


def _want_promotion_coupon(code: Node, related: Related) -> None:
    related.want("coupon", _coupon_of(code, "promotion"))


def _lower_promotion(code: Node, related: Related) -> None:
    code["coupon"] = related.document("coupon", _coupon_of(code, "promotion"))
    code.pop("promotion", None)


def _raise_promotion(tree: Node) -> None:
    if "coupon" in tree and "promotion" not in tree:
        tree["promotion"] = {"type": "coupon", "coupon": tree.pop("coupon")}


def _refuse_iterations(tree: Node) -> None:
    phases = [*hashes_at(tree, "phases")]
    found = [f"phases[{place}][iterations]" for place, phase in enumerate(phases)
             if "iterations" in phase]
    if found:
        raise unknown_parameters(found)


def _refuse_preview_iterations(tree: Node) -> None:
    phases = [*hashes_at(hash_at(tree, "schedule_details") or {}, "phases")]
    found = [f"schedule_details[phases][{place}][iterations]"
             for place, phase in enumerate(phases) if "iterations" in phase]
    if found:
        raise unknown_parameters(found)


def _lower_destination(destination: Node, related: Related) -> None:
    destination.setdefault("amazon_eventbridge", None)


def _classic(tree: Node) -> None:
    tree.setdefault("billing_mode", dict(CLASSIC))


def _classic_schedule(tree: Node) -> None:
    # A schedule made from a subscription has that subscription's mode.
    if "from_subscription" not in tree:
        _classic(tree)


def _classic_data(tree: Node) -> None:
    data = tree.setdefault("subscription_data", {})
    if isinstance(data, dict):
        _classic(data)


def _classic_quote(tree: Node) -> None:
    # A quote made from another one has that one's mode.
    if "from_quote" not in tree:
        _classic_data(tree)


def _classic_session(tree: Node) -> None:
    if tree.get("mode") == "subscription":
        _classic_data(tree)


def _classic_preview(tree: Node) -> None:
    if "subscription" in tree or "schedule" in tree:
        return
    for name, new in (("subscription_details", "items"), ("schedule_details", "phases")):
        details = hash_at(tree, name)
        if details is not None and new in details:
            _classic(details)


STEP = Step(
    "2025-09-30.clover",
    (
        Change(
            "A discount names its coupon in `source`; it held the whole coupon before.",
            lowers={"discount": _lower_discount},
            needs={"discount": _want_discount_coupon},
            fields={"discount": {"coupon": ("coupon",)}},
        ),
        Change(
            "A promotion code names its coupon in `promotion`; it held the whole coupon before.",
            lowers={"promotion_code": _lower_promotion},
            needs={"promotion_code": _want_promotion_coupon},
            raises={"POST /v1/promotion_codes": _raise_promotion},
            fields={"promotion_code": {"coupon": ("coupon",)}},
            lenient=True,
        ),
        Change(
            "The phases of schedules have a `duration`; their `iterations` are no longer taken.",
            refuses={
                "POST /v1/subscription_schedules": _refuse_iterations,
                "POST /v1/subscription_schedules/{}": _refuse_iterations,
                "POST /v1/invoices/create_preview": _refuse_preview_iterations,
            },
        ),
        Change(
            "Subscriptions are made in the flexible billing mode unless told otherwise; they were"
            " classic before.",
            raises={
                "POST /v1/subscriptions": _classic,
                "POST /v1/subscription_schedules": _classic_schedule,
                "POST /v1/checkout/sessions": _classic_session,
                "POST /v1/quotes": _classic_quote,
                **dict.fromkeys(PREVIEWS, _classic_preview),
            },
        ),
        Change(
            "An event destination has the hash of its own type alone; that of another was null.",
            lowers={"v2.core.event_destination": _lower_destination},
        ),
    ),
)
