"""Registered: a registration whose time has come begins to count, or ends."""

from prorata.engine.due import handles
from prorata.model.transaction import Tx
from prorata.resources.tax.registration import Registration, status_at


@handles("tax.registration")
def begin_or_end(tx: Tx, registration: Registration) -> None:
    """Bring a registration's status in line with the time."""
    registration.status = status_at(registration, tx.now)
