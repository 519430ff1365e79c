"""Figures: what a session comes to, by carrying its order out and undoing it.

So what a page shows is worked out by the same lines that charge it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from prorata.engine.checkout.automatic_tax import refuse_failed
from prorata.engine.checkout.buyer import supposed_buyer
from prorata.engine.checkout.let_go import let_go, standing_order
from prorata.engine.checkout.order import invoice_payment, order_subscription, split
from prorata.engine.invoices.fields import shipping_amount
from prorata.engine.invoices.shares import sums_of
from prorata.engine.subscriptions.attend import upcoming_renewal
from prorata.engine.tax.lasting import keep_rates, lasting_rates
from prorata.model.errors import InvalidRequest, NotFound
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_item import InvoiceItem
from prorata.resources.billing.invoice_line_item import InvoiceLineItem
from prorata.resources.billing.invoice_shape import DiscountAmount
from prorata.resources.billing.subscription import Subscription
from prorata.resources.checkout.session import CheckoutSession
from prorata.resources.checkout.session_facts import CartItem, Share, Sums
from prorata.resources.checkout.session_shape import (
    ShippingCost,
    ShippingOption,
    TaxStatus,
    TotalDetails,
)
from prorata.resources.products.discount import Discount
from prorata.resources.products.shipping_rate import ShippingRate
from prorata.resources.products.tax_rate import TaxRate
from prorata.rules.currency import format_amount, maximum_charge, minimum_charge


@dataclass(slots=True)
class Figures:
    """What a cart comes to; amounts in minor units, moments in seconds UTC.

    sums: of the whole, shipping not counted. items: of each thing in the cart, by its id. total:
    with shipping and tax. due: what is to be paid now. balance: what the customer's balance pays of
    the total (negative: adds to it). extra: what else the first invoice collects. next: sums of the
    renewal at `next_at`, None when there is none. trial_end: None without a trial. shipping: with
    its tax. tax_status: None where no automatic tax is asked for. rates: those of automatic taxes.
    """

    sums: Sums = field(default_factory=Sums)
    items: dict[str, Sums] = field(default_factory=dict)
    shipping: int = 0
    shipping_tax: int = 0
    shipping_subtotal: int = 0
    total: int = 0
    due: int = 0
    balance: int = 0
    extra: list[tuple[str, Sums]] = field(default_factory=list)
    next: Sums | None = None
    next_at: int | None = None
    trial_end: int | None = None
    prorated: bool = False
    tax_status: TaxStatus | None = None
    rates: list[TaxRate] = field(default_factory=list)


def figures(tx: Tx, session: CheckoutSession) -> Figures:
    """Return what a session comes to at this moment; raise InvalidRequest for what can't be."""
    if session.mode == "setup":
        return Figures()
    with tx.suppose():
        found = _supposed(tx, session)
        if session.automatic_tax.enabled:
            found.tax_status = found.tax_status or "requires_location_inputs"
            ahead = [found.next] if found.next is not None else []
            everything = (found.sums, *found.items.values(), *ahead)
            taxes = (tax.of for sums in everything for tax in sums.taxes)
            found.rates = lasting_rates(tx, taxes)
    return found


def _supposed(tx: Tx, session: CheckoutSession) -> Figures:
    invoice = standing_order(tx, session)
    if invoice is not None:
        # It was ordered already, and waits to be paid.
        standing = tx.get(Subscription, session.private.made.subscription or "")
        return _of_subscription(tx, session, standing)
    let_go(tx, session)
    customer = supposed_buyer(tx, session)
    if session.mode == "subscription":
        subscription = order_subscription(tx, session, customer)
        return _of_subscription(tx, session, subscription)
    return _of_payment(tx, session, invoice_payment(tx, session, customer))


def _of_payment(tx: Tx, session: CheckoutSession, invoice: Invoice) -> Figures:
    found = _of_invoice(tx, session, invoice)
    found.due = found.total
    return found


def _of_subscription(tx: Tx, session: CheckoutSession, subscription: Subscription) -> Figures:
    invoice = tx.find(Invoice, subscription.latest_invoice)
    found = Figures() if invoice is None else _of_invoice(tx, session, invoice, subscription)
    if invoice is None and subscription.automatic_tax.enabled:
        found.tax_status = "complete"
    if invoice is not None:
        found.due = invoice.amount_due
        found.balance = invoice.total - invoice.amount_due
    for item in split(tx, session)[0]:
        found.items.setdefault(item.id, Sums())
    if subscription.trial_end is not None and subscription.trial_end > tx.now:
        found.trial_end = subscription.trial_end
    anchored = session.private.subscription_data
    found.prorated = found.trial_end is None and any(
        anchored.get(name) for name in ("billing_cycle_anchor", "billing_cycle_anchor_config")
    )
    _look_ahead(tx, found, subscription)
    return found


def _look_ahead(tx: Tx, found: Figures, subscription: Subscription) -> None:
    """Note what the first renewal will be."""
    at = subscription.period_end
    if at is None:
        return
    try:
        upcoming = upcoming_renewal(tx, subscription, at, sweeps=False)
    except NotFound:
        return
    found.next, found.next_at = _sums(tx, upcoming.lines.data), at


def _of_invoice(
    tx: Tx, session: CheckoutSession, invoice: Invoice, subscription: Subscription | None = None
) -> Figures:
    owner = _owners(tx, session, invoice, subscription)
    lines: dict[str, list[InvoiceLineItem]] = {}
    others: list[InvoiceLineItem] = []
    for line in invoice.lines.data:
        item = owner.get(line.subscription_item or "") or owner.get(line.invoice_item or "")
        if item is None:
            others.append(line)
        else:
            lines.setdefault(item.id, []).append(line)
    cost = invoice.shipping_cost
    found = Figures(
        sums=_sums(tx, invoice.lines.data),
        items={id: _sums(tx, each) for id, each in lines.items()},
        shipping=invoice.amount_shipping,
        shipping_subtotal=cost.amount_subtotal if cost is not None else 0,
        shipping_tax=cost.amount_tax if cost is not None else 0,
        total=invoice.total,
        extra=[(line.description or "", _sums(tx, [line])) for line in others],
    )
    found.sums.total = invoice.total - invoice.amount_shipping
    refuse_failed(invoice)
    found.tax_status = invoice.automatic_tax.status if invoice.automatic_tax.enabled else None
    return found


def _owners(
    tx: Tx, session: CheckoutSession, invoice: Invoice, subscription: Subscription | None
) -> dict[str, CartItem]:
    """Return by subscription item and invoice item which thing in the cart they are."""
    recurring, once = split(tx, session)
    owners: dict[str, CartItem] = {}
    if subscription is not None:
        items = (each.id for each in subscription.items.data)
        owners.update(zip(items, recurring, strict=True))
    added = [line.invoice_item for line in invoice.lines.data if line.invoice_item]
    made = sorted(
        each.id for each in tx.load(InvoiceItem, added).values() if _is_of(each, subscription)
    )
    owners.update(zip(made[-len(once) :] if once else (), once, strict=False))
    return owners


def _is_of(item: InvoiceItem, subscription: Subscription | None) -> bool:
    if subscription is None:
        return True
    details = item.parent.subscription_details if item.parent else None
    return bool(details) and getattr(details, "subscription", None) == subscription.id


def _sums(tx: Tx, lines: Iterable[InvoiceLineItem]) -> Sums:
    """Add lines up, with what each coupon takes."""

    def named(line: InvoiceLineItem, taken: DiscountAmount) -> Share | None:
        discount = tx.find(Discount, taken.discount)
        coupon = discount.source.coupon if discount is not None else None
        if discount is None or coupon is None or not taken.amount:
            return None
        return Share(of=coupon, amount=0, promotion_code=discount.promotion_code)

    return sums_of(lines, named)


def refresh(tx: Tx, session: CheckoutSession) -> Figures:
    """Write onto a session what it comes to at this moment, and return it."""
    found = figures(tx, session)
    keep_rates(tx, found.rates)
    if session.automatic_tax.enabled:
        session.automatic_tax.status = found.tax_status
    private = session.private
    private.due, private.balance, private.sums = found.due, found.balance, found.sums
    private.next, private.next_at = found.next, found.next_at
    private.trial_end = found.trial_end
    for item in private.items:
        item.sums = found.items.get(item.id, Sums())
    if session.mode == "setup":
        return found
    session.amount_subtotal = found.sums.subtotal
    session.amount_total = found.total
    session.total_details = TotalDetails(
        amount_discount=found.sums.discount,
        amount_shipping=found.shipping_subtotal,
        amount_tax=found.sums.inclusive + found.sums.exclusive + found.shipping_tax,
    )
    _show_shipping(session, found)
    return found


def _show_shipping(session: CheckoutSession, found: Figures) -> None:
    rate = session.private.shipping_rate
    session.shipping_cost = None
    if rate is not None:
        session.shipping_cost = ShippingCost(
            amount_subtotal=found.shipping_subtotal,
            amount_tax=found.shipping_tax,
            amount_total=found.shipping,
            shipping_rate=rate,
        )


def shipping_options_of(
    tx: Tx, rates: Iterable[ShippingRate], currency: str
) -> list[ShippingOption]:
    """Return how goods may be sent, with what that costs in a currency (minor units)."""
    return [
        ShippingOption(shipping_amount=shipping_amount(each, currency), shipping_rate=each.id)
        for each in rates
    ]


def check_chargeable(session: CheckoutSession, due: int) -> None:
    """Raise InvalidRequest for an amount (minor units) that can't be charged; nothing can be."""
    currency = session.currency or ""
    if session.mode != "payment" or due == 0:
        return
    least, most = minimum_charge(currency), maximum_charge(currency)
    if due < least:
        raise InvalidRequest(
            "The Checkout Session's total amount due must add up to at least"
            f" {format_amount(least, currency)} {currency}",
            code="amount_too_small",
        )
    if due > most:
        raise InvalidRequest(
            f"The Checkout Session's total amount due must be no more than"
            f" {format_amount(most, currency)}",
            code="amount_too_large",
        )
