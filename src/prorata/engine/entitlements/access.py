"""Access: a customer's active entitlements follow what its subscriptions grant.

A subscription grants the features of its items' products while it is active, trialing or past due.
It takes note of what its products grant when it is created, renewed or changed, or shows a plan
that has moved to another product; a change of the catalogue reaches it then, not before. What it
has told the entitlements of is noted beside it, so that a renewal which changes nothing compares a
few numbers in memory, and reads nothing.
"""

from collections import defaultdict
from functools import partial
from typing import Any

from prorata.engine.catalogue.price_copies import on_moved
from prorata.engine.entitlements.summary import tell_of
from prorata.engine.subscriptions.state import prepares_access, watches_access
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_facts import Access
from prorata.resources.billing.subscription_item import SubscriptionItem
from prorata.resources.entitlements.active_entitlement import (
    ActiveEntitlement,
    EntitlementFacts,
    Grant,
)
from prorata.resources.products.product import Product
from prorata.resources.products.product_facts import ProductFacts, ProductGrant

ENTITLED = ("active", "trialing", "past_due")
NOTHING: dict[str, Access] = {}


@on_moved
@watches_access
def follow_at_end(tx: Tx, subscription: Subscription) -> None:
    """Bring the entitlements in line once the present step has made all its changes."""
    tx.at_end(f"access {subscription.id}", partial(follow, tx, subscription.id))


def follow(tx: Tx, id: str) -> None:
    """Bring a customer's entitlements in line with one of its subscriptions."""
    seen = tx.look(Subscription, id)
    if seen is None:
        return
    due = access_of(tx, seen)
    if due == seen.private.access:
        return
    subscription = tx.take(seen)
    subscription.private.access = due
    customer = subscription.customer
    known = tx.select(ActiveEntitlement, customer=customer)
    before = [*known]
    wanted = granted_by(tx, subscription) if due else {}
    for entitlement in known:
        feature, facts = entitlement.feature, entitlement.private
        others = [each for each in facts.grants if each.subscription != id]
        facts.grants = others + [grant for _, grant in wanted.pop(feature, [])]
        if not facts.grants:
            tx.delete(entitlement)
    after = [each for each in known if each.private.grants]
    for feature, granted in wanted.items():
        after.insert(0, _entitle(tx, customer, feature, granted))
    if [each.id for each in after] != [each.id for each in before]:
        tell_of(tx, customer, before, after)


def _entitle(
    tx: Tx, customer: str, feature: str, granted: list[tuple[str, Grant]]
) -> ActiveEntitlement:
    prefix = "ent" if tx.book.livemode else "ent_test"
    entitlement = ActiveEntitlement(
        id=tx.id(prefix, customer),
        feature=feature,
        livemode=tx.book.livemode,
        lookup_key=granted[0][0],
    )
    entitlement.private = EntitlementFacts(
        customer=customer, grants=[grant for _, grant in granted]
    )
    return tx.add(entitlement)


def access_of(tx: Tx, subscription: Subscription) -> dict[str, Access]:
    """Return what a subscription lets its customer use as things stand, by item."""
    if subscription.status not in ENTITLED:
        return NOTHING
    found = {}
    for item in subscription.items.data:
        product = tx.look(Product, item.price.product)
        if product is not None and product.private.grants:
            found[item.id] = access_to(item, product.private)
    return found


def access_to(item: SubscriptionItem, facts: ProductFacts) -> Access:
    """Return what an item lets its customer use of a product that grants something."""
    multiplies = any(each.per_unit for each in facts.grants)
    return Access(item.price.product, facts.edition, item.units if multiplies else 0)


def granted_by(tx: Tx, subscription: Subscription) -> dict[str, list[tuple[str, Grant]]]:
    """Return what each item grants, by feature, each grant with the feature's lookup_key."""
    found: dict[str, list[tuple[str, Grant]]] = defaultdict(list)
    for item in subscription.items.data:
        product = tx.look(Product, item.price.product)
        for each in product.private.grants if product is not None else ():
            found[each.feature].append((each.lookup_key, grant_of(subscription.id, item, each)))
    return found


def grant_of(subscription: str, item: SubscriptionItem, each: ProductGrant) -> Grant:
    """Return what an item grants of a feature; a metered item counts as one unit."""
    limit = each.limit
    if limit is not None and each.per_unit and not item.metered:
        limit *= item.units
    return Grant(subscription=subscription, item=item.id, limit=limit, meter=each.meter)


@prepares_access
def prepare(uow: Any, subscriptions: list[Subscription]) -> None:
    """Load the entitlements of those customers whose access is about to change, in one query."""
    changing = [each.customer for each in subscriptions if _changes(uow, each)]
    if changing:
        uow.prefetch(ActiveEntitlement, "customer", changing)


def _changes(uow: Any, subscription: Subscription) -> bool:
    """Return whether what is due of a subscription may change what its customer can use."""
    known = subscription.private.access
    ends = (subscription.cancel_at, subscription.trial_end)
    if known and subscription.period_end in ends:
        return True
    if subscription.status not in ENTITLED and not known:
        # What stands still may come back, one at a time.
        return False
    return bool(access_of(uow, subscription) != known)
