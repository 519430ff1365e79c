"""Tokens: a card or bank account of the older calls on its way to being used, once."""

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.params import Params
from prorata.model.resource import Resource, resource
from prorata.resources.payments.legacy_source import BankAccount, Card
from prorata.resources.payments.payment_method_params import CardNetworksParams

TokenType = Literal["bank_account", "card", "cvc_update", "pii"]


class TokenPrivate(Struct, kw_only=True):
    """What the token stands for: the gateway's description of a card or bank account."""

    details: dict[str, Any] | None = None
    billing: dict[str, Any] | None = None


@resource(prefix="tok", path="/v1/tokens", operations=("retrieve",))
class Token(Resource, tag="token", kw_only=True):
    """A card or bank account that stands in a request once, without its numbers."""

    bank_account: BankAccount | UnsetType = UNSET
    card: Card | UnsetType = UNSET
    client_ip: str | None = None
    created: int
    livemode: bool
    type: TokenType
    used: bool = False

    Private = TokenPrivate


class TokenCardParams(Params, kw_only=True):
    number: str
    exp_month: int
    exp_year: int
    address_city: str | UnsetType = UNSET
    address_country: str | UnsetType = UNSET
    address_line1: str | UnsetType = UNSET
    address_line2: str | UnsetType = UNSET
    address_state: str | UnsetType = UNSET
    address_zip: str | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    cvc: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    networks: CardNetworksParams | UnsetType = UNSET


class TokenBankAccountParams(Params, kw_only=True):
    account_number: str
    country: str
    account_holder_name: str | UnsetType = UNSET
    account_holder_type: Literal["company", "individual"] | UnsetType = UNSET
    account_type: Literal["checking", "futsu", "savings", "toza"] | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    payment_method: str | UnsetType = UNSET
    routing_number: str | UnsetType = UNSET


class CvcUpdateParams(Params, kw_only=True):
    cvc: str


class PiiParams(Params, kw_only=True):
    id_number: str | UnsetType = UNSET


class TokenCreateParams(Params, kw_only=True):
    account: dict[str, Any] | UnsetType = UNSET
    bank_account: str | TokenBankAccountParams | UnsetType = UNSET
    card: str | TokenCardParams | UnsetType = UNSET
    customer: str | UnsetType = UNSET
    cvc_update: CvcUpdateParams | UnsetType = UNSET
    person: dict[str, Any] | UnsetType = UNSET
    pii: PiiParams | UnsetType = UNSET
