"""Quote shape: the objects that stand inside a quote."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.fields import InlineList, Metadata
from prorata.resources.checkout.line_item import LineItem, Taxability
from prorata.resources.products.discount import Discount
from prorata.resources.products.tax_rate import TaxRate
from prorata.resources.references import AccountRef, QuoteRef

QuoteStatus = Literal["accepted", "canceled", "draft", "open"]
Interval = Literal["day", "month", "week", "year"]
TaxStatus = Literal["complete", "failed", "requires_location_inputs"]


class QuoteParty(Struct, kw_only=True):
    """Who answers for taxes, or issues invoices: always the own account."""

    account: AccountRef | UnsetType = UNSET
    type: Literal["account", "self"] = "self"


class QuoteAutomaticTax(Struct, kw_only=True):
    enabled: bool = False
    liability: QuoteParty | None = None
    provider: str | None = None
    status: TaxStatus | None = None


class QuoteDiscountAmount(Struct, kw_only=True):
    amount: int
    discount: Discount


class QuoteTax(Struct, kw_only=True):
    amount: int
    rate: TaxRate
    taxability_reason: Taxability | None = None
    taxable_amount: int | None = None


class QuoteBreakdown(Struct, kw_only=True):
    discounts: list[QuoteDiscountAmount] = []
    taxes: list[QuoteTax] = []


class QuoteTotalDetails(Struct, kw_only=True):
    """What is between a subtotal and its total, in minor units."""

    amount_discount: int = 0
    amount_shipping: int | None = 0
    amount_tax: int = 0
    breakdown: QuoteBreakdown | UnsetType = UNSET


class QuoteRecurring(Struct, kw_only=True):
    """What every renewal comes to, in minor units."""

    amount_subtotal: int = 0
    amount_total: int = 0
    interval: Interval
    interval_count: int
    total_details: QuoteTotalDetails


class QuoteUpfront(Struct, kw_only=True):
    """What acceptance bills, in minor units."""

    amount_subtotal: int = 0
    amount_total: int = 0
    line_items: InlineList[LineItem] | UnsetType = UNSET
    total_details: QuoteTotalDetails


class QuoteComputed(Struct, kw_only=True):
    recurring: QuoteRecurring | None = None
    upfront: QuoteUpfront


class QuoteFromQuote(Struct, kw_only=True):
    is_revision: bool
    quote: QuoteRef


class QuoteCustomField(Struct, kw_only=True):
    name: str
    value: str


class QuoteInvoiceSettings(Struct, kw_only=True):
    custom_fields: list[QuoteCustomField] | None = None
    days_until_due: int | None = None
    description: str | None = None
    footer: str | None = None
    issuer: QuoteParty


class QuoteStatusTransitions(Struct, kw_only=True):
    accepted_at: int | None = None
    canceled_at: int | None = None
    finalized_at: int | None = None


class QuoteBillingModeFlexible(Struct, kw_only=True):
    proration_discounts: Literal["included", "itemized"] | UnsetType = UNSET


class QuoteBillingMode(Struct, kw_only=True):
    flexible: QuoteBillingModeFlexible | UnsetType = UNSET
    type: Literal["classic", "flexible"]


class QuoteSubscriptionData(Struct, kw_only=True):
    """What the subscription will be; effective_date: seconds UTC."""

    billing_mode: QuoteBillingMode
    description: str | None = None
    effective_date: int | None = None
    metadata: Metadata | None = None
    trial_period_days: int | None = None


class QuoteTransferData(Struct, kw_only=True):
    amount: int | None = None
    amount_percent: float | None = None
    destination: AccountRef
