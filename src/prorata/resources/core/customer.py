"""Customers: who is billed, with what their invoices are to show and how they pay."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from prorata.model.fields import Address, InlineList, Metadata, Shipping
from prorata.model.resource import REGISTRY, Resource, column, include, matches, resource, within
from prorata.model.transaction import Tx
from prorata.resources.products.discount import Discount
from prorata.resources.references import CustomerSourceRef, PaymentMethodRef, TestClockRef

TaxExempt = Literal["exempt", "none", "reverse"]
# Subscriptions that a customer is shown with: those that have not ended.
ENDED = frozenset({"canceled", "incomplete_expired"})


class CustomerInvoiceSettingsCustomField(Struct, kw_only=True):
    name: str
    value: str


class CustomerInvoiceSettingsRenderingOptions(Struct, kw_only=True):
    amount_tax_display: Literal["exclude_tax", "include_inclusive_tax"] | None = None
    template: str | None = None


class CustomerInvoiceSettings(Struct, kw_only=True):
    custom_fields: list[CustomerInvoiceSettingsCustomField] | None = None
    default_payment_method: PaymentMethodRef | None = None
    footer: str | None = None
    rendering_options: CustomerInvoiceSettingsRenderingOptions | None = None


class CustomerTaxLocation(Struct, kw_only=True):
    country: str
    source: Literal["billing_address", "ip_address", "payment_method", "shipping_destination"]
    state: str | None = None


class CustomerTax(Struct, kw_only=True):
    """Where a customer is for tax; shown when `tax` is expanded."""

    automatic_tax: Literal["failed", "not_collecting", "supported", "unrecognized_location"]
    ip_address: str | None = None
    location: CustomerTaxLocation | None = None
    provider: Literal["anrok", "avalara", "sphere", "stripe"] = "stripe"


class CustomerPrivate(Struct, kw_only=True):
    """What a plain answer does not show.

    other_balances: the balance (as `balance`: negative is credit) in each currency other than
    the customer's own. cash: the cash balance by currency. ip_address: for tax. quotes: how many
    have been given a number.
    """

    other_balances: dict[str, int] = {}
    cash: dict[str, int] = {}
    reconciliation_mode: Literal["automatic", "manual"] | None = None
    ip_address: str | None = None
    highest_invoice_sequence: int = 0
    quotes: int = 0


@resource(
    prefix="cus",
    path="/v1/customers",
    short_id=True,
    operations=("retrieve", "list", "search"),
    columns=(
        column("email", index=True),
        column("name"),
        column("phone"),
        column("invoice_prefix", unique=True),
    ),
    filters=(matches("email"), within("created"), matches("test_clock", "clock")),
    search={"created": "numeric", "email": "string", "name": "string", "phone": "string"},
    terms={"email": (), "name": (), "phone": ()},
    events=("created", "updated", "deleted"),
    keeps_stub=True,
    sums=("balance", "other_balances", "cash"),
)
class Customer(Resource, tag="customer", kw_only=True):
    """Somebody who is billed."""

    address: Address | None = None
    balance: int = 0
    business_name: str | UnsetType = UNSET
    created: int
    currency: str | None = None
    customer_account: str | None = None
    default_source: CustomerSourceRef | None = None
    delinquent: bool = False
    description: str | None = None
    discount: Discount | None = None
    email: str | None = None
    individual_name: str | UnsetType = UNSET
    invoice_prefix: str
    invoice_settings: CustomerInvoiceSettings = msgspec.field(
        default_factory=CustomerInvoiceSettings
    )
    livemode: bool
    metadata: Metadata = {}
    name: str | None = None
    next_invoice_sequence: int = 1
    phone: str | None = None
    preferred_locales: list[str] = []
    shipping: Shipping | None = None
    tax_exempt: TaxExempt = "none"
    test_clock: TestClockRef | None = None

    Private = CustomerPrivate


def balance_in(customer: Customer, currency: str) -> int:
    """Return a customer's balance in a currency, minor units; negative is the customer's credit."""
    if customer.currency in (None, currency):
        return customer.balance
    private: CustomerPrivate = customer.private
    return private.other_balances.get(currency, 0)


def set_balance(customer: Customer, currency: str, amount: int) -> None:
    """Set a customer's balance in a currency; the first one ever used becomes the customer's."""
    use_currency(customer, currency)
    if customer.currency == currency:
        customer.balance = amount
    else:
        customer.private.other_balances[currency] = amount


def use_currency(customer: Customer, currency: str) -> None:
    """Make a currency the customer's own unless there is one already."""
    if customer.currency is None:
        customer.currency = currency
        customer.balance = customer.private.other_balances.pop(currency, customer.balance)


def change_currency(customer: Customer, currency: str) -> None:
    """Make another currency the customer's own, if there is one; each keeps its balance."""
    before, others = customer.currency, customer.private.other_balances
    if before is None or before == currency:
        return
    if customer.balance:
        others[before] = customer.balance
    customer.currency, customer.balance = currency, others.pop(currency, 0)


def take_invoice_number(customer: Customer) -> str:
    """Return the customer's next invoice number, such as `AGDWDOYW-0002`, and count it."""
    sequence = customer.next_invoice_sequence
    customer.next_invoice_sequence = sequence + 1
    customer.private.highest_invoice_sequence = max(
        customer.private.highest_invoice_sequence, sequence
    )
    return f"{customer.invoice_prefix}-{sequence:04d}"


def take_quote_sequence(customer: Customer) -> int:
    """Return which of its customer's quotes is the next to be finalized, and count it."""
    private: CustomerPrivate = customer.private
    private.quotes += 1
    return private.quotes


@include("customer", "subscriptions")
def subscriptions(reader: Tx, document: dict[str, Any]) -> InlineList[Any]:
    """Return a customer's subscriptions that have not ended, newest first."""
    cls: type[Any] = REGISTRY["subscription"].cls
    found = reader.select(cls, customer=document["id"])
    return _inline(document, "subscriptions", [each for each in found if each.status not in ENDED])


@include("customer", "tax_ids")
def tax_ids(reader: Tx, document: dict[str, Any]) -> InlineList[Any]:
    """Return a customer's tax ids, newest first."""
    found = reader.select(REGISTRY["tax_id"].cls, customer=document["id"])
    return _inline(document, "tax_ids", found)


@include("customer", "invoice_credit_balance")
def invoice_credit_balance(reader: Tx, document: dict[str, Any]) -> dict[str, int]:
    """Return a customer's balance in every currency used."""
    customer = reader.get(Customer, document["id"])
    balances = dict(customer.private.other_balances)
    if customer.currency is not None:
        balances[customer.currency] = customer.balance
    return dict(sorted(balances.items()))


def _inline(document: dict[str, Any], name: str, found: list[Any]) -> InlineList[Any]:
    listed: InlineList[Any] = InlineList(data=found, url=f"/v1/customers/{document['id']}/{name}")
    listed.refresh()
    return listed
