"""Confirm: the visitor agrees to what a session's page shows, and pays."""

from msgspec import UNSET

from prorata.engine.checkout.automatic_tax import check_located
from prorata.engine.checkout.buyer import collect_from_method, refuse_deleted
from prorata.engine.checkout.change import apply_change
from prorata.engine.checkout.figures import Figures, check_chargeable, refresh
from prorata.engine.checkout.let_go import let_go_of_other, wait_for_answer
from prorata.engine.checkout.mark import check_mark
from prorata.engine.checkout.methods import check_method
from prorata.engine.checkout.missing import check_nothing_missing
from prorata.engine.checkout.outcome import begin_unpaid, complete
from prorata.engine.checkout.page import page_of
from prorata.engine.checkout.pay import (
    pay_once,
    pay_subscription,
    refuse_foreign,
    set_up_method,
)
from prorata.engine.checkout.subscribed import refuse_subscribed
from prorata.engine.checkout.unlock import check_open, count_confirmation, unlock
from prorata.engine.checkout.visit import take_place
from prorata.engine.payments.attach import detach_method
from prorata.engine.payments.confirmation_tokens import method_of_token
from prorata.engine.payments.payment_method_of import payment_method_of
from prorata.engine.payments.tokenize import method_of_data
from prorata.model.errors import InvalidRequest
from prorata.model.operation import operation
from prorata.model.params import given, plain, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import LIVE, Subscription
from prorata.resources.checkout.page_params import (
    PageChangeParams,
    PageConfirmParams,
    PageRemoveMethodParams,
    PageRetrieveParams,
)
from prorata.resources.checkout.payment_page import PaymentPage
from prorata.resources.checkout.session import CheckoutSession
from prorata.resources.core.customer import Customer
from prorata.resources.payments.payment_intent_params import ConfirmFacts
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.rules.currency import format_amount

PAGE = "GET /v1/payment_pages/{id}"
WAYS = ("confirmation_token", "payment_method", "payment_method_data")
NEEDS_METHOD = (
    "You must provide a `payment_method` to confirm this Checkout Session, or describe one in"
    " `payment_method_data`."
)


@operation(PAGE, publishable=True)
def retrieve(tx: Tx, session: CheckoutSession, params: PageRetrieveParams) -> PaymentPage:
    """Return everything that a session's page shows, at this moment."""
    unlock(tx, session, params.client_secret)
    return page_of(tx, session)


@operation("POST /v1/payment_pages/{id}", publishable=True, view=page_of)
def change(tx: Tx, session: CheckoutSession, params: PageChangeParams) -> CheckoutSession:
    """Write what a visitor says, and work the amounts out again."""
    unlock(tx, session, params.client_secret)
    check_open(tx, session)
    wait_for_answer(tx, session)
    apply_change(tx, session, params)
    let_go_of_other(tx, session, refresh(tx, session).due)
    return session


@operation("POST /v1/payment_pages/{id}/confirm", publishable=True, view=page_of)
def confirm(tx: Tx, session: CheckoutSession, params: PageConfirmParams) -> CheckoutSession:
    """Order and pay what a session sells; a decline is raised (402), and can be mended.

    A session that is complete already is answered as it is. Raises InvalidRequest for what the
    visitor has not said, and when the amount, or the order, is no longer the one he has seen.
    """
    unlock(tx, session, params.client_secret)
    if session.status == "complete":
        return session
    check_open(tx, session)
    wait_for_answer(tx, session)
    count_confirmation(tx, session)
    rate = session.private.shipping_rate
    apply_change(tx, session, params)
    if _is_paid_elsewhere(tx, session):
        return session
    refuse_deleted(tx, session)
    refuse_subscribed(tx, session)
    take_place(tx, session)
    method = _method(tx, session, params)
    collect_from_method(session, method)
    check_nothing_missing(tx, session, method)
    found = refresh(tx, session)
    check_located(session)
    _check_expected(session, params, found)
    check_mark(session, params, found, rate)
    check_chargeable(session, found.due)
    let_go_of_other(tx, session, found.due)
    session.private.last_error = None
    _go_on(tx, session, method, _facts(session, params), found)
    return session


def _go_on(
    tx: Tx,
    session: CheckoutSession,
    method: PaymentMethod | None,
    facts: ConfirmFacts,
    found: Figures,
) -> None:
    asks = session.mode == "setup" or (
        session.mode == "subscription" and session.payment_method_collection == "always"
    )
    if (found.due or asks) and method is None:
        raise InvalidRequest(NEEDS_METHOD, code="parameter_missing", param="payment_method")
    if method is not None:
        refuse_foreign(tx, session, method)
        check_method(session, method)
    if found.due and method is not None and session.mode == "subscription":
        pay_subscription(tx, session, method, facts)
    elif found.due and method is not None:
        pay_once(tx, session, method, facts, found.due)
    elif method is not None and session.mode != "payment" and not _is_ready(session, method):
        set_up_method(tx, session, method, facts)
    else:
        tx.sequence("session_set_up")
        begin_unpaid(tx, session, method if session.mode != "payment" else None)


def _is_ready(session: CheckoutSession, method: PaymentMethod) -> bool:
    """Return whether a method that the customer has saved needs no more to be charged later."""
    ready = method.private.set_up or not method.private.wants_set_up
    return session.mode == "subscription" and method.customer is not None and ready


def _is_paid_elsewhere(tx: Tx, session: CheckoutSession) -> bool:
    """Complete a session whose order was paid otherwise meanwhile: on the invoice's own page."""
    subscription = tx.find(Subscription, session.private.made.subscription)
    if subscription is None or subscription.status not in LIVE:
        return False
    complete(tx, session, "paid", tx.find(Customer, subscription.customer))
    return True


def _method(tx: Tx, session: CheckoutSession, params: PageConfirmParams) -> PaymentMethod | None:
    ways = [name for name in WAYS if given(getattr(params, name))]
    if len(ways) > 1:
        raise InvalidRequest(
            f"You may only specify one of these parameters: {', '.join(ways)}.", param=ways[0]
        )
    customer = session.customer or session.private.made.customer
    owner = customer or session.id
    if given(params.confirmation_token):
        method, token = method_of_token(tx, params.confirmation_token, owner)
        if not given(params.return_url) and token.return_url:
            params.return_url = token.return_url
        return payment_method_of(tx, method.id, customer=customer)
    if given(params.payment_method_data):
        return method_of_data(tx, params.payment_method_data, "payment_method_data", owner=owner)
    if not given(params.payment_method):
        return None
    return payment_method_of(tx, params.payment_method, customer=customer)


def _check_expected(session: CheckoutSession, params: PageConfirmParams, found: Figures) -> None:
    """Raise InvalidRequest where the visitor has seen another amount than would be charged."""
    expected = params.expected_amount
    if expected is UNSET or expected == found.due:
        return
    if expected == found.total and found.due < found.total:
        # What the session's `amount_total` says; the customer's balance pays for some of it.
        return
    currency = session.currency or ""
    due = format_amount(found.due, currency) if currency else str(found.due)
    raise InvalidRequest(
        f"The amount of this Checkout Session has changed: {due} is due now, but the"
        f" `expected_amount` was {expected}. Show the new amount and confirm again.",
        code="checkout_amount_mismatch",
        param="expected_amount",
    )


def _facts(session: CheckoutSession, params: PageConfirmParams) -> ConfirmFacts:
    return ConfirmFacts(
        mandate_data=plain(params.mandate_data) if given(params.mandate_data) else None,
        return_url=value_or(params.return_url, session.url),
        use_stripe_sdk=value_or(params.use_stripe_sdk, False),
    )


@operation("POST /v1/payment_pages/{id}/remove_payment_method", publishable=True, view=page_of)
def remove_method(
    tx: Tx, session: CheckoutSession, params: PageRemoveMethodParams
) -> CheckoutSession:
    """Take a saved payment method from the customer, where the session lets visitors do that."""
    unlock(tx, session, params.client_secret)
    check_open(tx, session)
    saved = session.saved_payment_method_options
    if saved is None or saved.payment_method_remove != "enabled" or session.customer is None:
        raise InvalidRequest(
            "This Checkout Session does not let visitors remove payment methods.",
            param="payment_method",
        )
    method = tx.get(PaymentMethod, params.payment_method, param="payment_method")
    refuse_foreign(tx, session, method)
    customer = tx.get(Customer, session.customer)
    if method.customer != customer.id:
        raise InvalidRequest("No such payment method.", param="payment_method")
    detach_method(tx, method, customer)
    return session
