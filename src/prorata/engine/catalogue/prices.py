"""Prices: created, also as plans and with the product that they are of, and changed."""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from prorata.engine.catalogue.price_copies import show_anew
from prorata.model.errors import InvalidRequest
from prorata.model.fields import ChosenId, Metadata
from prorata.model.operation import operation
from prorata.model.params import Params, fields_given, given, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.plan import Plan, announce_plan, plan_of
from prorata.resources.products.price import Interval, Price, UsageType, find_price
from prorata.resources.products.price_params import (
    TRIAL_DAYS_MAX,
    Natural,
    PriceCreateParams,
    PriceUpdateParams,
    RecurringParams,
    TierParams,
    TransformQuantityParams,
)
from prorata.resources.products.price_terms import new_price
from prorata.resources.products.price_update import change_price, take_lookup_key
from prorata.resources.products.product import Product, ProductData, new_product

RENAMED = {
    "amount": "unit_amount", "amount_decimal": "unit_amount_decimal",
    "transform_usage": "transform_quantity",
}  # fmt: skip
OF_PLAN = {price: plan for plan, price in RENAMED.items()}


class PlanCreateParams(Params, kw_only=True):
    active: bool | UnsetType = UNSET
    amount: Natural | UnsetType = UNSET
    amount_decimal: Decimal | UnsetType = UNSET
    billing_scheme: Literal["per_unit", "tiered"] | UnsetType = UNSET
    currency: str
    id: ChosenId | UnsetType = UNSET
    interval: Interval
    interval_count: Annotated[int, Meta(ge=1)] | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    meter: str | UnsetType = UNSET
    nickname: str | UnsetType = UNSET
    product: ProductData | str | UnsetType = UNSET
    tiers: list[TierParams] | UnsetType = UNSET
    tiers_mode: Literal["graduated", "volume"] | UnsetType = UNSET
    transform_usage: TransformQuantityParams | UnsetType = UNSET
    trial_period_days: Annotated[int, Meta(ge=0, le=TRIAL_DAYS_MAX)] | UnsetType = UNSET
    usage_type: UsageType | UnsetType = UNSET


@operation("POST /v1/prices")
def create_price(tx: Tx, params: PriceCreateParams) -> Price:
    """Create a price of a product, or of a new one."""
    if given(params.product) and given(params.product_data):
        raise InvalidRequest(
            "You may only specify one of these parameters: product, product_data.",
            param="product",
        )
    if given(params.product_data):
        product = new_product(tx, params.product_data, "product_data")
    elif given(params.product):
        product = tx.get(Product, params.product, param="product")
    else:
        raise InvalidRequest(
            "You must specify either `product` or `product_data` when creating a price."
        )
    robbed: list[Price] = []
    if given(params.lookup_key):
        transfer = value_or(params.transfer_lookup_key, False)
        robbed = take_lookup_key(tx, params.lookup_key, None, transfer)
    price = new_price(tx, params, product)
    price.lookup_key = value_or(params.lookup_key, None)
    for each in robbed:
        show_anew(tx, each)
    return price


@operation("POST /v1/prices/{id}")
def update_price(tx: Tx, params: PriceUpdateParams, id: str) -> Price:
    """Change the little of a price that may change; its subscriptions show it."""
    price = find_price(tx, id)
    before = plan_of(price) if price.recurring is not None else None
    robbed = change_price(tx, price, params)
    announce_plan(tx, "updated", price, before)
    for each in (*robbed, price):
        show_anew(tx, each)
    return price


@operation("POST /v1/plans")
def create_plan(tx: Tx, params: PlanCreateParams) -> Plan:
    """Create a plan, which is a recurring price, under an id that may be chosen."""
    if given(params.id) and tx.find(Price, params.id) is not None:
        raise InvalidRequest("Plan already exists.", code="resource_already_exists", param="id")
    named = params.product
    if named is UNSET:
        raise InvalidRequest("You must specify `product` when creating a plan.", param="product")
    if isinstance(named, ProductData):
        product = new_product(tx, named, "product")
    else:
        product = tx.get(Product, named, param="product")
    try:
        price = new_price(tx, _as_price(params), product, id=value_or(params.id, None))
    except InvalidRequest as error:
        error.param = _as_of_plan(error.param)
        raise
    return plan_of(price)


def _as_of_plan(param: str | None) -> str | None:
    """Return what a parameter of a price is called among those of a plan."""
    if param is None:
        return None
    name, bracket, rest = param.partition("[")
    if name == "recurring":
        return rest.removesuffix("]")
    return OF_PLAN.get(name, name) + bracket + rest


def _as_price(params: PlanCreateParams) -> PriceCreateParams:
    sent = fields_given(params)
    recurring = {name: sent.pop(name) for name in RecurringParams.__struct_fields__ if name in sent}
    for name in ("id", "product"):
        sent.pop(name, None)
    return PriceCreateParams(
        **{RENAMED.get(name, name): value for name, value in sent.items()},
        recurring=RecurringParams(**recurring),
    )
