"""Shipping rates: what it costs to bring goods to a buyer."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.model.errors import InvalidRequest, missing_param
from prorata.model.fields import Metadata
from prorata.model.operation import operation
from prorata.model.params import Params, assign, given, merge_metadata, value_or
from prorata.model.resource import (
    Resource,
    column,
    flag,
    include,
    matches,
    resource,
    within,
)
from prorata.model.transaction import Tx
from prorata.resources.products.price import TaxBehavior
from prorata.resources.products.price_params import check_currency, one_amount
from prorata.resources.products.product import TaxCodeId
from prorata.resources.products.tax_code import TaxCode, named_tax_code

Unit = Literal["business_day", "day", "hour", "month", "week"]
Natural = Annotated[int, Meta(ge=0)]


class DeliveryBound(Struct, kw_only=True):
    unit: Unit
    value: int


class DeliveryEstimate(Struct, kw_only=True):
    maximum: DeliveryBound | None = None
    minimum: DeliveryBound | None = None


class ShippingCurrencyOption(Struct, kw_only=True):
    amount: int
    tax_behavior: TaxBehavior = "unspecified"


class FixedAmount(Struct, kw_only=True):
    amount: int
    currency: str
    currency_options: dict[str, ShippingCurrencyOption] | UnsetType = UNSET


@resource(
    prefix="shr",
    path="/v1/shipping_rates",
    columns=(
        column("active", type="boolean"),
        column("currency", lambda rate: rate.fixed_amount.currency),
    ),
    filters=(flag("active"), within("created"), matches("currency")),
    missing_name="shipping rate",
    missing_param="shipping_rate_token",
)
class ShippingRate(Resource, tag="shipping_rate", kw_only=True):
    """A shipping rate; its amount in minor units never changes."""

    active: bool = True
    created: int
    delivery_estimate: DeliveryEstimate | None = None
    display_name: str | None = None
    fixed_amount: FixedAmount
    livemode: bool
    metadata: Metadata = {}
    tax_behavior: TaxBehavior | None = "unspecified"
    tax_code: str | None = None
    type: Literal["fixed_amount"] = "fixed_amount"


class DeliveryBoundParams(Params, kw_only=True):
    unit: Unit
    value: Annotated[int, Meta(ge=1)]


class DeliveryEstimateParams(Params, kw_only=True):
    maximum: DeliveryBoundParams | UnsetType = UNSET
    minimum: DeliveryBoundParams | UnsetType = UNSET


class ShippingCurrencyOptionParams(Params, kw_only=True):
    amount: Natural | UnsetType = UNSET
    tax_behavior: TaxBehavior | UnsetType = UNSET


class FixedAmountParams(Params, kw_only=True):
    amount: Natural
    currency: str
    currency_options: dict[str, ShippingCurrencyOptionParams] | UnsetType = UNSET


class ShippingRateCreateParams(Params, kw_only=True):
    delivery_estimate: DeliveryEstimateParams | UnsetType = UNSET
    display_name: Annotated[str, Meta(max_length=100)]
    fixed_amount: FixedAmountParams | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    tax_behavior: TaxBehavior | UnsetType = UNSET
    tax_code: TaxCodeId | UnsetType = UNSET
    type: Literal["fixed_amount"] | UnsetType = UNSET


class FixedAmountUpdateParams(Params, kw_only=True):
    currency_options: dict[str, ShippingCurrencyOptionParams] | UnsetType = UNSET


class ShippingRateUpdateParams(Params, kw_only=True):
    active: bool | UnsetType = UNSET
    fixed_amount: FixedAmountUpdateParams | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    tax_behavior: TaxBehavior | UnsetType = UNSET


@operation("POST /v1/shipping_rates")
def create(tx: Tx, params: ShippingRateCreateParams) -> ShippingRate:
    """Create a shipping rate of a fixed amount."""
    if not given(params.fixed_amount):
        raise missing_param("fixed_amount")
    amount = params.fixed_amount
    check_currency(amount.currency, "fixed_amount[currency]")
    one_amount(amount.amount, UNSET, amount.currency, "fixed_amount", name="amount")
    rate = ShippingRate(
        id=tx.new_id(ShippingRate),
        created=tx.now,
        display_name=params.display_name,
        fixed_amount=FixedAmount(amount=amount.amount, currency=amount.currency),
        livemode=tx.book.livemode,
        metadata=merge_metadata(None, params.metadata),
        tax_behavior=value_or(params.tax_behavior, "unspecified"),
        tax_code=value_or(params.tax_code, None),
    )
    _add_currencies(rate, amount.currency_options)
    if given(params.delivery_estimate):
        estimate = params.delivery_estimate
        _check_order(estimate)
        rate.delivery_estimate = DeliveryEstimate(
            maximum=_bound(estimate.maximum), minimum=_bound(estimate.minimum)
        )
    return tx.add(rate)


def _check_order(params: DeliveryEstimateParams) -> None:
    """Raise InvalidRequest where something would arrive at the latest before it can."""
    first, last = params.minimum, params.maximum
    if given(first) and given(last) and first.unit == last.unit and first.value > last.value:
        raise InvalidRequest(
            "The maximum of a delivery estimate cannot be below its minimum.",
            param="delivery_estimate[maximum][value]",
        )


def _bound(params: DeliveryBoundParams | UnsetType) -> DeliveryBound | None:
    return None if params is UNSET else DeliveryBound(unit=params.unit, value=params.value)


def _add_currencies(
    rate: ShippingRate, options: dict[str, ShippingCurrencyOptionParams] | UnsetType
) -> None:
    if options is UNSET:
        return
    known = value_or(rate.fixed_amount.currency_options, {})
    for written, option in options.items():
        code, path = written.lower(), f"fixed_amount[currency_options][{written}]"
        check_currency(code, path)
        own = rate.fixed_amount
        if code == own.currency and value_or(option.amount, own.amount) != own.amount:
            raise InvalidRequest(
                f"The rate's own amount is {own.amount}, which cannot be changed: create a new"
                " shipping rate.",
                param=f"{path}[amount]",
            )
        former = known.get(code)
        if given(option.amount):
            amount = option.amount
            one_amount(amount, UNSET, code, path, name="amount")
        elif former is not None:
            amount = former.amount
        else:
            raise missing_param(f"{path}[amount]")
        known[code] = ShippingCurrencyOption(
            amount=amount,
            tax_behavior=value_or(
                option.tax_behavior, former.tax_behavior if former else "unspecified"
            ),
        )
    rate.fixed_amount.currency_options = known


@operation("POST /v1/shipping_rates/{id}")
def update(tx: Tx, rate: ShippingRate, params: ShippingRateUpdateParams) -> ShippingRate:
    """Archive a shipping rate, or add currencies to it."""
    if given(params.fixed_amount):
        _add_currencies(rate, params.fixed_amount.currency_options)
    if given(params.tax_behavior):
        if rate.tax_behavior not in ("unspecified", params.tax_behavior):
            raise InvalidRequest(
                f"The rate's tax_behavior is {rate.tax_behavior}; once it is set it cannot be"
                " changed.",
                param="tax_behavior",
            )
        rate.tax_behavior = params.tax_behavior
    assign(rate, params, "active", "metadata")
    return rate


@include("shipping_rate", "tax_code")
def tax_code(reader: Tx, document: dict[str, Any]) -> TaxCode | None:
    """Return the tax code that the rate names."""
    return named_tax_code(document["tax_code"])
