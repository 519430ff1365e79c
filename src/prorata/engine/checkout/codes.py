"""Codes: a visitor enters a promotion code, and finds out what it gives."""

from prorata.engine.checkout.figures import figures
from prorata.engine.checkout.unlock import CODE_TRIES, WRONG_CODES
from prorata.model.errors import InvalidRequest
from prorata.model.transaction import Tx
from prorata.resources.checkout.session import CheckoutSession
from prorata.resources.checkout.session_shape import SessionDiscount
from prorata.resources.products.coupon import Coupon
from prorata.resources.products.promotion_code import PromotionCode, claim

INVALID = "This code is invalid."
PARAM = "promotion_code"


def takes_codes(session: CheckoutSession) -> bool:
    """Return whether the visitor may enter a promotion code."""
    return session.allow_promotion_codes is True and session.mode != "setup"


def take_code(tx: Tx, session: CheckoutSession, text: str) -> None:
    """Apply the promotion code that a visitor entered; raise InvalidRequest where it can't be.

    Each try counts, whatever comes of it: RateLimited is raised after too many, and where visitors
    open sessions themselves after too many wrong ones at all of them.
    """
    if not takes_codes(session):
        raise InvalidRequest(
            "This Checkout Session does not take promotion codes: create it with"
            " `allow_promotion_codes`.",
            param=PARAM,
        )
    CODE_TRIES.count(tx.real_now, session.id)
    place = session.payment_link or session.private.pricing_table
    if place is not None:
        WRONG_CODES.check(tx.real_now, place)
    promotion = find_code(tx, session, text)
    if promotion is None:
        if place is not None:
            WRONG_CODES.count(tx.real_now, place)
        raise InvalidRequest(INVALID, code="promotion_code_invalid", param=PARAM)
    before = session.discounts
    session.discounts = [SessionDiscount(promotion_code=promotion.id)]
    refusal = _refusal(tx, session, promotion)
    if refusal is not None:
        session.discounts = before
        raise refusal


def find_code(tx: Tx, session: CheckoutSession, text: str) -> PromotionCode | None:
    """Return the active code that a text names for a session's customer or for all."""
    text = text.strip()
    if not text:
        return None
    claims = [claim(text, None)]
    if session.customer is not None:
        claims.insert(0, claim(text, session.customer))
    for each in claims:
        found = tx.select(PromotionCode, claim=each, limit=1)
        if found:
            return found[0]
    return None


def _refusal(tx: Tx, session: CheckoutSession, promotion: PromotionCode) -> InvalidRequest | None:
    coupon = tx.find(Coupon, promotion.promotion.coupon)
    minimums = promotion.restrictions.minimums
    least = minimums.get(session.currency or "")
    if minimums and (least is None or session.private.sums.subtotal < least):
        return InvalidRequest(
            "The amount is below the minimum of this code.",
            code="promotion_code_amount_insufficient",
            param=PARAM,
        )
    try:
        found = figures(tx, session)
    except InvalidRequest as error:
        return InvalidRequest(
            error.message, code=error.code or "promotion_code_invalid", param=PARAM
        )
    applies_to = coupon.private.applies_to if coupon is not None else None
    discounts = sum(each.discount for each in found.items.values())
    if applies_to is not None and not discounts and not (found.next and found.next.discount):
        return InvalidRequest(
            "This code applies to nothing in this order.",
            code="coupon_applies_to_nothing",
            param=PARAM,
        )
    return None


def drop_code(session: CheckoutSession) -> None:
    """Take the code that the visitor entered off again; the seller's own discounts stay."""
    if takes_codes(session):
        session.discounts = []


def drop_spent_code(tx: Tx, session: CheckoutSession) -> None:
    """Take the code that the visitor of a former session entered off, unless it still holds."""
    if not takes_codes(session):
        return
    for each in session.discounts or ():
        promotion = tx.find(PromotionCode, each.promotion_code)
        if promotion is None or _refusal(tx, session, promotion) is not None:
            session.discounts = []
            return
