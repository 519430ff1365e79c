"""Capture: take the money that an intent or a charge has reserved."""

from prorata.engine.payments.amount_details import write_amount_details
from prorata.engine.payments.collect import (
    add_attempt,
    ask_about_charge,
    refuse_while_asking,
)
from prorata.engine.payments.intent_params import CONNECT, write_payment_details
from prorata.gateways.reservations import KeepsReservations
from prorata.model.errors import InvalidRequest, LockTimeout
from prorata.model.fields import UNSET, UnsetType
from prorata.model.operation import operation
from prorata.model.params import Params, assign, given, refuse_unsupported, value_or
from prorata.model.transaction import Tx
from prorata.resources.payments.charge import Charge, unrefunded
from prorata.resources.payments.payment_attempt import PaymentAttempt
from prorata.resources.payments.payment_intent import PaymentIntent, unexpected_state
from prorata.resources.payments.payment_intent_params import PaymentIntentCaptureParams
from prorata.resources.payments.statement_descriptor import Descriptor
from prorata.resources.products.steps import check_step


class ChargeCaptureParams(Params, kw_only=True):
    amount: int | UnsetType = UNSET
    application_fee: int | UnsetType = UNSET
    application_fee_amount: int | UnsetType = UNSET
    receipt_email: str | UnsetType = UNSET
    statement_descriptor: Descriptor | UnsetType = UNSET
    statement_descriptor_suffix: Descriptor | UnsetType = UNSET
    transfer_data: dict[str, object] | UnsetType = UNSET
    transfer_group: str | UnsetType = UNSET


@operation("POST /v1/payment_intents/{id}/capture")
def capture(tx: Tx, intent: PaymentIntent, params: PaymentIntentCaptureParams) -> PaymentIntent:
    """Take up to the reserved amount; the rest is released, if it is to be the last part."""
    refuse_unsupported(params, *CONNECT)
    amount = value_or(params.amount_to_capture, intent.amount_capturable)
    if params.final_capture is False:
        _check_parts(tx, intent)
    # Nothing could come after a capture of all that is reserved.
    final = params.final_capture is not False or amount == intent.amount_capturable
    capture_intent(tx, intent, amount, "amount_to_capture", final=final)
    assign(intent, params, "metadata", "statement_descriptor", "statement_descriptor_suffix")
    if given(params.amount_details):
        write_amount_details(tx, intent, params.amount_details, amount)
    write_payment_details(intent, params.payment_details)
    return intent


@operation("POST /v1/charges/{id}/capture")
def capture_charge(tx: Tx, charge: Charge, params: ChargeCaptureParams) -> Charge:
    """Take up to the reserved amount of a charge."""
    refuse_unsupported(
        params, "application_fee", "application_fee_amount", "transfer_data", "transfer_group"
    )
    if charge.captured:
        raise InvalidRequest(
            f"Charge {charge.id} has already been captured.", code="charge_already_captured"
        )
    intent = tx.find(PaymentIntent, charge.payment_intent)
    if intent is not None:
        capture_intent(tx, intent, value_or(params.amount, intent.amount_capturable), "amount")
    else:
        _capture_alone(tx, charge, value_or(params.amount, charge.amount))
    assign(charge, params, "receipt_email", "statement_descriptor", "statement_descriptor_suffix")
    tx.quiet(charge)
    return charge


def _check_parts(tx: Tx, intent: PaymentIntent) -> None:
    """Raise InvalidRequest unless the reservation of an intent may be taken in parts."""
    charge = tx.find(Charge, intent.latest_charge)
    if charge is None:
        return
    # Another gateway, or another version of it, may serve since the money was reserved.
    if not charge.private.multicapture or not isinstance(tx.gateway, KeepsReservations):
        raise InvalidRequest(
            "This PaymentIntent cannot be captured several times: multicapture is not available for"
            " its charge. Ask for it with"
            " `payment_method_options[card][request_multicapture]=if_available`.",
            param="final_capture",
        )


def capture_intent(
    tx: Tx, intent: PaymentIntent, amount: int, param: str, *, final: bool = True
) -> PaymentAttempt:
    """Decide to take `amount` (minor units) of what an intent has reserved.

    final: the rest is released; else it stays reserved.
    """
    refuse_while_asking(intent)
    if intent.status != "requires_capture":
        raise unexpected_state(
            intent,
            "This PaymentIntent could not be captured because it has a status of"
            f" {intent.status}. Only a PaymentIntent with one of the following statuses may be"
            " captured: requires_capture."
        )
    _check_capture(amount, intent.amount_capturable, intent.currency, param)
    reserved = tx.get(PaymentAttempt, intent.private.attempt or "")
    intent.private.asking = True
    return add_attempt(
        tx,
        "capture" if final else "capture_part",
        owner=intent.customer or intent.id,
        payment_intent=intent.id,
        charge=intent.latest_charge,
        payment_method=intent.payment_method,
        order={"currency": intent.currency},
        reference=reserved.reference,
        gateway=reserved.gateway,
        answer={"amount": amount},
        on_decline="raise",
    )


def _capture_alone(tx: Tx, charge: Charge, amount: int) -> None:
    """Decide to capture a charge that no intent made."""
    if charge.private.capturing:
        raise LockTimeout()
    if charge.status != "succeeded" or not unrefunded(charge):
        raise InvalidRequest(
            f"Charge {charge.id} cannot be captured: it did not reserve any money, or it was"
            " released.",
            code="charge_expired_for_capture",
        )
    _check_capture(amount, charge.amount, charge.currency, "amount")
    charge.private.capturing = True
    ask_about_charge(tx, "capture", charge, answer={"amount": amount}, on_decline="raise")


def _check_capture(amount: int, reserved: int, currency: str, param: str) -> None:
    if amount <= 0:
        raise InvalidRequest(
            "Invalid positive integer", code="parameter_invalid_integer", param=param
        )
    check_step(amount, currency, param)
    if amount > reserved:
        raise InvalidRequest(
            "The amount_to_capture is greater than the amount you can capture for this"
            " PaymentIntent.",
            code="amount_too_large",
            param=param,
        )
