"""Methods: what becomes of the payment methods of a customer who is deleted."""

from prorata.model.transaction import Tx
from prorata.resources.payments.payment_method import PaymentMethod


def let_methods_go(tx: Tx, customer: str) -> None:
    """Detach the payment methods of a customer who is being deleted, without telling of it."""
    for method in tx.select(PaymentMethod, customer=customer):
        method.customer = None
        method.private.detached = True
        tx.quiet(method)
