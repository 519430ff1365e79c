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


def receipt_again(tx: Tx, charge: Charge, email: str) -> None:
    """Send a receipt once more to an address that it belongs to; to any other, nothing."""
    customer = tx.look(Customer, charge.customer)
    known = (
        charge.receipt_email, charge.billing_details.email,
        _guest(_purchase(tx, charge), charge), customer.email if customer is not None else None,
    )  # fmt: skip
    to = {each.casefold(): each for each in known if each}.get(email.casefold())
    if to is not None:
        once = f"{charge.balance_transaction} again {tx.secret(8)}"
        _receipt(tx, charge, charge.amount_captured, once, to=to)


def _receipt(
    tx: Tx, charge: Charge, amount: int, transaction: str, *, to: str | None = None
) -> None:
    customer = tx.look(Customer, charge.customer)
    always, session = to is not None or charge.receipt_email is not None, _purchase(tx, charge)
    to = to or charge.receipt_email or _guest(session, charge)
    if not to and (customer is None or not customer.email):
        return
    if not always and not is_wanted(tx, "receipt"):
        return
    invoice = _invoice_of(tx, charge)
    _number(tx, charge, invoice)
    said = {**(facts.of_invoice(tx, invoice) if invoice is not None else {}),
            **facts.of_charge(tx, charge), "amount": amount}  # fmt: skip
    send(
        tx, "receipt", charge, Content(said, to=to), customer=customer,
        once=transaction, locales=_languages(session), always=always,
    )  # fmt: skip


def _purchase(tx: Tx, charge: Charge) -> CheckoutSession | None:
    """Return the Checkout session that a payment without a customer was made at."""
    intent = tx.look(PaymentIntent, charge.payment_intent)
    if charge.customer is not None or intent is None or not intent.private.checkout_session:
        return None
    return tx.look(CheckoutSession, intent.private.checkout_session)


def _guest(session: CheckoutSession | None, charge: Charge) -> str | None:
    """Return the address of somebody who has paid at Checkout without being a customer."""
    if session is None:
        return None
    details = session.customer_details
    return (details.email if details is not None else None) or charge.billing_details.email


def _languages(session: CheckoutSession | None) -> tuple[str | None, ...]:
    """Return the languages that somebody without a customer has paid in."""
    return () if session is None else (session.private.page_locale, session.locale)


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
    customer, session = tx.look(Customer, charge.customer), _purchase(tx, charge)
    to = charge.receipt_email or _guest(session, charge)
    invoice = _invoice_of(tx, charge)
    said = {
        **facts.of_charge(tx, charge),
        "amount": refund.amount,
        "paid": charge.amount_captured,
        "refunded_at": tx.now,
        "invoice": invoice.number if invoice is not None else None,
    }
    send(
        tx, "refund", refund, Content(said, to=to), customer=customer, once="",
        locales=_languages(session), always=charge.receipt_email is not None,
    )  # fmt: skip


def _invoice_of(tx: Tx, charge: Charge) -> Invoice | None:
    intent = tx.look(PaymentIntent, charge.payment_intent)
    return tx.look(Invoice, intent.private.invoice) if intent is not None else None
