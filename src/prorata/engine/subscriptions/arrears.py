"""Arrears: what was used of metered items is billed once it is known, and remembered.

All time of an item is accounted for once: billed, or free for a reason that has a name. Where a
threshold has billed a part of a period, later invoices of the period bill the whole again and take
off what was billed before, so that tiers go on through the period.
"""

from collections.abc import Iterable

from prorata.engine.invoices.lines import LineDraft
from prorata.engine.subscriptions.terms import ItemTerms, arrears_lines, tariff_of
from prorata.engine.subscriptions.usage import Mark, meter_of, this_moment, usage, usage_start
from prorata.engine.subscriptions.usage_back import taken_off
from prorata.engine.subscriptions.usage_records import (
    open_billing,
    quantity_of,
    refuse_unbillable,
    remember,
    settle_open,
)
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_facts import SubscriptionForm
from prorata.resources.billing.subscription_item import SubscriptionItem
from prorata.resources.billing.usage_billing import Outcome, UsageBilling
from prorata.rules import wording


def usage_lines(
    tx: Tx,
    subscription: Subscription,
    item: SubscriptionItem,
    at: int | Mark,
    since: Mark | None = None,
    *,
    keep: bool,
    goes_on: bool = False,
    before_trial: bool = False,
) -> list[LineDraft]:
    """Return the lines for what was used of a metered item and not billed yet; trials are free.

    since: where that begins, if the subscription does not know it any more. keep: these lines bill
    it, so that what is used from `at` on comes next; otherwise they only show it. goes_on: the
    period does, and more of it will be billed. before_trial: a trial begins now.
    """
    end = at if isinstance(at, Mark) else Mark(at)
    start = usage_start(subscription, item) if since is None else since
    if start >= end:
        return []
    free = not before_trial and in_trial(subscription, start.second, end.second)
    used = 0 if free else usage(tx, subscription, item, start, end)
    terms = tariff_of(tx, subscription, item)[item.price.id]
    period = (start.second, end.second)
    lines = arrears_lines(subscription, item, terms, used, period)
    refuse_unbillable(
        subscription.id, meter_of(item), period, used, sum(line.amount for line in lines),
        subscription.currency,
    )  # fmt: skip
    if free or (start.second == end.second and not used):
        # Flat fees are free as well, in a trial and for no time at all.
        lines = lines[:1]
        lines[0].amount = 0
    before = open_billing(tx, subscription, item)
    if before is not None and not free:
        whole = sum(line.amount for line in lines)
        lines.append(_billed_before(tx, subscription, item, terms, before, whole, end.second))
    if keep:
        outcome: Outcome = "trial" if free else "open" if goes_on else "billed"
        billing = remember(tx, subscription, item, start, end, outcome, used)
        for line in lines:
            if line.takes_off:
                line.late_usage = billing.id
            else:
                line.usage = billing.id
    return lines


def in_trial(subscription: Subscription, start: int, end: int) -> bool:
    """Return whether what was used between two moments was used in a trial.

    What is used in the second of its end is used after it, unless it began in that second.
    """
    trial_end = subscription.trial_end
    if trial_end is None or end > trial_end:
        return False
    return start < trial_end or subscription.trial_start == trial_end


def unbilled_usage(
    tx: Tx, subscription: Subscription, at: int | Mark, *, keep: bool
) -> list[LineDraft]:
    """Return the lines of all usage up to a moment that was not billed yet.

    Items whose usage costs nothing have none; where a tier costs nothing, its line is there.
    """
    if subscription.status == "paused":
        return []
    found = [
        usage_lines(tx, subscription, item, at, keep=keep)
        for item in reversed(subscription.items.data)
        if item.metered
    ]
    return [line for lines in found if any(each.amount for each in lines) for line in lines]


def forgo_usage(tx: Tx, subscription: Subscription, outcome: Outcome) -> None:
    """Let usage go that was not billed up to now, and remember why."""
    metered = [item for item in subscription.items.data if item.metered]
    if not metered:
        return
    end = this_moment(tx)
    for item in metered:
        start = usage_start(subscription, item)
        if start < end:
            start = settle_open(tx, subscription, item) or start
            remember(tx, subscription, item, start, end, outcome, 0)


def forgo_replaced(tx: Tx, subscription: Subscription, earlier: SubscriptionForm) -> None:
    """Remember what is not billed of items that a change has removed, or given another price."""
    for old in earlier.items:
        new = subscription.item(old.id)
        if not old.metered or (new is not None and new.price.id == old.price.id):
            continue
        start = start_in(earlier, old)
        end = this_moment(tx)
        if new is not None and new.metered:
            end = min(end, usage_start(subscription, new))
        if start >= end:
            continue
        outcome: Outcome = "removed" if new is None else "price_changed"
        if subscription.status == "paused":
            outcome = "paused"
        elif in_trial(subscription, start.second, end.second):
            outcome = "trial"
        billed = settle_open(tx, subscription, old)
        remember(tx, subscription, old, billed or start, end, outcome, 0, moves=False)


def start_in(form: SubscriptionForm, item: SubscriptionItem) -> Mark:
    """Return since when an item's usage was not billed in an earlier form of its subscription."""
    second = form.usage_from.get(item.id, item.current_period_start)
    return Mark(second, form.usage_after.get(item.id, 0))


def _billed_before(
    tx: Tx,
    subscription: Subscription,
    item: SubscriptionItem,
    terms: ItemTerms,
    before: UsageBilling,
    whole: int,
    at: int,
) -> LineDraft:
    """Return the line that takes off what a threshold's invoices have billed of the period.

    whole: what all of it costs by now, in minor units.
    """
    quantity = quantity_of(before)
    [line, *_] = arrears_lines(
        subscription, item, terms, quantity, (before.period.start, before.period.end)
    )
    taken, line.frozen = taken_off(tx, before, before.billed, whole, at)
    line.amount, line.takes_off = -taken, before.id
    line.description = wording.billed_before(terms.product.name, quantity)
    line.quantity, line.quantity_decimal = int(quantity), None
    if quantity != int(quantity):
        line.quantity_decimal = before.quantity
    line.unit_amount_decimal = None
    line.discounts = ()
    return line


def lines_of(lines: Iterable[LineDraft], billing: str) -> list[LineDraft]:
    """Return the lines that bill the usage of one billing."""
    return [each for each in lines if billing in (each.usage, each.late_usage)]
