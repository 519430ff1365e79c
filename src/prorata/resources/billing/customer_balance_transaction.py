"""Customer balance transactions: each change of what a customer has as credit, or owes."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from prorata.model.errors import no_such
from prorata.model.fields import Metadata, Range
from prorata.model.operation import Listing, operation
from prorata.model.params import Params, assign, fields_given
from prorata.model.resource import Resource, column, resource
from prorata.model.transaction import Tx
from prorata.resources.core.customer import Customer
from prorata.resources.references import (
    CheckoutSessionRef,
    CreditNoteRef,
    CustomerRef,
    InvoiceRef,
)

BalanceTransactionType = Literal[
    "adjustment",
    "applied_to_invoice",
    "checkout_session_subscription_payment",
    "checkout_session_subscription_payment_canceled",
    "credit_note",
    "initial",
    "invoice_overpaid",
    "invoice_too_large",
    "invoice_too_small",
    "migration",
    "unapplied_from_invoice",
    "unspent_receiver_credit",
]
Description = Annotated[str, Meta(max_length=350)]


@resource(
    prefix="cbtxn",
    operations=(),
    columns=(
        column("customer", index=True),
        column("invoice", index=True),
    ),
    missing_name="customer_balance_transaction",
)
class CustomerBalanceTransaction(Resource, tag="customer_balance_transaction", kw_only=True):
    """A movement of a customer's balance; negative amounts are the customer's credit."""

    amount: int
    checkout_session: CheckoutSessionRef | None = None
    created: int
    credit_note: CreditNoteRef | None = None
    currency: str
    customer: CustomerRef
    customer_account: str | None = None
    description: str | None = None
    ending_balance: int
    invoice: InvoiceRef | None = None
    livemode: bool
    metadata: Metadata = {}
    type: BalanceTransactionType


class BalanceTransactionListParams(Params, kw_only=True):
    created: Range | UnsetType = UNSET
    invoice: str | UnsetType = UNSET


class BalanceTransactionCreateParams(Params, kw_only=True):
    amount: int
    currency: str
    description: Description | None | UnsetType = UNSET
    metadata: Metadata | None | UnsetType = UNSET


class BalanceTransactionUpdateParams(Params, kw_only=True):
    description: Description | None | UnsetType = UNSET
    metadata: Metadata | None | UnsetType = UNSET


@operation("GET /v1/customers/{id}/balance_transactions")
def list_of_customer(
    tx: Tx, customer: Customer, params: BalanceTransactionListParams
) -> Listing[CustomerBalanceTransaction]:
    """List the changes of a customer's balance, newest first."""
    sent = fields_given(params)
    ranges = {"created": sent.pop("created")} if "created" in sent else {}
    return Listing(CustomerBalanceTransaction, {"customer": customer.id, **sent}, ranges)


@operation("GET /v1/customers/{customer}/balance_transactions/{id}")
def retrieve(
    tx: Tx, transaction: CustomerBalanceTransaction, customer: str
) -> CustomerBalanceTransaction:
    """Return one change of a customer's balance."""
    if transaction.customer != customer:
        raise no_such(transaction.spec.missing_name, transaction.id, param="id")
    return transaction


@operation("POST /v1/customers/{customer}/balance_transactions/{id}")
def update(
    tx: Tx,
    transaction: CustomerBalanceTransaction,
    params: BalanceTransactionUpdateParams,
    customer: str,
) -> CustomerBalanceTransaction:
    """Change the description or metadata; the rest of a transaction is as it happened."""
    assign(retrieve(tx, transaction, customer), params)
    return transaction
