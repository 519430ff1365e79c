"""2026-09-30.endive: payment method types are allowed, not listed; anchors are objects."""

from prorata.model.errors import InvalidRequest
from prorata.resources.billing.plan import Plan
from prorata.wire.versions.basil_params import PREVIEWS
from prorata.wire.versions.change import Change, Node, Step, copied, hash_at, hashes_at, rename
from prorata.wire.versions.related import Related

INTENTS = (
    "POST /v1/payment_intents",
    "POST /v1/payment_intents/{}",
    "POST /v1/payment_intents/{}/confirm",
    "POST /v1/setup_intents",
    "POST /v1/setup_intents/{}",
    "POST /v1/setup_intents/{}/confirm",
)
SESSIONS = "POST /v1/checkout/sessions"


def _types(tree: Node) -> None:
    rename(tree, "payment_method_types", "allowed_payment_method_types")


def _no_types(tree: Node) -> None:
    if "payment_method_types" in tree:
        raise InvalidRequest(
            "The parameter `payment_method_types` is no longer supported since API version"
            " 2026-09-30.endive. Use `allowed_payment_method_types`, or neither, to let payment"
            " methods be chosen automatically.",
            code="payment_method_types_no_longer_supported",
            param="payment_method_types",
        )


def _anchor(tree: Node) -> None:
    anchor = tree.get("billing_cycle_anchor")
    if anchor in ("now", "unchanged"):
        tree["billing_cycle_anchor"] = {"type": anchor}


def _preview_anchor(tree: Node) -> None:
    details = hash_at(tree, "subscription_details")
    anchor = details and details.get("billing_cycle_anchor")
    if not details or not isinstance(anchor, (str, int)) or anchor == "":
        return
    if anchor in ("now", "unchanged"):
        details["billing_cycle_anchor"] = {"type": anchor}
    else:
        details["billing_cycle_anchor"] = {"type": "timestamp", "timestamp": anchor}


def _lower_only_item(subscription: Node, related: Related) -> None:
    items = list(hashes_at(hash_at(subscription, "items") or {}, "data"))
    only = items[0] if len(items) == 1 else {}
    plan = hash_at(only, "plan")
    subscription["plan"] = None if plan is None else copied(plan)
    subscription["quantity"] = only.get("quantity")


STEP = Step(
    "2026-09-30.endive",
    (
        # No type of its time names them, but its answers were recorded with them.
        Change(
            "A subscription's items have plan and quantity; it showed its only item's as its own.",
            lowers={"subscription": _lower_only_item},
            fields={"subscription": {"plan": Plan}},
        ),
        Change(
            "`payment_method_types` of intents and Checkout sessions became"
            " `allowed_payment_method_types`; answers still have both.",
            raises=dict.fromkeys((*INTENTS, SESSIONS), _types),
            refuses=dict.fromkeys((*INTENTS, SESSIONS), _no_types),
            lenient=True,
        ),
        Change(
            "`billing_cycle_anchor` of updates and resumptions became an object with a type.",
            raises={
                "POST /v1/subscriptions/{}": _anchor,
                "POST /v1/subscriptions/{}/resume": _anchor,
            },
            lenient=True,
        ),
        Change(
            "`subscription_details[billing_cycle_anchor]` of previews became an object.",
            raises=dict.fromkeys(PREVIEWS, _preview_anchor),
            lenient=True,
        ),
    ),
)
