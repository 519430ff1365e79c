"""Charge ledger: what money that goes back to the payer takes from revenue.

A charge that paid an invoice gives back what was earned by then against a contra account, and the
rest from what is still deferred; any other charge was revenue at once.
"""

from prorata.engine.invoices.ledger import post_taken_back
from prorata.model.resource import Resource
from prorata.model.transaction import Posting, Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.payments.charge import Charge
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.rules import accounts


def post_given_back(
    tx: Tx, charge: Charge, document: Resource, amount: int, contra: str, memo: str
) -> None:
    """Post that an amount (minor units) left for the payer; a negative one has come back.

    `contra` bears what was earned: refunds or disputes.
    """
    intent = tx.find(PaymentIntent, charge.payment_intent)
    invoice = tx.find(Invoice, intent.private.invoice) if intent is not None else None
    against = contra
    if invoice is not None and invoice.total > 0:
        post_taken_back(tx, invoice, amount, contra, memo)
        against = accounts.RECEIVABLE
    tx.post(
        Posting(against, amount),
        Posting(accounts.CASH, -amount),
        document=document,
        customer=charge.customer,
        currency=charge.currency,
        memo=memo,
    )
