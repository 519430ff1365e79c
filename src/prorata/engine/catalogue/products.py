"""Products: created, with their first price where it is given, and deleted with their features."""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from prorata.model.errors import InvalidRequest
from prorata.model.fields import Metadata
from prorata.model.operation import Deleted, operation
from prorata.model.params import Params, given
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription_item import SubscriptionItemHome
from prorata.resources.billing.subscription_schedule import OPEN, SubscriptionSchedule
from prorata.resources.entitlements.product_feature import ProductFeature
from prorata.resources.entitlements.quota import Quota
from prorata.resources.products.price import Interval, Price, TaxBehavior
from prorata.resources.products.price_params import (
    CurrencyOptions,
    CustomUnitAmountParams,
    Natural,
)
from prorata.resources.products.price_terms import new_price
from prorata.resources.products.product import (
    Images,
    MarketingFeatures,
    PackageDimensionsParams,
    Product,
    ProductData,
    new_product,
)

HIDDEN_AT_FIRST = 20
HAS_PRICES = "This product cannot be deleted because it has one or more user-created prices."


class DefaultPriceRecurringParams(Params, kw_only=True):
    interval: Interval
    interval_count: Annotated[int, Meta(ge=1)] | UnsetType = UNSET


class DefaultPriceDataParams(Params, kw_only=True):
    currency: str
    currency_options: CurrencyOptions | UnsetType = UNSET
    custom_unit_amount: CustomUnitAmountParams | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    recurring: DefaultPriceRecurringParams | UnsetType = UNSET
    tax_behavior: TaxBehavior | UnsetType = UNSET
    unit_amount: Natural | UnsetType = UNSET
    unit_amount_decimal: Decimal | UnsetType = UNSET


class ProductCreateParams(ProductData, kw_only=True):
    default_price_data: DefaultPriceDataParams | UnsetType = UNSET
    description: str | UnsetType = UNSET
    images: Images | UnsetType = UNSET
    marketing_features: MarketingFeatures | UnsetType = UNSET
    package_dimensions: PackageDimensionsParams | UnsetType = UNSET
    shippable: bool | UnsetType = UNSET
    type: Literal["good", "service"] | UnsetType = UNSET
    url: str | UnsetType = UNSET


@operation("POST /v1/products")
def create_product(tx: Tx, params: ProductCreateParams) -> Product:
    """Create a product, and its default price from default_price_data."""
    product = new_product(tx, params)
    if given(params.default_price_data):
        price = new_price(tx, params.default_price_data, product, path="default_price_data")
        product.default_price = price.id
    return product


@operation("DELETE /v1/products/{id}")
def delete_product(tx: Tx, product: Product) -> Deleted:
    """Delete a product that has no prices, and what says which features come with it."""
    if tx.select(Price, product=product.id, hidden=False, limit=1):
        raise InvalidRequest(HAS_PRICES)
    _check_unused(tx, product)
    for attached in tx.select(ProductFeature, product=product.id):
        attached.private.detached = True
        tx.delete(attached)
    for quota in tx.select(Quota, product=product.id):
        quota.private.ended = True
        tx.delete(quota)
    product.active = False
    tx.delete(product)
    return Deleted("product", product.id)


def _check_unused(tx: Tx, product: Product) -> None:
    """Raise InvalidRequest while anything goes on, or is to begin, with a deleted plan of it."""
    # Of prices made on the spot there may be very many; the newest few tell of them.
    for limit in (HIDDEN_AT_FIRST, None):
        hidden = tx.select(Price, product=product.id, hidden=True, limit=limit)
        if not all(each.private.deleted for each in hidden):
            raise InvalidRequest(HAS_PRICES)
        if len(hidden) < HIDDEN_AT_FIRST:
            break
    withdrawn = [each.id for each in hidden]
    if withdrawn and tx.select(SubscriptionItemHome, price=withdrawn, limit=1):
        raise InvalidRequest(
            "This product cannot be deleted because subscriptions still use a deleted plan of it."
        )
    if withdrawn and _is_planned(tx, set(withdrawn)):
        raise InvalidRequest(
            "This product cannot be deleted because subscription schedules still use a deleted plan"
            " of it."
        )


def _is_planned(tx: Tx, prices: set[str]) -> bool:
    """Return whether a present or coming phase of any schedule bills one of these prices."""
    return any(
        item.price in prices
        for schedule in tx.select(SubscriptionSchedule, status=OPEN)
        for phase in schedule.phases[schedule.place or 0 :]
        for item in phase.items
    )
