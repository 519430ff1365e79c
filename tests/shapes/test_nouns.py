"""Every noun of ours has the API's fields, each with values of the API's kind."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import pytest
from msgspec import UNSET, Struct, UnsetType

from shapes.nouns import differences


def test_every_noun_has_the_fields_of_the_sdks_class() -> None:
    import prorata.resources.all  # noqa: F401
    from prorata.model.resource import REGISTRY

    found = [
        each
        for kind, spec in REGISTRY.items()
        if spec.path is not None and not kind.startswith("prorata.")
        for each in differences(spec.cls, kind, spec.includes)
    ]
    assert not found, "\n".join(found)


def test_what_is_ours_alone_is_where_no_sdk_looks() -> None:
    import prorata.resources.all  # noqa: F401
    from prorata.model.resource import REGISTRY

    ours = {kind: spec.path or "" for kind, spec in REGISTRY.items() if kind[:8] == "prorata."}
    # What has no path is not served at all.
    assert all(path.startswith("/v1/prorata/") for path in ours.values() if path), ours


class Recurring(Struct, kw_only=True):
    interval: Literal["day", "decade"]
    interval_count: str
    meter: str | None = None
    usage_type: str
    trial: int | UnsetType = UNSET


class Price(Struct, tag="price", tag_field="object", kw_only=True):
    id: str
    active: bool | UnsetType = UNSET
    created: int | None = None
    recurring: Recurring | None = None
    unit_amount_decimal: Decimal | None = None
    product: int
    metadata: list[str]
    tiers: list[str] | None = None


@pytest.mark.parametrize("difference", [
    "price.livemode: missing",
    "price.recurring.interval: unknown values decade",
    "price.recurring.interval_count: ours is StrType, theirs int",
    "price.recurring.trial: invented",
    "price.active: may be left out, but is always there",
    "price.created: may be null, but is always given",
    "price.product: ours is IntType, theirs str or Product",
    "price.metadata: ours is a list",
    "price.tiers: may be null, but is left out",
])
def test_a_difference_is_named(difference: str) -> None:
    assert difference in differences(Price, "price")


def test_fields_that_are_the_same_are_not_named() -> None:
    named = {each.split(":")[0] for each in differences(Price, "price")}
    assert not named & {"price.id", "price.unit_amount_decimal", "price.recurring.meter"}
