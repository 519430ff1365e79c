"""Beginning: where a new subscription's time starts: trial, anchor, backdating, first periods."""

from collections.abc import Sequence
from dataclasses import dataclass

from prorata.engine.subscriptions.periods import Interval, Stretch, stretch_from
from prorata.model.errors import InvalidRequest
from prorata.model.fields import UNSET
from prorata.model.params import given, value_or
from prorata.resources.billing.subscription_verbs import (
    BillingCycleAnchorConfigParams,
    SubscriptionCreateParams,
)
from prorata.resources.products.price import Price
from prorata.rules.calendar import (
    DAY_SECONDS,
    add_intervals,
    anchor_from_config,
    shortest,
)
from prorata.rules.windows import FAR_FUTURE_YEARS, TRIAL_PERIOD_DAYS_MAX


@dataclass(frozen=True, slots=True)
class Beginning:
    """The moments that a new subscription starts from, in seconds UTC.

    now: its creation. start: `start_date`, earlier when backdated. trial_end: None without a
    trial. trial_ended: when the trial of a backdated one ended. A first period up to a later anchor
    is a stub.
    """

    now: int
    start: int
    anchor: int
    trial_end: int | None
    flexible: bool
    trial_ended: int | None = None

    @property
    def billed_from(self) -> int:
        return self.start if self.trial_ended is None else self.trial_ended

    def stretches(self, interval: Interval, cancel_at: int | None) -> list[Stretch]:
        """Return the times that an item bills at once, oldest first; the last one goes on."""
        if self.trial_end is not None:
            return [Stretch(self.now, self.trial_end, self.now, self.trial_end)]
        found = []
        at = self.billed_from
        while at <= self.now:
            stretch = stretch_from(at, self.anchor, interval, cancel_at)
            if at == self.billed_from < self.now and not self.flexible:
                # Classic measures elapsed time on an interval that begins at the backdate.
                end = self.now if self.anchor <= self.now else stretch.end
                stretch = Stretch(at, end, at, add_intervals(at, *interval, 1))
            found.append(stretch)
            at = stretch.end
        return found


def beginning(
    params: SubscriptionCreateParams,
    prices: Sequence[Price],
    now: int,
    flexible: bool,
    trial_ended: int | None = None,
) -> Beginning:
    """Return the moments of a new subscription; raise InvalidRequest for impossible ones.

    trial_ended: when the trial ended with which a backdated one began.
    """
    interval = shortest([_interval(price) for price in prices])
    trial_end = trial_end_of(params, prices, now)
    start = now
    if given(params.backdate_start_date):
        start = params.backdate_start_date
        if start > now:
            raise InvalidRequest(
                "`backdate_start_date` must be in the past.", param="backdate_start_date"
            )
    anchor = trial_end or ((trial_ended or start) if flexible else now)
    config = params.billing_cycle_anchor_config
    if given(params.billing_cycle_anchor) and given(config):
        raise InvalidRequest(
            "You may only specify one of these parameters: billing_cycle_anchor,"
            " billing_cycle_anchor_config.",
            param="billing_cycle_anchor",
        )
    if given(config):
        if start < now:
            raise InvalidRequest(
                "You may only specify one of these parameters: backdate_start_date,"
                " billing_cycle_anchor_config.",
                param="backdate_start_date",
            )
        anchor = _configured(config, interval, trial_end or now)
    elif given(params.billing_cycle_anchor):
        anchor = params.billing_cycle_anchor
        _check_anchor(anchor, interval, now, trial_end)
    return Beginning(now, start, anchor, trial_end, flexible, trial_ended)


def trial_end_of(
    params: SubscriptionCreateParams, prices: Sequence[Price], now: int
) -> int | None:
    """Return when a new subscription's trial ends, None when it has none."""
    end, days = params.trial_end, params.trial_period_days
    if value_or(params.trial_from_plan, False):
        if given(end) or given(days):
            raise InvalidRequest(
                "You cannot set `trial_end` or `trial_period_days` when `trial_from_plan=true`."
            )
        longest = max(
            (each.recurring.trial_period_days or 0 for each in prices if each.recurring),
            default=0,
        )
        return now + longest * DAY_SECONDS if longest else None
    if given(end) and given(days):
        raise InvalidRequest(
            "You may only specify one of these parameters: trial_end, trial_period_days.",
            param="trial_end",
        )
    if given(days):
        check_trial_days(days)
        return now + days * DAY_SECONDS if days else None
    if end is UNSET or end == "now":
        return None
    check_trial_end(end, now)
    return end


def check_trial_days(days: int, param: str = "trial_period_days") -> None:
    """Raise InvalidRequest for a trial of more than two years."""
    if days > TRIAL_PERIOD_DAYS_MAX:
        raise InvalidRequest(
            f"The maximum number of trial period days is {TRIAL_PERIOD_DAYS_MAX} (2 years).",
            param=param,
        )


def check_trial_end(at: int, now: int) -> None:
    """Raise InvalidRequest for a trial end in the past or more than two years ahead."""
    check_ahead(at, now, "trial_end")
    if at > now + TRIAL_PERIOD_DAYS_MAX * DAY_SECONDS:
        raise InvalidRequest(
            "Invalid trial_end must be a timestamp less than two years from your"
            " `billing_cycle_anchor`.",
            param="trial_end",
        )


def check_ahead(at: int, now: int, param: str) -> None:
    """Raise InvalidRequest for a moment that has passed or is more than five years away."""
    if at <= now:
        raise InvalidRequest(
            f"The parameter `{param}` expects a unix timestamp representing a date and time in the"
            f" future. You specified the value `{at}` which is in the past.",
            param=param,
        )
    if at > add_intervals(now, "year", FAR_FUTURE_YEARS, 1):
        raise InvalidRequest(
            "Invalid timestamp: can be no more than five years in the future.", param=param
        )


def _check_anchor(anchor: int, interval: Interval, now: int, trial_end: int | None) -> None:
    if anchor < now:
        check_ahead(anchor, now, "billing_cycle_anchor")
    if trial_end is not None and anchor < trial_end:
        raise InvalidRequest(
            "`billing_cycle_anchor` cannot be earlier than `trial_end`: set it to the end of the"
            " trial or later.",
            code="subscription_update_trial_after_billing_cycle_anchor",
            param="billing_cycle_anchor",
        )
    latest = add_intervals(now, *interval, 1)
    if anchor > max(latest, trial_end or 0):
        raise InvalidRequest(
            f"`billing_cycle_anchor` cannot be later than next natural billing date ({latest}) for"
            " plan.",
            param="billing_cycle_anchor",
        )


def _configured(config: BillingCycleAnchorConfigParams, interval: Interval, base: int) -> int:
    try:
        return anchor_from_config(
            base,
            interval[0],
            config.day_of_month,
            value_or(config.month, None),
            value_or(config.hour, None),
            value_or(config.minute, None),
            value_or(config.second, None),
            interval[1],
        )
    except ValueError:
        raise InvalidRequest(
            "`billing_cycle_anchor_config` can only be used with prices that recur by month or"
            " year.",
            param="billing_cycle_anchor_config",
        ) from None


def _interval(price: Price) -> Interval:
    assert price.recurring is not None, "checked before"
    return price.recurring.interval, price.recurring.interval_count
