"""Intent params: what creating, changing and confirming a payment intent have in common."""

from collections.abc import Iterable
from typing import Any, Protocol

from msgspec import UNSET, UnsetType

from prorata.engine.payments.amount_details import write_amount_details
from prorata.engine.payments.payment_method_of import payment_method_of
from prorata.engine.payments.tokenize import method_of_data, spend_cvc
from prorata.model.errors import InvalidRequest, NotSupported
from prorata.model.params import Params, assign, given, refuse_unsupported, value_or
from prorata.model.transaction import Tx
from prorata.resources.core.customer import Customer
from prorata.resources.payments.bank_transfer import TRANSFER_OF
from prorata.resources.payments.charge import shipping_of
from prorata.resources.payments.method_types import (
    CASH,
    DEBIT_CURRENCY,
    check_excluded,
    check_types,
    refuse_other_methods,
)
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.payment_intent_params import (
    PaymentDetailsParams,
    PaymentIntentConfirmParams,
    PaymentIntentParams,
    ShippingParams,
)
from prorata.resources.payments.payment_intent_shape import (
    PaymentDetails,
    PaymentMethodConfigurationDetails,
)
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.payments.payment_method_configuration import (
    configuration_of,
    default_configuration,
    offered_types,
)
from prorata.resources.payments.payment_method_option_params import (
    PaymentCardOptionsParams,
    PaymentMethodOptionsParams,
    SetupMethodOptionsParams,
)
from prorata.resources.payments.payment_method_options import apply_options, default_options
from prorata.resources.payments.payment_method_params import PaymentMethodDataParams
from prorata.resources.payments.setup_intent import SetupIntent

TYPES_GONE = (
    "The parameter `payment_method_types` is no longer supported here. Use"
    " `allowed_payment_method_types` instead, or leave both out to offer what suits the currency."
)
CONNECT = ("application_fee_amount", "hooks", "transfer_data", "transfer_group")


class _SaysTypes(Protocol):
    payment_method_types: Any


class _SaysAllowed(Protocol):
    allowed_payment_method_types: Any
    excluded_payment_method_types: Any


class _SaysConfiguration(Protocol):
    allowed_payment_method_types: Any
    payment_method_configuration: Any


class _SaysCustomer(Protocol):
    customer: Any
    customer_account: Any


def refuse_types(params: _SaysTypes) -> None:
    """Raise for the list of types in the form that this version no longer takes."""
    if given(params.payment_method_types):
        raise InvalidRequest(
            TYPES_GONE,
            code="payment_method_types_no_longer_supported",
            param="payment_method_types",
        )


def refuse_on_behalf(tx: Tx, params: Params) -> None:
    """Raise NotSupported for another account; naming the own one changes nothing."""
    if getattr(params, "on_behalf_of", UNSET) not in (UNSET, tx.book.account):
        refuse_unsupported(params, "on_behalf_of")


def write_common(
    tx: Tx, intent: PaymentIntent, params: PaymentIntentParams | PaymentIntentConfirmParams
) -> None:
    """Write the parameters that mean the same at every stage of an intent."""
    refuse_types(params)
    assign(intent, params, "receipt_email", "setup_future_usage")
    if given(params.capture_method):
        intent.capture_method = params.capture_method
    if isinstance(params.shipping, ShippingParams):
        intent.shipping = shipping_of(params.shipping)
    elif params.shipping is None:
        intent.shipping = None
    write_types(tx, intent, params)
    if isinstance(params.payment_method_options, PaymentMethodOptionsParams):
        refuse_other_methods(params.payment_method_options, "payment_method_options")
        check_options(tx, params.payment_method_options)
        _name_transfer(params.payment_method_options)
        assert intent.payment_method_options is not None, "every intent has options"
        intent.payment_method_options = apply_options(
            intent.payment_method_options, params.payment_method_options
        )
    if given(params.amount_details):
        write_amount_details(tx, intent, params.amount_details, intent.amount)
    write_payment_details(intent, params.payment_details)
    write_method(tx, intent, params)


def write_configuration(
    tx: Tx, intent: PaymentIntent | SetupIntent, params: _SaysConfiguration
) -> None:
    """Write which configuration says what an intent offers, where nothing else says it."""
    named = params.payment_method_configuration
    if intent.automatic_payment_methods is None or given(params.allowed_payment_method_types):
        if given(named):
            raise InvalidRequest(
                "`payment_method_configuration` can only be used with automatic payment methods:"
                " leave out `allowed_payment_method_types`.",
                param="payment_method_configuration",
            )
        return
    id = configuration_of(tx, named) if given(named) else default_configuration(tx)
    intent.payment_method_configuration_details = PaymentMethodConfigurationDetails(id=id)
    intent.payment_method_types = types_of_configuration(tx, intent)


def types_of_configuration(tx: Tx, intent: PaymentIntent | SetupIntent) -> list[str]:
    """Return what an intent's configuration, or the default one, offers and it does not exclude."""
    details = intent.payment_method_configuration_details
    named = None if details is None else details.id
    if isinstance(intent, SetupIntent):
        types = offered_types(tx, None, named)
    else:
        types = offered_types(tx, intent.currency, named, cash=True)
    return [each for each in types if each not in (intent.excluded_payment_method_types or ())]


def write_types(tx: Tx, intent: PaymentIntent, params: _SaysAllowed) -> None:
    """Write which types of method an intent takes."""
    if given(params.allowed_payment_method_types):
        check_types(params.allowed_payment_method_types, "allowed_payment_method_types")
        check_types_pay(params.allowed_payment_method_types, intent.currency)
        intent.allowed_payment_method_types = params.allowed_payment_method_types
        intent.automatic_payment_methods = None
        intent.payment_method_configuration_details = None
        intent.payment_method_types = params.allowed_payment_method_types
    if given(params.excluded_payment_method_types):
        excluded = params.excluded_payment_method_types or []
        check_excluded(excluded, "excluded_payment_method_types")
        intent.excluded_payment_method_types = excluded or None
        allowed = intent.allowed_payment_method_types or types_of_configuration(tx, intent)
        intent.payment_method_types = [each for each in allowed if each not in excluded]
    fresh = default_options(intent.payment_method_types)
    known = intent.payment_method_options or fresh
    for type in fresh.__struct_fields__:
        if getattr(known, type) is UNSET:
            setattr(known, type, getattr(fresh, type))
        elif type not in intent.payment_method_types:
            setattr(known, type, UNSET)
    intent.payment_method_options = known


def check_types_pay(types: Iterable[str], currency: str) -> None:
    """Raise InvalidRequest for a type of method that moves no money of this currency."""
    for type in types:
        moves = tuple(TRANSFER_OF) if type == CASH else (DEBIT_CURRENCY.get(type, currency),)
        if currency not in moves:
            raise InvalidRequest(
                f"The currency provided ({currency}) is invalid for one or more payment method"
                f" types on this PaymentIntent. The payment method type {type} only supports the"
                f" following currencies: {', '.join(sorted(moves))}. Either correct the provided"
                " currency, or use a different PaymentIntent to accept this payment method type.",
                code="payment_intent_invalid_currency",
                param="currency",
            )


def method_sent(tx: Tx, intent: PaymentIntent | SetupIntent, params: Any) -> PaymentMethod | None:
    """Return the method that a request names or describes for an intent, None where it does not.

    Sent empty, the method is taken off the intent.
    """
    if isinstance(params.payment_method_data, PaymentMethodDataParams):
        return method_of_data(
            tx, params.payment_method_data, "payment_method_data", owner=intent.customer
        )
    if params.payment_method is None:
        intent.payment_method = None
        intent.status = "requires_payment_method"
        return None
    if not given(params.payment_method):
        return None
    return payment_method_of(tx, params.payment_method, customer=intent.customer)


def write_method(
    tx: Tx, intent: PaymentIntent, params: PaymentIntentParams | PaymentIntentConfirmParams
) -> None:
    """Write which method is to pay: one that is known, a test name, or one described inline."""
    method = method_sent(tx, intent, params)
    if method is None:
        return
    if method.type not in intent.payment_method_types:
        raise InvalidRequest(
            f"The PaymentMethod provided ({method.type}) is not allowed for this PaymentIntent."
            f" Please attach a PaymentMethod of one of the following types:"
            f" {', '.join(intent.payment_method_types)}. Alternatively update the allowed"
            " payment_method_types for this PaymentIntent to include"
            f' "{method.type}".',
            code="payment_intent_incompatible_payment_method",
            param="payment_method",
        )
    moves = DEBIT_CURRENCY.get(method.type)
    if moves is not None and moves != intent.currency:
        raise InvalidRequest(
            f"The PaymentMethod provided ({method.type}) can only be used to pay in {moves}, not in"
            f" {intent.currency}.",
            code="payment_method_currency_mismatch",
            param="payment_method",
        )
    intent.payment_method = method.id
    intent.status = "requires_confirmation"
    intent.next_action = None


def customer_named(tx: Tx, params: _SaysCustomer) -> str | None:
    """Return the customer that parameters name, None when they name nobody."""
    if given(params.customer_account):
        raise NotSupported(
            "Customers of the accounts API are not supported: give `customer` instead.",
            param="customer_account",
        )
    if not given(params.customer):
        return None
    return tx.get(Customer, params.customer, param="customer").id


def write_customer(
    tx: Tx, intent: PaymentIntent | SetupIntent, params: _SaysCustomer
) -> None:
    """Write who pays. The customer of an intent is never exchanged for another."""
    customer = customer_named(tx, params)
    if customer is None:
        return
    if intent.customer is not None and intent.customer != customer:
        noun = "PaymentIntent" if isinstance(intent, PaymentIntent) else "SetupIntent"
        raise InvalidRequest(
            f"You cannot modify `customer` on a {noun} once it already has been set. To use a"
            f" different Customer, cancel this {noun} and create a new one.",
            param="customer",
        )
    intent.customer = customer


def write_payment_details(
    intent: PaymentIntent, change: PaymentDetailsParams | None | UnsetType
) -> None:
    """Write the references that the payer and the seller have for a payment."""
    if change is None:
        intent.payment_details = UNSET
    elif isinstance(change, PaymentDetailsParams):
        known = intent.payment_details or PaymentDetails()
        assign(known, change)
        intent.payment_details = known


def _name_transfer(params: PaymentMethodOptionsParams) -> None:
    """Write the API's own name for what the Stripe CLI's fixture calls a transfer in yen."""
    cash = params.customer_balance
    transfer = cash.bank_transfer if cash is not None and given(cash) else UNSET
    if given(transfer) and transfer.type == "jp_bank_account":
        transfer.type = "jp_bank_transfer"


def check_options(
    tx: Tx, params: PaymentMethodOptionsParams | SetupMethodOptionsParams
) -> None:
    """Spend the CVC token that options name; raise NotSupported for what no gateway here does."""
    card, path = params.card, "payment_method_options[card]"
    if card is not None and given(card):
        if given(card.three_d_secure):
            raise NotSupported(
                "Results of 3-D Secure from elsewhere cannot be imported.",
                param=f"{path}[three_d_secure]",
            )
        refuse_unsupported(card, "moto", below=path)
        if isinstance(card, PaymentCardOptionsParams) and given(card.cvc_token):
            spend_cvc(tx, card.cvc_token, f"{path}[cvc_token]")
    account = params.us_bank_account
    networks = account.networks if account is not None and given(account) else UNSET
    if given(networks) and "us_domestic_wire" in value_or(networks.requested, ()):
        raise NotSupported(
            "Wires are not supported: bank accounts are debited through `ach`.",
            param="payment_method_options[us_bank_account][networks][requested]",
        )
