"""Attach: a payment method becomes a customer's, once its network has approved it."""

from prorata.engine.payments.charge_hooks import on_attached
from prorata.engine.payments.method_details import note_checks, payer_of
from prorata.engine.payments.payment_method_of import SPENT, named_method
from prorata.gateways.outcomes import Declined
from prorata.model.errors import CardError, InvalidRequest
from prorata.model.operation import operation
from prorata.model.params import given, refuse_unsupported
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import Subscription
from prorata.resources.core.customer import Customer
from prorata.resources.payments.method_types import CASH
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.payments.payment_method_params import PaymentMethodAttachParams

# Source: recordings.
TAKEN = "The payment method you provided has already been attached to a customer."
NEVER_SAVED = (
    "Payment methods of the type customer_balance cannot be attached: they stand for the cash of"
    " whichever customer pays."
)
UNVERIFIED = (
    "This bank account has not been verified. Verify it with a SetupIntent before you attach it to"
    " a customer."
)


def attach_method(
    tx: Tx, method: PaymentMethod, customer: Customer, *, validated: bool = True
) -> PaymentMethod:
    """Validate a method without money and give it to a customer; nothing changes the second time.

    validated: whether its network is asked.
    Raises CardError when the network declines it, InvalidRequest when it is another customer's.
    Tells no event: the caller says what happened.
    """
    if method.customer == customer.id:
        return method
    if method.customer is not None:
        raise InvalidRequest(TAKEN)
    if method.type == CASH:
        raise InvalidRequest(NEVER_SAVED)
    verdict = None
    if validated:
        verdict = tx.gateway.attach(method.private.token, tx.now, payer_of(method))
        note_checks(tx, method, verdict.checks)
    if isinstance(verdict, Declined):
        raise CardError(
            verdict.message,
            code=verdict.code,
            param=verdict.param,
            decline_code=verdict.decline_code,
            network_decline_code=verdict.network_decline_code,
            advice_code=verdict.advice_code,
            network_advice_code=verdict.network_advice_code,
        )
    # Whoever deletes the customer lets go of this method, or comes first.
    tx.rely_on(customer)
    method.customer = customer.id
    on_attached.tell(tx, method)
    return method


def keep_for(tx: Tx, method: PaymentMethod, customer: str) -> None:
    """Give a method to the customer who used it, unless it was detached, or they deleted, since."""
    if method.private.detached:
        return
    owner = tx.find(Customer, customer)
    if owner is None:
        method.private.detached = True
        return
    # Deleting a customer lets go of the methods that it has by then.
    tx.rely_on(owner)
    method.customer = owner.id
    tx.emit_last("payment_method.attached", method)
    on_attached.tell(tx, method)


@operation("POST /v1/payment_methods/{id}/attach")
def attach(tx: Tx, params: PaymentMethodAttachParams, id: str) -> PaymentMethod:
    """Give a payment method, or a new one of a test name, to a customer."""
    refuse_unsupported(params, "customer_account")
    if not given(params.customer):
        raise InvalidRequest(
            "Must provide customer or customer_account.", code="parameter_missing"
        )
    customer = tx.get(Customer, params.customer, param="customer")
    tx.follow(customer)
    method = named_method(tx, id, owner=customer.id, status=404)
    private = method.private
    spent = private.used_up and not private.attachable and method.customer is None
    if private.detached or spent:
        raise InvalidRequest(SPENT)
    if not method.private.verified:
        raise InvalidRequest(UNVERIFIED, code="bank_account_unverified")
    if method.customer is None:
        attach_method(tx, method, customer)
        tx.quiet(method)
        tx.emit("payment_method.attached", method)
    return attach_method(tx, method, customer)


@operation("POST /v1/payment_methods/{id}/detach")
def detach(tx: Tx, method: PaymentMethod) -> PaymentMethod:
    """Take a payment method from its customer for good; defaults that name it are cleared."""
    if method.customer is None:
        raise InvalidRequest(
            "The payment method you provided is not attached to a customer so detachment is"
            " impossible."
        )
    customer = tx.get(Customer, method.customer)
    detach_method(tx, method, customer)
    return method


def detach_method(tx: Tx, method: PaymentMethod, customer: Customer) -> None:
    """Take a method from its customer; the customer's and subscriptions' defaults let go of it."""
    previous = {"customer": method.customer}
    method.customer = None
    method.private.detached = True
    tx.quiet(method)
    tx.emit("payment_method.detached", method, previous)
    if customer.invoice_settings.default_payment_method == method.id:
        customer.invoice_settings.default_payment_method = None
    if customer.default_source == method.id:
        customer.default_source = None
    for subscription in tx.select(Subscription, customer=customer.id):
        if subscription.default_payment_method == method.id:
            subscription.default_payment_method = None
        if subscription.default_source == method.id:
            subscription.default_source = None
