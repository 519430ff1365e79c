"""Quote figures: what a quote comes to, by accepting it and undoing that.

So what is offered is worked out by the same lines that bill it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from prorata.engine.invoices.shares import sums_of
from prorata.engine.quotes.items import check_promises, currency_of, split
from prorata.engine.quotes.one_off import draft_invoice
from prorata.engine.quotes.order import (
    Wanted,
    anything,
    interval_of,
    is_taxed,
    named_here,
    subscription_params,
)
from prorata.engine.subscriptions.subscribe import open_subscription
from prorata.engine.tax.lasting import keep_rates, lasting_rates
from prorata.engine.tax.whereabouts import whereabouts
from prorata.model.errors import InvalidRequest
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_item import InvoiceItem
from prorata.resources.billing.invoice_line_item import InvoiceLineItem
from prorata.resources.billing.invoice_shape import DiscountAmount
from prorata.resources.billing.quote import Quote, QuoteItem, QuotePrivate, totals
from prorata.resources.billing.quote_shape import (
    QuoteComputed,
    QuoteRecurring,
    QuoteUpfront,
    TaxStatus,
)
from prorata.resources.billing.subscription import Subscription
from prorata.resources.checkout.session_facts import Share, Sums
from prorata.resources.core.customer import Customer
from prorata.resources.products.discount import Discount
from prorata.resources.products.price import Price
from prorata.resources.products.tax_rate import TaxRate


@dataclass(frozen=True, slots=True)
class Figures:
    """What a first invoice comes to, and each item on it by its id; minor units.

    tax_status: how it went to ask for its taxes, None where they are not asked for. rates: those
    that were made for them, and are to outlast what is supposed.
    """

    whole: Sums = field(default_factory=Sums)
    items: dict[str, Sums] = field(default_factory=dict)
    tax_status: TaxStatus | None = None
    rates: list[TaxRate] = field(default_factory=list)


def refresh(tx: Tx, quote: Quote) -> None:
    """Write onto a quote what it comes to now; raise InvalidRequest for what can't be sold so."""
    quote.currency = currency_of(tx, quote)
    check_promises(tx, quote)
    if quote.automatic_tax.enabled:
        quote.automatic_tax.provider = tx.gateway.tax_provider
        quote.automatic_tax.status = None if _is_located(tx, quote) else "requires_location_inputs"
    recurring, once = split(tx, quote)
    try:
        whole = _first_invoice(tx, quote, recurring, once, trial=False)
        upfront = whole
        if recurring and quote.subscription_data.trial_period_days:
            upfront = _first_invoice(tx, quote, recurring, once)
        renewal = _renewal(tx, quote, recurring)
    except InvalidRequest as error:
        raise named_here(tx, quote, error) from None
    if whole.tax_status is not None:
        quote.automatic_tax.status = whole.tax_status
    # What was supposed is undone by now, and the quote's parts are made anew with it.
    private: QuotePrivate = quote.private
    private.sums, private.upfront = whole.whole, upfront.whole
    private.recurring = None if renewal is None else renewal.whole
    for item in private.items:
        item.sums = whole.items.get(item.id, Sums())
        item.upfront = upfront.items.get(item.id, Sums())
    _show(tx, quote, recurring)


def _show(tx: Tx, quote: Quote, recurring: Sequence[QuoteItem]) -> None:
    private: QuotePrivate = quote.private
    quote.amount_subtotal, quote.amount_total = private.sums.subtotal, private.sums.total
    quote.total_details = totals(private.sums)
    again = None
    if private.recurring is not None:
        interval, count = interval_of(tx, recurring)
        again = QuoteRecurring(
            amount_subtotal=private.recurring.subtotal,
            amount_total=private.recurring.total,
            interval=interval,
            interval_count=count,
            total_details=totals(private.recurring),
        )
    quote.computed = QuoteComputed(
        recurring=again,
        upfront=QuoteUpfront(
            amount_subtotal=private.upfront.subtotal,
            amount_total=private.upfront.total,
            total_details=totals(private.upfront),
        ),
    )


def _renewal(tx: Tx, quote: Quote, recurring: Sequence[QuoteItem]) -> Figures | None:
    """Return what every renewal comes to: of the items that each has, with lasting discounts."""
    if not recurring:
        return None
    interval, prices = (
        interval_of(tx, recurring),
        tx.load(Price, [each.price for each in recurring]),
    )
    every = [
        each for each in recurring
        if (known := prices[each.price].recurring) is not None
        and (known.interval, known.interval_count) == interval
    ]  # fmt: skip
    return _first_invoice(tx, quote, every, (), trial=False, wanted=_lasts)


def _lasts(discount: Discount) -> bool:
    return bool(discount.private.duration == "forever")


def _first_invoice(
    tx: Tx,
    quote: Quote,
    recurring: Sequence[QuoteItem],
    once: Sequence[QuoteItem],
    *,
    trial: bool = True,
    wanted: Wanted = anything,
) -> Figures:
    """Return what the first invoice of these items would be; what is pending is left out."""
    if not recurring and not once:
        return Figures()
    found = _supposed_figures(tx, quote, recurring, once, trial=trial, wanted=wanted)
    keep_rates(tx, found.rates)
    return found


def _supposed_figures(
    tx: Tx,
    quote: Quote,
    recurring: Sequence[QuoteItem],
    once: Sequence[QuoteItem],
    *,
    trial: bool,
    wanted: Wanted,
) -> Figures:
    with tx.suppose():
        customer = _supposed_customer(tx, quote)
        for item in tx.select(InvoiceItem, pending_for=customer.id):
            tx.delete(item)
        if customer.discount is not None and not wanted(tx.get(Discount, customer.discount.id)):
            customer.discount = None
        if not recurring:
            invoice, owners = draft_invoice(tx, quote, customer)
        else:
            params = subscription_params(
                tx, quote, customer, recurring=recurring, once=once, trial=trial, wanted=wanted
            )
            subscription = open_subscription(tx, params, drafts=True)
            found = tx.find(Invoice, subscription.latest_invoice)
            if found is None:
                return Figures()
            invoice, owners = found, _owners(tx, subscription, recurring, once)
        return _figures(tx, quote, invoice, owners)


def _is_located(tx: Tx, quote: Quote) -> bool:
    """Return whether it is known where a quote's customer is for tax."""
    customer = tx.find(Customer, quote.customer)
    return customer is not None and whereabouts(tx, customer) is not None


def _supposed_customer(tx: Tx, quote: Quote) -> Customer:
    """Return who would accept; where nobody is named yet, somebody new until it is undone."""
    known = tx.find(Customer, quote.customer)
    if known is not None:
        return known
    return tx.add(
        Customer(
            id=tx.new_id(Customer),
            created=tx.now,
            invoice_prefix="",
            livemode=tx.book.livemode,
            test_clock=quote.test_clock,
        )
    )


def _owners(
    tx: Tx,
    subscription: Subscription,
    recurring: Sequence[QuoteItem],
    once: Sequence[QuoteItem],
) -> dict[str, QuoteItem]:
    """Return by subscription item and invoice item which of the quote's items they are."""
    items = (each.id for each in subscription.items.data)
    owners = dict(zip(items, recurring, strict=True))
    added = sorted(each.id for each in tx.select(InvoiceItem, subscription=subscription.id))
    return owners | dict(zip(added, once, strict=True))


def _figures(tx: Tx, quote: Quote, invoice: Invoice, owners: dict[str, QuoteItem]) -> Figures:
    lines: dict[str, list[InvoiceLineItem]] = {}
    promises: dict[str, dict[str, str]] = {}
    for line in invoice.lines.data:
        item = owners[line.subscription_item or line.invoice_item or ""]
        lines.setdefault(item.id, []).append(line)
        promises[line.id] = _promises(tx, quote, item, line)

    def named(line: InvoiceLineItem, taken: DiscountAmount) -> Share:
        return Share(of=promises[line.id][taken.discount], amount=0)

    whole = sums_of(invoice.lines.data, named)
    taxes = (each.of for each in whole.taxes)
    return Figures(
        whole=whole,
        items={id: sums_of(each, named) for id, each in lines.items()},
        tax_status=invoice.automatic_tax.status if is_taxed(quote) else None,
        rates=lasting_rates(tx, taxes) if invoice.automatic_tax.enabled else [],
    )


def _promises(tx: Tx, quote: Quote, item: QuoteItem, line: InvoiceLineItem) -> dict[str, str]:
    """Return by the id of a discount that was supposed which promise of the quote it keeps."""
    found = {}
    for each in line.discount_amounts or ():
        supposed = tx.get(Discount, each.discount)
        own = bool(supposed.subscription_item or supposed.invoice_item)
        promised = tx.load(Discount, item.discounts if own else quote.discounts)
        found[supposed.id] = next(
            (
                known.id for known in promised.values()
                if known.id == supposed.id or known.source.coupon == supposed.source.coupon
            ),
            supposed.id,
        )  # fmt: skip
    return found
