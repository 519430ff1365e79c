"""Let go: a charge that only reserved money is released by its seller, or by time."""

from prorata.engine.due import handles
from prorata.engine.payments.captured import expire
from prorata.engine.payments.collect import ask_about_charge
from prorata.model.errors import InvalidRequest, LockTimeout
from prorata.model.fields import Metadata
from prorata.model.transaction import Tx
from prorata.resources.payments.charge import Charge, unrefunded
from prorata.resources.payments.refund import (
    CardDestination,
    DestinationDetails,
    Refund,
    RefundPrivate,
    RefundReason,
)


@handles("charge")
def lapse_charge(tx: Tx, charge: Charge) -> None:
    """Let a reservation that no intent made lapse: it was not captured in time."""
    ask_about_charge(tx, "release", charge)
    expire(tx, charge)


def is_reserved_alone(charge: Charge) -> bool:
    """Return whether a charge that no intent made has reserved money, and taken none of it."""
    reserved = charge.status == "succeeded" and not charge.captured and unrefunded(charge) > 0
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
    reversal = CardDestination(
        reference_status="pending", reference_type="acquirer_reference_number", type="reversal"
    )
    refund = Refund(
        id=tx.new_id(Refund, owner=charge.customer or charge.id),
        amount=charge.amount,
        charge=charge.id,
        created=tx.now,
        currency=charge.currency,
        customer=charge.customer,
        destination_details=DestinationDetails(type="card", card=reversal),
        metadata=metadata,
        payment_method=charge.payment_method,
        reason=reason,
        status="succeeded",
    )
    refund.private = RefundPrivate()
    charge.amount_refunded = charge.amount
    charge.refunded = True
    tx.quiet(charge)
    tx.quiet(tx.add(refund))
    tx.emit("refund.created", refund)
    tx.emit("charge.refunded", charge, previous)
    return refund
