"""Subscription end: what stops for good when a subscription does."""

from collections.abc import Callable

from prorata.engine.subscriptions.arrears import forgo_usage, in_trial
from prorata.engine.subscriptions.late_usage import last_look
from prorata.engine.subscriptions.pending_update import discard_pending_update
from prorata.engine.subscriptions.state import tell_access
from prorata.model.fields import UNSET
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_item import InvoiceItem
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_shape import CancellationReason
from prorata.resources.billing.usage_billing import Outcome

OnEnded = Callable[[Tx, Subscription], None]
ON_ENDED: list[OnEnded] = []


def on_ended(hook: OnEnded) -> OnEnded:
    """Register who must know that a subscription has ended: its schedule, entitlements."""
    ON_ENDED.append(hook)
    return hook


def end_unbilled(tx: Tx, subscription: Subscription, *, reason: CancellationReason) -> None:
    """Cancel a subscription at this moment without a last invoice: what it still bills is let go.

    A change that waits is given up, prorations that wait are deleted, other items are let go.
    """
    discard_pending_update(tx, subscription)
    drop_pending_prorations(tx, subscription)
    end_subscription(tx, subscription, reason=reason)


def end_subscription(
    tx: Tx, subscription: Subscription, *, reason: CancellationReason | None = None
) -> None:
    """Cancel a subscription at this moment, for a reason unless one was given before.

    Its invoices advance no more by themselves. Pending items and a change that waits are the
    caller's to treat first.
    """
    let_usage_go(tx, subscription)
    subscription.private.ended_unpaid = subscription.status == "unpaid"
    subscription.status = "canceled"
    subscription.status_details = UNSET
    subscription.ended_at = tx.now
    if subscription.canceled_at is None:
        subscription.canceled_at = tx.now
    if reason is not None:
        subscription.cancellation_details.reason = reason
    subscription.pending_update = None
    # What waits is billed at no interval any more.
    subscription.next_pending_invoice_item_invoice = None
    facts = subscription.private
    facts.pending_change = None
    facts.expires_at = facts.upcoming_at = facts.trial_will_end_at = None
    facts.debits = []
    facts.late_at = last_look(tx, subscription)
    stop_invoices(tx, subscription)
    tx.emit("customer.subscription.deleted", subscription)
    tx.quiet(subscription)
    for hook in ON_ENDED:
        hook(tx, subscription)
    tell_access(tx, subscription)


def let_usage_go(tx: Tx, subscription: Subscription) -> None:
    """Bill no usage any more; what was not billed up to now is lost."""
    outcome: Outcome = "canceled"
    if subscription.status == "paused":
        outcome = "paused"
    elif in_trial(subscription, subscription.period_start, tx.now):
        outcome = "trial"
    forgo_usage(tx, subscription, outcome)


def stop_invoices(tx: Tx, subscription: Subscription) -> None:
    """Let the subscription's drafts and open invoices advance no more by themselves."""
    for invoice in tx.select(Invoice, subscription=subscription.id, status=("draft", "open")):
        if invoice.auto_advance is True:
            invoice.auto_advance = False
            invoice.automatically_finalizes_at = None
            invoice.next_payment_attempt = None


def drop_pending_prorations(tx: Tx, subscription: Subscription) -> None:
    """Delete the prorations that no invoice has collected; other pending items are let go."""
    for item in tx.select(InvoiceItem, subscription=subscription.id, pending=True):
        if item.proration:
            tx.delete(item)
    let_pending_items_go(tx, subscription)


def let_pending_items_go(tx: Tx, subscription: Subscription) -> None:
    """Have what is pinned to a subscription wait for the customer's next invoice of any kind."""
    for item in tx.select(InvoiceItem, subscription=subscription.id, pending=True):
        item.parent = None
