"""Preview checks: what a preview cannot suppose is refused by name, and the rest is shown."""

from prorata.engine.due import at_moment
from prorata.engine.invoices.automatic_tax import refuse_unclear
from prorata.engine.invoices.compose import recompute
from prorata.engine.subscriptions.agreement import refuse_other_account
from prorata.engine.tax.enable import check_ready
from prorata.model.errors import InvalidRequest, NotSupported
from prorata.model.params import fields_given, given
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_shape import InvoiceAutomaticTax
from prorata.resources.billing.preview_params import (
    PreviewCustomerParams,
    PreviewParams,
    PreviewSubscriptionParams,
)
from prorata.resources.billing.tax_id import TaxId, add_tax_id
from prorata.resources.core.customer import Customer
from prorata.resources.products.moments import check_typed

EITHER = (("schedule", "subscription"), ("schedule_details", "subscription_details"))
# What ends or interrupts a subscription is previewed by itself, with what says how.
BESIDE = {
    "cancel_now": {"billing_mode", "proration_behavior"},
    "pause": {"billing_mode"},
    "resume_at": {"billing_mode"},
}
OF_EXISTING = ("cancel_now", "pause", "proration_date", "resume_at")


def check_preview(tx: Tx, params: PreviewParams) -> None:
    """Raise for parameters of a preview that exclude each other or involve other accounts."""
    for pair in EITHER:
        if all(given(getattr(params, name)) for name in pair):
            raise InvalidRequest(
                f"You may only specify one of these parameters: {', '.join(pair)}.", param=pair[0]
            )
    if given(params.on_behalf_of) and params.on_behalf_of not in (None, tx.book.account):
        raise NotSupported(
            "`on_behalf_of` another account is not supported: leave it out of the request.",
            param="on_behalf_of",
        )
    if given(params.issuer):
        refuse_other_account(tx, params.issuer, "issuer")
    details = params.subscription_details
    if not given(details):
        return
    if given(details.billing_cycle_anchor):
        check_typed(details.billing_cycle_anchor, "subscription_details[billing_cycle_anchor]")
    if given(params.subscription):
        _check_beside(details)
    else:
        _check_new(details)


def _check_beside(details: PreviewSubscriptionParams) -> None:
    sent = {name for name, value in fields_given(details).items() if value is not False}
    for name, beside in BESIDE.items():
        if name in sent and (others := sent - beside - {name}):
            raise InvalidRequest(
                f"`subscription_details[{name}]` is previewed by itself: leave"
                f" {', '.join(sorted(others))} out of `subscription_details`.",
                param=f"subscription_details[{name}]",
            )


def _check_new(details: PreviewSubscriptionParams) -> None:
    anchor = details.billing_cycle_anchor
    sent = [name for name in OF_EXISTING if given(getattr(details, name))]
    if given(anchor) and anchor.type == "unchanged":
        sent.append("billing_cycle_anchor")
    if not given(details.items):
        # Nothing describes the subscription whose other sides are supposed.
        sent = list(fields_given(details))
    if sent:
        raise InvalidRequest(
            f"`subscription_details[{sent[0]}]` is for the preview of a subscription that exists:"
            " give its id as `subscription`.",
            param=f"subscription_details[{sent[0]}]",
        )


def suppose_tax_ids(tx: Tx, customer: Customer, details: PreviewCustomerParams) -> None:
    """Let a customer have the tax ids and the IP address of a preview; the caller undoes it.

    Raises InvalidRequest (`tax_id_invalid`) for a number that is not well-formed.
    """
    if given(details.tax) and given(details.tax.ip_address):
        customer.private.ip_address = details.tax.ip_address
    if not given(details.tax_ids):
        return
    for known in tx.select(TaxId, customer=customer.id):
        tx.delete(known)
    for place, each in enumerate(details.tax_ids):
        where = f"customer_details[tax_ids][{place}][value]"
        add_tax_id(tx, each.type, each.value, customer, where)


def suppose_taxed(tx: Tx, invoice: Invoice, params: PreviewParams) -> Invoice:
    """Show a preview with automatic tax, or without, where it asks for that.

    Raises InvalidRequest where the account has no head office, or a line cannot be judged.
    """
    if not given(params.automatic_tax):
        return invoice
    wanted = params.automatic_tax
    if given(wanted.liability):
        refuse_other_account(tx, wanted.liability, "automatic_tax[liability]")
    if wanted.enabled:
        check_ready(tx)
    if wanted.enabled != invoice.automatic_tax.enabled:
        invoice.automatic_tax = InvoiceAutomaticTax(enabled=wanted.enabled)
        with at_moment(tx, invoice.created):
            recompute(tx, invoice)
        refuse_unclear(tx, invoice)
    return invoice
