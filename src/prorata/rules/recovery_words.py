"""Recovery words: what was decided about a failed payment, in sentences."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from prorata.rules.recovery import LEAST_TRIES, NOTHING, Experience, Plan, Rate
from prorata.rules.retries import DEBIT_RETRIES_MAX, HARD_DECLINES, RetryPolicy

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NO_METHOD = "There was no payment method to try, which counts as a failed attempt."
GIVEN_UP = "That was the last try of the schedule."
NOT_PLANNED = "No further attempt is made by itself."
OTHER_METHOD = "Another payment method has been given since: the next attempt uses it."
RENEWED = "The card has been updated since: the next attempt uses it as it is now."
AT_ONCE = "A payment method that may work has been given: it is tried at once."
NEVER_FAILED = "No attempt to collect this invoice has failed."
ACTION = "The payment waits for its payer, who must confirm it; it is not tried again by itself."
STOPPED = "It is not collected by itself any more: it was switched off, or its subscription ended."
AGEING = (
    "Retries are counted by spans of 90 days: those of the present one count in full, those of two"
    " spans before half as much, and so on."
)
PAID_BY_RETRY = "A retry of the schedule was paid."
PAID_BY_HAND = "It was paid by somebody who asked for it, not by the schedule."


def moment(second: int) -> str:
    """Return a second (UTC) as people write it: `Fri 6 Feb 2026, 09:00 UTC`."""
    at = datetime.fromtimestamp(second, UTC)
    return f"{WEEKDAYS[at.weekday()][:3]} {at.day} {at:%b %Y, %H:%M} UTC"


def ordinal(number: int) -> str:
    """Return a number as a place in a row: `1st`, `12th`, `22nd`."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def share(rate: Rate) -> str:
    """Return a rate in words: `12 of 48 (25 %)`; the per cent are of what they weigh by now."""
    if not rate.tried:
        return "none yet"
    if not rate.weight:
        return f"{rate.won} of {rate.tried} (too long ago to count)"
    how = ", older ones counting less" if rate.aged else ""
    return f"{rate.won} of {rate.tried} ({rate.won_weight * 100 // rate.weight} %{how})"


def say_failure(decline_code: str | None, failed_debits: int, *, has_method: bool) -> str:
    """Say what a failed attempt means for those that come.

    failed_debits: how often a bank account was debited in vain, 0 for cards.
    """
    if not has_method:
        return NO_METHOD
    why = f"The payment was declined (`{decline_code}`)." if decline_code else "The payment failed."
    if failed_debits:
        if decline_code == "insufficient_funds" and failed_debits <= DEBIT_RETRIES_MAX:
            return f"{why} A bank account without money is debited again, twice at the most."
        return f"{why} This bank account is not debited again: only another method is tried."
    if decline_code in HARD_DECLINES:
        return (
            f"{why} After this code the same card never succeeds: the schedule goes on, but an"
            " attempt is only made with another card, or when this one has been updated."
        )
    return why


def say_skipped(decline_code: str | None) -> str:
    """Say why a turn of the schedule passed without an attempt."""
    code = f"`{decline_code}`" if decline_code else "the last failure"
    return (
        f"No attempt was made: after {code} the same method is not tried again, and there was no"
        " other one."
    )


def say_plan(policy: RetryPolicy, retries: int, plan: Plan | None, decline_code: str | None) -> str:
    """Say when the next attempt is made, and why then. retries: used-up tries of the schedule."""
    if plan is None:
        return GIVEN_UP
    place = f"the {ordinal(retries)} of"
    if policy.custom_days:
        days = policy.custom_days[retries - 1]
        wait = "a day" if days == 1 else f"{days} days"
        return (
            f"The next attempt is on {moment(plan.at)}: {place} {len(policy.custom_days)} retries"
            f" waits {wait} after the attempt before."
        )
    row = f"{place} {policy.tries} retries within {policy.window_days} days"
    if plan.reason == "overdue":
        return (
            f"The next attempt is on {moment(plan.at)}: {row} was due before, so that it is made an"
            " hour after the last one."
        )
    said = f"The next attempt is on {moment(plan.at)}: "
    if plan.reason == "fixed":
        return f"{said}{row}, with waits that grow."
    code = f"`{decline_code}`" if decline_code else "failures without a code"
    if plan.reason == "unknown" and plan.in_all is not None:
        old = ", and old ones count less" if plan.in_all.aged else ""
        return (
            f"{said}{row}, with waits that grow. Of retries after {code} this account has counted"
            f" {plan.in_all.tried}{old}; from {LEAST_TRIES} on it learns which times are better."
        )
    if plan.reason == "planned":
        return f"{said}{row}, which no hour near it has bettered. {_grounds(plan, code)}"
    return f"{said}{row} would be on {moment(plan.planned)}, but {_grounds(plan, code)}"


def _grounds(plan: Plan, code: str) -> str:
    """Return what was counted for the chosen hour, as a sentence without a beginning."""
    at = datetime.fromtimestamp(plan.at, UTC)
    return (
        f"of retries after {code} {share(plan.in_all or NOTHING)} succeeded, between"
        f" {at.hour:02d}:00 and {(at.hour + 1) % 24:02d}:00 UTC {share(plan.at_hour or NOTHING)},"
        f" on {WEEKDAYS[at.weekday()]}s {share(plan.at_weekday or NOTHING)}, on the"
        f" {ordinal(at.day)} of a month {share(plan.at_day or NOTHING)}."
    )


def say_end(subscription_final_state: str, invoice_final_state: str, *, subscribed: bool) -> str:
    """Say what the account does when the last retry has failed."""
    invoice = {
        "past_due": "the invoice stays open",
        "uncollectible": "the invoice becomes uncollectible",
    }[invoice_final_state]
    if not subscribed:
        return f"After the last retry {invoice}."
    subscription = {
        "cancel": "the subscription is canceled",
        "unpaid": "the subscription becomes unpaid",
        "past_due": "the subscription stays past due",
        "pause": "the subscription is paused",
    }[subscription_final_state]
    return f"After the last retry {subscription}, and {invoice}."


def say_experience(in_all: Iterable[Rate]) -> str:
    """Say what all counted retries came to, whatever they came after."""
    found = list(in_all)
    whole = Rate(
        sum(each.tried for each in found), sum(each.won for each in found),
        sum(each.weight for each in found), sum(each.won_weight for each in found),
    )  # fmt: skip
    if not whole.tried:
        return "No retry of a declined payment method has come to its end yet."
    said = f"Of retries by schedule {share(whole)} were paid."
    return f"{said} {AGEING}" if whole.aged else said


def say_code(code: str, known: Experience) -> str:
    """Say what is known of retries after a decline code, and when they do best."""
    said = f"After `{code}` {share(known.in_all)} were paid."
    if not known.learns:
        return f"{said} From {LEAST_TRIES} retries on their times are chosen by what was counted."
    hour = max(range(24), key=lambda each: known.lift(f"hour {each}"))
    weekday = max(range(7), key=lambda each: known.lift(f"weekday {each}"))
    return (
        f"{said} The most promising hour is from {hour:02d}:00 UTC"
        f" ({share(known.rate(f'hour {hour}'))}), the most promising day {WEEKDAYS[weekday]}"
        f" ({share(known.rate(f'weekday {weekday}'))})."
    )
