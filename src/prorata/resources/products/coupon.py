"""Coupons: terms of a discount, redeemed any number of times."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.model.errors import InvalidRequest, missing_param, no_such
from prorata.model.fields import ChosenId, Metadata, Range
from prorata.model.operation import Deleted, Listing, operation
from prorata.model.params import Params, assign, given, merge_metadata, value_or
from prorata.model.resource import Resource, column, include, resource
from prorata.model.transaction import Tx
from prorata.resources.products.moments import check_future
from prorata.resources.products.product import Product
from prorata.resources.products.steps import check_step
from prorata.rules.currency import is_currency, maximum_charge

DECIMALS_MAX = 2
GENERATED_ID_LENGTH = 8
Name = Annotated[str, Meta(max_length=40)]
Positive = Annotated[int, Meta(ge=1)]


class CouponAppliesTo(Struct, kw_only=True):
    products: list[str]


class CouponCurrencyOption(Struct, kw_only=True):
    amount_off: int


class CouponPrivate(Struct, kw_only=True):
    """What shows only when it is expanded.

    currency_options: without the coupon's own currency. deleted: nobody can redeem it, while the
    discounts that it gave still name it.
    """

    applies_to: CouponAppliesTo | None = None
    currency_options: dict[str, CouponCurrencyOption] = {}
    deleted: bool = False


def _due(coupon: "Coupon") -> int | None:
    return coupon.redeem_by if coupon.valid else None


@resource(
    prefix="coupon",
    path="/v1/coupons",
    operations=(),
    columns=(column("hidden", lambda coupon: coupon.private.deleted, type="boolean"),),
    chosen_ids=True,
    events=("created", "updated", "deleted"),
    due=_due,
    missing_param="coupon",
    sums=("times_redeemed",),
)
class Coupon(Resource, tag="coupon", kw_only=True):
    """A coupon of either a percentage or an amount; only its name and currencies can change."""

    Private = CouponPrivate

    amount_off: int | None = None
    created: int
    currency: str | None = None
    duration: Literal["forever", "once", "repeating"] = "once"
    duration_in_months: int | None = None
    livemode: bool
    max_redemptions: int | None = None
    metadata: Metadata | None = {}
    name: str | None = None
    percent_off: float | None = None
    redeem_by: int | None = None
    times_redeemed: int = 0
    valid: bool = True

    @property
    def amounts(self) -> dict[str, int]:
        """Return what the coupon takes in each of its currencies, in minor units."""
        amounts = {code: each.amount_off for code, each in self.private.currency_options.items()}
        if self.currency is not None and self.amount_off is not None:
            amounts[self.currency] = self.amount_off
        return amounts


class CouponCurrencyOptionParams(Params, kw_only=True):
    amount_off: Positive


CurrencyOptions = dict[str, CouponCurrencyOptionParams]


class CouponAppliesToParams(Params, kw_only=True):
    products: Annotated[list[str], Meta(min_length=1)] | UnsetType = UNSET


class CouponCreateParams(Params, kw_only=True):
    amount_off: Positive | UnsetType = UNSET
    applies_to: CouponAppliesToParams | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    currency_options: CurrencyOptions | UnsetType = UNSET
    duration: Literal["forever", "once", "repeating"] | UnsetType = UNSET
    duration_in_months: Positive | UnsetType = UNSET
    id: ChosenId | UnsetType = UNSET
    max_redemptions: Positive | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    name: Name | UnsetType = UNSET
    percent_off: Annotated[float, Meta(ge=0.01, le=100)] | UnsetType = UNSET
    redeem_by: int | UnsetType = UNSET


class CouponUpdateParams(Params, kw_only=True):
    currency_options: CurrencyOptions | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    name: Name | UnsetType | None = UNSET


class CouponListParams(Params, kw_only=True):
    created: Range | UnsetType = UNSET


def find_coupon(tx: Tx, id: str, param: str | None = None) -> Coupon:
    """Return a coupon that is not deleted; raise NotFound (404, or 400 where a param named it)."""
    coupon = tx.find(Coupon, id)
    if coupon is None or coupon.private.deleted:
        raise no_such("coupon", id, param=param or "coupon", status=404 if param is None else 400)
    return coupon


@operation("GET /v1/coupons/{id}")
def retrieve(tx: Tx, id: str) -> Coupon:
    """Return a coupon."""
    return find_coupon(tx, id)


@operation("GET /v1/coupons")
def list_coupons(tx: Tx, params: CouponListParams) -> Listing[Coupon]:
    """List the coupons that are not deleted."""
    ranges = {"created": params.created} if given(params.created) else {}
    return Listing(Coupon, {"hidden": False}, ranges)


@operation("POST /v1/coupons")
def create(tx: Tx, params: CouponCreateParams) -> Coupon:
    """Create a coupon; the id of a deleted one may be chosen again."""
    _check_terms(tx, params)
    id = value_or(params.id, None) or tx.secret(GENERATED_ID_LENGTH)
    former = tx.find(Coupon, id) if given(params.id) else None
    if former is not None and not former.private.deleted:
        raise InvalidRequest("Coupon already exists.", code="resource_already_exists")
    coupon = Coupon(
        id=id,
        amount_off=value_or(params.amount_off, None),
        created=tx.now,
        currency=value_or(params.currency, None) if given(params.amount_off) else None,
        duration=value_or(params.duration, "once"),
        duration_in_months=value_or(params.duration_in_months, None),
        livemode=tx.book.livemode,
        max_redemptions=value_or(params.max_redemptions, None),
        metadata=merge_metadata(None, params.metadata),
        name=value_or(params.name, None),
        percent_off=value_or(params.percent_off, None),
        redeem_by=value_or(params.redeem_by, None),
    )
    coupon.private = CouponPrivate(applies_to=_products(tx, params))
    _add_currencies(coupon, value_or(params.currency_options, {}))
    return tx.add(coupon) if former is None else _replace(tx, former, coupon)


def _replace(tx: Tx, former: Coupon, coupon: Coupon) -> Coupon:
    """Put a new coupon in the place of the deleted one that had its id."""
    for name in Coupon.__struct_fields__:
        setattr(former, name, getattr(coupon, name))
    former.private = coupon.private
    tx.emit("coupon.created", former)
    tx.quiet(former)
    return former


def _check_terms(tx: Tx, params: CouponCreateParams) -> None:
    percent, amount = given(params.percent_off), given(params.amount_off)
    if not percent and not amount:
        raise InvalidRequest("Must provide percent_off or amount_off.", code="parameter_missing")
    if percent and amount:
        raise InvalidRequest(
            "You may only specify one of these parameters: amount_off, percent_off.",
            param="amount_off",
        )
    if percent and given(params.currency_options):
        raise InvalidRequest(
            "You may only specify one of these parameters: currency_options, percent_off.",
            param="currency_options",
        )
    if given(params.percent_off) and round(params.percent_off, DECIMALS_MAX) != params.percent_off:
        raise InvalidRequest(
            f"Invalid decimal: {params.percent_off}; must contain at maximum {DECIMALS_MAX}"
            " decimal places.",
            param="percent_off",
        )
    if given(params.amount_off):
        if not given(params.currency):
            raise InvalidRequest("You must pass currency when passing amount_off", param="currency")
        check_amount(params.currency, params.amount_off, "currency", "amount_off")
    repeating = value_or(params.duration, "once") == "repeating"
    if repeating and not given(params.duration_in_months):
        raise InvalidRequest(
            "The duration_in_months param must be set when creating a coupon with a repeating"
            " duration",
            param="duration",
        )
    if not repeating and given(params.duration_in_months):
        raise InvalidRequest(
            "You may only pass duration_in_months when duration is repeating.",
            param="duration_in_months",
        )
    if given(params.redeem_by):
        check_future(tx, params.redeem_by, "redeem_by")


def check_amount(currency: str, amount: int, currency_param: str, amount_param: str) -> None:
    """Raise InvalidRequest for an unknown currency, or an amount beyond what can be charged."""
    if not is_currency(currency):
        raise InvalidRequest(f"Invalid currency: {currency}.", param=currency_param)
    most = maximum_charge(currency)
    if amount > most:
        raise InvalidRequest(
            f"This value must be less than or equal to {most}.",
            code="parameter_invalid_integer",
            param=amount_param,
        )
    check_step(amount, currency, amount_param)


def _products(tx: Tx, params: CouponCreateParams) -> CouponAppliesTo | None:
    if not given(params.applies_to):
        return None
    if not given(params.applies_to.products):
        raise missing_param("applies_to[products]")
    ids = params.applies_to.products
    found = tx.load(Product, ids)
    for place, id in enumerate(ids):
        if id not in found:
            raise no_such("product", id, param=f"applies_to[products][{place}]", status=400)
    return CouponAppliesTo(products=list(dict.fromkeys(ids)))


def _add_currencies(coupon: Coupon, options: CurrencyOptions) -> None:
    for written, option in options.items():
        code = written.lower()
        path = f"currency_options[{written}]"
        check_amount(code, option.amount_off, path, f"{path}[amount_off]")
        known = coupon.amounts.get(code)
        if known is not None and known != option.amount_off:
            raise InvalidRequest(
                f"The coupon's amount_off in {code} is {known} and cannot be changed.", param=path
            )
        if code != coupon.currency:
            coupon.private.currency_options[code] = CouponCurrencyOption(
                amount_off=option.amount_off
            )


@operation("POST /v1/coupons/{id}")
def update(tx: Tx, params: CouponUpdateParams, id: str) -> Coupon:
    """Change a coupon's name and metadata, or add currencies to it."""
    coupon = find_coupon(tx, id)
    if given(params.currency_options):
        if coupon.percent_off is not None:
            raise InvalidRequest(
                "You can only set currency_options on a coupon with an amount_off.",
                param="currency_options",
            )
        _add_currencies(coupon, params.currency_options)
    assign(coupon, params, "metadata", "name")
    return coupon


@include("coupon", "applies_to")
def applies_to(reader: Tx, document: dict[str, Any]) -> CouponAppliesTo | UnsetType:
    """Return the products that the coupon is for; one for everything has no such field."""
    coupon = reader.find(Coupon, document["id"])
    return coupon.private.applies_to or UNSET if coupon is not None else UNSET


@include("coupon", "currency_options")
def currency_options(reader: Tx, document: dict[str, Any]) -> dict[str, CouponCurrencyOption]:
    """Return what the coupon takes in each of its currencies, its own included."""
    coupon = reader.find(Coupon, document["id"])
    if coupon is None:
        return {}
    return {code: CouponCurrencyOption(amount_off=n) for code, n in sorted(coupon.amounts.items())}


def withdraw(tx: Tx, coupon: Coupon) -> Deleted:
    """Delete a coupon: it is redeemed no more, and the discounts that it gave go on."""
    coupon.private.deleted = True
    coupon.valid = False
    tx.emit("coupon.deleted", coupon)
    tx.quiet(coupon)
    return Deleted("coupon", coupon.id)
