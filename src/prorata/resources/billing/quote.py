"""Quotes: what somebody would sell to a customer, and for how much, until a certain day."""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from prorata.model.fields import InlineList, Metadata
from prorata.model.operation import Inline, operation
from prorata.model.resource import Resource, column, include, matches, resource
from prorata.model.transaction import Tx
from prorata.resources.billing.quote_params import QuoteEmptyParams
from prorata.resources.billing.quote_shape import (
    QuoteAutomaticTax,
    QuoteBreakdown,
    QuoteComputed,
    QuoteDiscountAmount,
    QuoteFromQuote,
    QuoteInvoiceSettings,
    QuoteRecurring,
    QuoteStatus,
    QuoteStatusTransitions,
    QuoteSubscriptionData,
    QuoteTax,
    QuoteTotalDetails,
    QuoteTransferData,
    QuoteUpfront,
)
from prorata.resources.billing.subscription_shape import CollectionMethod
from prorata.resources.checkout.line_item import (
    LineItem,
    LineItemDiscount,
    answered,
)
from prorata.resources.checkout.session_facts import Share, Sums
from prorata.resources.checkout.sold import Sold, shown_items, shown_taxes
from prorata.resources.products.discount import Discount
from prorata.resources.references import (
    AccountRef,
    ApplicationRef,
    CustomerRef,
    DiscountRef,
    InvoiceRef,
    SubscriptionRef,
    SubscriptionScheduleRef,
    TaxRateRef,
    TestClockRef,
)

OPEN: tuple[QuoteStatus, ...] = ("draft", "open")
STATUSES: tuple[QuoteStatus, ...] = ("accepted", "canceled", "draft", "open")


class QuoteItem(Struct, kw_only=True):
    """Something that is quoted.

    upfront_id: of the line item that says what acceptance bills of it. quantity: None for a
    metered price. tax_rates: None for the quote's own. discounts: ids. sums: of its whole price;
    upfront: of what acceptance bills of it.
    """

    id: str
    upfront_id: str
    price: str
    quantity: int | None = 1
    tax_rates: list[str] | None = None
    discounts: list[str] = []
    sums: Sums = msgspec.field(default_factory=Sums)
    upfront: Sums = msgspec.field(default_factory=Sums)


class QuotePrivate(Struct, kw_only=True):
    """What a quote remembers beside what it shows.

    sums: of all items' whole prices; upfront: of what acceptance bills; recurring: of every
    renewal, None where there is none. sequence: which of its customer's quotes it is, the same for
    all its revisions; revision: counts them.
    """

    items: list[QuoteItem] = []
    sums: Sums = msgspec.field(default_factory=Sums)
    upfront: Sums = msgspec.field(default_factory=Sums)
    recurring: Sums | None = None
    sequence: int | None = None
    revision: int = 1


def due(quote: "Quote") -> int | None:
    """Return when a quote that nobody has accepted expires."""
    return quote.expires_at if quote.status in OPEN else None


@resource(
    prefix="qt",
    path="/v1/quotes",
    columns=(column("customer", index=True), column("status"), column("number", unique=True)),
    filters=(
        matches("customer"),
        matches("customer_account", "customer"),
        matches("status", choices=STATUSES),
        matches("test_clock", "clock"),
    ),
    events=("created",),
    due=due,
)
class Quote(Resource, tag="quote", kw_only=True):
    """A quote; amounts in minor units, moments in seconds UTC."""

    Private = QuotePrivate

    amount_subtotal: int = 0
    amount_total: int = 0
    application: ApplicationRef | None = None
    application_fee_amount: int | None = None
    application_fee_percent: float | None = None
    automatic_tax: QuoteAutomaticTax
    collection_method: CollectionMethod = "charge_automatically"
    computed: QuoteComputed
    created: int
    currency: str | None = None
    customer: CustomerRef | None = None
    customer_account: str | None = None
    default_tax_rates: list[TaxRateRef] = []
    description: str | None = None
    discounts: list[DiscountRef] = []
    expires_at: int
    footer: str | None = None
    from_quote: QuoteFromQuote | None = None
    header: str | None = None
    invoice: InvoiceRef | None = None
    invoice_settings: QuoteInvoiceSettings
    livemode: bool
    metadata: Metadata = {}
    number: str | None = None
    on_behalf_of: AccountRef | None = None
    status: QuoteStatus = "draft"
    status_transitions: QuoteStatusTransitions
    subscription: SubscriptionRef | None = None
    subscription_data: QuoteSubscriptionData
    subscription_schedule: SubscriptionScheduleRef | None = None
    test_clock: TestClockRef | None = None
    total_details: QuoteTotalDetails
    transfer_data: QuoteTransferData | None = None


@operation("GET /v1/quotes/{id}/line_items")
def list_line_items(tx: Tx, quote: Quote, params: QuoteEmptyParams) -> Inline[LineItem]:
    """List what is quoted, each thing with its whole price."""
    return Inline(answered(tx, line_items_of(tx, quote)))


@operation("GET /v1/quotes/{id}/computed_upfront_line_items")
def list_computed_upfront_line_items(
    tx: Tx, quote: Quote, params: QuoteEmptyParams
) -> Inline[LineItem]:
    """List what acceptance bills of each thing: nothing in a trial, usage only later."""
    return Inline(answered(tx, line_items_of(tx, quote, upfront=True)))


def line_items_of(tx: Tx, quote: Quote, *, upfront: bool = False) -> list[LineItem]:
    """Return what a quote offers, or what acceptance bills of it; minor units."""
    items: list[QuoteItem] = quote.private.items
    sold = []
    for item in items:
        sums = item.upfront if upfront else item.sums
        taken = shown_discounts(tx, sums.discounts)
        sold.append(
            Sold(
                id=item.upfront_id if upfront else item.id,
                price=item.price,
                quantity=item.quantity,
                sums=sums,
                discounts=[
                    LineItemDiscount(amount=amount, discount=discount) for amount, discount in taken
                ],
            )
        )
    return shown_items(tx, sold, quote.currency or "")


def shown_discounts(tx: Tx, shares: Iterable[Share]) -> list[tuple[int, Discount]]:
    """Return what each discount takes, in minor units, and the discount."""
    shares = list(shares)
    found = tx.load(Discount, [each.of for each in shares], look=True) if shares else {}
    return [(each.amount, found[each.of]) for each in shares if each.of in found]


def totals(sums: Sums) -> QuoteTotalDetails:
    """Return what is between a subtotal and its total."""
    return QuoteTotalDetails(
        amount_discount=sums.discount, amount_tax=sums.inclusive + sums.exclusive
    )


def _opened(tx: Tx, sums: Sums) -> QuoteTotalDetails:
    """Return the same with what it is made of."""
    shown = totals(sums)
    shown.breakdown = QuoteBreakdown(
        discounts=[
            QuoteDiscountAmount(amount=amount, discount=discount)
            for amount, discount in shown_discounts(tx, sums.discounts)
        ],
        taxes=[QuoteTax(**each) for each in shown_taxes(tx, sums.taxes)],
    )
    return shown


def _listed(tx: Tx, quote: Quote, path: str, *, upfront: bool) -> InlineList[LineItem]:
    listed: InlineList[LineItem] = InlineList(
        data=answered(tx, line_items_of(tx, quote, upfront=upfront)),
        url=f"/v1/quotes/{quote.id}/{path}",
    )
    listed.refresh()
    return listed


@include("quote", "line_items")
def line_items(reader: Tx, document: dict[str, Any]) -> InlineList[LineItem]:
    """Return the list of what is quoted."""
    return _listed(reader, reader.get(Quote, document["id"]), "line_items", upfront=False)


@include("quote", "total_details")
def total_details(reader: Tx, document: dict[str, Any]) -> Any:
    """Return what is between the subtotal and the total, with what it is made of."""
    quote = reader.get(Quote, document["id"])
    return _opened(reader, quote.private.sums)


@include("quote", "computed")
def computed(reader: Tx, document: dict[str, Any]) -> Any:
    """Return what acceptance and renewals bill, with what they are made of."""
    quote = reader.get(Quote, document["id"])
    private: QuotePrivate = quote.private
    upfront, recurring = quote.computed.upfront, quote.computed.recurring
    return QuoteComputed(
        recurring=None
        if recurring is None or private.recurring is None
        else QuoteRecurring(
            amount_subtotal=recurring.amount_subtotal,
            amount_total=recurring.amount_total,
            interval=recurring.interval,
            interval_count=recurring.interval_count,
            total_details=_opened(reader, private.recurring),
        ),
        upfront=QuoteUpfront(
            amount_subtotal=upfront.amount_subtotal,
            amount_total=upfront.amount_total,
            line_items=_listed(reader, quote, "computed_upfront_line_items", upfront=True),
            total_details=_opened(reader, private.upfront),
        ),
    )
