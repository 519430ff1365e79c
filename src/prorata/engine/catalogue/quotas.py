"""Quotas of products: how much of a feature each subscription to one may use in a period."""

from prorata.engine.catalogue.grants import refresh_grants
from prorata.model.errors import InvalidRequest
from prorata.model.operation import Deleted, operation
from prorata.model.params import assign, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.meter import Meter
from prorata.resources.entitlements.feature import Feature
from prorata.resources.entitlements.product_feature import ProductFeature
from prorata.resources.entitlements.quota import Quota, QuotaCreateParams, QuotaUpdateParams
from prorata.resources.products.product import Product


@operation("POST /v1/prorata/quotas")
def create(tx: Tx, params: QuotaCreateParams) -> Quota:
    """Limit a feature of a product.

    Raises InvalidRequest where the product does not have the feature or has a quota for it, where
    the meter is inactive, and where another product's quota counts the feature's use otherwise.
    """
    product = tx.get(Product, params.product, param="product")
    feature = tx.get(Feature, params.feature, param="feature")
    meter = value_or(params.meter, None)
    if meter is not None and tx.get(Meter, meter, param="meter").status != "active":
        raise InvalidRequest(
            f"The meter {meter} is inactive: reactivate it before it counts for a quota.",
            param="meter",
        )
    _check_attached(tx, product, feature)
    _check_place(tx, product, feature, meter)
    feature.private.quotas += 1
    quota = tx.add(
        Quota(
            id=tx.new_id(Quota),
            created=tx.now,
            feature=feature.id,
            limit=params.limit,
            livemode=tx.book.livemode,
            meter=meter,
            per_unit=value_or(params.per_unit, False),
            product=product.id,
        )
    )
    refresh_grants(tx, product)
    return quota


def _check_attached(tx: Tx, product: Product, feature: Feature) -> None:
    for attached in tx.select(ProductFeature, product=product.id):
        if attached.entitlement_feature.id == feature.id:
            tx.rely_on(attached)
            return
    raise InvalidRequest(
        f"The feature {feature.id} is not attached to the product {product.id}: attach it before"
        " you limit it.",
        param="feature",
    )


def _check_place(tx: Tx, product: Product, feature: Feature, meter: str | None) -> None:
    """Raise InvalidRequest for a second quota, or one that can't be added to the others."""
    for other in tx.select(Quota, feature=feature.id):
        if other.product == product.id:
            raise InvalidRequest(
                f"The product {product.id} already has a quota for the feature: {other.id}.",
                param="feature",
            )
        if other.meter != meter:
            counted = f"by the meter {other.meter}" if other.meter else "by no meter"
            raise InvalidRequest(
                f"All quotas for a feature add up, so they count by one meter: {other.id} counts"
                f" {counted}.",
                param="meter",
            )


@operation("POST /v1/prorata/quotas/{id}")
def update(tx: Tx, quota: Quota, params: QuotaUpdateParams) -> Quota:
    """Change a limit; subscriptions follow with their next period or update."""
    assign(quota, params)
    refresh_grants(tx, tx.get(Product, quota.product))
    return quota


@operation("DELETE /v1/prorata/quotas/{id}")
def delete(tx: Tx, quota: Quota) -> Deleted:
    """Grant a feature without limit again."""
    quota.private.ended = True
    tx.delete(quota)
    refresh_grants(tx, tx.get(Product, quota.product))
    return Deleted("prorata.quota", quota.id)
