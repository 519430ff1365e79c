"""Setup intent parameters: what creating, changing and confirming one takes."""

from typing import Literal

from msgspec import UNSET, UnsetType

from prorata.model.fields import Metadata
from prorata.model.params import Params
from prorata.resources.payments.payment_intent_params import (
    AutomaticPaymentMethodsParams,
    MandateDataParams,
)
from prorata.resources.payments.payment_method_option_params import SetupMethodOptionsParams
from prorata.resources.payments.payment_method_params import PaymentMethodDataParams

FlowDirection = Literal["inbound", "outbound"]


class SingleUseParams(Params, kw_only=True):
    amount: int
    currency: str


class SetupIntentParams(Params, kw_only=True):
    """What every request about a setup intent may say."""

    allowed_payment_method_types: list[str] | UnsetType = UNSET
    payment_method: str | UnsetType | None = UNSET
    payment_method_data: PaymentMethodDataParams | UnsetType = UNSET
    payment_method_options: SetupMethodOptionsParams | UnsetType = UNSET
    payment_method_types: list[str] | UnsetType = UNSET


class SetupIntentWriteParams(SetupIntentParams, kw_only=True):
    """What both creating and changing a setup intent take."""

    attach_to_self: bool | UnsetType = UNSET
    customer: str | UnsetType = UNSET
    customer_account: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    excluded_payment_method_types: list[str] | UnsetType | None = UNSET
    flow_directions: list[FlowDirection] | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    payment_method_configuration: str | UnsetType = UNSET


class SetupIntentUpdateParams(SetupIntentWriteParams, kw_only=True):
    client_secret: str | UnsetType = UNSET


class SetupIntentConfirmParams(SetupIntentParams, kw_only=True):
    client_secret: str | UnsetType = UNSET
    confirmation_token: str | UnsetType = UNSET
    mandate_data: MandateDataParams | UnsetType | None = UNSET
    return_url: str | UnsetType = UNSET
    use_stripe_sdk: bool | UnsetType = UNSET


class SetupIntentCreateParams(SetupIntentWriteParams, kw_only=True):
    automatic_payment_methods: AutomaticPaymentMethodsParams | UnsetType = UNSET
    confirm: bool | UnsetType = UNSET
    confirmation_token: str | UnsetType = UNSET
    mandate_data: MandateDataParams | UnsetType | None = UNSET
    on_behalf_of: str | UnsetType = UNSET
    return_url: str | UnsetType = UNSET
    single_use: SingleUseParams | UnsetType = UNSET
    usage: Literal["off_session", "on_session"] | UnsetType = UNSET
    use_stripe_sdk: bool | UnsetType = UNSET


class SetupIntentRetrieveParams(Params, kw_only=True):
    client_secret: str | UnsetType = UNSET


class SetupIntentCancelParams(Params, kw_only=True):
    cancellation_reason: (
        Literal["abandoned", "duplicate", "requested_by_customer"] | UnsetType
    ) = UNSET
    client_secret: str | UnsetType = UNSET


