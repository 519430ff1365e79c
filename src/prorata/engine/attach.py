"""Attach: a payment method becomes a customer's, once its network has approved it."""

from prorata.engine.method_details import note_checks, payer_of
from prorata.gateways.outcomes import Declined
from prorata.model.errors import CardError, InvalidRequest
from prorata.model.transaction import Tx
from prorata.resources.core.customer import Customer
from prorata.resources.payments.payment_method import PaymentMethod

# Source: recordings.
TAKEN = "The payment method you provided has already been attached to a customer."


def attach_method(tx: Tx, method: PaymentMethod, customer: Customer) -> PaymentMethod:
    """Validate a method without money and give it to a customer; nothing changes the second time.

    Raises CardError when the network declines it, InvalidRequest when it is another customer's.
    Tells no event: the caller says what happened.
    """
    if method.customer == customer.id:
        return method
    if method.customer is not None:
        raise InvalidRequest(TAKEN)
    verdict = tx.gateway.attach(method.private.token, tx.now, payer_of(method))
    note_checks(method, verdict.checks)
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
    method.customer = customer.id
    return method
