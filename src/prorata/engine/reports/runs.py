"""Runs: a report is asked for, checked, and made by a worker outside of any transaction."""

import gzip
import io
from collections.abc import Callable, Iterator
from typing import Any

import structlog

from prorata.engine.reports.activity import activity_rows, balance_rows
from prorata.engine.reports.journal import journal_rows
from prorata.engine.reports.scope import UTC, Scope
from prorata.engine.reports.tables import Row, csv_lines
from prorata.engine.reports.types import available_in, offered
from prorata.engine.runtime import System
from prorata.model.errors import InvalidRequest, NotSupported, missing_param
from prorata.model.operation import operation
from prorata.model.params import given, value_or
from prorata.model.transaction import Book, Tx
from prorata.resources.core.file import made_file
from prorata.resources.reporting.catalog import METADATA_COLUMN, OFFERED, Offered
from prorata.resources.reporting.report_run import (
    ReportRun,
    ReportRunCreateParams,
    ReportRunParameters,
    ReportRunParametersParams,
)
from prorata.rules.currency import is_currency
from prorata.rules.months import zone
from prorata.store.books import all_books
from prorata.store.connection import Connection, is_outage
from prorata.store.names import table_name
from prorata.store.unit_of_work import UnitOfWork

PURPOSE = "finance_report_run"
FAILED = "The report could not be made because of a fault on our side. Create another run."
log = structlog.get_logger("prorata.engine")


@operation("POST /v1/reporting/report_runs")
def create(tx: Tx, params: ReportRunCreateParams) -> ReportRun:
    """Ask for a report; it is made soon.

    Raises InvalidRequest for parameters that the report does not take, or that make no sense.
    """
    wanted = offered(params.report_type, "report_type")
    asked = value_or(params.parameters, ReportRunParametersParams())
    _check(tx, wanted, asked)
    run = ReportRun(
        id=tx.new_id(ReportRun),
        created=tx.now,
        livemode=tx.book.livemode,
        parameters=ReportRunParameters(
            **{name: getattr(asked, name) for name in ReportRunParameters.__struct_fields__}
        ),
        report_type=wanted.id,
    )
    # A worker looks for it at once.
    tx.results["due"] = True
    return tx.add(run)


def _check(tx: Tx, wanted: Offered, asked: ReportRunParametersParams) -> None:
    for name, reason in (("connected_account", "There are no connected accounts here"),
                         ("payout", "There are no payouts here")):  # fmt: skip
        if given(getattr(asked, name)):
            raise NotSupported(f"{reason}.", param=f"parameters[{name}]")
    for name in wanted.required:
        if not given(getattr(asked, name)):
            raise missing_param(f"parameters[{name}]")
    taken = {*wanted.required, *wanted.optional}
    for name in asked.__struct_fields__:
        if given(getattr(asked, name)) and name not in taken:
            raise InvalidRequest(
                f"The report type {wanted.id} doesn't take the parameter {name}.",
                param=f"parameters[{name}]",
            )
    _check_interval(tx, asked)
    _check_columns(wanted, asked)
    if given(asked.currency) and not is_currency(asked.currency):
        raise InvalidRequest(f"Invalid currency: {asked.currency}.", param="parameters[currency]")
    if given(asked.timezone):
        try:
            zone(asked.timezone)
        except ValueError:
            raise InvalidRequest(
                f"Invalid timezone: {asked.timezone}. Use a name such as Europe/Vienna.",
                param="parameters[timezone]",
            ) from None


def _check_interval(tx: Any, asked: ReportRunParametersParams) -> None:
    first, last = available_in(tx)
    for name in ("interval_start", "interval_end"):
        at = getattr(asked, name)
        if given(at) and not first <= at <= last:
            raise InvalidRequest(
                f"The {name} must be between the report type's data_available_start ({first})"
                f" and data_available_end ({last}).",
                param=f"parameters[{name}]",
            )
    if (
        given(asked.interval_start)
        and given(asked.interval_end)
        and (asked.interval_start >= asked.interval_end)
    ):
        raise InvalidRequest(
            "The interval_start must be before the interval_end.",
            param="parameters[interval_start]",
        )


def _check_columns(wanted: Offered, asked: ReportRunParametersParams) -> None:
    columns: list[str] | None = value_or(asked.columns, None)
    if columns is None:
        return
    if not columns:
        raise InvalidRequest("Ask for at least one column.", param="parameters[columns]")
    known = set(wanted.columns)
    for place, name in enumerate(columns):
        metadata = wanted.metadata and METADATA_COLUMN.fullmatch(name)
        if name not in known and not metadata:
            raise InvalidRequest(
                f"The report type {wanted.id} has no column {name}. It has"
                f" {', '.join(wanted.columns)}.",
                param=f"parameters[columns][{place}]",
            )


def waiting(connection: Connection) -> list[tuple[Book, str]]:
    """Return the runs that wait to be made, in the order in which they were asked for."""
    rows = connection.query(
        f"SELECT book, id FROM {table_name('reporting.report_run')}"
        " WHERE due_at IS NOT NULL AND clock IS NULL ORDER BY due_at, id"
    )
    books = {book.key: book for book in all_books(connection)} if rows else {}
    return [(books[key], id) for key, id in rows]


def make(system: System, book: Book, id: str) -> None:
    """Make a report that is waited for: read in one transaction, kept in another.

    A fault ends it as failed; an outage leaves it waiting.
    """
    run = system.read(book, lambda uow: uow.find(ReportRun, id))
    if run is None or run.status != "pending":
        return
    try:
        content, size = system.database.read(lambda connection: _made(connection, book, run))
    except Exception as fault:
        if is_outage(fault):
            raise
        log.exception("a report cannot be made", run=id)
        system.write(book, lambda uow: _fail(uow, id))
        return
    system.write(book, lambda uow: _keep(uow, id, content, size))


def _made(connection: Connection, book: Book, run: ReportRun) -> tuple[bytes, int]:
    """Return a report as compressed CSV, and its size in bytes before that."""
    target, size = io.BytesIO(), 0
    with gzip.GzipFile(fileobj=target, mode="wb", compresslevel=6, mtime=0) as packed:
        for line in csv_lines(rows_of(connection, book, run)):
            size += packed.write(line.encode())
    return target.getvalue(), size


def rows_of(connection: Connection, book: Book, run: ReportRun) -> Iterator[Row]:
    """Yield the heading and the rows of a report, in the columns that were asked for."""
    asked, wanted = run.parameters, OFFERED[run.report_type]
    scope = Scope(
        book=book.key,
        start=value_or(asked.interval_start, 0),
        end=value_or(asked.interval_end, run.created),
        timezone=value_or(asked.timezone, UTC),
        currency=value_or(asked.currency, None),
    )
    columns = value_or(asked.columns, list(wanted.default_columns))
    category = value_or(asked.reporting_category, None)
    make_rows = _FAMILIES[wanted.family]
    return make_rows(connection, scope, wanted, columns, category)


Maker = Callable[[Connection, Scope, Offered, list[str], str | None], Iterator[Row]]
_FAMILIES: dict[str, Maker] = {
    "balance": balance_rows,
    "activity": activity_rows,
    "ending": activity_rows,
    "journal": journal_rows,
}


def _keep(uow: UnitOfWork, id: str, content: bytes, size: int) -> None:
    run = uow.find(ReportRun, id)
    if run is None or run.status != "pending":
        return
    run.result = made_file(uow, content, filename=f"{id}.csv", purpose=PURPOSE, size=size)
    run.status, run.succeeded_at = "succeeded", uow.now
    uow.emit("reporting.report_run.succeeded", run)


def _fail(uow: UnitOfWork, id: str) -> None:
    run = uow.find(ReportRun, id)
    if run is not None and run.status == "pending":
        run.status, run.error = "failed", FAILED
        uow.emit("reporting.report_run.failed", run)
