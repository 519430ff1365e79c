"""Schedule hooks: where the schedule of a subscription has its say.

Subscriptions know nothing of schedules; those register at these moments.
"""

from collections.abc import Callable
from typing import Any

from prorata.engine.moments import Moment
from prorata.model.errors import InvalidRequest
from prorata.model.params import given
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_verbs import SubscriptionUpdateParams

# What must happen before a subscription's own due moments: the phases that begin or end.
before_due = Moment("subscription due")
# Facts: params. The subscription was changed by a request, not by its schedule.
on_changed_directly = Moment("subscription changed directly")
# The subscription will end for a reason of its own, so that its schedule must let it go.
on_let_go = Moment("subscription let go")
# What answers `next_of_schedule(tx, subscription, recurring) -> Invoice`.
NextOfSchedule = Callable[[Tx, Subscription, bool], Invoice]
NEXT_OF_SCHEDULE: list[NextOfSchedule] = []


def let_schedule_go_first(tx: Tx, subscription: Subscription) -> None:
    """Let its schedule do what is due; a subscription without one needs nobody."""
    if subscription.schedule is not None:
        before_due.tell(tx, subscription)


def let_go(tx: Tx, subscription: Subscription) -> None:
    """Take a subscription from its schedule, because it ends for another reason."""
    if subscription.schedule is not None:
        on_let_go.tell(tx, subscription)


def changed_directly(
    tx: Tx, subscription: Subscription, params: SubscriptionUpdateParams
) -> None:
    """Tell the schedule of a subscription that this request has changed its present phase."""
    if subscription.schedule is not None:
        on_changed_directly.tell(tx, subscription, params)


def refuse_direct_end(subscription: Subscription, params: Any) -> None:
    """Raise InvalidRequest where a schedule decides when the subscription ends."""
    if subscription.schedule is None:
        return
    if given(params.cancel_at) or given(params.cancel_at_period_end):
        raise InvalidRequest(
            "The subscription is managed by the subscription schedule"
            f" `{subscription.schedule}`, and updating any cancelation behavior directly is not"
            " allowed. Please update the schedule instead."
        )
