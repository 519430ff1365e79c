"""Account parameters: what can be said of the own account, and what is refused by name."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from prorata.model.fields import Address, Metadata, Range
from prorata.model.params import Params

BusinessType = Literal["company", "government_entity", "individual", "non_profit"]
HostedSave = Literal["always", "never", "offer"]
Color = Annotated[str, Meta(pattern=r"^#[0-9a-fA-F]{6}$")]
Descriptor = Annotated[str, Meta(min_length=5, max_length=22, pattern=r"^[^<>\\'\"*]*$")]


class BusinessProfileParams(Params, kw_only=True):
    annual_revenue: Any = UNSET
    estimated_worker_count: Any = UNSET
    mcc: Annotated[str, Meta(pattern=r"^[0-9]{4}$")] | UnsetType = UNSET
    minority_owned_business_designation: list[str] | UnsetType = UNSET
    monthly_estimated_revenue: Any = UNSET
    name: str | UnsetType = UNSET
    product_description: str | UnsetType = UNSET
    specified_commercial_transactions_act_url: str | UnsetType | None = UNSET
    support_address: Address | UnsetType = UNSET
    support_email: str | UnsetType = UNSET
    support_phone: str | UnsetType = UNSET
    support_url: str | UnsetType | None = UNSET
    url: str | UnsetType = UNSET


class BrandingParams(Params, kw_only=True):
    icon: str | UnsetType | None = UNSET
    logo: str | UnsetType | None = UNSET
    primary_color: Color | UnsetType | None = UNSET
    secondary_color: Color | UnsetType | None = UNSET


class DeclineOnParams(Params, kw_only=True):
    avs_failure: bool | UnsetType = UNSET
    cvc_failure: bool | UnsetType = UNSET


class CardPaymentsParams(Params, kw_only=True):
    decline_on: DeclineOnParams | UnsetType = UNSET
    statement_descriptor_prefix: str | UnsetType = UNSET
    statement_descriptor_prefix_kana: str | UnsetType | None = UNSET
    statement_descriptor_prefix_kanji: str | UnsetType | None = UNSET


class DashboardParams(Params, kw_only=True):
    display_name: str | UnsetType = UNSET
    timezone: str | UnsetType = UNSET


class InvoicesSettingsParams(Params, kw_only=True):
    default_account_tax_ids: list[str] | UnsetType | None = UNSET
    hosted_payment_method_save: HostedSave | UnsetType = UNSET


class PaymentsSettingsParams(Params, kw_only=True):
    statement_descriptor: Descriptor | UnsetType = UNSET
    statement_descriptor_kana: str | UnsetType = UNSET
    statement_descriptor_kanji: str | UnsetType = UNSET


class ShownSettingsParams(Params, kw_only=True):
    """`dashboard` is ours: elsewhere its values are typed into the dashboard."""

    bacs_debit_payments: Any = UNSET
    branding: BrandingParams | UnsetType = UNSET
    card_issuing: Any = UNSET
    card_payments: CardPaymentsParams | UnsetType = UNSET
    dashboard: DashboardParams | UnsetType = UNSET
    invoices: InvoicesSettingsParams | UnsetType = UNSET
    payments: PaymentsSettingsParams | UnsetType = UNSET
    payouts: Any = UNSET
    paypay_payments: Any = UNSET
    sepa_debit_payments: Any = UNSET
    treasury: Any = UNSET


class AccountUpdateParams(Params, kw_only=True):
    account_token: Any = UNSET
    business_profile: BusinessProfileParams | UnsetType = UNSET
    business_type: BusinessType | UnsetType = UNSET
    capabilities: Any = UNSET
    company: Any = UNSET
    country: Annotated[str, Meta(pattern=r"^[A-Za-z]{2}$")] | UnsetType = UNSET
    default_currency: str | UnsetType = UNSET
    documents: Any = UNSET
    email: str | UnsetType = UNSET
    external_account: Any = UNSET
    groups: Any = UNSET
    individual: Any = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    settings: ShownSettingsParams | UnsetType = UNSET
    tos_acceptance: Any = UNSET


class AccountCreateParams(Params, kw_only=True):
    """What other systems make connected accounts from."""

    account_token: Any = UNSET
    business_profile: Any = UNSET
    business_type: Any = UNSET
    capabilities: Any = UNSET
    company: Any = UNSET
    controller: Any = UNSET
    country: Any = UNSET
    default_currency: Any = UNSET
    documents: Any = UNSET
    email: Any = UNSET
    external_account: Any = UNSET
    groups: Any = UNSET
    individual: Any = UNSET
    metadata: Any = UNSET
    settings: Any = UNSET
    tos_acceptance: Any = UNSET
    type: Any = UNSET


class AccountListParams(Params, kw_only=True):
    created: Range | UnsetType = UNSET
