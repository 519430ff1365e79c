"""Create products: together with their first price, where it is given."""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from prorata.model.fields import Metadata
from prorata.model.operation import operation
from prorata.model.params import Params, given
from prorata.model.transaction import Tx
from prorata.resources.products.price import Interval, TaxBehavior
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
