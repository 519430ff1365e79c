"""Pay invoice: finalize, pay, send, void and give up, as asked for by a request."""

from prorata.engine.invoices.attempt import attempt_payment
from prorata.engine.invoices.cash import takes_cash
from prorata.engine.invoices.compose import schedule
from prorata.engine.invoices.finalize import finalize
from prorata.engine.invoices.hooks import on_sent
from prorata.engine.invoices.intent import (
    adjust_default_payment,
    end_reservation,
    method_for,
    refuse_while_charged,
    refuse_while_undoable,
)
from prorata.engine.invoices.ledger import post_outside, post_recovered
from prorata.engine.invoices.loss import forgive, void
from prorata.engine.invoices.paid import mark_paid
from prorata.engine.payments.payment_method_of import payment_method_of
from prorata.model.errors import InvalidRequest
from prorata.model.operation import operation
from prorata.model.params import given, refuse_unsupported, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_params import (
    InvoiceFinalizeParams,
    InvoicePayParams,
    NoParams,
)

ASKS_FOR_NOTHING = "This invoice asks for nothing that could be paid."
NO_METHOD = (
    "There is no `default_payment_method` set on this Customer or Invoice. Please set one, or pass"
    " a `payment_method` to pay with."
)
NOT_SENT = (
    "This invoice cannot be sent right now. Please contact us via https://support.stripe.com/contact"
    " with details, so we can help."
)


@operation("POST /v1/invoices/{id}/finalize", missing_param="id")
def finalize_invoice(tx: Tx, invoice: Invoice, params: InvoiceFinalizeParams) -> Invoice:
    """Finalize a draft; it is not charged by this, but paid at once when nothing is due."""
    if given(params.auto_advance):
        invoice.auto_advance = params.auto_advance
        schedule(tx, invoice)
    finalize(tx, invoice)
    if invoice.status == "open":
        charged = invoice.collection_method == "charge_automatically"
        planned = invoice.next_payment_attempt or tx.now
        # It keeps the draft's hour, so that someone may still change the invoice's method.
        invoice.next_payment_attempt = (
            max(planned, tx.now) if charged and invoice.auto_advance is True else None
        )
        _announce(tx, invoice)
    return invoice


@operation("POST /v1/invoices/{id}/pay", missing_param="id")
def pay(tx: Tx, invoice: Invoice, params: InvoicePayParams) -> Invoice:
    """Pay an invoice now, finalizing a draft first; a decline, or a question of the bank, is a 402
    and leaves it open.

    `paid_out_of_band` notes a payment made elsewhere. Raises InvalidRequest for a paid or void
    one, for one that asks for nothing, or when there is no method to pay with.
    """
    # No source here holds less than what is due, so that nothing could be forgiven.
    refuse_unsupported(params, "mandate", "forgive")
    if invoice.status == "paid":
        raise InvalidRequest("Invoice is already paid")
    if invoice.status == "void":
        raise InvalidRequest("This invoice is void and can't be paid.")
    if invoice.status == "uncollectible" and invoice.amount_remaining == 0:
        raise InvalidRequest(ASKS_FOR_NOTHING)
    drafted = invoice.status == "draft"
    if drafted and finalize(tx, invoice).status == "paid":
        return invoice
    if params.paid_out_of_band is True:
        pay_out_of_band(tx, invoice)
        return invoice
    method = _method_given(tx, invoice, params) or method_for(tx, invoice)
    if method is None and not takes_cash(invoice):
        raise InvalidRequest(NO_METHOD, code="resource_missing")
    attempt = attempt_payment(
        tx,
        invoice,
        automatic=False,
        off_session=value_or(params.off_session, True),
        on_decline="raise",
        payment_method=method,
    )
    if attempt is not None:
        if drafted:
            tx.sequence("drafted_and_paid")
            tx.hold(attempt.id)
        attempt.on_action = "raise"
    return invoice


def _method_given(tx: Tx, invoice: Invoice, params: InvoicePayParams) -> str | None:
    for name in ("payment_method", "source"):
        id = getattr(params, name)
        if given(id):
            return payment_method_of(tx, id, customer=invoice.customer, param=name).id
    return None


def pay_out_of_band(tx: Tx, invoice: Invoice) -> None:
    """Note that all that remains was paid outside of the system."""
    end_reservation(tx, invoice)
    if invoice.status == "paid":
        return
    remaining = invoice.amount_remaining
    if invoice.status == "uncollectible":
        post_recovered(tx, invoice, remaining)
    post_outside(tx, invoice, remaining)
    invoice.amount_paid += remaining
    invoice.amount_paid_off_stripe = value_or(invoice.amount_paid_off_stripe, 0) + remaining
    invoice.amount_remaining = 0
    adjust_default_payment(tx, invoice)
    mark_paid(tx, invoice, by_payment=False)


@operation("POST /v1/invoices/{id}/send")
def send(tx: Tx, invoice: Invoice, params: NoParams) -> Invoice:
    """Send an invoice to its customer, finalizing a draft first."""
    if invoice.status == "draft":
        finalize(tx, invoice)
    elif invoice.status != "open":
        raise InvalidRequest(NOT_SENT)
    refuse_while_undoable(tx, invoice)
    tx.emit("invoice.sent", invoice)
    on_sent.tell(tx, invoice, asked=True)
    return invoice


@operation("POST /v1/invoices/{id}/void", missing_param="id")
def void_invoice(tx: Tx, invoice: Invoice, params: NoParams) -> Invoice:
    """Void an open invoice."""
    return void(tx, invoice)


@operation("POST /v1/invoices/{id}/mark_uncollectible", missing_param="id")
def mark_uncollectible(tx: Tx, invoice: Invoice, params: NoParams) -> Invoice:
    """Give an open invoice up; it counts as paid for its subscription, and may still be paid."""
    refuse_while_undoable(tx, invoice)
    refuse_while_charged(tx, invoice)
    return forgive(tx, invoice, "user_forgiven")


def _announce(tx: Tx, invoice: Invoice) -> None:
    """Send what is collected by sending, as automatic advancement would."""
    if invoice.collection_method == "send_invoice" and invoice.auto_advance is True:
        tx.emit("invoice.sent", invoice)
        on_sent.tell(tx, invoice, asked=False)
