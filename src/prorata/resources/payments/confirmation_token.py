"""Confirmation tokens: what a payer has said on a page, kept until a server confirms with it."""

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.fields import Metadata, Shipping
from prorata.model.params import Params
from prorata.model.resource import Resource, resource
from prorata.resources.payments.payment_intent_params import MandateDataParams, ShippingParams
from prorata.resources.payments.payment_method_params import AllowRedisplay, PaymentMethodDataParams
from prorata.resources.payments.payment_method_shape import (
    BillingDetails,
    PaymentMethodBacsDebit,
    PaymentMethodCard,
    PaymentMethodCustomerBalance,
    PaymentMethodSepaDebit,
    PaymentMethodUsBankAccount,
)
from prorata.resources.references import CustomerRef

FutureUsage = Literal["off_session", "on_session"]


class TokenOnline(Struct, kw_only=True):
    ip_address: str | None = None
    user_agent: str | None = None


class TokenAcceptance(Struct, kw_only=True):
    online: TokenOnline | None = None
    type: str


class TokenMandateData(Struct, kw_only=True):
    customer_acceptance: TokenAcceptance


class TokenCardOptions(Struct, kw_only=True):
    cvc_token: str | None = None


class TokenMethodOptions(Struct, kw_only=True):
    card: TokenCardOptions | None = None


class PaymentMethodPreview(Struct, kw_only=True):
    """The method as it will be once the token is used, without a name of its own."""

    allow_redisplay: AllowRedisplay = "unspecified"
    bacs_debit: PaymentMethodBacsDebit | UnsetType = UNSET
    billing_details: BillingDetails
    card: PaymentMethodCard | UnsetType = UNSET
    customer: CustomerRef | None = None
    customer_account: str | None = None
    customer_balance: PaymentMethodCustomerBalance | UnsetType = UNSET
    sepa_debit: PaymentMethodSepaDebit | UnsetType = UNSET
    type: str
    us_bank_account: PaymentMethodUsBankAccount | UnsetType = UNSET


class ConfirmationTokenPrivate(Struct, kw_only=True):
    """What the wire does not show.

    payment_method: the saved method that the payer chose. details, billing: of a new one, as the
    gateway knows it and as the payer said. used: whether an intent was confirmed with it.
    """

    payment_method: str | None = None
    details: dict[str, Any] | None = None
    billing: dict[str, Any] | None = None
    metadata: Metadata = {}
    used: bool = False


@resource(
    prefix="ctoken",
    path="/v1/confirmation_tokens",
    operations=("retrieve",),
    missing_name="confirmation_token",
    owner=lambda token: None,
)
class ConfirmationToken(Resource, tag="confirmation_token", kw_only=True):
    """What a payer has said on a page."""

    created: int
    expires_at: int | None
    livemode: bool
    mandate_data: TokenMandateData | None = None
    metadata: Metadata | None = None
    payment_intent: str | None = None
    payment_method_options: TokenMethodOptions | None = None
    payment_method_preview: PaymentMethodPreview | None = None
    return_url: str | None = None
    setup_future_usage: FutureUsage | None = None
    setup_intent: str | None = None
    shipping: Shipping | None = None
    use_stripe_sdk: bool = True

    Private = ConfirmationTokenPrivate


class TokenCardOptionsParams(Params, kw_only=True):
    cvc_token: str | UnsetType = UNSET
    installments: dict[str, Any] | UnsetType = UNSET


class TokenMethodOptionsParams(Params, kw_only=True):
    card: TokenCardOptionsParams | UnsetType = UNSET


class ConfirmationTokenTestParams(Params, kw_only=True):
    """What the helper for tests takes."""

    payment_method: str | UnsetType = UNSET
    payment_method_data: PaymentMethodDataParams | UnsetType = UNSET
    payment_method_options: TokenMethodOptionsParams | UnsetType = UNSET
    return_url: str | UnsetType = UNSET
    setup_future_usage: FutureUsage | UnsetType = UNSET
    shipping: ShippingParams | UnsetType = UNSET


class ConfirmationTokenCreateParams(ConfirmationTokenTestParams, kw_only=True):
    """What the browser script says besides."""

    customer_session_client_secret: str | UnsetType = UNSET
    mandate_data: MandateDataParams | UnsetType = UNSET
    use_stripe_sdk: bool | UnsetType = UNSET
