"""Coupon validity: coupons and promotion codes end by deletion, by their date or by their count."""

from prorata.engine.due import handles
from prorata.model.operation import Deleted, operation
from prorata.model.transaction import Tx
from prorata.resources.products.coupon import Coupon, find_coupon, withdraw
from prorata.resources.products.promotion_code import PromotionCode, claim


@operation("DELETE /v1/coupons/{id}")
def delete_coupon(tx: Tx, id: str) -> Deleted:
    """Delete a coupon and end its promotion codes; the discounts that it gave go on."""
    coupon = find_coupon(tx, id)
    deleted = withdraw(tx, coupon)
    _end_codes(tx, coupon)
    return deleted


@handles("coupon")
def expire_coupon(tx: Tx, coupon: Coupon) -> None:
    """End a coupon whose last day to redeem has passed."""
    end_coupon(tx, coupon)


@handles("promotion_code")
def expire_code(tx: Tx, promotion: PromotionCode) -> None:
    """End a promotion code that has expired."""
    end_code(promotion)


def count_redemption(tx: Tx, coupon: Coupon, promotion: PromotionCode | None) -> None:
    """Count one redemption, and end what has been redeemed as often as it may be.

    Counting is not worth an event, like the other counters of what others did with an object.
    """
    coupon.times_redeemed += 1
    tx.quiet(coupon)
    if promotion is not None:
        promotion.times_redeemed += 1
        tx.quiet(promotion)
        if _used_up(promotion):
            end_code(promotion)
    if _used_up(coupon):
        end_coupon(tx, coupon)


def count_back(tx: Tx, coupon: Coupon | None, promotion: PromotionCode | None) -> None:
    """Take one redemption back; what ended by its count can be redeemed again."""
    if promotion is not None:
        promotion.times_redeemed = max(0, promotion.times_redeemed - 1)
        tx.quiet(promotion)
    if coupon is not None:
        used_up = _used_up(coupon)
        coupon.times_redeemed = max(0, coupon.times_redeemed - 1)
        tx.quiet(coupon)
        if used_up and not coupon.valid:
            coupon.valid = coupon.redeem_by is None or coupon.redeem_by > tx.now
        codes = tx.select(PromotionCode, coupon=coupon.id) if used_up else [promotion]
        for each in codes if coupon.valid else ():
            if each is not None:
                _revive(tx, each)


def _used_up(counted: Coupon | PromotionCode) -> bool:
    most = counted.max_redemptions
    return most is not None and counted.times_redeemed >= most


def _revive(tx: Tx, promotion: PromotionCode) -> None:
    """Let a code go on that has ended without having expired, or been redeemed often enough."""
    private = promotion.private
    expired = promotion.expires_at is not None and promotion.expires_at <= tx.now
    if not private.exhausted or expired or _used_up(promotion):
        return
    private.exhausted = False
    taken = claim(promotion.code, promotion.customer)
    # Its letters may be another code's by now; then it can be switched on once they are free.
    promotion.active = not tx.select(PromotionCode, claim=taken)


def end_coupon(tx: Tx, coupon: Coupon) -> None:
    """Mark a coupon as no longer redeemable, and its promotion codes with it."""
    coupon.valid = False
    _end_codes(tx, coupon)


def end_code(promotion: PromotionCode) -> None:
    """Switch a promotion code off for good."""
    promotion.active = False
    promotion.private.exhausted = True


def _end_codes(tx: Tx, coupon: Coupon) -> None:
    """End a coupon's codes; those that are off already need its validity to be switched on."""
    for promotion in tx.select(PromotionCode, coupon=coupon.id):
        if promotion.active:
            end_code(promotion)
