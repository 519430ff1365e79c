"""Subscription state: how a subscription begins to run, and what it then waits for."""

from collections.abc import Callable
from typing import Any, Literal

from prorata.engine.invoices.seller import seller
from prorata.engine.subscriptions.life_hooks import on_trial
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import LIVE, Subscription
from prorata.rules.windows import DAY, INCOMPLETE_SECONDS, TRIAL_WILL_END_SECONDS

Watcher = Callable[[Tx, Subscription], None]
WATCHERS: list[Watcher] = []
Preparer = Callable[[Any, list[Subscription]], None]
PREPARERS: list[Preparer] = []


def watches_access(watcher: Watcher) -> Watcher:
    """Register who must know that a subscription's status or items have changed (entitlements)."""
    WATCHERS.append(watcher)
    return watcher


def tell_access(tx: Tx, subscription: Subscription) -> None:
    """Tell everyone who watches that a subscription's status or items have changed."""
    for watcher in WATCHERS:
        watcher(tx, subscription)


def prepares_access(preparer: Preparer) -> Preparer:
    """Register what loads beforehand what its watcher will need: `preparer(uow, subscriptions)`."""
    PREPARERS.append(preparer)
    return preparer


def prepare_access(uow: Any, subscriptions: list[Subscription]) -> None:
    """Load what those who watch need of a batch of due subscriptions; its products are loaded."""
    for preparer in PREPARERS:
        preparer(uow, subscriptions)


def running_status(subscription: Subscription, now: int) -> Literal["active", "trialing"]:
    """Return `trialing` before the trial's end, else `active`."""
    trial_end = subscription.trial_end
    return "trialing" if trial_end is not None and trial_end > now else "active"


def activate(tx: Tx, subscription: Subscription) -> None:
    """Let a subscription run: it is paid for, or owes nothing."""
    subscription.status = running_status(subscription, tx.now)
    subscription.private.expires_at = None
    subscription.private.exhausted = False
    set_reminders(tx, subscription)
    tell_access(tx, subscription)


def await_payment(tx: Tx, subscription: Subscription) -> None:
    """Give a new subscription 23 hours to be paid for."""
    subscription.status = "incomplete"
    subscription.private.expires_at = tx.now + INCOMPLETE_SECONDS
    set_reminders(tx, subscription)


def set_reminders(tx: Tx, subscription: Subscription) -> None:
    """Set when the next renewal and the trial's end are announced.

    A trial that ends within three days is announced at once, and each end only once: an outcome may
    be of a second before an announcement that the same batch has made.
    """
    facts = subscription.private
    facts.upcoming_at = facts.trial_will_end_at = None
    if subscription.status not in LIVE:
        return
    end = subscription.period_end
    at = end - seller(tx).upcoming_days * DAY if end is not None else 0
    told = facts.told_of == end
    if end is not None and at > tx.now and not told and announces(subscription, end):
        facts.upcoming_at = at
    trial_end = subscription.trial_end
    if trial_end is None or subscription.status != "trialing":
        return
    on_trial.tell(tx, subscription)
    if facts.announced == trial_end:
        return
    if trial_end - TRIAL_WILL_END_SECONDS > tx.now:
        facts.trial_will_end_at = trial_end - TRIAL_WILL_END_SECONDS
    else:
        announce_trial_end(tx, subscription)


def announces(subscription: Subscription, end: int) -> bool:
    """Return whether the renewal at the end of a period is announced beforehand."""
    return (
        subscription.collection_method == "charge_automatically"
        and subscription.pause_collection is None
        and (subscription.cancel_at is None or subscription.cancel_at > end)
    )


def announce_trial_end(tx: Tx, subscription: Subscription) -> None:
    """Say that a trial ends soon, or now although it was to go on."""
    subscription.private.announced = subscription.trial_end
    subscription.private.trial_will_end_at = None
    tx.emit("customer.subscription.trial_will_end", subscription)
