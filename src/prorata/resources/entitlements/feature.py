"""Features: abilities of what is sold, which customers may use while they subscribe to it."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.model.errors import InvalidRequest
from prorata.model.fields import Metadata
from prorata.model.operation import Listing, operation
from prorata.model.params import Params, given, merge_metadata
from prorata.model.resource import Resource, column, resource
from prorata.model.transaction import Tx

LookupKey = Annotated[str, Meta(min_length=1, max_length=80)]
FeatureName = Annotated[str, Meta(min_length=1)]


class FeaturePrivate(Struct, kw_only=True, omit_defaults=True):
    """quotas: how often it was limited; of two that limit it at once, one waits for the other."""

    quotas: int = 0


@resource(
    prefix="feat",
    path="/v1/entitlements/features",
    operations=("retrieve",),
    columns=(
        column("active", type="boolean"),
        column("lookup_key", index=True),
        # An archived feature's key may be taken by another one.
        column(
            "key_in_use",
            lambda feature: feature.lookup_key if feature.active else None,
            unique=True,
        ),
    ),
    missing_name="feature",
)
class Feature(Resource, tag="entitlements.feature", kw_only=True):
    """A feature. Its key never changes, and what is archived stays so."""

    Private = FeaturePrivate

    active: bool = True
    livemode: bool
    lookup_key: str
    metadata: Metadata = {}
    name: str


class FeatureCreateParams(Params, kw_only=True):
    lookup_key: LookupKey
    metadata: Metadata | UnsetType = UNSET
    name: FeatureName


class FeatureUpdateParams(Params, kw_only=True):
    active: bool | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    name: FeatureName | UnsetType = UNSET


class FeatureListParams(Params, kw_only=True):
    archived: bool | UnsetType = UNSET
    lookup_key: str | UnsetType = UNSET


@operation("POST /v1/entitlements/features")
def create(tx: Tx, params: FeatureCreateParams) -> Feature:
    """Create a feature; raise InvalidRequest where an active one has its lookup_key."""
    taken = tx.select(Feature, key_in_use=params.lookup_key, limit=1)
    if taken:
        raise InvalidRequest(
            f"A feature (`{taken[0].id}`) already uses that lookup key.", param="lookup_key"
        )
    return tx.add(
        Feature(
            id=tx.id("feat" if tx.book.livemode else "feat_test"),
            livemode=tx.book.livemode,
            lookup_key=params.lookup_key,
            metadata=merge_metadata(None, params.metadata),
            name=params.name,
        )
    )


@operation("GET /v1/entitlements/features")
def list_features(tx: Tx, params: FeatureListParams) -> Listing[Feature]:
    """List features, newest first: the active ones, or those that are archived."""
    columns: dict[str, object] = {"active": params.archived is not True}
    if given(params.lookup_key):
        columns["lookup_key"] = params.lookup_key
    return Listing(Feature, columns)
