"""Pricing deeds: several currencies and intervals are bought, prices are renamed and replaced."""

from typing import Any

from prorata.simulation.townsfolk import PRORATIONS, Townsfolk, deed

MONTH, QUARTER = {"interval": "month"}, {"interval": "month", "interval_count": 3}
YEAR = {"interval": "year"}
INTERVALS = (MONTH, QUARTER, YEAR)
FLATS = [{"up_to": 3, "flat_amount": 900}, {"up_to": "inf", "unit_amount_decimal": "433.25"}]
EUR_FLATS = [{"up_to": 5, "flat_amount": 800}, {"up_to": "inf", "unit_amount": 400}]
JPY_FLATS = [{"up_to": "inf", "unit_amount": 500, "flat_amount": 100}]
# Dollars, and what is asked in the other currencies.
SHAPES: tuple[dict[str, Any], ...] = (
    {
        "unit_amount": 2_000,
        "currency_options": {"eur": {"unit_amount": 1_800}, "jpy": {"unit_amount": 3_000}},
    },
    {
        "unit_amount_decimal": "12.345678901234",
        "currency_options": {
            "eur": {"unit_amount_decimal": "11.5"}, "jpy": {"unit_amount_decimal": "0.75"},
        },
    },
    {
        "unit_amount": 1_000, "transform_quantity": {"divide_by": 3, "round": "down"},
        "currency_options": {"eur": {"unit_amount": 900}, "jpy": {"unit_amount": 1_500}},
    },
    {
        "billing_scheme": "tiered", "tiers_mode": "graduated", "tiers": FLATS,
        "currency_options": {"eur": {"tiers": EUR_FLATS}, "jpy": {"tiers": JPY_FLATS}},
    },
    {
        "billing_scheme": "tiered", "tiers_mode": "volume", "tiers": FLATS,
        "currency_options": {"eur": {"tiers": EUR_FLATS}, "jpy": {"tiers": JPY_FLATS}},
    },
)  # fmt: skip


@deed(6)
def several_intervals_are_taken(folk: Townsfolk) -> None:
    """Subscribe somebody to what renews at different times, in the currency that is theirs."""
    customer = folk.somebody()
    if customer is None:
        return
    prices = [_price(folk, place) for place in range(len(INTERVALS)) if folk.chance(60)]
    items = [
        {"price": price, "quantity": folk.pick([0, 1, 1, 4, 25])}
        for price in prices if price is not None
    ]  # fmt: skip
    if not items:
        return
    params: dict[str, Any] = {"currency": folk.customers[customer], **folk.catalogue.terms()}
    if folk.chance(30):
        fee = {"currency": folk.customers[customer], "product": folk.catalogue.product,
               "unit_amount": folk.pick([10, 4_900])}  # fmt: skip
        params["add_invoice_items"] = [{"price_data": fee, "quantity": folk.pick([1, 3])}]
    folk.make("/v1/subscriptions", customer=customer, items=items, **params)


@deed(3)
def nothing_is_wanted_for_a_while(folk: Townsfolk) -> None:
    """Bring a quantity to nothing: the subscription goes on."""
    found = folk.subscription()
    if found is None:
        return
    item = folk.pick(found["items"]["data"])
    folk.ask(
        f"/v1/subscriptions/{found['id']}", items=[{"id": item["id"], "quantity": 0}],
        proration_behavior=folk.pick(list(PRORATIONS)),
    )  # fmt: skip


@deed(2)
def a_price_is_known_otherwise(folk: Townsfolk) -> None:
    """Rename a price; try to change what it costs, which is refused once somebody has it."""
    id = _price(folk, folk.source.randrange(len(INTERVALS)))
    if id is None:
        return
    change: dict[str, Any] = folk.pick([
        {"nickname": f"Price {folk.shop.requests}"},
        {"tax_behavior": "exclusive"},
        {"currency_options": {"gbp": {"unit_amount": 1_600}}},
        {"currency_options": {"eur": {"unit_amount": 1_700}}},
        {"currency_options": ""},
    ])  # fmt: skip
    folk.ask(f"/v1/prices/{id}", **change)


@deed(1)
def a_price_is_replaced(folk: Townsfolk) -> None:
    """Sell another price under the same key; whoever has the old one keeps it."""
    place, shape = folk.source.randrange(len(INTERVALS)), folk.source.randrange(len(SHAPES))
    key = _key(place, shape)
    found = folk.listed("/v1/prices", lookup_keys=[key])
    if found and _made(folk, place, shape, transfer_lookup_key=True) is not None:
        folk.ask(f"/v1/prices/{found[0]['id']}", active=False)


def _price(folk: Townsfolk, place: int) -> str | None:
    """Return the id of a price of an interval in all currencies, made when it is first wanted."""
    shape = folk.source.randrange(len(SHAPES))
    found = folk.listed("/v1/prices", lookup_keys=[_key(place, shape)])
    return str(found[0]["id"]) if found else _made(folk, place, shape)


def _made(folk: Townsfolk, place: int, shape: int, **more: Any) -> str | None:
    made = folk.ask(
        "/v1/prices", product=folk.catalogue.product, currency="usd",
        lookup_key=_key(place, shape), recurring=INTERVALS[place], **SHAPES[shape], **more,
    )  # fmt: skip
    return None if made is None else str(made["id"])


def _key(place: int, shape: int) -> str:
    return f"everywhere_{place}_{shape}"
