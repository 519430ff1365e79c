"""Proofs: active entitlements are what subscriptions and products say, for the doctor."""

from collections.abc import Iterable, Iterator
from typing import Any

from prorata.engine.doctor import PAGE, check
from prorata.engine.entitlements.access import ENTITLED, access_to, grant_of
from prorata.engine.runtime import System
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_facts import SubscriptionFacts
from prorata.resources.entitlements.active_entitlement import ActiveEntitlement, EntitlementFacts
from prorata.resources.products.product_facts import ProductFacts
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.store.records import decoder

ENTITLEMENTS = table_name(ActiveEntitlement.spec.kind)
SUBSCRIPTIONS = table_name(Subscription.spec.kind)
Known = dict[tuple[int, str], Any]


@check("Every active entitlement is granted by the subscriptions that it names")
def entitlements_are_granted(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every active entitlement: each of its grants is one of a running subscription."""
    products = _products(connection)
    for rows in _pages(connection, ENTITLEMENTS, "document, private"):
        facts = [decoder(EntitlementFacts).decode(row[3] or "{}") for row in rows]
        named = [(row[0], grant.subscription) for row, each in zip(rows, facts, strict=True)
                 for grant in each.grants]  # fmt: skip
        subscriptions = _subscriptions(connection, named)
        for row, each in zip(rows, facts, strict=True):
            entitlement = decoder(ActiveEntitlement).decode(row[2])
            problems = list(_unfounded(row[0], entitlement, each, subscriptions, products))
            yield f"{entitlement.id}: {problems[0]}" if problems else None


@check("Every running subscription's customer has what its products grant")
def grants_are_given(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every subscription that has told of its access: its customer has all of it.

    One that was deleted, as it is with its test clock, took what it granted with it.
    """
    products = _products(connection)
    for rows in _pages(connection, SUBSCRIPTIONS, "customer", holding="access"):
        subscriptions = _subscriptions(connection, [(row[0], row[1]) for row in rows])
        given = _given(connection, rows)
        for row in rows:
            subscription = subscriptions[row[:2]]
            problem = _missing(row[0], subscription, given.get((row[0], row[2]), {}), products)
            yield f"{subscription.id}: {problem}" if problem else None


def _unfounded(
    book: int,
    entitlement: ActiveEntitlement,
    facts: EntitlementFacts,
    subscriptions: Known,
    products: Known,
) -> Iterator[str]:
    if not facts.grants:
        yield "nothing grants it"
    for grant in facts.grants:
        subscription = subscriptions.get((book, grant.subscription))
        if subscription is None or subscription.customer != facts.customer:
            yield f"{grant.subscription} is no subscription of {facts.customer}"
            continue
        item = subscription.item(grant.item)
        access = subscription.private.access.get(grant.item)
        if subscription.status not in ENTITLED or item is None or access is None:
            yield f"{grant.item} of {subscription.id} ({subscription.status}) grants nothing"
            continue
        product = products.get((book, access.product))
        if product is None or product.edition != access.edition:
            # The catalogue has changed since; this was right when it was granted.
            continue
        due = [grant_of(subscription.id, item, each) for each in product.grants
               if each.feature == entitlement.feature]  # fmt: skip
        if due != [grant]:
            yield f"{grant.item} of {subscription.id} grants {due}, not {grant}"


def _missing(book: int, subscription: Subscription, given: Any, products: Known) -> str | None:
    """Return what is wrong with the access that a subscription has told of, if anything."""
    access = subscription.private.access
    if access and subscription.status not in ENTITLED:
        return f"it is {subscription.status}, and still grants access"
    for id, told in access.items():
        item = subscription.item(id)
        if item is None or item.price.product != told.product:
            return f"{id} grants {told.product}, which it is not of"
        product = products.get((book, told.product))
        if product is None or product.edition < told.edition:
            return f"{id} grants edition {told.edition} of {told.product}, which there never was"
        if product.edition > told.edition:
            continue
        if access_to(item, product) != told:
            return f"{id} grants {told} for {item.units} units"
        for each in product.grants:
            if (subscription.id, id) not in given.get(each.feature, ()):
                return f"{subscription.customer} has no {each.lookup_key} of {id}"
    return None


def _products(connection: Connection) -> Known:
    """Return what each product grants that ever granted anything: few of a catalogue do."""
    found: Known = {}
    for rows in _pages(connection, table_name("product"), "private", holding="edition", gone=True):
        for book, id, private in rows:
            found[book, id] = decoder(ProductFacts).decode(private)
    return found


def _subscriptions(connection: Connection, wanted: Iterable[tuple[int, str]]) -> Known:
    found: Known = {}
    condition, value = connection.any_of("id", sorted({id for _, id in wanted}))
    for book, id, text, private in connection.query(
        f"SELECT book, id, document, private FROM {SUBSCRIPTIONS} WHERE {condition}", (value,)
    ):
        subscription = found[book, id] = decoder(Subscription).decode(text)
        subscription.private = decoder(SubscriptionFacts).decode(private or "{}")
    return found


def _given(connection: Connection, rows: Iterable[Any]) -> dict[tuple[int, str], Any]:
    """Return by customer and feature the subscriptions and items that grant it."""
    found: dict[tuple[int, str], dict[str, set[tuple[str, str]]]] = {}
    condition, value = connection.any_of("customer", sorted({row[2] for row in rows}))
    for book, customer, text, private in connection.query(
        f"SELECT book, customer, document, private FROM {ENTITLEMENTS}"
        f" WHERE deleted = 0 AND {condition}",
        (value,),
    ):
        entitlement = decoder(ActiveEntitlement).decode(text)
        facts = decoder(EntitlementFacts).decode(private or "{}")
        grants = {(each.subscription, each.item) for each in facts.grants}
        found.setdefault((book, customer), {})[entitlement.feature] = grants
    return found


def _pages(
    connection: Connection,
    table: str,
    columns: str,
    *,
    holding: str | None = None,
    gone: bool = False,
) -> Iterator[list[tuple[Any, ...]]]:
    """Yield rows of book, id and columns in pages, in the order of their keys.

    holding: only those in whose private facts this name appears.
    gone: deleted ones among them.
    """
    condition = "1 = 1" if gone else "deleted = 0"
    parameters: tuple[str, ...] = ()
    if holding is not None:
        condition, parameters = f"{condition} AND private LIKE ?", (f'%"{holding}"%',)
    book, id = -1, ""
    while True:
        rows = connection.query(
            f"SELECT book, id, {columns} FROM {table}"
            f" WHERE (book, id) > (?, ?) AND {condition}"
            f" ORDER BY book, id LIMIT {PAGE}",
            (book, id, *parameters),
        )
        if rows:
            yield rows
        if len(rows) < PAGE:
            return
        book, id = rows[-1][:2]
