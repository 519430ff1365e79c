"""Cancel: a subscription ends now."""

from prorata.engine.invoices.intent import default_intent
from prorata.engine.invoices.lines import LineDraft
from prorata.engine.invoices.paid import stop_collection
from prorata.engine.invoices.taken_back import take_back
from prorata.engine.subscriptions.agreement import set_cancellation_details
from prorata.engine.subscriptions.arrears import unbilled_usage
from prorata.engine.subscriptions.catch_up import catch_up
from prorata.engine.subscriptions.end import (
    drop_pending_prorations,
    end_subscription,
    let_pending_items_go,
)
from prorata.engine.subscriptions.late_usage import late_lines
from prorata.engine.subscriptions.pending_update import discard_pending_update
from prorata.engine.subscriptions.prorations import Before, Credit, Difference, prorate
from prorata.engine.subscriptions.renew import (
    collect_again,
    keep_collecting,
    last_invoice,
    late_drafts,
    use_discounts,
)
from prorata.engine.subscriptions.terms import tariff_of
from prorata.engine.subscriptions.usage import this_moment
from prorata.model.errors import no_such
from prorata.model.fields import UNSET
from prorata.model.operation import operation
from prorata.model.params import given, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_item import InvoiceItem
from prorata.resources.billing.invoice_shape import InvoiceStatusDetails, InvoiceUncollectible
from prorata.resources.billing.subscription import ENDED, LIVE, Subscription
from prorata.resources.billing.subscription_verbs import SubscriptionCancelParams


@operation("DELETE /v1/subscriptions/{id}")
def cancel(tx: Tx, subscription: Subscription, params: SubscriptionCancelParams) -> Subscription:
    """Cancel a subscription at once; without `prorate` and `invoice_now` nothing more is billed."""
    catch_up(tx, subscription)
    if subscription.status in ENDED:
        raise no_such("subscription", subscription.id, param="id")
    if given(params.cancellation_details):
        set_cancellation_details(tx, subscription, params.cancellation_details)
    cancel_at_once(
        tx,
        subscription,
        invoice_now=value_or(params.invoice_now, False),
        prorate_unused=value_or(params.prorate, False),
    )
    return subscription


def cancel_at_once(
    tx: Tx,
    subscription: Subscription,
    *,
    invoice_now: bool = False,
    prorate_unused: bool = False,
) -> None:
    """End a subscription now, because somebody asked for it.

    prorate_unused: credit what was paid for the time ahead. invoice_now: bill usage and pending
    items a last time, on a draft; otherwise usage is let go. Without either pending prorations are
    deleted; a credit and the prorations that it follows wait for the customer's next invoice.
    """
    # What was never paid for is never had: its invoice could be paid for nothing.
    unpaid = subscription.latest_invoice if subscription.status == "incomplete" else None
    # What its invoice had collected is free again before pending items are treated.
    discard_pending_update(tx, subscription)
    missed = late_drafts(tx, subscription)
    if invoice_now:
        lines = bill_rest(tx, subscription, prorate_unused=prorate_unused, keep=True)
        invoice = last_invoice(tx, subscription, lines)
        if invoice is not None and invoice.total >= 0:
            use_discounts(tx, subscription, invoice)
    else:
        invoice = None
        if prorate_unused:
            for item in credit_unused(tx, subscription, tx.now):
                _show_alone(item)
            let_pending_items_go(tx, subscription)
        else:
            drop_pending_prorations(tx, subscription)
    subscription.canceled_at = tx.now
    subscription.cancel_at_period_end = False
    end_subscription(tx, subscription, reason="cancellation_requested")
    for each in missed:
        collect_again(tx, each)
    first = tx.find(Invoice, unpaid)
    if first is not None and first.status == "open":
        if _is_asked_about(tx, first):
            first.private.unwanted = True
        else:
            take_back(tx, first)
    if invoice is None:
        return
    if invoice.total < 0:
        abandon(tx, invoice)
    else:
        keep_collecting(tx, subscription, invoice)


def _is_asked_about(tx: Tx, invoice: Invoice) -> bool:
    """Return whether a gateway is being asked for an invoice's payment: it may be paid by then."""
    intent = default_intent(tx, invoice)
    return intent is not None and intent.private.asking


def bill_rest(
    tx: Tx, subscription: Subscription, *, prorate_unused: bool, keep: bool
) -> list[LineDraft]:
    """Return what a last invoice bills beside pending items, to which unused time is added.

    keep: it is made, and usage counts as billed.
    """
    if prorate_unused:
        credit_unused(tx, subscription, tx.now)
    lines = unbilled_usage(tx, subscription, this_moment(tx), keep=keep)
    return lines + late_lines(tx, subscription, tx.now, keep=keep)


def credit_unused(tx: Tx, subscription: Subscription, at: int) -> list[InvoiceItem]:
    """Write the credits for all time that was paid for and lies behind a moment."""
    if subscription.status not in LIVE or subscription.status == "trialing":
        return []
    before = Before(tuple(subscription.items.data), subscription.billing_cycle_anchor)
    credits = [
        Credit(item, at, item.current_period_end)
        for item in subscription.items.data
        if not item.metered and item.current_period_end > at
    ]
    terms = tariff_of(tx, subscription)
    return prorate(tx, subscription, Difference(credits=credits), terms, at, before)


def _show_alone(item: InvoiceItem) -> None:
    """Show a credit without what it credits, unless it waits for that; discounts took a part."""
    if item.proration_details is not UNSET and item.invoicing_rules is UNSET:
        taken = item.proration_details.discount_amounts
        item.private.taken = {each.discount: each.amount for each in taken}
        item.proration_details = UNSET


def abandon(tx: Tx, invoice: Invoice) -> None:
    """Give up a last invoice below zero: it gets no number and credits nothing."""
    tx.emit("invoice.created", invoice)
    invoice.status = "uncollectible"
    invoice.status_details = InvoiceStatusDetails(
        uncollectible=InvoiceUncollectible(reason="subscription_canceled")
    )
    invoice.status_transitions.marked_uncollectible_at = tx.now
    stop_collection(invoice)
    tx.emit("invoice.marked_uncollectible", invoice)
