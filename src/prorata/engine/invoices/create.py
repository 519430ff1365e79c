"""Invoice create: one-off invoices made by hand, changed and deleted as drafts."""

from prorata.engine.invoices.automatic_tax import refuse_unclear
from prorata.engine.invoices.compose import Collection, Origin, compose, recompute
from prorata.engine.invoices.fields import (
    check_collection,
    check_finalized_fields,
    redeemed,
    set_collection,
    set_fields,
)
from prorata.engine.invoices.hooks import before_editing
from prorata.engine.invoices.intent import refuse_while_unmade
from prorata.engine.invoices.pending_items import pending_drafts
from prorata.engine.invoices.revision import revise
from prorata.engine.invoices.seller import seller
from prorata.engine.invoices.terms import agree_on_rates, tax_rates
from prorata.model.errors import InvalidRequest
from prorata.model.operation import Deleted, operation
from prorata.model.params import given, merge_metadata, refuse_unsupported, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice, subscription_of
from prorata.resources.billing.invoice_params import InvoiceCreateParams, InvoiceUpdateParams
from prorata.resources.billing.invoice_shape import InvoiceRendering, InvoiceRenderingPdf
from prorata.resources.billing.subscription import Subscription
from prorata.resources.core.customer import Customer
from prorata.resources.products.discount import Discount, applies_at
from prorata.resources.products.moments import check_future
from prorata.resources.products.price_params import check_currency
from prorata.resources.products.tax_rate import TaxRate

CONNECT = ("application_fee_amount", "transfer_data")


@operation("POST /v1/invoices")
def create(tx: Tx, params: InvoiceCreateParams) -> Invoice:
    """Create a draft: empty, or of the customer's pending items, or a revision of another one."""
    refuse_unsupported(params, "customer_account", *CONNECT)
    if given(params.from_invoice):
        return revise(tx, params)
    if not given(params.customer):
        raise InvalidRequest("Must provide customer or customer_account.", code="parameter_missing")
    customer = tx.get(Customer, params.customer, param="customer")
    # Whoever is deleted is so before or after this.
    tx.rely_on(customer)
    subscription = _subscription(tx, params, customer)
    currency = _currency(tx, params, customer)
    check_collection(params, value_or(params.collection_method, "charge_automatically"))
    if given(params.due_date):
        check_future(tx, params.due_date, "due_date")
    lines = []
    if value_or(params.pending_invoice_items_behavior, "exclude") == "include":
        lines = pending_drafts(
            tx,
            customer.id,
            currency,
            subscription=None if subscription is None else subscription.id,
            any=subscription is None,
        )
    scheduled = given(params.automatically_finalizes_at)
    invoice = compose(
        tx,
        customer=customer,
        currency=currency,
        lines=lines,
        origin=Origin(
            reason="manual",
            subscription=subscription,
            metadata=merge_metadata(None, params.metadata),
        ),
        collection=Collection(
            method=value_or(params.collection_method, "charge_automatically"),
            auto_advance=value_or(params.auto_advance, scheduled),
            days_until_due=value_or(params.days_until_due, None),
            due_date=value_or(params.due_date, None),
        ),
        discounts=_inherited(tx, params, customer, subscription),
        default_tax_rates=_default_rates(tx, params, subscription),
    )
    invoice.rendering = invoice.rendering or InvoiceRendering(
        pdf=InvoiceRenderingPdf(page_size="auto")
    )
    if given(params.discounts):
        invoice.discounts = redeemed(tx, invoice, params)
    set_fields(tx, invoice, params)
    recompute(tx, invoice)
    refuse_unclear(tx, invoice)
    return invoice


@operation("POST /v1/invoices/{id}", missing_param="id")
def update(tx: Tx, invoice: Invoice, params: InvoiceUpdateParams) -> Invoice:
    """Change a draft; of a finalized invoice only how it is collected, and its metadata."""
    refuse_unsupported(params, *CONNECT)
    if invoice.status == "draft":
        before_editing.tell(tx, invoice)
    else:
        check_finalized_fields(invoice, params)
    set_collection(tx, invoice, params)
    if given(params.metadata):
        invoice.metadata = merge_metadata(invoice.metadata, params.metadata)
    if given(params.default_tax_rates):
        agree_on_rates(tx, invoice)
        invoice.default_tax_rates = tax_rates(
            tx, params.default_tax_rates, "default_tax_rates"
        )
    if given(params.discounts):
        invoice.discounts = redeemed(tx, invoice, params)
    set_fields(tx, invoice, params)
    if invoice.status == "draft":
        recompute(tx, invoice)
        refuse_unclear(tx, invoice)
    return invoice


@operation("DELETE /v1/invoices/{id}")
def delete(tx: Tx, invoice: Invoice) -> Deleted:
    """Delete a one-off draft; the items that it collected stay with it."""
    if invoice.status != "draft":
        raise InvalidRequest("You can only delete draft invoices.")
    if subscription_of(invoice) is not None:
        raise InvalidRequest(
            "You can't delete invoices created by subscriptions; finalize and void it instead."
        )
    tx.delete(invoice)
    return Deleted("invoice", invoice.id)


def _subscription(tx: Tx, params: InvoiceCreateParams, customer: Customer) -> Subscription | None:
    if not given(params.subscription):
        return None
    subscription = tx.get(Subscription, params.subscription, param="subscription")
    if subscription.customer != customer.id:
        raise InvalidRequest(
            f"The subscription {subscription.id} belongs to another customer.",
            param="subscription",
        )
    refuse_while_unmade(tx, subscription)
    return subscription


def _currency(tx: Tx, params: InvoiceCreateParams, customer: Customer) -> str:
    if given(params.currency):
        currency = params.currency.lower()
        check_currency(currency, "currency")
        return currency
    return customer.currency or seller(tx).currency


def _inherited(
    tx: Tx, params: InvoiceCreateParams, customer: Customer, subscription: Subscription | None
) -> list[str]:
    """Return the discounts that apply without being named: of the subscription or the customer."""
    if given(params.discounts):
        return []
    named = list(subscription.discounts) if subscription is not None else []
    if not named and customer.discount is not None:
        named = [customer.discount.id]
    found = tx.load(Discount, named) if named else {}
    return [id for id in named if id in found and applies_at(found[id], tx.now)]


def _default_rates(
    tx: Tx, params: InvoiceCreateParams, subscription: Subscription | None
) -> list[TaxRate]:
    if given(params.default_tax_rates):
        return tax_rates(tx, params.default_tax_rates, "default_tax_rates")
    return list(subscription.default_tax_rates) if subscription is not None else []
