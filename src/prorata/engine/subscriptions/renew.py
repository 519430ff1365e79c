"""Renew: a period ends and the next one begins.

The whole of it: items whose period has ended move on to the next one, counted from the anchor;
licensed ones are billed for the time ahead, metered ones for what was used; the draft invoice that
says so waits an hour before it is finalized and charged. A subscription that was to end here ends
instead, with a last invoice for what is still open. The same plan, not carried out, is the preview
and the announcement of a renewal.
"""

from typing import Any

from msgspec import Struct

from prorata.engine.catalogue.discounts import spend
from prorata.engine.credits.usable import prefetch_grants
from prorata.engine.due import prefetches
from prorata.engine.invoices.advance import finalize_and_collect
from prorata.engine.invoices.compose import schedule
from prorata.engine.invoices.finalize import finalize, invoice_discounts
from prorata.engine.invoices.intent import method_of
from prorata.engine.invoices.lines import LineDraft
from prorata.engine.invoices.loss import drop, forgive
from prorata.engine.invoices.pending_items import pending_items
from prorata.engine.invoices.seller import seller
from prorata.engine.subscriptions.arrears import unbilled_usage, usage_lines
from prorata.engine.subscriptions.end import end_subscription
from prorata.engine.subscriptions.invoice import make_invoice
from prorata.engine.subscriptions.late_usage import late_lines, prefetch_late
from prorata.engine.subscriptions.pending_update import discard_pending_update
from prorata.engine.subscriptions.periods import Stretch, stretch_from
from prorata.engine.subscriptions.state import (
    prepare_access,
    running_status,
    set_reminders,
    tell_access,
)
from prorata.engine.subscriptions.terms import advance_lines, tariff_of
from prorata.engine.subscriptions.trial_end import ends_trial_otherwise
from prorata.engine.subscriptions.usage import Mark, Use, meter_of, prefetch_usage, usage_start
from prorata.engine.tax.standing import prefetch_taxes
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_item import InvoiceItem
from prorata.resources.billing.plan import plan_of
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_item import SubscriptionItem
from prorata.resources.billing.subscription_schedule import SubscriptionSchedule
from prorata.resources.billing.tax_id import TaxId
from prorata.resources.billing.usage_billing import UsageBilling
from prorata.resources.core.customer import Customer
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.products.discount import Discount
from prorata.resources.products.price import Price
from prorata.resources.products.product import Product


class Renewal(Struct, frozen=True):
    """What is billed at a moment: the elapsed period, the items' next ones, the lines.

    period: [start, end) of what has elapsed. ahead: item id -> its next stretch of time.
    """

    at: int
    period: tuple[int, int]
    ahead: dict[str, Stretch]
    lines: list[LineDraft]


def renew(tx: Tx, subscription: Subscription, since: int | None = None) -> Invoice | None:
    """Begin the next period of the items whose period has ended, and draft its invoice.

    since: when what it collects began, if the items do not know it any more. Returns None where
    there is none: the subscription ended without anything left to bill, or its trial ended without
    a payment method and that pauses or cancels it.
    """
    at = subscription.period_end
    assert at is not None, "a subscription has items"
    if subscription.cancel_at is not None and subscription.cancel_at <= at:
        return finish(tx, subscription)
    if subscription.trial_end == at and ends_trial_otherwise(tx, subscription):
        return None
    renewal = plan_renewal(tx, subscription, at, keep=True)
    for item in subscription.items.data:
        show_price(tx, item)
        stretch = renewal.ahead.get(item.id)
        if stretch is not None:
            item.current_period_start, item.current_period_end = stretch.start, stretch.end
    if subscription.status == "trialing":
        subscription.status = running_status(subscription, at)
    invoice = make_invoice(
        tx,
        subscription,
        renewal.lines,
        "subscription_cycle",
        auto_advance=collects(subscription),
        period=renewal.period if since is None else (since, at),
        at=at,
        unique=True,
    )
    pause_collection(tx, subscription, invoice)
    set_reminders(tx, subscription)
    tell_access(tx, subscription)
    if invoice.status == "draft" and invoice.auto_advance and not seller(tx).draft_seconds:
        tx.sequence("changed_and_paid")
        finalize_and_collect(tx, invoice, fresh=True)
    tx.results["renewals"] = tx.results.get("renewals", 0) + 1
    return invoice


def show_price(tx: Tx, item: SubscriptionItem) -> None:
    """Show an item's price as it is by now: named otherwise, archived."""
    price = tx.look(Price, item.price.id)
    if price is not None and price != item.price:
        item.price, item.plan = price, plan_of(price)


def plan_renewal(
    tx: Tx, subscription: Subscription, at: int, *, keep: bool = False
) -> Renewal:
    """Return what the renewal at a moment bills, newest item first.

    keep: it is carried out, so that usage counts as billed; otherwise nothing is changed.
    """
    terms = tariff_of(tx, subscription)
    ending = [item for item in subscription.items.data if item.current_period_end <= at]
    ahead: dict[str, Stretch] = {}
    lines: list[LineDraft] = []
    for item in reversed(ending):
        stretch = stretch_from(
            at, subscription.billing_cycle_anchor, item.interval, subscription.cancel_at
        )
        ahead[item.id] = stretch
        if item.metered:
            lines += usage_lines(tx, subscription, item, at, keep=keep)
        else:
            found = advance_lines(subscription, item, terms[item.price.id], stretch)
            lines += _free_stub(found) if _is_free(subscription, stretch) else found
    lines += late_lines(tx, subscription, at, keep=keep)
    start = min((item.current_period_start for item in ending), default=at)
    return Renewal(at, (start, at), ahead, lines)


def _is_free(subscription: Subscription, stretch: Stretch) -> bool:
    """Return whether time comes before the first whole period of what began without prorations."""
    after_trial = stretch.start == subscription.private.free_from == subscription.trial_end
    return after_trial and stretch.start > stretch.whole_start


def _free_stub(lines: list[LineDraft]) -> list[LineDraft]:
    """Return the line of an item whose time is free, as its trial was."""
    for line in lines:
        line.amount = 0
    return lines[:1]


def finish(tx: Tx, subscription: Subscription) -> Invoice | None:
    """End a subscription at the end of its time; what is still open is billed a last time."""
    at = min(subscription.cancel_at or tx.now, tx.now)
    discard_pending_update(tx, subscription)
    lines = unbilled_usage(tx, subscription, at, keep=True)
    lines += late_lines(tx, subscription, at, keep=True)
    invoice = last_invoice(tx, subscription, lines, at)
    advances = collects(subscription)
    if invoice is not None and advances:
        use_discounts(tx, subscription, invoice)
    end_subscription(tx, subscription)
    if invoice is not None and advances:
        keep_collecting(tx, subscription, invoice)
    return invoice


def last_invoice(
    tx: Tx, subscription: Subscription, lines: list[LineDraft], at: int | None = None
) -> Invoice | None:
    """Draft an invoice of these lines and what is pending; None when there is neither.

    at: when the subscription ends, if that was before.
    """
    pending = pending_items(
        tx, subscription.customer, subscription.currency, subscription=subscription.id
    )
    if not lines and not pending:
        return None
    period = (subscription.period_start, tx.now if at is None else at)
    return make_invoice(
        tx, subscription, lines, "subscription_cycle", auto_advance=collects(subscription),
        period=period, at=at,
    )  # fmt: skip


def collects(subscription: Subscription) -> bool:
    """Return whether what a subscription bills by itself is collected; unpaid ones leave drafts."""
    return subscription.status != "unpaid" and not subscription.private.ended_unpaid


def use_discounts(tx: Tx, subscription: Subscription, invoice: Invoice) -> None:
    """Use up what a last invoice takes that is finalized at once, as its collection is paused.

    The end of a subscription is the last that is told of it: it has lost them by then.
    """
    paused = subscription.pause_collection
    if paused is not None and paused.behavior != "keep_as_draft":
        spend(tx, invoice_discounts(invoice), invoice.id)


def keep_collecting(tx: Tx, subscription: Subscription, invoice: Invoice) -> None:
    """Let a last invoice advance, though its subscription's invoices were just stopped.

    Where collection is paused it is treated as any other new invoice.
    """
    collect_again(tx, invoice)
    pause_collection(tx, subscription, invoice)


def collect_again(tx: Tx, invoice: Invoice) -> None:
    """Let an older draft advance, though its subscription's invoices were just stopped.

    Pauses were heeded as it was made, and what began since does not concern it.
    """
    invoice.auto_advance = True
    schedule(tx, invoice)


def late_drafts(tx: Tx, subscription: Subscription) -> list[Invoice]:
    """Return the drafts of renewals that would be final by now, had they come in time."""
    drafts = tx.select(Invoice, subscription=subscription.id, status="draft")
    return [
        each for each in drafts
        if each.auto_advance is True
        and each.billing_reason == "subscription_cycle"
        and each.automatically_finalizes_at is not None
        and each.period_end + each.automatically_finalizes_at - each.created <= tx.now
    ]  # fmt: skip


def pause_collection(tx: Tx, subscription: Subscription, invoice: Invoice) -> None:
    """Treat a new invoice as its subscription's paused collection wants it."""
    paused = subscription.pause_collection
    if paused is None:
        return
    if paused.behavior == "keep_as_draft":
        invoice.auto_advance = False
        invoice.automatically_finalizes_at = None
        invoice.next_payment_attempt = None
        return
    finalize(tx, invoice, fresh=True)
    if invoice.status == "open" and paused.behavior == "void":
        drop(tx, invoice, "subscription_paused")
    elif invoice.status == "open":
        forgive(tx, invoice, "subscription_paused")


@prefetches("subscription")
def prefetch(uow: Any, subscriptions: list[Subscription]) -> None:
    """Load what a batch of due subscriptions refers to, in a constant number of queries."""
    customers = [each.customer for each in subscriptions]
    found = uow.load(Customer, customers)
    prices = uow.load(
        Price, [item.price.id for each in subscriptions for item in each.items.data]
    )
    uow.fetch(Product, [price.product for price in prices.values()])
    prepare_access(uow, subscriptions)
    uow.prefetch(TaxId, "customer", customers)
    uow.prefetch(InvoiceItem, "pending_for", customers)
    if any(each.automatic_tax.enabled for each in subscriptions):
        prefetch_taxes(uow)
    discounts = [id for each in subscriptions for id in each.discounts]
    discounts += [
        id for each in subscriptions for item in each.items.data for id in item.discounts
    ]
    discounts += [each.discount.id for each in found.values() if each.discount is not None]
    if discounts:
        uow.fetch(Discount, discounts)
    metered = [each for each in subscriptions if any(item.metered for item in each.items.data)]
    prefetch_grants(uow, [each.customer for each in metered])
    late = prefetch_late(uow, subscriptions)
    opened = [id for each in metered for id in each.private.open_usage.values()]
    if opened:
        uow.fetch(UsageBilling, opened)
    prefetch_usage(uow, [*late, *(use for each in metered for use in _uses(each))])
    if not seller(uow).draft_seconds:
        payers = [(found[each.customer], each) for each in subscriptions if each.customer in found]
        uow.fetch(PaymentMethod, [method_of(customer, each) for customer, each in payers])
    schedules = [each.schedule for each in subscriptions if each.schedule is not None]
    if schedules:
        uow.fetch(SubscriptionSchedule, schedules)


def _uses(subscription: Subscription) -> list[Use]:
    """Return what a renewal will ask of the meters."""
    at = subscription.period_end
    assert at is not None, "a subscription has items"
    if subscription.cancel_at is not None:
        at = min(at, subscription.cancel_at)
    return [
        Use(meter_of(item), subscription.customer, usage_start(subscription, item), Mark(at))
        for item in subscription.items.data
        if item.metered
    ]
