"""Subscription pause: a subscription stands still, and what brings it back."""

from prorata.engine.subscriptions.arrears import forgo_usage
from prorata.engine.subscriptions.life_hooks import on_paused, on_resumed
from prorata.engine.subscriptions.state import activate, set_reminders, tell_access
from prorata.model.fields import UNSET
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_shape import (
    PauseReason,
    SubscriptionPaused,
    SubscriptionPausedSubscription,
    SubscriptionStatusDetails,
)


def pause_now(tx: Tx, subscription: Subscription, reason: PauseReason) -> None:
    """Let a subscription stand still: no period advances and nothing new is billed."""
    subscription.status = "paused"
    subscription.status_details = SubscriptionStatusDetails(
        paused=SubscriptionPaused(
            subscription=SubscriptionPausedSubscription(type=reason), transitioned_at=tx.now
        )
    )
    set_reminders(tx, subscription)
    tx.emit("customer.subscription.paused", subscription)
    on_paused.tell(tx, subscription)
    tell_access(tx, subscription)


def resume_now(tx: Tx, subscription: Subscription) -> None:
    """Let a paused subscription run again; its periods have been laid by the caller."""
    subscription.status_details = UNSET
    forgo_usage(tx, subscription, "paused")
    waits = subscription.next_pending_invoice_item_invoice
    if waits is not None and waits < tx.now:
        # What came due meanwhile is due now: nothing happens to it in the past.
        subscription.next_pending_invoice_item_invoice = tx.now
    activate(tx, subscription)
    tx.emit("customer.subscription.resumed", subscription)
    on_resumed.tell(tx, subscription)
