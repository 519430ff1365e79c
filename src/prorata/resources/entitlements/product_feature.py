"""Product features: which features come with which product."""

from msgspec import Struct

from prorata.model.errors import no_such
from prorata.model.operation import Listing, operation
from prorata.model.params import Params
from prorata.model.resource import Resource, column, resource
from prorata.model.transaction import Tx
from prorata.resources.entitlements.feature import Feature
from prorata.resources.products.product import Product


class ProductFeaturePrivate(Struct, kw_only=True):
    """product: what the feature comes with. detached: it does no more."""

    product: str = ""
    detached: bool = False


@resource(
    prefix="prodft",
    short_id=True,
    columns=(
        column("product", lambda attached: attached.private.product, index=True),
        column("feature", lambda attached: attached.entitlement_feature.id, index=True),
        # A feature comes with a product once; what was detached may come again.
        column("place", lambda attached: place_of(attached), unique=True),
    ),
    owner=lambda attached: None,
    missing_name="product feature",
)
class ProductFeature(Resource, tag="product_feature", kw_only=True):
    """A feature of a product, shown whole and as it is now."""

    Private = ProductFeaturePrivate

    entitlement_feature: Feature
    livemode: bool


class ProductFeatureCreateParams(Params, kw_only=True):
    entitlement_feature: str


class ProductFeatureRetrieveParams(Params, kw_only=True):
    """No parameters but `expand`."""


def place_of(attached: ProductFeature) -> str | None:
    """Return what an attached feature occupies: its product's place for it."""
    facts = attached.private
    return None if facts.detached else f"{facts.product} {attached.entitlement_feature.id}"


@operation("GET /v1/products/{id}/features")
def list_attached(tx: Tx, product: Product) -> Listing[ProductFeature]:
    """List the features that come with a product, the latest first."""
    url = f"/v1/products/{product.id}/features"
    return Listing(ProductFeature, {"product": product.id}, url=url)


@operation("GET /v1/products/{product}/features/{id}")
def retrieve(
    tx: Tx, attached: ProductFeature, params: ProductFeatureRetrieveParams, product: str
) -> ProductFeature:
    """Return a feature of a product."""
    return check_of(attached, product)


def check_of(attached: ProductFeature, product: str) -> ProductFeature:
    """Return an attached feature; raise NotFound unless it is this product's."""
    if attached.private.product != product:
        raise no_such(attached.spec.missing_name, attached.id, param=attached.spec.missing_param)
    return attached
