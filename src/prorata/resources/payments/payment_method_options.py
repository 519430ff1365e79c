"""Payment method options: how an intent treats each type of method."""

from typing import Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType

from prorata.model.params import Params, plain
from prorata.resources.payments.bank_transfer import CustomerBalanceOptions

FutureUsage = Literal["none", "off_session", "on_session"]
ThreeDSecure = Literal["any", "automatic", "challenge"]
Verification = Literal["automatic", "instant", "microdeposits"]
IfAvailable = Literal["if_available", "never"]
Credential = Literal["installment", "recurring", "unscheduled"]
Purpose = Literal["goods", "other", "services", "unspecified"]
CardNetwork = Literal[
    "amex", "cartes_bancaires", "diners", "discover", "eftpos_au", "girocard", "interac", "jcb",
    "link", "mastercard", "unionpay", "unknown", "visa",
]  # fmt: skip
BankPermission = Literal["balances", "ownership", "payment_method", "transactions"]


class DebitMandateOptions(Struct, kw_only=True):
    reference_prefix: str | UnsetType = UNSET


class DebitOptions(Struct, kw_only=True):
    """Options of a SEPA or Bacs debit."""

    mandate_options: DebitMandateOptions | UnsetType = UNSET
    setup_future_usage: FutureUsage | UnsetType = UNSET
    target_date: str | UnsetType = UNSET


class SetupDebitOptions(Struct, kw_only=True):
    """Options of a SEPA or Bacs debit on a setup intent."""

    mandate_options: DebitMandateOptions | UnsetType = UNSET


class InstallmentsPlan(Struct, kw_only=True):
    count: int | None = None
    interval: Literal["month"] | None = None
    type: Literal["bonus", "fixed_count", "revolving"]


class Installments(Struct, kw_only=True):
    available_plans: list[InstallmentsPlan] | None = None
    enabled: bool = False
    plan: InstallmentsPlan | None = None


class CardMandateOptions(Struct, kw_only=True):
    amount: int
    amount_type: Literal["fixed", "maximum"]
    description: str | None = None
    end_date: int | None = None
    interval: Literal["day", "month", "sporadic", "week", "year"]
    interval_count: int | None = None
    reference: str
    start_date: int
    supported_types: list[Literal["india"]] | None = None


class SetupCardMandateOptions(CardMandateOptions, kw_only=True):
    currency: str


class PaymentCardOptions(Struct, kw_only=True):
    """Options of a card on a payment intent."""

    capture_method: Literal["manual"] | UnsetType = UNSET
    installments: Installments | None = None
    mandate_options: CardMandateOptions | None = None
    network: CardNetwork | None = None
    request_extended_authorization: IfAvailable | UnsetType = UNSET
    request_incremental_authorization: IfAvailable | UnsetType = UNSET
    request_multicapture: IfAvailable | UnsetType = UNSET
    request_overcapture: IfAvailable | UnsetType = UNSET
    request_three_d_secure: ThreeDSecure | None = None
    require_cvc_recollection: bool | UnsetType = UNSET
    setup_credential_usage: Credential | UnsetType = UNSET
    setup_future_usage: FutureUsage | UnsetType = UNSET
    statement_descriptor_suffix_kana: str | UnsetType = UNSET
    statement_descriptor_suffix_kanji: str | UnsetType = UNSET
    stored_credential_usage: Credential | UnsetType = UNSET


class SetupCardOptions(Struct, kw_only=True):
    """Options of a card on a setup intent."""

    mandate_options: SetupCardMandateOptions | None = None
    network: CardNetwork | None = None
    request_three_d_secure: ThreeDSecure | None = None
    setup_credential_usage: Credential | UnsetType = UNSET


class LinkOptions(Struct, kw_only=True):
    persistent_token: str | None = None


class BankAccountMandateOptions(Struct, kw_only=True):
    collection_method: Literal["paper"] | UnsetType = UNSET


class FinancialConnectionsFilters(Struct, kw_only=True):
    account_subcategories: list[Literal["checking", "savings"]] | UnsetType = UNSET


class FinancialConnections(Struct, kw_only=True):
    filters: FinancialConnectionsFilters | UnsetType = UNSET
    permissions: list[BankPermission] | UnsetType = UNSET
    prefetch: list[Literal["balances", "ownership", "transactions"]] | None = None
    return_url: str | UnsetType = UNSET


class BankAccountOptions(Struct, kw_only=True):
    financial_connections: FinancialConnections | UnsetType = UNSET
    mandate_options: BankAccountMandateOptions | UnsetType = UNSET
    setup_future_usage: FutureUsage | UnsetType = UNSET
    target_date: str | UnsetType = UNSET
    transaction_purpose: Purpose | UnsetType = UNSET
    verification_method: Verification | UnsetType = UNSET


class SetupBankAccountOptions(Struct, kw_only=True):
    """Options of a US bank account on a setup intent."""

    financial_connections: FinancialConnections | UnsetType = UNSET
    mandate_options: BankAccountMandateOptions | UnsetType = UNSET
    verification_method: Verification | UnsetType = UNSET


class PaymentMethodOptions(Struct, kw_only=True):
    """The options of a payment intent."""

    bacs_debit: DebitOptions | UnsetType = UNSET
    card: PaymentCardOptions | UnsetType = UNSET
    customer_balance: CustomerBalanceOptions | UnsetType = UNSET
    link: LinkOptions | UnsetType = UNSET
    sepa_debit: DebitOptions | UnsetType = UNSET
    us_bank_account: BankAccountOptions | UnsetType = UNSET


class SetupMethodOptions(Struct, kw_only=True):
    """The options of a setup intent."""

    bacs_debit: SetupDebitOptions | UnsetType = UNSET
    card: SetupCardOptions | UnsetType = UNSET
    link: LinkOptions | UnsetType = UNSET
    sepa_debit: SetupDebitOptions | UnsetType = UNSET
    us_bank_account: SetupBankAccountOptions | UnsetType = UNSET


Options = TypeVar("Options", PaymentMethodOptions, SetupMethodOptions)


def default_options(types: list[str]) -> PaymentMethodOptions:
    """Return the options of a payment intent that allows these types."""
    return _defaults(PaymentMethodOptions, types)


def default_setup_options(types: list[str]) -> SetupMethodOptions:
    """Return the options of a setup intent that allows these types."""
    return _defaults(SetupMethodOptions, types)


_DEFAULTS: dict[str, dict[str, Any]] = {
    "bacs_debit": {"mandate_options": {}},
    "card": {"request_three_d_secure": "automatic"},
    "customer_balance": {},
    "link": {},
    "sepa_debit": {"mandate_options": {}},
    "us_bank_account": {"mandate_options": {}, "verification_method": "automatic"},
}


def _defaults(cls: type[Options], types: list[str]) -> Options:
    return msgspec.convert({type: _DEFAULTS[type] for type in types if type in _DEFAULTS}, cls)


def apply_options(current: Options, change: Params | UnsetType | None) -> Options:
    """Return options after a change: hashes are merged, an empty value goes back to its default.

    What a request may say but an intent does not show (a CVC token) is not kept.
    """
    if not isinstance(change, Params):
        return current
    return msgspec.convert(_merge(msgspec.to_builtins(current), plain(change)), type(current))


def _merge(current: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    merged = dict(current)
    for name, value in change.items():
        before = merged.get(name)
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict):
            merged[name] = _merge(before if isinstance(before, dict) else {}, value)
        else:
            merged[name] = value
    return merged
