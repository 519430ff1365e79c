"""Codes: promotion codes that a customer types in on the page of a change."""

from prorata.engine.catalogue.discounts import check_redeemable
from prorata.engine.portal.open_session import Guest
from prorata.model.errors import InvalidRequest, RateLimited
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import Subscription
from prorata.resources.portal.session import Offer
from prorata.resources.products.coupon import Coupon
from prorata.resources.products.price import find_price
from prorata.resources.products.promotion_code import PromotionCode

# How many codes may be tried in one session, so that nobody finds them by trying.
TRIES_MAX = 15
NOT_FOR_THIS = "portal_code_not_for_plan"


def code_named(
    tx: Tx, guest: Guest, subscription: Subscription, price: str, text: str
) -> PromotionCode:
    """Return the promotion code that a customer means; raise InvalidRequest for none.

    price: which one is chosen: a code that takes nothing off its product is refused.
    Raises RateLimited where too many were tried in this session.
    """
    allowed = guest.configuration.features.subscription_update.default_allowed_updates
    if "promotion_code" not in allowed:
        raise InvalidRequest("Promotion codes can't be used here.", param="code")
    if guest.session.private.tries > TRIES_MAX:
        raise RateLimited("portal_codes")
    wanted = text.strip().upper()
    found = tx.select(PromotionCode, code=wanted, active=True) if wanted else []
    for code in sorted(found, key=lambda each: each.customer is None):
        if code.customer in (None, guest.customer.id):
            check_redeemable(tx, "promotion_code", code.id, subscription.currency, "code")
            _check_for(tx, code, price)
            return code
    raise InvalidRequest("No such promotion code.", param="code")


def _check_for(tx: Tx, code: PromotionCode, price: str) -> None:
    coupon = tx.look(Coupon, code.promotion.coupon)
    terms = coupon.private.applies_to if coupon is not None else None
    if terms is not None and find_price(tx, price).product not in terms.products:
        raise InvalidRequest("This code is for other products.", code=NOT_FOR_THIS, param="code")


def coupons_of(tx: Tx, offer: Offer) -> list[Coupon]:
    """Return the coupons that an offer redeems."""
    codes = tx.load(PromotionCode, offer.codes, look=True)
    ids = [codes[id].promotion.coupon or "" for id in offer.codes if id in codes]
    found = tx.load(Coupon, [*ids, *offer.coupons], look=True)
    return [found[id] for id in (*ids, *offer.coupons) if id in found]
