"""Invoice: the one place where invoices are composed, for charges and previews alike."""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from prorata.engine.credits.usable import is_payable, usable_grants
from prorata.engine.invoices.automatic_tax import refuse_unclear
from prorata.engine.invoices.cash import settle
from prorata.engine.invoices.lines import LineDraft, build_line, facts_of
from prorata.engine.invoices.rendering import rendering_for
from prorata.engine.invoices.seller import seller
from prorata.engine.invoices.sums import add_up
from prorata.engine.invoices.terms import load_terms
from prorata.model.errors import InvalidRequest
from prorata.model.fields import UNSET, InlineList, Metadata, Shipping
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import (
    LINES_MAX,
    SUBSCRIPTION_LINES_MAX,
    Invoice,
    InvoicePrivate,
    refuse_too_large,
)
from prorata.resources.billing.invoice_item import InvoiceItem
from prorata.resources.billing.invoice_line_item import InvoiceLineItem, LineCreditedItems
from prorata.resources.billing.invoice_payment_settings import (
    InvoicePaymentSettings,
    settings_of_subscription,
)
from prorata.resources.billing.invoice_shape import (
    BillingReason,
    CollectionMethod,
    InvoiceAutomaticTax,
    InvoiceCustomerShipping,
    InvoiceCustomerTaxId,
    InvoiceCustomField,
    InvoiceParent,
    InvoiceParentQuoteDetails,
    InvoiceParentSubscriptionDetails,
    InvoiceStatusTransitions,
    InvoiceTaxLiability,
)
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.tax_id import TaxId
from prorata.resources.core.customer import Customer, balance_in, use_currency
from prorata.resources.products.tax_rate import TaxRate
from prorata.rules import windows


class Collection(Struct, frozen=True, kw_only=True):
    """How an invoice is to be collected; due_date in seconds UTC."""

    method: CollectionMethod = "charge_automatically"
    auto_advance: bool = True
    days_until_due: int | None = None
    due_date: int | None = None


class Origin(Struct, frozen=True, kw_only=True):
    """What an invoice is made for.

    period: the window [start, end) from which it collects, now alone if unset. unique: admit one
    invoice of this subscription, reason and period end only.
    """

    reason: BillingReason
    subscription: Subscription | None = None
    quote: str | None = None
    period: tuple[int, int] | None = None
    proration_date: int | None = None
    unique: bool = False
    metadata: Metadata = {}


def compose(
    tx: Tx,
    *,
    customer: Customer,
    currency: str,
    lines: Sequence[LineDraft],
    origin: Origin,
    collection: Collection = Collection(),
    discounts: Iterable[str] = (),
    default_tax_rates: Iterable[TaxRate] = (),
    automatic_tax: bool = False,
    save: bool = True,
) -> Invoice:
    """Return a draft invoice of these lines, with discounts, taxes and totals worked out.

    discounts: ids of those that apply now, in order. Lines of invoice items take the items off
    the pending ones. automatic_tax: taxes are asked of the tax engine, as a subscription's are
    where it says so. Without `save` nothing is kept: it is a preview. Raises InvalidRequest above
    250 lines, 2,000 of a subscription. Fields that only describe the invoice may be set on it
    afterwards.
    """
    most = LINES_MAX if origin.subscription is None else SUBSCRIPTION_LINES_MAX
    if len(lines) > most:
        raise InvalidRequest(f"An invoice can have at most {most} lines.")
    id = tx.new_id(Invoice, owner=customer.id) if save else tx.id("upcoming_in", customer.id)
    built = [
        build_line(tx, each, invoice=id, owner=customer.id, shown_at=None if save else place)
        for place, each in enumerate(lines)
    ]
    invoice = _blank(tx, id, customer, currency, origin, collection)
    invoice.private = InvoicePrivate(
        lines={line.id: facts_of(each) for line, each in zip(built, lines, strict=True)},
        period_key=_period_key(origin),
        days_until_due=collection.days_until_due,
    )
    invoice.lines = InlineList(data=built, url=f"/v1/invoices/{id}/lines")
    invoice.discounts = list(discounts)
    invoice.default_tax_rates = list(default_tax_rates)
    invoice.automatic_tax.enabled = automatic_tax or invoice.automatic_tax.enabled
    _credit_items_of_this_invoice(invoice, lines)
    copy_customer(tx, invoice, customer)
    recompute(tx, invoice)
    refuse_unclear(tx, invoice)
    schedule(tx, invoice)
    if save:
        if customer.currency is None:
            use_currency(tx.take(customer), currency)
        sweep(tx, invoice, built)
        tx.add(invoice)
    return invoice


def recompute(tx: Tx, invoice: Invoice) -> None:
    """Sum a draft again after its lines, discounts or rates have changed; minor units.

    Raises InvalidRequest for a line or a total of more than twelve digits.
    """
    add_up(invoice, load_terms(tx, invoice))
    refuse_too_large(invoice.total, invoice.currency)
    for line in invoice.lines.data:
        refuse_too_large(line.amount, invoice.currency)
    _owe(invoice)


def bring_up_to_date(tx: Tx, invoice: Invoice, customer: Customer) -> None:
    """Let a draft show its customer as it is by now, summed again where that changes the sums."""
    exempt = invoice.customer_tax_exempt
    copy_customer(tx, invoice, customer)
    taxed = invoice.automatic_tax.enabled
    discounted = invoice.discounts or any(line.discounts for line in invoice.lines.data)
    if taxed or discounted or invoice.customer_tax_exempt != exempt or _takes_credits(tx, invoice):
        recompute(tx, invoice)
    else:
        _owe(invoice)


def _takes_credits(tx: Tx, invoice: Invoice) -> bool:
    """Return whether credits pay for a draft, or did so when it was summed."""
    if not is_payable(invoice):
        return False
    return any(each.credits for each in invoice.private.lines.values()) or bool(
        usable_grants(tx, invoice)
    )


def _owe(invoice: Invoice) -> None:
    """Set what is due; of a preview, what would be charged, which is nothing of a tiny sum."""
    invoice.amount_due = max(0, invoice.total + invoice.starting_balance)
    if invoice.billing_reason == "upcoming":
        invoice.amount_due = settle(invoice, invoice.starting_balance).amount_due
    invoice.amount_remaining = invoice.amount_due - invoice.amount_paid


def sweep(tx: Tx, invoice: Invoice, lines: Iterable[InvoiceLineItem]) -> None:
    """Mark the invoice items of lines as collected by the invoice."""
    ids = [line.invoice_item for line in lines if line.invoice_item is not None]
    for item in tx.load(InvoiceItem, ids).values() if ids else ():
        item.invoice = invoice.id


def schedule(tx: Tx, invoice: Invoice) -> None:
    """Set when a draft advances by itself, counted from its creation; never, unless it is to."""
    advances = invoice.auto_advance is True
    charges = invoice.collection_method == "charge_automatically"
    attempt = invoice.created + seller(tx).draft_seconds
    lag = windows.DRAFT_FINALIZES_SECONDS - windows.DRAFT_SECONDS
    invoice.automatically_finalizes_at = attempt + lag if advances else None
    invoice.next_payment_attempt = attempt if advances and charges else None


def copy_customer(tx: Tx, invoice: Invoice, customer: Customer) -> None:
    """Copy what an invoice shows of its customer, and the balance that it will start from."""
    invoice.customer_address = customer.address
    invoice.customer_email = customer.email
    invoice.customer_name = customer.name
    invoice.customer_phone = customer.phone
    shipping = customer.shipping
    invoice.customer_shipping = None if shipping is None else _shipped_to(shipping)
    invoice.customer_tax_exempt = customer.tax_exempt
    invoice.customer_tax_ids = [
        InvoiceCustomerTaxId(type=each.type, value=each.value)
        for each in tx.select(TaxId, customer=customer.id, oldest_first=True)
    ]
    invoice.starting_balance = balance_in(customer, invoice.currency)


def _blank(
    tx: Tx, id: str, customer: Customer, currency: str, origin: Origin, collection: Collection
) -> Invoice:
    """Return an invoice with its head filled in and no lines."""
    start, end = origin.period or (tx.now, tx.now)
    account = seller(tx)
    settings = customer.invoice_settings
    invoice = Invoice(
        id=id,
        account_country=account.country,
        account_name=account.name,
        account_tax_ids=account.tax_ids,
        auto_advance=collection.auto_advance,
        automatic_tax=InvoiceAutomaticTax(),
        billing_reason=origin.reason,
        collection_method=collection.method,
        created=tx.now,
        currency=currency,
        custom_fields=_custom_fields(settings.custom_fields),
        customer=customer.id,
        due_date=_due_date(tx.now, collection),
        footer=settings.footer,
        issuer=InvoiceTaxLiability(),
        lines=InlineList(),
        livemode=tx.book.livemode,
        metadata=dict(origin.metadata),
        parent=_parent(origin),
        payment_settings=InvoicePaymentSettings(),
        period_end=end,
        period_start=start,
        rendering=rendering_for(tx, customer),
        status="draft",
        status_transitions=InvoiceStatusTransitions(),
        test_clock=customer.test_clock,
        webhooks_delivered_at=None if tx.book.livemode else tx.now,
    )
    if origin.subscription is not None:
        _take_settings(invoice, origin.subscription)
    return invoice


def _custom_fields(fields: Sequence[Any] | None) -> list[InvoiceCustomField] | None:
    if fields is None:
        return None
    return [InvoiceCustomField(name=each.name, value=each.value) for each in fields]


def _shipped_to(shipping: Shipping) -> InvoiceCustomerShipping:
    return InvoiceCustomerShipping(
        address=UNSET if shipping.address is None else shipping.address,
        carrier=None,
        name=UNSET if shipping.name is None else shipping.name,
        phone=shipping.phone,
        tracking_number=None,
    )


def _due_date(now: int, collection: Collection) -> int | None:
    if collection.due_date is not None or collection.days_until_due is None:
        return collection.due_date
    return now + collection.days_until_due * windows.DAY


def _parent(origin: Origin) -> InvoiceParent | None:
    subscription = origin.subscription
    if subscription is not None:
        details = InvoiceParentSubscriptionDetails(
            metadata=dict(subscription.metadata), subscription=subscription.id
        )
        if origin.proration_date is not None:
            details.subscription_proration_date = origin.proration_date
        return InvoiceParent(type="subscription_details", subscription_details=details)
    if origin.quote is not None:
        return InvoiceParent(
            type="quote_details", quote_details=InvoiceParentQuoteDetails(quote=origin.quote)
        )
    return None


def _take_settings(invoice: Invoice, subscription: Subscription) -> None:
    settings = subscription.invoice_settings
    invoice.account_tax_ids = settings.account_tax_ids or invoice.account_tax_ids
    invoice.issuer = InvoiceTaxLiability(account=settings.issuer.account, type=settings.issuer.type)
    if settings.custom_fields:
        invoice.custom_fields = _custom_fields(settings.custom_fields)
    invoice.description = settings.description
    invoice.footer = settings.footer or invoice.footer
    invoice.payment_settings = settings_of_subscription(subscription.payment_settings)
    invoice.automatic_tax.enabled = subscription.automatic_tax.enabled


def _period_key(origin: Origin) -> str | None:
    """Return what admits one invoice per subscription, reason and period, None for any number."""
    if not origin.unique or origin.subscription is None or origin.period is None:
        return None
    return f"{origin.subscription.id}:{origin.reason}:{origin.period[1]}"


def _credit_items_of_this_invoice(invoice: Invoice, lines: Sequence[LineDraft]) -> None:
    """Name the line that a credit gives back where both are on this invoice."""
    if not any(draft.credited_item for draft in lines):
        return
    line_of = {line.invoice_item: line.id for line in invoice.lines.data if line.invoice_item}
    for line, draft in zip(invoice.lines.data, lines, strict=True):
        credited = line_of.get(draft.credited_item or "")
        if credited is None or line.parent is None:
            continue
        details = line.parent.subscription_item_details or line.parent.invoice_item_details
        if details is not None and details.proration_details is not None:
            details.proration_details.credited_items = LineCreditedItems(
                invoice=invoice.id, invoice_line_items=[credited]
            )
