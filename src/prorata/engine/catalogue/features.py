"""Features of products: attached, detached, renamed and archived.

Subscriptions that there are see a change with their next period or update; see
`engine.entitlements.access`.
"""

from copy import copy

from prorata.engine.catalogue.grants import refresh_grants
from prorata.model.errors import InvalidRequest
from prorata.model.operation import Deleted, operation
from prorata.model.params import assign
from prorata.model.transaction import Tx
from prorata.resources.entitlements.feature import Feature, FeatureUpdateParams
from prorata.resources.entitlements.product_feature import (
    ProductFeature,
    ProductFeatureCreateParams,
    ProductFeaturePrivate,
    check_of,
)
from prorata.resources.entitlements.quota import Quota
from prorata.resources.products.product import Product


@operation("POST /v1/products/{id}/features")
def attach(tx: Tx, product: Product, params: ProductFeatureCreateParams) -> ProductFeature:
    """Let a feature come with a product; raise InvalidRequest for one that is archived or does."""
    feature = tx.get(Feature, params.entitlement_feature, param="entitlement_feature")
    if not feature.active:
        raise InvalidRequest(
            f"The feature {feature.id} is archived: only active features can be attached to a"
            " product.",
            param="entitlement_feature",
        )
    if _attached(tx, product.id, feature.id):
        raise InvalidRequest(
            f"The feature {feature.id} is already attached to the product {product.id}.",
            param="entitlement_feature",
        )
    # Whoever renames or archives it meanwhile does so before or after this.
    tx.rely_on(feature)
    attached = ProductFeature(
        id=tx.new_id(ProductFeature), entitlement_feature=copy(feature), livemode=tx.book.livemode
    )
    attached.private = ProductFeaturePrivate(product=product.id)
    tx.add(attached)
    refresh_grants(tx, product)
    return attached


@operation("DELETE /v1/products/{product}/features/{id}")
def detach(tx: Tx, attached: ProductFeature, product: str) -> Deleted:
    """Let a feature come with a product no more; its quota goes with it."""
    check_of(attached, product)
    feature = attached.entitlement_feature.id
    for quota in tx.select(Quota, product=product):
        if quota.feature == feature:
            quota.private.ended = True
            tx.delete(quota)
    attached.private.detached = True
    tx.delete(attached)
    refresh_grants(tx, tx.get(Product, product))
    return Deleted("product_feature", attached.id)


@operation("POST /v1/entitlements/features/{id}")
def update(tx: Tx, feature: Feature, params: FeatureUpdateParams) -> Feature:
    """Rename a feature, or archive it for good: what it is attached to grants it as before."""
    if params.active is True and not feature.active:
        raise InvalidRequest(
            f"The feature {feature.id} is archived, and can't be made active again: create a new"
            " one with its `lookup_key`.",
            param="active",
        )
    assign(feature, params)
    for attached in tx.select(ProductFeature, feature=feature.id):
        attached.entitlement_feature = copy(feature)
    return feature


def _attached(tx: Tx, product: str, feature: str) -> bool:
    found = tx.select(ProductFeature, product=product)
    return any(each.entitlement_feature.id == feature for each in found)
