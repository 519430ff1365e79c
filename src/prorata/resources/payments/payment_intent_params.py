"""Payment intent parameters: what creating, changing, confirming and capturing one takes."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.model.fields import Address, Metadata
from prorata.model.params import Params
from prorata.resources.payments.payment_intent_shape import CaptureMethod
from prorata.resources.payments.payment_method_option_params import PaymentMethodOptionsParams
from prorata.resources.payments.payment_method_params import (
    PaymentMethodDataParams,
    RadarOptionsParams,
)
from prorata.resources.payments.statement_descriptor import Descriptor

FutureUsageParam = Literal["off_session", "on_session"]
OffSession = bool | Literal["one_off", "recurring"]


class AmountDetailsTaxParams(Params, kw_only=True):
    total_tax_amount: int


class AmountDetailsShippingParams(Params, kw_only=True):
    amount: int | UnsetType | None = UNSET
    from_postal_code: str | UnsetType | None = UNSET
    to_postal_code: str | UnsetType | None = UNSET


class AmountDetailsLineItemParams(Params, kw_only=True):
    product_name: str
    quantity: Annotated[int, Meta(ge=1)]
    unit_cost: int
    discount_amount: int | UnsetType = UNSET
    payment_method_options: dict[str, Any] | UnsetType = UNSET
    product_code: str | UnsetType = UNSET
    tax: AmountDetailsTaxParams | UnsetType = UNSET
    unit_of_measure: str | UnsetType = UNSET


class AmountDetailsParams(Params, kw_only=True):
    discount_amount: int | UnsetType | None = UNSET
    enforce_arithmetic_validation: bool | UnsetType = UNSET
    line_items: list[AmountDetailsLineItemParams] | UnsetType | None = UNSET
    shipping: AmountDetailsShippingParams | UnsetType | None = UNSET
    tax: AmountDetailsTaxParams | UnsetType | None = UNSET


class AutomaticPaymentMethodsParams(Params, kw_only=True):
    enabled: bool
    allow_redirects: Literal["always", "never"] | UnsetType = UNSET


class OnlineAcceptanceParams(Params, kw_only=True):
    ip_address: str | UnsetType = UNSET
    user_agent: str | UnsetType = UNSET


class CustomerAcceptanceParams(Params, kw_only=True):
    type: Literal["offline", "online"]
    accepted_at: int | UnsetType = UNSET
    offline: dict[str, Any] | UnsetType = UNSET
    online: OnlineAcceptanceParams | UnsetType = UNSET


class MandateDataParams(Params, kw_only=True):
    customer_acceptance: CustomerAcceptanceParams | UnsetType = UNSET


class PaymentDetailsParams(Params, kw_only=True):
    customer_reference: str | UnsetType | None = UNSET
    order_reference: str | UnsetType | None = UNSET


class ShippingParams(Params, kw_only=True):
    address: Address
    name: str
    carrier: str | UnsetType = UNSET
    phone: str | UnsetType = UNSET
    tracking_number: str | UnsetType = UNSET


class ConnectParams(Params, kw_only=True):
    """What only platforms with connected accounts use; refused by name."""

    application_fee_amount: int | UnsetType | None = UNSET
    hooks: dict[str, Any] | UnsetType = UNSET
    transfer_data: dict[str, Any] | UnsetType = UNSET
    transfer_group: str | UnsetType = UNSET


class PaymentIntentParams(ConnectParams, kw_only=True):
    """What both creating and changing an intent take."""

    allowed_payment_method_types: list[str] | UnsetType = UNSET
    amount_details: AmountDetailsParams | UnsetType | None = UNSET
    capture_method: CaptureMethod | UnsetType = UNSET
    customer: str | UnsetType = UNSET
    customer_account: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    excluded_payment_method_types: list[str] | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    payment_details: PaymentDetailsParams | UnsetType | None = UNSET
    payment_method: str | UnsetType | None = UNSET
    payment_method_configuration: str | UnsetType = UNSET
    payment_method_data: PaymentMethodDataParams | UnsetType = UNSET
    payment_method_options: PaymentMethodOptionsParams | UnsetType = UNSET
    payment_method_types: list[str] | UnsetType = UNSET
    receipt_email: str | UnsetType | None = UNSET
    setup_future_usage: FutureUsageParam | UnsetType | None = UNSET
    shipping: ShippingParams | UnsetType | None = UNSET
    statement_descriptor: Descriptor | UnsetType | None = UNSET
    statement_descriptor_suffix: Descriptor | UnsetType | None = UNSET


class PaymentIntentCreateParams(PaymentIntentParams, kw_only=True):
    amount: int
    currency: str
    automatic_payment_methods: AutomaticPaymentMethodsParams | UnsetType = UNSET
    confirm: bool | UnsetType = UNSET
    confirmation_method: Literal["automatic", "manual"] | UnsetType = UNSET
    confirmation_token: str | UnsetType = UNSET
    error_on_requires_action: bool | UnsetType = UNSET
    mandate: str | UnsetType = UNSET
    mandate_data: MandateDataParams | UnsetType | None = UNSET
    off_session: OffSession | UnsetType = UNSET
    on_behalf_of: str | UnsetType = UNSET
    radar_options: RadarOptionsParams | UnsetType = UNSET
    return_url: str | UnsetType = UNSET
    use_stripe_sdk: bool | UnsetType = UNSET


class PaymentIntentUpdateParams(PaymentIntentParams, kw_only=True):
    amount: int | UnsetType = UNSET
    client_secret: str | UnsetType = UNSET
    currency: str | UnsetType = UNSET


class PaymentIntentRetrieveParams(Params, kw_only=True):
    client_secret: str | UnsetType = UNSET


class PaymentIntentConfirmParams(Params, kw_only=True):
    allowed_payment_method_types: list[str] | UnsetType = UNSET
    amount_details: AmountDetailsParams | UnsetType | None = UNSET
    amount_to_confirm: int | UnsetType = UNSET
    capture_method: CaptureMethod | UnsetType = UNSET
    client_secret: str | UnsetType = UNSET
    confirmation_token: str | UnsetType = UNSET
    error_on_requires_action: bool | UnsetType = UNSET
    excluded_payment_method_types: list[str] | UnsetType | None = UNSET
    hooks: dict[str, Any] | UnsetType = UNSET
    mandate: str | UnsetType = UNSET
    mandate_data: MandateDataParams | UnsetType | None = UNSET
    off_session: OffSession | UnsetType = UNSET
    payment_details: PaymentDetailsParams | UnsetType | None = UNSET
    payment_method: str | UnsetType = UNSET
    payment_method_data: PaymentMethodDataParams | UnsetType = UNSET
    payment_method_options: PaymentMethodOptionsParams | UnsetType = UNSET
    payment_method_types: list[str] | UnsetType = UNSET
    radar_options: RadarOptionsParams | UnsetType = UNSET
    receipt_email: str | UnsetType | None = UNSET
    return_url: str | UnsetType = UNSET
    setup_future_usage: FutureUsageParam | UnsetType | None = UNSET
    shipping: ShippingParams | UnsetType | None = UNSET
    use_stripe_sdk: bool | UnsetType = UNSET


class PaymentIntentCancelParams(Params, kw_only=True):
    cancellation_reason: (
        Literal["abandoned", "duplicate", "fraudulent", "requested_by_customer"] | UnsetType
    ) = UNSET
    client_secret: str | UnsetType = UNSET


class PaymentIntentCaptureParams(ConnectParams, kw_only=True):
    amount_details: AmountDetailsParams | UnsetType = UNSET
    amount_to_capture: int | UnsetType = UNSET
    final_capture: bool | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    payment_details: PaymentDetailsParams | UnsetType | None = UNSET
    statement_descriptor: Descriptor | UnsetType = UNSET
    statement_descriptor_suffix: Descriptor | UnsetType = UNSET


class PaymentIntentIncrementParams(ConnectParams, kw_only=True):
    amount: int
    amount_details: AmountDetailsParams | UnsetType = UNSET
    description: str | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    payment_details: PaymentDetailsParams | UnsetType = UNSET
    statement_descriptor: Descriptor | UnsetType = UNSET


class ApplyCustomerBalanceParams(Params, kw_only=True):
    amount: int | UnsetType = UNSET
    currency: str | UnsetType = UNSET


class VerifyMicrodepositsParams(Params, kw_only=True):
    amounts: Annotated[list[int], Meta(min_length=2, max_length=2)] | UnsetType = UNSET
    client_secret: str | UnsetType = UNSET
    descriptor_code: str | UnsetType = UNSET


class ConfirmFacts(Struct, kw_only=True):
    """What a confirmation says beyond the intent: kept until the payment has come to its end."""

    error_on_requires_action: bool = False
    mandate_data: dict[str, Any] | None = None
    off_session: bool = False
    return_url: str | None = None
    use_stripe_sdk: bool = False
