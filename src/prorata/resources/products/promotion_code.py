"""Promotion codes: words that customers type in to redeem a coupon."""

import re
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.model.errors import InvalidRequest, missing_param
from prorata.model.fields import Metadata, Range
from prorata.model.operation import Listing, operation
from prorata.model.params import (
    Params,
    assign,
    given,
    merge_metadata,
    refuse_unsupported,
    value_or,
)
from prorata.model.resource import REGISTRY, Resource, column, resource
from prorata.model.transaction import Tx
from prorata.resources.products.coupon import Coupon, check_amount, find_coupon
from prorata.resources.products.moments import check_future
from prorata.resources.references import CouponRef, CustomerRef

GENERATED_LENGTH = 8
Positive = Annotated[int, Meta(ge=1)]
Code = Annotated[str, Meta(max_length=500)]
CODE_FORM = re.compile(r"[a-zA-Z0-9\-_]+")


class PromotionCodePromotion(Struct, kw_only=True):
    coupon: CouponRef | None = None
    type: Literal["coupon"] = "coupon"


class PromotionCodeCurrencyOption(Struct, kw_only=True):
    minimum_amount: int


class PromotionCodeRestrictions(Struct, kw_only=True):
    currency_options: dict[str, PromotionCodeCurrencyOption] | UnsetType = UNSET
    first_time_transaction: bool = False
    minimum_amount: int | None = None
    minimum_amount_currency: str | None = None

    @property
    def minimums(self) -> dict[str, int]:
        """Return the least that a purchase must come to in each currency, in minor units."""
        options = {} if self.currency_options is UNSET else self.currency_options
        minimums = {code: each.minimum_amount for code, each in options.items()}
        if self.minimum_amount_currency is not None and self.minimum_amount is not None:
            minimums[self.minimum_amount_currency] = self.minimum_amount
        return minimums


class PromotionCodePrivate(Struct, kw_only=True):
    """exhausted: it has come to an end by itself and can never be active again."""

    exhausted: bool = False


def _claim(code: "PromotionCode") -> str | None:
    """Return what an active code occupies: its letters, for one customer or for all."""
    return claim(code.code, code.customer) if code.active else None


def claim(code: str, customer: str | None) -> str:
    """Return what an active code claims: it is unique, in any case, for its customer or for all."""
    return f"{code.upper()} {customer or ''}"


@resource(
    prefix="promo",
    path="/v1/promotion_codes",
    operations=("retrieve",),
    columns=(
        column("active", type="boolean"),
        column("code", lambda promotion: promotion.code.upper(), index=True),
        column("coupon", lambda promotion: promotion.promotion.coupon, index=True),
        column("customer"),
        column("claim", _claim, unique=True),
    ),
    events=("created", "updated"),
    due=lambda code: code.expires_at if code.active else None,
    owner=lambda code: None,
    missing_name="promotion code",
    missing_param="promotion_code",
    sums=("times_redeemed",),
)
class PromotionCode(Resource, tag="promotion_code", kw_only=True):
    """A promotion code, read in any case; among active ones each exists once per customer."""

    Private = PromotionCodePrivate

    active: bool = True
    code: str
    created: int
    customer: CustomerRef | None = None
    customer_account: str | None = None
    expires_at: int | None = None
    livemode: bool
    max_redemptions: int | None = None
    metadata: Metadata | None = {}
    promotion: PromotionCodePromotion
    restrictions: PromotionCodeRestrictions
    times_redeemed: int = 0


class PromotionCodePromotionParams(Params, kw_only=True):
    coupon: str | UnsetType = UNSET
    type: Literal["coupon"]


class PromotionCodeCurrencyOptionParams(Params, kw_only=True):
    minimum_amount: Positive | UnsetType = UNSET


CurrencyOptions = dict[str, PromotionCodeCurrencyOptionParams]


class PromotionCodeRestrictionsParams(Params, kw_only=True):
    currency_options: CurrencyOptions | UnsetType = UNSET
    first_time_transaction: bool | UnsetType = UNSET
    minimum_amount: Positive | UnsetType = UNSET
    minimum_amount_currency: str | UnsetType = UNSET


class PromotionCodeCreateParams(Params, kw_only=True):
    active: bool | UnsetType = UNSET
    code: Code | UnsetType = UNSET
    customer: str | UnsetType = UNSET
    customer_account: str | UnsetType = UNSET
    expires_at: int | UnsetType = UNSET
    max_redemptions: Positive | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    promotion: PromotionCodePromotionParams
    restrictions: PromotionCodeRestrictionsParams | UnsetType = UNSET


class PromotionCodeUpdateRestrictionsParams(Params, kw_only=True):
    currency_options: CurrencyOptions | UnsetType = UNSET


class PromotionCodeUpdateParams(Params, kw_only=True):
    active: bool | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    restrictions: PromotionCodeUpdateRestrictionsParams | UnsetType = UNSET


class PromotionCodeListParams(Params, kw_only=True):
    active: bool | UnsetType = UNSET
    code: str | UnsetType = UNSET
    coupon: str | UnsetType = UNSET
    created: Range | UnsetType = UNSET
    customer: str | UnsetType = UNSET
    customer_account: str | UnsetType = UNSET


@operation("GET /v1/promotion_codes")
def list_codes(tx: Tx, params: PromotionCodeListParams) -> Listing[PromotionCode]:
    """List promotion codes, newest first; a code is found in any case."""
    refuse_unsupported(params, "customer_account")
    columns = {
        name: getattr(params, name)
        for name in ("active", "code", "coupon", "customer")
        if given(getattr(params, name))
    }
    if given(params.code):
        columns["code"] = params.code.upper()
    return Listing(
        PromotionCode, columns, {"created": params.created} if given(params.created) else {}
    )


@operation("POST /v1/promotion_codes")
def create(tx: Tx, params: PromotionCodeCreateParams) -> PromotionCode:
    """Create a promotion code for a coupon; without a code eight characters are made up."""
    refuse_unsupported(params, "customer_account")
    if not given(params.promotion.coupon):
        raise InvalidRequest(
            "You must pass promotion.coupon when passing promotion", param="promotion.coupon"
        )
    coupon = find_coupon(tx, params.promotion.coupon, param="promotion[coupon]")
    # Who ends it meanwhile ends this code too.
    tx.rely_on(coupon)
    if given(params.customer):
        tx.get(REGISTRY["customer"].cls, params.customer, param="customer")
    _check_limits(tx, params, coupon)
    code = _checked(params.code) if given(params.code) else _made_up(tx)
    promotion = PromotionCode(
        id=tx.new_id(PromotionCode),
        active=value_or(params.active, True),
        code=code,
        created=tx.now,
        customer=value_or(params.customer, None),
        expires_at=value_or(params.expires_at, None),
        livemode=tx.book.livemode,
        max_redemptions=value_or(params.max_redemptions, None),
        metadata=merge_metadata(None, params.metadata),
        promotion=PromotionCodePromotion(coupon=coupon.id),
        restrictions=_restrictions(params.restrictions),
    )
    if promotion.active:
        _check_free(tx, promotion)
    return tx.add(promotion)


def _checked(code: str) -> str:
    if not CODE_FORM.fullmatch(code):
        raise InvalidRequest(
            "This value must match the regex pattern. (/\\A[a-zA-Z0-9\\-_]+\\z/ does not match for"
            f" the value {code}).",
            param="code",
        )
    return code


def _made_up(tx: Tx) -> str:
    code = ""
    while len(code) < GENERATED_LENGTH:
        # Upper and lower case would fall together; only upper case is kept.
        code += "".join(each for each in tx.secret(16) if not each.islower())
    return code[:GENERATED_LENGTH]


def _check_limits(tx: Tx, params: PromotionCodeCreateParams, coupon: Coupon) -> None:
    if not coupon.valid:
        raise InvalidRequest(
            f"The coupon {coupon.id} can no longer be redeemed: create the promotion code for a"
            " valid one.",
            param="promotion[coupon]",
        )
    if given(params.expires_at):
        check_future(tx, params.expires_at, "expires_at")
        if coupon.redeem_by is not None and params.expires_at > coupon.redeem_by:
            raise InvalidRequest(
                f"expires_at must not be later than the coupon's redeem_by, {coupon.redeem_by}.",
                param="expires_at",
            )
    most = coupon.max_redemptions
    if given(params.max_redemptions) and most is not None and params.max_redemptions > most:
        raise InvalidRequest(
            f"max_redemptions must not be greater than the coupon's, {most}.",
            param="max_redemptions",
        )


def _restrictions(
    params: PromotionCodeRestrictionsParams | UnsetType,
) -> PromotionCodeRestrictions:
    restrictions = PromotionCodeRestrictions()
    if params is UNSET:
        return restrictions
    restrictions.first_time_transaction = value_or(params.first_time_transaction, False)
    amount, currency = params.minimum_amount, params.minimum_amount_currency
    if given(amount) != given(currency):
        name = "minimum_amount_currency" if given(amount) else "minimum_amount"
        raise missing_param(f"restrictions[{name}]")
    if given(amount) and given(currency):
        check_amount(
            currency,
            amount,
            "restrictions[minimum_amount_currency]",
            "restrictions[minimum_amount]",
        )
        restrictions.minimum_amount = amount
        restrictions.minimum_amount_currency = currency.lower()
    _add_currencies(restrictions, params.currency_options)
    return restrictions


def _add_currencies(
    restrictions: PromotionCodeRestrictions, options: CurrencyOptions | UnsetType
) -> None:
    if options is UNSET:
        return
    if restrictions.minimum_amount is None:
        raise InvalidRequest(
            "You can only set currency_options on a promotion code with a minimum_amount.",
            param="restrictions[currency_options]",
        )
    known = {} if restrictions.currency_options is UNSET else restrictions.currency_options
    for written, option in options.items():
        path = f"restrictions[currency_options][{written}]"
        if not given(option.minimum_amount):
            raise missing_param(f"{path}[minimum_amount]")
        check_amount(written.lower(), option.minimum_amount, path, f"{path}[minimum_amount]")
        known[written.lower()] = PromotionCodeCurrencyOption(minimum_amount=option.minimum_amount)
    restrictions.currency_options = known


def _check_free(tx: Tx, promotion: PromotionCode) -> None:
    taken = tx.select(PromotionCode, claim=claim(promotion.code, promotion.customer))
    if any(each.id != promotion.id for each in taken):
        raise InvalidRequest(
            f"An active promotion code with `code: {promotion.code}` already exists."
        )


@operation("POST /v1/promotion_codes/{id}")
def update(tx: Tx, promotion: PromotionCode, params: PromotionCodeUpdateParams) -> PromotionCode:
    """Switch a promotion code on or off; one that has come to its end stays off."""
    if value_or(params.active, False) and not promotion.active:
        _check_alive(tx, promotion)
        _check_free(tx, promotion)
    if given(params.restrictions):
        _add_currencies(promotion.restrictions, params.restrictions.currency_options)
    assign(promotion, params, "active", "metadata")
    return promotion


def _check_alive(tx: Tx, promotion: PromotionCode) -> None:
    coupon = tx.find(Coupon, promotion.promotion.coupon)
    expired = promotion.expires_at is not None and promotion.expires_at <= tx.now
    if promotion.private.exhausted or expired or coupon is None or not coupon.valid:
        raise InvalidRequest(
            "This promotion code cannot be activated: it has expired, was redeemed as often as it"
            " may be, or its coupon is no longer valid.",
            param="active",
        )
    tx.rely_on(coupon)
