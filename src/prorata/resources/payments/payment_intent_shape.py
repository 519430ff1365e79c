"""Payment intent shapes: the hashes inside a payment intent."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from prorata.model.fields import Address
from prorata.resources.payments.bank_transfer import BankTransferInstructions
from prorata.resources.references import AccountRef

PaymentIntentStatus = Literal[
    "canceled", "processing", "requires_action", "requires_capture", "requires_confirmation",
    "requires_payment_method", "succeeded",
]  # fmt: skip
CancellationReason = Literal[
    "abandoned", "automatic", "duplicate", "expired", "failed_invoice", "fraudulent",
    "requested_by_customer", "void_invoice",
]  # fmt: skip
CaptureMethod = Literal["automatic", "automatic_async", "manual"]


AmountDetailsErrorCode = Literal[
    "amount_details_amount_mismatch", "amount_details_tax_shipping_discount_greater_than_amount"
]


class AmountDetailsShipping(Struct, kw_only=True):
    amount: int | None = None
    from_postal_code: str | None = None
    to_postal_code: str | None = None


class AmountDetailsTax(Struct, kw_only=True):
    total_tax_amount: int | None = None


class AmountDetailsTip(Struct, kw_only=True):
    amount: int | UnsetType = UNSET


class AmountDetailsError(Struct, kw_only=True):
    code: AmountDetailsErrorCode | None = None
    message: str | None = None


class AmountDetails(Struct, kw_only=True):
    discount_amount: int | UnsetType = UNSET
    error: AmountDetailsError | UnsetType = UNSET
    shipping: AmountDetailsShipping | UnsetType = UNSET
    tax: AmountDetailsTax | UnsetType = UNSET
    tip: AmountDetailsTip = msgspec.field(default_factory=AmountDetailsTip)


class IntentTransferData(Struct, kw_only=True):
    amount: int | UnsetType = UNSET
    destination: AccountRef


class AmountDetailsLineItem(
    Struct, kw_only=True, tag_field="object", tag="payment_intent_amount_details_line_item"
):
    """What a payment is for, line by line, told to the network by sellers to businesses."""

    discount_amount: int | None = None
    id: str
    payment_method_options: dict[str, Any] | None = None
    product_code: str | None = None
    product_name: str
    quantity: int
    tax: AmountDetailsTax | None = None
    unit_cost: int
    unit_of_measure: str | None = None


class AutomaticPaymentMethods(Struct, kw_only=True):
    allow_redirects: Literal["always", "never"] | UnsetType = UNSET
    enabled: bool


class ManagedPayments(Struct, kw_only=True):
    enabled: bool


class RedirectToUrl(Struct, kw_only=True):
    return_url: str | None = None
    url: str | None = None


class VerifyWithMicrodeposits(Struct, kw_only=True):
    arrival_date: int
    hosted_verification_url: str
    microdeposit_type: Literal["amounts", "descriptor_code"] | None = None


class NextAction(Struct, kw_only=True):
    """What the payer must do before the intent goes on."""

    redirect_to_url: RedirectToUrl | UnsetType = UNSET
    type: str
    use_stripe_sdk: dict[str, Any] | UnsetType = UNSET
    verify_with_microdeposits: VerifyWithMicrodeposits | UnsetType = UNSET


class PaymentNextAction(NextAction, kw_only=True):
    """What the payer of an intent must do: only money can be sent by bank transfer."""

    display_bank_transfer_instructions: BankTransferInstructions | UnsetType = UNSET


class PaymentDetails(Struct, kw_only=True):
    customer_reference: str | None = None
    order_reference: str | None = None


class PaymentMethodConfigurationDetails(Struct, kw_only=True):
    id: str
    parent: str | None = None


class PaymentProcessing(Struct, kw_only=True):
    type: Literal["card"]


class PaymentShipping(Struct, kw_only=True):
    address: Address | UnsetType = UNSET
    carrier: str | None = None
    name: str | UnsetType = UNSET
    phone: str | None = None
    tracking_number: str | None = None
