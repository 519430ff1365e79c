"""Price parameters: what a price is made from, and the rules that its amounts obey."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from prorata.model.errors import InvalidRequest
from prorata.model.fields import Metadata
from prorata.model.params import Params, given
from prorata.resources.products.price import (
    CustomUnitAmount,
    DecimalText,
    Interval,
    PriceTier,
    TaxBehavior,
    UsageType,
    decimal_text,
)
from prorata.resources.products.product import ProductData
from prorata.resources.products.steps import check_step
from prorata.rules.currency import format_amount, is_currency, maximum_charge, minimum_charge
from prorata.rules.pricing import Tier, check_tiers

DECIMALS_MAX = 12
TRIAL_DAYS_MAX = 730
Natural = Annotated[int, Meta(ge=0)]
LookupKey = Annotated[str, Meta(max_length=200)]


class TierParams(Params, kw_only=True):
    flat_amount: Natural | UnsetType = UNSET
    flat_amount_decimal: Decimal | UnsetType = UNSET
    unit_amount: Natural | UnsetType = UNSET
    unit_amount_decimal: Decimal | UnsetType = UNSET
    up_to: Literal["inf"] | int


class CustomUnitAmountParams(Params, kw_only=True):
    enabled: bool
    maximum: Natural | UnsetType = UNSET
    minimum: Natural | UnsetType = UNSET
    preset: Natural | UnsetType = UNSET


class CurrencyOptionParams(Params, kw_only=True):
    custom_unit_amount: CustomUnitAmountParams | UnsetType = UNSET
    tax_behavior: TaxBehavior | UnsetType = UNSET
    tiers: list[TierParams] | UnsetType = UNSET
    unit_amount: Natural | UnsetType = UNSET
    unit_amount_decimal: Decimal | UnsetType = UNSET


CurrencyOptions = dict[str, CurrencyOptionParams]


class RecurringParams(Params, kw_only=True):
    interval: Interval
    interval_count: Annotated[int, Meta(ge=1)] | UnsetType = UNSET
    meter: str | UnsetType = UNSET
    trial_period_days: Annotated[int, Meta(ge=0, le=TRIAL_DAYS_MAX)] | UnsetType = UNSET
    usage_type: UsageType | UnsetType = UNSET


class TransformQuantityParams(Params, kw_only=True):
    divide_by: Annotated[int, Meta(ge=1)]
    round: Literal["down", "up"]


class PriceCreateParams(Params, kw_only=True):
    active: bool | UnsetType = UNSET
    billing_scheme: Literal["per_unit", "tiered"] | UnsetType = UNSET
    currency: str
    currency_options: CurrencyOptions | UnsetType = UNSET
    custom_unit_amount: CustomUnitAmountParams | UnsetType = UNSET
    lookup_key: LookupKey | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    nickname: str | UnsetType = UNSET
    product: str | UnsetType = UNSET
    product_data: ProductData | UnsetType = UNSET
    recurring: RecurringParams | UnsetType = UNSET
    tax_behavior: TaxBehavior | UnsetType = UNSET
    tiers: list[TierParams] | UnsetType = UNSET
    tiers_mode: Literal["graduated", "volume"] | UnsetType = UNSET
    transfer_lookup_key: bool | UnsetType = UNSET
    transform_quantity: TransformQuantityParams | UnsetType = UNSET
    unit_amount: Natural | UnsetType = UNSET
    unit_amount_decimal: Decimal | UnsetType = UNSET


class PriceUpdateParams(Params, kw_only=True):
    active: bool | UnsetType = UNSET
    currency_options: CurrencyOptions | UnsetType | None = UNSET
    lookup_key: LookupKey | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    nickname: str | UnsetType | None = UNSET
    tax_behavior: TaxBehavior | UnsetType = UNSET
    transfer_lookup_key: bool | UnsetType = UNSET


def check_currency(currency: str, param: str) -> None:
    """Raise InvalidRequest for what is no currency."""
    if not is_currency(currency):
        raise InvalidRequest(f"Invalid currency: {currency}.", param=param)


def check_decimals(value: Decimal, param: str) -> None:
    """Raise InvalidRequest for an amount of more than twelve decimals."""
    exponent = value.as_tuple().exponent
    finer = isinstance(exponent, int) and exponent < -DECIMALS_MAX
    if finer and value != round(value, DECIMALS_MAX):
        raise InvalidRequest(
            f"Invalid decimal: {value:f}; must contain at maximum {DECIMALS_MAX} decimal places.",
            param=param,
        )


def one_amount(
    amount: Any, exact: Any, currency: str, path: str = "", *, name: str = "unit_amount",
    credits: bool = False,
) -> tuple[int | None, DecimalText | None]:  # fmt: skip
    """Return an amount given whole or decimal as both; (None, None) when neither was given.

    credits: it may be below zero. Raises InvalidRequest when both are given, for more than twelve
    decimals, and for amounts below zero or beyond what can be charged.
    """

    def at(field: str) -> str:
        return f"{path}[{field}]" if path else field

    if given(amount) and given(exact):
        raise InvalidRequest(
            f"You may only specify one of these parameters: {at(name)}, {at(f'{name}_decimal')}.",
            param=at(name),
        )
    if not given(amount) and not given(exact):
        return None, None
    field = at(name) if given(amount) else at(f"{name}_decimal")
    value = Decimal(amount) if given(amount) else exact
    check_decimals(value, field)
    most = maximum_charge(currency)
    least = -most if credits else 0
    if value < least:
        raise InvalidRequest(
            f"This value must be greater than or equal to {least} (it currently is '{value:f}').",
            param=field,
        )
    if value > most:
        raise InvalidRequest(
            f"This value must be less than or equal to {most}.",
            code="parameter_invalid_integer",
            param=field,
        )
    if given(amount):
        check_step(amount, currency, field)
    whole = int(value) if value == value.to_integral_value() else None
    return whole, decimal_text(value)


def tiers_of(tiers: list[TierParams], currency: str, path: str = "tiers") -> list[PriceTier]:
    """Return checked tiers; raise InvalidRequest unless they ascend and end with `inf`."""
    result = []
    for place, each in enumerate(tiers):
        where = f"{path}[{place}]"
        unit, unit_decimal = one_amount(each.unit_amount, each.unit_amount_decimal, currency, where)
        flat, flat_decimal = one_amount(
            each.flat_amount, each.flat_amount_decimal, currency, where, name="flat_amount"
        )
        result.append(
            PriceTier(
                flat_amount=flat,
                flat_amount_decimal=flat_decimal,
                unit_amount=unit,
                unit_amount_decimal=unit_decimal,
                up_to=None if each.up_to == "inf" else each.up_to,
            )
        )
    try:
        check_tiers(rule_tiers(result))
    except ValueError as error:
        raise InvalidRequest(f"Invalid tiers: {error}.", param=path) from error
    return result


def rule_tiers(tiers: list[PriceTier]) -> tuple[Tier, ...]:
    """Return a price's tiers as the rules take them, in decimal minor units."""
    return tuple(
        Tier(
            up_to=each.up_to,
            unit_amount=_decimal(each.unit_amount_decimal),
            flat_amount=_decimal(each.flat_amount_decimal),
        )
        for each in tiers
    )


def _decimal(text: DecimalText | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def custom_amount(
    params: CustomUnitAmountParams, currency: str, path: str = "custom_unit_amount"
) -> CustomUnitAmount:
    """Return the bounds of an amount that the payer chooses; raise InvalidRequest for odd ones."""
    if not params.enabled:
        raise InvalidRequest(
            f"`{path}[enabled]` must be true; leave `{path}` out for a fixed amount.",
            param=f"{path}[enabled]",
        )
    bounds = CustomUnitAmount()
    for name in ("maximum", "minimum", "preset"):
        value = getattr(params, name)
        if given(value):
            one_amount(value, UNSET, currency, path, name=name)
            setattr(bounds, name, value)
    _check_bounds(bounds, currency, path)
    return bounds


def _check_bounds(bounds: CustomUnitAmount, currency: str, path: str) -> None:
    """Raise InvalidRequest unless the bounds can be charged, and stand in their order."""
    least = minimum_charge(currency)
    for name in ("minimum", "maximum", "preset"):
        value = getattr(bounds, name)
        if value is not None and value < least:
            raise InvalidRequest(
                f"The {name} must be at least what can be charged:"
                f" {format_amount(least, currency)}.",
                param=f"{path}[{name}]",
            )
    low = bounds.minimum or 0
    high = bounds.maximum if bounds.maximum is not None else maximum_charge(currency)
    if low > high:
        raise InvalidRequest("The minimum must not exceed the maximum.", param=f"{path}[minimum]")
    if bounds.preset is not None and not low <= bounds.preset <= high:
        raise InvalidRequest(
            "The preset must lie between the minimum and the maximum.", param=f"{path}[preset]"
        )
