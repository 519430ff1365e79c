"""Subscription payment: what pays for a subscription, and how its new invoices are charged."""

from prorata.engine.invoices.attempt import attempt_payment
from prorata.engine.invoices.finalize import finalize
from prorata.engine.invoices.intent import method_for, method_of
from prorata.engine.payments.payment_method_of import payment_method_of
from prorata.engine.payments.set_up import set_up
from prorata.engine.subscriptions.setup import add_setup_intent
from prorata.model.errors import InvalidRequest
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.subscription import Subscription
from prorata.resources.core.customer import Customer
from prorata.resources.payments.method_types import DEBIT_CURRENCY
from prorata.resources.payments.payment_attempt import OnDecline, PaymentAttempt
from prorata.resources.payments.payment_method import PaymentMethod

NO_METHOD = (
    "This customer has no attached payment source or default payment method. Please consider"
    " adding a default payment method. For more information, visit"
    " https://stripe.com/docs/billing/subscriptions/payment-methods-setting"
    "#payment-method-priority."
)


def no_method() -> InvalidRequest:
    """Return the refusal of what would have to be paid without anything to pay with."""
    return InvalidRequest(NO_METHOD, code="resource_missing")


def own_payment_method(tx: Tx, id: str, customer: str, param: str) -> str:
    """Return the id of a payment method that is the customer's; raise InvalidRequest otherwise."""
    method = payment_method_of(tx, id, customer=customer, param=param)
    if method.customer != customer:
        if id == method.id:
            raise InvalidRequest(
                f"The customer does not have a payment method with the ID {id}. The payment method"
                " must be attached to the customer.",
                code="resource_missing",
                param=param,
            )
        # A test name has just become a method of this customer.
        method.customer = customer
    # It is detached before or after this.
    tx.rely_on(method)
    return method.id


def payment_method_known(tx: Tx, subscription: Subscription) -> bool:
    """Return whether any of the four places names a method for this subscription."""
    customer = tx.get(Customer, subscription.customer)
    return method_of(customer, subscription) is not None


def pays_by_debit(tx: Tx, subscription: Subscription) -> bool:
    """Return whether a bank debit pays for this subscription, of which days pass in doubt."""
    id = method_of(tx.get(Customer, subscription.customer), subscription)
    method = tx.find(PaymentMethod, id)
    return method is not None and method.type in DEBIT_CURRENCY


def ask_for_method(tx: Tx, subscription: Subscription) -> None:
    """Add the setup intent by which a customer may give a method, or make the known one ready.

    A method whose network will want the payer is set up now, while the payer is there.
    """
    waits = subscription.pending_setup_intent is not None
    if waits or subscription.collection_method != "charge_automatically":
        return
    id = method_of(tx.get(Customer, subscription.customer), subscription)
    method = tx.find(PaymentMethod, id)
    if id is None:
        subscription.pending_setup_intent = add_setup_intent(tx, subscription).id
    elif method is not None and method.private.wants_set_up and not method.private.set_up:
        intent = add_setup_intent(tx, subscription, method.id)
        subscription.pending_setup_intent = intent.id
        set_up(tx, intent)


def charge_now(
    tx: Tx,
    invoice: Invoice,
    behavior: str,
    *,
    off_session: bool = False,
    needs_method: bool = False,
    holds: bool = True,
) -> PaymentAttempt | None:
    """Finalize an invoice made in this transaction and try its payment, as `behavior` says.

    Returns the attempt that waits for the commit; None when nothing is due, nothing is to be tried
    (`default_incomplete`) or there is no method. needs_method: raise InvalidRequest instead of
    leaving it unpaid. holds: let the events wait for the outcome.
    """
    finalize(tx, invoice, fresh=True)
    if invoice.status != "open" or behavior == "default_incomplete":
        return None
    if method_for(tx, invoice) is None and (needs_method or behavior == "error_if_incomplete"):
        raise no_method()
    on_decline: OnDecline = "undo" if behavior == "error_if_incomplete" else "keep"
    attempt = attempt_payment(
        tx, invoice, automatic=False, off_session=off_session, on_decline=on_decline
    )
    if attempt is not None and holds:
        tx.hold(attempt.id)
    return attempt
