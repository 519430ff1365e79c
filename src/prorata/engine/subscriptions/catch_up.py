"""Catch up: what was due of a subscription before this moment is done first."""

from prorata.engine.invoices.intent import refuse_while_unmade
from prorata.engine.subscriptions.attend import attend_subscription
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import Subscription, due

STEPS_MAX = 1000


def catch_up(tx: Tx, subscription: Subscription) -> None:
    """Live through what a subscription is overdue for, so that a change meets its present form.

    Time does not go back for it: it may have been renewed by a process whose clock is ahead.
    """
    if tx.request is not None:
        refuse_while_unmade(tx, subscription)
    tx.now = max(tx.now, subscription.period_start)
    for _ in range(STEPS_MAX):
        moment = due(subscription)
        if moment is None or moment > tx.now:
            return
        attend_subscription(tx, subscription)
    raise AssertionError("a subscription stays due at the same second")
