"""Change checks: what of a subscription may be changed when, and from which moment on."""

from prorata.engine.subscriptions.agreement import set_cancellation_details
from prorata.engine.subscriptions.periods import earliest_change
from prorata.model.errors import InvalidRequest
from prorata.model.params import fields_given, given, merge_metadata
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_schedule import SubscriptionSchedule
from prorata.resources.billing.subscription_verbs import SubscriptionUpdateParams

AFTER_THE_END = frozenset({"cancellation_details", "metadata"})
WHILE_INCOMPLETE = frozenset({
    "cancellation_details", "default_payment_method", "default_source", "description", "metadata",
})  # fmt: skip


def proration_moment(
    tx: Tx, subscription: Subscription, params: SubscriptionUpdateParams
) -> int:
    """Return the second from which a change counts; raise InvalidRequest outside of the period."""
    if not given(params.proration_date):
        return tx.now
    at = params.proration_date
    last = min(item.current_period_end for item in subscription.items.data)
    schedule = tx.find(SubscriptionSchedule, subscription.schedule)
    if schedule is not None and schedule.current_phase is not None:
        last = min(last, schedule.current_phase.end_date)
    if not earliest_change(subscription) <= at <= last:
        raise InvalidRequest(
            "Cannot specify `proration_date` outside of current subscription period.",
            param="proration_date",
        )
    return at


def check_incomplete(subscription: Subscription, params: SubscriptionUpdateParams) -> None:
    """Raise InvalidRequest for what can't change before the first invoice is paid."""
    if subscription.status != "incomplete":
        return
    for name in fields_given(params):
        if name not in WHILE_INCOMPLETE:
            raise InvalidRequest(
                f"You cannot update `{name}` while a subscription's status is `incomplete`: its"
                " first invoice has to be paid first.",
                param=name,
            )


def update_ended(
    tx: Tx, subscription: Subscription, params: SubscriptionUpdateParams
) -> None:
    """Change what may change after the end; raise InvalidRequest for anything else."""
    if set(fields_given(params)) - AFTER_THE_END:
        raise InvalidRequest(
            "A canceled subscription can only update its cancellation_details and metadata.",
            code="invalid_canceled_subscription_fields",
        )
    if given(params.metadata):
        subscription.metadata = merge_metadata(subscription.metadata, params.metadata)
    if given(params.cancellation_details):
        set_cancellation_details(tx, subscription, params.cancellation_details)
