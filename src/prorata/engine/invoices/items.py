"""Invoice items: created, changed and deleted, while no finalized invoice has them."""

from prorata.engine.invoices.automatic_tax import refuse_unclear
from prorata.engine.invoices.compose import recompute
from prorata.engine.invoices.intent import refuse_while_unmade
from prorata.engine.invoices.item_changes import change_item, new_item
from prorata.engine.invoices.item_lines import (
    append_item,
    drop_lines,
    editable,
    home_of,
    refresh_lines,
)
from prorata.engine.invoices.item_pricing import usual_currency
from prorata.model.errors import InvalidRequest, missing_param
from prorata.model.fields import UNSET
from prorata.model.operation import Deleted, operation
from prorata.model.params import given, refuse_unsupported, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_item import (
    InvoiceItem,
    InvoiceItemCreateParams,
    InvoiceItemUpdateParams,
    ItemParent,
    ItemSubscriptionDetails,
)
from prorata.resources.billing.subscription import ENDED, Subscription
from prorata.resources.core.customer import Customer


@operation("POST /v1/invoiceitems")
def create(tx: Tx, params: InvoiceItemCreateParams) -> InvoiceItem:
    """Create an item on a draft invoice, or pending for a subscription's or customer's next one."""
    refuse_unsupported(params, "customer_account")
    invoice = None
    if given(params.invoice):
        invoice = editable(tx, tx.get(Invoice, params.invoice, param="invoice"))
    id = value_or(params.customer, invoice.customer if invoice is not None else None)
    if id is None:
        raise missing_param("customer")
    customer = tx.get(Customer, id, param="customer")
    # Whoever is deleted is so before or after this.
    tx.rely_on(customer)
    if invoice is not None and invoice.customer != customer.id:
        raise InvalidRequest(
            f"The invoice {invoice.id} belongs to another customer.", param="invoice"
        )
    pinned = None
    if given(params.subscription):
        pinned = _subscription(tx, params.subscription, customer)
        # Whatever ends it lets go of what is pinned to it, and has to see this.
        tx.rely_on(pinned)
    currency = _currency(tx, params, customer, invoice or pinned)
    item = new_item(tx, params, customer, currency=currency)
    if pinned is not None:
        item.parent = ItemParent(
            subscription_details=ItemSubscriptionDetails(subscription=pinned.id)
        )
    if invoice is not None:
        append_item(tx, invoice, item)
        recompute(tx, invoice)
        refuse_unclear(tx, invoice)
    return item


@operation("POST /v1/invoiceitems/{id}")
def update(tx: Tx, item: InvoiceItem, params: InvoiceItemUpdateParams) -> InvoiceItem:
    """Change an item that is pending or on a draft invoice."""
    invoice = home_of(tx, item)
    change_item(tx, item, params)
    if params.invoicing_rules is None or given(params.invoicing_rules):
        item.invoicing_rules = params.invoicing_rules or UNSET
    for name in ("tax_behavior", "tax_code"):
        if given(getattr(params, name)):
            setattr(item.private, name, getattr(params, name))
    if invoice is not None:
        refresh_lines(tx, invoice, [item])
    return item


@operation("DELETE /v1/invoiceitems/{id}")
def delete(tx: Tx, item: InvoiceItem) -> Deleted:
    """Delete an item that is pending or on a draft invoice, and its line."""
    invoice = home_of(tx, item)
    if invoice is not None:
        drop_lines(tx, invoice, [item.id])
    tx.delete(item)
    return Deleted("invoiceitem", item.id)


def _currency(
    tx: Tx,
    params: InvoiceItemCreateParams,
    customer: Customer,
    home: Invoice | Subscription | None,
) -> str | None:
    """Return the currency that an item must be billed in, None where its price decides.

    It is that of the invoice or subscription it is for; a price that has the customer's currency
    is billed in it.
    """
    if home is not None:
        if given(params.currency) and params.currency.lower() != home.currency:
            what = "invoice" if isinstance(home, Invoice) else "subscription"
            raise InvalidRequest(
                f"The {what} is in `{home.currency}`; an item in another currency can't be"
                " added to it.",
                param="currency",
            )
        return home.currency
    if given(params.currency):
        return params.currency.lower()
    if given(params.amount) or given(params.unit_amount_decimal):
        return customer.currency
    return usual_currency(tx, params, customer)


def _subscription(tx: Tx, id: str, customer: Customer) -> Subscription:
    subscription = tx.get(Subscription, id, param="subscription")
    if subscription.customer != customer.id:
        raise InvalidRequest(
            f"The subscription {id} belongs to another customer.", param="subscription"
        )
    if subscription.status in ENDED:
        raise InvalidRequest(
            "You can't add invoice items to a subscription that has ended.", param="subscription"
        )
    refuse_while_unmade(tx, subscription)
    return subscription
