"""Invoice revision: a draft that takes the place of an open invoice once it is finalized."""

from prorata.engine.invoices.compose import Collection, Origin, compose, recompute
from prorata.engine.invoices.fields import redeemed, set_fields
from prorata.engine.invoices.hooks import on_finalized
from prorata.engine.invoices.intent import refuse_while_undoable
from prorata.engine.invoices.lines import LineDraft, draft_of
from prorata.engine.invoices.loss import void
from prorata.model.errors import InvalidRequest
from prorata.model.fields import UNSET
from prorata.model.params import given, merge_metadata, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice, subscription_of
from prorata.resources.billing.invoice_line_item import InvoiceLineItem
from prorata.resources.billing.invoice_params import InvoiceCreateParams
from prorata.resources.billing.invoice_shape import InvoiceFromInvoice
from prorata.resources.billing.subscription import Subscription
from prorata.resources.core.customer import Customer

COPIED = (
    "account_tax_ids", "custom_fields", "default_payment_method", "default_source", "description",
    "footer", "issuer", "payment_settings", "rendering", "shipping_details",
    "statement_descriptor",
)  # fmt: skip


def revise(tx: Tx, params: InvoiceCreateParams) -> Invoice:
    """Return a draft with the lines and terms of an open invoice, to be corrected.

    Finalizing it voids the original. Raises InvalidRequest unless the original is open and unpaid.
    """
    named = params.from_invoice
    assert named is not UNSET, "a revision names its original"
    original = tx.get(Invoice, named.invoice, param="from_invoice[invoice]")
    tx.follow(original)
    refuse_while_undoable(tx, original)
    if original.status != "open" or original.amount_paid:
        raise InvalidRequest(
            f"You can only revise open invoices that nothing was paid on. {original.id} is"
            f" {original.status}.",
            param="from_invoice[invoice]",
        )
    if given(params.customer) and params.customer != original.customer:
        raise InvalidRequest("A revision is for the customer of the original.", param="customer")
    customer = tx.get(Customer, original.customer or "")
    # Whoever is deleted is so before or after this.
    tx.rely_on(customer)
    revision = compose(
        tx,
        customer=customer,
        currency=original.currency,
        lines=[_copy(original, line) for line in original.lines.data],
        origin=Origin(
            reason="manual",
            subscription=tx.find(Subscription, subscription_of(original)),
            period=(original.period_start, original.period_end),
            metadata=merge_metadata(original.metadata, params.metadata),
        ),
        collection=Collection(
            method=original.collection_method,
            auto_advance=value_or(params.auto_advance, False),
            days_until_due=original.private.days_until_due,
            due_date=original.due_date,
        ),
        discounts=original.discounts,
        default_tax_rates=original.default_tax_rates,
        automatic_tax=original.automatic_tax.enabled,
    )
    for name in COPIED:
        setattr(revision, name, getattr(original, name))
    revision.from_invoice = InvoiceFromInvoice(action="revision", invoice=original.id)
    if given(params.discounts):
        revision.discounts = redeemed(tx, revision, params)
    set_fields(tx, revision, params)
    recompute(tx, revision)
    return revision


def refuse_second(tx: Tx, invoice: Invoice) -> None:
    """Raise InvalidRequest for a revision of what was paid, or was revised by another, meanwhile.

    Its customer would pay for the same twice.
    """
    named = invoice.from_invoice
    original = None if named is None else tx.find(Invoice, named.invoice)
    if original is None:
        return
    other = tx.look(Invoice, original.latest_revision)
    if original.status == "paid" or original.amount_paid:
        problem = f"{original.id}, which it takes the place of, has been paid"
    elif original.status == "void" and other is not None and other.status != "void":
        problem = f"{other.id} has taken the place of {original.id} already"
    else:
        return
    raise InvalidRequest(f"You can't finalize this revision: {problem}.")


@on_finalized
def replace_original(tx: Tx, invoice: Invoice, **_: object) -> None:
    """Void the invoice that a finalized revision takes the place of."""
    if invoice.from_invoice is None:
        return
    original = tx.find(Invoice, invoice.from_invoice.invoice)
    if original is None:
        return
    original.latest_revision = invoice.id
    if original.status == "open" and not original.amount_paid:
        void(tx, original)


def _copy(original: Invoice, line: InvoiceLineItem) -> LineDraft:
    """Return a line to be corrected: what it bills is the seller's to say, not a meter's."""
    draft = draft_of(original, line)
    draft.usage = draft.takes_off = None
    return draft
