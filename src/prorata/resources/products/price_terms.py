"""Price terms: making prices, and reading from them what the arithmetic of billing needs."""

from decimal import Decimal
from typing import Any

from msgspec import UNSET

from prorata.model.errors import InvalidRequest, missing_param, no_such
from prorata.model.params import given, merge_metadata, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.meter import Meter
from prorata.resources.billing.plan import announce_plan
from prorata.resources.products.currency_options import set_options
from prorata.resources.products.price import (
    Price,
    PricePrivate,
    PriceRecurring,
    TransformQuantity,
    UsageType,
    find_price,
)
from prorata.resources.products.price_params import (
    RecurringParams,
    check_currency,
    custom_amount,
    one_amount,
    rule_tiers,
    tiers_of,
)
from prorata.resources.products.product import Product, new_product
from prorata.rules.calendar import interval_at_most
from prorata.rules.currency import smallest_step
from prorata.rules.pricing import PriceTerms

OPTIONAL = (
    "active", "billing_scheme", "currency_options", "custom_unit_amount", "metadata", "nickname",
    "recurring", "tax_behavior", "tiers", "tiers_mode", "transform_quantity", "unit_amount",
    "unit_amount_decimal",
)  # fmt: skip


def price_terms(price: Price, currency: str | None = None) -> PriceTerms:
    """Return what decides a price's amounts, in decimal minor units of a currency.

    The currency is the price's own unless one of its options is asked for. Raises InvalidRequest
    for a currency that the price does not have. The price must be the document itself: one that
    stands inside another document has no tiers and no further currencies.
    """
    if currency is None or currency == price.currency:
        exact = price.unit_amount_decimal
        tiers = price.private.tiers if price.billing_scheme == "tiered" else []
    else:
        option = price.private.currency_options.get(currency)
        if option is None:
            raise InvalidRequest(
                f"The price specified only supports `{price.currency}`. This doesn't match the"
                f" expected currency: `{currency}`.",
                param="price",
            )
        exact = option.unit_amount_decimal
        tiers = value_or(option.tiers, [])
    transform = price.transform_quantity
    return PriceTerms(
        unit_amount=None if exact is None else Decimal(exact),
        tiers=rule_tiers(tiers),
        tiers_mode=price.tiers_mode,
        divide_by=None if transform is None else transform.divide_by,
        round=None if transform is None else transform.round,
        step=smallest_step(currency or price.currency),
    )


def currencies_of(price: Price) -> list[str]:
    """Return the currencies in which a price can be billed, its own first."""
    return [price.currency, *price.private.currency_options]


def supports(price: Price, currency: str) -> bool:
    """Return whether a price can be billed in a currency."""
    return currency in currencies_of(price)


def usable_price(tx: Tx, id: str, param: str) -> Price:
    """Return a price that something new may use; raise InvalidRequest for an archived one."""
    price = find_price(tx, id, param)
    check_usable(tx, price, param)
    return price


def check_usable(tx: Tx, price: Price, param: str) -> None:
    """Raise InvalidRequest when a price, or its product, is archived."""
    if not price.active:
        raise InvalidRequest(
            "The price specified is inactive. This field only accepts active prices.", param=param
        )
    _check_sold(tx, price.product, param)


def _check_sold(tx: Tx, product: str, param: str) -> Product:
    found = tx.get(Product, product, param=param)
    if not found.active:
        raise InvalidRequest(
            f"The product {product} is inactive. This field only accepts prices of active"
            " products.",
            param=param,
        )
    return found


def inline_price(tx: Tx, price_data: Any, param: str, *, credits: bool = False) -> Price:
    """Add the inactive price that a `price_data` describes, and the product of its product_data.

    `param` is where it stands, such as `items[0][price_data]`. It may have any of the fields of a
    price's creation. credits: its amount may be below zero. Raises InvalidRequest by the name of
    the field.
    """
    product_data = getattr(price_data, "product_data", UNSET)
    product_id = getattr(price_data, "product", UNSET)
    if given(product_data) and given(product_id):
        raise InvalidRequest(
            f"You may only specify one of these parameters: {param}[product],"
            f" {param}[product_data].",
            param=f"{param}[product]",
        )
    if given(product_data):
        product = new_product(tx, product_data, f"{param}[product_data]")
    elif given(product_id):
        product = _check_sold(tx, product_id, f"{param}[product]")
    else:
        raise missing_param(f"{param}[product]")
    return new_price(
        tx, price_data, product, path=param, active=False, inline=True, credits=credits
    )


def new_price(
    tx: Tx, params: Any, product: Product, *, path: str = "", active: bool = True,
    id: str | None = None, inline: bool = False, credits: bool = False,
) -> Price:  # fmt: skip
    """Add a price of a product from parameters, checked; raise InvalidRequest by the field.

    inline: it is made where it is used, and lists leave it out. credits: its amount may be below
    zero.
    """
    sent: dict[str, Any] = {name: getattr(params, name, UNSET) for name in OPTIONAL}

    def at(name: str) -> str:
        return f"{path}[{name}]" if path else name

    currency = params.currency
    check_currency(currency, at("currency"))
    tiered = _check_scheme(sent, at)
    unit, exact = one_amount(
        sent["unit_amount"], sent["unit_amount_decimal"], currency, path, credits=credits
    )
    _check_amounts(sent, exact is not None, tiered, at)
    price = Price(
        id=id or tx.new_id(Price),
        active=value_or(sent["active"], active),
        billing_scheme="tiered" if tiered else "per_unit",
        created=tx.now,
        currency=currency,
        livemode=tx.book.livemode,
        metadata=merge_metadata(None, sent["metadata"]),
        nickname=value_or(sent["nickname"], None),
        product=product.id,
        tax_behavior=value_or(sent["tax_behavior"], "unspecified"),
        tiers_mode=value_or(sent["tiers_mode"], None),
        unit_amount=unit,
        unit_amount_decimal=exact,
    )
    private = price.private = PricePrivate(inline=inline)
    if given(sent["recurring"]):
        price.recurring = _recurring(tx, sent["recurring"], at("recurring"))
        price.type = "recurring"
    if given(sent["custom_unit_amount"]):
        bounds = sent["custom_unit_amount"]
        price.custom_unit_amount = custom_amount(bounds, currency, at("custom_unit_amount"))
    if given(sent["transform_quantity"]):
        transform = sent["transform_quantity"]
        price.transform_quantity = TransformQuantity(
            divide_by=transform.divide_by, round=transform.round
        )
    if tiered:
        private.tiers = tiers_of(sent["tiers"], currency, at("tiers"))
    if given(sent["currency_options"]):
        set_options(price, sent["currency_options"], at("currency_options"))
    tx.add(price)
    product.private.priced = True
    announce_plan(tx, "created", price)
    return price


def _check_scheme(sent: dict[str, Any], at: Any) -> bool:
    """Return whether the price is tiered; raise InvalidRequest where its parts do not agree."""
    tiered = value_or(sent["billing_scheme"], "per_unit") == "tiered"
    if tiered:
        for name in ("tiers", "tiers_mode"):
            if not given(sent[name]):
                raise missing_param(at(name))
        if not given(sent["recurring"]):
            raise InvalidRequest(
                "Prices with `type=one_time` are not supported with tiered billing.",
                param="interval",
            )
        for name in ("transform_quantity", "custom_unit_amount"):
            if given(sent[name]):
                raise InvalidRequest(
                    f"You may only specify one of these parameters: {at(name)}, {at('tiers')}.",
                    param=at(name),
                )
    else:
        for name in ("tiers", "tiers_mode"):
            if given(sent[name]):
                raise InvalidRequest(
                    f"`{name}` can only be set when `billing_scheme=tiered`.", param=at(name)
                )
    return tiered


def _check_amounts(sent: dict[str, Any], amount: bool, tiered: bool, at: Any) -> None:
    custom = given(sent["custom_unit_amount"])
    if amount and (tiered or custom):
        name = "unit_amount" if given(sent["unit_amount"]) else "unit_amount_decimal"
        other = "tiers" if tiered else "custom_unit_amount"
        raise InvalidRequest(
            f"You may only specify one of these parameters: {at(name)}, {at(other)}.",
            param=at(name),
        )
    if custom and given(sent["recurring"]):
        raise InvalidRequest(
            "Prices with `custom_unit_amount` are one-time: leave out `recurring`.",
            param=at("custom_unit_amount"),
        )
    if custom and given(sent["transform_quantity"]):
        raise InvalidRequest(
            f"You may only specify one of these parameters: {at('custom_unit_amount')},"
            f" {at('transform_quantity')}.",
            param=at("custom_unit_amount"),
        )
    if not amount and not custom and not tiered:
        raise InvalidRequest(
            "Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set."
        )


def _recurring(tx: Tx, params: Any, path: str) -> PriceRecurring:
    """Return how a price recurs, from RecurringParams or a part of them."""
    names = RecurringParams.__struct_fields__
    sent: dict[str, Any] = {name: getattr(params, name, UNSET) for name in names}
    count = value_or(sent["interval_count"], 1)
    if not interval_at_most(params.interval, count):
        raise InvalidRequest(
            "A price can recur at most every three years: 3 years, 36 months, 156 weeks or 1095"
            " days.",
            param=f"{path}[interval_count]",
        )
    usage_type: UsageType = value_or(sent["usage_type"], "licensed")
    if usage_type == "metered" and not given(sent["meter"]):
        raise InvalidRequest(
            "Starting with Stripe version `2025-03-31.basil`, metered prices must be backed by"
            " meters."
        )
    if given(sent["meter"]):
        _check_meter(tx, sent["meter"], usage_type, f"{path}[meter]")
    return PriceRecurring(
        interval=params.interval,
        interval_count=count,
        meter=value_or(sent["meter"], None),
        trial_period_days=value_or(sent["trial_period_days"], None) or None,
        usage_type=usage_type,
    )


def _check_meter(tx: Tx, id: str, usage_type: str, param: str) -> None:
    if usage_type != "metered":
        raise InvalidRequest(
            "`meter` can only be set on prices with `usage_type=metered`.", param=param
        )
    meter = tx.find(Meter, id)
    if meter is None:
        raise no_such("meter", id, param=param, status=400)
    if meter.status != "active":
        raise InvalidRequest(
            f"The meter {id} is inactive: reactivate it before you attach it to a price.",
            param=param,
        )
