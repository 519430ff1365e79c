"""Limits: what a customer may do with a subscription in the portal, and why not.

Source: the documented limits of the portal, and the features of its configuration.
"""

from msgspec import UNSET

from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import ENDED, Subscription
from prorata.resources.billing.subscription_schedule import OPEN, SubscriptionSchedule
from prorata.resources.portal.configuration import Features

RUNNING = ("active", "trialing", "past_due")
PAUSABLE = ("active", "past_due", "unpaid")
CANCELABLE = ("active", "trialing", "past_due", "unpaid", "incomplete", "paused")
FLAWS = {
    "multiple_products": "it has multiple products",
    "usage": "it has usage-based prices",
    "sent": "its invoices are sent to be paid",
    "schedule": "a subscription schedule manages it",
    "pending": "an update of it waits to be paid",
    "ending": "it is set to be canceled",
}


def open_schedule(tx: Tx, subscription: Subscription) -> SubscriptionSchedule | None:
    """Return the schedule that still goes on of a subscription."""
    schedule = tx.find(SubscriptionSchedule, subscription.schedule)
    return schedule if schedule is not None and schedule.status in OPEN else None


def is_planned(schedule: SubscriptionSchedule | None) -> bool:
    """Return whether a schedule still has something ahead for its subscription."""
    if schedule is None:
        return False
    place = schedule.place
    later = place is None or place + 1 < len(schedule.phases)
    return later or schedule.live_pause is not None or schedule.end_behavior == "renew"


def why_no_update(tx: Tx, features: Features, subscription: Subscription) -> str | None:
    """Return why a customer can't change a subscription's plan, in the API's words; None if so."""
    feature = features.subscription_update
    begin = "This subscription cannot be updated because"
    if not feature.enabled:
        return f"{begin} the subscription update feature in the portal configuration is disabled."
    if subscription.status not in RUNNING:
        return f"{begin} its status is `{subscription.status}`."
    items = subscription.items.data
    checks = {
        "multiple_products": len(items) != 1,
        "usage": any(each.metered for each in items),
        "sent": subscription.collection_method != "charge_automatically",
        "schedule": is_planned(open_schedule(tx, subscription)),
        "pending": subscription.pending_update is not None,
        "ending": subscription.cancel_at is not None,
    }
    for flaw, found in checks.items():
        if found:
            return f"{begin} {FLAWS[flaw]}."
    if items[0].current_trial is not None:
        return f"{begin} it has a trial offer."
    return None


def why_no_cancel(tx: Tx, features: Features, subscription: Subscription) -> str | None:
    """Return why a customer can't cancel a subscription, in the API's words; None if so."""
    begin = "This subscription cannot be canceled because"
    if not features.subscription_cancel.enabled:
        return f"{begin} the subscription cancel feature in the portal configuration is disabled."
    if subscription.cancel_at is not None:
        return f"The subscription {subscription.id} is already set to be canceled at period end."
    if subscription.status not in CANCELABLE:
        return f"{begin} its status is `{subscription.status}`."
    if is_planned(open_schedule(tx, subscription)):
        return f"{begin} {FLAWS['schedule']}."
    return None


def why_no_pause(tx: Tx, features: Features, subscription: Subscription) -> str | None:
    """Return why a customer can't pause a subscription, in the API's words; None if so."""
    begin = "This subscription cannot be paused because"
    if not features.subscription_pause.enabled:
        return f"{begin} the subscription pause feature in the portal configuration is disabled."
    if not subscription.flexible:
        return f"{begin} its `billing_mode[type]` is not `flexible`."
    if subscription.collection_method != "charge_automatically":
        return f"{begin} {FLAWS['sent']}."
    if subscription.status not in PAUSABLE:
        return f"{begin} its status is `{subscription.status}`."
    if open_schedule(tx, subscription) is not None:
        return f"{begin} {FLAWS['schedule']}."
    if subscription.pending_update is not None or subscription.cancel_at is not None:
        flaw = "pending" if subscription.pending_update is not None else "ending"
        return f"{begin} {FLAWS[flaw]}."
    return None


def can_renew(tx: Tx, features: Features, subscription: Subscription) -> bool:
    """Return whether a customer can take a cancellation back that is still ahead."""
    if not features.subscription_cancel.enabled or subscription.status in ENDED:
        return False
    ahead = subscription.cancel_at is not None and subscription.cancel_at > tx.now
    return ahead and open_schedule(tx, subscription) is None


def can_resume(features: Features, subscription: Subscription) -> bool:
    """Return whether a customer can let a paused subscription go on.

    One that stands still since its trial ended without a payment method starts with one.
    """
    if subscription.status != "paused" or subscription.collection_method == "send_invoice":
        return False
    return features.subscription_pause.enabled or paused_by_trial(subscription)


def paused_by_trial(subscription: Subscription) -> bool:
    """Return whether a subscription stands still because its trial ended without a method."""
    details = subscription.status_details
    if subscription.status != "paused" or details is UNSET or details is None:
        return False
    return details.paused.subscription.type == "trial_end_without_payment_method"


def can_undo(schedule: SubscriptionSchedule | None) -> bool:
    """Return whether a customer may take back what is planned: only what it planned itself."""
    return schedule is not None and schedule.private.by_portal and is_planned(schedule)
