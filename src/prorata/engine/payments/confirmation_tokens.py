"""Confirmation tokens: made of what stands in a page's fields, spent by confirming an intent."""

from typing import Any, TypeVar

import msgspec

from prorata.engine.payments.method_details import add_method, cash_method, method_from
from prorata.engine.payments.payment_method_of import named_method
from prorata.engine.payments.tokenize import described_method
from prorata.gateways.orders import MethodDetails
from prorata.model.errors import InvalidRequest, missing_param
from prorata.model.fields import UNSET, Shipping
from prorata.model.operation import operation
from prorata.model.params import given, merge_metadata, refuse_unsupported, value_or
from prorata.model.transaction import Tx
from prorata.resources.core.customer_session import opened_session
from prorata.resources.payments.confirmation_token import (
    ConfirmationToken,
    ConfirmationTokenCreateParams,
    ConfirmationTokenPrivate,
    ConfirmationTokenTestParams,
    PaymentMethodPreview,
    TokenAcceptance,
    TokenCardOptions,
    TokenMandateData,
    TokenMethodOptions,
    TokenOnline,
)
from prorata.resources.payments.method_types import CASH
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.payment_intent_params import (
    CustomerAcceptanceParams,
    MandateDataParams,
    OnlineAcceptanceParams,
    PaymentIntentConfirmParams,
    ShippingParams,
)
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.payments.payment_method_option_params import (
    PaymentCardOptionsParams,
    PaymentMethodOptionsParams,
)
from prorata.resources.payments.payment_method_shape import BillingDetails
from prorata.resources.payments.return_url import return_url_of
from prorata.resources.payments.setup_intent import SetupIntent
from prorata.resources.payments.setup_intent_params import SetupIntentConfirmParams

# Source: the reference of confirmation tokens.
OPEN_SECONDS = 12 * 60 * 60
ConfirmParams = TypeVar("ConfirmParams", PaymentIntentConfirmParams, SetupIntentConfirmParams)


@operation("POST /v1/confirmation_tokens", publishable=True)
def create(tx: Tx, params: ConfirmationTokenCreateParams) -> ConfirmationToken:
    """Put away what a payer has said; a saved method must be one of the customer session's."""
    customer = None
    if given(params.customer_session_client_secret):
        secret = params.customer_session_client_secret
        customer = opened_session(tx, secret, "payment_element").customer
    token = _token(tx, params)
    method = tx.find(PaymentMethod, token.private.payment_method)
    if tx.publishable and method is not None and method.customer not in (None, customer):
        raise InvalidRequest(
            "A saved payment method can only be used together with a customer session of its"
            " customer.",
            param="payment_method",
        )
    if isinstance(params.mandate_data, MandateDataParams):
        token.mandate_data = _mandate_data(params.mandate_data)
    token.use_stripe_sdk = value_or(params.use_stripe_sdk, True)
    return tx.add(token)


@operation("POST /v1/test_helpers/confirmation_tokens")
def create_in_test(tx: Tx, params: ConfirmationTokenTestParams) -> ConfirmationToken:
    """Create a token without a page, for tests of a server."""
    if tx.book.livemode:
        raise InvalidRequest("Test helpers can only be used with a test mode key.")
    return tx.add(_token(tx, params))


def _token(tx: Tx, params: ConfirmationTokenTestParams) -> ConfirmationToken:
    if given(params.payment_method) and given(params.payment_method_data):
        raise InvalidRequest(
            "You may only specify one of these parameters: payment_method, payment_method_data.",
            param="payment_method",
        )
    if not given(params.payment_method) and not given(params.payment_method_data):
        raise missing_param("payment_method_data")
    now = tx.real_now
    token = ConfirmationToken(
        id=tx.new_id(ConfirmationToken),
        created=now,
        expires_at=now + OPEN_SECONDS,
        livemode=tx.book.livemode,
        payment_method_options=_options(params),
        return_url=return_url_of(params.return_url),
        setup_future_usage=value_or(params.setup_future_usage, None),
        shipping=_kept_shipping(params),
    )
    token.private = ConfirmationTokenPrivate()
    if given(params.payment_method):
        method = named_method(tx, params.payment_method)
        token.private.payment_method = method.id
        token.payment_method_preview = _preview(method)
        return token
    data = params.payment_method_data
    assert given(data), "it was looked for"
    details, billing = described_method(tx, data, "payment_method_data")
    token.private.billing = msgspec.to_builtins(billing)
    token.private.metadata = merge_metadata(None, data.metadata)
    if details is not None:
        token.private.details = msgspec.to_builtins(details)
        token.payment_method_preview = _preview(method_from(tx, details, token.id, billing))
    else:
        token.payment_method_preview = PaymentMethodPreview(billing_details=billing, type=CASH)
    if given(data.allow_redisplay):
        token.payment_method_preview.allow_redisplay = data.allow_redisplay
    return token


def _options(params: ConfirmationTokenTestParams) -> TokenMethodOptions | None:
    options = params.payment_method_options
    if not given(options) or not given(options.card):
        return None
    refuse_unsupported(options.card, "installments", below="payment_method_options[card]")
    return TokenMethodOptions(
        card=TokenCardOptions(cvc_token=value_or(options.card.cvc_token, None))
    )


def _kept_shipping(params: ConfirmationTokenTestParams) -> Shipping | None:
    said = params.shipping
    if not given(said):
        return None
    return Shipping(address=said.address, name=said.name, phone=value_or(said.phone, None) or None)


def _preview(method: PaymentMethod) -> PaymentMethodPreview:
    preview = PaymentMethodPreview(
        allow_redisplay=method.allow_redisplay,
        billing_details=method.billing_details,
        customer=method.customer,
        type=method.type,
    )
    setattr(preview, method.type, method.details)
    return preview


def _mandate_data(params: MandateDataParams) -> TokenMandateData | None:
    said = params.customer_acceptance
    if not given(said):
        return None
    online = None
    if given(said.online):
        online = TokenOnline(
            ip_address=value_or(said.online.ip_address, None),
            user_agent=value_or(said.online.user_agent, None),
        )
    return TokenMandateData(customer_acceptance=TokenAcceptance(online=online, type=said.type))


def refuse_both(params: Any) -> None:
    """Raise InvalidRequest where a request names both a token and a payment method."""
    if not given(params.confirmation_token):
        return
    for name in ("payment_method", "payment_method_data"):
        if given(getattr(params, name)):
            raise InvalidRequest(
                f"You may only specify one of these parameters: confirmation_token, {name}.",
                param="confirmation_token",
            )


def spent_token(
    tx: Tx, intent: PaymentIntent | SetupIntent, params: ConfirmParams
) -> ConfirmParams:
    """Return the parameters of a confirmation with what its token says; the token is spent.

    What the request says itself counts more. Raises InvalidRequest for a token that was used, has
    expired, or stands beside a payment method.
    """
    if not given(params.confirmation_token):
        return params
    refuse_both(params)
    token = tx.get(ConfirmationToken, params.confirmation_token, param="confirmation_token")
    _check(tx, token)
    token.private.used = True
    if isinstance(intent, PaymentIntent):
        token.payment_intent = intent.id
    else:
        token.setup_intent = intent.id
    said = {
        "payment_method": _method(tx, token, intent.customer).id,
        "confirmation_token": UNSET,
        "return_url": token.return_url,
        "use_stripe_sdk": token.use_stripe_sdk,
    }
    if token.mandate_data is not None:
        said["mandate_data"] = _mandate_params(token.mandate_data)
    if isinstance(params, PaymentIntentConfirmParams):
        said["setup_future_usage"] = token.setup_future_usage
        said["shipping"] = _shipping(token)
        said["payment_method_options"] = _option_params(token)
    kept = {
        name: value
        for name, value in said.items()
        if name in ("payment_method", "confirmation_token")
        or (value is not None and not given(getattr(params, name)))
    }
    return msgspec.structs.replace(params, **kept)


def method_of_token(
    tx: Tx, id: str, owner: str | None
) -> tuple[PaymentMethod, ConfirmationToken]:
    """Return the method of a token and the token, which is spent; for Checkout.

    Raises InvalidRequest for a token that was used or has expired.
    """
    token = tx.get(ConfirmationToken, id, param="confirmation_token")
    _check(tx, token)
    token.private.used = True
    return _method(tx, token, owner), token


def _check(tx: Tx, token: ConfirmationToken) -> None:
    if token.private.used:
        raise InvalidRequest(
            f"The confirmation token {token.id} has been used already. Create a new one for each"
            " confirmation.",
            code="confirmation_token_already_used",
            param="confirmation_token",
        )
    if token.expires_at is not None and tx.real_now >= token.expires_at:
        raise InvalidRequest(
            f"The confirmation token {token.id} has expired. Create a new one.",
            code="confirmation_token_expired",
            param="confirmation_token",
        )


def _method(tx: Tx, token: ConfirmationToken, owner: str | None) -> PaymentMethod:
    """Return the method that a token stands for; a new one is made at its use."""
    private = token.private
    if private.payment_method is not None:
        return named_method(tx, private.payment_method, owner=owner)
    billing = msgspec.convert(private.billing, BillingDetails)
    if private.details is None:
        method = cash_method(tx, billing=billing, owner=owner)
    else:
        details = msgspec.convert(private.details, MethodDetails)
        method = add_method(tx, details, billing=billing, owner=owner)
    if token.payment_method_preview is not None:
        method.allow_redisplay = token.payment_method_preview.allow_redisplay
    method.metadata = dict(private.metadata)
    return method


def _mandate_params(data: TokenMandateData) -> MandateDataParams:
    said = data.customer_acceptance
    online = OnlineAcceptanceParams()
    if said.online is not None:
        for name in ("ip_address", "user_agent"):
            value = getattr(said.online, name)
            if value is not None:
                setattr(online, name, value)
    return MandateDataParams(
        customer_acceptance=CustomerAcceptanceParams(
            type="online" if said.type == "online" else "offline",
            online=online if said.type == "online" else UNSET,
        )
    )


def _shipping(token: ConfirmationToken) -> ShippingParams | None:
    if token.shipping is None:
        return None
    phone = UNSET if token.shipping.phone is None else token.shipping.phone
    return ShippingParams(address=token.shipping.address, name=token.shipping.name, phone=phone)


def _option_params(token: ConfirmationToken) -> PaymentMethodOptionsParams | None:
    options = token.payment_method_options
    if options is None or options.card is None or options.card.cvc_token is None:
        return None
    return PaymentMethodOptionsParams(
        card=PaymentCardOptionsParams(cvc_token=options.card.cvc_token)
    )
