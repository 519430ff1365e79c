"""Credit balance transactions: each change of what is left of a credit grant."""

from typing import Literal

from msgspec import Struct

from prorata.model.resource import Resource, column, matches, resource
from prorata.resources.billing.credit_grant import CreditAmount
from prorata.resources.references import CreditGrantRef, InvoiceRef, TestClockRef

CreditType = Literal["credits_application_invoice_voided", "credits_granted"]
DebitType = Literal["credits_applied", "credits_expired", "credits_voided"]


class CreditedInvoiceLine(Struct, kw_only=True):
    """The line of an invoice that credits have paid for, or do not pay for any more."""

    invoice: InvoiceRef
    invoice_line_item: str


class Credit(Struct, kw_only=True):
    """What is added to a grant."""

    amount: CreditAmount
    credits_application_invoice_voided: CreditedInvoiceLine | None = None
    type: CreditType


class Debit(Struct, kw_only=True):
    """What is taken from a grant."""

    amount: CreditAmount
    credits_applied: CreditedInvoiceLine | None = None
    type: DebitType


class CreditBalanceTransactionPrivate(Struct, kw_only=True, omit_defaults=True):
    """customer: whose credits they are. reinstated: they were given back with their invoice."""

    customer: str = ""
    reinstated: bool = False


@resource(
    # In test mode; ids of live mode have no `test_`.
    prefix="cbtxn_test",
    path="/v1/billing/credit_balance_transactions",
    columns=(
        column("customer", lambda each: each.private.customer, index=True),
        column("credit_grant", index=True),
    ),
    filters=(
        matches("credit_grant"),
        matches("customer"),
        matches("customer_account", "customer"),
    ),
    events=("created",),
    owner=lambda each: each.private.customer,
    missing_name="credit balance transaction",
)
class CreditBalanceTransaction(Resource, tag="billing.credit_balance_transaction", kw_only=True):
    """One movement of a grant's credits: a credit to it or a debit from it."""

    Private = CreditBalanceTransactionPrivate

    created: int
    credit: Credit | None = None
    credit_grant: CreditGrantRef
    debit: Debit | None = None
    effective_at: int
    livemode: bool
    test_clock: TestClockRef | None = None
    type: Literal["credit", "debit"] | None = None
