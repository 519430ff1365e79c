"""Tax ids: the numbers under which a customer, or the account itself, is known to tax offices."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.errors import InvalidRequest, NotSupported, missing_param, no_such
from prorata.model.operation import Deleted, Listing, operation
from prorata.model.params import Params, given
from prorata.model.resource import Resource, column, resource
from prorata.model.transaction import Tx
from prorata.resources.core.customer import Customer
from prorata.resources.references import AccountRef, ApplicationRef, CustomerRef
from prorata.rules.tax_ids import TAX_ID_TYPES, VERIFIED_TYPES, country_of, is_well_formed

OwnerType = Literal["account", "application", "customer", "self"]
VERIFICATION_SECONDS = 5
# Numbers of no country that a test mode takes for the types with a register, and what it says.
TestResult = Literal["verified", "unverified", "pending"]
TEST_NUMBERS: dict[str, TestResult] = {
    "000000000": "verified",
    "111111111": "unverified",
    "222222222": "pending",
}


class TaxIdOwner(Struct, kw_only=True):
    account: AccountRef | UnsetType = UNSET
    application: ApplicationRef | UnsetType = UNSET
    customer: CustomerRef | UnsetType = UNSET
    customer_account: str | None = None
    type: OwnerType


class TaxIdVerification(Struct, kw_only=True):
    status: Literal["pending", "unavailable", "unverified", "verified"]
    verified_address: str | None = None
    verified_name: str | None = None


class TaxIdPrivate(Struct, kw_only=True):
    """verify_at: when the register answers (seconds UTC, in the customer's time)."""

    verify_at: int | None = None


@resource(
    prefix="txi",
    path="/v1/tax_ids",
    operations=("retrieve",),
    columns=(column("customer", index=True),),
    event="customer.tax_id",
    events=("created", "updated", "deleted"),
    due=lambda tax_id: tax_id.private.verify_at,
    missing_name="tax id",
)
class TaxId(Resource, tag="tax_id", kw_only=True):
    """A tax number of a customer or of the account."""

    country: str | None = None
    created: int
    customer: CustomerRef | None = None
    customer_account: str | None = None
    livemode: bool
    owner: TaxIdOwner
    type: str
    value: str
    verification: TaxIdVerification

    Private = TaxIdPrivate


class TaxIdParams(Params, kw_only=True):
    type: Literal[TAX_ID_TYPES]  # type: ignore[valid-type]
    value: str


class OwnerParams(Params, kw_only=True):
    account: str | UnsetType = UNSET
    customer: str | UnsetType = UNSET
    customer_account: str | UnsetType = UNSET
    type: OwnerType


class OwnedTaxIdParams(TaxIdParams, kw_only=True):
    owner: OwnerParams | UnsetType = UNSET


class TaxIdListParams(Params, kw_only=True):
    owner: OwnerParams | UnsetType = UNSET


def add_tax_id(
    tx: Tx, type: str, value: str, customer: Customer | None, param: str = "value"
) -> TaxId:
    """Add a number to a customer, or to the account itself; raise tax_id_invalid for its form."""
    test = _is_test_number(tx, type, value)
    checked_value(tx, type, value, param)
    owner = customer.id if customer is not None else None
    checked = type in VERIFIED_TYPES
    tax_id = TaxId(
        id=tx.new_id(TaxId, owner),
        country=None if test and type == "eu_vat" else country_of(type, value),
        created=tx.now,
        customer=owner,
        livemode=tx.book.livemode,
        owner=TaxIdOwner(customer=owner, type="customer") if owner else TaxIdOwner(type="self"),
        type=type,
        value=value.strip(),
        verification=TaxIdVerification(status="pending" if checked else "unavailable"),
    )
    tax_id.private = TaxIdPrivate(verify_at=tx.now + VERIFICATION_SECONDS if checked else None)
    return tx.add(tax_id)


def checked_value(tx: Tx, type: str, value: str, param: str) -> str:
    """Return a number without spaces around it; raise InvalidRequest (tax_id_invalid)."""
    if not _is_test_number(tx, type, value) and not is_well_formed(type, value):
        raise InvalidRequest(f"Invalid value for {type}.", code="tax_id_invalid", param=param)
    return value.strip()


def _is_test_number(tx: Tx, type: str, value: str) -> bool:
    return not tx.book.livemode and type in VERIFIED_TYPES and value.strip() in TEST_NUMBERS


def test_result(value: str) -> TestResult | None:
    """Return what a register says of a test number, with or without a country before it."""
    return TEST_NUMBERS.get(value) or TEST_NUMBERS.get(value[2:])


def check_tax_ids(tx: Tx, ids: list[str] | None, param: str) -> None:
    """Raise NotFound (400) for the first id that belongs to no number of the account itself."""
    for place, id in enumerate(ids or []):
        where = f"{param}[{place}]"
        if tx.get(TaxId, id, param=where).customer is not None:
            raise no_such(TaxId.spec.missing_name, id, param=where, status=400)


@operation("POST /v1/tax_ids")
def create(tx: Tx, params: OwnedTaxIdParams) -> TaxId:
    """Add a number to the owner named, by default the account itself."""
    return add_tax_id(tx, params.type, params.value, _owner(tx, params.owner))


@operation("GET /v1/tax_ids")
def list_owned(tx: Tx, params: TaxIdListParams) -> Listing[TaxId]:
    """List the numbers of the owner named, by default the account's own."""
    owner = _owner(tx, params.owner)
    return Listing(TaxId, {"customer": owner.id if owner else None})


@operation("DELETE /v1/tax_ids/{id}")
def delete(tx: Tx, tax_id: TaxId) -> Deleted:
    """Delete a number."""
    tx.delete(tax_id)
    return Deleted("tax_id", tax_id.id)


@operation("POST /v1/customers/{id}/tax_ids")
def create_for_customer(tx: Tx, customer: Customer, params: TaxIdParams) -> TaxId:
    """Add a number to a customer."""
    return add_tax_id(tx, params.type, params.value, customer)


@operation("GET /v1/customers/{id}/tax_ids")
def list_of_customer(tx: Tx, customer: Customer) -> Listing[TaxId]:
    """List a customer's numbers, newest first."""
    return Listing(TaxId, {"customer": customer.id})


@operation("GET /v1/customers/{customer}/tax_ids/{id}")
def retrieve_of_customer(tx: Tx, tax_id: TaxId, customer: str) -> TaxId:
    """Return one of a customer's numbers."""
    return _of_customer(tax_id, customer)


@operation("DELETE /v1/customers/{customer}/tax_ids/{id}")
def delete_of_customer(tx: Tx, tax_id: TaxId, customer: str) -> Deleted:
    """Delete one of a customer's numbers."""
    return delete(tx, _of_customer(tax_id, customer))


def _of_customer(tax_id: TaxId, customer: str) -> TaxId:
    if tax_id.customer != customer:
        raise no_such(TaxId.spec.missing_name, tax_id.id, param="id")
    return tax_id


def _owner(tx: Tx, owner: OwnerParams | UnsetType) -> Customer | None:
    if owner is UNSET or owner.type == "self":
        return None
    if owner.type == "customer":
        if not given(owner.customer):
            raise missing_param("owner[customer]")
        customer = tx.get(Customer, owner.customer, param="owner[customer]")
        tx.follow(customer)
        return customer
    if owner.type == "account" and owner.account == tx.book.account:
        return None
    raise NotSupported(
        "Tax ids can be owned by a customer or by the account itself.", param="owner[type]"
    )
