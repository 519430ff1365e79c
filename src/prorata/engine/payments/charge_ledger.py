"""Charge ledger: what money that goes back to the payer takes from revenue.

A charge that paid an invoice gives back what was earned by then against a contra account, and the
rest from what is still deferred; any other charge was revenue at once.
"""

from prorata.engine.payments.intent_hooks import intent_given_back
from prorata.model.resource import Resource
from prorata.model.transaction import Posting, Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.payments.charge import Charge
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.rules import accounts


def debtor_of(tx: Tx, charge: Charge) -> str | None:
    """Return the customer in whose account a charge is posted.

    What an invoice is paid with is its customer's, also where nobody was named with the payment.
    """
    if charge.customer is not None:
        return charge.customer
    intent = tx.find(PaymentIntent, charge.payment_intent)
    invoice = None if intent is None else tx.look(Invoice, intent.private.invoice)
    return None if invoice is None else invoice.customer


def post_given_back(
    tx: Tx, charge: Charge, document: Resource, amount: int, contra: str, memo: str
) -> None:
    """Post that an amount (minor units) left for the payer; a negative one has come back.

    `contra` bears what was earned: refunds or disputes.
    """
    intent = tx.find(PaymentIntent, charge.payment_intent)
    told = intent is not None and intent_given_back(tx, intent, amount, contra, memo)
    against = accounts.RECEIVABLE if told else contra
    tx.post(
        Posting(against, amount),
        Posting(accounts.CASH, -amount),
        document=document,
        customer=debtor_of(tx, charge),
        currency=charge.currency,
        memo=memo,
    )
