"""Methods: which payment methods a session takes, and with which options."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from prorata.model.errors import CardError, InvalidRequest, NotSupported
from prorata.model.params import fields_given, given, plain
from prorata.model.transaction import Tx
from prorata.resources.checkout.session import CheckoutSession
from prorata.resources.checkout.session_params import SessionCreateParams
from prorata.resources.checkout.session_shape import (
    ConfigurationDetails,
    SessionCardOptions,
    SessionMethodOptions,
)
from prorata.resources.payments.method_types import (
    CASH,
    DEBIT_CURRENCY,
    HARMLESS,
    USABLE,
    check_excluded,
    check_types,
    refuse_other_methods,
    unsupported_type,
)
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.payments.payment_method_configuration import (
    configuration_of,
    offered_types,
)
from prorata.resources.payments.setup_intent import SetupIntent

BRANDS = {"american_express": "amex", "discover_global_network": "discover"}


def write_methods(tx: Tx, session: CheckoutSession, params: SessionCreateParams) -> None:
    """Write which types of method a session takes."""
    named = params.payment_method_configuration
    if given(named) and given(params.allowed_payment_method_types):
        raise InvalidRequest(
            "You may only specify one of these parameters: payment_method_configuration,"
            " allowed_payment_method_types.",
            param="payment_method_configuration",
        )
    if given(named):
        session.payment_method_configuration_details = ConfigurationDetails(
            id=configuration_of(tx, named)
        )
    allowed = offered_types(tx, session.currency, named if given(named) else None)
    if given(params.allowed_payment_method_types):
        allowed = list(dict.fromkeys(params.allowed_payment_method_types))
        check_allowed(allowed, "allowed_payment_method_types")
        if session.mode != "setup" and session.currency is not None:
            _check_currency(allowed, session.currency)
        session.allowed_payment_method_types = allowed
    if given(params.excluded_payment_method_types):
        excluded = params.excluded_payment_method_types
        check_excluded(excluded, "excluded_payment_method_types")
        session.excluded_payment_method_types = excluded or UNSET
        allowed = [each for each in allowed if each not in excluded]
    if not allowed:
        raise InvalidRequest(
            "No payment method is left: allow at least one that is not excluded.",
            param="excluded_payment_method_types",
        )
    session.payment_method_types = allowed
    session.payment_method_options = _options(session, params)


def check_allowed(types: Sequence[str], param: str) -> None:
    """Raise for types that don't exist, or that a page can't take."""
    if not types:
        raise InvalidRequest("Allow at least one type of payment method.", param=param)
    check_types(list(types), param)
    if CASH in types:
        raise _no_cash(f"{param}[{list(types).index(CASH)}]")


def _no_cash(param: str) -> NotSupported:
    return NotSupported(
        "Payments from the cash balance (customer_balance) are not supported here: send an invoice"
        " instead.",
        param=param,
    )


def _check_currency(types: Sequence[str], currency: str) -> None:
    """Raise InvalidRequest for a type of method that moves no money of this currency."""
    for place, type in enumerate(types):
        moves = DEBIT_CURRENCY.get(type, currency)
        if moves != currency:
            raise InvalidRequest(
                f"Invalid currency options `{currency}`. The payment method `{type}` only supports"
                f" the following currencies: `{moves}`.",
                param=f"allowed_payment_method_types[{place}]",
            )


def _options(session: CheckoutSession, params: SessionCreateParams) -> SessionMethodOptions | None:
    options = SessionMethodOptions()
    if "card" in session.payment_method_types:
        options.card = SessionCardOptions()
    sent = params.payment_method_options
    if not given(sent):
        return options if "card" in session.payment_method_types else None
    path = "payment_method_options"
    refuse_other_methods(sent, path)
    if given(sent.customer_balance):
        raise _no_cash(f"{path}[customer_balance]")
    if given(sent.demo_pay):
        raise unsupported_type("demo_pay", f"{path}[demo_pay]")
    for type, value in fields_given(sent).items():
        if type not in (*USABLE, *HARMLESS):
            continue
        known = getattr(options, type)
        before = {} if known is UNSET else msgspec.to_builtins(known)
        said = {name: each for name, each in plain(value).items() if each is not None}
        setattr(options, type, {**before, **said})
    return msgspec.convert(_without_unset(options), SessionMethodOptions)


def _without_unset(options: SessionMethodOptions) -> dict[str, Any]:
    found = {name: getattr(options, name) for name in options.__struct_fields__}
    return {
        name: value if isinstance(value, dict) else msgspec.to_builtins(value)
        for name, value in found.items()
        if value is not UNSET
    }


def check_method(session: CheckoutSession, method: PaymentMethod) -> None:
    """Raise for a method that a session does not take, by its type, its brand or its funding."""
    if method.type not in session.payment_method_types:
        raise InvalidRequest(
            f"The PaymentMethod provided ({method.type}) is not allowed for this Checkout Session."
            " Please use a PaymentMethod of one of the following types:"
            f" {', '.join(session.payment_method_types)}.",
            param="payment_method",
        )
    options = session.payment_method_options
    card = options.card if options is not None else UNSET
    if method.card is UNSET or card is UNSET or card.restrictions is UNSET:
        return
    restrictions = card.restrictions
    brands = [BRANDS.get(each, each) for each in restrictions.brands_blocked or ()]
    if method.card.brand in brands or method.card.funding in (
        restrictions.funding_types_blocked or ()
    ):
        raise CardError(
            "Cards of this kind are not accepted here. Please use another card.",
            code="card_declined",
            decline_code="card_not_supported",
            param="payment_method",
        )


def put_options(session: CheckoutSession, intent: PaymentIntent | SetupIntent) -> None:
    """Put a session's options of its methods on the intent that it pays or sets up by."""
    options = session.payment_method_options
    if options is None or intent.payment_method_options is None:
        return
    current = msgspec.to_builtins(intent.payment_method_options)
    for kind, said in msgspec.to_builtins(options).items():
        if kind in current:
            kept = {name: each for name, each in said.items() if name != "restrictions"}
            current[kind] = {**current[kind], **kept}
    cls: Any = type(intent.payment_method_options)
    intent.payment_method_options = msgspec.convert(current, cls)
