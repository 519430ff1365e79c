"""End a plan: a customer cancels, takes that back, or stays for a coupon."""

from dataclasses import dataclass

from prorata.engine.portal.limits import can_renew, is_planned, open_schedule, why_no_cancel
from prorata.engine.schedules.life import release_schedule
from prorata.engine.subscriptions.cancel import cancel, credit_unused
from prorata.engine.subscriptions.change import change_directly, revise
from prorata.engine.subscriptions.preview import next_invoice
from prorata.model.errors import InvalidRequest, NotFound
from prorata.model.fields import UNSET
from prorata.model.transaction import Tx
from prorata.resources.billing.feedback_option import FeedbackOption
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_params import (
    CancellationDetailsParams,
    DiscountParams,
)
from prorata.resources.billing.subscription_verbs import (
    SubscriptionCancelParams,
    SubscriptionUpdateParams,
)
from prorata.resources.portal.configuration import CancellationReason, Features
from prorata.resources.products.discount import Discount

COMMENT_MAX = 1000
OUTDATED = "portal_end_outdated"
CHANGED = (
    "What a cancellation leads to is not what you were shown any more. Nothing was changed: please"
    " look at it again."
)
# What has no period that could be waited for ends at once.
ENDS_NOW = ("paused", "incomplete")


@dataclass(frozen=True, slots=True)
class Ending:
    """What becomes of a plan that is canceled.

    at: when it ends (seconds UTC), None for at once. next: what it bills until then or at its end,
    as far as that is known, None for nothing. credit: what is given back for unused time, in minor
    units before tax. owed: what is still open of its last invoice, in minor units; nothing of one
    without which the plan never began.
    """

    at: int | None
    next: Invoice | None = None
    credit: int = 0
    owed: int = 0

    @property
    def mark(self) -> str:
        """Return what tells this end from others; amounts, which grow by the hour, do not."""
        at = "at_once" if self.at is None else str(self.at)
        return f"{at}_{'goes_on' if self.next else 'credit' if self.credit else 'nothing'}"


def ends_at(features: Features, subscription: Subscription) -> int | None:
    """Return when a subscription ends if it is canceled (seconds UTC), None for at once."""
    at_once = features.subscription_cancel.mode == "immediately"
    if at_once or subscription.status in ENDS_NOW:
        return None
    ends = [each.current_period_end for each in subscription.items.data]
    return max(ends) if subscription.flexible else min(ends)


def foresee_end(tx: Tx, features: Features, id: str) -> Ending:
    """Return what a cancellation would lead to; nothing of it is kept."""
    subscription = tx.get(Subscription, id)
    at = ends_at(features, subscription)
    last = tx.look(Invoice, subscription.latest_invoice)
    waits = last is not None and last.status == "open" and subscription.status != "incomplete"
    owed = last.amount_remaining if last is not None and waits else 0
    with tx.suppose():
        subscription = tx.get(Subscription, id)
        if at is None:
            written = credit_unused(tx, subscription, tx.now) if _prorates(features) else []
            return Ending(at, credit=-sum(each.amount for each in written), owed=owed)
        _let_go_idle(tx, subscription)
        revise(tx, subscription, _end_of_period(subscription))
        try:
            return Ending(at, next_invoice(tx, subscription), owed=owed)
        except NotFound:
            return Ending(at, owed=owed)


def end_plan(
    tx: Tx,
    features: Features,
    subscription: Subscription,
    *,
    seen: str,
    feedback: str | None = None,
    comment: str | None = None,
) -> None:
    """Cancel a subscription, as the configuration says when.

    seen: the mark of the end that was shown; InvalidRequest is raised where it is another by now.
    feedback: one of the API's reasons, or the id of one of the seller's own. Classic subscriptions
    are canceled at the end of their period, flexible ones at the end of the last item's.
    """
    reason = why_no_cancel(tx, features, subscription)
    if reason is not None:
        raise InvalidRequest(reason)
    if foresee_end(tx, features, subscription.id).mark != seen:
        raise InvalidRequest(CHANGED, code=OUTDATED)
    subscription = tx.get(Subscription, subscription.id)
    _let_go_idle(tx, subscription)
    details = _details(tx, features.subscription_cancel.cancellation_reason, feedback, comment)
    if ends_at(features, subscription) is None:
        params = SubscriptionCancelParams(prorate=_prorates(features))
        if details is not None:
            params.cancellation_details = details
        cancel(tx, subscription, params)
        return
    change = _end_of_period(subscription)
    if details is not None:
        change.cancellation_details = details
    change_directly(tx, subscription, change)


def _prorates(features: Features) -> bool:
    return features.subscription_cancel.proration_behavior == "create_prorations"


def _end_of_period(subscription: Subscription) -> SubscriptionUpdateParams:
    if subscription.flexible:
        return SubscriptionUpdateParams(cancel_at="max_period_end")
    return SubscriptionUpdateParams(cancel_at_period_end=True)


def renew_plan(tx: Tx, features: Features, subscription: Subscription) -> None:
    """Let a subscription go on that was to end."""
    if not can_renew(tx, features, subscription):
        raise InvalidRequest("This subscription is not set to be canceled.")
    change = SubscriptionUpdateParams(
        cancellation_details=CancellationDetailsParams(feedback=None, comment=None)
    )
    if subscription.cancel_at_period_end:
        change.cancel_at_period_end = False
    else:
        change.cancel_at = None
    change_directly(tx, subscription, change)
    subscription.cancellation_details.feedback_option = None


def stay_for(tx: Tx, subscription: Subscription, coupon: str) -> None:
    """Give a customer who was about to leave the coupon that was offered instead, once."""
    if has_coupon(tx, subscription, coupon):
        return
    kept = [DiscountParams(discount=each) for each in subscription.discounts]
    discounts = [*kept, DiscountParams(coupon=coupon)]
    change_directly(tx, subscription, SubscriptionUpdateParams(discounts=discounts))


def has_coupon(tx: Tx, subscription: Subscription, coupon: str) -> bool:
    """Return whether a subscription has a discount of a coupon."""
    found = tx.load(Discount, subscription.discounts, look=True)
    return any(each.source.coupon == coupon for each in found.values())


def _let_go_idle(tx: Tx, subscription: Subscription) -> None:
    """Release a schedule that has nothing ahead: it would decide when the subscription ends."""
    schedule = open_schedule(tx, subscription)
    if schedule is not None and not is_planned(schedule):
        release_schedule(tx, schedule)


def _details(
    tx: Tx, asked: CancellationReason, feedback: str | None, comment: str | None
) -> CancellationDetailsParams | None:
    if not asked.enabled or not (feedback or comment):
        return None
    details = CancellationDetailsParams()
    if feedback in asked.options:
        details.feedback = feedback
    elif feedback and feedback in (asked.feedback_options or ()):
        details.feedback_option = tx.get(FeedbackOption, feedback).id
    elif feedback:
        raise InvalidRequest("This reason is not offered.", param="feedback")
    if comment:
        details.comment = comment[:COMMENT_MAX]
    given = (details.feedback, details.feedback_option, details.comment)
    return None if all(each is UNSET for each in given) else details


def feedback_options(tx: Tx, asked: CancellationReason) -> list[FeedbackOption]:
    """Return the seller's own reasons that customers can choose from."""
    found = tx.load(FeedbackOption, asked.feedback_options or (), look=True)
    listed = [found[id] for id in asked.feedback_options or () if id in found]
    return [each for each in listed if each.status == "active"]
