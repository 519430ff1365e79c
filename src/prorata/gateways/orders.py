"""Orders: what a network is asked for, and what it tells about a method of payment."""

from typing import Literal, TypeAlias

from msgspec import Struct

from .outcomes import Checks

MethodToken: TypeAlias = str
"""A gateway's private name for a stored method; never a card or account number."""

MethodType: TypeAlias = Literal["card", "us_bank_account", "sepa_debit", "bacs_debit"]
ThreeDSecureRequest: TypeAlias = Literal["automatic", "any", "challenge"]


class BillingDetails(Struct, frozen=True, omit_defaults=True):
    """The payer's name and address as far as given; issuers check line1 and postal code."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    line1: str | None = None
    line2: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None


class ChargeOrder(Struct, frozen=True, omit_defaults=True):
    """A request to take money once.

    `key` is the id of our payment attempt and the network's idempotency key. `amount` is in minor
    units of `currency`, above 0; `now` in seconds UTC. `off_session` says that the payer is away,
    `authenticated` that a challenge for this very payment was passed already, `set_up` that the
    method was set up for off-session use (a mandate or a verified account stands). With `capture`
    false the money is only reserved. `save_for_off_session` asks to set the method up on the way.
    """

    key: str
    amount: int
    currency: str
    method: MethodToken
    now: int
    off_session: bool = False
    authenticated: bool = False
    set_up: bool = False
    save_for_off_session: bool = False
    capture: bool = True
    customer: str | None = None
    description: str | None = None
    statement_descriptor: str | None = None
    request_three_d_secure: ThreeDSecureRequest = "automatic"
    billing: BillingDetails | None = None


class SetupOrder(Struct, frozen=True, omit_defaults=True):
    """A request to make a method ready for later charges without taking money.

    `off_session` says that the payer is away while this happens; the other flags are those of a
    ChargeOrder. `now` in seconds UTC.
    """

    key: str
    method: MethodToken
    now: int
    off_session: bool = False
    authenticated: bool = False
    set_up: bool = False
    customer: str | None = None
    request_three_d_secure: ThreeDSecureRequest = "automatic"
    billing: BillingDetails | None = None


class RefundOrder(Struct, frozen=True, omit_defaults=True):
    """A request to give back `amount` minor units of a charge; `now` in seconds UTC."""

    key: str
    charge_reference: str
    amount: int
    currency: str
    now: int
    reason: str | None = None


class BankAccount(Struct, frozen=True, omit_defaults=True):
    """A bank account as the payer typed it; only the fields of its type are given.

    `us_bank_account`: routing_number, account_number, holder and account type. `sepa_debit`: iban.
    `bacs_debit`: sort_code, account_number.
    """

    type: Literal["us_bank_account", "sepa_debit", "bacs_debit"]
    account_number: str | None = None
    routing_number: str | None = None
    sort_code: str | None = None
    iban: str | None = None
    account_holder_type: Literal["individual", "company"] = "individual"
    account_type: Literal["checking", "savings"] = "checking"


class MethodDetails(Struct, frozen=True, omit_defaults=True):
    """What a stored PaymentMethod shows about itself, and the token that charges it.

    The token stays private beside the PaymentMethod. Fields that its `type` does not have are
    None. `verified` is false for a bank account that must pass microdeposits before its first use;
    `wants_set_up` is true for a card whose network will want the payer unless it was set up.
    """

    type: MethodType
    token: MethodToken
    fingerprint: str
    last4: str
    country: str | None = None
    brand: str | None = None
    display_brand: str | None = None
    exp_month: int | None = None
    exp_year: int | None = None
    funding: Literal["credit", "debit", "prepaid", "unknown"] | None = None
    checks: Checks = Checks()
    networks_available: tuple[str, ...] = ()
    networks_preferred: str | None = None
    three_d_secure_supported: bool = False
    wants_set_up: bool = False
    regulated_status: Literal["regulated", "unregulated"] | None = None
    bank_name: str | None = None
    routing_number: str | None = None
    account_holder_type: Literal["individual", "company"] | None = None
    account_type: Literal["checking", "savings"] | None = None
    bank_code: str | None = None
    branch_code: str | None = None
    sort_code: str | None = None
    verified: bool = True
