"""Opened: the documents that a figure of a report comes from, page by page."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from msgspec import UNSET, UnsetType

from prorata.engine.reports.answers import change_shown, entry_shown, owed_shown
from prorata.engine.reports.growth import Moved, moved, standing
from prorata.engine.reports.own import (
    MrrReportParams,
    ReportParams,
    Subtracted,
    moment_of,
)
from prorata.engine.reports.receivables import owed_at
from prorata.engine.reports.revenue import Measure, Opened, opened
from prorata.engine.reports.scope import Scope, scope_of, whole_days
from prorata.engine.reports.subscribers import Subscriber
from prorata.model.errors import InvalidRequest, no_such
from prorata.model.ids import least_id
from prorata.model.operation import operation
from prorata.model.pages import Excerpt, Page
from prorata.model.params import Params, given, value_or
from prorata.resources.reporting.own import (
    MrrChange,
    MrrSubscriber,
    OwedInvoice,
    RevenueEntry,
)
from prorata.rules import accounts
from prorata.rules.ageing import Bucket
from prorata.rules.months import day_after, month_after, parse_month
from prorata.rules.mrr import Movement
from prorata.store.connection import Connection
from prorata.store.unit_of_work import UnitOfWork

T = TypeVar("T")

# What is posted of an invoice when money goes back to its payer, or comes back from him.
OF_CHARGES = frozenset({"refund", "refund failed", "dispute opened", "dispute won"})


class RevenueEntriesParams(ReportParams, kw_only=True):
    """month: in place of an interval, such as 2026-01; booked: the month it was booked in."""

    booked: str | UnsetType = UNSET
    measure: Measure | UnsetType = UNSET
    month: str | UnsetType = UNSET
    product: str | UnsetType = UNSET


class MrrChangesParams(MrrReportParams, kw_only=True):
    month: str | UnsetType = UNSET
    movement: Movement | UnsetType = UNSET


class MrrSubscribersParams(Params, kw_only=True):
    """at: the end of the day of this second counts; the present one by default."""

    at: int | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    customer: str | UnsetType = UNSET
    discounts: Subtracted | UnsetType = UNSET
    test_clock: str | UnsetType = UNSET
    timezone: str | UnsetType = UNSET


class OwedInvoicesParams(Params, kw_only=True):
    at: int | UnsetType = UNSET
    bucket: Bucket | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    customer: str | UnsetType = UNSET
    test_clock: str | UnsetType = UNSET


@operation("GET /v1/prorata/reports/revenue/entries")
def list_entries(tx: UnitOfWork, params: RevenueEntriesParams, page: Page) -> Excerpt[RevenueEntry]:
    """List the invoice lines, credit notes, refunds … that a figure of revenue comes from."""
    scope = _of_month(scope_of(tx, params), params.month)
    booked = None
    if given(params.booked):
        start = _month(params.booked, scope.timezone, "booked")
        booked = (start, month_after(start, scope.timezone))
    found = excerpt(
        lambda since: opened(
            tx.connection, scope, value_or(params.measure, "recognized"), booked=booked,
            since=since,
        ),
        page, lambda each: each.entry.id,
    )  # fmt: skip
    causes = _causes(tx.connection, scope, found.items)
    shown = [entry_shown(each, causes.get(_posting_of(each))) for each in found.items]
    return Excerpt(shown, found.more, found.total)


@operation("GET /v1/prorata/reports/mrr/changes")
def list_changes(tx: UnitOfWork, params: MrrChangesParams, page: Page) -> Excerpt[MrrChange]:
    """List the changes of customers' MRR that a movement comes from, with what caused them."""
    scope = _of_month(scope_of(tx, params), params.month)
    found = excerpt(
        lambda since: moved(
            tx.connection, scope, value_or(params.discounts, "forever"),
            movement=value_or(params.movement, None), since=since,
        ),
        page, lambda each: each.id,
    )  # fmt: skip
    events = _events(tx.connection, scope, found.items)
    shown = [change_shown(each, events) for each in found.items]
    return Excerpt(shown, found.more, found.total)


@operation("GET /v1/prorata/reports/mrr/subscribers")
def list_subscribers(
    tx: UnitOfWork, params: MrrSubscribersParams, page: Page
) -> Excerpt[MrrSubscriber]:
    """List the customers whose MRR makes the whole at the end of a day."""
    scope = scope_of(tx, params)
    if given(params.at):
        scope = replace(scope, start=params.at, end=params.at + 1)
    _, end = whole_days(scope)
    discounts = value_or(params.discounts, "forever")

    def since(id: str | None) -> Iterator[MrrSubscriber]:
        customer, _, currency = (id or "").partition(".")
        for each, level in standing(tx.connection, scope, discounts, since=customer):
            if (each.customer, each.currency) >= (customer, currency):
                yield _subscriber(each, level, end)

    return excerpt(since, page, lambda each: each.id)


@operation("GET /v1/prorata/reports/receivables/invoices")
def list_owed(tx: UnitOfWork, params: OwedInvoicesParams, page: Page) -> Excerpt[OwedInvoice]:
    """List the open invoices that an amount owed comes from."""
    scope, at, now = moment_of(tx, params)
    found = excerpt(
        lambda since: (
            owed
            for owed in owed_at(tx.connection, scope, at, now=now, since=since)
            if params.bucket in (UNSET, owed.bucket)
        ),
        page, lambda each: each.invoice,
    )  # fmt: skip
    return Excerpt([owed_shown(each) for each in found.items], found.more, found.total)


def excerpt(
    found: Callable[[str | None], Iterator[T]], page: Page, id_of: Callable[[T], str]
) -> Excerpt[T]:
    """Return a page of what is found one by one; no more than a page of it is in hand.

    found: gives all, or those from the one with an id on. Raises NotFound for an unknown cursor.
    """
    items = found(page.starting_after)
    if page.starting_after is not None:
        first = next(items, None)
        if first is None or id_of(first) != page.starting_after:
            raise no_such("object", page.starting_after, param="starting_after", status=400)
    page.check()
    total = sum(1 for _ in found(None)) if page.total_count else None
    if page.ending_before is not None:
        before: deque[T] = deque(maxlen=page.limit + 1)
        for each in items:
            if id_of(each) == page.ending_before:
                more = len(before) > page.limit
                return Excerpt(list(before)[-page.limit :], more, total)
            before.append(each)
        raise no_such("object", page.ending_before, param="ending_before", status=400)
    kept = list(islice(items, page.limit + 1))
    return Excerpt(kept[: page.limit], len(kept) > page.limit, total)


def _of_month(scope: Scope, month: str | UnsetType) -> Scope:
    """Return the scope, or the part of it that is asked for by its month."""
    if not given(month):
        return scope
    start = _month(month, scope.timezone, "month")
    return replace(scope, start=start, end=month_after(start, scope.timezone))


def _month(text: str, timezone: str, param: str) -> int:
    try:
        return parse_month(text, timezone)
    except (ValueError, OverflowError):
        raise InvalidRequest(
            f"Invalid month: {text}. Use a year and a month, such as 2026-01.", param=param
        ) from None


def _subscriber(subscriber: Subscriber, level: int, end: int) -> MrrSubscriber:
    subscriptions: dict[str, int] = {}
    for step in subscriber.steps:
        if step.at < end:
            subscriptions[step.subscription] = step.after
    return MrrSubscriber(
        id=f"{subscriber.customer}.{subscriber.currency}",
        currency=subscriber.currency,
        customer=subscriber.customer,
        mrr=level,
        subscriptions={id: amount for id, amount in subscriptions.items() if amount},
    )


def _posting_of(opened: Opened) -> str:
    return opened.entry.id.partition(".")[0]


def _causes(
    connection: Connection, scope: Scope, found: list[Opened]
) -> dict[str, tuple[str, str]]:
    """Return the (kind, id) of the refunds and disputes that took something off an invoice.

    Their cash is posted of themselves, with the same amount: right after what it takes off the
    invoice or, where a note counts a refund that failed, right before.
    """
    causes: dict[str, tuple[str, str]] = {}
    for each in found:
        entry, posting = each.entry, _posting_of(each)
        if entry.kind != "invoice" or entry.memo not in OF_CHARGES or posting in causes:
            continue
        second = entry.booking.booked_at
        rows = connection.query(
            "SELECT id, kind, object_id, amount FROM ledger WHERE book = ? AND id >= ? AND id < ?"
            " AND memo = ? AND customer = ? AND account = ? ORDER BY id",
            (
                scope.book, least_id("lt", second), least_id("lt", second + 1), entry.memo,
                entry.customer, accounts.RECEIVABLE,
            ),
        )  # fmt: skip
        taken = [amount for id, _, _, amount in rows if id == posting]
        moved = [row for row in rows if row[1] != "invoice"]
        moved = [row for row in moved if -row[3] in taken] or moved
        if moved:
            _, kind, document, _ = next((row for row in moved if row[0] > posting), moved[-1])
            causes[posting] = (kind, document)
    return causes


def _events(connection: Connection, scope: Scope, found: list[Moved]) -> dict[tuple[str, int], str]:
    """Return the events that told of the steps, where they are kept, by what they are about."""
    told: dict[tuple[str, int], str] = {}
    for change in found:
        ids = {step.subscription for step in change.steps}
        among, value = connection.any_of("object_id", ids)
        first = min(step.at for step in change.steps)
        rows = connection.query(
            f"SELECT id, object_id, revision FROM event WHERE book = ? AND id >= ? AND id < ?"
            f" AND {among} AND kind = 'subscription' ORDER BY id",
            (
                scope.book, least_id("evt", first),
                least_id("evt", day_after(first, scope.timezone)), value,
            ),
        )  # fmt: skip
        for id, subscription, revision in rows:
            told.setdefault((subscription, revision), id)
    return told
