"""Change items: the items of a subscription by themselves, created, updated and deleted."""

import re
from typing import Any

from prorata.engine.subscriptions.change import change_directly
from prorata.model.errors import InvalidRequest, NotFound, no_such
from prorata.model.fields import UNSET
from prorata.model.operation import Deleted, Inline, operation
from prorata.model.params import fields_given
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import ENDED, Subscription
from prorata.resources.billing.subscription_item import (
    SubscriptionItem,
    SubscriptionItemHome,
    SubscriptionItemListParams,
)
from prorata.resources.billing.subscription_params import ItemChangeParams
from prorata.resources.billing.subscription_verbs import (
    SubscriptionItemCreateParams,
    SubscriptionItemDeleteParams,
    SubscriptionItemUpdateParams,
    SubscriptionUpdateParams,
)

IN_ITEM = re.compile(r"items\[0\]\[(\w+)\](.*)")
OF_CHANGE = ("off_session", "payment_behavior", "proration_behavior", "proration_date")


@operation("GET /v1/subscription_items")
def list_items(tx: Tx, params: SubscriptionItemListParams) -> Inline[SubscriptionItem]:
    """List the items of a subscription, the oldest first."""
    subscription = tx.get(Subscription, params.subscription, param="subscription")
    return Inline(
        subscription.items.data,
        url=f"/v1/subscription_items?subscription={subscription.id}",
    )


@operation("GET /v1/subscription_items/{id}")
def retrieve(tx: Tx, id: str) -> SubscriptionItem:
    """Return an item; raise NotFound when its subscription has it no more."""
    return find_item(tx, id)[1]


@operation("POST /v1/subscription_items")
def create(tx: Tx, params: SubscriptionItemCreateParams) -> SubscriptionItem:
    """Add an item to a subscription, prorated as its parameters say."""
    subscription = tx.get(Subscription, params.subscription, param="subscription")
    if subscription.status in ENDED:
        raise no_such("subscription", subscription.id, param="subscription")
    known = {item.id for item in subscription.items.data}
    _change(tx, subscription, params, ItemChangeParams(**_of_item(params)))
    later = subscription.private.pending_change
    items = subscription.items.data if later is None else later.form.items
    return next(item for item in items if item.id not in known)


@operation("POST /v1/subscription_items/{id}")
def update(tx: Tx, params: SubscriptionItemUpdateParams, id: str) -> SubscriptionItem:
    """Change an item, prorated as its parameters say."""
    subscription, item = find_item(tx, id)
    _refuse_ended(subscription, id)
    _change(tx, subscription, params, ItemChangeParams(id=item.id, **_of_item(params)))
    return subscription.item(id) or item


@operation("DELETE /v1/subscription_items/{id}")
def delete(tx: Tx, params: SubscriptionItemDeleteParams, id: str) -> Deleted:
    """Take an item off its subscription, prorated as its parameters say."""
    subscription, item = find_item(tx, id)
    _refuse_ended(subscription, id)
    change = ItemChangeParams(id=item.id, deleted=True)
    if params.clear_usage is not UNSET:
        change.clear_usage = params.clear_usage
    _change(tx, subscription, params, change)
    return Deleted("subscription_item", id)


def find_item(tx: Tx, id: str) -> tuple[Subscription, SubscriptionItem]:
    """Return an item with its subscription, in the subscription's time; raise NotFound."""
    home = tx.find(SubscriptionItemHome, id)
    subscription = None if home is None else tx.find(Subscription, home.subscription)
    item = None if subscription is None else subscription.item(id)
    if subscription is None or item is None:
        raise no_such_item(id)
    tx.follow(subscription)
    return subscription, item


def no_such_item(id: str) -> NotFound:
    """Return the error for an item that the subscription does not have."""
    return NotFound(f"Invalid subscription_item id: {id}")


def _refuse_ended(subscription: Subscription, id: str) -> None:
    if subscription.status in ENDED:
        raise no_such_item(id)


def _of_item(params: Any) -> dict[str, Any]:
    return {
        name: value
        for name, value in fields_given(params).items()
        if name not in (*OF_CHANGE, "subscription")
    }


def _change(
    tx: Tx, subscription: Subscription, params: Any, item: ItemChangeParams
) -> None:
    update = SubscriptionUpdateParams(items=[item])
    for name in OF_CHANGE:
        value = getattr(params, name, UNSET)
        if value is not UNSET:
            setattr(update, name, value)
    try:
        change_directly(tx, subscription, update)
    except InvalidRequest as error:
        raise _named_here(error) from None


def _named_here(error: InvalidRequest) -> InvalidRequest:
    """Return an error about the one item that was sent, with its parameters' own names."""
    named = IN_ITEM.fullmatch(error.param or "")
    if named is not None:
        error.message = error.message.replace(named[0], f"{named[1]}{named[2]}")
        error.param = f"{named[1]}{named[2]}"
    return error
