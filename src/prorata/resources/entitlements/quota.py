"""Quotas: how much of a feature a product grants. An addition: Stripe has none."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.model.params import Params
from prorata.model.resource import Resource, column, matches, resource, within
from prorata.resources.references import FeatureRef, MeterRef, ProductRef

Limit = Annotated[int, Meta(ge=0, le=2**53 - 1)]


class QuotaPrivate(Struct, kw_only=True, omit_defaults=True):
    """ended: it was taken off, so that another one may take its place."""

    ended: bool = False


@resource(
    prefix="quota",
    path="/v1/prorata/quotas",
    columns=(
        column("product", index=True),
        column("feature", index=True),
        # A product has one quota for each of its features.
        column("place", lambda quota: place_of(quota), unique=True),
    ),
    filters=(within("created"), matches("feature"), matches("product")),
    owner=lambda quota: None,
    missing_name="quota",
)
class Quota(Resource, tag="prorata.quota", kw_only=True):
    """How much of a feature each subscription to a product grants in its current period.

    limit: a whole number; with per_unit, for each unit of the item's quantity. meter: what counts
    the use of it.
    """

    Private = QuotaPrivate

    created: int
    feature: FeatureRef
    limit: int
    livemode: bool
    meter: MeterRef | None = None
    per_unit: bool = False
    period: Literal["subscription_period"] = "subscription_period"
    product: ProductRef


class QuotaCreateParams(Params, kw_only=True):
    feature: str
    limit: Limit
    meter: str | UnsetType = UNSET
    per_unit: bool | UnsetType = UNSET
    product: str


class QuotaUpdateParams(Params, kw_only=True):
    limit: Limit | UnsetType = UNSET
    per_unit: bool | UnsetType = UNSET


def place_of(quota: Quota) -> str | None:
    """Return what a quota occupies: its product's place for the feature."""
    return None if quota.private.ended else f"{quota.product} {quota.feature}"
