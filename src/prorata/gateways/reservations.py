"""Reservations: what some networks can do with money that is held and not taken yet."""

from typing import Protocol, runtime_checkable

from .outcomes import Outcome


@runtime_checkable
class KeepsReservations(Protocol):
    """What a gateway can do beside one capture of what a charge has reserved."""

    def increment(self, reference: str, amount: int, key: str, now: int) -> Outcome:
        """Raise what is reserved to `amount` minor units; once for each key.

        Declined leaves what was reserved before as it is.
        """
        ...

    def capture_part(self, reference: str, amount: int, key: str, now: int) -> Outcome:
        """Take `amount` minor units, once for each key; the rest stays reserved.

        `captured` of the outcome is all that was taken by now, `fee` that of this part.
        """
        ...
