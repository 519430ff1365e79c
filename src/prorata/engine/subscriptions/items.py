"""Subscription items: parameters become items, prices are checked, periods are laid."""

from collections.abc import Iterable, Sequence
from typing import Any

from prorata.engine.catalogue.discounts import redeem
from prorata.engine.invoices.terms import tax_rates
from prorata.model.errors import InvalidRequest, NotSupported, missing_param
from prorata.model.fields import UNSET
from prorata.model.params import given, merge_metadata
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import refuse_too_large
from prorata.resources.billing.plan import plan_of
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_item import (
    SubscriptionItem,
    SubscriptionItemBillingThresholds,
    SubscriptionItemHome,
)
from prorata.resources.billing.subscription_params import ItemCreateParams
from prorata.resources.products.price import Price, agreed_price
from prorata.resources.products.price_terms import (
    inline_price,
    price_terms,
    supports,
    usable_price,
)
from prorata.rules.calendar import intervals_compatible
from prorata.rules.pricing import amount

ITEMS_MAX = 20


def price_of(tx: Tx, params: Any, path: str, *, recurring: bool = True) -> Price:
    """Return the price that an item's parameters name or describe.

    Raises InvalidRequest for a price that is inactive, or recurs where it should not.
    """
    check_one_price(params, path)
    if given(params.price_data):
        # What is billed once may also be a credit.
        return inline_price(tx, params.price_data, f"{path}[price_data]", credits=not recurring)
    named = next(
        (name for name in ("price", "plan") if given(getattr(params, name, UNSET))), None
    )
    if named is None:
        raise missing_param(f"{path}[price]")
    param = f"{path}[{named}]"
    # A schedule's price was checked when it was planned, and may be archived or deleted by now.
    read = agreed_price if getattr(params, "agreed", False) else usable_price
    price = read(tx, getattr(params, named), param)
    check_price(price, param, recurring=recurring)
    return price


def check_one_price(params: Any, path: str) -> None:
    """Raise InvalidRequest for an item that names or describes more than one price."""
    sent = [
        f"{path}[{name}]" if path else name
        for name in ("plan", "price", "price_data") if given(getattr(params, name, UNSET))
    ]  # fmt: skip
    if len(sent) > 1:
        raise InvalidRequest(
            f"You may only specify one of these parameters: {', '.join(sent)}.", param=sent[0]
        )


def check_price(price: Price, param: str, *, recurring: bool = True) -> None:
    """Raise InvalidRequest for a price of the wrong type, or whose amount is the payer's choice."""
    wanted, other = ("recurring", "one_time") if recurring else ("one_time", "recurring")
    if (price.recurring is not None) != recurring:
        raise InvalidRequest(
            f"The price specified is set to `type={other}` but this field only accepts prices with"
            f" `type={wanted}`.",
            param=param,
        )
    if price.custom_unit_amount is not None:
        raise InvalidRequest(
            "Prices with `custom_unit_amount` can't be used here: give an amount.", param=param
        )


def build_item(
    tx: Tx, subscription: Subscription, params: ItemCreateParams, price: Price, path: str
) -> SubscriptionItem:
    """Return a new item of a subscription; its period is laid by the caller."""
    item = SubscriptionItem(
        id=tx.id("si", subscription.customer),
        created=tx.now,
        current_period_end=tx.now,
        current_period_start=tx.now,
        metadata=merge_metadata({}, params.metadata),
        plan=plan_of(price),
        price=price,
        subscription=subscription.id,
        tax_rates=[],
    )
    set_quantity(item, params.quantity, path, default=1)
    check_amount(price, item.quantity, subscription.currency, path)
    set_details(tx, subscription, item, params, path)
    _house(tx, subscription, item)
    return item


def _house(tx: Tx, subscription: Subscription, item: SubscriptionItem) -> None:
    tx.add(
        SubscriptionItemHome(id=item.id, subscription=subscription.id, price=item.price.id)
    )


def keep_homes(
    tx: Tx, subscription: Subscription, items: Sequence[SubscriptionItem]
) -> None:
    """Let the items that a subscription gets instead of its present ones be found by their ids."""
    homes = tx.load(SubscriptionItemHome, [item.id for item in (*subscription.items.data, *items)])
    wanted = {item.id for item in items}
    for id, home in homes.items():
        if id not in wanted:
            tx.delete(home)
    for item in items:
        if item.id not in homes:
            _house(tx, subscription, item)
        else:
            homes[item.id].price = item.price.id


def set_price(tx: Tx, item: SubscriptionItem, price: Price) -> None:
    """Move an item to another price."""
    item.price, item.plan = price, plan_of(price)
    home = tx.find(SubscriptionItemHome, item.id)
    if home is not None:
        home.price = price.id


def set_quantity(
    item: SubscriptionItem, quantity: Any, path: str, *, default: int | None = None
) -> None:
    """Give an item a quantity; a metered one has none, its usage counts."""
    if item.metered:
        if given(quantity):
            raise InvalidRequest(
                "Quantity should not be specified where usage_type is `metered`. Remove quantity"
                f" from `{path}`.",
                param=f"{path}[quantity]",
            )
        item.quantity = UNSET
    elif given(quantity):
        item.quantity = quantity
    elif default is not None:
        item.quantity = default


def check_amount(price: Price, quantity: Any, currency: str, path: str) -> None:
    """Raise InvalidRequest for a quantity that costs more than any invoice line can say."""
    if given(quantity) and quantity > 1:
        param = f"{path}[quantity]" if path else "quantity"
        refuse_too_large(amount(price_terms(price, currency), quantity), currency, param)


def set_details(
    tx: Tx, subscription: Subscription, item: SubscriptionItem, params: Any, path: str
) -> None:
    """Give an item its thresholds, tax rates and discounts, as far as they were sent."""
    if given(params.current_trial):
        raise NotSupported(
            "Trial offers are not supported: use `trial_end` or `trial_period_days`.",
            param=f"{path}[current_trial]",
        )
    if given(params.billing_thresholds):
        thresholds = params.billing_thresholds
        if thresholds is not None and not item.metered:
            raise InvalidRequest(
                "`billing_thresholds[usage_gte]` needs a metered price.",
                param=f"{path}[billing_thresholds]",
            )
        item.billing_thresholds = (
            None
            if thresholds is None
            else SubscriptionItemBillingThresholds(usage_gte=thresholds.usage_gte)
        )
    if given(params.tax_rates):
        item.tax_rates = tax_rates(tx, params.tax_rates, f"{path}[tax_rates]")
    if given(params.discounts):
        found = redeem(
            tx,
            params.discounts or (),
            customer=subscription.customer,
            subscription=subscription.id,
            subscription_item=item.id,
            path=f"{path}[discounts]",
            start=subscription.start_date if subscription.created == tx.now else None,
        )
        item.discounts = [each.id for each in found]


def check_items(subscription: Subscription) -> None:
    """Raise InvalidRequest unless a subscription's items may stand side by side."""
    items = subscription.items.data
    if not items:
        raise InvalidRequest(
            "A subscription must have at least one active plan. To cancel a subscription, please"
            " use the cancel API endpoint.",
            param="items",
        )
    if len(items) > ITEMS_MAX:
        raise InvalidRequest(
            f"A subscription can have at most {ITEMS_MAX} items; this one would have {len(items)}.",
            param="items",
        )
    intervals = [item.interval for item in items]
    if not subscription.flexible and len(set(intervals)) > 1:
        raise InvalidRequest(
            "All prices on a subscription must have the same `recurring.interval` and"
            " `recurring.interval_count`. If you meant to update an existing subscription item"
            " instead of creating a new one, make sure to include the subscription item ID in your"
            " request.",
            param="items",
        )
    if not intervals_compatible(intervals):
        raise InvalidRequest(
            "The intervals of a subscription's prices must be multiples of the shortest one.",
            param="items",
        )


def check_currencies(prices: Sequence[Price], currency: Any, path: str = "items") -> str:
    """Return the one currency of a subscription's prices, in lower case.

    Without a given currency it is the first price's. Raises InvalidRequest for mixed ones.
    """
    if given(currency):
        wanted = str(currency).lower()
        for price in prices:
            if not supports(price, wanted):
                raise unsupported_currency(price, wanted)
        return wanted
    first = prices[0].currency
    for place, price in enumerate(prices):
        if price.currency != first and not supports(price, first):
            raise InvalidRequest(
                f"This `price` has `currency={price.currency}`, but other items use"
                f" `currency={first}`. All items must have pricing in the same currency. When using"
                " multi-currency prices, you can specify `currency` at the top level, to be used by"
                " all items.",
                param=f"{path}[{place}][price]",
            )
    return first


def unsupported_currency(price: Price, currency: str) -> InvalidRequest:
    """Return the error for a price that cannot be billed in a currency."""
    return InvalidRequest(
        f"The price specified only supports `{price.currency}`. This doesn't match the expected"
        f" currency: `{currency}`.",
        param="price",
    )


def check_unique(prices: Iterable[Price]) -> None:
    """Raise InvalidRequest when two items of a new subscription have the same price."""
    seen = set()
    for price in prices:
        if price.id in seen:
            raise InvalidRequest(
                "Cannot create a Subscription with multiple Subscription Items with the same"
                f" Price: {price.id}",
                param="plan",
            )
        seen.add(price.id)
