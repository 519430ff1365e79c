"""Invoices: what is to be paid, reminded of, could not be paid, or is credited."""

from typing import Any

from prorata.engine.invoice_address import told_address
from prorata.engine.invoices.credit_lines import WHOLE_CREDIT
from prorata.engine.invoices.hooks import on_credited, on_payment_failed, on_sent
from prorata.engine.mail import facts
from prorata.engine.mail.post import Content, mail_settings, plan, planned, send
from prorata.model.transaction import Tx
from prorata.resources.billing.credit_note import CreditNote
from prorata.resources.billing.invoice import Invoice
from prorata.resources.core.customer import Customer
from prorata.resources.core.mail import Mail
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.products.product import Product
from prorata.rules.windows import DAY

# What a payer can mend, in the words that mails have for it.
REASONS = {
    "card_declined": "card_declined", "do_not_honor": "card_declined",
    "expired_card": "expired_card", "generic_decline": "card_declined",
    "incorrect_cvc": "incorrect_cvc", "insufficient_funds": "insufficient_funds",
}  # fmt: skip


@on_sent
def sent(tx: Tx, invoice: Invoice, *, asked: bool) -> None:
    """Send an invoice that is to be paid, and plan what reminds of it.

    asked: somebody has asked for just that, so that it goes out again, whatever is switched off.
    """
    if tx.mailing == "off":
        return
    tx.at_end(f"mail invoice {invoice.id}", lambda: _send_invoice(tx, invoice, asked))


def _send_invoice(tx: Tx, invoice: Invoice, asked: bool) -> None:
    customer = tx.look(Customer, invoice.customer)
    if customer is None or invoice.status not in ("open", "paid"):
        return
    once = tx.request.id if asked and tx.request is not None else "finalized"
    content = Content(facts.of_invoice(tx, invoice), to=customer.email or invoice.customer_email)
    send(tx, "invoice", invoice, content, customer=customer, once=once, always=asked)
    # Nothing happens by itself to an invoice that does not advance.
    if invoice.due_date is None or invoice.status != "open" or not invoice.auto_advance:
        return
    for days in mail_settings(tx).invoice_reminder_days:
        at = invoice.due_date + days * DAY
        if at > tx.now:
            plan(tx, "invoice_reminder", invoice, at, customer=customer, once=str(days))


@planned("invoice_reminder")
def remind(tx: Tx, mail: Mail) -> Content | int | None:
    """Remind of an invoice that is still to be paid."""
    invoice = tx.look(Invoice, mail.about)
    if invoice is None or invoice.status != "open" or not invoice.amount_remaining:
        return None
    said = {**facts.of_invoice(tx, invoice), "now": tx.now}
    return Content(said) if invoice.auto_advance else None


@on_payment_failed
def failed(
    tx: Tx, invoice: Invoice, *, final: bool, action: bool, planned: int | None = None
) -> None:
    """Tell that a payment failed, or waits for its payer, with a link that mends it.

    Who pays for the first time, or pays by hand, sees it at once, where the payment was made.
    """
    if tx.mailing == "off" or _is_first(invoice) or _is_there(tx, invoice):
        return
    kind = f"mail failed {invoice.id}"
    tx.at_end(kind, lambda: _send_failed(tx, invoice, final=final, action=action))


def _is_first(invoice: Invoice) -> bool:
    return invoice.billing_reason == "subscription_create" and invoice.attempt_count <= 1


def _is_there(tx: Tx, invoice: Invoice) -> bool:
    intent = tx.look(PaymentIntent, invoice.private.payment_intent)
    return intent is not None and not intent.private.confirmation.off_session


def _send_failed(tx: Tx, invoice: Invoice, *, final: bool, action: bool) -> None:
    customer = tx.look(Customer, invoice.customer)
    if customer is None or invoice.status not in ("open", "uncollectible"):
        return
    code = invoice.private.decline_code
    method = tx.look(PaymentMethod, _method_of(tx, invoice))
    said = {
        **facts.of_invoice(tx, invoice),
        "method": facts.of_method(method),
        "next_attempt": invoice.next_payment_attempt,
        "reason": REASONS.get(code or ""),
        "final": final,
        "failed_at": tx.now,
    }
    once = f"{invoice.attempt_count} {tx.now}"
    if not (action or code == "authentication_required"):
        send(tx, "payment_failed", invoice, Content(said), customer=customer, once=once)
    elif not (final and _is_left(invoice)) and not _is_asked(tx, invoice):
        send(tx, "payment_action", invoice, Content(said), customer=customer, once=once)
        for days in mail_settings(tx).payment_action_days:
            at = tx.now + days * DAY
            plan(tx, "payment_action", invoice, at, customer=customer, once=f"+{days} {once}")


def _is_left(invoice: Invoice) -> bool:
    """Return whether nothing comes of an invoice by itself: its subscription has ended."""
    return not invoice.auto_advance


def _is_asked(tx: Tx, invoice: Invoice) -> bool:
    """Return whether the payer was asked to confirm this attempt; a retry may be none."""
    asked = tx.select(Mail, about=invoice.id, kind="payment_action")
    return any(_attempt_of(each) == str(invoice.attempt_count) for each in asked)


def _attempt_of(mail: Mail) -> str:
    """Return which attempt a mail asks to confirm: `once` ends in its number and its second."""
    return str(mail.private.once).split()[-2]


def _method_of(tx: Tx, invoice: Invoice) -> str | None:
    failed_one: str | None = invoice.private.failed_payment_method
    if failed_one is not None:
        return failed_one
    intent = tx.look(PaymentIntent, invoice.private.payment_intent)
    return None if intent is None else intent.payment_method


@planned("payment_action")
def remind_of_action(tx: Tx, mail: Mail) -> Content | int | None:
    """Remind of a payment that still waits for its payer."""
    invoice = tx.look(Invoice, mail.about)
    if invoice is None or invoice.status != "open" or _is_left(invoice):
        return None
    if _attempt_of(mail) != str(invoice.attempt_count):
        # A later attempt was told of by itself.
        return None
    intent = tx.look(PaymentIntent, invoice.private.payment_intent)
    waits = intent is not None and intent.status in ("requires_action", "requires_payment_method")
    if not waits:
        return None
    method = tx.look(PaymentMethod, _method_of(tx, invoice))
    said = {**facts.of_invoice(tx, invoice), "method": facts.of_method(method), "again": True}
    return Content(said)


@on_credited
def credited(tx: Tx, invoice: Invoice, *, note: CreditNote) -> None:
    """Send a credit note."""
    customer = tx.look(Customer, note.customer)
    if tx.mailing == "off" or customer is None:
        return
    said = {
        "note": note.number,
        "invoice": invoice.number,
        "currency": note.currency,
        "amount": note.total,
        "lines": _credited_lines(tx, note, invoice),
        "more": max(0, len(note.lines.data) - facts.MOST_LINES),
        "refunded": sum(each.amount_refunded for each in note.refunds),
        "balance": note.post_payment_amount - sum(each.amount_refunded for each in note.refunds)
        - (note.out_of_band_amount or 0),
        "owed_less": note.pre_payment_amount,
        "memo": note.memo,
        "pdf": note.pdf,
        "url": told_address(tx, invoice),
    }  # fmt: skip
    send(tx, "credit_note", note, Content(said), customer=customer, once="")


def _credited_lines(tx: Tx, note: CreditNote, invoice: Invoice) -> list[list[Any]]:
    """Return what a note credits, like an invoice's lines; None describes an amount as a whole."""
    credited = {line.id: line for line in invoice.lines.data}
    products = tx.load(Product, [each.product for each in credited.values() if each.product],
                       look=True)  # fmt: skip
    found = []
    for line in note.lines.data[:facts.MOST_LINES]:
        said: list[Any] = [line.description or "", line.quantity, line.amount, None, None, None]
        known = credited.get(line.invoice_line_item or "")
        if known is not None and known.description == line.description:
            product = products.get(known.product or "")
            said[3:] = [known.period.start, known.period.end, product.name if product else None]
        elif line.type == "custom_line_item" and line.description == WHOLE_CREDIT:
            said[0] = None
        found.append(said)
    return found
