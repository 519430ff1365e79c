"""Payments: receipts of what was paid, and of what was given back."""

from prorata.engine.mail import facts
from prorata.engine.mail.post import Content, is_wanted, send
from prorata.engine.payments.charge_hooks import on_booked, on_refunded
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.checkout.session import CheckoutSession
from prorata.resources.core.customer import Customer
from prorata.resources.payments.charge import RECEIPT_ASKED, Charge
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


def asked_again(tx: Tx, charge: Charge) -> None:
    """Send a receipt to the address that it is now wanted at."""
    once = f"{charge.balance_transaction} {tx.request.id if tx.request else tx.now}"
    _receipt(tx, charge, charge.amount_captured, once)


RECEIPT_ASKED.append(asked_again)


def _receipt(tx: Tx, charge: Charge, amount: int, transaction: str) -> None:
    customer = tx.look(Customer, charge.customer)
    always = charge.receipt_email is not None
    to = charge.receipt_email or _guest(tx, charge)
    if not to and (customer is None or not customer.email):
        return
    if not always and not is_wanted(tx, "receipt"):
        return
    invoice = _invoice_of(tx, charge)
    _number(tx, charge, invoice)
    said = {**(facts.of_invoice(invoice) if invoice is not None else {}),
            **facts.of_charge(charge), "amount": amount}  # fmt: skip
    send(
        tx, "receipt", charge, Content(said, to=to), customer=customer,
        once=transaction, always=always,
    )  # fmt: skip


def _guest(tx: Tx, charge: Charge) -> str | None:
    """Return the address of somebody who has paid at Checkout without being a customer."""
    intent = tx.look(PaymentIntent, charge.payment_intent)
    if charge.customer is not None or intent is None or not intent.private.checkout_session:
        return None
    session = tx.look(CheckoutSession, intent.private.checkout_session)
    details = session.customer_details if session is not None else None
    return (details.email if details is not None else None) or charge.billing_details.email


def _number(tx: Tx, charge: Charge, invoice: Invoice | None) -> None:
    """Give a payment the number of its receipt, the first time that one is really sent."""
    if tx.mailing != "send" or tx.clock is not None or charge.receipt_number is not None:
        return
    digits = f"{int.from_bytes(tx.secret(8).encode()) % 10**8:08}"
    charge = tx.take(charge)
    charge.receipt_number = f"{digits[:4]}-{digits[4:]}"
    if invoice is not None and invoice.receipt_number is None:
        tx.take(invoice).receipt_number = charge.receipt_number


@on_refunded
def given_back(tx: Tx, charge: Charge, *, refund: Refund) -> None:
    """Send the receipt of a refund."""
    if tx.mailing == "off":
        return
    customer = tx.look(Customer, charge.customer)
    to = charge.receipt_email or _guest(tx, charge)
    invoice = _invoice_of(tx, charge)
    said = {
        **facts.of_charge(charge),
        "amount": refund.amount,
        "paid": charge.amount_captured,
        "refunded_at": tx.now,
        "invoice": invoice.number if invoice is not None else None,
    }
    send(
        tx, "refund", refund, Content(said, to=to), customer=customer, once="",
        always=charge.receipt_email is not None,
    )  # fmt: skip


def _invoice_of(tx: Tx, charge: Charge) -> Invoice | None:
    intent = tx.look(PaymentIntent, charge.payment_intent)
    return tx.look(Invoice, intent.private.invoice) if intent is not None else None
