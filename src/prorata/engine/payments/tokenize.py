"""Tokenize: cards and bank accounts, described in a request, become payment methods and tokens."""

from typing import Any

import msgspec

from prorata.engine.payments.method_details import add_method, cash_method, fingerprint_salt
from prorata.engine.payments.payment_method_of import named_method
from prorata.gateways.orders import BankAccount, MethodDetails
from prorata.gateways.orders import BillingDetails as PayerDetails
from prorata.gateways.protocol import BankRefused, CardRefused
from prorata.model.errors import (
    APIError,
    CardError,
    InvalidRequest,
    NotSupported,
    missing_param,
    no_such,
)
from prorata.model.fields import UNSET, Address, UnsetType
from prorata.model.operation import operation
from prorata.model.params import given, merge_metadata, refuse_unsupported, value_or
from prorata.model.transaction import Tx
from prorata.resources.payments.method_types import (
    CASH,
    USABLE,
    refuse_other_methods,
    unsupported_type,
)
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.payments.payment_method_params import (
    CardNetworksParams,
    CardParams,
    PaymentMethodCreateParams,
    PaymentMethodDataParams,
    merge_billing_details,
    refuse_other_descriptions,
)
from prorata.resources.payments.payment_method_shape import BillingDetails
from prorata.resources.payments.token import Token

NOT_AT_CREATION = (
    "You cannot attach a PaymentMethod to a Customer during PaymentMethod creation. Please instead"
    " create the PaymentMethod and then attach it using the attachment method of the"
    " PaymentMethods API."
)
RAW_CARD_REFUSED = (
    "Sending credit card numbers directly to this API is not possible with this payment gateway:"
    " collect them with its own fields, or use test tokens in test mode."
)


@operation("POST /v1/payment_methods", publishable=True)
def create(tx: Tx, params: PaymentMethodCreateParams) -> PaymentMethod:
    """Create a payment method that nobody owns yet."""
    refuse_unsupported(params, "payment_method", "customer_account")
    if given(params.customer):
        raise InvalidRequest(NOT_AT_CREATION)
    return method_of_data(tx, params, "")


def method_of_data(
    tx: Tx, data: PaymentMethodDataParams, path: str, *, owner: str | None = None
) -> PaymentMethod:
    """Add the payment method that parameters describe.

    `path` is where they stand in the request. Raises CardError (402) for card data that is wrong,
    InvalidRequest for wrong bank data, NotSupported for a type that cannot be used.
    """
    details, billing = described_method(tx, data, path)
    if details is None:
        method = cash_method(tx, billing=billing, owner=owner)
    else:
        method = add_method(tx, details, billing=billing, owner=owner)
    if given(data.allow_redisplay):
        method.allow_redisplay = data.allow_redisplay
    method.metadata = merge_metadata(None, data.metadata)
    return method


def described_method(
    tx: Tx, data: PaymentMethodDataParams, path: str
) -> tuple[MethodDetails | None, BillingDetails]:
    """Return what the gateway makes of a method that parameters describe, and whose it is.

    There is nothing to know of cash. Raises as `method_of_data` does.
    """
    refuse_other_methods(data, path)
    refuse_unsupported(data, "radar_options", below=path)
    type = _type_of(data, path)
    refuse_other_descriptions(data, type, path)
    known = _billing_of_token(tx, data) or BillingDetails(address=Address())
    billing = merge_billing_details(known, data.billing_details)
    return (None if type == CASH else _details(tx, data, type, path, billing)), billing


def _billing_of_token(tx: Tx, data: PaymentMethodDataParams) -> BillingDetails | None:
    """Return the name and address that were given with a card's token."""
    return _billing_of(tx.find(Token, data.card.token) if data.card and data.card.token else None)


def _billing_of(token: Token | None) -> BillingDetails | None:
    if token is None or token.private.billing is None:
        return None
    return msgspec.convert(token.private.billing, BillingDetails)


def _type_of(data: PaymentMethodDataParams, path: str) -> str:
    type: str | UnsetType = data.type
    if not given(type):
        raise missing_param(_below(path, "type"))
    if type not in USABLE:
        raise unsupported_type(type, _below(path, "type"))
    if type != CASH and not given(getattr(data, type)):
        raise missing_param(_below(path, type))
    return type


def _below(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def _details(
    tx: Tx, data: PaymentMethodDataParams, type: str, path: str, billing: BillingDetails
) -> MethodDetails:
    if type == "card":
        assert isinstance(data.card, CardParams), "it was looked for"
        return card_details(tx, data.card, _below(path, "card"), billing)
    given_fields = getattr(data, type)
    account = BankAccount(
        type=type,  # type: ignore[arg-type]
        **{name: value for name in BankAccount.__struct_fields__
           if name != "type" and (value := getattr(given_fields, name, UNSET)) is not UNSET},
    )  # fmt: skip
    if given(getattr(given_fields, "financial_connections_account", UNSET)):
        raise NotSupported(
            "Accounts of Financial Connections are not supported: give the account's numbers.",
            param=_below(path, "us_bank_account[financial_connections_account]"),
        )
    return bank_details(tx, account, path)


def bank_details(tx: Tx, account: BankAccount, path: str = "") -> MethodDetails:
    """Return what the gateway makes of a bank account. Raises InvalidRequest for wrong numbers."""
    try:
        details: MethodDetails = tx.gateway.tokenize_bank(account, fingerprint_salt(tx), tx.now)
    except BankRefused as refused:
        raise refusal(refused, path) from refused
    return details


def card_details(
    tx: Tx, card: CardParams, path: str, billing: BillingDetails | None = None
) -> MethodDetails:
    """Return what the gateway makes of a card: a test token or, in test mode, its number."""
    if given(card.token):
        for name in ("number", "exp_month", "exp_year", "cvc"):
            if given(getattr(card, name)):
                raise InvalidRequest(
                    "You may only specify one of these parameters:"
                    f" {_below(path, 'token')}, {_below(path, name)}.",
                    param=_below(path, name),
                )
        kept = _of_token(tx, card.token, _below(path, "token"))
        if kept is None:
            raise InvalidRequest(f"Invalid token id: {card.token}", param="token")
        return prefer(kept, card.networks, path)
    for name in ("number", "exp_month", "exp_year"):
        if not given(getattr(card, name)):
            raise missing_param(_below(path, name))
    if tx.book.livemode or not tx.gateway.test_only:
        raise InvalidRequest(RAW_CARD_REFUSED, param=_below(path, "number"))
    payer = PayerDetails(
        line1=billing.address.line1 if billing and billing.address else None,
        postal_code=billing.address.postal_code if billing and billing.address else None,
    )
    try:
        details: MethodDetails = tx.gateway.tokenize_card(
            card.number,
            card.exp_month,
            card.exp_year,
            value_or(card.cvc, None),
            fingerprint_salt(tx),
            tx.now,
            payer,
        )
    except CardRefused as refused:
        raise refusal(refused) from refused
    return prefer(details, card.networks, path)


def prefer(
    details: MethodDetails, networks: CardNetworksParams | UnsetType, path: str
) -> MethodDetails:
    """Return card details with the network that the payer prefers, one of those it runs on."""
    preferred = networks.preferred if given(networks) else UNSET
    if not given(preferred) or preferred is None:
        return details
    if preferred not in details.networks_available:
        raise InvalidRequest(
            f"This card cannot be charged through {preferred}: it runs on"
            f" {', '.join(details.networks_available)}.",
            param=f"{path}[networks][preferred]",
        )
    return msgspec.structs.replace(
        details, networks_preferred=preferred, display_brand=preferred
    )


def refusal(refused: CardRefused, path: str = "") -> APIError:
    """Return the error of method data that was wrong before any network saw it."""
    if isinstance(refused, BankRefused):
        param = refused.param
        if path and param:
            head, bracket, rest = param.partition("[")
            param = f"{path}[{head}]{bracket}{rest}"
        return InvalidRequest(refused.message, code=refused.code, param=param)
    known: dict[str, Any] = {"decline_code": refused.decline_code}
    return CardError(refused.message, code=refused.code, param=refused.param, **known)


def details_of_token(tx: Tx, id: str, param: str) -> MethodDetails:
    """Return the method behind a token, and spend it; `tok_visa` and its like are never spent.

    Raises NotFound (400) for an unknown token, InvalidRequest for a spent or unfit one.
    """
    details = _of_token(tx, id, param)
    if details is None:
        raise no_such("token", id, param=param, status=400)
    return details


def _of_token(tx: Tx, id: str, param: str) -> MethodDetails | None:
    token = tx.find(Token, id)
    if token is not None:
        if token.private.details is None:
            raise InvalidRequest(f"The token {id} does not stand for a card.", param=param)
        _spend(token, param)
        return msgspec.convert(token.private.details, MethodDetails)
    if not tx.book.livemode and tx.gateway.test_only and id.startswith(("tok_", "btok_")):
        details: MethodDetails | None = tx.gateway.from_test_token(
            id, fingerprint_salt(tx), tx.now
        )
        return details
    return None


def spend_cvc(tx: Tx, id: str, param: str) -> None:
    """Spend the token of a CVC that the payer typed again.

    Raises NotFound (400) for an unknown token, InvalidRequest for a spent or unfit one.
    """
    token = tx.find(Token, id)
    if token is None:
        raise no_such("token", id, param=param, status=400)
    if token.type != "cvc_update":
        raise InvalidRequest(f"The token {id} does not stand for a CVC.", param=param)
    _spend(token, param)


def _spend(token: Token, param: str) -> None:
    if token.used:
        raise InvalidRequest(
            f"You cannot use a Stripe token more than once: {token.id}.",
            code="token_already_used",
            param=param,
        )
    token.used = True


def method_or_token(tx: Tx, id: str, *, owner: str | None, param: str) -> PaymentMethod:
    """Return the payment method that an id names, or the card that a token becomes."""
    if not id.startswith("tok_"):
        return named_method(tx, id, owner=owner, param=param)
    token = tx.find(Token, id)
    card = token.card.id if token is not None and token.card else tx.id("card", owner)
    details = details_of_token(tx, id, param)
    return add_method(tx, details, billing=_billing_of(token), owner=owner, id=card)
