"""Types: which of Stripe's reports can be run, and of which time there is data for them."""

from typing import Any

from prorata.model.errors import InvalidRequest, NotSupported
from prorata.model.operation import Inline, operation
from prorata.resources.reporting.catalog import OFFERED, Offered, why_not
from prorata.resources.reporting.report_type import ReportType

# Nothing in the books is older, unless a test clock was set so.
EARLIEST = 1_293_840_000


@operation("GET /v1/reporting/report_types")
def list_types(tx: Any) -> Inline[ReportType]:
    """List every report that can be run."""
    available = available_in(tx)
    return Inline([shown(tx, each, available) for each in OFFERED.values()])


@operation("GET /v1/reporting/report_types/{id}")
def retrieve(tx: Any, id: str) -> ReportType:
    """Return one kind of report."""
    return shown(tx, offered(id, "report_type", 404), available_in(tx))


def offered(report_type: str, param: str, status: int = 400) -> Offered:
    """Return a report by its id; raise NotSupported or InvalidRequest where it is not made."""
    found = OFFERED.get(report_type)
    if found is not None:
        return found
    reason = why_not(report_type)
    if reason is not None:
        raise NotSupported(
            f"The report type {report_type} is not offered: {reason}.", param=param, status=status
        )
    raise InvalidRequest(
        f"No such report type: '{report_type}'", param=param, code="resource_missing",
        status=status,
    )  # fmt: skip


def available_in(tx: Any) -> tuple[int, int]:
    """Return of which time there is data: [start, end] in seconds UTC."""
    first, last = (
        tx.connection.query(
            f"SELECT posted_at FROM ledger WHERE book = ? ORDER BY id {order} LIMIT 1",
            (tx.book.key,),
        )
        for order in ("ASC", "DESC")
    )
    start = min(EARLIEST, *(at for (at,) in first)) if first else EARLIEST
    return start, max(tx.now, *(at + 1 for (at,) in last)) if last else tx.now


def shown(tx: Any, each: Offered, available: tuple[int, int]) -> ReportType:
    """Return a kind of report with the time of which there is data."""
    return ReportType(
        id=each.id,
        data_available_end=available[1],
        data_available_start=available[0],
        default_columns=list(each.default_columns),
        livemode=tx.book.livemode,
        name=each.name,
        updated=available[1],
        version=each.version,
    )
