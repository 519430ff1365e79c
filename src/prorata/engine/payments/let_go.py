"""Let go: a charge that only reserved money is released by its seller, or by time."""

from prorata.engine.due import handles
from prorata.engine.payments.captured import expire, give_back
from prorata.engine.payments.collect import ask_about_charge
from prorata.model.errors import InvalidRequest, LockTimeout
from prorata.model.fields import Metadata
from prorata.model.transaction import Tx
from prorata.resources.payments.charge import Charge
from prorata.resources.payments.refund import Refund, RefundReason


@handles("charge")
def lapse_charge(tx: Tx, charge: Charge) -> None:
    """Let a reservation that no intent made lapse: it was not captured in time."""
    ask_about_charge(tx, "release", charge)
    expire(tx, charge)


def is_reserved_alone(charge: Charge) -> bool:
    """Return whether a charge that no intent made has reserved money, and taken none of it."""
    reserved = charge.status == "succeeded" and not charge.captured and not charge.refunded
    return reserved and charge.payment_intent is None


def release_charge(
    tx: Tx, charge: Charge, amount: int | None, reason: RefundReason | None, metadata: Metadata
) -> Refund:
    """Let go of all that a charge has reserved (amount in minor units; None: all of it).

    It is what a refund of it means while nothing was taken. Raises InvalidRequest for a part, and
    LockTimeout while it is being captured.
    """
    if charge.private.capturing:
        raise LockTimeout()
    if amount not in (None, charge.amount):
        raise InvalidRequest(
            f"Charge {charge.id} has not been captured and cannot be refunded in part: capture it"
            " for less than its amount instead.",
            param="amount",
        )
    previous = {"amount_refunded": charge.amount_refunded, "refunded": charge.refunded}
    ask_about_charge(tx, "release", charge)
    refund = give_back(tx, charge, reason)
    assert refund is not None, "nothing was taken of it"
    refund.metadata = metadata
    tx.quiet(charge)
    tx.emit("refund.created", refund)
    tx.emit("charge.refunded", charge, previous)
    return refund
