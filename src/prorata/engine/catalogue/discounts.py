"""Discounts: coupons and promotion codes are redeemed, and what they gave comes to its end."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from prorata.engine.catalogue.coupon_validity import count_redemption
from prorata.engine.due import handles
from prorata.model.difference import previous_attributes, reverse_patch
from prorata.model.errors import InvalidRequest, LockTimeout, missing_param, no_such
from prorata.model.params import given
from prorata.model.resource import REGISTRY
from prorata.model.transaction import Tx
from prorata.resources.core.customer import Customer
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.products.coupon import Coupon, find_coupon
from prorata.resources.products.discount import (
    DeletedDiscount,
    Discount,
    DiscountPrivate,
    DiscountSource,
    removed,
)
from prorata.resources.products.promotion_code import PromotionCode
from prorata.rules.calendar import add_intervals

DISCOUNTS_MAX = 20
WAYS = ("coupon", "discount", "promotion_code")


def redeem(
    tx: Tx,
    entries: Iterable[Any],
    *,
    customer: str | None,
    path: str = "discounts",
    subscription: str | None = None,
    subscription_item: str | None = None,
    invoice: str | None = None,
    invoice_item: str | None = None,
    checkout_session: str | None = None,
    currency: str | None = None,
    purchase: int | None = None,
    start: int | None = None,
    told: bool = True,
) -> list[Discount]:
    """Return the discounts of a `discounts` parameter, in its order; new ones are added.

    Each entry has one of coupon, promotion_code and discount (an existing one, to be kept).
    currency: that of what is bought, where it is known. purchase: what is bought for, in minor
    units; without it codes with a minimum amount are refused. start: the second from which new
    discounts count, if not from now. told: events tell of discounts of a customer or a whole
    subscription. An empty `path` means that the entry's fields are parameters by themselves.
    Raises InvalidRequest, by the entry's name, for what cannot be redeemed or is there twice, and
    LockTimeout for a first purchase while another payment is being made; what was `planned`
    before is left out where it cannot be given any more.
    """
    found: list[Discount] = []
    for place, entry in enumerate(_counted(entries, path)):
        where = f"{path}[{place}]" if path else ""
        way = _way(entry, where)
        value = getattr(entry, way)
        param = _at(where, way)
        try:
            if way == "discount":
                discount = _kept(tx, value, customer, param)
            else:
                coupon, promotion = _coupon_of(tx, way, value, param)
                _check(tx, coupon, promotion, customer, currency, purchase, param)
        except InvalidRequest:
            if getattr(entry, "planned", False):
                continue
            raise
        if way != "discount":
            discount = _new(tx, coupon, promotion, customer, start)
            discount.subscription, discount.subscription_item = subscription, subscription_item
            discount.invoice, discount.invoice_item = invoice, invoice_item
            discount.checkout_session = checkout_session
        if any(each.source.coupon == discount.source.coupon for each in found):
            if getattr(entry, "planned", False):
                continue
            raise _applied_twice(discount.source.coupon, path, param)
        found.append(discount)
        if way != "discount":
            _give(tx, discount, coupon, promotion, told)
    return found


def _give(
    tx: Tx, discount: Discount, coupon: Coupon, promotion: PromotionCode | None, told: bool
) -> None:
    tx.add(discount)
    count_redemption(tx, coupon, promotion)
    if told and is_announced(discount):
        tx.emit("customer.discount.created", discount)


def check_plannable(tx: Tx, entries: Sequence[Any], path: str) -> None:
    """Raise InvalidRequest for more discounts than there can be, and for two of one coupon."""
    coupons: set[str | None] = set()
    for place, entry in enumerate(_counted(entries, path)):
        where = f"{path}[{place}]"
        way = _way(entry, where)
        coupon = _coupon_named(tx, way, getattr(entry, way))
        if coupon is not None and coupon in coupons:
            raise _applied_twice(coupon, path, _at(where, way))
        coupons.add(coupon)


def _coupon_named(tx: Tx, way: str, id: str) -> str | None:
    if way == "coupon":
        return id
    if way == "discount":
        discount = tx.find(Discount, id)
        return None if discount is None else discount.source.coupon
    code = tx.find(PromotionCode, id)
    return None if code is None else code.promotion.coupon


def _applied_twice(coupon: str | None, path: str, param: str) -> InvalidRequest:
    return InvalidRequest(
        f"The coupon {coupon} is applied more than once in `{path}`: a coupon, and each promotion"
        " code and discount of it, can be applied once.",
        param=param,
    )


def check_redeemable(tx: Tx, way: str, id: str, currency: str, param: str) -> None:
    """Raise InvalidRequest for a coupon, code or discount that cannot be planned to be given."""
    if way == "discount":
        tx.get(Discount, id, param=param)
        return
    coupon, promotion = _coupon_of(tx, way, id, param)
    if promotion is not None:
        _check_active(tx, promotion, param)
    _check_coupon(tx, coupon, currency, param)


def _counted(entries: Iterable[Any], path: str) -> list[Any]:
    listed = list(entries)
    if len(listed) > DISCOUNTS_MAX:
        raise InvalidRequest(
            f"You can apply at most {DISCOUNTS_MAX} discounts; you passed {len(listed)}.",
            param=path,
        )
    return listed


def _at(where: str, name: str) -> str:
    return f"{where}[{name}]" if where else name


def is_announced(discount: Discount) -> bool:
    """Return whether events tell of a discount: one of a customer or of a whole subscription."""
    return (
        discount.customer is not None
        and (
            discount.subscription_item
            or discount.invoice
            or discount.invoice_item
            or discount.checkout_session
        )
        is None
    )


def _way(entry: Any, where: str) -> str:
    """Return which field of an entry says what to redeem."""
    ways = [name for name in WAYS if given(getattr(entry, name, UNSET)) and getattr(entry, name)]
    if not ways:
        raise missing_param(_at(where, "coupon"))
    if len(ways) > 1:
        names = [_at(where, name) for name in ways]
        raise InvalidRequest(
            f"You may only specify one of these parameters: {', '.join(names)}.", param=names[0]
        )
    return ways[0]


def _kept(tx: Tx, id: str, customer: str | None, param: str) -> Discount:
    discount = tx.find(Discount, id)
    if discount is None or discount.customer != customer or discount.private.ended is not None:
        raise no_such("discount", id, param=param, status=400)
    return discount


def _coupon_of(tx: Tx, way: str, value: str, param: str) -> tuple[Coupon, PromotionCode | None]:
    if way == "coupon":
        return find_coupon(tx, value, param), None
    promotion = tx.get(PromotionCode, value, param=param)
    return find_coupon(tx, promotion.promotion.coupon or "", param), promotion


def _check(
    tx: Tx,
    coupon: Coupon,
    promotion: PromotionCode | None,
    customer: str | None,
    currency: str | None,
    purchase: int | None,
    param: str,
) -> None:
    if promotion is not None:
        _check_code(tx, promotion, customer, currency, purchase, param)
    _check_coupon(tx, coupon, currency, param)


def _check_coupon(tx: Tx, coupon: Coupon, currency: str | None, param: str) -> None:
    expired = coupon.redeem_by is not None and coupon.redeem_by <= tx.now
    if not coupon.valid or expired:
        raise InvalidRequest(f"Coupon expired: {coupon.id}", code="coupon_expired", param=param)
    if coupon.percent_off is None and currency is not None and currency not in coupon.amounts:
        raise InvalidRequest(
            f"The coupon {coupon.id} has no amount in {currency}: it can be applied to"
            f" {', '.join(sorted(coupon.amounts))} only.",
            param=param,
        )


def _check_code(
    tx: Tx,
    promotion: PromotionCode,
    customer: str | None,
    currency: str | None,
    purchase: int | None,
    param: str,
) -> None:
    _check_active(tx, promotion, param)
    if promotion.customer is not None and promotion.customer != customer:
        raise InvalidRequest(
            "This promotion code cannot be redeemed because it belongs to another customer.",
            param=param,
        )
    limits = promotion.restrictions
    if limits.first_time_transaction and customer is not None and has_bought(tx, customer):
        raise InvalidRequest(
            "This promotion code cannot be redeemed because the associated customer has prior"
            " transactions.",
            code="promotion_code_customer_not_first_time",
            param=param,
        )
    if limits.first_time_transaction and customer is not None and _is_buying(tx, customer):
        raise LockTimeout()
    if not limits.minimums:
        return
    if purchase is None:
        raise InvalidRequest(
            "Promotion codes with a minimum amount can only be redeemed with a first payment, not"
            " here.",
            param=param,
        )
    least = limits.minimums.get(currency or "")
    if least is None or purchase < least:
        raise InvalidRequest(
            "This promotion code cannot be redeemed because the associated purchase does not meet"
            " the minimum amount requirement.",
            param=param,
        )


def _check_active(tx: Tx, promotion: PromotionCode, param: str) -> None:
    expired = promotion.expires_at is not None and promotion.expires_at <= tx.now
    if not promotion.active or expired:
        raise InvalidRequest(
            f"The promotion code {promotion.code} is inactive and cannot be redeemed.", param=param
        )


def has_bought(tx: Tx, customer: str) -> bool:
    """Return whether a customer has paid anything: a charge that succeeded or a paid invoice."""
    for kind, status in (("invoice", "paid"), ("charge", "succeeded")):
        spec = REGISTRY.get(kind)
        if spec and tx.select(spec.cls, customer=customer, status=status, limit=1):
            return True
    return False


def _is_buying(tx: Tx, customer: str) -> bool:
    """Return whether a gateway is being asked about a payment of a customer's.

    That of a Checkout session is left out: the session is shown, with its code, meanwhile.
    """
    return any(
        each.private.asking and each.private.checkout_session is None
        for status in ("requires_confirmation", "processing")
        for each in tx.select(PaymentIntent, customer=customer, status=status)
    )


def _new(
    tx: Tx,
    coupon: Coupon,
    promotion: PromotionCode | None,
    customer: str | None,
    start: int | None,
) -> Discount:
    start = tx.now if start is None else start
    end = None
    if coupon.duration == "repeating":
        end = add_intervals(start, "month", 1, coupon.duration_in_months or 0)
    discount = Discount(
        id=tx.new_id(Discount, owner=customer),
        customer=customer,
        end=end,
        promotion_code=None if promotion is None else promotion.id,
        source=DiscountSource(coupon=coupon.id),
        start=start,
    )
    applies_to = coupon.private.applies_to
    discount.private = DiscountPrivate(
        percent_off=coupon.percent_off,
        amounts=coupon.amounts,
        duration=coupon.duration,
        products=applies_to and applies_to.products,
    )
    return discount


def end_discount(tx: Tx, discount: Discount, *, told: bool = True) -> DeletedDiscount:
    """End a discount now, take it off whatever has it, and return the answer to a removal.

    told: say customer.discount.deleted, for those that events tell of at all.
    """
    if discount.private.ended is None:
        discount.private.ended = tx.now
        _take_off(tx, discount)
        if told and is_announced(discount):
            tx.emit("customer.discount.deleted", discount)
    return removed(discount)


def end_discounts(tx: Tx, gone: Iterable[str], kept: Collection[str]) -> None:
    """End the discounts that a subscription had, or was to have, and that are not kept."""
    for discount in tx.load(Discount, [id for id in gone if id not in kept]).values():
        end_discount(tx, discount)


def running_discounts(tx: Tx, ids: Collection[str]) -> list[str]:
    """Return which of these discounts have not ended, in the same order."""
    found = tx.load(Discount, ids)
    return [id for id in ids if id in found and found[id].private.ended is None]


def _take_off(tx: Tx, discount: Discount) -> None:
    """Take an ended discount off its customer or subscription; invoices go on naming theirs."""
    if discount.subscription is not None:
        cls: type[Any] = REGISTRY["subscription"].cls
        subscription = tx.find(cls, discount.subscription)
        if subscription is None:
            return
        for holder in (subscription, *subscription.items.data):
            if discount.id in holder.discounts:
                holder.discounts = [id for id in holder.discounts if id != discount.id]
    elif discount.customer is not None:
        customer = tx.find(Customer, discount.customer)
        if customer is not None and customer.discount and customer.discount.id == discount.id:
            customer.discount = None


def spend(tx: Tx, ids: Iterable[str], invoice: str) -> None:
    """End those of an invoice's discounts that apply once and aren't held: it is final."""
    for discount in tx.load(Discount, ids).values():
        if discount.private.held == invoice or discount.private.ended is not None:
            continue
        if discount.private.duration == "once":
            end_discount(tx, discount)


def discount_customer(tx: Tx, customer: Customer, entry: Any) -> None:
    """Give a customer the discount of a coupon or promotion code, in place of the one it has.

    `entry` has `coupon` or `promotion_code`. Raises InvalidRequest as `redeem` does.
    """
    former = customer.discount and tx.find(Discount, customer.discount.id)
    [discount] = redeem(tx, [entry], customer=customer.id, path="", told=False)
    if former is None:
        tx.emit("customer.discount.created", discount)
    else:
        end_discount(tx, former, told=False)
        patch = reverse_patch(msgspec.to_builtins(discount), msgspec.to_builtins(former))
        tx.emit("customer.discount.updated", discount, previous_attributes(patch))
    customer.discount = discount


@handles("discount")
def discount_ends(tx: Tx, discount: Discount) -> None:
    """End a repeating discount whose months are over."""
    end_discount(tx, discount)
