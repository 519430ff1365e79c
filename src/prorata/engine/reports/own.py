"""Own: the reports that Stripe's API does not have, as JSON or CSV, below /v1/prorata/reports."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Annotated, Any, Literal, TypeVar

from msgspec import UNSET, Meta, UnsetType

from prorata.engine.reports.answers import (
    ages_row,
    cohort_shown,
    mrr_shown,
    revenue_row,
    waterfall_shown,
)
from prorata.engine.reports.closings import Closings
from prorata.engine.reports.growth import cohorts, growth
from prorata.engine.reports.receivables import Ages, owed_at
from prorata.engine.reports.revenue import Group, Key, months_by, waterfalls
from prorata.engine.reports.scope import Scope, scope_of
from prorata.engine.reports.tables import (
    Row,
    cohort_rows,
    csv_bytes,
    mrr_rows,
    receivables_rows,
    revenue_rows,
    waterfall_rows,
)
from prorata.model.operation import Binary, operation
from prorata.model.params import Params, value_or
from prorata.resources.reporting.own import (
    CohortReport,
    CurrencyCohorts,
    MrrReport,
    ReceivablesReport,
    RevenueReport,
    WaterfallReport,
)
from prorata.rules.recognition import Months
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.store.records import plain
from prorata.store.unit_of_work import UnitOfWork

Format = Literal["csv", "json"]
Subtracted = Literal["forever", "once", "repeating"]
Most = Annotated[int, Meta(ge=1, le=1000)]
ROWS_BY_DEFAULT = 100
R = TypeVar("R")
Grouped = tuple[Key, Months]


class ReportParams(Params, kw_only=True):
    """What all reports take. timezone: of the months; format: how the answer is written."""

    currency: str | UnsetType = UNSET
    customer: str | UnsetType = UNSET
    format: Format | UnsetType = UNSET
    interval_end: int | UnsetType = UNSET
    interval_start: int | UnsetType = UNSET
    test_clock: str | UnsetType = UNSET
    timezone: str | UnsetType = UNSET


class RevenueReportParams(ReportParams, kw_only=True):
    """limit, after: which customers are shown, where they are what is grouped by."""

    after: str | UnsetType = UNSET
    group_by: Group | UnsetType = UNSET
    limit: Most | UnsetType = UNSET
    product: str | UnsetType = UNSET


class WaterfallReportParams(ReportParams, kw_only=True):
    product: str | UnsetType = UNSET


class MrrReportParams(ReportParams, kw_only=True):
    """discounts: which are subtracted: those for ever, repeating ones too, or all."""

    discounts: Subtracted | UnsetType = UNSET


class ReceivablesReportParams(Params, kw_only=True):
    """at: the second that is looked back at; the present one by default."""

    after: str | UnsetType = UNSET
    at: int | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    customer: str | UnsetType = UNSET
    format: Format | UnsetType = UNSET
    group_by: Literal["customer", "none"] | UnsetType = UNSET
    limit: Most | UnsetType = UNSET
    test_clock: str | UnsetType = UNSET


@operation("GET /v1/prorata/reports/revenue")
def revenue(tx: UnitOfWork, params: RevenueReportParams) -> RevenueReport | Binary:
    """Return what was billed, recognized and deferred by month."""
    scope = scope_of(tx, params)
    group: Group = value_or(params.group_by, "none")
    report, more = revenue_report(
        tx.connection, scope, group, livemode=tx.book.livemode,
        after=value_or(params.after, ""), limit=value_or(params.limit, ROWS_BY_DEFAULT),
    )  # fmt: skip
    report.has_more = more
    return _written(params, report, revenue_rows, "revenue")


def revenue_report(
    connection: Connection,
    scope: Scope,
    group: Group,
    *,
    livemode: bool,
    after: str = "",
    limit: int | None = None,
) -> tuple[RevenueReport, bool]:
    """Return the report, and whether there are more customers than the limit after this one."""
    found: Iterable[Grouped] = months_by(connection, scope, group, after=after)
    more = False
    if group == "customer" and limit is not None:
        found, more = _first(found, limit)
    kept = list(found)
    kind = "customer" if group == "customer" else "product"
    known = names_of(connection, scope.book, kind, [who for (_, who), _ in kept if who])
    closed = Closings(connection, scope.book).months(scope.clock, scope.timezone)
    rows = [
        revenue_row(
            months, scope.months, currency, closed=closed, name=known.get(who or ""),
            **({} if group == "none" else {kind: who}),
        )
        for (currency, who), months in kept
    ]  # fmt: skip
    report = RevenueReport(
        data=rows, group_by=group, has_more=more, **_frame(scope, livemode=livemode)
    )
    return report, more


def _first(found: Iterable[Grouped], limit: int) -> tuple[list[Grouped], bool]:
    """Return what belongs to the first customers, and whether there are others."""
    kept: list[Grouped] = []
    seen: dict[str | None, None] = {}
    for each in found:
        seen[each[0][1]] = None
        if len(seen) > limit:
            return kept, True
        kept.append(each)
    return kept, False


@operation("GET /v1/prorata/reports/waterfall")
def waterfall(tx: UnitOfWork, params: WaterfallReportParams) -> WaterfallReport | Binary:
    """Return what was booked in each month by the month in which it is earned."""
    scope = scope_of(tx, params)
    report = waterfall_report(tx.connection, scope, livemode=tx.book.livemode)
    return _written(params, report, waterfall_rows, "waterfall")


def waterfall_report(connection: Connection, scope: Scope, *, livemode: bool) -> WaterfallReport:
    """Return the waterfall of each currency."""
    return WaterfallReport(
        data=[
            waterfall_shown(each, scope.months, currency)
            for currency, each in waterfalls(connection, scope).items()
        ],
        months=scope.months,
        **_frame(scope, livemode=livemode),
    )


@operation("GET /v1/prorata/reports/mrr")
def mrr(tx: UnitOfWork, params: MrrReportParams) -> MrrReport | Binary:
    """Return monthly recurring revenue by month, with what it is made of."""
    scope = scope_of(tx, params)
    discounts = value_or(params.discounts, "forever")
    report = mrr_report(tx.connection, scope, discounts, livemode=tx.book.livemode)
    return _written(params, report, mrr_rows, "mrr")


def mrr_report(
    connection: Connection, scope: Scope, discounts: str, *, livemode: bool
) -> MrrReport:
    """Return the growth of each currency."""
    return MrrReport(
        data=[mrr_shown(each, scope.timezone) for each in growth(connection, scope, discounts)],
        discounts=discounts,
        **_frame(scope, livemode=livemode),
    )


@operation("GET /v1/prorata/reports/cohorts")
def retention(tx: UnitOfWork, params: MrrReportParams) -> CohortReport | Binary:
    """Return what is left, month by month, of those who became subscribers in the same month."""
    scope = scope_of(tx, params)
    discounts = value_or(params.discounts, "forever")
    report = cohort_report(tx.connection, scope, discounts, livemode=tx.book.livemode)
    return _written(params, report, cohort_rows, "cohorts")


def cohort_report(
    connection: Connection, scope: Scope, discounts: str, *, livemode: bool
) -> CohortReport:
    """Return the cohorts of each currency."""
    return CohortReport(
        data=[
            CurrencyCohorts(
                currency=currency,
                cohorts=[cohort_shown(each, scope.timezone) for each in found],
            )
            for currency, found in cohorts(connection, scope, discounts).items()
        ],
        discounts=discounts,
        **_frame(scope, livemode=livemode),
    )


@operation("GET /v1/prorata/reports/receivables")
def receivables(tx: UnitOfWork, params: ReceivablesReportParams) -> ReceivablesReport | Binary:
    """Return what customers owe, by how long it has been due."""
    scope, at, now = moment_of(tx, params)
    report = receivables_report(
        tx.connection, scope, at, value_or(params.group_by, "none"), now=now,
        livemode=tx.book.livemode, after=value_or(params.after, ""),
        limit=value_or(params.limit, ROWS_BY_DEFAULT),
    )  # fmt: skip
    return _written(params, report, receivables_rows, "receivables")


def moment_of(tx: UnitOfWork, params: Any) -> tuple[Scope, int, int]:
    """Return the scope of a report of one moment, that moment, and the present one."""
    scope = scope_of(tx, params)
    now = scope.end - 1
    at: int = value_or(params.at, now)
    return scope, at, now


def receivables_report(
    connection: Connection,
    scope: Scope,
    at: int,
    group: str,
    *,
    now: int,
    livemode: bool,
    after: str = "",
    limit: int | None = None,
) -> ReceivablesReport:
    """Return the ages of what is owed, in all or by customer (those after one, up to a limit)."""
    found: dict[tuple[str, str | None], Ages] = {}
    customers: dict[str | None, None] = {}
    more = False
    for owed in owed_at(connection, scope, at, now=now, after=after):
        who = owed.customer if group == "customer" else None
        customers[who] = None
        if group == "customer" and limit is not None and len(customers) > limit:
            more = True
            break
        found.setdefault((owed.currency, who), Ages.none()).add(owed)
    known = names_of(connection, scope.book, "customer", [who for _, who in found if who])
    return ReceivablesReport(
        at=at,
        data=[
            ages_row(ages, currency, who, known.get(who or ""))
            for (currency, who), ages in sorted(found.items(), key=lambda each: str(each[0]))
        ],
        group_by=group,
        has_more=more,
        livemode=livemode,
    )


def _frame(scope: Scope, *, livemode: bool) -> dict[str, Any]:
    """Return what every report of months says of itself: of which books and time it is."""
    return {
        "interval_end": scope.end, "interval_start": scope.start, "livemode": livemode,
        "timezone": scope.timezone,
    }  # fmt: skip


def names_of(
    connection: Connection, book: int, kind: str, ids: Iterable[str]
) -> dict[str, str | None]:
    """Return the names of customers (or their addresses) or products, deleted ones too."""
    wanted = iter(dict.fromkeys(ids))
    found: dict[str, str | None] = {}
    while part := list(islice(wanted, 1000)):
        among, value = connection.any_of("id", part)
        rows = connection.query(
            f"SELECT id, document FROM {table_name(kind)} WHERE book = ? AND {among}",
            (book, value),
        )
        for id, text in rows:
            document = plain(text)
            found[id] = document.get("name") or document.get("email")
    return found


def _written(params: Any, report: R, rows: Callable[[R], Iterator[Row]], name: str) -> R | Binary:
    """Return a report in the format that is asked for."""
    if params.format == "csv":
        return Binary(csv_bytes(rows(report)), "text/csv; charset=utf-8", f"{name}.csv")
    return report
