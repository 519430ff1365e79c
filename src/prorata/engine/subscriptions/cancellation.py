"""Cancellation: a subscription is told when to end, or to go on after all."""

from typing import Any

from prorata.engine.subscriptions.beginning import check_ahead
from prorata.engine.subscriptions.life_hooks import on_canceling
from prorata.model.errors import InvalidRequest
from prorata.model.fields import UNSET
from prorata.model.params import given
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import Subscription


def plan_cancellation(tx: Tx, subscription: Subscription, params: Any) -> None:
    """Set or clear when a subscription ends: at a moment, or at the end of its period.

    Raises InvalidRequest for a moment in the past, two ways at once, and a paused subscription,
    whose period is over.
    """
    at_end, at = params.cancel_at_period_end, params.cancel_at
    paused = subscription.status == "paused" and (subscription.period_end or 0) <= tx.now
    if paused and (at_end is True or (given(at) and isinstance(at, str))):
        raise InvalidRequest(
            "A subscription that is `paused` has no period whose end is ahead. Cancel it now, or"
            " resume it first.",
            param="cancel_at_period_end" if at_end is True else "cancel_at",
        )
    if at_end is True and given(at) and at is not None:
        raise InvalidRequest(
            "You may only specify one of these parameters: cancel_at, cancel_at_period_end.",
            param="cancel_at",
        )
    if given(at):
        if at is None:
            keep(subscription)
        else:
            moment = _moment(subscription, at)
            # The end of a schedule was laid when it was planned.
            if isinstance(at, int) and not getattr(params, "agreed", False):
                check_ahead(moment, tx.now, "cancel_at")
            end_at(tx, subscription, moment)
    if at_end is True:
        end_at(tx, subscription, subscription.period_end or tx.now)
        subscription.cancel_at_period_end = True
    elif at_end is False and subscription.cancel_at_period_end:
        keep(subscription)


def end_at(tx: Tx, subscription: Subscription, moment: int) -> None:
    """Let a subscription end at a moment, because that was asked for now."""
    subscription.cancel_at = moment
    subscription.cancel_at_period_end = False
    subscription.canceled_at = tx.now
    subscription.cancellation_details.reason = "cancellation_requested"
    on_canceling.tell(tx, subscription)


def keep(subscription: Subscription) -> None:
    """Let a subscription go on that was to end."""
    subscription.cancel_at = None
    subscription.cancel_at_period_end = False
    subscription.canceled_at = None
    subscription.cancellation_details.reason = None


def _moment(subscription: Subscription, at: Any) -> int:
    ends = [item.current_period_end for item in subscription.items.data]
    if isinstance(at, int):
        return at
    if at == "min_period_end":
        return min(ends)
    if at == "max_period_end":
        return max(ends)
    billed = [
        item.current_period_end if item.billed_until is UNSET else item.billed_until
        for item in subscription.items.data
    ]
    return max(billed)
