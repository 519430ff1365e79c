"""Accounting periods: months whose figures are final, with these figures."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.params import Params
from prorata.model.resource import Resource, column, matches, resource

Status = Literal["closed", "closing", "reopened"]


class PeriodFigures(Struct, kw_only=True):
    """What a month came to in one currency when it was closed; minor units."""

    currency: str
    billed: int
    taken_back: int
    revenue: int
    contra: int
    recognized: int
    deferred: int


def key_of(period: "AccountingPeriod") -> str | None:
    """Return what names a month that is closed: it is so once."""
    if period.status == "reopened":
        return None
    return f"{period.test_clock or ''}/{period.month}"


@resource(
    prefix="acp",
    path="/v1/prorata/accounting_periods",
    columns=(column("status"), column("period_key", key_of, unique=True)),
    filters=(
        matches("status", choices=("closed", "closing", "reopened")),
        matches("test_clock", "clock"),
    ),
    missing_name="accounting period",
    missing_param="accounting_period",
)
class AccountingPeriod(Resource, tag="prorata.accounting_period", kw_only=True):
    """A month [start, end) of a time zone that was closed; closing: its figures are being made.

    test_clock: the clock whose customers it is about, and in whose time; None: all that hangs on
    no clock.
    """

    closed_at: int
    created: int
    end: int
    figures: list[PeriodFigures] = []
    livemode: bool
    month: str
    reopened_at: int | None = None
    start: int
    status: Status = "closing"
    test_clock: str | None = None
    timezone: str

    @property
    def stands(self) -> bool:
        """Return whether the month is closed."""
        return self.status != "reopened"


class AccountingPeriodCreateParams(Params, kw_only=True):
    """month: such as 2026-10; it is closed with all months before it."""

    month: str
    test_clock: str | UnsetType = UNSET
    timezone: str | UnsetType = UNSET
