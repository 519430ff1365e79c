"""Periods: closes and reopens months of the books, and prints those that are closed."""

from collections.abc import Callable, Iterator
from typing import Any

from msgspec import UNSET

from prorata.cli import report_tables
from prorata.cli.report import print_report, with_books
from prorata.cli.reports import Books
from prorata.engine.reports.close import close, count, reopen
from prorata.engine.reports.closings import standing
from prorata.engine.reports.tables import Row, major
from prorata.engine.runtime import System
from prorata.model.errors import Refused
from prorata.model.transaction import Book
from prorata.resources.reporting.accounting_period import (
    AccountingPeriod,
    AccountingPeriodCreateParams,
)
from prorata.store.unit_of_work import UnitOfWork

_FIGURES = ("billed", "taken_back", "revenue", "contra", "recognized", "deferred")


def close_month(books: Books, month: str, format: str) -> None:
    """Close a month and all before it, and print what they came to."""
    params = AccountingPeriodCreateParams(
        month=month,
        timezone=books.timezone,
        test_clock=UNSET if books.test_clock is None else books.test_clock,
    )

    def work(system: System, book: Book) -> list[AccountingPeriod]:
        before = len(_closed(system, book, books.test_clock))
        system.write(book, lambda uow: close(uow, params))
        count(system, book, books.test_clock)
        return _closed(system, book, books.test_clock)[before:]

    _print(books, work, format)


def reopen_month(books: Books, month: str, format: str) -> None:
    """Open a month and all after it again, and print those that stay closed."""

    def work(system: System, book: Book) -> list[AccountingPeriod]:
        named = [each for each in _closed(system, book, books.test_clock) if each.month == month]
        if not named:
            raise Refused(f"{month} is not closed.")

        def again(uow: UnitOfWork) -> None:
            reopen(uow, uow.get(AccountingPeriod, named[0].id))

        system.write(book, again)
        return _closed(system, book, books.test_clock)

    _print(books, work, format)


def show_periods(books: Books, format: str) -> None:
    """Print the months that are closed."""
    _print(books, lambda system, book: _closed(system, book, books.test_clock), format)


def _closed(system: System, book: Book, clock: str | None) -> list[AccountingPeriod]:
    found = system.database.read(lambda connection: standing(connection, book.key))
    return [each for each in found if each.test_clock == clock]


def _print(
    books: Books, work: Callable[[System, Book], list[AccountingPeriod]], format: str
) -> None:
    print_report(format, with_books(books, work), _rows, report_tables.periods)


def _rows(found: list[AccountingPeriod]) -> Iterator[Row]:
    yield ("month", "timezone", "closed_at", "currency", *_FIGURES)
    for each in found:
        for figures in each.figures:
            amounts: list[Any] = [
                major(getattr(figures, name), figures.currency) for name in _FIGURES
            ]
            yield (each.month, each.timezone, each.closed_at, figures.currency, *amounts)
