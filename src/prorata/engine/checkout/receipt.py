"""Receipt: the invoice that is made of a payment which has come already."""

from prorata.engine.catalogue.discounts import spend
from prorata.engine.checkout.order import invoice_payment
from prorata.engine.invoices.finalize import invoice_discounts
from prorata.engine.invoices.hooks import on_finalized
from prorata.engine.invoices.intent import add_payment
from prorata.engine.invoices.ledger import post_finalized, post_payment_counted
from prorata.engine.invoices.pages import show_pages
from prorata.engine.invoices.payment import receive
from prorata.engine.invoices.seller import take_number
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_shape import (
    InvoiceCustomField,
    InvoiceRendering,
    InvoiceRenderingPdf,
)
from prorata.resources.checkout.collection_shape import InvoiceData
from prorata.resources.checkout.session import CheckoutSession
from prorata.resources.core.customer import Customer
from prorata.resources.payments.charge import Charge
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.products.discount import Discount


def invoice_for_payment(
    tx: Tx, session: CheckoutSession, customer: Customer, intent: PaymentIntent | None
) -> Invoice:
    """Make the invoice of what a session sold, paid by the payment that has come.

    The customer's balance is left alone. Without an intent nothing was due. What the payment has
    redeemed is given, whatever has become of its coupons since.
    """
    assert session.invoice_creation is not None, "it is asked for"
    data = session.invoice_creation.invoice_data
    made = session.private.made
    for discount in tx.load(Discount, made.discounts).values():
        discount.customer = customer.id
    invoice = invoice_payment(
        tx, session, customer, metadata=dict(data.metadata or {}), told=True,
        redeemed=None if made.terms is None else made.discounts,
    )  # fmt: skip
    _describe(invoice, data)
    tx.emit("invoice.created", invoice)
    invoice.number = take_number(tx, customer)
    invoice.status = "open"
    invoice.status_transitions.finalized_at = tx.now
    invoice.effective_at = tx.now
    invoice.starting_balance = invoice.ending_balance = 0
    invoice.amount_due = invoice.amount_remaining = max(0, invoice.total)
    invoice.attempted = True
    invoice.attempt_count = 1 if intent is not None else 0
    show_pages(tx, invoice)
    post_finalized(tx, invoice)
    spend(tx, invoice_discounts(invoice), invoice.id)
    tx.emit("invoice.finalized", invoice)
    on_finalized.tell(tx, invoice)
    received = 0
    if intent is not None:
        received = intent.amount_received
        payment = add_payment(tx, invoice, intent, amount=received, is_default=True)
        payment.status, payment.amount_paid = "paid", received
        payment.status_transitions.paid_at = tx.now
        invoice.private.payment_intent = intent.id
        intent.private.invoice = invoice.id
        charge = tx.find(Charge, intent.latest_charge)
        if charge is not None:
            post_payment_counted(tx, invoice, received, charge.private.account)
        tx.emit_last("invoice_payment.paid", payment)
    receive(tx, invoice, received)
    session.invoice = invoice.id
    return invoice


def _describe(invoice: Invoice, data: InvoiceData) -> None:
    invoice.description = data.description
    invoice.footer = data.footer or invoice.footer
    invoice.account_tax_ids = data.account_tax_ids or invoice.account_tax_ids
    if data.custom_fields:
        invoice.custom_fields = [
            InvoiceCustomField(name=each.name, value=each.value) for each in data.custom_fields
        ]
    options = data.rendering_options
    if options is not None:
        invoice.rendering = InvoiceRendering(
            amount_tax_display=options.amount_tax_display,
            pdf=InvoiceRenderingPdf(),
            template=options.template,
        )
