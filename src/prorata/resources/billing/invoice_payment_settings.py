"""Invoice payment settings: which payment methods may pay an invoice, and how."""

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.params import Params, given, refuse_unsupported
from prorata.resources.billing.subscription_payment_settings import (
    CustomerBalanceOptionsParams,
    PaymentMethodType,
    SepaDebitOptionsParams,
    SubscriptionCustomerBalanceOptions,
    SubscriptionPaymentMethodOptions,
    SubscriptionPaymentSettings,
    SubscriptionSepaDebitOptions,
    SubscriptionUsBankAccountOptions,
    ThreeDSecure,
    UsBankAccountOptionsParams,
    Verification,
    refuse_unusable,
    with_sent,
)


class InvoiceCardInstallments(Struct, kw_only=True):
    enabled: bool | None = None


class InvoiceCardOptions(Struct, kw_only=True):
    installments: InvoiceCardInstallments | UnsetType = UNSET
    request_three_d_secure: ThreeDSecure | None = None


class InvoiceAcssMandateOptions(Struct, kw_only=True):
    transaction_type: Literal["business", "personal"] | None = None


class InvoiceAcssDebitOptions(Struct, kw_only=True):
    mandate_options: InvoiceAcssMandateOptions | UnsetType = UNSET
    verification_method: Verification | UnsetType = UNSET


class InvoiceBancontactOptions(Struct, kw_only=True):
    preferred_language: Literal["de", "en", "fr", "nl"]


class InvoiceKonbiniOptions(Struct, kw_only=True):
    pass


class InvoicePaytoMandateOptions(Struct, kw_only=True):
    amount: int | None = None
    amount_type: Literal["fixed", "maximum"] | None = None
    purpose: str | None = None


class InvoicePaytoOptions(Struct, kw_only=True):
    mandate_options: InvoicePaytoMandateOptions | UnsetType = UNSET


class InvoicePixOptions(Struct, kw_only=True):
    amount_includes_iof: Literal["always", "never"] | None = None
    expires_after_seconds: int | UnsetType = UNSET


class InvoiceUpiMandateOptions(Struct, kw_only=True):
    amount: int | None = None
    amount_type: Literal["fixed", "maximum"] | None = None
    description: str | None = None
    end_date: int | None = None


class InvoiceUpiOptions(Struct, kw_only=True):
    mandate_options: InvoiceUpiMandateOptions | UnsetType = UNSET


class InvoicePaymentMethodOptions(Struct, kw_only=True):
    """Options by type of method; those of types that can't pay here are never set."""

    acss_debit: InvoiceAcssDebitOptions | None = None
    bancontact: InvoiceBancontactOptions | None = None
    card: InvoiceCardOptions | None = None
    customer_balance: SubscriptionCustomerBalanceOptions | None = None
    konbini: InvoiceKonbiniOptions | None = None
    payto: InvoicePaytoOptions | None = None
    pix: InvoicePixOptions | None = None
    sepa_debit: SubscriptionSepaDebitOptions | None = None
    upi: InvoiceUpiOptions | None = None
    us_bank_account: SubscriptionUsBankAccountOptions | None = None


class InvoicePaymentSettings(Struct, kw_only=True):
    default_mandate: str | None = None
    payment_method_options: InvoicePaymentMethodOptions | None = None
    payment_method_types: list[PaymentMethodType] | None = None


class CardInstallmentsPlanParams(Params, kw_only=True):
    count: int | UnsetType = UNSET
    interval: Literal["month"] | UnsetType = UNSET
    type: Literal["bonus", "fixed_count", "revolving"]


class CardInstallmentsParams(Params, kw_only=True):
    enabled: bool | UnsetType = UNSET
    plan: CardInstallmentsPlanParams | UnsetType | None = UNSET


class InvoiceCardOptionsParams(Params, kw_only=True):
    installments: CardInstallmentsParams | UnsetType = UNSET
    request_three_d_secure: ThreeDSecure | UnsetType = UNSET


class InvoicePaymentMethodOptionsParams(Params, kw_only=True):
    """Options of types that can't pay here are understood, and refused by name."""

    acss_debit: dict[str, Any] | UnsetType | None = UNSET
    bancontact: dict[str, Any] | UnsetType | None = UNSET
    billie: dict[str, Any] | UnsetType | None = UNSET
    blik: dict[str, Any] | UnsetType | None = UNSET
    card: InvoiceCardOptionsParams | UnsetType | None = UNSET
    customer_balance: CustomerBalanceOptionsParams | UnsetType | None = UNSET
    konbini: dict[str, Any] | UnsetType | None = UNSET
    payto: dict[str, Any] | UnsetType | None = UNSET
    pix: dict[str, Any] | UnsetType | None = UNSET
    sepa_debit: SepaDebitOptionsParams | UnsetType | None = UNSET
    upi: dict[str, Any] | UnsetType | None = UNSET
    us_bank_account: UsBankAccountOptionsParams | UnsetType | None = UNSET


class InvoicePaymentSettingsParams(Params, kw_only=True):
    default_mandate: str | UnsetType | None = UNSET
    payment_method_options: InvoicePaymentMethodOptionsParams | UnsetType = UNSET
    payment_method_types: list[PaymentMethodType] | UnsetType | None = UNSET


def merged_settings(
    settings: InvoicePaymentSettings, params: InvoicePaymentSettingsParams
) -> InvoicePaymentSettings:
    """Return payment settings with the sent parameters in place of what they had.

    Raises NotSupported for options of a method that can't pay here.
    """
    if given(params.payment_method_options):
        refuse_unusable(params.payment_method_options)
        card = params.payment_method_options.card
        if isinstance(card, InvoiceCardOptionsParams) and given(card.installments):
            refuse_unsupported(
                card.installments, "enabled", "plan",
                below="payment_settings[payment_method_options][card][installments]",
            )  # fmt: skip
    return with_sent(settings, params)


def settings_of_subscription(settings: SubscriptionPaymentSettings) -> InvoicePaymentSettings:
    """Return what a subscription's payment settings mean for its invoices."""
    return InvoicePaymentSettings(
        payment_method_options=_options(settings.payment_method_options),
        payment_method_types=settings.payment_method_types,
    )


def _options(
    options: SubscriptionPaymentMethodOptions | None,
) -> InvoicePaymentMethodOptions | None:
    if options is None:
        return None
    card = options.card
    return InvoicePaymentMethodOptions(
        card=None
        if card is None
        else InvoiceCardOptions(request_three_d_secure=card.request_three_d_secure),
        customer_balance=options.customer_balance,
        sepa_debit=options.sepa_debit,
        us_bank_account=options.us_bank_account,
    )
