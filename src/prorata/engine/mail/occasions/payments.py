"""Payments: receipts of what was paid, and of what was given back."""

from prorata.engine.mail import facts
from prorata.engine.mail.post import Content, send
from prorata.engine.payments.charge_hooks import on_booked, on_refunded
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.core.customer import Customer
from prorata.resources.payments.charge import Charge
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.refund import Refund


@on_booked
def paid(tx: Tx, charge: Charge, *, amount: int, transaction: str) -> None:
    """Send the receipt of a payment when all of it is written down.

    An address that was given for the receipt is sent it whatever the account has switched off.
    """
    if tx.mailing == "off":
        return
    tx.at_end(f"mail receipt {transaction}", lambda: _receipt(tx, charge, amount, transaction))


def _receipt(tx: Tx, charge: Charge, amount: int, transaction: str) -> None:
    customer = tx.look(Customer, charge.customer)
    if not charge.receipt_email and (customer is None or not customer.email):
        return
    invoice = _invoice_of(tx, charge)
    said = {**(facts.of_invoice(invoice) if invoice is not None else {}),
            **facts.of_charge(charge), "amount": amount}  # fmt: skip
    send(
        tx, "receipt", charge, Content(said, to=charge.receipt_email), customer=customer,
        once=transaction, always=charge.receipt_email is not None,
    )  # fmt: skip


@on_refunded
def given_back(tx: Tx, charge: Charge, *, refund: Refund) -> None:
    """Send the receipt of a refund."""
    if tx.mailing == "off":
        return
    customer = tx.look(Customer, charge.customer)
    invoice = _invoice_of(tx, charge)
    said = {
        **facts.of_charge(charge),
        "amount": refund.amount,
        "paid": charge.amount_captured,
        "refunded_at": tx.now,
        "invoice": invoice.number if invoice is not None else None,
    }
    send(
        tx, "refund", refund, Content(said, to=charge.receipt_email), customer=customer, once="",
        always=charge.receipt_email is not None,
    )  # fmt: skip


def _invoice_of(tx: Tx, charge: Charge) -> Invoice | None:
    intent = tx.look(PaymentIntent, charge.payment_intent)
    return tx.look(Invoice, intent.private.invoice) if intent is not None else None
