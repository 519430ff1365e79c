"""Let go: what a confirmation made and nobody paid is taken back, so that it can be made anew."""

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from prorata.engine.catalogue.coupon_validity import count_back
from prorata.engine.checkout.automatic_tax import location_of
from prorata.engine.invoices.intent import default_intent
from prorata.engine.invoices.loss import void
from prorata.engine.payments.confirm import change_amount
from prorata.engine.payments.payment_intents import cancel_intent
from prorata.engine.payments.setup_intents import cancel_setup
from prorata.model.errors import LockTimeout
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.subscription import ENDED, Subscription
from prorata.resources.checkout.session import CheckoutSession
from prorata.resources.checkout.session_facts import Made
from prorata.resources.payments.payment_intent import CONFIRMABLE, PaymentIntent
from prorata.resources.payments.setup_intent import OPEN, SetupIntent
from prorata.resources.products.coupon import Coupon
from prorata.resources.products.discount import Discount
from prorata.resources.products.promotion_code import PromotionCode


def terms_of(session: CheckoutSession) -> str:
    """Return a digest of what a session sells: an order for the same is the same order."""
    private = session.private
    facts: Any = (
        [(each.price, each.quantity, each.custom_amount, each.tax_rates) for each in private.items],
        [(each.coupon, each.promotion_code) for each in session.discounts or ()],
        session.currency,
        private.shipping_rate,
        private.subscription_data,
        *location_of(session),
    )
    return hashlib.sha256(msgspec.json.encode(facts)).hexdigest()[:32]


def standing_order(tx: Tx, session: CheckoutSession) -> Invoice | None:
    """Return the unpaid invoice of an earlier confirmation, if it is for the same cart."""
    made: Made = session.private.made
    invoice = tx.find(Invoice, made.invoice)
    if invoice is None or invoice.status != "open" or made.terms != terms_of(session):
        return None
    subscription = tx.find(Subscription, made.subscription)
    return invoice if subscription is not None and subscription.status not in ENDED else None


def intent_of(tx: Tx, session: CheckoutSession) -> PaymentIntent | SetupIntent | None:
    """Return the intent on which the payment or set-up of a session stands, None before."""
    made: Made = session.private.made
    invoice = tx.find(Invoice, made.invoice)
    if invoice is not None:
        return default_intent(tx, invoice)
    return tx.find(PaymentIntent, made.payment_intent or session.payment_intent) or tx.find(
        SetupIntent, made.setup_intent
    )


def wait_for_answer(tx: Tx, session: CheckoutSession) -> None:
    """Raise LockTimeout while the gateway is being asked about the session's payment."""
    intent = intent_of(tx, session)
    if intent is not None and intent.private.asking:
        raise LockTimeout()


def is_being_paid(tx: Tx, session: CheckoutSession) -> bool:
    """Return whether the gateway, or the payer's bank, is at the payment of an open session."""
    intent = intent_of(tx, session) if session.status == "open" else None
    return intent is not None and (intent.private.asking or intent.status == "requires_action")


def let_go(tx: Tx, session: CheckoutSession) -> None:
    """End the incomplete subscription and what was redeemed; raise LockTimeout while it is paid.

    The intent of a single payment stays: it can be confirmed again for another amount.
    """
    made: Made = session.private.made
    subscription = tx.find(Subscription, made.subscription)
    invoice = tx.find(Invoice, made.invoice)
    if invoice is not None and invoice.status == "open" and not invoice.amount_paid:
        void(tx, invoice)
    if subscription is not None and subscription.status in ENDED:
        _take_back(tx, tx.select(Discount, subscription=subscription.id))
    made.subscription = made.invoice = None
    take_back(tx, session)


def take_back(tx: Tx, session: CheckoutSession) -> None:
    """Let what a single payment redeemed be redeemed once more."""
    made: Made = session.private.made
    _take_back(tx, tx.load(Discount, made.discounts).values())
    made.discounts, made.terms = [], None


def let_go_of_other(tx: Tx, session: CheckoutSession, due: int) -> None:
    """End what was begun for another order than a session's is by now, which comes to `due`.

    Else a bank that is still asking about it would let the old one be paid, and the new one given.
    """
    made: Made = session.private.made
    if made.terms is None or made.terms == terms_of(session):
        return
    let_go(tx, session)
    intent = tx.find(PaymentIntent, made.payment_intent)
    if intent is not None and intent.status in CONFIRMABLE and due:
        change_amount(tx, intent, due)
    elif intent is not None and intent.status in CONFIRMABLE:
        cancel_intent(tx, intent, "abandoned")
    setup = tx.find(SetupIntent, made.setup_intent)
    if setup is not None and setup.status == "requires_action":
        cancel_setup(tx, setup, "abandoned")


def let_go_of_all(tx: Tx, session: CheckoutSession) -> None:
    """End everything that a session has begun: it has come to its end unpaid."""
    let_go(tx, session)
    made: Made = session.private.made
    intent = tx.find(PaymentIntent, made.payment_intent)
    if intent is not None and intent.status in CONFIRMABLE:
        cancel_intent(tx, intent, "abandoned")
    setup = tx.find(SetupIntent, made.setup_intent)
    if setup is not None and setup.status in OPEN:
        cancel_setup(tx, setup, "abandoned")


def _take_back(tx: Tx, discounts: Iterable[Discount]) -> None:
    """Let what an order redeemed be redeemed once more."""
    for discount in discounts:
        if discount.private.ended is None:
            discount.private.ended = tx.now
        count_back(
            tx,
            tx.find(Coupon, discount.source.coupon),
            tx.find(PromotionCode, discount.promotion_code),
        )
