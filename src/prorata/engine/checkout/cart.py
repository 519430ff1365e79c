"""Cart: what a session or a payment link sells, from its parameters, checked."""

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET

from prorata.engine.invoices.terms import tax_rates
from prorata.engine.subscriptions.items import check_amount, check_one_price
from prorata.model.errors import InvalidRequest, missing_param
from prorata.model.params import fields_given, given, merge_metadata, value_or
from prorata.model.transaction import Tx
from prorata.resources.checkout.collection_params import AdjustableQuantityParams, PriceDataParams
from prorata.resources.checkout.line_item import AdjustableQuantity
from prorata.resources.checkout.session import CheckoutSession
from prorata.resources.checkout.session_facts import CartItem
from prorata.resources.checkout.session_shape import Mode, OptionalItem
from prorata.resources.products.price import Price, find_price
from prorata.resources.products.price_terms import (
    check_usable,
    inline_price,
    supports,
    usable_price,
)
from prorata.resources.products.product import ProductUpdateParams
from prorata.rules.currency import minimum_charge

ITEMS_MAX = 100
KIND_MAX = 20
OPTIONAL_MAX = 10
LARGEST_ADJUSTMENT = 99
CHOSEN_AMOUNT_MAX = 1_000_000
NEEDS_RECURRING = (
    "You must provide at least one recurring price in `subscription` mode when using prices."
)
MIXED = "Checkout does not support multiple prices with different billing intervals."
ONE_TIME_ONLY = (
    "You specified `payment` mode but passed a recurring price. Either switch to `subscription`"
    " mode or use only one-time prices."
)


class InlineProduct(ProductUpdateParams, kw_only=True):
    """A product described in a cart, as the catalogue takes it."""

    id: Any = UNSET


class InlinePrice(PriceDataParams, kw_only=True):
    """A price described in a cart, as the catalogue takes it."""

    product_data: Any = UNSET


def cart_of(tx: Tx, entries: Sequence[Any], path: str = "line_items") -> list[CartItem]:
    """Return what parameters sell; raise InvalidRequest by the entry's name."""
    if len(entries) > ITEMS_MAX:
        raise InvalidRequest(f"You can pass at most {ITEMS_MAX} line items.", param=path)
    return [item_of(tx, each, f"{path}[{place}]") for place, each in enumerate(entries)]


def item_of(tx: Tx, params: Any, path: str) -> CartItem:
    """Return one thing that is sold."""
    price = price_named(tx, params, path)
    metered = price.recurring is not None and price.recurring.usage_type == "metered"
    quantity: int | None = value_or(params.quantity, None)
    if metered and quantity is not None:
        raise InvalidRequest(
            "Quantity should not be specified where usage_type is `metered`. Remove `quantity` from"
            f" `{path}`.",
            param=f"{path}[quantity]",
        )
    if not metered and quantity is None:
        raise InvalidRequest(
            f"Quantity is required. Add `quantity` to `{path}`", param=f"{path}[quantity]"
        )
    item = CartItem(
        id=tx.id("li"),
        price=price.id,
        quantity=quantity,
        adjustable=adjustable_of(params.adjustable_quantity, f"{path}[adjustable_quantity]"),
        metadata=merge_metadata({}, getattr(params, "metadata", UNSET)),
    )
    rates = getattr(params, "tax_rates", UNSET)
    if given(rates):
        item.tax_rates = [each.id for each in tax_rates(tx, rates, f"{path}[tax_rates]")]
    check_quantity(item, quantity, path)
    return item


def price_named(tx: Tx, params: Any, path: str) -> Price:
    """Return the price that an entry names or describes."""
    check_one_price(params, path)
    data = getattr(params, "price_data", UNSET)
    if given(data):
        return inline_price(tx, _described(data), f"{path}[price_data]")
    if not given(params.price):
        raise missing_param(f"{path}[price]")
    price = find_price(tx, params.price, f"{path}[price]")
    if not (getattr(params, "agreed", False) and price.private.inline):
        # What a link or a table described itself is archived from the beginning.
        check_usable(tx, price, f"{path}[price]")
    return price


def _described(data: PriceDataParams) -> InlinePrice:
    sent = fields_given(data)
    product = sent.pop("product_data", UNSET)
    described = InlinePrice(**sent)
    if product is not UNSET:
        described.product_data = InlineProduct(**fields_given(product))
    return described


def adjustable_of(params: Any, path: str) -> AdjustableQuantity | None:
    """Return within which bounds a visitor may choose the quantity."""
    if not isinstance(params, AdjustableQuantityParams):
        return None
    if not params.enabled:
        return AdjustableQuantity(enabled=False)
    least = value_or(params.minimum, 0)
    most = value_or(params.maximum, max(LARGEST_ADJUSTMENT, least))
    if most < max(least, 1):
        raise InvalidRequest(
            "`maximum` must be at least 1, and no less than `minimum`.", param=f"{path}[maximum]"
        )
    return AdjustableQuantity(enabled=True, maximum=most, minimum=least)


def check_quantity(item: CartItem, quantity: int | None, path: str) -> None:
    """Raise InvalidRequest for a quantity outside of what may be chosen."""
    bounds = item.adjustable
    if quantity is None:
        if bounds is not None and bounds.enabled:
            raise InvalidRequest(
                "The quantity of a metered price can't be adjusted: its usage counts.",
                param=f"{path}[adjustable_quantity]",
            )
        return
    if bounds is None or not bounds.enabled:
        return
    least, most = bounds.minimum or 0, bounds.maximum or LARGEST_ADJUSTMENT
    if not least <= quantity <= most:
        raise InvalidRequest(
            f"The quantity must be between {least} and {most}, the bounds of"
            f" `adjustable_quantity`; it is {quantity}.",
            param=f"{path}[quantity]",
        )


def currency_of(tx: Tx, items: Sequence[CartItem], wanted: str | None, customer: str | None) -> str:
    """Return what a cart is paid in: what was asked for, else the customer's or the prices' own.

    Raises InvalidRequest when a price is not sold in it.
    """
    prices = [tx.get(Price, each.price) for each in items]
    if wanted is None and customer is not None and all(supports(p, customer) for p in prices):
        wanted = customer
    currency = wanted or prices[0].currency
    for place, price in enumerate(prices):
        if not supports(price, currency):
            raise InvalidRequest(
                f"The price specified only supports `{price.currency}`. This doesn't match the"
                f" expected currency: `{currency}`.",
                param=f"line_items[{place}]",
            )
    return currency


def check_cart(tx: Tx, items: Sequence[CartItem], mode: Mode, currency: str) -> None:
    """Raise InvalidRequest unless a cart can be bought in a mode."""
    prices = [tx.get(Price, each.price) for each in items]
    recurring = [each for each in prices if each.recurring is not None]
    if mode == "payment" and recurring:
        raise InvalidRequest(ONE_TIME_ONLY, param="mode")
    if mode == "subscription" and not recurring:
        raise InvalidRequest(NEEDS_RECURRING, param="line_items")
    if mode == "subscription" and max(len(recurring), len(prices) - len(recurring)) > KIND_MAX:
        raise InvalidRequest(
            f"A subscription can be sold with at most {KIND_MAX} recurring and {KIND_MAX} one-time"
            " prices.",
            param="line_items",
        )
    if (
        len(
            {
                (each.recurring.interval, each.recurring.interval_count)
                for each in recurring
                if each.recurring is not None
            }
        )
        > 1
    ):
        raise InvalidRequest(MIXED, param="line_items")
    for place, (item, price) in enumerate(zip(items, prices, strict=True)):
        path = f"line_items[{place}]"
        if price.custom_unit_amount is not None:
            _check_chosen(item, price, items, mode, path)
        elif item.quantity is not None:
            check_amount(price, item.quantity, currency, path)
    if not any(each.quantity is None or each.quantity > 0 for each in items):
        raise InvalidRequest(
            "At least one line item must have a quantity greater than 0.", param="line_items"
        )


def keeps_something(tx: Tx, session: CheckoutSession, removed: CartItem | None = None) -> bool:
    """Return whether there is something to buy; of a subscription, something that recurs.

    removed: a thing in the cart that does not count.
    """
    items: list[CartItem] = session.private.items
    left = [each for each in items if each is not removed and each.quantity != 0]
    prices = tx.load(Price, [each.price for each in left])
    wanted = session.mode == "subscription"
    return any(not wanted or prices[each.price].recurring is not None for each in left)


def check_something_left(tx: Tx, session: CheckoutSession, param: str) -> None:
    """Raise InvalidRequest, by the parameter that took it away, where nothing is left to buy."""
    if not keeps_something(tx, session):
        raise InvalidRequest("The last remaining item can't be removed.", param=param)


def _check_chosen(
    item: CartItem, price: Price, items: Sequence[CartItem], mode: Mode, path: str
) -> None:
    """Raise InvalidRequest unless what the customer pays for a price is his own choice alone."""
    if mode != "payment":
        raise InvalidRequest(
            "Prices with `custom_unit_amount` can only be used in `payment` mode.",
            param=f"{path}[price]",
        )
    adjusts = item.adjustable is not None and item.adjustable.enabled
    if len(items) > 1 or item.quantity != 1 or adjusts:
        raise InvalidRequest(
            "A price with `custom_unit_amount` must be the only line item, with a quantity of 1.",
            param=path,
        )


def chosen_bounds(price: Price, currency: str) -> tuple[int, int, int | None]:
    """Return the least, the most and the preset amount that a customer may pay, minor units."""
    chosen = price.custom_unit_amount
    if currency != price.currency:
        option = price.private.currency_options.get(currency)
        chosen = option.custom_unit_amount if option is not None else None
    least, most, preset = minimum_charge(currency), CHOSEN_AMOUNT_MAX, None
    if chosen is not None:
        least = chosen.minimum or least
        most, preset = chosen.maximum or max(most, least), chosen.preset
    return least, most, preset


def optional_items_of(
    tx: Tx, entries: Sequence[Any], items: Sequence[CartItem], mode: Mode
) -> list[OptionalItem]:
    """Return what the visitor may add to the cart."""
    if len(entries) > OPTIONAL_MAX:
        raise InvalidRequest(
            f"You can offer at most {OPTIONAL_MAX} optional items.", param="optional_items"
        )
    known = {each.price for each in items}
    found = []
    for place, each in enumerate(entries):
        path = f"optional_items[{place}]"
        price = usable_price(tx, each.price, f"{path}[price]")
        _check_optional(price, known, mode, path)
        known.add(price.id)
        bounds = adjustable_of(each.adjustable_quantity, f"{path}[adjustable_quantity]")
        offered = CartItem(id="", price=price.id, quantity=each.quantity, adjustable=bounds)
        check_quantity(offered, each.quantity, path)
        found.append(
            OptionalItem(adjustable_quantity=bounds, price=price.id, quantity=each.quantity)
        )
    return found


def _check_optional(price: Price, known: set[str], mode: Mode, path: str) -> None:
    if price.id in known:
        raise InvalidRequest(
            "A price can be sold or offered once in a session.", param=f"{path}[price]"
        )
    if price.custom_unit_amount is not None:
        raise InvalidRequest(
            "Prices with `custom_unit_amount` can't be offered as optional items.",
            param=f"{path}[price]",
        )
    recurring = price.recurring
    if recurring is not None and mode == "payment":
        raise InvalidRequest(ONE_TIME_ONLY, param=f"{path}[price]")
    if recurring is not None and recurring.usage_type == "metered":
        raise InvalidRequest(
            "Metered prices can't be offered as optional items.", param=f"{path}[price]"
        )
