"""Tables: reports as CSV, with amounts in major units and one row for each figure's place."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from prorata.resources.reporting.own import (
    CohortReport,
    MrrReport,
    ReceivablesReport,
    RevenueReport,
    WaterfallReport,
)
from prorata.rules.currency import minor_digits

Row = Sequence[Any]
_REVENUE = (
    "billed", "taken_back", "revenue", "contra", "recognized", "deferred", "corrections",
)  # fmt: skip
_AGES = ("not_due", "days_1_30", "days_31_60", "days_61_90", "days_over_90", "total")
_MRR_AMOUNTS = (
    "opening_mrr", "new", "reactivation", "expansion", "contraction", "churn", "net_new_mrr",
    "mrr", "arr", "arpu", "ltv",
)  # fmt: skip
_MRR_OTHERS = (
    "opening_subscribers", "new_subscribers", "reactivated_subscribers", "churned_subscribers",
    "subscribers", "subscriber_churn_rate", "gross_mrr_churn_rate", "net_revenue_retention",
    "gross_revenue_retention", "trials_started", "trials_ended", "trials_converted",
    "trial_conversion_rate",
)  # fmt: skip
# What a program that opens a table would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def major(amount: int | None, currency: str) -> str:
    """Return an amount of minor units in major ones, such as 12.50; empty for None."""
    if amount is None:
        return ""
    return f"{Decimal(amount).scaleb(-minor_digits(currency)):f}"


def harmless(text: str | None) -> str:
    """Return a text of somebody else's so that no program takes it for a formula."""
    if text is None:
        return ""
    return f"'{text}" if text.startswith(_FORMULA) else text


def csv_lines(rows: Iterable[Row]) -> Iterator[str]:
    """Yield rows as lines of CSV."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for row in rows:
        writer.writerow(row)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def csv_bytes(rows: Iterable[Row]) -> bytes:
    """Return rows as one CSV document."""
    return "".join(csv_lines(rows)).encode()


def revenue_rows(report: RevenueReport) -> Iterator[Row]:
    """Yield a heading and a row for each currency, group and month."""
    yield ("currency", "customer", "product", "name", "month", *_REVENUE, "closed")
    for row in report.data:
        for month in row.months:
            yield (
                row.currency, row.customer or "", row.product or "", harmless(row.name),
                month.month, *(major(getattr(month, each), row.currency) for each in _REVENUE),
                "true" if month.closed else "false",
            )  # fmt: skip


def waterfall_rows(report: WaterfallReport) -> Iterator[Row]:
    """Yield a heading and a row for each currency and month of booking, and a total for each."""
    yield ("currency", "booked", "earlier", *report.months, "later", "total")
    for each in report.data:
        for row in (*each.rows, each.total):
            amounts = (row.earlier, *row.months, row.later, row.total)
            yield (each.currency, row.booked, *(major(one, each.currency) for one in amounts))


def receivables_rows(report: ReceivablesReport) -> Iterator[Row]:
    """Yield a heading and a row for each currency and customer."""
    yield ("currency", "customer", "name", *_AGES)
    for row in report.data:
        amounts = (major(getattr(row, each), row.currency) for each in _AGES)
        yield (row.currency, row.customer or "", harmless(row.name), *amounts)


def mrr_rows(report: MrrReport) -> Iterator[Row]:
    """Yield a heading and a row for each currency and month, and one for the last 30 days."""
    yield ("currency", "month", *_MRR_AMOUNTS, *_MRR_OTHERS)
    for each in report.data:
        for figures in (*each.months, each.last_30_days):
            others = (getattr(figures, name) for name in _MRR_OTHERS)
            yield (
                each.currency, figures.month or "last_30_days",
                *(major(getattr(figures, name), each.currency) for name in _MRR_AMOUNTS),
                *("" if one is None else one for one in others),
            )  # fmt: skip


def cohort_rows(report: CohortReport) -> Iterator[Row]:
    """Yield a heading and a row for each currency, cohort and month of its life."""
    yield ("currency", "cohort", "months_later", "subscribers", "subscriber_retention", "mrr",
           "mrr_retention")  # fmt: skip
    for each in report.data:
        for row in each.cohorts:
            for place, (count, mrr) in enumerate(zip(row.subscribers, row.mrr, strict=True)):
                yield (
                    each.currency, row.month, place, count,
                    row.subscriber_retention[place] or "", major(mrr, each.currency),
                    row.mrr_retention[place] or "",
                )  # fmt: skip
