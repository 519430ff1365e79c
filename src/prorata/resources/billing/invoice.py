"""Invoices: what a customer owes, and the state of its collection."""

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.errors import InvalidRequest
from prorata.model.fields import Address, InlineList, Metadata
from prorata.model.operation import Inline, freshened, operation
from prorata.model.params import Params
from prorata.model.resource import Resource, column, include, matches, resource, within
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice_line_item import InvoiceLineItem
from prorata.resources.billing.invoice_payment import InvoicePayment
from prorata.resources.billing.invoice_payment_settings import InvoicePaymentSettings
from prorata.resources.billing.invoice_recovery import RecoveryStep
from prorata.resources.billing.invoice_shape import (
    BillingReason,
    CollectionMethod,
    DiscountAmount,
    InvoiceAutomaticTax,
    InvoiceConfirmationSecret,
    InvoiceCustomerShipping,
    InvoiceCustomerTaxId,
    InvoiceCustomField,
    InvoiceFromInvoice,
    InvoiceLastFinalizationError,
    InvoiceParent,
    InvoiceRendering,
    InvoiceShippingCost,
    InvoiceStatus,
    InvoiceStatusDetails,
    InvoiceStatusTransitions,
    InvoiceTaxLiability,
    InvoiceThresholdReason,
    PretaxCreditAmount,
    TaxabilityReason,
    TaxAmount,
)
from prorata.resources.core.customer import TaxExempt
from prorata.resources.products.tax_rate import TaxRate
from prorata.resources.references import (
    AccountRef,
    ApplicationRef,
    CustomerRef,
    CustomerSourceRef,
    DiscountRef,
    InvoiceRef,
    PaymentMethodRef,
    TaxIdRef,
    TestClockRef,
)
from prorata.rules.currency import format_amount

STATUSES = ("draft", "open", "void", "paid", "uncollectible")
# What is put on an invoice by hand; a subscription bills more where its items' tiers are more.
LINES_MAX = 250
SUBSCRIPTION_LINES_MAX = 2_000
# What a line or a total can be, in minor units: twelve digits.
AMOUNT_MAX = 999_999_999_999


class ManualTax(Struct, kw_only=True, omit_defaults=True):
    """A tax given by amount instead of being reckoned from a rate."""

    tax_rate: str
    amount: int
    taxable_amount: int
    inclusive: bool
    taxability_reason: TaxabilityReason = "not_available"


class LineCredit(Struct, kw_only=True):
    """What a credit grant pays of a line, in minor units."""

    grant: str
    amount: int


class LineFacts(Struct, kw_only=True, omit_defaults=True):
    """What a line needs to be summed again and does not show.

    gross: the amount before an exempt customer's inclusive taxes are taken out. tax_rates: the
    line's own rates, None for the invoice's. frozen: discount amounts that were fixed before.
    exempt: of a credit, how its debit's customer was taxed, for whom gross is the amount as it is;
    None for the invoice's customer.
    metered: billed from usage. tax_behavior, tax_code: given by hand, for automatic tax.
    credits: which grants pay for it, in the order of its pretax credit
    amounts of that type; of a draft, an estimate. usage: the usage billing that remembers what the
    line bills; takes_off: the one whose earlier bills it takes off. net_of: the discounts that have
    lowered its amount, which it does not show.
    """

    gross: int
    tax_rates: list[str] | None = None
    tax_amounts: list[ManualTax] | None = None
    frozen: list[DiscountAmount] = []
    exempt: TaxExempt | None = None
    metered: bool = False
    tax_behavior: str | None = None
    tax_code: str | None = None
    credits: list[LineCredit] = []
    usage: str | None = None
    takes_off: str | None = None
    net_of: list[str] = []


class GivenBack(Struct, kw_only=True):
    """What a posting that no credit note names took of each line, by id, without tax.

    account: what bears the earned part of it. Below zero it has come back; minor units.
    """

    account: str
    amount: int
    posting: str
    taken: dict[str, int]


class InvoicePrivate(Struct, kw_only=True, omit_defaults=True):
    """What an invoice keeps beside the document; times are seconds UTC.

    payment_intent: the intent of the default payment. trying: why the payment that is under way was
    tried. turns: how often time has charged it. counted: a debit under way that attempt_count holds
    already. retries: slots of the retry schedule that are used up. failed_debits: how often the
    method that failed last was a bank account, in a row. met_method: some attempt had a method to
    try. recovery: what was tried since the first failure. held_until: how long a draft waits for
    its webhooks. overdue_action_at: when the account's rule for unpaid invoices acts. tax_problem:
    why automatic taxes could not be reckoned. lost: what was taken of each line, by id (minor units
    without tax), as it was voided or given up after credit notes or refunds. given: what was given
    back without a note, or has come back. unwanted: its subscription was canceled before it began,
    while a payment was asked for: it is taken back if that fails.
    """

    lines: dict[str, LineFacts] = {}
    period_key: str | None = None
    days_until_due: int | None = None
    payment_intent: str | None = None
    trying: Literal["automatic", "manual"] | None = None
    turns: int = 0
    counted: bool = False
    first_attempt_at: int | None = None
    last_attempt_at: int | None = None
    retries: int = 0
    decline_code: str | None = None
    failed_payment_method: str | None = None
    failed_debits: int = 0
    met_method: bool = False
    recovery: list[RecoveryStep] = []
    held_until: int | None = None
    overdue: bool = False
    overdue_action_at: int | None = None
    tax_problem: str | None = None
    lost: dict[str, int] | None = None
    given: list[GivenBack] = []
    unwanted: bool = False


def due(invoice: "Invoice") -> int | None:
    """Return when the invoice next moves by itself: finalization, a retry, its due date."""
    private: InvoicePrivate = invoice.private
    if invoice.status == "draft":
        moment = invoice.automatically_finalizes_at if invoice.auto_advance is True else None
        return None if moment is None else max(moment, private.held_until or 0)
    if invoice.status != "open":
        return None
    moments = [private.overdue_action_at, attempt_due(invoice)]
    if not private.overdue:
        moments.append(invoice.due_date)
    return min((moment for moment in moments if moment is not None), default=None)


def attempt_due(invoice: "Invoice") -> int | None:
    """Return when the next automatic payment attempt is to begin, None while one is under way."""
    moment, private = invoice.next_payment_attempt, invoice.private
    if moment is None or invoice.auto_advance is not True:
        return None
    # The plan stays as it was until the outcome is known, so that one event tells all of it.
    under_way = private.trying is not None and moment <= (private.last_attempt_at or 0)
    return None if under_way else moment


def subscription_of(invoice: "Invoice") -> str | None:
    """Return the id of the subscription that the invoice was made for."""
    details = invoice.parent and invoice.parent.subscription_details
    return details.subscription if details else None


@resource(
    prefix="in",
    path="/v1/invoices",
    operations=("retrieve", "list", "search"),
    columns=(
        column("customer", index=True),
        column("subscription", subscription_of, index=True),
        column("status", common="paid"),
        column("collection_method"),
        column("due_date", type="integer"),
        column("period_key", lambda invoice: invoice.private.period_key, unique=True),
        column("number", index=True, folded=True),
    ),
    filters=(
        matches("collection_method", choices=("charge_automatically", "send_invoice")),
        within("created"),
        matches("customer"),
        matches("customer_account", "customer"),
        within("due_date"),
        matches("status", choices=STATUSES),
        matches("subscription"),
    ),
    search={
        "created": "number",
        "currency": "token",
        "customer": "token",
        "last_finalization_error_code": "token",
        "last_finalization_error_type": "token",
        "number": "string",
        "receipt_number": "string",
        "status": "token",
        "subscription": "token",
        "total": "number",
    },
    terms={
        "last_finalization_error_code": (),
        "last_finalization_error_type": (),
        "receipt_number": (),
    },
    events=("created", "updated", "deleted"),
    due=due,
    missing_param="invoice",
)
class Invoice(Resource, tag="invoice", kw_only=True):
    """What a customer owes for one period or purchase. Amounts in minor units."""

    Private = InvoicePrivate

    account_country: str | None = None
    account_name: str | None = None
    account_tax_ids: list[TaxIdRef] | None = None
    amount_due: int = 0
    amount_overpaid: int = 0
    amount_paid: int = 0
    amount_paid_off_stripe: int | UnsetType = UNSET
    amount_remaining: int = 0
    amount_shipping: int = 0
    application: ApplicationRef | None = None
    attempt_count: int = 0
    attempted: bool = False
    auto_advance: bool | UnsetType = UNSET
    automatic_tax: InvoiceAutomaticTax
    automatically_finalizes_at: int | None = None
    billing_reason: BillingReason | None = None
    collection_method: CollectionMethod
    created: int
    currency: str
    custom_fields: list[InvoiceCustomField] | None = None
    customer: CustomerRef | None = None
    customer_account: str | None = None
    customer_address: Address | None = None
    customer_email: str | None = None
    customer_name: str | None = None
    customer_phone: str | None = None
    customer_shipping: InvoiceCustomerShipping | None = None
    customer_tax_exempt: Literal["exempt", "none", "reverse"] | None = None
    customer_tax_ids: list[InvoiceCustomerTaxId] | UnsetType | None = UNSET
    default_payment_method: PaymentMethodRef | None = None
    default_source: CustomerSourceRef | None = None
    default_tax_rates: list[TaxRate] = []
    description: str | None = None
    discounts: list[DiscountRef] = []
    due_date: int | None = None
    effective_at: int | None = None
    ending_balance: int | None = None
    footer: str | None = None
    from_invoice: InvoiceFromInvoice | None = None
    hosted_invoice_url: str | None = None
    invoice_pdf: str | None = None
    issuer: InvoiceTaxLiability
    last_finalization_error: InvoiceLastFinalizationError | None = None
    latest_revision: InvoiceRef | None = None
    lines: InlineList[InvoiceLineItem]
    livemode: bool
    metadata: Metadata | None = None
    next_payment_attempt: int | None = None
    number: str | None = None
    on_behalf_of: AccountRef | None = None
    parent: InvoiceParent | None = None
    payment_settings: InvoicePaymentSettings
    period_end: int
    period_start: int
    post_payment_credit_notes_amount: int = 0
    pre_payment_credit_notes_amount: int = 0
    receipt_number: str | None = None
    rendering: InvoiceRendering | None = None
    shipping_cost: InvoiceShippingCost | None = None
    shipping_details: InvoiceCustomerShipping | None = None
    starting_balance: int = 0
    statement_descriptor: str | None = None
    status: InvoiceStatus | None = None
    status_details: InvoiceStatusDetails | UnsetType = UNSET
    status_transitions: InvoiceStatusTransitions
    subtotal: int = 0
    subtotal_excluding_tax: int | None = None
    test_clock: TestClockRef | None = None
    threshold_reason: InvoiceThresholdReason | UnsetType = UNSET
    total: int = 0
    total_discount_amounts: list[DiscountAmount] | None = None
    total_excluding_tax: int | None = None
    total_pretax_credit_amounts: list[PretaxCreditAmount] | None = None
    total_taxes: list[TaxAmount] | None = None
    webhooks_delivered_at: int | None = None


class InvoiceLinesParams(Params, kw_only=True):
    """No parameters but those of a page."""


@operation("GET /v1/invoices/{id}/lines")
def lines(tx: Tx, invoice: Invoice, params: InvoiceLinesParams) -> Inline[InvoiceLineItem]:
    """List the lines of an invoice in their order."""
    freshened(tx, invoice)
    return Inline(invoice.lines.data, url=f"/v1/invoices/{invoice.id}/lines")


@include("invoice", "payments")
def payments(reader: Any, document: dict[str, Any]) -> InlineList[InvoicePayment]:
    """Return the payments on an invoice, newest first."""
    found: InlineList[InvoicePayment] = InlineList(
        data=reader.select(InvoicePayment, invoice=document["id"]),
        url=f"/v1/invoice_payments?invoice={document['id']}",
    )
    found.refresh()
    return found


def refuse_too_large(amount: int, currency: str, param: str | None = None) -> None:
    """Raise InvalidRequest for an amount (minor units) that no line or total can have."""
    if abs(amount) > AMOUNT_MAX:
        raise InvalidRequest(
            f"Amount must be no more than {format_amount(AMOUNT_MAX, currency)}",
            code="amount_too_large",
            param=param,
        )


@include("invoice", "confirmation_secret")
def confirmation_secret(reader: Any, document: dict[str, Any]) -> InvoiceConfirmationSecret | None:
    """Return the client secret of the invoice's default payment, None while it has none."""
    for payment in reader.select(InvoicePayment, invoice=document["id"], is_default=True):
        intent = payment.payment.payment_intent
        if payment.status != "canceled" and intent is not UNSET:
            found = reader.load_plain("payment_intent", [intent]).get(intent)
            if found and found.get("client_secret"):
                return InvoiceConfirmationSecret(client_secret=found["client_secret"])
    return None
