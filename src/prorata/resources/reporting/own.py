"""Own reports: what `/v1/prorata/reports` answers; amounts in minor units, rates in text."""

from msgspec import Struct

from prorata.rules.ageing import Bucket
from prorata.rules.mrr import Movement


class RevenueFigures(Struct, kw_only=True):
    """billed and taken_back by when they were booked; revenue, less contra (what had been earned of
    what was taken back), is what is recognized; deferred is at the end. closed: the month is;
    corrections: what of that which is recognized belongs to months that were closed before."""

    month: str | None
    closed: bool
    billed: int
    taken_back: int
    revenue: int
    contra: int
    recognized: int
    corrections: int
    deferred: int


class RevenueRow(Struct, kw_only=True):
    currency: str
    customer: str | None
    product: str | None
    name: str | None
    opening_deferred: int
    months: list[RevenueFigures]
    total: RevenueFigures


class RevenueReport(Struct, tag_field="object", tag="prorata.report.revenue", kw_only=True):
    data: list[RevenueRow]
    group_by: str
    has_more: bool
    interval_end: int
    interval_start: int
    livemode: bool
    timezone: str


class WaterfallRow(Struct, kw_only=True):
    """What was booked in a month (`earlier`, `later`: outside of the report) and when it is earned.

    months: by month; earlier, later: outside of the report.
    """

    booked: str
    earlier: int
    months: list[int]
    later: int
    total: int


class CurrencyWaterfall(Struct, kw_only=True):
    currency: str
    rows: list[WaterfallRow]
    total: WaterfallRow


class WaterfallReport(Struct, tag_field="object", tag="prorata.report.waterfall", kw_only=True):
    data: list[CurrencyWaterfall]
    interval_end: int
    interval_start: int
    livemode: bool
    months: list[str]
    timezone: str


class RevenueEntry(Struct, tag_field="object", tag="prorata.report.entry", kw_only=True):
    """A part of a figure: the document and line it comes from, and how much of it that is.

    amount: what was booked; figure: what of it is in the figure that was opened; correction: what
    of it is earned in the span that was opened, and belongs to months that were closed before.
    """

    id: str
    account: str
    amount: int
    booked_at: int
    correction: int
    currency: str
    customer: str | None
    description: str | None
    document: str
    document_type: str
    figure: int
    invoice: str | None
    invoice_line_item: str | None
    memo: str
    period_end: int
    period_start: int
    price: str | None
    product: str | None
    subscription: str | None


class AgesRow(Struct, kw_only=True):
    currency: str
    customer: str | None
    name: str | None
    not_due: int
    days_1_30: int
    days_31_60: int
    days_61_90: int
    days_over_90: int
    total: int
    invoices: dict[Bucket, int]


class ReceivablesReport(Struct, tag_field="object", tag="prorata.report.receivables", kw_only=True):
    at: int
    data: list[AgesRow]
    group_by: str
    has_more: bool
    livemode: bool


class OwedInvoice(Struct, tag_field="object", tag="prorata.report.owed_invoice", kw_only=True):
    id: str
    amount_remaining: int
    bucket: Bucket
    currency: str
    customer: str | None
    days_overdue: int
    due_at: int
    finalized_at: int
    number: str | None


class MrrFigures(Struct, kw_only=True):
    """MRR of a span of time and what it is made of; see the documentation for every formula."""

    month: str | None
    start: int
    end: int
    opening_mrr: int
    new: int
    reactivation: int
    expansion: int
    contraction: int
    churn: int
    net_new_mrr: int
    mrr: int
    arr: int
    subscribers: int
    opening_subscribers: int
    new_subscribers: int
    reactivated_subscribers: int
    churned_subscribers: int
    arpu: int | None
    ltv: int | None
    subscriber_churn_rate: str | None
    gross_mrr_churn_rate: str | None
    net_revenue_retention: str | None
    gross_revenue_retention: str | None
    trials_started: int
    trials_ended: int
    trials_converted: int
    trial_conversion_rate: str | None


class CurrencyMrr(Struct, kw_only=True):
    currency: str
    last_30_days: MrrFigures
    months: list[MrrFigures]


class MrrReport(Struct, tag_field="object", tag="prorata.report.mrr", kw_only=True):
    data: list[CurrencyMrr]
    discounts: str
    interval_end: int
    interval_start: int
    livemode: bool
    timezone: str


class MrrStep(Struct, kw_only=True):
    """A subscription's part of a change; event: what told of it, where it is still kept."""

    at: int
    after: int
    before: int
    event: str | None
    revision: int
    status: str
    subscription: str


class MrrChange(Struct, tag_field="object", tag="prorata.report.mrr_change", kw_only=True):
    """A change of a customer's MRR in a day, and what its subscriptions did."""

    id: str
    after: int
    amount: int
    before: int
    currency: str
    customer: str
    day: int
    movement: Movement
    steps: list[MrrStep]


class MrrSubscriber(Struct, tag_field="object", tag="prorata.report.subscriber", kw_only=True):
    """A customer with MRR at a moment, and the subscriptions that it comes from."""

    id: str
    currency: str
    customer: str
    mrr: int
    subscriptions: dict[str, int]


class CohortRow(Struct, kw_only=True):
    """Who became a subscriber in a month: how many, and how much MRR, in it and in later ones."""

    month: str
    mrr: list[int]
    mrr_retention: list[str | None]
    subscribers: list[int]
    subscriber_retention: list[str | None]


class CurrencyCohorts(Struct, kw_only=True):
    currency: str
    cohorts: list[CohortRow]


class CohortReport(Struct, tag_field="object", tag="prorata.report.cohorts", kw_only=True):
    data: list[CurrencyCohorts]
    discounts: str
    interval_end: int
    interval_start: int
    livemode: bool
    timezone: str
