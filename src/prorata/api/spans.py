"""Spans: lengths of time as people write them, such as 12mo, 3d or P1M."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from prorata.model.errors import InvalidRequest
from prorata.rules.calendar import add_intervals

_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "min": 60, "m": 60, "s": 1}
_MONTHS = {"y": 12, "mo": 1}
_PART = re.compile(r"(\d+)\s*(y|mo|w|d|h|min|m|s)\s*")
# The last second of ten digits, as of a test clock: what begins then ends within the calendar.
LAST_SECOND = 9_999_999_999
_ISO = re.compile(
    r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?"
)
_ISO_UNITS = ("y", "mo", "w", "d", "h", "min", "s")


@dataclass(frozen=True, slots=True)
class Span:
    """Calendar months, and seconds after them."""

    months: int
    seconds: int

    def after(self, second: int) -> int:
        """Return the end of this span from a second; a month keeps the day where it can.

        Raises InvalidRequest for an end after November 2286.
        """
        try:
            end = add_intervals(second, "month", 1, self.months) + self.seconds
        except (ValueError, OverflowError):
            end = LAST_SECOND + 1
        if end > LAST_SECOND:
            raise _too_late("by")
        return end


def parse_span(text: str) -> Span:
    """Return the span that a text names; raise InvalidRequest for other texts."""
    months = seconds = 0
    for count, unit in _parts(text.strip()):
        months += count * _MONTHS.get(unit, 0)
        seconds += count * _SECONDS.get(unit, 0)
    return Span(months, seconds)


def parse_moment(value: str | int, param: str) -> int:
    """Return the second that a number or an ISO 8601 text (UTC unless it says) names."""
    try:
        if isinstance(value, int) or value.isdigit():
            second = int(value)
        else:
            moment = datetime.fromisoformat(value)
            second = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
        if second < 0:
            raise ValueError
    except (ValueError, AttributeError):
        raise InvalidRequest(
            f"Not a time: {value or 'an empty text'}. Write it as 2026-01-31T10:00Z or as seconds.",
            param=param,
        ) from None
    if second > LAST_SECOND:
        raise _too_late(param)
    return second


def _too_late(param: str) -> InvalidRequest:
    return InvalidRequest("Time goes no further than the year 2286.", param=param)


def _parts(text: str) -> list[tuple[int, str]]:
    iso = _ISO.fullmatch(text.upper())
    if iso is not None and any(iso.groups()):
        pairs = zip(iso.groups(), _ISO_UNITS, strict=True)
        return [(int(count), unit) for count, unit in pairs if count is not None]
    found = [(int(count), unit) for count, unit in _PART.findall(text)]
    if not found or _PART.sub("", text):
        raise InvalidRequest(
            f"Not a span of time: {text or 'an empty text'}. Write it as 12mo, 3d, 2w, 1y, 6h,"
            " 30min or P1M.",
            param="by",
        )
    return found
