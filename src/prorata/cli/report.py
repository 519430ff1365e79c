"""Report: reads books and prints a report of them as a table, as JSON or as CSV."""

import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET

from prorata.cli import report_tables
from prorata.cli.reports import Asked, AskedSpan, Books
from prorata.engine.reports.opened import (
    MrrChangesParams,
    OwedInvoicesParams,
    RevenueEntriesParams,
    list_changes,
    list_entries,
    list_owed,
)
from prorata.engine.reports.own import (
    MrrReportParams,
    ReceivablesReportParams,
    RevenueReportParams,
    WaterfallReportParams,
    mrr,
    receivables,
    retention,
    revenue,
    waterfall,
)
from prorata.engine.reports.tables import (
    Row,
    cohort_rows,
    csv_lines,
    mrr_rows,
    receivables_rows,
    revenue_rows,
    waterfall_rows,
)
from prorata.engine.runtime import System
from prorata.model.errors import APIError, Refused
from prorata.model.pages import Page
from prorata.model.params import Params
from prorata.model.transaction import Book
from prorata.rules.months import day_after, month_after, zone
from prorata.store.books import all_books

PAGE = 100
# In a table more customers than these are for CSV.
SHOWN = 50
R = TypeVar("R")


def _common(asked: Asked) -> dict[str, Any]:
    """Return what all reports take, where it was given."""
    given = {
        "currency": asked.currency, "customer": asked.customer, "test_clock": asked.test_clock,
    }  # fmt: skip
    return {name: value for name, value in given.items() if value is not None}


def _span(asked: AskedSpan) -> dict[str, Any]:
    """Return the interval and its time zone, where they were given."""
    found: dict[str, Any] = {"timezone": asked.timezone}
    if asked.from_ is not None:
        found["interval_start"] = second_of(asked.from_, asked.timezone)
    if asked.to is not None:
        found["interval_end"] = end_of(asked.to, asked.timezone)
    return found


def second_of(text: str, timezone: str) -> int:
    """Return the first second of a month or day such as 2026-01 or 2026-01-31; raise Refused."""
    for form in ("%Y-%m-%d", "%Y-%m"):
        try:
            return int(datetime.strptime(text, form).replace(tzinfo=zone(timezone)).timestamp())
        except ValueError as error:
            if "time zone" in str(error):
                raise Refused(f"{error}: use a name such as Europe/Vienna.") from None
    raise Refused(f"{text} is no month or day: write it as 2026-01 or 2026-01-31.")


def end_of(text: str, timezone: str) -> int:
    """Return the second after a month or a day."""
    start = second_of(text, timezone)
    return day_after(start, timezone) if text.count("-") == 2 else month_after(start, timezone)


def report_revenue(
    asked: AskedSpan,
    product: str | None,
    by: Any,
    *,
    open: str | None,
    booked: str | None,
    measure: str,
) -> None:
    """Print revenue by month, or open a figure of it."""
    more: dict[str, Any] = {} if product is None else {"product": product}
    if open is not None:
        told = {"booked": booked, "measure": measure, "month": open}
        given: dict[str, Any] = {name: each for name, each in told.items() if each is not None}
        params = RevenueEntriesParams(**_common(asked), timezone=asked.timezone, **more, **given)
        _print_list(asked, params, list_entries, report_tables.entries)
        return
    own = RevenueReportParams(**_common(asked), **_span(asked), **more, group_by=by, limit=SHOWN)
    if by == "customer" and asked.format != "table":
        _print_all(asked, own, revenue, revenue_rows)
        return
    _print(asked, own, revenue, revenue_rows, report_tables.revenue)


def report_waterfall(asked: AskedSpan, product: str | None) -> None:
    """Print the waterfall."""
    more: dict[str, Any] = {} if product is None else {"product": product}
    params = WaterfallReportParams(**_common(asked), **_span(asked), **more)
    _print(asked, params, waterfall, waterfall_rows, report_tables.waterfall)


def report_mrr(asked: AskedSpan, discounts: Any, *, open: str | None, movement: Any) -> None:
    """Print MRR and its movements, or open those of a month."""
    if open is not None:
        params = MrrChangesParams(
            **_common(asked), timezone=asked.timezone, discounts=discounts, month=open,
            movement=UNSET if movement is None else movement,
        )  # fmt: skip
        _print_list(asked, params, list_changes, report_tables.changes)
        return
    own = MrrReportParams(**_common(asked), **_span(asked), discounts=discounts)
    _print(asked, own, mrr, mrr_rows, report_tables.mrr)


def report_cohorts(asked: AskedSpan, discounts: Any) -> None:
    """Print cohorts."""
    params = MrrReportParams(**_common(asked), **_span(asked), discounts=discounts)
    _print(asked, params, retention, cohort_rows, report_tables.cohorts)


def report_receivables(asked: Asked, by: Any, *, at: str | None, open: bool) -> None:
    """Print what is owed, or the invoices that it is owed for."""
    moment: dict[str, Any] = {} if at is None else {"at": end_of(at, asked.timezone) - 1}
    if open:
        _print_list(
            asked, OwedInvoicesParams(**_common(asked), **moment), list_owed, report_tables.invoices
        )
        return
    params = ReceivablesReportParams(**_common(asked), **moment, group_by=by, limit=SHOWN)
    if by == "customer" and asked.format != "table":
        _print_all(asked, params, receivables, receivables_rows)
        return
    _print(asked, params, receivables, receivables_rows, report_tables.receivables)


def _read(asked: Books, work: Callable[[Any], R]) -> R:
    """Run what reads the books that are asked for; raise Refused in one sentence."""
    return with_books(asked, lambda system, book: system.read(book, work))


def with_books(asked: Books, work: Callable[[System, Book], R]) -> R:
    """Run what has to do with the books that are asked for; raise Refused in one sentence."""
    from prorata.server.assemble import assemble
    from prorata.server.settings import Settings

    server = assemble(Settings(database=asked.database, dev=False, worker=False))
    try:
        system = server.system
        return work(system, _book(system.database.read(all_books), asked))
    except APIError as error:
        raise Refused(str(error)) from error
    finally:
        server.close()


def _book(books: Iterable[Book], asked: Books) -> Book:
    found = [
        book for book in books
        if book.livemode == asked.live and asked.account in (None, book.account)
    ]  # fmt: skip
    mode = "live" if asked.live else "test"
    if not found:
        raise Refused(f"there are no books of {mode} mode in {asked.database}.")
    if len(found) > 1:
        names = ", ".join(book.account for book in found)
        raise Refused(f"there are several accounts: say --account and one of {names}.")
    return found[0]


def _print(
    asked: Asked,
    params: Params,
    operation: Callable[[Any, Any], Any],
    rows: Callable[[Any], Iterator[Row]],
    table: Callable[[Any], None],
) -> None:
    print_report(asked.format, _read(asked, lambda uow: operation(uow, params)), rows, table)


def print_report(
    format: str, report: R, rows: Callable[[R], Iterator[Row]], table: Callable[[R], None]
) -> None:
    """Print what was found as a table, as JSON or as CSV."""
    if format == "csv":
        sys.stdout.writelines(csv_lines(rows(report)))
    elif format == "json":
        _print_json(report)
    else:
        table(report)


def _print_all(
    asked: Asked,
    params: Any,
    operation: Callable[[Any, Any], Any],
    rows: Callable[[Any], Iterator[Row]],
) -> None:
    """Print a report of all customers, some at a time; as JSON each part is a line."""

    def work(uow: Any) -> None:
        params.limit, heading = 1000, True
        while True:
            report = operation(uow, params)
            if asked.format == "csv":
                lines = csv_lines(rows(report))
                if not heading:
                    next(lines)
                sys.stdout.writelines(lines)
            else:
                _print_json(report)
            if not report.has_more:
                return
            params.after, heading = report.data[-1].customer, False

    _read(asked, work)


def _print_list(
    asked: Asked,
    params: Params,
    operation: Callable[[Any, Any, Page], Any],
    table: Callable[[list[Any]], None],
) -> None:
    """Print a whole list, some at a time."""

    def work(uow: Any) -> None:
        page, heading = Page(limit=PAGE), True
        while True:
            excerpt = operation(uow, params, page)
            if asked.format == "table":
                table(excerpt.items)
            elif asked.format == "csv":
                sys.stdout.writelines(csv_lines(_plain_rows(excerpt.items, heading)))
            else:
                for each in excerpt.items:
                    _print_json(each)
            if not excerpt.more:
                return
            page, heading = Page(limit=PAGE, starting_after=excerpt.items[-1].id), False

    _read(asked, work)


def _plain_rows(items: list[Any], heading: bool) -> Iterator[Row]:
    for place, each in enumerate(items):
        document = msgspec.to_builtins(each)
        if heading and not place:
            yield list(document)
        yield [
            value if isinstance(value, (int, str)) else "" if value is None
            else msgspec.json.encode(value).decode()
            for value in document.values()
        ]  # fmt: skip


def _print_json(report: Any) -> None:
    sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
