"""One-off: the draft invoice of a quote that bills nothing again."""

from prorata.engine.catalogue.discounts import redeem
from prorata.engine.invoices.compose import Collection, Origin, compose
from prorata.engine.invoices.once import bill_once, standing_discounts
from prorata.engine.invoices.pending_items import drafts_of
from prorata.engine.invoices.terms import agree_on_rates, tax_rates
from prorata.engine.quotes.order import is_taxed, redemptions
from prorata.engine.subscriptions.items import check_amount
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_item import InvoiceItem
from prorata.resources.billing.invoice_shape import InvoiceCustomField
from prorata.resources.billing.quote import Quote, QuoteItem
from prorata.resources.core.customer import Customer
from prorata.resources.products.price import Price


def draft_invoice(tx: Tx, quote: Quote, customer: Customer) -> tuple[Invoice, dict[str, QuoteItem]]:
    """Draft the invoice of a quote that bills nothing again, with its items by invoice item.

    It waits for its seller. Raises InvalidRequest for discounts that can't be redeemed.
    """
    items: list[QuoteItem] = quote.private.items
    currency = quote.currency or ""
    agree_on_rates(tx, quote, *items)
    billed = [
        _bill(tx, quote, customer, each, f"line_items[{place}]") for place, each in enumerate(items)
    ]
    found = redeem(
        tx,
        redemptions(tx, quote.discounts),
        customer=customer.id,
        currency=currency,
        purchase=sum(each.amount for each in billed),
        told=False,
    )
    invoice = compose(
        tx,
        customer=customer,
        currency=currency,
        lines=drafts_of(tx, billed),
        origin=Origin(reason="quote_accept", quote=quote.id),
        collection=Collection(
            method=quote.collection_method,
            auto_advance=False,
            days_until_due=quote.invoice_settings.days_until_due,
        ),
        discounts=[each.id for each in found] or standing_discounts(tx, customer),
        default_tax_rates=tax_rates(tx, quote.default_tax_rates, "default_tax_rates"),
        automatic_tax=is_taxed(quote),
    )
    for each in found:
        if each.id not in quote.discounts:
            each.invoice = invoice.id
    _describe(quote, invoice)
    return invoice, {bill.id: item for bill, item in zip(billed, items, strict=True)}


def _describe(quote: Quote, invoice: Invoice) -> None:
    settings = quote.invoice_settings
    if settings.custom_fields:
        invoice.custom_fields = [
            InvoiceCustomField(name=each.name, value=each.value) for each in settings.custom_fields
        ]
    invoice.description = settings.description
    invoice.footer = settings.footer or invoice.footer


def _bill(tx: Tx, quote: Quote, customer: Customer, item: QuoteItem, path: str) -> InvoiceItem:
    """Add the invoice item of something that is quoted."""
    currency, quantity = quote.currency or "", item.quantity or 0
    price = tx.get(Price, item.price)
    check_amount(price, quantity, currency, path)
    billed = bill_once(
        tx, price, quantity, customer=customer.id, currency=currency,
        test_clock=customer.test_clock, rates=item.tax_rates, path=f"{path}[tax_rates]",
    )  # fmt: skip
    if item.discounts:
        found = redeem(
            tx, redemptions(tx, item.discounts), customer=customer.id, invoice_item=billed.id,
            currency=currency, purchase=billed.amount, path=f"{path}[discounts]",
        )  # fmt: skip
        billed.discounts = [each.id for each in found]
    return billed
