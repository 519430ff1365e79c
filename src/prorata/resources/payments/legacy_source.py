"""Legacy sources: cards and bank accounts as the older `sources` calls show them.

A source is a view of a payment method whose id begins with `card_` or `ba_`: it is kept once, pays
like any other method and is listed among both.
"""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.model.errors import InvalidRequest
from prorata.model.fields import Address, Metadata
from prorata.model.params import Params, assign, given, refuse_unsupported
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.payments.payment_method_params import expiry_year
from prorata.resources.references import CustomerRef

PREFIXES = {"card": "card", "us_bank_account": "ba"}
BRANDS = {
    "amex": "American Express",
    "diners": "Diners Club",
    "discover": "Discover",
    "jcb": "JCB",
    "mastercard": "MasterCard",
    "unionpay": "UnionPay",
    "visa": "Visa",
}
# As the networks write themselves today; sources keep the names of their time.
BRAND_NAMES = {**BRANDS, "mastercard": "Mastercard"}
# Names of address fields: the source's, the payment method's.
ADDRESS = {
    "address_city": "city",
    "address_country": "country",
    "address_line1": "line1",
    "address_line2": "line2",
    "address_state": "state",
    "address_zip": "postal_code",
}
HolderType = Literal["company", "individual"]
OF_CARDS = (*ADDRESS, "cvc", "exp_month", "exp_year", "name", "number")
OF_ACCOUNTS = (
    "account_holder_name", "account_holder_type", "account_number", "account_type", "country",
    "routing_number",
)  # fmt: skip


class Card(Struct, kw_only=True, tag_field="object", tag="card"):
    id: str
    address_city: str | None = None
    address_country: str | None = None
    address_line1: str | None = None
    address_line1_check: str | None = None
    address_line2: str | None = None
    address_state: str | None = None
    address_zip: str | None = None
    address_zip_check: str | None = None
    brand: str
    country: str | None = None
    customer: CustomerRef | UnsetType | None = UNSET
    cvc_check: str | None = None
    dynamic_last4: str | None = None
    exp_month: int
    exp_year: int
    fingerprint: str | None = None
    funding: str
    last4: str
    metadata: Metadata = {}
    name: str | None = None
    regulated_status: Literal["regulated", "unregulated"] | None = None
    tokenization_method: str | None = None


class BankAccount(Struct, kw_only=True, tag_field="object", tag="bank_account"):
    id: str
    account_holder_name: str | None = None
    account_holder_type: HolderType | None = None
    account_type: str | None = None
    bank_name: str | None = None
    country: str = "US"
    currency: str = "usd"
    customer: CustomerRef | UnsetType | None = UNSET
    fingerprint: str | None = None
    last4: str
    metadata: Metadata = {}
    routing_number: str | None = None
    status: Literal["new", "verified", "errored"]


Source = Card | BankAccount


class SourceParams(Params, kw_only=True):
    """A card or a bank account described inline."""

    account_holder_name: str | UnsetType = UNSET
    account_holder_type: HolderType | UnsetType = UNSET
    account_number: str | UnsetType = UNSET
    account_type: Literal["checking", "savings"] | UnsetType = UNSET
    address_city: str | UnsetType = UNSET
    address_country: str | UnsetType = UNSET
    address_line1: str | UnsetType = UNSET
    address_line2: str | UnsetType = UNSET
    address_state: str | UnsetType = UNSET
    address_zip: str | UnsetType = UNSET
    country: str | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    cvc: str | UnsetType = UNSET
    exp_month: int | UnsetType = UNSET
    exp_year: int | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    name: str | UnsetType = UNSET
    number: str | UnsetType = UNSET
    object: Literal["bank_account", "card"] = "card"
    routing_number: str | UnsetType = UNSET


class SourceCreateParams(Params, kw_only=True):
    card: str | SourceParams | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    source: str | SourceParams | UnsetType = UNSET
    validate: bool | UnsetType = UNSET


class SourceListParams(Params, kw_only=True):
    object: Literal["bank_account", "card", "source", "all"] | UnsetType = UNSET


class SourceOwnerParams(Params, kw_only=True):
    address: Address | UnsetType = UNSET
    email: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    phone: str | UnsetType = UNSET


class SourceUpdateParams(Params, kw_only=True):
    account_holder_name: str | UnsetType | None = UNSET
    account_holder_type: HolderType | UnsetType | None = UNSET
    address_city: str | UnsetType | None = UNSET
    address_country: str | UnsetType | None = UNSET
    address_line1: str | UnsetType | None = UNSET
    address_line2: str | UnsetType | None = UNSET
    address_state: str | UnsetType | None = UNSET
    address_zip: str | UnsetType | None = UNSET
    exp_month: Annotated[int, Meta(ge=1, le=12)] | UnsetType = UNSET
    exp_year: int | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    name: str | UnsetType | None = UNSET
    owner: SourceOwnerParams | UnsetType = UNSET


class SourceVerifyParams(Params, kw_only=True):
    amounts: Annotated[list[int], Meta(min_length=2, max_length=2)] | UnsetType = UNSET


def is_source(method: PaymentMethod) -> bool:
    """Return whether a payment method was made as a source."""
    return method.id.partition("_")[0] in PREFIXES.values()


def source_view(method: PaymentMethod) -> Source:
    """Return a payment method as a source shows it."""
    if given(method.card):
        return card_view(method, method.id)
    account = method.us_bank_account
    assert given(account), "only cards and bank accounts are sources"
    return BankAccount(
        id=method.id,
        account_holder_name=method.billing_details.name,
        account_holder_type=account.account_holder_type,
        account_type=account.account_type,
        bank_name=account.bank_name,
        customer=method.customer or UNSET,
        fingerprint=account.fingerprint,
        last4=account.last4 or "",
        metadata=method.metadata,
        routing_number=account.routing_number,
        status="verified" if method.private.verified else "new",
    )


def card_view(method: PaymentMethod, id: str) -> Card:
    """Return a card as sources, tokens and charges of the older calls show it."""
    card, details = method.card, method.billing_details
    assert given(card), "only a card is shown as one"
    address = details.address or Address()
    checks = card.checks
    return Card(
        id=id,
        **{name: getattr(address, newer) for name, newer in ADDRESS.items()},
        address_line1_check=checks.address_line1_check if checks else None,
        address_zip_check=checks.address_postal_code_check if checks else None,
        brand=BRANDS.get(card.brand, "Unknown"),
        country=card.country,
        customer=method.customer or UNSET,
        cvc_check=checks.cvc_check if checks else None,
        exp_month=card.exp_month,
        exp_year=card.exp_year,
        fingerprint=card.fingerprint,
        funding=card.funding,
        last4=card.last4,
        metadata=method.metadata,
        name=details.name,
        regulated_status=card.regulated_status,
    )


def refuse_of_other_kind(params: Params, kind: str, below: str = "") -> None:
    """Raise InvalidRequest for what a card is told of a bank account, or the reverse."""
    for name in OF_ACCOUNTS if kind == "card" else OF_CARDS:
        if given(getattr(params, name, UNSET)):
            path = f"{below}[{name}]" if below else name
            raise InvalidRequest(
                f"Received unknown parameter: {path}", code="parameter_unknown", param=path
            )


def write_source(method: PaymentMethod, change: SourceUpdateParams) -> None:
    """Write the sent fields of a source onto its payment method.

    Raises InvalidRequest for the fields of the other kind of source.
    """
    refuse_unsupported(change, "owner")
    refuse_of_other_kind(change, method.type)
    details = method.billing_details
    address = details.address or Address()
    for name, newer in ADDRESS.items():
        value = getattr(change, name)
        if given(value):
            setattr(address, newer, value)
            details.address = address
    holder = change.name if method.type == "card" else change.account_holder_name
    if given(holder):
        details.name = holder
    assign(method, change, "metadata")
    if given(method.card):
        assign(method.card, change, "exp_month")
        if given(change.exp_year):
            method.card.exp_year = expiry_year(change.exp_year, "exp_year")
    elif given(method.us_bank_account):
        assign(method.us_bank_account, change, "account_holder_type")
