"""Plans: the older view of recurring prices; a plan is its price under the price's id."""

from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.model.difference import previous_attributes, reverse_patch
from prorata.model.errors import no_such
from prorata.model.fields import Metadata, Range
from prorata.model.operation import Listing, operation
from prorata.model.params import Params, given
from prorata.model.resource import include
from prorata.model.transaction import Tx
from prorata.resources.products.price import (
    DecimalText,
    Interval,
    Price,
    PriceTier,
    UsageType,
)
from prorata.resources.references import ProductRef

TRIAL_DAYS_MAX = 730
MOVED = {"amount": "unit_amount", "amount_decimal": "unit_amount_decimal"}
RECURRING = ("interval", "interval_count", "meter", "trial_period_days", "usage_type")
SAME = (
    "id", "active", "billing_scheme", "created", "currency", "livemode", "metadata", "nickname",
    "product", "tiers_mode",
)  # fmt: skip


class PlanTransformUsage(Struct, kw_only=True):
    divide_by: int
    round: Literal["down", "up"]


class Plan(Struct, kw_only=True):
    """A recurring price as the plans of old showed it; stored only inside subscription items."""

    view: ClassVar[str] = "plan"

    id: str
    object: Literal["plan"] = "plan"
    active: bool
    amount: int | None = None
    amount_decimal: DecimalText | None = None
    billing_scheme: Literal["per_unit", "tiered"]
    created: int
    currency: str
    interval: Interval
    interval_count: int
    livemode: bool
    metadata: Metadata | None = None
    meter: str | None = None
    nickname: str | None = None
    product: ProductRef | None = None
    tiers: list[PriceTier] | UnsetType = UNSET
    tiers_mode: Literal["graduated", "volume"] | None = None
    transform_usage: PlanTransformUsage | None = None
    trial_period_days: int | None = None
    usage_type: UsageType


class PlanListParams(Params, kw_only=True):
    active: bool | UnsetType = UNSET
    created: Range | UnsetType = UNSET
    product: str | UnsetType = UNSET


class PlanUpdateParams(Params, kw_only=True):
    active: bool | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    nickname: str | UnsetType | None = UNSET
    product: str | UnsetType = UNSET
    trial_period_days: Annotated[int, Meta(ge=0, le=TRIAL_DAYS_MAX)] | UnsetType | None = UNSET


def plan_of(price: Price) -> Plan:
    """Return the plan that a recurring price is."""
    assert price.recurring is not None, "a one-time price is no plan"
    transform = price.transform_quantity
    return Plan(
        **{name: getattr(price, name) for name in SAME},
        **{name: getattr(price, moved) for name, moved in MOVED.items()},
        **{name: getattr(price.recurring, name) for name in RECURRING},
        transform_usage=None
        if transform is None
        else PlanTransformUsage(divide_by=transform.divide_by, round=transform.round),
    )


def plan_shape(document: dict[str, Any]) -> dict[str, Any]:
    """Return the plan that a stored recurring price is, both as plain dicts."""
    shape: dict[str, Any] = msgspec.to_builtins(plan_of(msgspec.convert(document, Price)))
    return shape


def announce_plan(tx: Tx, what: str, price: Price, before: Plan | None = None) -> None:
    """Say the plan's twin of a price's event: "created", "updated" or "deleted".

    `before` is the plan as it was. One-time prices, and updates that a plan does not show, say
    nothing.
    """
    if price.recurring is None:
        return
    plan = msgspec.to_builtins(plan_of(price))
    previous = None
    if before is not None:
        previous = previous_attributes(reverse_patch(plan, msgspec.to_builtins(before)))
        if not previous:
            return
    tx.emit_payload(f"plan.{what}", "plan", price.id, plan, previous)


def find_plan(tx: Tx, id: str) -> Price:
    """Return the price of a plan; raise NotFound (404) for prices that are none."""
    price = tx.find(Price, id)
    if price is None or price.recurring is None or price.private.deleted:
        raise no_such("plan", id, param="plan")
    return price


@operation("GET /v1/plans")
def list_plans(tx: Tx, params: PlanListParams) -> Listing[Plan]:
    """List the plans, newest first: one for each recurring price."""
    columns: dict[str, Any] = {"type": "recurring", "hidden": False}
    for name in ("active", "product"):
        if given(getattr(params, name)):
            columns[name] = getattr(params, name)
    ranges = {"created": params.created} if given(params.created) else {}
    return Listing(Price, columns, ranges, shape=plan_shape)


@operation("GET /v1/plans/{id}")
def retrieve(tx: Tx, id: str) -> Plan:
    """Return a plan."""
    return plan_of(find_plan(tx, id))


@include("plan", "tiers")
def tiers(reader: Tx, document: dict[str, Any]) -> list[PriceTier] | UnsetType:
    """Return the tiers of a plan; one that has a single amount has no such field."""
    price = reader.find(Price, document["id"])
    return price.private.tiers or UNSET if price is not None else UNSET
