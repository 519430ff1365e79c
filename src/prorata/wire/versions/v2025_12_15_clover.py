"""2025-12-15.clover: a payment that passes nothing on says nothing of it."""

from prorata.wire.versions.change import Change, Node, Step
from prorata.wire.versions.related import Related


def _lower_transfer(intent: Node, related: Related) -> None:
    intent.setdefault("transfer_data", None)


STEP = Step(
    "2025-12-15.clover",
    (
        Change(
            "`transfer_data` of a payment intent is left out where there is none; it was null.",
            lowers={"payment_intent": _lower_transfer},
        ),
    ),
)
