"""Meter event summaries: what a customer has used in some time, or in each hour or day of it."""

from contextlib import suppress
from decimal import Decimal
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.engine.usage.measure import span
from prorata.model.errors import InvalidRequest, no_such
from prorata.model.ids import base62, from_base62
from prorata.model.operation import operation
from prorata.model.pages import Excerpt, Page
from prorata.model.params import Params, given
from prorata.model.transaction import Tx
from prorata.resources.billing.meter import Meter
from prorata.resources.core.customer import Customer
from prorata.rules.calendar import DAY_SECONDS

MINUTE, HOUR = 60, 3600
WINDOWS = {"hour": HOUR, "day": DAY_SECONDS}
PREFIX = "mtrusg"
DIGITS = 6


class MeterEventSummary(
    Struct, tag_field="object", tag="billing.meter_event_summary", kw_only=True
):
    """What was used in [start_time, end_time), seconds UTC."""

    id: str
    aggregated_value: float
    end_time: int
    livemode: bool
    meter: str
    start_time: int


class MeterListEventSummariesParams(Params, kw_only=True):
    customer: str
    end_time: int
    start_time: int
    value_grouping_window: Literal["day", "hour"] | UnsetType = UNSET


@operation("GET /v1/billing/meters/{id}/event_summaries", timeless=True)
def list_summaries(
    tx: Tx, meter: Meter, params: MeterListEventSummariesParams, page: Page
) -> Excerpt[MeterEventSummary]:
    """List what a customer has used of a meter, the latest first.

    Without a window it is one summary of the whole time; else one for each hour or day in which
    something was counted. Raises InvalidRequest for times that do not fit the window.
    """
    _check_times(params)
    tx.get(Customer, params.customer, param="customer")
    before = _start_of(page.starting_after, meter, "starting_after")
    after = _start_of(page.ending_before, meter, "ending_before")
    page.check()
    if not given(params.value_grouping_window):
        seconds = params.end_time - params.start_time
        starts = [params.start_time] if after is None and before is None else []
        more, total = False, 1
    else:
        seconds = WINDOWS[params.value_grouping_window]
        asked = span(meter, params.customer, params.start_time, params.end_time)
        starts = tx.usage.active_windows(
            asked, seconds, before=before, after=after, limit=page.limit + 1
        )
        more = len(starts) > page.limit
        # Those nearest to the cursor are the page.
        starts = starts[-page.limit :] if page.ending_before else starts[: page.limit]
        total = tx.usage.count_windows(asked, seconds) if page.total_count else 0
    spans = [span(meter, params.customer, start, start + seconds) for start in starts]
    used = tx.usage.measure(spans)
    return Excerpt(
        [
            MeterEventSummary(
                id=_id(meter, start),
                aggregated_value=_number(value),
                end_time=start + seconds,
                livemode=tx.book.livemode,
                meter=meter.id,
                start_time=start,
            )
            for start, value in zip(starts, used, strict=True)
        ],
        more,
        total if page.total_count else None,
    )


def _check_times(params: MeterListEventSummariesParams) -> None:
    step, name = MINUTE, "minute"
    if given(params.value_grouping_window):
        step, name = WINDOWS[params.value_grouping_window], params.value_grouping_window
    for param in ("start_time", "end_time"):
        if getattr(params, param) % step:
            raise InvalidRequest(
                f"The {param} must be aligned with {'UTC ' if name == 'day' else ''}{name}"
                " boundaries.",
                param=param,
            )
    if params.end_time <= params.start_time:
        raise InvalidRequest("The end_time must be after the start_time.", param="end_time")


def _number(value: Decimal) -> float:
    """Return a value as the number that the API has here; a whole one without a point."""
    return int(value) if value == value.to_integral_value() else float(value)


def _id(meter: Meter, start: int) -> str:
    return f"{PREFIX}{meter.id.removeprefix('mtr')}{base62(start, DIGITS)}"


def _start_of(id: str | None, meter: Meter, param: str) -> int | None:
    """Return the second that a summary's id ends with."""
    if id is None:
        return None
    with suppress(KeyError):
        start = from_base62(id[-DIGITS:])
        if id == _id(meter, start):
            return start
    raise no_such("billing meter event summary", id, param=param, status=400)
