"""Refund: decide to give money of a charge back; the gateway is asked after the commit."""

from typing import Any

import msgspec
from msgspec import UNSET

from prorata.engine.due import handles
from prorata.engine.payments.collect import add_attempt, ask_again
from prorata.engine.payments.intent_hooks import refundable
from prorata.engine.payments.let_go import is_reserved_alone, release_charge
from prorata.engine.payments.refund_params import (
    ChargeRefundListParams,
    ChargeRefundParams,
    RefundCreateParams,
)
from prorata.engine.payments.return_cash import end_return, return_cash_to_sender
from prorata.gateways.orders import RefundOrder
from prorata.model.errors import InvalidRequest
from prorata.model.fields import Metadata
from prorata.model.operation import Listing, operation
from prorata.model.params import Params, given, merge_metadata, refuse_unsupported, value_or
from prorata.model.transaction import Tx
from prorata.resources.payments.charge import Charge, paid_from_cash, unrefunded
from prorata.resources.payments.dispute import Dispute
from prorata.resources.payments.method_types import CASH
from prorata.resources.payments.payment_attempt import PaymentAttempt
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.refund import (
    BankDestination,
    CardDestination,
    CashDestination,
    DestinationDetails,
    Refund,
    RefundPrivate,
    RefundReason,
)
from prorata.resources.products.steps import check_step
from prorata.rules import accounts
from prorata.rules.currency import format_amount

ONE_OF = (
    "One of the following params should be provided for this request: payment_intent or charge."
)


@operation("POST /v1/refunds")
def create(tx: Tx, params: RefundCreateParams) -> Refund:
    """Refund a charge or the charge of an intent, all of what is left by default.

    With an origin, cash that no payment has used goes back to the customer who sent it.
    """
    refuse_unsupported(params, "refund_application_fee", "reverse_transfer")
    if given(params.origin):
        return return_cash_to_sender(tx, params)
    refuse_unsupported(params, "customer")
    return _refunded(tx, _charge_named(tx, params), params)


@operation("POST /v1/charges/{id}/refunds")
def create_for_charge(tx: Tx, charge: Charge, params: ChargeRefundParams) -> Refund:
    """Refund a charge through its own list of refunds."""
    refuse_unsupported(params, "refund_application_fee", "reverse_transfer")
    if given(params.payment_intent) and params.payment_intent != charge.payment_intent:
        raise InvalidRequest(
            f"The charge {charge.id} was not made by the PaymentIntent {params.payment_intent}.",
            param="payment_intent",
        )
    return _refunded(tx, charge, params)


def _refunded(tx: Tx, charge: Charge, params: RefundCreateParams | ChargeRefundParams) -> Refund:
    currency = getattr(params, "currency", UNSET)
    if given(currency) and currency.lower() != charge.currency:
        raise InvalidRequest(
            f"The charge {charge.id} was made in {charge.currency}, and is refunded in it.",
            param="currency",
        )
    amount = value_or(params.amount, None)
    reason: RefundReason | None = value_or(params.reason, None)
    metadata = merge_metadata(None, params.metadata)
    if is_reserved_alone(charge):
        return release_charge(tx, charge, amount, reason, metadata)
    return refund_charge(
        tx,
        charge,
        amount,
        reason=reason,
        metadata=metadata,
        instructions_email=value_or(params.instructions_email, None),
    )


@operation("GET /v1/charges/{id}/refunds")
def list_of_charge(
    tx: Tx, charge: Charge, params: ChargeRefundListParams
) -> Listing[Refund]:
    """List the refunds of a charge."""
    ranges = {"created": params.created} if given(params.created) else {}
    return Listing(Refund, {"charge": charge.id}, ranges)


@operation("POST /v1/refunds/{id}/cancel")
def cancel(tx: Tx, refund: Refund) -> Refund:
    """Cancel a refund that waits for the payer. Refunds of cards and debits never do."""
    raise InvalidRequest(
        f"This refund has a status of {refund.status} and cannot be canceled: only refunds with the"
        " status requires_action can be.",
        param="refund",
    )


def refund_charge(
    tx: Tx,
    charge: Charge,
    amount: int | None = None,
    *,
    reason: RefundReason | None = None,
    metadata: Metadata | None = None,
    instructions_email: str | None = None,
    account: str = accounts.REFUNDS,
    credit_note: str | None = None,
) -> Refund:
    """Decide to give back `amount` (minor units; None: all that is left) of a charge.

    `account` is the ledger account that bears it: a credit note that has already been posted
    settles what the customer is owed (receivable). Raises InvalidRequest for a charge that has
    nothing left, was disputed or did not succeed.
    """
    beside = _paid_beside(tx, charge)
    if beside:
        account = charge.private.account
    limited = credit_note is None and not beside
    wanted = _checked_amount(tx, charge, amount, limited=limited)
    prefix = "re" if charge.id.startswith("ch_") else "pyr"
    refund = Refund(
        id=tx.id(prefix, charge.customer or charge.id),
        amount=wanted,
        charge=charge.id,
        created=tx.now,
        currency=charge.currency,
        customer=charge.customer,
        destination_details=_destination(charge),
        instructions_email=instructions_email or UNSET,
        metadata=metadata or {},
        payment_intent=charge.payment_intent,
        payment_method=charge.payment_method,
        reason=reason,
        status="pending",
    )
    by_cash = paid_from_cash(charge)
    attempt = add_attempt(
        tx,
        "cash_refund" if by_cash else "refund",
        owner=charge.customer or charge.id,
        refund=refund.id,
        charge=charge.id,
        gateway=charge.private.gateway,
    )
    if not by_cash:
        attempt.order = msgspec.to_builtins(_order(tx, attempt.id, charge, refund))
    refund.private = RefundPrivate(
        attempt=attempt.id, asking=True, account=account, credit_note=credit_note
    )
    charge.private.refunding += wanted
    tx.quiet(charge)
    tx.add(refund)
    tx.hold(attempt.id)
    return refund


def _order(tx: Tx, key: str, charge: Charge, refund: Refund) -> RefundOrder:
    return RefundOrder(
        key=key,
        charge_reference=charge.private.reference or "",
        amount=refund.amount,
        currency=refund.currency,
        now=tx.now,
        reason=refund.reason,
    )


def _charge_named(tx: Tx, params: RefundCreateParams) -> Charge:
    if given(params.charge) and given(params.payment_intent):
        raise InvalidRequest(
            "You may only specify one of these parameters: charge, payment_intent.", param="charge"
        )
    if given(params.charge):
        return tx.get(Charge, params.charge, param="charge")
    if not given(params.payment_intent):
        raise InvalidRequest(ONE_OF, code="parameter_missing")
    intent = tx.get(PaymentIntent, params.payment_intent, param="payment_intent")
    charge = tx.find(Charge, intent.latest_charge)
    if charge is None or charge.status != "succeeded":
        raise InvalidRequest(
            f"This PaymentIntent ({intent.id}) does not have a successful charge to refund.",
            param="payment_intent",
        )
    return charge


def _paid_beside(tx: Tx, charge: Charge) -> bool:
    """Return whether a charge came beside the one that its intent stands on, and paid nothing."""
    intent = tx.find(PaymentIntent, charge.payment_intent)
    return intent is not None and intent.latest_charge != charge.id


def _checked_amount(tx: Tx, charge: Charge, amount: int | None, *, limited: bool) -> int:
    """Return what is given back; limited: by what the invoice that it paid may still give."""
    if charge.status != "succeeded":
        raise InvalidRequest(
            f"Charge {charge.id} has a status of {charge.status}; only charges that succeeded can"
            " be refunded.",
            code="charge_not_refundable",
        )
    if not charge.captured and unrefunded(charge) > 0:
        raise InvalidRequest(
            f"Charge {charge.id} has not been captured. Cancel its PaymentIntent to release the"
            " money.",
            code="charge_not_refundable",
        )
    if charge.disputed and not _still_refundable(tx, charge):
        raise InvalidRequest(
            f"Charge {charge.id} has been charged back; cannot issue a refund.",
            code="charge_disputed",
        )
    left = unrefunded(charge)
    intent = None if not limited or left <= 0 else tx.find(PaymentIntent, charge.payment_intent)
    most = None if intent is None else refundable(tx, intent)
    if most is not None and most < left:
        if most == 0 or (amount or 0) > most:
            raise InvalidRequest(
                f"Of what was paid on this invoice {format_amount(most, charge.currency)} can still"
                " be refunded: the rest was given back or credited to the customer's balance.",
                param="amount",
            )
        left = most
    if left <= 0:
        raise InvalidRequest(
            f"Charge {charge.id} has already been refunded.", code="charge_already_refunded"
        )
    if amount is None:
        return left
    if amount <= 0:
        raise InvalidRequest(
            "Invalid positive integer", code="parameter_invalid_integer", param="amount"
        )
    check_step(amount, charge.currency, "amount")
    if amount > left:
        raise InvalidRequest(
            f"Refund amount ({format_amount(amount, charge.currency)}) is greater than unrefunded"
            f" amount on charge ({format_amount(left, charge.currency)})",
            param="amount",
        )
    return amount


def _still_refundable(tx: Tx, charge: Charge) -> bool:
    """Return whether all disputes of a charge are questions alone: its bank took nothing back."""
    found = tx.select(Dispute, charge=charge.id)
    return all(each.is_charge_refundable for each in found)


_BANK_TRANSFERS = {
    "bacs_debit": "gb_bank_transfer",
    "sepa_debit": "eu_bank_transfer",
    "us_bank_account": "us_bank_transfer",
}


def _destination(charge: Charge) -> DestinationDetails:
    details = charge.payment_method_details
    type = "card" if details is None else details.type
    if type == CASH:
        return DestinationDetails(
            type="customer_cash_balance", customer_cash_balance=CashDestination()
        )
    if type == "card":
        card = CardDestination(
            reference_status="pending", reference_type="acquirer_reference_number", type="refund"
        )
        return DestinationDetails(type="card", card=card)
    transfer = _BANK_TRANSFERS[type]
    known: dict[str, Any] = {transfer: BankDestination(reference_status="pending")}
    return DestinationDetails(type=transfer, **known)


@handles("refund")
def advance_refund(tx: Tx, refund: Refund) -> None:
    """Ask what has become of a refund whose change was announced for now."""
    refund.private.settles_at = None
    if refund.charge is None:
        end_return(tx, refund)
        return
    attempt = tx.get(PaymentAttempt, refund.private.attempt or "")
    ask_again(tx, attempt, "poll_refund")


class RefundExpireParams(Params, kw_only=True):
    """No parameters but `expand`."""


@operation("POST /v1/test_helpers/refunds/{id}/expire")
def expire(tx: Tx, refund: Refund, params: RefundExpireParams) -> Refund:
    """Let a refund that waits for the payer expire. Refunds of cards and debits never wait."""
    raise InvalidRequest(
        f"This refund has a status of {refund.status}: only refunds with the status"
        " requires_action expire.",
        param="refund",
    )
