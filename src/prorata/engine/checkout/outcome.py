"""Outcome: what becomes of a session when its payment, or its set-up, comes to something."""

from collections.abc import Callable
from functools import partial
from typing import Any

import structlog

from prorata.engine.checkout.buyer import buyer, details_of, known_customer, refuse_deleted
from prorata.engine.checkout.figures import refresh
from prorata.engine.checkout.let_go import take_back
from prorata.engine.checkout.order import order_subscription, redeem_for_payment
from prorata.engine.checkout.receipt import invoice_for_payment
from prorata.engine.payments.attach import keep_for
from prorata.engine.payments.intent_hooks import on_session_payment
from prorata.engine.payments.setup_hooks import on_session_setup
from prorata.model.errors import InvalidRequest
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import Subscription
from prorata.resources.checkout.session import CheckoutSession
from prorata.resources.checkout.session_shape import (
    CollectedInformation,
    Consent,
    PaymentStatus,
)
from prorata.resources.core.customer import Customer
from prorata.resources.payments.payment_error import payment_error
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.payments.setup_intent import SetupIntent

log = structlog.get_logger("prorata.engine")
OnCompleted = Callable[[Tx, CheckoutSession], None]
ON_COMPLETED: list[OnCompleted] = []


def on_completed(hook: OnCompleted) -> OnCompleted:
    """Register who must know that a session has come to its good end: its payment link."""
    ON_COMPLETED.append(hook)
    return hook


@on_session_payment
def payment_came_to_something(tx: Tx, intent: PaymentIntent, event: str) -> None:
    """Complete a session whose payment has come, is reserved or is on its way; tell what it was."""
    session = tx.find(CheckoutSession, intent.private.checkout_session)
    if session is None:
        return
    if session.status == "complete":
        _late(tx, session, intent, event)
    elif event == "failed":
        session.private.last_error = intent.last_payment_error
    else:
        _paid(tx, session, intent, "paid" if event == "succeeded" else "unpaid")
        session.private.delayed = event == "processing"


def _late(tx: Tx, session: CheckoutSession, intent: PaymentIntent, event: str) -> None:
    """Tell what became of a payment that was on its way, or reserved, at completion."""
    if session.payment_status != "unpaid":
        return
    delayed = session.private.delayed
    if event == "succeeded":
        session.payment_status = "paid"
        _make_receipt(tx, session, intent)
        if delayed:
            tx.emit_last("checkout.session.async_payment_succeeded", session)
    elif event == "failed" and delayed:
        session.private.delayed = False
        take_back(tx, session)
        tx.emit_last("checkout.session.async_payment_failed", session)


def _paid(tx: Tx, session: CheckoutSession, intent: PaymentIntent, status: PaymentStatus) -> None:
    made, customer = session.private.made, known_customer(tx, session)
    method = tx.find(PaymentMethod, intent.payment_method)
    if session.mode == "subscription":
        subscription = tx.find(Subscription, made.subscription)
        saved = method is not None and customer is not None and method.customer == customer.id
        if subscription is not None and method is not None and saved:
            tx.rely_on(method)
            subscription.default_payment_method = method.id
    elif session.mode == "payment":
        session.payment_intent = intent.id
        tx.sequence("session_paid")
    _offer_again(session, method)
    if session.mode == "payment" and status == "paid":
        _make_receipt(tx, session, intent)
    complete(tx, session, status, customer)


def _offer_again(session: CheckoutSession, method: PaymentMethod | None) -> None:
    """Note on a saved method whether it may be shown to its customer the next time."""
    if method is None or method.customer is None:
        return
    if session.private.collected.save_payment_method:
        method.allow_redisplay = "always"
    elif session.private.allow_redisplay is not None:
        method.allow_redisplay = session.private.allow_redisplay
    elif method.allow_redisplay == "unspecified":
        method.allow_redisplay = "limited"


def _make_receipt(tx: Tx, session: CheckoutSession, intent: PaymentIntent | None) -> None:
    """Make the invoice of a payment where the session wants one; count its discounts else."""
    if session.mode != "payment":
        return
    creation, customer = session.invoice_creation, known_customer(tx, session)
    if intent is None:
        # What an earlier try of a payment has redeemed, included.
        take_back(tx, session)
    work: Callable[[], Any]
    if creation is not None and creation.enabled and customer is not None:
        work = partial(invoice_for_payment, tx, session, customer, intent)
    elif session.private.made.terms is None:
        work = partial(redeem_for_payment, tx, session, customer)
    else:
        return
    try:
        # The money has come all the same; nothing that is refused leaves its half behind.
        with tx.suppose():
            work()
    except InvalidRequest as error:
        log.warning("a paid session could not redeem", session=session.id, reason=error.message)
        return
    work()


@on_session_setup
def setup_succeeded(tx: Tx, intent: SetupIntent, method: PaymentMethod) -> None:
    """Complete a session whose method is ready; what it subscribes to begins now."""
    session = tx.find(CheckoutSession, intent.private.checkout_session)
    if session is None or session.status != "open":
        return
    if session.mode == "setup":
        tx.sequence("session_set_up")
        _offer_again(session, method)
        complete(tx, session, "no_payment_required", known_customer(tx, session))
        return
    try:
        refuse_deleted(tx, session)
        due = refresh(tx, session).due
    except InvalidRequest as error:
        _note(session, error.message)
        return
    if due:
        _note(session, "The amount has changed. Please look at it, and confirm once more.")
        return
    tx.sequence("session_set_up")
    begin_unpaid(tx, session, method, intent)


def _note(session: CheckoutSession, message: str) -> None:
    session.private.last_error = payment_error(
        type="invalid_request_error", code="checkout_amount_mismatch", message=message,
        payment_method=None,
    )  # fmt: skip


def begin_unpaid(
    tx: Tx,
    session: CheckoutSession,
    method: PaymentMethod | None,
    intent: SetupIntent | None = None,
) -> None:
    """Complete a session that owes nothing now: its subscription begins, a payment is not made."""
    customer = buyer(tx, session)
    if method is not None and customer is not None and method.customer is None:
        keep_for(tx, method, customer.id)
    if intent is not None and customer is not None:
        intent.customer = customer.id
    _offer_again(session, method)
    if session.mode == "subscription":
        assert customer is not None, "a subscription has a customer"
        subscription = order_subscription(
            tx, session, customer, method.id if method is not None else None
        )
        session.private.made.subscription = subscription.id
        session.private.made.invoice = subscription.latest_invoice
    else:
        _make_receipt(tx, session, None)
    complete(tx, session, "no_payment_required", customer)


def complete(
    tx: Tx, session: CheckoutSession, status: PaymentStatus, customer: Customer | None
) -> None:
    """Bring a session to its good end and tell it."""
    private = session.private
    made, collected = private.made, private.collected
    session.status, session.payment_status, session.url = "complete", status, None
    private.last_error = None
    # Also one who was deleted while the gateway was asked.
    session.customer = customer.id if customer is not None else session.customer or made.customer
    if session.mode == "subscription":
        session.subscription, session.invoice = made.subscription, made.invoice
    information = session.collected_information or CollectedInformation()
    information.business_name = collected.business_name
    information.individual_name = collected.individual_name
    session.collected_information = information
    asked = session.consent_collection
    if asked is not None:
        session.consent = session.consent or Consent()
        if asked.promotions == "auto" and session.consent.promotions is None:
            session.consent.promotions = "opt_out"
    session.customer_details = details_of(tx, session, customer)
    for hook in ON_COMPLETED:
        hook(tx, session)
    tx.emit_last("checkout.session.completed", session)
