"""Thresholds: a period is billed before its end, once enough has been used.

Source: the guide on billing thresholds. What is compared leaves tax out, and takes discounts and
credits into account; what an earlier threshold of the period has billed does not count again. In a
trial and in the last 24 hours of a period nothing is billed so.
"""

from typing import Any

from prorata.engine.invoices.advance import finalize_and_collect
from prorata.engine.invoices.lines import LineDraft
from prorata.engine.invoices.seller import seller
from prorata.engine.subscriptions.arrears import usage_lines
from prorata.engine.subscriptions.change import revise
from prorata.engine.subscriptions.invoice import make_invoice
from prorata.engine.subscriptions.pending_update import discard_pending_update
from prorata.engine.subscriptions.renew import pause_collection, prefetch
from prorata.engine.subscriptions.state import (
    prepares_access,
    set_reminders,
    tell_access,
    watches_access,
)
from prorata.engine.subscriptions.usage import (
    Use,
    meter_of,
    prefetch_usage,
    this_moment,
    usage,
    usage_start,
)
from prorata.engine.subscriptions.usage_records import open_billing, quantity_of
from prorata.engine.usage.watch import on_use, prepares_use, watch_use
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_shape import (
    InvoiceThresholdItemReason,
    InvoiceThresholdReason,
)
from prorata.resources.billing.meter import Meter
from prorata.resources.billing.subscription import ENDED, Subscription
from prorata.resources.billing.subscription_item import SubscriptionItem
from prorata.resources.billing.subscription_verbs import (
    AnchorChangeParams,
    SubscriptionUpdateParams,
)
from prorata.resources.billing.usage_watch import UsageWatch
from prorata.rules.calendar import DAY_SECONDS

RUNNING = ("active", "past_due")


def has_thresholds(subscription: Subscription) -> bool:
    """Return whether use of a subscription's items may be billed before its period ends."""
    whole = subscription.billing_thresholds
    if whole is not None and whole.amount_gte is not None:
        return any(item.metered for item in subscription.items.data)
    return any(_usage_gte(item) is not None for item in subscription.items.data)


@watches_access
def watch_thresholds(tx: Tx, subscription: Subscription) -> None:
    """Have the meters watched of a subscription with thresholds, and look at once."""
    if subscription.status in RUNNING and has_thresholds(subscription):
        watch_use(
            tx, _meters(subscription), subscription.customer, subscription.test_clock, stirs=True
        )


@prepares_access
def prefetch_watches(uow: Any, subscriptions: list[Subscription]) -> None:
    """Load the watches of subscriptions with thresholds, in two queries; none without any."""
    watched = [each for each in subscriptions if has_thresholds(each)]
    if watched:
        uow.prefetch(UsageWatch, "customer", [each.customer for each in watched])
        uow.fetch(Meter, {meter for each in watched for meter in _meters(each)})


@prepares_use
def prefetch_use(uow: Any, watches: list[UsageWatch]) -> None:
    """Load what subscriptions with thresholds are billed by, in a constant number of queries."""
    customers = {each.customer: each for each in watches}
    uow.prefetch(Subscription, "customer", list(customers))
    found = [
        each
        for customer in customers
        for each in uow.select(Subscription, customer=customer)
        if each.status in RUNNING and has_thresholds(each)
    ]
    if not found:
        return
    prefetch(uow, found)
    uow.prefetch(UsageWatch, "customer", [each.customer for each in found])
    uses = []
    for each in found:
        stirred = customers[each.customer].stirred_at
        end = this_moment(uow, stirred if each.test_clock is not None else None)
        uses += [
            Use(meter_of(item), each.customer, usage_start(each, item), end)
            for item in each.items.data
            if item.metered
        ]
    prefetch_usage(uow, uses)


@on_use
def bill_reached(tx: Tx, watch: UsageWatch, meter: Meter) -> bool:
    """Bill a customer's subscriptions that have reached a threshold; return whether any has one."""
    waits = False
    for subscription in tx.select(Subscription, customer=watch.customer, oldest_first=True):
        if subscription.status in ENDED or not has_thresholds(subscription):
            continue
        if meter.id in _meters(subscription):
            waits = True
            if subscription.status in RUNNING:
                bill_if_reached(tx, subscription)
    return waits


def bill_if_reached(tx: Tx, subscription: Subscription) -> Invoice | None:
    """Draft an invoice of what was used if a threshold is reached."""
    items = _billable(tx, subscription)
    if not items:
        return None
    lines = _lines(tx, subscription, items, keep=False)
    reason = _reason(tx, subscription, items, lines)
    if reason is None:
        return None
    amount_gte, reached = reason
    discard_pending_update(tx, subscription)
    start = min(item.current_period_start for item in items)
    thresholds = subscription.billing_thresholds
    resets = thresholds is not None and thresholds.reset_billing_cycle_anchor is True
    lines = _lines(tx, subscription, items, keep=True, goes_on=not resets)
    if resets:
        lines += _restart(tx, subscription)
    invoice = make_invoice(
        tx,
        subscription,
        lines,
        "subscription_threshold",
        auto_advance=True,
        period=(start, tx.now),
        sweeps=resets,
    )
    invoice.threshold_reason = InvoiceThresholdReason(
        amount_gte=amount_gte,
        item_reasons=[_item_reason(invoice, item) for item in reached],
    )
    pause_collection(tx, subscription, invoice)
    set_reminders(tx, subscription)
    if resets:
        tell_access(tx, subscription)
    if invoice.status == "draft" and invoice.auto_advance and not seller(tx).draft_seconds:
        finalize_and_collect(tx, invoice, fresh=True)
    return invoice


def _billable(tx: Tx, subscription: Subscription) -> list[SubscriptionItem]:
    """Return the metered items whose period does not end soon, newest first."""
    last = tx.now + DAY_SECONDS
    if subscription.cancel_at is not None and subscription.cancel_at <= last:
        return []
    return [
        item
        for item in reversed(subscription.items.data)
        if item.metered and item.current_period_end > last
    ]


def _lines(
    tx: Tx,
    subscription: Subscription,
    items: list[SubscriptionItem],
    *,
    keep: bool,
    goes_on: bool = False,
) -> list[LineDraft]:
    """Return the lines of all that was used so far, and what was billed of it before."""
    lines: list[LineDraft] = []
    for item in items:
        found = usage_lines(tx, subscription, item, this_moment(tx), keep=keep, goes_on=goes_on)
        if any(line.amount for line in found):
            lines += found
    return lines


def _reason(
    tx: Tx, subscription: Subscription, items: list[SubscriptionItem], lines: list[LineDraft]
) -> tuple[int | None, list[SubscriptionItem]] | None:
    """Return the amount and the items whose thresholds are reached; None for neither."""
    reached = [item for item in items if _usage_reached(tx, subscription, item)]
    thresholds = subscription.billing_thresholds
    amount = None if thresholds is None else thresholds.amount_gte
    if amount is not None:
        shown = make_invoice(
            tx,
            subscription,
            lines,
            "subscription_threshold",
            auto_advance=False,
            sweeps=False,
            save=False,
        )
        if (shown.total_excluding_tax or 0) < amount:
            amount = None
    return None if amount is None and not reached else (amount, reached)


def _usage_reached(tx: Tx, subscription: Subscription, item: SubscriptionItem) -> bool:
    least = _usage_gte(item)
    if least is None:
        return False
    start = usage_start(subscription, item)
    used = usage(tx, subscription, item, start, this_moment(tx))
    before = open_billing(tx, subscription, item)
    return used - (0 if before is None else quantity_of(before)) >= least


def _restart(tx: Tx, subscription: Subscription) -> list[LineDraft]:
    """Begin the cycle now; return what that bills of licensed items, whose rest is credited."""
    change = revise(
        tx,
        subscription,
        SubscriptionUpdateParams(
            billing_cycle_anchor=AnchorChangeParams(type="now"),
            proration_behavior="create_prorations",
        ),
    )
    return change.lines


def _item_reason(invoice: Invoice, item: SubscriptionItem) -> InvoiceThresholdItemReason:
    lines = [
        line.id
        for line in invoice.lines.data
        if line.subscription_item == item.id and line.amount >= 0
    ]
    return InvoiceThresholdItemReason(line_item_ids=lines, usage_gte=_usage_gte(item) or 0)


def _usage_gte(item: SubscriptionItem) -> int | None:
    if item.billing_thresholds is None or not item.metered:
        return None
    return item.billing_thresholds.usage_gte


def _meters(subscription: Subscription) -> list[str]:
    return [meter_of(item) for item in subscription.items.data if item.metered]
