"""Create a charge: the older way to take money at once, by a token or a customer's source."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from prorata.engine.payments.ask import Answer
from prorata.engine.payments.charge_document import book_charge, new_charge, write_outcome
from prorata.engine.payments.charged import release, wait_longer
from prorata.engine.payments.collect import add_attempt
from prorata.engine.payments.decline import decline_error
from prorata.engine.payments.intent_params import refuse_on_behalf
from prorata.engine.payments.method_details import note_checks, payer_of
from prorata.engine.payments.open_dispute import open_disputes, warn_of_fraud
from prorata.engine.payments.tokenize import method_or_token
from prorata.gateways.orders import ChargeOrder
from prorata.gateways.outcomes import Declined, NeedsAction, Processing, Succeeded, Unknown
from prorata.model.errors import APIError, CardError, InvalidRequest, NotSupported, missing_param
from prorata.model.fields import Metadata
from prorata.model.operation import operation
from prorata.model.params import Params, given, merge_metadata, refuse_unsupported, value_or
from prorata.model.transaction import Tx
from prorata.resources.core.customer import Customer
from prorata.resources.payments.charge import Charge, shipping_of
from prorata.resources.payments.payment_attempt import PaymentAttempt
from prorata.resources.payments.payment_error import as_api_error
from prorata.resources.payments.payment_intent import check_amount
from prorata.resources.payments.payment_intent_params import ShippingParams
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.payments.payment_method_params import RadarOptionsParams
from prorata.resources.payments.statement_descriptor import Descriptor, calculated_descriptor

CONNECT = (
    "application_fee", "application_fee_amount", "destination", "transfer_data", "transfer_group"
)  # fmt: skip
NEEDS_AUTHENTICATION = "Your card was declined. This transaction requires authentication."


class ChargeCreateParams(Params, kw_only=True):
    amount: int | UnsetType = UNSET
    application_fee: int | UnsetType = UNSET
    application_fee_amount: int | UnsetType = UNSET
    capture: bool | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    customer: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    destination: dict[str, Any] | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    on_behalf_of: str | UnsetType = UNSET
    radar_options: RadarOptionsParams | UnsetType = UNSET
    receipt_email: str | UnsetType = UNSET
    shipping: ShippingParams | UnsetType = UNSET
    source: str | UnsetType = UNSET
    statement_descriptor: Descriptor | UnsetType = UNSET
    statement_descriptor_suffix: Descriptor | UnsetType = UNSET
    transfer_data: dict[str, Any] | UnsetType = UNSET
    transfer_group: str | UnsetType = UNSET


@operation("POST /v1/charges")
def create(tx: Tx, params: ChargeCreateParams) -> Charge:
    """Decide to charge a source; the gateway is asked after the commit, a decline is raised."""
    refuse_unsupported(params, *CONNECT, "radar_options")
    refuse_on_behalf(tx, params)
    if params.amount is UNSET:
        raise missing_param("amount")
    if params.currency is UNSET:
        raise missing_param("currency")
    currency = params.currency.lower()
    check_amount(params.amount, currency)
    method = _method(tx, params)
    if method.type != "card":
        raise NotSupported(
            "Only cards can be charged directly: debit bank accounts with a PaymentIntent.",
            param="source",
        )
    customer = value_or(params.customer, None)
    charge = new_charge(
        tx, method, "pending", amount=params.amount, currency=currency, customer=customer
    )
    charge.description = value_or(params.description, None)
    charge.metadata = merge_metadata(None, params.metadata)
    charge.receipt_email = value_or(params.receipt_email, None)
    charge.statement_descriptor = value_or(params.statement_descriptor, None)
    charge.statement_descriptor_suffix = value_or(params.statement_descriptor_suffix, None)
    charge.calculated_statement_descriptor = calculated_descriptor(
        tx, charge.statement_descriptor, charge.statement_descriptor_suffix
    )
    if isinstance(params.shipping, ShippingParams):
        charge.shipping = shipping_of(params.shipping)
    tx.quiet(charge)
    attempt = add_attempt(
        tx,
        "charge",
        owner=customer or charge.id,
        charge=charge.id,
        payment_method=method.id,
        on_decline="raise",
    )
    attempt.order = msgspec.to_builtins(_order(tx, attempt.id, charge, method, params))
    return charge


def _method(tx: Tx, params: ChargeCreateParams) -> PaymentMethod:
    customer = tx.get(Customer, params.customer, param="customer") if given(
        params.customer
    ) else None
    if given(params.source):
        method = method_or_token(
            tx, params.source, owner=customer.id if customer else None, param="source"
        )
        if method.customer is not None and (customer is None or method.customer != customer.id):
            raise InvalidRequest(
                f"The source {params.source} belongs to a customer: give that customer too.",
                param="source",
            )
        return method
    if customer is None:
        raise InvalidRequest("Must provide source or customer.", code="parameter_missing")
    default = customer.default_source or customer.invoice_settings.default_payment_method
    if default is None:
        raise CardError("Cannot charge a customer that has no active card", code="missing")
    return tx.get(PaymentMethod, default)


def _order(
    tx: Tx, key: str, charge: Charge, method: PaymentMethod, params: ChargeCreateParams
) -> ChargeOrder:
    return ChargeOrder(
        key=key,
        amount=charge.amount,
        currency=charge.currency,
        method=method.private.token,
        now=tx.now,
        set_up=method.private.set_up,
        capture=value_or(params.capture, True),
        customer=charge.customer,
        description=charge.description,
        statement_descriptor=charge.statement_descriptor,
        billing=payer_of(method),
    )


def apply_direct_charge(tx: Tx, attempt: PaymentAttempt, answer: Answer) -> APIError | None:
    """Write the outcome of a charge that no intent made."""
    charge = tx.get(Charge, attempt.charge or "")
    method = tx.get(PaymentMethod, attempt.payment_method or "")
    outcome = answer.outcome
    attempt.settle_after = None
    tx.quiet(charge)
    if isinstance(outcome, Unknown | Processing):
        # No words for a card that is on its way: it is looked up as one without an answer.
        wait_longer(tx, attempt)
        return None
    if isinstance(outcome, NeedsAction):
        # There is nobody to be sent to a challenge: the older call cannot wait.
        attempt.reference = outcome.reference
        release(tx, attempt, owner=charge.customer or charge.id)
        outcome = Declined(
            code="authentication_required",
            message=NEEDS_AUTHENTICATION,
            decline_code="authentication_required",
            reference=outcome.reference,
        )
    if isinstance(outcome, Declined):
        return _declined(tx, attempt, charge, method, outcome)
    assert isinstance(outcome, Succeeded), "a card is charged or declined"
    attempt.state, attempt.reference = "succeeded", outcome.reference
    note_checks(tx, method, outcome.checks)
    if method.customer is None:
        method.private.used_up = True
    charge.status, charge.paid = "succeeded", True
    charge.captured = outcome.capture_before is None
    charge.amount_captured = outcome.captured
    write_outcome(tx, charge, method, outcome)
    if charge.captured:
        book_charge(tx, charge, outcome.fee, outcome.available_on)
    tx.emit("charge.succeeded", charge)
    open_disputes(tx, charge, method, answer.disputes)
    warn_of_fraud(tx, charge, outcome)
    return None


def _declined(
    tx: Tx, attempt: PaymentAttempt, charge: Charge, method: PaymentMethod, outcome: Declined
) -> APIError:
    attempt.state = "declined"
    charge.status, charge.paid = "failed", False
    note_checks(tx, method, outcome.checks)
    write_outcome(tx, charge, method, outcome)
    tx.emit("charge.failed", charge)
    return as_api_error(decline_error(outcome, None, charge=charge.id))
