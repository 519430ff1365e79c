"""Updated: once a day those endpoints that ask for it by name hear that there is new data."""

import msgspec

from prorata.engine.reports.types import available_in, shown
from prorata.engine.runtime import System
from prorata.model.ids import least_id
from prorata.model.transaction import Book
from prorata.resources.reporting.catalog import OFFERED
from prorata.resources.webhooks.webhook_endpoint import WebhookEndpoint
from prorata.rules.months import day_start
from prorata.store.unit_of_work import UnitOfWork

UPDATED = "reporting.report_type.updated"


def announce(system: System, book: Book) -> None:
    """Tell of every report type's new data, unless nobody asked for it or it was told today."""
    if system.read(book, _is_wanted):
        system.write(book, _tell)


def _is_wanted(uow: UnitOfWork) -> bool:
    endpoints = uow.select(WebhookEndpoint)
    if not any(UPDATED in each.enabled_events for each in endpoints):
        return False
    today = least_id("evt", day_start(uow.now))
    told = uow.connection.query(
        "SELECT 1 FROM event WHERE book = ? AND id >= ? AND type = ? AND created >= ? LIMIT 1",
        (uow.book.key, today, UPDATED, day_start(uow.now)),
    )
    return not told


def _tell(uow: UnitOfWork) -> None:
    available = available_in(uow)
    for each in OFFERED.values():
        payload = msgspec.to_builtins(shown(uow, each, available))
        uow.emit_payload(UPDATED, "reporting.report_type", each.id, payload)
