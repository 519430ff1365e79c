"""Dispute: a payer takes a payment back, and the account may end what was paid for with it."""

from prorata.engine.invoices.seller import seller
from prorata.engine.payments import intent_hooks
from prorata.engine.subscriptions.cancellation import end_at
from prorata.engine.subscriptions.end import end_unbilled
from prorata.engine.subscriptions.schedule_hooks import let_go
from prorata.engine.subscriptions.state import set_reminders
from prorata.engine.subscriptions.status import subscription_for
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.payments.payment_intent import PaymentIntent


@intent_hooks.on_disputed
def payment_disputed(tx: Tx, intent: PaymentIntent) -> None:
    """End the subscription of a disputed invoice as the account's `dispute_action` says.

    Nothing is given back for its unused time; a schedule lets it go first.
    """
    action = seller(tx).settings.dispute_action
    invoice = tx.find(Invoice, intent.private.invoice)
    if action == "none" or invoice is None:
        return
    subscription = subscription_for(tx, invoice)
    if subscription is None:
        return
    let_go(tx, subscription)
    if action == "cancel":
        end_unbilled(tx, subscription, reason="payment_disputed")
        return
    # The period of a paused one is over.
    end_at(tx, subscription, max(subscription.period_end or tx.now, tx.now))
    subscription.cancel_at_period_end = True
    subscription.cancellation_details.reason = "payment_disputed"
    set_reminders(tx, subscription)
