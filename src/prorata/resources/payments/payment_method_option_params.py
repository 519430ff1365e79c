"""Payment method option parameters: what an intent's `payment_method_options` takes."""

from typing import Any, Literal

from msgspec import UNSET, UnsetType

from prorata.model.params import Params
from prorata.resources.payments.bank_transfer import CustomerBalanceOptionsParams
from prorata.resources.payments.method_types import OtherMethodParams
from prorata.resources.payments.payment_method_options import (
    BankPermission,
    CardNetwork,
    Credential,
    FutureUsage,
    IfAvailable,
    Purpose,
    ThreeDSecure,
    Verification,
)


class DebitMandateOptionsParams(Params, kw_only=True):
    reference_prefix: str | UnsetType | None = UNSET


class DebitOptionsParams(Params, kw_only=True):
    mandate_options: DebitMandateOptionsParams | UnsetType = UNSET
    setup_future_usage: FutureUsage | UnsetType | None = UNSET
    target_date: str | UnsetType = UNSET


class InstallmentsPlanParams(Params, kw_only=True):
    count: int | UnsetType = UNSET
    interval: Literal["month"] | UnsetType = UNSET
    type: Literal["bonus", "fixed_count", "revolving"]


class InstallmentsParams(Params, kw_only=True):
    enabled: bool | UnsetType = UNSET
    plan: InstallmentsPlanParams | UnsetType | None = UNSET


class CardMandateOptionsParams(Params, kw_only=True):
    amount: int
    amount_type: Literal["fixed", "maximum"]
    description: str | UnsetType = UNSET
    end_date: int | UnsetType = UNSET
    interval: Literal["day", "month", "sporadic", "week", "year"]
    interval_count: int | UnsetType = UNSET
    reference: str
    start_date: int
    supported_types: list[Literal["india"]] | UnsetType = UNSET


class SetupCardMandateOptionsParams(CardMandateOptionsParams, kw_only=True):
    currency: str


class ImportedThreeDSecureParams(Params, kw_only=True):
    """A challenge that was passed elsewhere; see `refuse_unusable_options`."""

    ares_trans_status: Literal["A", "C", "I", "N", "R", "U", "Y"] | UnsetType = UNSET
    cryptogram: str | UnsetType = UNSET
    electronic_commerce_indicator: Literal["01", "02", "05", "06", "07"] | UnsetType = UNSET
    exemption_indicator: Literal["low_risk", "none"] | UnsetType = UNSET
    network_options: dict[str, Any] | UnsetType = UNSET
    requestor_challenge_indicator: str | UnsetType = UNSET
    transaction_id: str | UnsetType = UNSET
    version: Literal["1.0.2", "2.1.0", "2.2.0", "2.3.0", "2.3.1"] | UnsetType = UNSET


class PaymentCardOptionsParams(Params, kw_only=True):
    capture_method: Literal["manual"] | UnsetType | None = UNSET
    cvc_token: str | UnsetType = UNSET
    installments: InstallmentsParams | UnsetType = UNSET
    mandate_options: CardMandateOptionsParams | UnsetType = UNSET
    moto: bool | UnsetType = UNSET
    network: CardNetwork | UnsetType = UNSET
    request_extended_authorization: IfAvailable | UnsetType = UNSET
    request_incremental_authorization: IfAvailable | UnsetType = UNSET
    request_multicapture: IfAvailable | UnsetType = UNSET
    request_overcapture: IfAvailable | UnsetType = UNSET
    request_three_d_secure: ThreeDSecure | UnsetType = UNSET
    require_cvc_recollection: bool | UnsetType = UNSET
    setup_credential_usage: Credential | UnsetType = UNSET
    setup_future_usage: FutureUsage | UnsetType | None = UNSET
    statement_descriptor_suffix_kana: str | UnsetType | None = UNSET
    statement_descriptor_suffix_kanji: str | UnsetType | None = UNSET
    stored_credential_usage: Credential | UnsetType = UNSET
    three_d_secure: ImportedThreeDSecureParams | UnsetType = UNSET


class SetupCardOptionsParams(Params, kw_only=True):
    mandate_options: SetupCardMandateOptionsParams | UnsetType = UNSET
    moto: bool | UnsetType = UNSET
    network: CardNetwork | UnsetType = UNSET
    request_three_d_secure: ThreeDSecure | UnsetType = UNSET
    setup_credential_usage: Credential | UnsetType = UNSET
    three_d_secure: ImportedThreeDSecureParams | UnsetType = UNSET


class SetupLinkOptionsParams(Params, kw_only=True):
    persistent_token: str | UnsetType = UNSET


class SetupDebitOptionsParams(Params, kw_only=True):
    mandate_options: DebitMandateOptionsParams | UnsetType = UNSET


class LinkOptionsParams(Params, kw_only=True):
    capture_method: Literal["manual"] | UnsetType | None = UNSET
    persistent_token: str | UnsetType = UNSET
    setup_future_usage: FutureUsage | UnsetType | None = UNSET


class BankAccountMandateOptionsParams(Params, kw_only=True):
    collection_method: Literal["paper"] | UnsetType | None = UNSET


class FinancialConnectionsFiltersParams(Params, kw_only=True):
    account_subcategories: list[Literal["checking", "savings"]] | UnsetType = UNSET


class FinancialConnectionsParams(Params, kw_only=True):
    filters: FinancialConnectionsFiltersParams | UnsetType = UNSET
    permissions: list[BankPermission] | UnsetType = UNSET
    prefetch: list[Literal["balances", "ownership", "transactions"]] | UnsetType = UNSET
    return_url: str | UnsetType = UNSET


class BankNetworksParams(Params, kw_only=True):
    requested: list[Literal["ach", "us_domestic_wire"]] | UnsetType = UNSET


class BankAccountOptionsParams(Params, kw_only=True):
    financial_connections: FinancialConnectionsParams | UnsetType = UNSET
    mandate_options: BankAccountMandateOptionsParams | UnsetType = UNSET
    networks: BankNetworksParams | UnsetType = UNSET
    setup_future_usage: FutureUsage | UnsetType | None = UNSET
    target_date: str | UnsetType = UNSET
    transaction_purpose: Purpose | UnsetType | None = UNSET
    verification_method: Verification | UnsetType = UNSET


class SetupBankAccountOptionsParams(Params, kw_only=True):
    financial_connections: FinancialConnectionsParams | UnsetType = UNSET
    mandate_options: BankAccountMandateOptionsParams | UnsetType = UNSET
    networks: BankNetworksParams | UnsetType = UNSET
    verification_method: Verification | UnsetType = UNSET


class PaymentMethodOptionsParams(OtherMethodParams, kw_only=True):
    bacs_debit: DebitOptionsParams | UnsetType | None = UNSET
    card: PaymentCardOptionsParams | UnsetType | None = UNSET
    customer_balance: CustomerBalanceOptionsParams | UnsetType | None = UNSET
    link: LinkOptionsParams | UnsetType | None = UNSET
    sepa_debit: DebitOptionsParams | UnsetType | None = UNSET
    us_bank_account: BankAccountOptionsParams | UnsetType | None = UNSET


class SetupMethodOptionsParams(OtherMethodParams, kw_only=True):
    bacs_debit: SetupDebitOptionsParams | UnsetType | None = UNSET
    card: SetupCardOptionsParams | UnsetType | None = UNSET
    link: SetupLinkOptionsParams | UnsetType | None = UNSET
    sepa_debit: SetupDebitOptionsParams | UnsetType | None = UNSET
    us_bank_account: SetupBankAccountOptionsParams | UnsetType | None = UNSET
