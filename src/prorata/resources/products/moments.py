"""Moments: checks of the timestamps that requests name."""

from typing import Any

from prorata.model.errors import InvalidRequest, missing_param
from prorata.model.params import given
from prorata.model.transaction import Tx
from prorata.rules.calendar import add_intervals

YEARS_MAX = 5


def check_typed(moment: Any, path: str) -> int | None:
    """Return a moment's timestamp, None when it is named otherwise.

    Raises InvalidRequest unless it has a timestamp if, and only if, its type is that.
    """
    exact = moment.type == "timestamp"
    if exact and not given(moment.timestamp):
        raise missing_param(f"{path}[timestamp]")
    if not exact and given(moment.timestamp):
        raise InvalidRequest(
            f"`{path}[timestamp]` can only be set when `{path}[type]=timestamp`.",
            param=f"{path}[timestamp]",
        )
    second: int | None = moment.timestamp if exact else None
    return second


def check_future(tx: Tx, second: int, param: str) -> None:
    """Raise InvalidRequest unless a timestamp is ahead, and by five years at the most."""
    if second <= tx.now:
        raise InvalidRequest(
            f"The parameter `{param}` expects a unix timestamp representing a date and time in the"
            f" future. You specified the value `{second}` which is in the past.",
            param=param,
        )
    if second > add_intervals(tx.now, "year", 1, YEARS_MAX):
        raise InvalidRequest(
            "Invalid timestamp: can be no more than five years in the future.", param=param
        )
