"""Grants: everything that comes with a product, gathered where a renewal finds it.

A renewal has its products at hand anyway. What they grant is kept beside them, so that nothing is
read for entitlements where nothing has changed.
"""

from prorata.model.transaction import Tx
from prorata.resources.entitlements.product_feature import ProductFeature
from prorata.resources.entitlements.quota import Quota
from prorata.resources.products.product import Product
from prorata.resources.products.product_facts import ProductGrant


def refresh_grants(tx: Tx, product: Product) -> None:
    """Note what a product grants by now; subscriptions follow with their next period or update."""
    attached = tx.select(ProductFeature, oldest_first=True, product=product.id)
    quotas = {each.feature: each for each in tx.select(Quota, product=product.id)}
    grants = [_grant(each, quotas.get(each.entitlement_feature.id)) for each in attached]
    facts = product.private
    if grants != facts.grants:
        facts.grants = grants
        facts.edition += 1


def _grant(attached: ProductFeature, quota: Quota | None) -> ProductGrant:
    feature = attached.entitlement_feature
    grant = ProductGrant(feature=feature.id, lookup_key=feature.lookup_key)
    if quota is not None:
        grant.limit, grant.per_unit, grant.meter = quota.limit, quota.per_unit, quota.meter
    return grant
