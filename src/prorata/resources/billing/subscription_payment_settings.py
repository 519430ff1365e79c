"""Subscription payment settings: which methods pay a subscription's invoices, and how."""

from typing import Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType

from prorata.model.params import Params, fields_given, given, plain
from prorata.resources.payments.method_types import unsupported_type

S = TypeVar("S", bound=Struct)

UNUSABLE = frozenset({
    "acss_debit", "bancontact", "billie", "blik", "konbini", "payto", "pix", "upi",
})  # fmt: skip

CardNetwork = Literal[
    "amex", "cartes_bancaires", "diners", "discover", "eftpos_au", "girocard", "interac", "jcb",
    "link", "mastercard", "unionpay", "unknown", "visa",
]  # fmt: skip
PaymentMethodType = Literal[
    "ach_credit_transfer", "ach_debit", "acss_debit", "affirm", "alipay", "amazon_pay",
    "au_becs_debit", "bacs_debit", "bancontact", "billie", "blik", "boleto", "card", "cashapp",
    "crypto", "custom", "customer_balance", "eps", "fpx", "giropay", "grabpay", "ideal",
    "jp_credit_transfer", "kakao_pay", "klarna", "konbini", "kr_card", "link", "mb_way",
    "multibanco", "naver_pay", "nz_bank_account", "p24", "pay_by_bank", "payco", "paynow",
    "paypal", "payto", "pix", "promptpay", "revolut_pay", "satispay", "sepa_credit_transfer",
    "sepa_debit", "sequra", "sofort", "swish", "twint", "upi", "us_bank_account", "wechat_pay",
]  # fmt: skip
BankPermission = Literal["balances", "ownership", "payment_method", "transactions"]
ThreeDSecure = Literal["any", "automatic", "challenge"]
Verification = Literal["automatic", "instant", "microdeposits"]
SavePaymentMethod = Literal["off", "on_subscription"]


class SubscriptionCardMandateOptions(Struct, kw_only=True):
    amount: int | None = None
    amount_type: Literal["fixed", "maximum"] | None = None
    description: str | None = None


class SubscriptionCardOptions(Struct, kw_only=True):
    mandate_options: SubscriptionCardMandateOptions | UnsetType = UNSET
    network: CardNetwork | None = None
    request_three_d_secure: ThreeDSecure | None = None


class SubscriptionEuBankTransfer(Struct, kw_only=True):
    country: Literal["BE", "DE", "ES", "FR", "IE", "NL"]


class SubscriptionBankTransfer(Struct, kw_only=True):
    eu_bank_transfer: SubscriptionEuBankTransfer | UnsetType = UNSET
    type: str | None = None


class SubscriptionCustomerBalanceOptions(Struct, kw_only=True):
    bank_transfer: SubscriptionBankTransfer | UnsetType = UNSET
    funding_type: Literal["bank_transfer"] | None = None


class SubscriptionSepaDebitOptions(Struct, kw_only=True):
    pass


class SubscriptionFinancialConnectionsFilters(Struct, kw_only=True):
    account_subcategories: list[Literal["checking", "savings"]] | UnsetType = UNSET


class SubscriptionFinancialConnections(Struct, kw_only=True):
    filters: SubscriptionFinancialConnectionsFilters | UnsetType = UNSET
    permissions: list[BankPermission] | UnsetType = UNSET
    prefetch: list[Literal["balances", "ownership", "transactions"]] | None = None


class SubscriptionUsBankAccountOptions(Struct, kw_only=True):
    financial_connections: SubscriptionFinancialConnections | UnsetType = UNSET
    verification_method: Verification | UnsetType = UNSET


class SubscriptionPaymentMethodOptions(Struct, kw_only=True):
    acss_debit: None = None
    bancontact: None = None
    card: SubscriptionCardOptions | None = None
    customer_balance: SubscriptionCustomerBalanceOptions | None = None
    konbini: None = None
    payto: None = None
    pix: None = None
    sepa_debit: SubscriptionSepaDebitOptions | None = None
    upi: None = None
    us_bank_account: SubscriptionUsBankAccountOptions | None = None


class SubscriptionPaymentSettings(Struct, kw_only=True):
    payment_method_options: SubscriptionPaymentMethodOptions | None = None
    payment_method_types: list[PaymentMethodType] | None = None
    save_default_payment_method: SavePaymentMethod | None = None


class CardMandateOptionsParams(Params, kw_only=True):
    amount: int | UnsetType = UNSET
    amount_type: Literal["fixed", "maximum"] | UnsetType = UNSET
    description: str | UnsetType = UNSET


class CardOptionsParams(Params, kw_only=True):
    mandate_options: CardMandateOptionsParams | UnsetType = UNSET
    network: CardNetwork | UnsetType = UNSET
    request_three_d_secure: ThreeDSecure | UnsetType = UNSET


class EuBankTransferParams(Params, kw_only=True):
    country: Literal["BE", "DE", "ES", "FR", "IE", "NL"]


class BankTransferParams(Params, kw_only=True):
    eu_bank_transfer: EuBankTransferParams | UnsetType = UNSET
    type: str | UnsetType = UNSET


class CustomerBalanceOptionsParams(Params, kw_only=True):
    bank_transfer: BankTransferParams | UnsetType = UNSET
    funding_type: Literal["bank_transfer"] | UnsetType = UNSET


class SepaDebitOptionsParams(Params, kw_only=True):
    pass


class FinancialConnectionsFiltersParams(Params, kw_only=True):
    account_subcategories: list[Literal["checking", "savings"]] | UnsetType = UNSET


class FinancialConnectionsParams(Params, kw_only=True):
    filters: FinancialConnectionsFiltersParams | UnsetType = UNSET
    permissions: list[BankPermission] | UnsetType = UNSET
    prefetch: list[Literal["balances", "ownership", "transactions"]] | UnsetType = UNSET


class UsBankAccountOptionsParams(Params, kw_only=True):
    financial_connections: FinancialConnectionsParams | UnsetType = UNSET
    verification_method: Verification | UnsetType = UNSET


class PaymentMethodOptionsParams(Params, kw_only=True):
    """Options of types that can't pay here are understood, and refused by name."""

    acss_debit: dict[str, Any] | UnsetType | None = UNSET
    bancontact: dict[str, Any] | UnsetType | None = UNSET
    billie: dict[str, Any] | UnsetType | None = UNSET
    blik: dict[str, Any] | UnsetType | None = UNSET
    card: CardOptionsParams | UnsetType | None = UNSET
    customer_balance: CustomerBalanceOptionsParams | UnsetType | None = UNSET
    konbini: dict[str, Any] | UnsetType | None = UNSET
    payto: dict[str, Any] | UnsetType | None = UNSET
    pix: dict[str, Any] | UnsetType | None = UNSET
    sepa_debit: SepaDebitOptionsParams | UnsetType | None = UNSET
    upi: dict[str, Any] | UnsetType | None = UNSET
    us_bank_account: UsBankAccountOptionsParams | UnsetType | None = UNSET


class PaymentSettingsParams(Params, kw_only=True):
    payment_method_options: PaymentMethodOptionsParams | UnsetType = UNSET
    payment_method_types: list[PaymentMethodType] | UnsetType | None = UNSET
    save_default_payment_method: SavePaymentMethod | UnsetType = UNSET


def refuse_unusable(options: Params) -> None:
    """Raise NotSupported for the options of a method that can't pay here."""
    for name, value in fields_given(options).items():
        if name in UNUSABLE and value is not None:
            raise unsupported_type(name, f"payment_settings[payment_method_options][{name}]")


def changed_settings(
    settings: SubscriptionPaymentSettings, params: PaymentSettingsParams
) -> SubscriptionPaymentSettings:
    """Return payment settings with the sent parameters in place of what they had.

    Raises NotSupported for options of a method that can't pay here.
    """
    if given(params.payment_method_options):
        refuse_unusable(params.payment_method_options)
    return with_sent(settings, params)


def with_sent(settings: S, params: Params) -> S:
    """Return payment settings with what was sent in its place; options of other methods stay."""
    changed: dict[str, Any] = msgspec.to_builtins(settings)
    sent = plain(params)
    options = sent.pop("payment_method_options", None)
    changed.update(sent)
    if options is not None:
        kept = changed.get("payment_method_options") or {}
        changed["payment_method_options"] = {**kept, **options}
    return msgspec.convert(changed, type(settings))
