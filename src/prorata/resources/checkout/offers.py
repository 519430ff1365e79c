"""Offers: what is proposed beside a price: a longer interval of it, or another product."""

from typing import Any

from prorata.model.errors import InvalidRequest
from prorata.model.operation import Deleted, operation
from prorata.model.params import Params
from prorata.model.resource import Resource, column, matches, resource
from prorata.model.transaction import Tx
from prorata.resources.products.price import Price, PriceTier
from prorata.resources.products.price_terms import currencies_of, usable_price
from prorata.resources.products.product import Product
from prorata.resources.references import PriceRef, ProductRef


@resource(
    prefix="upsell",
    path="/v1/prorata/upsells",
    columns=(column("price", unique=True), column("target", lambda each: each.upsells_to)),
    filters=(matches("price"),),
    owner=lambda each: None,
    missing_name="upsell",
)
class Upsell(Resource, tag="prorata.upsell", kw_only=True):
    """Whoever chooses a price is offered one of the same product with a longer interval."""

    created: int
    livemode: bool
    price: PriceRef
    upsells_to: PriceRef


@resource(
    prefix="xsell",
    path="/v1/prorata/cross_sells",
    columns=(column("product", unique=True), column("price")),
    filters=(matches("product"),),
    owner=lambda each: None,
    missing_name="cross-sell",
)
class CrossSell(Resource, tag="prorata.cross_sell", kw_only=True):
    """Whoever chooses a product is offered another one, once, at a price."""

    created: int
    livemode: bool
    price: PriceRef
    product: ProductRef


class UpsellParams(Params, kw_only=True):
    price: str
    upsells_to: str


class CrossSellParams(Params, kw_only=True):
    price: str
    product: str


@operation("POST /v1/prorata/upsells")
def create_upsell(tx: Tx, params: UpsellParams) -> Upsell:
    """Offer a longer interval of a price; a price has one such offer, which a new one replaces."""
    price = usable_price(tx, params.price, "price")
    target = usable_price(tx, params.upsells_to, "upsells_to")
    _check_pair(price, target)
    known = tx.select(Upsell, price=price.id, limit=1)
    if known:
        known[0].upsells_to = target.id
        return known[0]
    return tx.add(
        Upsell(
            id=tx.new_id(Upsell), created=tx.now, livemode=tx.book.livemode, price=price.id,
            upsells_to=target.id,
        )
    )  # fmt: skip


def _check_pair(price: Price, target: Price) -> None:
    """Raise InvalidRequest unless one price may be offered in the place of the other."""
    if price.recurring is None or target.recurring is None:
        _refuse("Only recurring prices can be upsold to recurring ones.")
    elif "metered" in (price.recurring.usage_type, target.recurring.usage_type):
        _refuse("Metered prices can't be upsold.")
    elif price.product != target.product:
        _refuse("Both prices must be of the same product.")
    elif set(currencies_of(price)) - set(currencies_of(target)):
        _refuse("The price that is offered must be sold in the currencies of the other.")
    elif price.tax_behavior != target.tax_behavior:
        _refuse("Both prices must have the same `tax_behavior`.")
    elif price.transform_quantity != target.transform_quantity:
        _refuse("Both prices must have the same `transform_quantity`.")
    elif _steps(price) != _steps(target):
        _refuse("The tiers of both prices must end at the same quantities.")
    elif not _is_longer(price, target):
        _refuse("The price that is offered must recur at a longer interval.")


def _refuse(message: str) -> None:
    raise InvalidRequest(message, param="upsells_to")


def _steps(price: Price) -> list[int | None]:
    tiers: list[PriceTier] = price.private.tiers
    return [each.up_to for each in tiers]


def _is_longer(price: Price, target: Price) -> bool:
    now, then = price.recurring, target.recurring
    assert now is not None and then is not None, "both recur"
    return days_of(then) > days_of(now)


def days_of(recurring: Any) -> int:
    """Return about how many days an interval lasts, to compare it with another."""
    days = {"day": 1, "week": 7, "month": 30, "year": 365}
    return days[recurring.interval] * int(recurring.interval_count)


@operation("DELETE /v1/prorata/upsells/{id}")
def delete_upsell(tx: Tx, upsell: Upsell) -> Deleted:
    """Offer a longer interval no more."""
    tx.delete(upsell)
    return Deleted("prorata.upsell", upsell.id)


@operation("POST /v1/prorata/cross_sells")
def create_cross_sell(tx: Tx, params: CrossSellParams) -> CrossSell:
    """Offer a price beside a product; a product has one such offer, which a new one replaces."""
    product = tx.get(Product, params.product, param="product")
    price = usable_price(tx, params.price, "price")
    if price.product == product.id:
        raise InvalidRequest("A product can't be offered beside itself.", param="price")
    if price.custom_unit_amount is not None:
        raise InvalidRequest("Prices with `custom_unit_amount` can't be cross-sold.", param="price")
    if price.recurring is not None and price.recurring.usage_type == "metered":
        raise InvalidRequest("Metered prices can't be cross-sold.", param="price")
    known = tx.select(CrossSell, product=product.id, limit=1)
    if known:
        known[0].price = price.id
        return known[0]
    return tx.add(
        CrossSell(
            id=tx.new_id(CrossSell), created=tx.now, livemode=tx.book.livemode, price=price.id,
            product=product.id,
        )
    )  # fmt: skip


@operation("DELETE /v1/prorata/cross_sells/{id}")
def delete_cross_sell(tx: Tx, cross_sell: CrossSell) -> Deleted:
    """Offer a product beside another one no more."""
    tx.delete(cross_sell)
    return Deleted("prorata.cross_sell", cross_sell.id)
