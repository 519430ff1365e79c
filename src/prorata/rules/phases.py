"""Phases: where the phases of a subscription schedule begin and end, in seconds UTC."""

from collections.abc import Sequence
from dataclasses import dataclass

from prorata.rules.calendar import add_intervals, utc_date

Length = tuple[str, int]
PHASES_MAX = 10
# Phases that are over and still shown; one that renews each week would have no end of them.
ENDED_MAX = 20


class UnfitPhase(ValueError):
    """A phase that cannot stand at its place (counted from 0); `field` says why."""

    def __init__(self, place: int, field: str, message: str) -> None:
        super().__init__(message)
        self.place = place
        self.field = field


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known of a phase before it is laid.

    start: where it must begin, None where the phase before it ends. end: where it ends, unless
    `duration` says so. usual: its length when neither does. resets: it moves the billing anchor to
    its start, so that later lengths are counted from there.
    """

    usual: Length
    start: int | None = None
    end: int | None = None
    duration: Length | None = None
    resets: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """The time [start, end) of a phase."""

    start: int
    end: int

    def holds(self, at: int) -> bool:
        return self.start <= at < self.end


def after(start: int, length: Length, anchor: int) -> int:
    """Return the moment a length after `start`, on the billing anchor's own day where it can be.

    A phase that began on a month's end because the month was short ends on the anchor's day again:
    January 31, February 28, March 31.
    """
    interval, count = length
    if interval in ("day", "week"):
        return add_intervals(start, interval, count, 1)
    months = count * (12 if interval == "year" else 1)
    passed = _months(start) - _months(anchor)
    if add_intervals(anchor, "month", 1, passed) == start:
        return add_intervals(anchor, "month", 1, passed + months)
    return add_intervals(start, "month", 1, months)


def lay(plans: Sequence[Plan], start: int, anchor: int) -> list[Span]:
    """Return the times of phases that follow each other without a gap, the first from `start`.

    Raises UnfitPhase for a phase that does not begin where the one before it ends, or that ends
    before it begins.
    """
    spans: list[Span] = []
    at = start
    for place, plan in enumerate(plans):
        if plan.start is not None and plan.start != at:
            raise UnfitPhase(
                place, "start_date", f"it begins at {plan.start}, but the one before ends at {at}"
            )
        if plan.resets:
            anchor = at
        try:
            end = _end(plan, at, anchor, plans[place + 1] if place + 1 < len(plans) else None)
        except (ValueError, OverflowError):
            raise UnfitPhase(place, "duration", "it ends beyond the calendar") from None
        if end <= at:
            raise UnfitPhase(place, "end_date", f"it ends at {end}, but begins at {at}")
        spans.append(Span(at, end))
        at = end
    return spans


def _end(plan: Plan, start: int, anchor: int, following: Plan | None) -> int:
    if plan.end is not None:
        return plan.end
    if plan.duration is not None:
        return after(start, plan.duration, anchor)
    if following is not None and following.start is not None:
        return following.start
    return after(start, plan.usual, anchor)


def times(length: Length, count: int) -> Length:
    """Return a length `count` times over."""
    return length[0], length[1] * count


def renewed(span: Span, anchor: int) -> Span:
    """Return a span as long as this one that begins where it ends.

    Whole calendar months stay so, on the billing anchor's own day where that can be.
    """
    months = _months(span.end) - _months(span.start)
    if months > 0 and after(span.start, ("month", months), anchor) == span.end:
        return Span(span.end, after(span.end, ("month", months), anchor))
    return Span(span.end, span.end + span.end - span.start)


def place_at(spans: Sequence[Span], at: int) -> int | None:
    """Return which span holds a moment, None before the first and after the last one."""
    return next((place for place, span in enumerate(spans) if span.holds(at)), None)


def _months(at: int) -> int:
    year, month, _ = utc_date(at)
    return year * 12 + month
