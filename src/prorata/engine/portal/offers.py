"""Offers: to which prices and quantities a customer may change a subscription."""

from dataclasses import dataclass

from prorata.engine.portal.limits import FLAWS
from prorata.model.errors import InvalidRequest
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_item import SubscriptionItem
from prorata.resources.portal.configuration import AdjustableQuantity, Features
from prorata.resources.products.price import Price
from prorata.resources.products.price_terms import price_terms
from prorata.resources.products.product import Product
from prorata.rules.pricing import PriceTerms

QUANTITY_MAX = 999_999
NO_CHANGES = "Cannot update the subscription because there are no changes to confirm."


@dataclass(frozen=True, slots=True)
class Option:
    """A price that can be chosen. quantity: the bounds within which it can be set, if at all."""

    price: Price
    product: Product
    terms: PriceTerms
    quantity: AdjustableQuantity
    current: bool

    @property
    def interval(self) -> tuple[str, int]:
        recurring = self.price.recurring
        assert recurring is not None, "only recurring prices are offered"
        return recurring.interval, recurring.interval_count


def options(tx: Tx, features: Features, subscription: Subscription) -> list[Option]:
    """Return what a subscription of one item can be changed to, in the configured order.

    Its own price comes first where it is not offered itself. Raises nothing: what cannot be
    billed in the subscription's currency, or is taxed otherwise, is left out.
    """
    feature = features.subscription_update
    [item] = subscription.items.data
    allowed = feature.default_allowed_updates
    wanted = [id for each in feature.products for id in each.prices]
    prices = tx.load(Price, [*wanted, item.price.id], look=True)
    products = tx.load(Product, (each.product for each in prices.values()), look=True)
    found: list[Option] = []
    for offered in feature.products:
        quantity = offered.adjustable_quantity
        if "quantity" not in allowed:
            quantity = AdjustableQuantity(enabled=False)
        for id in offered.prices:
            price = prices.get(id)
            if price is None or not _fits(price, item, subscription, products):
                continue
            if "price" not in allowed and id != item.price.id:
                continue
            found.append(_option(price, products, subscription, quantity, item))
    if not any(each.current for each in found):
        fixed = AdjustableQuantity(enabled=False)
        found.insert(0, _option(prices[item.price.id], products, subscription, fixed, item))
    return found


def can_change(tx: Tx, features: Features, subscription: Subscription) -> bool:
    """Return whether there is anything to be chosen for a subscription that can be changed."""
    if "promotion_code" in features.subscription_update.default_allowed_updates:
        return True
    found = options(tx, features, subscription)
    return len(found) > 1 or any(each.quantity.enabled for each in found)


def _option(
    price: Price,
    products: dict[str, Product],
    subscription: Subscription,
    quantity: AdjustableQuantity,
    item: SubscriptionItem,
) -> Option:
    terms = price_terms(price, subscription.currency)
    return Option(price, products[price.product], terms, quantity, price.id == item.price.id)


def _fits(
    price: Price, item: SubscriptionItem, subscription: Subscription, products: dict[str, Product]
) -> bool:
    """Return whether an offered price can take the place of an item's one."""
    if price.id == item.price.id:
        return True
    currency = subscription.currency
    return (
        price.active
        and products[price.product].active
        and price.recurring is not None
        and price.recurring.usage_type == "licensed"
        and price.custom_unit_amount is None
        and (price.currency == currency or currency in price.private.currency_options)
        and (price.tax_behavior or "unspecified") == (item.price.tax_behavior or "unspecified")
    )


def chosen(
    tx: Tx, features: Features, subscription: Subscription, price: str, quantity: int | None,
    *, path: str = "",
) -> tuple[Option, int]:  # fmt: skip
    """Return the option that is chosen and its quantity; raise InvalidRequest by its name.

    quantity: None keeps the present one of the same product, or takes the least of another one.
    path: where price and quantity stand in the request.
    """
    if len(subscription.items.data) != 1:
        raise InvalidRequest(
            f"This subscription cannot be updated because {FLAWS['multiple_products']}."
        )
    [item] = subscription.items.data
    found = {each.price.id: each for each in options(tx, features, subscription)}
    option = found.get(price)
    if option is None:
        raise InvalidRequest(
            f"The price {price} is not among those that the portal configuration's"
            " `features[subscription_update][products]` offers for this subscription.",
            param=f"{path}[price]" if path else "price",
        )
    bounds = option.quantity
    if quantity is None:
        quantity = item.units
        if bounds.enabled and not option.current:
            top = QUANTITY_MAX if bounds.maximum is None else bounds.maximum
            quantity = min(max(quantity, bounds.minimum), top)
    if quantity != item.units or not option.current:
        _check_quantity(bounds, quantity, item.units, f"{path}[quantity]" if path else "quantity")
    return option, quantity


def _check_quantity(bounds: AdjustableQuantity, quantity: int, present: int, param: str) -> None:
    if quantity == present and not bounds.enabled:
        return
    if not bounds.enabled:
        raise InvalidRequest(
            "The quantity can't be changed: the portal configuration does not allow it for this"
            " product.",
            param=param,
        )
    top = QUANTITY_MAX if bounds.maximum is None else bounds.maximum
    if not bounds.minimum <= quantity <= top:
        raise InvalidRequest(
            f"The quantity must be at least {bounds.minimum} and at most {top}.", param=param
        )
