"""Coupon validity: coupons and promotion codes end by deletion, by their date or by their count."""

from prorata.engine.due import handles
from prorata.model.operation import Deleted, operation
from prorata.model.transaction import Tx
from prorata.resources.products.coupon import Coupon, find_coupon, withdraw
from prorata.resources.products.promotion_code import PromotionCode


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
        most = promotion.max_redemptions
        if most is not None and promotion.times_redeemed >= most:
            end_code(promotion)
    most = coupon.max_redemptions
    if most is not None and coupon.times_redeemed >= most:
        end_coupon(tx, coupon)


def end_coupon(tx: Tx, coupon: Coupon) -> None:
    """Mark a coupon as no longer redeemable, and its promotion codes with it."""
    coupon.valid = False
    _end_codes(tx, coupon)


def end_code(promotion: PromotionCode) -> None:
    """Switch a promotion code off for good."""
    promotion.active = False
    promotion.private.exhausted = True


def _end_codes(tx: Tx, coupon: Coupon) -> None:
    for promotion in tx.select(PromotionCode, coupon=coupon.id):
        end_code(promotion)
