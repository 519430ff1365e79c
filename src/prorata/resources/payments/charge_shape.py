"""Charge shapes: how a charge was paid and what the network said to it."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.resources.payments.payment_method_options import InstallmentsPlan
from prorata.resources.payments.payment_method_shape import CardChecks, CardWallet
from prorata.resources.references import AccountRef, MandateRef, RuleRef


class ChargeFraudDetails(Struct, kw_only=True):
    stripe_report: str | UnsetType = UNSET
    user_report: str | UnsetType = UNSET


class ChargeTransferData(Struct, kw_only=True):
    amount: int | None = None
    destination: AccountRef


class ChargeOutcome(Struct, kw_only=True):
    """The verdict of the network and of the check for risk."""

    advice_code: Literal["confirm_card_data", "do_not_try_again", "try_again_later"] | None = None
    network_advice_code: str | None = None
    network_decline_code: str | None = None
    network_status: str | None = None
    reason: str | None = None
    risk_level: str | UnsetType = UNSET
    risk_score: int | UnsetType = UNSET
    rule: RuleRef | UnsetType = UNSET
    seller_message: str | None = None
    type: str


class CardFeatureStatus(Struct, kw_only=True):
    """Whether a way to authorize is open to a charge (enabled, available or neither)."""

    status: str


class CardInstallments(Struct, kw_only=True):
    plan: InstallmentsPlan | None = None


class CardNetworkToken(Struct, kw_only=True):
    used: bool


class CardOvercapture(Struct, kw_only=True):
    maximum_amount_capturable: int
    status: Literal["available", "unavailable"]


class CardThreeDSecure(Struct, kw_only=True):
    authentication_flow: Literal["challenge", "frictionless"] | None = None
    electronic_commerce_indicator: str | None = None
    exemption_indicator: str | None = None
    result: str | None = None
    result_reason: str | None = None
    transaction_id: str | None = None
    version: str | None = None


class ChargeCard(Struct, kw_only=True):
    amount_authorized: int | None = None
    authorization_code: str | None = None
    brand: str | None = None
    capture_before: int | UnsetType = UNSET
    checks: CardChecks | None = None
    country: str | None = None
    electronic_commerce_indicator: str | None = None
    exp_month: int
    exp_year: int
    extended_authorization: CardFeatureStatus | UnsetType = UNSET
    fingerprint: str | UnsetType | None = UNSET
    funding: str | None = None
    incremental_authorization: CardFeatureStatus | UnsetType = UNSET
    installments: CardInstallments | None = None
    last4: str | None = None
    mandate: MandateRef | None = None
    multicapture: CardFeatureStatus | UnsetType = UNSET
    network: str | None = None
    network_token: CardNetworkToken | UnsetType | None = UNSET
    network_transaction_id: str | None = None
    overcapture: CardOvercapture | UnsetType = UNSET
    regulated_status: Literal["regulated", "unregulated"] | None = None
    three_d_secure: CardThreeDSecure | None = None
    transaction_link_id: str | None = None
    wallet: CardWallet | None = None


class ChargeBacsDebit(Struct, kw_only=True):
    fingerprint: str | None = None
    last4: str | None = None
    mandate: str | None = None
    sort_code: str | None = None


class ChargeCustomerBalance(Struct, kw_only=True):
    pass


class ChargeSepaDebit(Struct, kw_only=True):
    bank_code: str | None = None
    branch_code: str | None = None
    country: str | None = None
    fingerprint: str | None = None
    last4: str | None = None
    mandate: str | None = None


class ChargeUsBankAccount(Struct, kw_only=True):
    account_holder_type: Literal["company", "individual"] | None = None
    account_type: Literal["checking", "savings"] | None = None
    bank_name: str | None = None
    fingerprint: str | None = None
    last4: str | None = None
    mandate: MandateRef | UnsetType = UNSET
    payment_reference: str | None = None
    routing_number: str | None = None


class ChargeMethodDetails(Struct, kw_only=True):
    """The method as it was at the moment of the charge."""

    bacs_debit: ChargeBacsDebit | UnsetType = UNSET
    card: ChargeCard | UnsetType = UNSET
    customer_balance: ChargeCustomerBalance | UnsetType = UNSET
    sepa_debit: ChargeSepaDebit | UnsetType = UNSET
    type: str
    us_bank_account: ChargeUsBankAccount | UnsetType = UNSET
