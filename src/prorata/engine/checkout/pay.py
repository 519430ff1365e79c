"""Pay: a confirmed session's order is made, and its payment or set-up is asked for."""

from typing import Any

import msgspec

from prorata.engine.checkout.buyer import buyer
from prorata.engine.checkout.let_go import let_go, standing_order, terms_of
from prorata.engine.checkout.methods import put_options
from prorata.engine.checkout.order import order_subscription, redeem_for_payment
from prorata.engine.invoices.attempt import attempt_payment
from prorata.engine.invoices.intent import default_intent, open_payment
from prorata.engine.payments.collect import collect
from prorata.engine.payments.confirm import let_go as let_go_of_action
from prorata.engine.payments.set_up import release_setup, set_up
from prorata.model.errors import InvalidRequest
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.checkout.session import CheckoutSession
from prorata.resources.checkout.session_facts import Made
from prorata.resources.core.customer import Customer
from prorata.resources.payments.payment_intent import ENDED, PaymentIntent, new_intent
from prorata.resources.payments.payment_intent_params import ConfirmFacts
from prorata.resources.payments.payment_intent_shape import PaymentShipping
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.payments.setup_intent import OPEN, SetupIntent, new_setup_intent


def pay_subscription(
    tx: Tx, session: CheckoutSession, method: PaymentMethod, facts: ConfirmFacts
) -> None:
    """Subscribe, or go on with the subscription that waits for its payment, and try to pay it."""
    made: Made = session.private.made
    customer = buyer(tx, session)
    assert customer is not None, "a subscription has a customer"
    invoice = standing_order(tx, session)
    fresh = invoice is None
    if invoice is None:
        let_go(tx, session)
        subscription = order_subscription(tx, session, customer)
        invoice = tx.get(Invoice, subscription.latest_invoice or "")
        made.subscription, made.invoice = subscription.id, invoice.id
        made.terms = terms_of(session)
    intent = default_intent(tx, invoice)
    if intent is None or intent.status in ENDED:
        intent = open_payment(tx, invoice)
    intent.private.checkout_session = session.id
    put_options(session, intent)
    attempt = attempt_payment(
        tx, invoice, automatic=False, off_session=False, on_decline="raise",
        payment_method=method.id,
    )  # fmt: skip
    intent.private.confirmation = facts
    if fresh and attempt is not None:
        tx.sequence("created_and_paid")
        tx.hold(attempt.id)


def pay_once(
    tx: Tx, session: CheckoutSession, method: PaymentMethod, facts: ConfirmFacts, amount: int
) -> None:
    """Try to collect an amount (minor units) that is paid once."""
    made: Made = session.private.made
    customer = buyer(tx, session)
    if made.terms != terms_of(session):
        let_go(tx, session)
        made.discounts = [each.id for each in redeem_for_payment(tx, session, customer)]
        made.terms = terms_of(session)
    intent = tx.find(PaymentIntent, made.payment_intent)
    fresh = intent is None or intent.status in ENDED
    if intent is None or intent.status in ENDED:
        intent = _new_intent(tx, session, customer, amount)
        made.payment_intent = intent.id
    else:
        let_go_of_action(tx, intent)
        intent.amount = amount
        intent.customer = customer.id if customer is not None else None
    _describe(session, intent, method)
    put_options(session, intent)
    intent.payment_method = method.id
    attempt = collect(tx, intent, off_session=False, on_decline="raise", confirmation=facts)
    if fresh:
        tx.sequence("session_paid")
        tx.hold(attempt.id)


def _new_intent(
    tx: Tx, session: CheckoutSession, customer: Customer | None, amount: int
) -> PaymentIntent:
    data = session.private.payment_intent_data
    intent = new_intent(
        tx,
        amount=amount,
        currency=session.currency or "",
        customer=customer.id if customer is not None else None,
        types=list(session.payment_method_types),
        description=data.get("description"),
        metadata=data.get("metadata") or {},
        receipt_email=data.get("receipt_email"),
        capture_method=data.get("capture_method", "automatic_async"),
    )
    intent.allowed_payment_method_types = session.allowed_payment_method_types
    intent.private.checkout_session = session.id
    session.payment_intent = intent.id
    return intent


def _describe(session: CheckoutSession, intent: PaymentIntent, method: PaymentMethod) -> None:
    private = session.private
    data: dict[str, Any] = private.payment_intent_data
    collected = private.collected
    if intent.customer is not None:
        saves: Any = "on_session" if collected.save_payment_method else None
        intent.setup_future_usage = data.get("setup_future_usage") or saves
    if method.type != "card":
        intent.statement_descriptor = data.get("statement_descriptor")
    intent.statement_descriptor_suffix = data.get("statement_descriptor_suffix")
    shipping: Any = data.get("shipping")
    information = session.collected_information
    shipped = information.shipping_details if information is not None else None
    if shipped is not None:
        intent.shipping = PaymentShipping(
            address=shipped.address, name=shipped.name, phone=collected.phone
        )
    elif shipping is not None:
        intent.shipping = _as_shipping(shipping)


def _as_shipping(said: dict[str, Any]) -> PaymentShipping:

    return msgspec.convert(said, PaymentShipping)


def set_up_method(
    tx: Tx, session: CheckoutSession, method: PaymentMethod, facts: ConfirmFacts
) -> None:
    """Make a method ready for later: what is subscribed to begins once it is."""
    made: Made = session.private.made
    intent = tx.find(SetupIntent, made.setup_intent)
    fresh = intent is None or intent.status not in OPEN
    if intent is None or intent.status not in OPEN:
        intent = new_setup_intent(
            tx,
            customer=session.customer,
            types=list(session.payment_method_types),
            currency=session.currency,
            checkout_session=session.id,
        )
        made.setup_intent = intent.id
    release_setup(tx, intent)
    if session.mode == "setup":
        customer = buyer(tx, session)
        intent.customer = customer.id if customer is not None else None
    put_options(session, intent)
    intent.payment_method = method.id
    made.terms = terms_of(session)
    attempt = set_up(tx, intent, on_decline="raise", confirmation=facts)
    tx.sequence("session_set_up")
    if fresh:
        tx.hold(attempt.id)


def refuse_foreign(tx: Tx, session: CheckoutSession, method: PaymentMethod) -> None:
    """Raise InvalidRequest for a saved method that the visitor was not shown."""
    if method.customer is None or not tx.publishable:
        return
    saved = session.saved_payment_method_options
    shown = saved.allow_redisplay_filters if saved is not None else None
    if method.allow_redisplay not in (shown or ()):
        raise InvalidRequest(
            f"The PaymentMethod {method.id} can't be used in this Checkout Session.",
            param="payment_method",
        )
