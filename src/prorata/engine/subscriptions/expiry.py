"""Subscription expiry: a subscription that was never paid for comes to nothing."""

from prorata.engine.subscriptions.end import let_pending_items_go, let_usage_go, stop_invoices
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import Subscription


def expire(tx: Tx, subscription: Subscription) -> None:
    """End a subscription whose first payment was not made in time; its invoice is void."""
    let_usage_go(tx, subscription)
    let_pending_items_go(tx, subscription)
    subscription.status = "incomplete_expired"
    subscription.ended_at = tx.now
    subscription.next_pending_invoice_item_invoice = None
    subscription.private.expires_at = None
    stop_invoices(tx, subscription)
