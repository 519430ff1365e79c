"""Check: whether a customer may use a feature, answered from one query.

Where a meter counts the use, two more say since when and how much.
"""

from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from prorata.engine.usage.measure import measured
from prorata.model.errors import no_such
from prorata.model.operation import operation
from prorata.resources.billing.subscription import Subscription
from prorata.resources.core.customer import Customer
from prorata.resources.entitlements.active_entitlement import (
    ActiveEntitlement,
    EntitlementFacts,
    Grant,
    claim,
)
from prorata.resources.entitlements.check import (
    CheckedQuota,
    EntitlementCheck,
    EntitlementCheckParams,
)
from prorata.resources.entitlements.feature import Feature
from prorata.resources.products.price import decimal_text
from prorata.store.names import table_name
from prorata.store.records import decoder
from prorata.store.unit_of_work import UnitOfWork

ENTITLEMENTS, FEATURES, CUSTOMERS = (
    table_name(cls.spec.kind) for cls in (ActiveEntitlement, Feature, Customer)
)
# By both names that a feature has; whoever has none of these rows does not exist.
SQL = f"""
SELECT 1, document, private FROM {ENTITLEMENTS} WHERE book = ? AND claim = ? AND deleted = 0
UNION ALL
SELECT 1, document, private FROM {ENTITLEMENTS} WHERE book = ? AND word = ? AND deleted = 0
UNION ALL
SELECT 2, document, NULL FROM {FEATURES} WHERE book = ? AND id = ?
UNION ALL
SELECT 2, document, NULL FROM {FEATURES} WHERE book = ? AND lookup_key = ?
UNION ALL
SELECT 3, id, NULL FROM {CUSTOMERS} WHERE book = ? AND id = ? AND deleted = 0
"""


@operation("GET /v1/prorata/entitlements/check", timeless=True)
def check(tx: UnitOfWork, params: EntitlementCheckParams) -> EntitlementCheck:
    """Say whether a customer may use a feature, which is named by its id or its lookup_key.

    Raises NotFound (400) for a customer or a feature that does not exist.
    """
    customer, named = params.customer, params.feature
    book, word = tx.book.key, claim(customer, named)
    rows = tx.connection.query(
        SQL, (book, word, book, word, book, named, book, named, book, customer)
    )
    found: dict[int, list[tuple[str, str | None]]] = {1: [], 2: [], 3: []}
    for part, text, private in rows:
        found[part].append((text, private))
    if not found[3]:
        raise no_such("customer", customer, param="customer", status=400)
    if not found[2]:
        raise no_such(Feature.spec.missing_name, named, param="feature", status=400)
    if not found[1]:
        feature = _best(decoder(Feature).decode(text) for text, _ in found[2])
        return EntitlementCheck(
            allowed=False, customer=customer, entitled=False, feature=feature.id,
            livemode=feature.livemode, lookup_key=feature.lookup_key,
        )  # fmt: skip
    held = [(decoder(ActiveEntitlement).decode(text), private) for text, private in found[1]]
    entitlement, private = held[0] if len(held) == 1 else _meant(held, found[2])
    quota = _quota(tx, customer, decoder(EntitlementFacts).decode(private or "{}"))
    return EntitlementCheck(
        allowed=quota is None or (quota.left is None and quota.limit > 0) or bool(quota.left),
        customer=customer,
        entitled=True,
        feature=entitlement.feature,
        livemode=entitlement.livemode,
        lookup_key=entitlement.lookup_key,
        quota=quota,
    )


def _meant(
    held: list[tuple[ActiveEntitlement, str | None]], features: list[tuple[str, str | None]]
) -> tuple[ActiveEntitlement, str | None]:
    """Return which entitlement a key means that an archived feature shares with a newer one."""
    mine = {entitlement.feature: (entitlement, private) for entitlement, private in held}
    known = (decoder(Feature).decode(text) for text, _ in features)
    return mine[_best(each for each in known if each.id in mine).id]


def _best(features: Iterable[Feature]) -> Feature:
    """Return the active one of the features that share a lookup_key, or the latest."""
    return max(features, key=lambda each: (each.active, each.id))


def _quota(tx: UnitOfWork, customer: str, facts: EntitlementFacts) -> CheckedQuota | None:
    limit = facts.limit
    if limit is None:
        return None
    meters = [each.meter for each in facts.grants if each.meter is not None]
    if not meters:
        return CheckedQuota(limit=limit)
    start, end = current_period(tx, facts.grants)
    used = max(measured(tx, meters[-1], customer, start, end), Decimal(0))
    return CheckedQuota(
        left=max(int((limit - used).to_integral_value(ROUND_FLOOR)), 0),
        limit=limit,
        meter=meters[-1],
        resets_at=end,
        used=int(used.to_integral_value(ROUND_CEILING)),
        used_decimal=decimal_text(used),
    )


def current_period(tx: UnitOfWork, grants: Iterable[Grant]) -> tuple[int, int]:
    """Return since when use counts and when it first counts anew, in seconds UTC.

    Where the periods of several items differ: from the first start to the first end among them.
    """
    items = {each.item for each in grants}
    subscriptions = tx.load(Subscription, [each.subscription for each in grants], look=True)
    granting = [
        item
        for subscription in subscriptions.values()
        for item in subscription.items.data
        if item.id in items
    ]
    start = min(each.current_period_start for each in granting)
    return start, min(each.current_period_end for each in granting)
