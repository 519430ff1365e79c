"""Usage deeds: use comes late, is taken back, reaches thresholds and alerts, and changes its price.

The balance of a subscription's usage is read again and again: what was used is billed, late, free
for a reason or still open, and nothing else.
"""

from decimal import Decimal
from typing import Any

from prorata.rules.calendar import DAY_SECONDS
from prorata.simulation.credit_deeds import EVENT_NAME, metered_price
from prorata.simulation.shop import Broken
from prorata.simulation.townsfolk import PRORATIONS, RUNNING, Townsfolk, deed

PARTS = ("billed", "free", "late", "open")


@deed(8)
def use_comes_late(folk: Townsfolk) -> None:
    """Tell what somebody has used some time ago, or that it was less than was told."""
    found = _by_use(folk)
    if found is not None:
        value = folk.source.randrange(-20, 90)
        folk.ask(
            "/v1/billing/meter_events", event_name=EVENT_NAME,
            identifier=f"late {folk.shop.requests + 1}",
            timestamp=folk.shop.now - folk.source.randrange(34 * DAY_SECONDS),
            payload={"stripe_customer_id": found["customer"], "value": value},
        )  # fmt: skip


@deed(3)
def use_is_taken_back(folk: Townsfolk) -> None:
    """Tell of a use by mistake, and take it back."""
    found = _by_use(folk)
    if found is None:
        return
    identifier = f"mistake {folk.shop.requests + 1}"
    folk.ask(
        "/v1/billing/meter_events", event_name=EVENT_NAME, identifier=identifier,
        payload={"stripe_customer_id": found["customer"], "value": 500},
    )  # fmt: skip
    folk.ask(
        "/v1/billing/meter_event_adjustments", event_name=EVENT_NAME, type="cancel",
        cancel={"identifier": identifier},
    )  # fmt: skip


@deed(4)
def a_threshold_is_set(folk: Townsfolk) -> None:
    """Bill somebody's use once it is much, or not any more."""
    found = _by_use(folk)
    if found is None:
        return
    thresholds: Any = ""
    if folk.chance(80):
        thresholds = {"amount_gte": folk.pick([500, 1_500]),
                      "reset_billing_cycle_anchor": folk.chance(30)}  # fmt: skip
    folk.ask(f"/v1/subscriptions/{found['id']}", billing_thresholds=thresholds)


@deed(2)
def an_alert_is_set(folk: Townsfolk) -> None:
    """Be told of somebody's use, or of everybody's."""
    meters = folk.listed("/v1/billing/meters", status="active")
    if not meters:
        return
    threshold: dict[str, Any] = {
        "meter": meters[0]["id"], "gte": folk.pick([10, 300]), "recurrence": "one_time",
    }  # fmt: skip
    if (customer := folk.somebody()) is not None and folk.chance(60):
        threshold["filters"] = [{"type": "customer", "customer": customer}]
    made = folk.ask("/v1/billing/alerts", alert_type="usage_threshold", title="Much",
                    usage_threshold=threshold)  # fmt: skip
    if made is not None and folk.chance(20):
        folk.ask(f"/v1/billing/alerts/{made['id']}/archive")


@deed(4)
def use_costs_something_else(folk: Townsfolk) -> None:
    """Give a metered item another price, or take it away."""
    found = _by_use(folk)
    if found is None:
        return
    items = found["items"]["data"]
    metered = next(each for each in items if each["price"]["recurring"]["meter"])
    change: dict[str, Any] = {"id": metered["id"], "deleted": True}
    if len(items) == 1 or folk.chance(70):
        change = {"id": metered["id"], "price": metered_price(folk, found["currency"])}
    folk.ask(
        f"/v1/subscriptions/{found['id']}", items=[change],
        proration_behavior=folk.source.choice(PRORATIONS),
    )  # fmt: skip


@deed(1)
def late_use_is_treated_otherwise(folk: Townsfolk) -> None:
    """Bill what comes late from now on, or only show it."""
    folk.ask("/v1/prorata/settings", late_usage=folk.pick(["bill", "show"]))


@deed(6)
def somebody_asks_what_was_used(folk: Townsfolk) -> None:
    """Ask what became of all use of a subscription; raise Broken where it does not add up."""
    found = _by_use(folk)
    if found is None:
        return
    answer = folk.ask("/v1/prorata/usage_balance", "GET", subscription=found["id"])
    for item in (answer or {}).get("items", ()):
        parts = sum(Decimal(item[name]) for name in PARTS)
        if Decimal(item["used"]) != parts:
            raise Broken(f"{found['id']}: {item['used']} was used, its parts make {parts}")


def _by_use(folk: Townsfolk) -> dict[str, Any] | None:
    """Return a subscription that pays by use."""
    found = [
        each
        for each in folk.listed("/v1/subscriptions")
        if each["status"] in RUNNING
        and each["customer"] in folk.customers
        and any(item["price"]["recurring"]["meter"] for item in each["items"]["data"])
    ]
    return folk.one(sorted(found, key=lambda each: str(each["id"])))
