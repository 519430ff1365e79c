"""Payment method parameters: how a card or a bank account is described to the API."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from prorata.model.errors import InvalidRequest
from prorata.model.fields import Address, Metadata
from prorata.model.params import Params, given
from prorata.resources.payments.method_types import DOCUMENTED, OtherMethodParams
from prorata.resources.payments.payment_method_shape import BillingDetails

AllowRedisplay = Literal["always", "limited", "unspecified"]
# What a payment method of a type outside of these is refused by.
DocumentedType = Literal[DOCUMENTED]  # type: ignore[valid-type]
HolderType = Literal["company", "individual"]
# Nobody had a card before the first of them, and none is made for another century.
CARD_YEARS = range(1970, 2100)
AccountType = Literal["checking", "savings"]


class BacsDebitParams(Params, kw_only=True):
    account_number: str | UnsetType = UNSET
    sort_code: str | UnsetType = UNSET


class BillingDetailsParams(Params, kw_only=True):
    address: Address | UnsetType | None = UNSET
    email: str | UnsetType | None = UNSET
    name: str | UnsetType | None = UNSET
    phone: str | UnsetType | None = UNSET
    tax_id: str | UnsetType | None = UNSET


class CardNetworksParams(Params, kw_only=True):
    preferred: Literal["cartes_bancaires", "mastercard", "visa"] | UnsetType | None = UNSET


class CardParams(Params, kw_only=True):
    cvc: str | UnsetType = UNSET
    exp_month: int | UnsetType = UNSET
    exp_year: int | UnsetType = UNSET
    networks: CardNetworksParams | UnsetType = UNSET
    number: str | UnsetType = UNSET
    token: str | UnsetType = UNSET


class SepaDebitParams(Params, kw_only=True):
    iban: str


class UsBankAccountParams(Params, kw_only=True):
    account_holder_type: HolderType | UnsetType = UNSET
    account_number: str | UnsetType = UNSET
    account_type: AccountType | UnsetType = UNSET
    financial_connections_account: str | UnsetType = UNSET
    routing_number: str | UnsetType = UNSET


class RadarOptionsParams(Params, kw_only=True):
    referrer: str | UnsetType | None = UNSET
    session: str | UnsetType = UNSET


class CustomerBalanceParams(Params, kw_only=True):
    """No parameters: it is the cash of whoever pays."""


class PaymentMethodDataParams(OtherMethodParams, kw_only=True):
    """A method described inline, where an intent takes one (`payment_method_data`)."""

    allow_redisplay: AllowRedisplay | UnsetType = UNSET
    bacs_debit: BacsDebitParams | UnsetType = UNSET
    billing_details: BillingDetailsParams | UnsetType = UNSET
    card: CardParams | UnsetType = UNSET
    customer_balance: CustomerBalanceParams | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    radar_options: RadarOptionsParams | UnsetType = UNSET
    sepa_debit: SepaDebitParams | UnsetType = UNSET
    type: DocumentedType | UnsetType = UNSET
    us_bank_account: UsBankAccountParams | UnsetType = UNSET


class PaymentMethodCreateParams(PaymentMethodDataParams, kw_only=True):
    customer: str | UnsetType = UNSET
    customer_account: str | UnsetType = UNSET
    payment_method: str | UnsetType = UNSET


class CardUpdateParams(Params, kw_only=True):
    exp_month: Annotated[int, Meta(ge=1, le=12)] | UnsetType = UNSET
    exp_year: int | UnsetType = UNSET
    networks: CardNetworksParams | UnsetType = UNSET


class RenewedCardParams(CardUpdateParams, kw_only=True):
    last4: Annotated[str, Meta(pattern=r"^[0-9]{4}$")] | UnsetType = UNSET


class AutomaticUpdateParams(Params, kw_only=True):
    card: RenewedCardParams | UnsetType = UNSET
    test_card: str | UnsetType = UNSET


class UsBankAccountUpdateParams(Params, kw_only=True):
    account_holder_type: HolderType | UnsetType = UNSET
    account_type: AccountType | UnsetType = UNSET


class PaymentMethodUpdateParams(Params, kw_only=True):
    allow_redisplay: AllowRedisplay | UnsetType = UNSET
    billing_details: BillingDetailsParams | UnsetType = UNSET
    card: CardUpdateParams | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    us_bank_account: UsBankAccountUpdateParams | UnsetType = UNSET


class PaymentMethodAttachParams(Params, kw_only=True):
    customer: str | UnsetType = UNSET
    customer_account: str | UnsetType = UNSET


class PaymentMethodListParams(Params, kw_only=True):
    allow_redisplay: AllowRedisplay | UnsetType = UNSET
    customer: str | UnsetType = UNSET
    customer_account: str | UnsetType = UNSET
    type: DocumentedType | UnsetType = UNSET


def refuse_other_descriptions(data: PaymentMethodDataParams, type: str, path: str) -> None:
    """Raise InvalidRequest where a method of one type is described as one of another, too."""
    for other in DOCUMENTED:
        if other != type and given(getattr(data, other)):
            param = f"{path}[{other}]" if path else other
            raise InvalidRequest(
                f"`{param}` cannot be given for a payment method whose type is {type}.",
                param=param,
            )


def merge_billing_details(
    current: BillingDetails, change: BillingDetailsParams | UnsetType
) -> BillingDetails:
    """Return billing details after a change; what was not sent stays, an address is replaced."""
    if not isinstance(change, BillingDetailsParams):
        return current
    for name in ("address", "email", "name", "phone", "tax_id"):
        value = getattr(change, name)
        if given(value):
            setattr(current, name, value)
    if current.address is None:
        current.address = Address()
    return current


def expiry_year(year: int, param: str) -> int:
    """Return the year in which a card expires, in four digits, of one written in two or four.

    Raises InvalidRequest for a year that no card has; one that has expired is a card's own.
    """
    full = year + 2000 if 0 <= year < 100 else year
    if full not in CARD_YEARS:
        raise InvalidRequest(
            "Your card's expiration year is invalid.", code="invalid_expiry_year", param=param
        )
    return full
