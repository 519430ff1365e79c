"""Products: what is sold; what it costs is said by its prices."""

import re
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.model.errors import InvalidRequest
from prorata.model.fields import ChosenId, Metadata
from prorata.model.operation import operation
from prorata.model.params import Params, assign, given, merge_metadata, value_or
from prorata.model.resource import (
    Resource,
    any_of,
    column,
    flag,
    include,
    matches,
    resource,
    within,
)
from prorata.model.transaction import Tx
from prorata.resources.products.price import Price
from prorata.resources.products.product_facts import ProductFacts
from prorata.resources.products.tax_code import TAX_CODE_FORM, TaxCode, named_tax_code
from prorata.resources.references import PriceRef
from prorata.resources.tax.location import Location

URL_FORM = re.compile(r"https?://[^\s/$.?#][^\s]*", re.IGNORECASE)
Images = Annotated[list[str], Meta(max_length=8)]
StatementDescriptor = Annotated[str, Meta(max_length=22, pattern=r"^[^<>\\'\"*]*$")]
UnitLabel = Annotated[str, Meta(max_length=12)]
TaxCodeId = Annotated[str, Meta(pattern=TAX_CODE_FORM)]
Length = Annotated[float, Meta(gt=0)]


class MarketingFeature(Struct, kw_only=True):
    name: str | UnsetType = UNSET


class PackageDimensions(Struct, kw_only=True):
    height: float
    length: float
    weight: float
    width: float


class ProductTaxDetails(Struct, kw_only=True):
    performance_location: str | None = None
    tax_code: str | None = None


@resource(
    prefix="prod",
    short_id=True,
    path="/v1/products",
    operations=("retrieve", "list", "search"),
    columns=(
        column("active", type="boolean"),
        column("shippable", type="boolean"),
        column("type"),
        column("url"),
    ),
    filters=(
        flag("active"),
        within("created"),
        any_of("ids", "id"),
        flag("shippable"),
        matches("type", choices=("good", "service")),
        matches("url"),
    ),
    search={
        "active": "token",
        "description": "string",
        "name": "string",
        "shippable": "token",
        "url": "string",
    },
    terms={"description": (), "name": (), "url": ()},
    chosen_ids=True,
    events=("created", "updated", "deleted"),
)
class Product(Resource, tag="product", kw_only=True):
    """What is sold; its prices say for how much."""

    Private = ProductFacts

    active: bool = True
    # Of goods sold by kind, before there were prices; still shown, never filled.
    attributes: list[str] = []
    created: int
    default_price: PriceRef | None = None
    description: str | None = None
    images: list[str] = []
    livemode: bool
    marketing_features: list[MarketingFeature] = []
    metadata: Metadata = {}
    name: str
    package_dimensions: PackageDimensions | None = None
    shippable: bool | None = None
    statement_descriptor: str | None = None
    tax_code: str | None = None
    tax_details: ProductTaxDetails | None = None
    type: Literal["good", "service"] = "service"
    unit_label: str | None = None
    updated: int
    url: str | None = None


class MarketingFeatureParams(Params, kw_only=True):
    name: Annotated[str, Meta(max_length=80)]


MarketingFeatures = Annotated[list[MarketingFeatureParams], Meta(max_length=15)]


class PackageDimensionsParams(Params, kw_only=True):
    height: Length
    length: Length
    weight: Length
    width: Length


class TaxDetailsParams(Params, kw_only=True):
    performance_location: str | UnsetType = UNSET
    tax_code: TaxCodeId | UnsetType | None = UNSET


class ProductData(Params, kw_only=True):
    """A product described where its price is created."""

    active: bool | UnsetType = UNSET
    id: ChosenId | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    name: Annotated[str, Meta(max_length=5000)]
    statement_descriptor: StatementDescriptor | UnsetType = UNSET
    tax_code: TaxCodeId | UnsetType = UNSET
    tax_details: TaxDetailsParams | UnsetType = UNSET
    unit_label: UnitLabel | UnsetType = UNSET


class ProductUpdateParams(Params, kw_only=True):
    active: bool | UnsetType = UNSET
    default_price: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    images: Images | UnsetType | None = UNSET
    marketing_features: MarketingFeatures | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    name: str | UnsetType = UNSET
    package_dimensions: PackageDimensionsParams | UnsetType | None = UNSET
    shippable: bool | UnsetType = UNSET
    statement_descriptor: StatementDescriptor | UnsetType | None = UNSET
    tax_code: TaxCodeId | UnsetType | None = UNSET
    tax_details: TaxDetailsParams | UnsetType | None = UNSET
    unit_label: UnitLabel | UnsetType | None = UNSET
    url: str | UnsetType | None = UNSET


def new_product(tx: Tx, params: Any, path: str = "") -> Product:
    """Add a product from ProductData or from the parameters of its creation.

    Raises InvalidRequest when the chosen id is taken; `path` is where the parameters stand.
    """
    id = value_or(params.id, None) or tx.new_id(Product)
    if given(params.id) and tx.find(Product, id) is not None:
        raise InvalidRequest(
            "Product already exists.",
            code="resource_already_exists",
            param=f"{path}[id]" if path else "id",
        )
    product = Product(
        id=id,
        active=value_or(params.active, True),
        created=tx.now,
        livemode=tx.book.livemode,
        name=params.name,
        updated=tx.now,
    )
    describe(tx, product, params, path)
    return tx.add(product)


def describe(tx: Tx, product: Product, params: Any, path: str = "") -> None:
    """Put those of the sent parameters on a product that creation and update have in common.

    Raises InvalidRequest for an address of no page and for a place of performance that there is
    not; `path` is where the parameters stand.
    """
    sent = {name: getattr(params, name, UNSET) for name in Product.__struct_fields__}
    for name in ("name", "active", "description", "shippable", "statement_descriptor", "tax_code",
                 "type", "unit_label"):  # fmt: skip
        if given(sent[name]):
            setattr(product, name, sent[name])
    if given(sent["images"]):
        product.images = sent["images"] or []
    if given(sent["marketing_features"]):
        features = sent["marketing_features"] or []
        product.marketing_features = [MarketingFeature(name=each.name) for each in features]
    if given(sent["metadata"]):
        product.metadata = merge_metadata(product.metadata, sent["metadata"])
    if given(sent["package_dimensions"]):
        size = sent["package_dimensions"]
        product.package_dimensions = size and PackageDimensions(
            height=size.height, length=size.length, weight=size.weight, width=size.width
        )
    if given(sent["tax_details"]):
        _detail_tax(
            tx, product, sent["tax_details"], f"{path}[tax_details]" if path else "tax_details"
        )
    if given(sent["url"]):
        if sent["url"] is not None and not URL_FORM.fullmatch(sent["url"]):
            raise InvalidRequest("Not a valid URL", code="url_invalid", param="url")
        product.url = sent["url"]


def _detail_tax(tx: Tx, product: Product, details: TaxDetailsParams | None, path: str) -> None:
    if details is None:
        product.tax_details = None
        return
    if given(details.performance_location):
        tx.get(Location, details.performance_location, param=f"{path}[performance_location]")
    product.tax_details = product.tax_details or ProductTaxDetails()
    assign(product.tax_details, details)
    if given(details.tax_code):
        product.tax_code = details.tax_code


@operation("POST /v1/products/{id}")
def update(tx: Tx, product: Product, params: ProductUpdateParams) -> Product:
    """Change a product; its default price must be an active one of its own."""
    if given(params.default_price):
        product.default_price = _own_price(tx, product, params.default_price)
    describe(tx, product, params)
    product.updated = tx.now
    return product


def _own_price(tx: Tx, product: Product, id: str | None) -> str | None:
    if id is None:
        return None
    price = tx.get(Price, id, param="default_price")
    if price.product != product.id:
        raise InvalidRequest(
            f"The price {id} belongs to another product: the default price must be one of"
            f" {product.id}'s own.",
            param="default_price",
        )
    if not price.active:
        raise InvalidRequest(
            f"The price {id} is inactive: the default price must be an active one.",
            param="default_price",
        )
    # Whoever archives it meanwhile does so before or after this.
    tx.rely_on(price)
    return price.id


@include("product", "tax_code")
def tax_code(reader: Tx, document: dict[str, Any]) -> TaxCode | None:
    """Return the tax code that the product names."""
    return named_tax_code(document["tax_code"])
