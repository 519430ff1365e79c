"""Change of time: a trial begins or ends, the anchor moves, and periods are laid anew."""

from dataclasses import dataclass
from typing import Any, Literal

from prorata.engine.subscriptions.arrears import forgo_usage
from prorata.engine.subscriptions.beginning import check_ahead, check_trial_end
from prorata.engine.subscriptions.periods import stretch_from
from prorata.engine.subscriptions.state import announce_trial_end
from prorata.engine.subscriptions.terms import Tariff
from prorata.engine.subscriptions.trial_end import ends_trial_otherwise
from prorata.model.errors import InvalidRequest
from prorata.model.fields import UNSET
from prorata.model.params import given, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import ENDED, Subscription
from prorata.resources.billing.subscription_facts import SubscriptionForm
from prorata.resources.billing.subscription_item import SubscriptionItem
from prorata.resources.billing.subscription_params import PauseCollectionParams
from prorata.resources.billing.subscription_shape import SubscriptionPauseCollection
from prorata.resources.billing.subscription_verbs import SubscriptionUpdateParams
from prorata.rules.calendar import DAY_SECONDS

TrialMove = Literal["begun", "shifted", "ended", "halted"]


@dataclass(slots=True)
class Moved:
    """How a change moves time.

    trial: it began, its end was shifted, it ended now, or halted the subscription for want of a
    payment method. anchor: the cycle was told to begin now. restarted: a classic cycle begins
    anew, billed at once; from_nothing: what it replaces was free.
    """

    trial: TrialMove | None = None
    anchor: bool = False
    restarted: bool = False
    from_nothing: bool = False


def move_trial(
    tx: Tx, subscription: Subscription, params: SubscriptionUpdateParams
) -> TrialMove | None:
    """Set, shift or end a trial; the anchor follows its end unless that is to stay.

    Raises InvalidRequest for a paused subscription and for an end in the past.
    """
    from_plan = value_or(params.trial_from_plan, False)
    if not given(params.trial_end) and not from_plan:
        return None
    if from_plan and given(params.trial_end):
        raise InvalidRequest(
            "You cannot set `trial_end` or `trial_period_days` when `trial_from_plan=true`."
        )
    if subscription.status == "paused":
        raise InvalidRequest(
            "You cannot set `trial_end` while a subscription is `paused`. Resume the subscription"
            " first before setting `trial_end`."
        )
    end = _plan_trial(tx, subscription) if from_plan else params.trial_end
    if end is None or end is UNSET:
        return None
    running = subscription.status == "trialing"
    if end == "now" or end == tx.now:
        if not running:
            return None
        early = subscription.trial_end != tx.now
        subscription.trial_end = tx.now
        if early:
            announce_trial_end(tx, subscription)
        if ends_trial_otherwise(tx, subscription):
            return "halted"
        subscription.status = "active"
        if _anchor_follows(subscription, params):
            subscription.billing_cycle_anchor = tx.now
        return "ended"
    check_trial_end(end, tx.now)
    if running and end == subscription.trial_end:
        return None
    if not running and (subscription.flexible or subscription.trial_start is None):
        subscription.trial_start = tx.now
    subscription.trial_end = end
    subscription.status = "trialing"
    if _anchor_follows(subscription, params):
        subscription.billing_cycle_anchor = end
    return "shifted" if running else "begun"


def move_anchor(
    tx: Tx,
    subscription: Subscription,
    params: SubscriptionUpdateParams,
    earlier: SubscriptionForm,
    terms: Tariff,
    moved: Moved,
) -> None:
    """Begin the cycle now where that is asked for, or where classic billing does it by itself."""
    if moved.trial is not None or subscription.status == "trialing":
        return
    asked = given(params.billing_cycle_anchor) and params.billing_cycle_anchor.type == "now"
    if subscription.flexible:
        moved.anchor = asked
    else:
        # Classic items share one interval, whether an item takes another or is replaced by one.
        other_interval = {item.interval for item in earlier.items} != {
            item.interval for item in subscription.items.data
        }
        moved.from_nothing = _worth(earlier.items, terms) == 0 and bool(
            _worth(subscription.items.data, terms)
        )
        # A quantity of 0 was not free of charge by its price.
        if moved.from_nothing and any(not item.units for item in earlier.items):
            moved.from_nothing = False
        moved.restarted = asked or other_interval or moved.from_nothing
    if moved.anchor or moved.restarted:
        subscription.billing_cycle_anchor = tx.now


def lay_periods(
    tx: Tx, subscription: Subscription, earlier: SubscriptionForm, moved: Moved
) -> None:
    """Give every item the period in which this moment lies."""
    restarts = moved.anchor or moved.restarted or moved.trial == "ended"
    _end_trial_with(subscription)
    if moved.trial == "ended":
        forgo_usage(tx, subscription, "trial")
    trial_end = subscription.trial_end
    # What ends with its period ends wherever that does.
    stop = None if subscription.cancel_at_period_end else subscription.cancel_at
    known = {item.id for item in earlier.items}
    if subscription.status == "paused" or subscription.status in ENDED:
        return
    for item in subscription.items.data:
        if subscription.status == "trialing" and trial_end is not None and trial_end > tx.now:
            if moved.trial == "begun" or item.id not in known:
                item.current_period_start = tx.now
            item.current_period_end = trial_end
            continue
        stretch = stretch_from(tx.now, subscription.billing_cycle_anchor, item.interval, stop)
        if restarts:
            item.current_period_start = tx.now
        elif item.id not in known or not _inside(item, stretch.whole_start, tx.now):
            item.current_period_start = stretch.whole_start
        item.current_period_end = stretch.end
    if subscription.cancel_at_period_end:
        subscription.cancel_at = subscription.period_end


def set_pause_collection(
    tx: Tx, subscription: Subscription, params: PauseCollectionParams | None
) -> None:
    """Pause the collection of future invoices, or go on with it."""
    if params is None:
        subscription.pause_collection = None
        return
    resumes_at = value_or(params.resumes_at, None)
    if resumes_at is not None:
        check_ahead(resumes_at, tx.now, "pause_collection[resumes_at]")
    subscription.pause_collection = SubscriptionPauseCollection(
        behavior=params.behavior, resumes_at=resumes_at
    )


def _end_trial_with(subscription: Subscription) -> None:
    """Let a classic trial end where its subscription does; a flexible one keeps its end."""
    stop, trial_end = subscription.cancel_at, subscription.trial_end
    if subscription.flexible or subscription.status != "trialing":
        return
    if subscription.cancel_at_period_end:
        return
    if stop is not None and trial_end is not None and stop < trial_end:
        subscription.trial_end = stop


def _anchor_follows(subscription: Subscription, params: SubscriptionUpdateParams) -> bool:
    if given(params.billing_cycle_anchor) and params.billing_cycle_anchor.type == "unchanged":
        return False
    return subscription.trial_settings.end_behavior.billing_cycle_anchor != "unchanged"


def _plan_trial(tx: Tx, subscription: Subscription) -> int | None:
    days = max(
        (item.price.recurring.trial_period_days or 0 for item in subscription.items.data
         if item.price.recurring),
        default=0,
    )  # fmt: skip
    return tx.now + days * DAY_SECONDS if days else None


def _worth(items: list[SubscriptionItem], terms: Tariff) -> int:
    """Return what items cost for a whole interval; any metered one is worth something."""
    return sum(
        1 if item.metered else terms[item.price.id].amount(item.units) for item in items
    )


def _inside(item: SubscriptionItem, whole_start: int, now: int) -> Any:
    """Return whether a period that began inside this interval is still the present one.

    A first period may have begun before it: backdated, or billed over several intervals.
    """
    return item.current_period_start <= now and (
        item.current_period_start >= whole_start or item.current_period_end > now
    )
