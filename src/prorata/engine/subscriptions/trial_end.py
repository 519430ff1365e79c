"""Trial end: what a free trial leads to when its customer left no payment method."""

from prorata.engine.subscriptions.arrears import forgo_usage
from prorata.engine.subscriptions.end import end_unbilled
from prorata.engine.subscriptions.payment import payment_method_known
from prorata.engine.subscriptions.standstill import pause_now
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import Subscription


def ends_trial_otherwise(tx: Tx, subscription: Subscription) -> bool:
    """Pause or cancel at the trial's end where no method is known and the settings say so.

    Returns whether that was done; otherwise the trial ends with an invoice, as any period does.
    """
    if subscription.status != "trialing":
        return False
    behavior = subscription.trial_settings.end_behavior.missing_payment_method
    if behavior == "create_invoice" or subscription.collection_method == "send_invoice":
        return False
    if payment_method_known(tx, subscription):
        return False
    forgo_usage(tx, subscription, "trial")
    for item in subscription.items.data:
        # Its period ends with it, also where that is earlier than was planned.
        item.current_period_end = subscription.trial_end or item.current_period_end
    subscription.items.refresh()
    if behavior == "pause":
        pause_now(tx, subscription, "trial_end_without_payment_method")
    else:
        end_unbilled(tx, subscription, reason="cancellation_requested")
    return True
