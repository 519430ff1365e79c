"""Advance invoice: what an invoice does by itself when its time has come."""

from typing import Any

from prorata.engine.credits.usable import bills_usage, prefetch_grants
from prorata.engine.due import handles, prefetches
from prorata.engine.invoices.announcement import holds_back, prefetch_arrivals
from prorata.engine.invoices.attempt import attempt_payment, wait_for_outcome
from prorata.engine.invoices.finalize import finalization_failed, finalize
from prorata.engine.invoices.hooks import on_overdue, on_sent, prepare_drafts
from prorata.engine.invoices.intent import method_for
from prorata.engine.invoices.loss import forgive
from prorata.engine.invoices.paid import stop_collection
from prorata.engine.invoices.payment import skip_retry
from prorata.engine.invoices.recovery import leave_idle_time_out, may_succeed
from prorata.engine.invoices.seller import seller
from prorata.engine.tax.standing import prefetch_taxes
from prorata.model.errors import InvalidRequest, TaxesUnknown
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice, attempt_due, subscription_of
from prorata.resources.billing.invoice_payment import InvoicePayment
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.tax_id import TaxId
from prorata.resources.core.customer import Customer
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.products.discount import Discount
from prorata.resources.products.price import Price
from prorata.resources.products.product import Product
from prorata.rules import windows


@handles("invoice")
def advance_invoice(tx: Tx, invoice: Invoice) -> None:
    """Finalize a draft, retry a payment, or act on a due date that has passed."""
    if tx.look(Customer, invoice.customer) is None:
        # It was made while its customer was being deleted: as if that had come first.
        stop_collection(invoice)
    if invoice.status == "draft":
        if invoice.auto_advance and not holds_back(tx, invoice):
            finalize_and_collect(tx, invoice)
    elif _reached(attempt_due(invoice), tx.now) and not wait_for_outcome(tx, invoice):
        leave_idle_time_out(tx, invoice)
        if may_succeed(tx, invoice):
            attempt_payment(tx, invoice, automatic=True)
        else:
            skip_retry(tx, invoice)
    if invoice.status != "open":
        return
    if _reached(invoice.due_date, tx.now) and not invoice.private.overdue:
        # An invoice without days to pay is due as soon as it is sent.
        _fall_overdue(tx, invoice)
    if _reached(invoice.private.overdue_action_at, tx.now):
        _act_on_overdue(tx, invoice)


def finalize_and_collect(tx: Tx, invoice: Invoice, *, fresh: bool = False) -> None:
    """Finalize a draft and charge or send it; a draft that can't be finalized says why.

    fresh: it was made just now. Raises Momentary for what can be done later.
    """
    try:
        if invoice.from_invoice is not None:
            # What it takes the place of stays as it is where this one cannot take it.
            with tx.suppose():
                finalize(tx, invoice, fresh=fresh)
        finalize(tx, invoice, fresh=fresh, unchanged=fresh)
    except (InvalidRequest, TaxesUnknown) as error:
        # A draft tells of either: it is shown without its taxes until they are known.
        if invoice.status != "draft":
            # Half of it is done already: that must not stay.
            raise
        finalization_failed(tx, invoice, error)
        return
    if invoice.status != "open":
        return
    if invoice.collection_method == "send_invoice":
        tx.emit("invoice.sent", invoice)
        on_sent.tell(tx, invoice, asked=False)
    else:
        attempt_payment(tx, invoice, automatic=True)


def _fall_overdue(tx: Tx, invoice: Invoice) -> None:
    """Note that a due date passed; the account's rule for unpaid invoices acts later."""
    invoice.private.overdue = True
    days = seller(tx).overdue_days
    if invoice.due_date is not None and days is not None:
        invoice.private.overdue_action_at = invoice.due_date + days * windows.DAY
    tx.emit("invoice.overdue", invoice)
    on_overdue.tell(tx, invoice, final=False)


def _act_on_overdue(tx: Tx, invoice: Invoice) -> None:
    invoice.private.overdue_action_at = None
    on_overdue.tell(tx, invoice, final=True)
    if invoice.status == "open" and seller(tx).marks_uncollectible:
        forgive(tx, invoice, "payment_not_received")


def _reached(moment: int | None, now: int) -> bool:
    return moment is not None and moment <= now


@prefetches("invoice")
def prefetch(uow: Any, invoices: list[Invoice]) -> None:
    """Load what a batch of due invoices refers to, in a constant number of queries."""
    customers = [each.customer for each in invoices if each.customer]
    subscriptions = [id for each in invoices if (id := subscription_of(each))]
    intents = [id for each in invoices if (id := each.private.payment_intent)]
    discounts = {id for each in invoices for id in each.discounts}
    for invoice in invoices:
        discounts.update(id for line in invoice.lines.data for id in line.discounts)
    uow.fetch(Customer, customers)
    uow.prefetch(TaxId, "customer", customers)
    uow.fetch(Subscription, subscriptions)
    uow.fetch(PaymentIntent, intents)
    uow.prefetch(InvoicePayment, "invoice", [each.id for each in invoices])
    charged = [each for each in invoices if each.collection_method == "charge_automatically"]
    uow.fetch(PaymentMethod, [method_for(uow, each) for each in charged if each.customer])
    if discounts:
        uow.fetch(Discount, discounts)
    drafts = [each for each in invoices if each.status == "draft"]
    prepare_drafts(uow, drafts)
    _prepare_taxes(uow, [each for each in drafts if each.automatic_tax.enabled])
    drafts = [each for each in drafts if bills_usage(each)]
    prefetch_grants(uow, [each.customer for each in drafts if each.customer])
    prefetch_arrivals(uow, invoices)


def _prepare_taxes(uow: Any, drafts: list[Invoice]) -> None:
    """Load what the taxes of drafts are asked for with."""
    if not drafts:
        return
    prefetch_taxes(uow)
    lines = [line for draft in drafts for line in draft.lines.data]
    uow.fetch(Price, {id for line in lines if (id := line.price)})
    uow.fetch(Product, {id for line in lines if (id := line.product)})
