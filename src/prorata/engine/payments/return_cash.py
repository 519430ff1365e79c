"""Return cash: money that no payment has used goes back to the customer who sent it."""

from typing import Any

from msgspec import UNSET

from prorata.engine.payments.cash import move_cash
from prorata.engine.payments.refund_params import RefundCreateParams
from prorata.model.errors import InvalidRequest, missing_param
from prorata.model.params import given, merge_metadata, value_or
from prorata.model.transaction import Tx
from prorata.resources.core.customer import Customer
from prorata.resources.payments.bank_transfer import TRANSFER_OF
from prorata.resources.payments.refund import (
    BankDestination,
    DestinationDetails,
    Refund,
    RefundPrivate,
)
from prorata.rules.currency import format_amount

# Seconds until the customer's bank has the money, in test mode as a bank debit takes.
RETURN_SECONDS = 3


def return_cash_to_sender(tx: Tx, params: RefundCreateParams) -> Refund:
    """Send cash back to the account it came from; amount in minor units, all of it by default.

    Raises InvalidRequest for more than there is.
    """
    for name in ("charge", "payment_intent", "reason"):
        if given(getattr(params, name)):
            raise InvalidRequest(
                f"You may only specify one of these parameters: origin, {name}.", param=name
            )
    for name in ("customer", "currency"):
        if not given(getattr(params, name)):
            raise missing_param(name)
    customer = tx.get(Customer, value_or(params.customer, ""), param="customer")
    tx.follow(customer)
    currency = value_or(params.currency, "").lower()
    available = customer.private.cash.get(currency, 0)
    amount = value_or(params.amount, available)
    if amount <= 0 or amount > available:
        raise InvalidRequest(
            f"{format_amount(amount, currency) if currency in TRANSFER_OF else amount} cannot be"
            f" returned: the customer's cash balance has {available} {currency} available.",
            param="amount",
        )
    refund = Refund(
        id=tx.new_id(Refund, customer.id),
        amount=amount,
        created=tx.now,
        currency=currency,
        customer=customer.id,
        destination_details=_destination(TRANSFER_OF[currency]),
        instructions_email=value_or(params.instructions_email, None) or UNSET,
        metadata=merge_metadata(None, params.metadata),
        pending_reason="processing",
        status="pending",
    )
    refund.private = RefundPrivate(settles_at=tx.now + RETURN_SECONDS)
    move_cash(tx, customer, currency, -amount, "return_initiated")
    return tx.add(refund)


def end_return(tx: Tx, refund: Refund) -> None:
    """Note that the customer's bank has the money."""
    refund.status = "succeeded"
    refund.pending_reason = UNSET
    tx.emit("charge.refund.updated", refund)


def _destination(transfer: str) -> DestinationDetails:
    known: dict[str, Any] = {transfer: BankDestination(reference_status="pending")}
    return DestinationDetails(type=transfer, **known)
