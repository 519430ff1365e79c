"""Credit deeds: somebody pays by use, and credits are granted, changed, expired and voided."""

from typing import Any

from prorata.rules.calendar import DAY_SECONDS
from prorata.simulation.townsfolk import Townsfolk, deed

GRANTS = "/v1/billing/credit_grants"
EVENT_NAME = "simulated_calls"
SHAPES: tuple[dict[str, Any], ...] = (
    {"unit_amount": 30},
    {"unit_amount_decimal": "1.75"},
    {
        "billing_scheme": "tiered",
        "tiers_mode": "graduated",
        "tiers": [{"up_to": 50, "unit_amount": 40}, {"up_to": "inf", "unit_amount": 15}],
    },
)


@deed(5)
def somebody_pays_by_use(folk: Townsfolk) -> None:
    """Subscribe somebody to something that is counted."""
    customer = folk.somebody()
    if customer is None:
        return
    price = metered_price(folk, folk.customers[customer])
    if price is not None:
        folk.make("/v1/subscriptions", customer=customer, items=[{"price": price}],
                  **folk.catalogue.terms())  # fmt: skip


@deed(16)
def something_is_used(folk: Townsfolk) -> None:
    """Let somebody use something, whether it is billed or not."""
    customer = _user(folk)
    if customer is not None and _meter(folk) is not None:
        value = folk.source.randrange(1, 120)
        folk.ask(
            "/v1/billing/meter_events", event_name=EVENT_NAME,
            identifier=f"use {folk.shop.requests + 1}",
            payload={"stripe_customer_id": customer, "value": value},
        )  # fmt: skip


@deed(6)
def credits_are_granted(folk: Townsfolk) -> None:
    """Give or sell somebody credits, for some time or forever, for all usage or for one price."""
    customer = _user(folk)
    if customer is None:
        return
    currency, now = folk.customers[customer], folk.shop.now
    scope: dict[str, Any] = {"price_type": "metered"}
    if folk.chance(40) and (price := metered_price(folk, currency)) is not None:
        scope = {"prices": [{"id": price}]}
    params: dict[str, Any] = {
        "category": folk.pick(["paid", "promotional"]), "priority": folk.pick([0, 50, 50, 99]),
    }  # fmt: skip
    if folk.chance(20):
        params["effective_at"] = now + folk.source.randrange(1, 20) * DAY_SECONDS
    if folk.chance(60):
        params["expires_at"] = now + folk.source.randrange(21, 90) * DAY_SECONDS
    value = folk.pick([50, 700, 3_000, 20_000])
    folk.make(
        GRANTS, customer=customer, applicability_config={"scope": scope},
        amount={"type": "monetary", "monetary": {"currency": currency, "value": value}}, **params,
    )  # fmt: skip


@deed(3)
def credits_are_taken_back(folk: Townsfolk) -> None:
    """Expire or void a grant, or let it last for longer."""
    customer = folk.somebody()
    if customer is None:
        return
    found = folk.listed(GRANTS, customer=customer)
    if not found:
        return
    path = f"{GRANTS}/{folk.pick(found)['id']}"
    what = folk.source.randrange(4)
    if what < 2:
        folk.ask(f"{path}/{('expire', 'void')[what]}")
    elif what == 2:
        folk.ask(path, expires_at="")
    else:
        folk.ask(path, expires_at=folk.shop.now + folk.source.randrange(1, 60) * DAY_SECONDS)


def _user(folk: Townsfolk) -> str | None:
    """Return somebody, mostly somebody who pays by use."""
    users = sorted({
        each["customer"] for each in folk.listed("/v1/subscriptions")
        if each["customer"] in folk.customers
        and any(item["price"]["recurring"]["meter"] for item in each["items"]["data"])
    })  # fmt: skip
    return folk.pick(users) if users and folk.chance(85) else folk.somebody()


def metered_price(folk: Townsfolk, currency: str) -> str | None:
    """Return the id of one of the prices by use in a currency, made when it is first wanted."""
    shape = folk.source.randrange(len(SHAPES))
    key = f"calls_{currency}_{shape}"
    found = folk.listed("/v1/prices", lookup_keys=[key])
    if found:
        return str(found[0]["id"])
    meter = _meter(folk)
    if meter is None:
        return None
    made = folk.ask(
        "/v1/prices", product=folk.catalogue.product, currency=currency, lookup_key=key,
        recurring={"interval": "month", "usage_type": "metered", "meter": meter}, **SHAPES[shape],
    )  # fmt: skip
    return None if made is None else str(made["id"])


def _meter(folk: Townsfolk) -> str | None:
    """Return the id of the meter of calls."""
    for each in folk.listed("/v1/billing/meters", status="active"):
        if each["event_name"] == EVENT_NAME:
            return str(each["id"])
    made = folk.ask(
        "/v1/billing/meters", event_name=EVENT_NAME, display_name="Calls",
        default_aggregation={"formula": "sum"},
    )  # fmt: skip
    return None if made is None else str(made["id"])
