"""Item terms: the items of a subscription are added, changed and removed by parameters."""

from typing import Any

from prorata.engine.subscriptions.items import (
    build_item,
    check_amount,
    check_items,
    check_one_price,
    price_of,
    set_details,
    set_price,
    set_quantity,
    unsupported_currency,
)
from prorata.engine.subscriptions.usage import start_usage, stop_usage, this_moment
from prorata.model.errors import InvalidRequest, no_such
from prorata.model.fields import UNSET
from prorata.model.params import given, merge_metadata
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_item import SubscriptionItem, SubscriptionItemHome
from prorata.resources.billing.subscription_params import ItemChangeParams
from prorata.resources.products.price import Price
from prorata.resources.products.price_terms import supports


def apply_items(
    tx: Tx, subscription: Subscription, items: list[ItemChangeParams], path: str = "items"
) -> None:
    """Change the items of a subscription as an `items` parameter says.

    An entry with an id changes or removes that item, one without adds a new item; items that are
    not named stay. Periods are the caller's to lay. Raises InvalidRequest by the entry's name.
    """
    # What goes first makes room for the same price on another item.
    ordered = sorted(enumerate(items), key=lambda each: each[1].deleted is not True)
    for place, each in ordered:
        where = f"{path}[{place}]"
        if not given(each.id):
            add_item(tx, subscription, each, where)
            continue
        item = subscription.item(each.id)
        if item is None:
            raise no_such("subscription_item", each.id, param=f"{where}[id]", status=400)
        if each.deleted is True:
            remove_item(tx, subscription, item)
        else:
            change_item(tx, subscription, item, each, where)
    check_items(subscription)
    subscription.items.refresh()


def add_item(tx: Tx, subscription: Subscription, params: Any, path: str) -> SubscriptionItem:
    """Add an item; no two items of a subscription have the same price."""
    price = price_of(tx, params, path)
    _check_currency(subscription, price)
    _check_new(subscription, price)
    item = build_item(tx, subscription, params, price, path)
    subscription.items.data.append(item)
    if item.metered:
        start_usage(subscription, item.id, this_moment(tx))
    return item


def change_item(
    tx: Tx, subscription: Subscription, item: SubscriptionItem, params: Any, path: str
) -> None:
    """Change an item; another price brings its quantity back to 1 unless one is given."""
    named = any(given(getattr(params, name)) for name in ("price", "plan", "price_data"))
    price = _new_price(tx, item, params, path) if named else None
    if price is not None:
        _check_currency(subscription, price)
        _check_new(subscription, price)
        set_price(tx, item, price)
        stop_usage(subscription, item.id)
        if item.metered:
            start_usage(subscription, item.id, this_moment(tx))
        else:
            item.billing_thresholds = None
    default = 1 if price is not None or item.quantity is UNSET else None
    set_quantity(item, params.quantity, path, default=default)
    if given(params.quantity):
        # The price that stands inside the item has no tiers and no further currencies.
        whole = price or tx.get(Price, item.price.id)
        check_amount(whole, item.quantity, subscription.currency, path)
    set_details(tx, subscription, item, params, path)
    if given(params.metadata):
        item.metadata = merge_metadata(item.metadata, params.metadata)


def remove_item(tx: Tx, subscription: Subscription, item: SubscriptionItem) -> None:
    """Take an item off a subscription."""
    subscription.items.data = [each for each in subscription.items.data if each.id != item.id]
    stop_usage(subscription, item.id)
    home = tx.find(SubscriptionItemHome, item.id)
    if home is not None:
        tx.delete(home)


def _new_price(tx: Tx, item: SubscriptionItem, params: Any, path: str) -> Price | None:
    """Return the price that an item moves to; None when it is named but stays the same."""
    check_one_price(params, path)
    for name in ("price", "plan"):
        if getattr(params, name) == item.price.id:
            return None
    return price_of(tx, params, path)


def _check_currency(subscription: Subscription, price: Price) -> None:
    if not supports(price, subscription.currency):
        raise unsupported_currency(price, subscription.currency)


def _check_new(subscription: Subscription, price: Price) -> None:
    for other in subscription.items.data:
        if other.price.id == price.id:
            raise InvalidRequest(
                f"A new item with Price {price.id} can't be added to this Subscription because an"
                f" existing Subscription Item {other.id} is already using that Price. If you want"
                " to update the existing item (e.g., to adjust the quantity), pass the existing"
                " Subscription Item's `id` in your update request:"
                " https://stripe.com/docs/api/subscriptions/update#update_subscription-items-id",
                param="plan",
            )
