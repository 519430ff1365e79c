"""Mark: what tells a session's page from another of the same session that sells something else."""

import hashlib

import msgspec

from prorata.engine.checkout.figures import Figures
from prorata.model.errors import InvalidRequest
from prorata.model.params import given
from prorata.resources.checkout.page_params import PageConfirmParams
from prorata.resources.checkout.session import CheckoutSession


def mark_of(session: CheckoutSession, found: Figures, rate: str | None) -> str:
    """Return a digest of what a page shows: what is sold, less what, sent how, and what follows.

    rate: the shipping rate that is shown.

    What is due now has a parameter of its own (`expected_amount`); it does not tell what a trial
    leads to. Moments are not part of it: a trial of some days begins when it is confirmed.
    """
    told = [
        [[each.price, each.quantity, each.custom_amount] for each in session.private.items],
        [[each.coupon, each.promotion_code] for each in session.discounts or ()],
        rate,
        found.next.total if found.next is not None else None,
    ]
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()[:16]


def check_mark(
    session: CheckoutSession, params: PageConfirmParams, found: Figures, rate: str | None
) -> None:
    """Raise InvalidRequest where the visitor has seen another order than would be carried out.

    rate: the shipping rate before this request, which may name another, as wallets do.
    """
    if given(params.expected_mark) and params.expected_mark != mark_of(session, found, rate):
        raise InvalidRequest(
            "What this Checkout Session sells, or what follows, is not what the page with the"
            " `expected_mark` showed. Show it anew and confirm again.",
            code="checkout_page_outdated",
            param="expected_mark",
        )
