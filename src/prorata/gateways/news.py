"""News: what some networks tell of charges and refunds after their outcome was known."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable


@runtime_checkable
class TellsNews(Protocol):
    """What a gateway can tell by itself, beside the answers to orders."""

    def news(self, since: int) -> Sequence[str]:
        """Return the keys of charges and refunds that have changed at or after a second (UTC).

        Such a charge has a dispute, or one that has moved on: `disputes_of` lists it. Such a
        refund has failed: `poll_refund` says so. More keys than that, and one key often, do no
        harm.
        """
        ...
