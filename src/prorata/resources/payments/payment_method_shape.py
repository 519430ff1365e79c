"""Payment method shapes: the hashes that describe a card or a bank account."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.fields import Address
from prorata.resources.references import ChargeRef, SetupAttemptRef


class BillingDetails(Struct, kw_only=True):
    """The payer's name and address; every key of the address is there once one is given."""

    address: Address | None = None
    email: str | None = None
    name: str | None = None
    phone: str | None = None
    tax_id: str | None = None


class CardChecks(Struct, kw_only=True):
    address_line1_check: str | None = None
    address_postal_code_check: str | None = None
    cvc_check: str | None = None


class CardNetworks(Struct, kw_only=True):
    available: list[str]
    preferred: str | None = None


class CardThreeDSecureUsage(Struct, kw_only=True):
    supported: bool


class GeneratedCardDetails(Struct, kw_only=True):
    type: str


class CardGeneratedFrom(Struct, kw_only=True):
    charge: str | None = None
    payment_method_details: GeneratedCardDetails | None = None
    setup_attempt: SetupAttemptRef | None = None


class CardWallet(Struct, kw_only=True):
    dynamic_last4: str | None = None
    type: Literal["apple_pay", "google_pay", "link"]


class PaymentMethodCard(Struct, kw_only=True):
    brand: str
    checks: CardChecks | None = None
    country: str | None = None
    display_brand: str | None = None
    exp_month: int
    exp_year: int
    fingerprint: str | None = None
    funding: str
    generated_from: CardGeneratedFrom | None = None
    last4: str
    networks: CardNetworks | None = None
    regulated_status: Literal["regulated", "unregulated"] | None = None
    three_d_secure_usage: CardThreeDSecureUsage | None = None
    wallet: CardWallet | None = None


class PaymentMethodCustomerBalance(Struct, kw_only=True):
    """Nothing is known of a customer's cash but whose it is."""


class PaymentMethodBacsDebit(Struct, kw_only=True):
    fingerprint: str | None = None
    last4: str | None = None
    sort_code: str | None = None


class SepaGeneratedFrom(Struct, kw_only=True):
    charge: ChargeRef | None = None
    setup_attempt: SetupAttemptRef | None = None


class PaymentMethodSepaDebit(Struct, kw_only=True):
    bank_code: str | None = None
    branch_code: str | None = None
    country: str | None = None
    fingerprint: str | None = None
    generated_from: SepaGeneratedFrom | None = None
    last4: str | None = None


class UsBankAccountNetworks(Struct, kw_only=True):
    preferred: str | None = None
    supported: list[Literal["ach", "us_domestic_wire"]]


class UsBankAccountBlocked(Struct, kw_only=True):
    network_code: str | None = None
    reason: str | None = None


class UsBankAccountStatusDetails(Struct, kw_only=True):
    blocked: UsBankAccountBlocked | UnsetType = UNSET


class PaymentMethodUsBankAccount(Struct, kw_only=True):
    account_holder_type: Literal["company", "individual"] | None = None
    account_type: Literal["checking", "savings"] | None = None
    bank_name: str | None = None
    financial_connections_account: str | None = None
    fingerprint: str | None = None
    last4: str | None = None
    networks: UsBankAccountNetworks | None = None
    routing_number: str | None = None
    status_details: UsBankAccountStatusDetails | None = None
