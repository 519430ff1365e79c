"""Moments: checks of the timestamps that a catalogue takes as its ends."""

from prorata.model.errors import InvalidRequest
from prorata.model.transaction import Tx
from prorata.rules.calendar import add_intervals

YEARS_MAX = 5


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
