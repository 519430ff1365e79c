"""Answers: what was reckoned, written as the API shows it."""

from fractions import Fraction

from prorata.engine.reports.growth import Cohort, Growth, Moved
from prorata.engine.reports.receivables import Ages, Owed
from prorata.engine.reports.revenue import Opened
from prorata.engine.reports.subscribers import Step
from prorata.resources.reporting.own import (
    AgesRow,
    CohortRow,
    CurrencyMrr,
    CurrencyWaterfall,
    MrrChange,
    MrrFigures,
    MrrStep,
    OwedInvoice,
    RevenueEntry,
    RevenueFigures,
    RevenueRow,
    WaterfallRow,
)
from prorata.rules.months import month_name
from prorata.rules.mrr import Window
from prorata.rules.recognition import Months, Waterfall
from prorata.rules.rounding import round_half_up

RATE_DECIMALS = 4


def revenue_row(
    months: Months,
    names: list[str],
    currency: str,
    *,
    closed: frozenset[str] = frozenset(),
    customer: str | None = None,
    product: str | None = None,
    name: str | None = None,
) -> RevenueRow:
    """Return the months of one currency as they are shown."""
    recognized, deferred = months.recognized, months.deferred
    figures = [
        RevenueFigures(
            month=names[place], closed=names[place] in closed, billed=months.billed[place],
            taken_back=months.taken_back[place], revenue=months.revenue[place],
            contra=months.contra[place], recognized=recognized[place],
            corrections=months.corrections[place], deferred=deferred[place],
        )
        for place in range(len(names))
    ]  # fmt: skip
    total = RevenueFigures(
        month=None, closed=closed.issuperset(names), billed=sum(months.billed),
        taken_back=sum(months.taken_back), revenue=sum(months.revenue),
        contra=sum(months.contra), recognized=sum(recognized),
        corrections=sum(months.corrections), deferred=deferred[-1],
    )  # fmt: skip
    return RevenueRow(
        currency=currency, customer=customer, product=product, name=name,
        opening_deferred=months.opening, months=figures, total=total,
    )  # fmt: skip


def waterfall_shown(waterfall: Waterfall, names: list[str], currency: str) -> CurrencyWaterfall:
    """Return a waterfall as it is shown; rows without anything are left out at both ends."""
    labels = ["earlier", *names, "later"]
    rows = [
        _waterfall_row(label, cells)
        for label, cells in zip(labels, waterfall.rows, strict=True)
        if any(cells) or label in names
    ]
    return CurrencyWaterfall(
        currency=currency, rows=rows, total=_waterfall_row("total", waterfall.totals)
    )


def _waterfall_row(label: str, cells: list[int]) -> WaterfallRow:
    return WaterfallRow(
        booked=label, earlier=cells[0], months=cells[1:-1], later=cells[-1], total=sum(cells)
    )


def entry_shown(opened: Opened, cause: tuple[str, str] | None = None) -> RevenueEntry:
    """Return an entry as a part of a figure; cause: the kind and id of the document behind it."""
    entry, line = opened.entry, opened.entry.line
    kind, document = cause or (entry.kind, entry.document)
    details = line.parent and (
        line.parent.subscription_item_details or line.parent.invoice_item_details
    ) if line is not None else None  # fmt: skip
    return RevenueEntry(
        id=entry.id,
        account=entry.account,
        amount=entry.amount,
        booked_at=entry.booking.booked_at,
        correction=opened.correction,
        currency=entry.currency,
        customer=entry.customer,
        description=None if line is None else line.description,
        document=document,
        document_type=kind,
        figure=opened.figure,
        invoice=None if entry.invoice is None else entry.invoice.id,
        invoice_line_item=None if line is None else line.id,
        memo=entry.memo,
        period_end=entry.booking.end,
        period_start=entry.booking.start,
        price=None if line is None else line.price,
        product=entry.product,
        subscription=details.subscription if details else None,
    )


def ages_row(ages: Ages, currency: str, customer: str | None, name: str | None) -> AgesRow:
    """Return what is owed, by its age, as it is shown."""
    return AgesRow(
        currency=currency, customer=customer, name=name, total=ages.total,
        invoices=dict(ages.invoices), **ages.amounts,
    )  # fmt: skip


def owed_shown(owed: Owed) -> OwedInvoice:
    """Return an open invoice as it is shown."""
    return OwedInvoice(
        id=owed.invoice,
        amount_remaining=owed.amount,
        bucket=owed.bucket,
        currency=owed.currency,
        customer=owed.customer,
        days_overdue=owed.days_overdue,
        due_at=owed.due_at,
        finalized_at=owed.finalized_at,
        number=owed.number,
    )


def mrr_shown(growth: Growth, timezone: str) -> CurrencyMrr:
    """Return the growth of one currency as it is shown."""
    return CurrencyMrr(
        currency=growth.currency,
        last_30_days=_figures(growth.recent, None),
        months=[_figures(each, month_name(each.start, timezone)) for each in growth.months],
    )


def _figures(window: Window, month: str | None) -> MrrFigures:
    return MrrFigures(
        month=month,
        start=window.start,
        end=window.end,
        opening_mrr=window.opening,
        **window.moved,
        net_new_mrr=window.net,
        mrr=window.closing,
        arr=window.annual,
        subscribers=window.subscribers,
        opening_subscribers=window.subscribers_before,
        new_subscribers=window.counted["new"],
        reactivated_subscribers=window.counted["reactivation"],
        churned_subscribers=window.counted["churn"],
        arpu=_whole(window.per_subscriber),
        ltv=_whole(window.lifetime_value),
        subscriber_churn_rate=rate(window.subscriber_churn),
        gross_mrr_churn_rate=rate(window.gross_churn),
        net_revenue_retention=rate(window.net_retention),
        gross_revenue_retention=rate(window.gross_retention),
        trials_started=window.trials_started,
        trials_ended=window.trials_ended,
        trials_converted=window.trials_converted,
        trial_conversion_rate=rate(window.trial_conversion),
    )


def change_shown(moved: Moved, events: dict[tuple[str, int], str]) -> MrrChange:
    """Return a change with its steps; events: by subscription and revision."""
    change = moved.change
    return MrrChange(
        id=moved.id,
        after=change.after,
        amount=change.amount,
        before=change.before,
        currency=moved.currency,
        customer=moved.customer,
        day=change.at,
        movement=change.movement,
        steps=[_step(each, events) for each in moved.steps],
    )


def _step(step: Step, events: dict[tuple[str, int], str]) -> MrrStep:
    return MrrStep(
        at=step.at,
        after=step.after,
        before=step.before,
        event=events.get((step.subscription, step.revision)),
        revision=step.revision,
        status=step.status,
        subscription=step.subscription,
    )


def cohort_shown(cohort: Cohort, timezone: str) -> CohortRow:
    """Return a cohort with what is left of it, as a part of what it began with."""
    return CohortRow(
        month=month_name(cohort.month, timezone),
        mrr=cohort.mrr,
        mrr_retention=_parts(cohort.mrr),
        subscribers=cohort.subscribers,
        subscriber_retention=_parts(cohort.subscribers),
    )


def _parts(levels: list[int]) -> list[str | None]:
    return [rate(Fraction(each, levels[0])) if levels[0] else None for each in levels]


def rate(value: Fraction | None) -> str | None:
    """Return a rate with four decimals, such as "0.0909"; None where there is none."""
    if value is None:
        return None
    whole = round_half_up(value * 10**RATE_DECIMALS)
    sign, digits = "-" if whole < 0 else "", f"{abs(whole):0{RATE_DECIMALS + 1}d}"
    return f"{sign}{digits[:-RATE_DECIMALS]}.{digits[-RATE_DECIMALS:]}"


def _whole(value: Fraction | None) -> int | None:
    return None if value is None else round_half_up(value)
