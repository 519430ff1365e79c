"""Subscription invoice: the composer called with what a subscription says of its invoices."""

from collections.abc import Sequence

from prorata.engine.invoices.compose import Collection, Origin, compose
from prorata.engine.invoices.finalize import invoice_discounts
from prorata.engine.invoices.lines import LineDraft
from prorata.engine.invoices.pending_items import drafts_of, pending_items
from prorata.engine.subscriptions.debits import record_lines
from prorata.engine.subscriptions.net_amounts import discounts_in_force
from prorata.engine.subscriptions.usage_records import note_invoice
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import LINES_MAX, Invoice
from prorata.resources.billing.invoice_item import InvoiceItem, subscription_item_of
from prorata.resources.billing.invoice_shape import BillingReason
from prorata.resources.billing.subscription import Subscription
from prorata.resources.core.customer import Customer
from prorata.resources.products.discount import Discount, applies_at


def make_invoice(
    tx: Tx,
    subscription: Subscription,
    lines: Sequence[LineDraft],
    reason: BillingReason,
    *,
    auto_advance: bool,
    period: tuple[int, int] | None = None,
    at: int | None = None,
    proration_date: int | None = None,
    unique: bool = False,
    sweeps: bool = True,
    only: Sequence[InvoiceItem] | None = None,
    save: bool = True,
) -> Invoice:
    """Return a draft invoice of a subscription: its pending items first, then these lines.

    It becomes the latest invoice, and its lines are remembered as paid time. `period` is the
    window [start, end) that it collects from, `unique` admits one of its reason and period. `at` is
    the second that it is due at, if it comes late: it has the discounts of then. Without `sweeps`
    pending items stay where they are, with `only` all but these do; without `save` nothing is kept.
    """
    customer = tx.look(Customer, subscription.customer) or tx.get(Customer, subscription.customer)
    at = tx.now if at is None else at
    discounts = _not_carried(tx, customer, discounts_in_force(tx, subscription, at))
    _drop_spent(tx, customer, lines, at)
    pending = _pending(tx, subscription, len(lines), only) if sweeps else []
    sends = subscription.collection_method == "send_invoice"
    invoice = compose(
        tx,
        customer=customer,
        currency=subscription.currency,
        lines=[*pending, *lines],
        origin=Origin(
            reason=reason,
            subscription=subscription,
            period=period,
            proration_date=proration_date,
            unique=unique,
        ),
        collection=Collection(
            method=subscription.collection_method,
            auto_advance=auto_advance,
            days_until_due=subscription.days_until_due if sends else None,
        ),
        discounts=[each.id for each in discounts],
        default_tax_rates=subscription.default_tax_rates,
        save=save,
    )
    if save:
        subscription.latest_invoice = invoice.id
        record_lines(subscription, invoice)
        note_invoice(tx, invoice, lines)
        _claim_once(tx, invoice)
    return invoice


def _claim_once(tx: Tx, invoice: Invoice) -> None:
    """Have whoever uses up a discount for one invoice meanwhile do so before or after this."""
    for each in tx.load(Discount, invoice_discounts(invoice), look=True).values():
        if each.private.duration == "once":
            tx.rely_on(each)


def _not_carried(
    tx: Tx, customer: Customer, discounts: Sequence[Discount]
) -> Sequence[Discount]:
    """Return discounts without those for one invoice that an invoice lowers already.

    They are used up as that draft finalizes itself, but there may be another one before.
    """
    if all(each.private.duration != "once" for each in discounts):
        return discounts
    drafts = tx.select(Invoice, customer=customer.id, status="draft")
    advancing = [each for each in drafts if each.auto_advance is True]
    carried = {id for draft in advancing for id in invoice_discounts(draft)}
    return [
        each for each in discounts
        if each.private.duration != "once" or each.id not in carried
    ]  # fmt: skip


def _drop_spent(tx: Tx, customer: Customer, lines: Sequence[LineDraft], at: int) -> None:
    """Take off lines the items' own discounts whose time is over by a moment."""
    ids = {id for line in lines for id in line.discounts}
    if not ids:
        return
    found = tx.load(Discount, ids).values()
    running = [each for each in found if applies_at(each, at)]
    applying = {each.id for each in _not_carried(tx, customer, running)}
    for line in lines:
        line.discounts = [id for id in line.discounts if id in applying]


def _pending(
    tx: Tx, subscription: Subscription, lines: int, only: Sequence[InvoiceItem] | None
) -> list[LineDraft]:
    """Return the lines of pending items, newest first, beside so many lines of the subscription's.

    All its prorations, or those of a change would part; of the rest the newest wait for room.
    """
    found = pending_items(
        tx, subscription.customer, subscription.currency, subscription=subscription.id
    )
    if not found:
        return []
    if only is not None:
        wanted = {item.id for item in only}
        found = [each for each in found if each.id in wanted]
    rest = [each.id for each in found if subscription_item_of(each) is None]
    room = max(LINES_MAX - lines - (len(found) - len(rest)), 0)
    waiting = set(rest[: max(len(rest) - room, 0)])
    return drafts_of(tx, [each for each in found if each.id not in waiting])
