"""Item pricing: what an invoice item or an edited line costs, however its amount was given."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from msgspec import UNSET

from prorata.model.errors import InvalidRequest
from prorata.model.params import given
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice_shape import PriceDetails, Pricing
from prorata.resources.core.customer import Customer
from prorata.resources.products.price import DecimalText, Price, PricePrivate, decimal_text
from prorata.resources.products.price_params import check_currency, check_decimals
from prorata.resources.products.price_terms import (
    inline_price,
    price_terms,
    supports,
    usable_price,
)
from prorata.resources.products.product import Product, ProductData, new_product
from prorata.resources.products.steps import check_step
from prorata.rules import pricing
from prorata.rules.currency import maximum_charge, smallest_step
from prorata.rules.rounding import round_half_up

WAYS = ("amount", "pricing", "price_data", "unit_amount_decimal")
MINTED_NAME = "Invoice item"


@dataclass(frozen=True, slots=True)
class Priced:
    """An amount in minor units with where it comes from; `name` is its product's."""

    amount: int
    currency: str
    pricing: Pricing
    quantity: int
    quantity_decimal: DecimalText
    name: str | None


def way_of_pricing(params: Any, path: str = "") -> str | None:
    """Return which parameter gives the amount; raise InvalidRequest for two of them."""
    sent = [name for name in WAYS if given(getattr(params, name, UNSET))]
    if len(sent) > 1:
        raise _exclusive(path, sent[0], sent[1])
    if sent == ["amount"]:
        for name in ("quantity", "quantity_decimal"):
            if given(getattr(params, name, UNSET)):
                raise _exclusive(path, "amount", name)
    return sent[0] if sent else None


def price_item(
    tx: Tx, params: Any, way: str, *, currency: str | None, quantity: Decimal, path: str = ""
) -> Priced:
    """Return what parameters ask for: a price or price_data, or an amount that mints a price.

    currency: what the invoice or customer is billed in, if that is known. quantity: how many.
    Raises InvalidRequest by the parameter's name under `path`.
    """
    if way == "price_data":
        price = inline_price(tx, params.price_data, _at(path, "price_data"))
        return _of_price(tx, price, currency, quantity, _at(path, "price_data"))
    if way == "pricing":
        param = _at(path, "pricing[price]")
        if not given(params.pricing.price):
            raise InvalidRequest(
                f"Missing required param: {param}.", code="parameter_missing", param=param
            )
        return _of_price(
            tx, usable_price(tx, params.pricing.price, param), currency, quantity, param
        )
    if currency is None:
        param = _at(path, "currency")
        raise InvalidRequest(
            f"Missing required param: {param}.", code="parameter_missing", param=param
        )
    check_currency(currency, _at(path, "currency"))
    unit = Decimal(params.amount) if way == "amount" else params.unit_amount_decimal
    if way == "amount":
        check_step(params.amount, currency, _at(path, way))
    else:
        check_decimals(unit, _at(path, way))
    amount = round_half_up(unit * quantity, smallest_step(currency))
    check_bounds(amount, currency, _at(path, way))
    description = getattr(params, "description", UNSET)
    price = mint(tx, unit, currency, description if given(description) and description else None)
    return _priced(price, amount, currency, quantity, unit, None)


def usual_currency(tx: Tx, params: Any, customer: Customer) -> str | None:
    """Return the customer's currency where the price that parameters name has it, else None."""
    if not given(params.pricing) or not given(params.pricing.price):
        return None
    price = tx.find(Price, params.pricing.price)
    known = customer.currency
    return known if price is not None and known and supports(price, known) else None


def mint(tx: Tx, unit: Decimal, currency: str, name: str | None = None) -> Price:
    """Add the archived price, and its product, that an amount given by hand is billed with."""
    product = new_product(tx, ProductData(name=name or MINTED_NAME, active=False))
    price = Price(
        id=tx.new_id(Price),
        active=False,
        created=tx.now,
        currency=currency,
        livemode=tx.book.livemode,
        product=product.id,
        unit_amount=int(unit) if unit == unit.to_integral_value() else None,
        unit_amount_decimal=decimal_text(unit),
    )
    price.private = PricePrivate(inline=True)
    tx.add(price)
    # Nobody asked for these: they only give the line's pricing something to name.
    tx.quiet(product)
    tx.quiet(price)
    return price


def check_bounds(amount: int, currency: str, param: str) -> None:
    """Raise InvalidRequest for an amount beyond what can be charged."""
    most = maximum_charge(currency)
    if abs(amount) > most:
        raise InvalidRequest(
            f"This value must be less than or equal to {most}.",
            code="parameter_invalid_integer",
            param=param,
        )


def quantity_of(params: Any, default: Decimal = Decimal(1)) -> Decimal:
    """Return the quantity that parameters give; raise InvalidRequest when they give two."""
    if given(params.quantity) and given(params.quantity_decimal):
        raise InvalidRequest(
            "You may only specify one of these parameters: quantity, quantity_decimal.",
            param="quantity",
        )
    if given(params.quantity):
        return Decimal(params.quantity)
    return params.quantity_decimal if given(params.quantity_decimal) else default


def _of_price(tx: Tx, price: Price, currency: str | None, quantity: Decimal, param: str) -> Priced:
    if price.type == "recurring":
        raise InvalidRequest(
            "The price specified is set to `type=recurring` but this field only accepts prices"
            " with `type=one_time`.",
            param=param,
        )
    if price.custom_unit_amount is not None:
        raise InvalidRequest(
            "The price specified lets the customer choose the amount; this field only accepts"
            " prices with a fixed amount.",
            param=param,
        )
    billed = currency or price.currency
    terms = price_terms(price, billed)
    amount = pricing.amount(terms, quantity)
    check_bounds(amount, billed, param)
    name = tx.get(Product, price.product).name
    return _priced(price, amount, billed, quantity, terms.unit_amount, name)


def _priced(
    price: Price,
    amount: int,
    currency: str,
    quantity: Decimal,
    unit: Decimal | None,
    name: str | None,
) -> Priced:
    return Priced(
        amount=amount,
        currency=currency,
        pricing=Pricing(
            price_details=PriceDetails(price=price.id, product=price.product),
            unit_amount_decimal=None if unit is None else decimal_text(unit),
        ),
        quantity=int(quantity),
        quantity_decimal=decimal_text(quantity),
        name=name,
    )


def _at(path: str, name: str) -> str:
    if not path:
        return name
    head, bracket, rest = name.partition("[")
    return f"{path}[{head}]{bracket}{rest}"


def _exclusive(path: str, first: str, second: str) -> InvalidRequest:
    return InvalidRequest(
        f"You may only specify one of these parameters: {first}, {second}.",
        param=_at(path, first),
    )
