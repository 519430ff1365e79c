"""Schedule hooks: who has a say before what is due of a subscription is done."""

from collections.abc import Callable

from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import Subscription

BeforeDue = Callable[[Tx, Subscription], None]
BEFORE_DUE: list[BeforeDue] = []


def before_due(hook: BeforeDue) -> BeforeDue:
    """Register what must happen before a subscription's own due moments: its schedule's phases."""
    BEFORE_DUE.append(hook)
    return hook


def let_schedule_go_first(tx: Tx, subscription: Subscription) -> None:
    """Call everyone who registered; a subscription without a schedule needs nobody."""
    if subscription.schedule is not None:
        for hook in BEFORE_DUE:
            hook(tx, subscription)
