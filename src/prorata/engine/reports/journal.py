"""Journal: the books as debits and credits by month, with what is recognized in each."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from prorata.engine.reports.closings import Closings
from prorata.engine.reports.entries import Entry, other_entries, posting_entries
from prorata.engine.reports.postings import FINALIZED, INCOME, Posting, billed, others
from prorata.engine.reports.scope import Scope
from prorata.engine.reports.tables import Row, major
from prorata.engine.reports.used import Usage
from prorata.resources.reporting.catalog import Offered
from prorata.rules import accounts
from prorata.rules.months import month_name, zone
from prorata.rules.recognition import EARLIER, spread
from prorata.store.connection import Connection

# The names of the accounts in Stripe's reports.
NAMES = {account: account.title().replace("_", "") for account in accounts.CHART} | {
    accounts.RECEIVABLE: "AccountsReceivable",
    accounts.UNBILLED_RECEIVABLE: "UnbilledAccountsReceivable",
    accounts.DEFERRED: "DeferredRevenue",
    accounts.TAX: "TaxLiability",
    accounts.FX: "Fx",
}
BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Move:
    """An amount (minor units) that one account gives to another; posting, entry: what of.

    belongs_at: a second of the closed month that it belongs to, where it came too late for it.
    """

    at: int
    debit: str
    credit: str
    amount: int
    posting: Posting
    entry: Entry | None = None
    belongs_at: int | None = None


def moves(connection: Connection, scope: Scope) -> Iterator[Move]:
    """Yield all moves between accounts in a scope's span, recognition included."""
    usage = Usage(connection, scope)
    for invoices in billed(connection, scope):
        usage.prepare(invoices)
        for each in invoices:
            for posting in each.postings:
                found = list(posting_entries(each, posting, usage))
                yield from _within(scope, _posted(posting, found))
                yield from _within(scope, _recognized(scope, posting, found))
    for batch in others(connection, scope, only_income=False):
        of_others = other_entries(connection, scope, batch, usage.closings)
        about = {entry.id.partition(".")[0]: entry for entry in of_others}
        for posting in batch:
            known = about.get(posting.id)
            yield from _within(scope, _star(posting, known))
            if known is not None and accounts.DEFERRED in posting.entries:
                yield from _within(scope, _recognized(scope, posting, [known]))


def _within(scope: Scope, found: Iterable[Move]) -> Iterator[Move]:
    return (each for each in found if each.amount and scope.start <= each.at < scope.end)


def _posted(posting: Posting, found: list[Entry]) -> Iterator[Move]:
    """Yield the moves of an invoice's posting: by lines, and of what is of no line."""
    owed = accounts.RECEIVABLE
    for entry in found:
        booking, at = entry.booking, posting.at
        if posting.memo == FINALIZED:
            account = accounts.DEFERRED if booking.end > booking.start else accounts.REVENUE
            if booking.accrued:
                account = accounts.UNBILLED_RECEIVABLE
            yield Move(at, owed, account, entry.amount, posting, entry)
            continue
        earned = booking.earned_when_booked
        yield Move(at, entry.account, owed, -earned, posting, entry)
        yield Move(at, accounts.DEFERRED, owed, earned - entry.amount, posting, entry)
    for account, amount in posting.entries.items():
        if account != owed and account not in INCOME:
            yield _move(posting, account, owed, amount)


def _star(posting: Posting, entry: Entry | None) -> Iterator[Move]:
    """Yield the moves of another posting: all between its largest account and the others."""
    centre = max(posting.entries, key=lambda account: abs(posting.entries[account]))
    for account, amount in posting.entries.items():
        if account != centre:
            yield _move(posting, account, centre, amount, entry)


def _move(
    posting: Posting, account: str, other: str, amount: int, entry: Entry | None = None
) -> Move:
    if amount < 0:
        return Move(posting.at, other, account, -amount, posting, entry)
    return Move(posting.at, account, other, amount, posting, entry)


def _recognized(scope: Scope, posting: Posting, found: list[Entry]) -> Iterator[Move]:
    """Yield what is earned of entries in each month, on its last day or the span's."""
    for entry in found:
        booking = entry.booking
        if booking.end <= booking.start:
            continue
        source = accounts.UNBILLED_RECEIVABLE if booking.accrued else accounts.DEFERRED
        earned = booking.earned_when_booked if posting.memo != FINALIZED else 0
        for place, amount in spread(booking, scope.edges):
            if EARLIER < place < len(scope.edges) - 1:
                start, end = scope.edges[place : place + 2]
                if earned and start <= posting.at < end:
                    amount, earned = amount - earned, 0
                if booking.accrued and booking.belated and start <= booking.begins < end:
                    amount -= booking.belated
                    yield Move(
                        end - 1, source, accounts.REVENUE, booking.belated, posting, entry,
                        belongs_at=booking.closed_until - 1,
                    )  # fmt: skip
                yield Move(end - 1, source, accounts.REVENUE, amount, posting, entry)


def journal_rows(
    connection: Connection, scope: Scope, wanted: Offered, columns: list[str], _: str | None
) -> Iterator[Row]:
    """Yield the moves of a span, summed up by what is asked for, or one by one."""
    yield columns
    months = Months(Closings(connection, scope.book), scope.timezone)
    if wanted.by in ("by_invoice", "by_invoice_line_item"):
        for each in moves(connection, scope):
            facts = _facts(each, scope, months)
            yield [facts.get(name) or "" for name in columns]
        return
    by = wanted.by.removeprefix("by_")
    with closing(sqlite3.connect("")) as raw:
        # A file that is gone afterwards: there may be more sums than fit in memory.
        raw.execute(
            "CREATE TABLE sums (currency, at, closed, open, who, debit, credit, amount,"
            " PRIMARY KEY (currency, at, closed, open, who, debit, credit)) WITHOUT ROWID"
        )
        summed = (
            (each.posting.currency, months.of(each), *months.named(each), _who(each, by),
             NAMES[each.debit], NAMES[each.credit], each.amount)
            for each in moves(connection, scope)
        )  # fmt: skip
        while part := list(islice(summed, BATCH)):
            raw.executemany(
                "INSERT INTO sums VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
                " SET amount = amount + excluded.amount",
                part,
            )
        rows = raw.execute(
            "SELECT * FROM sums WHERE amount <> 0"
            " ORDER BY currency, at, closed, open, who, debit, credit"
        )
        for currency, _, closed, still_open, who, debit, credit, amount in rows:
            facts = {
                "accounting_period": closed, "open_accounting_period": still_open,
                "currency": currency, "debit": debit, "credit": credit,
                "amount": major(amount, currency), f"{by}_id": who,
            }  # fmt: skip
            yield [facts.get(name, "") for name in columns]


class Months:
    """Names the months of moves: closed ones, and open ones."""

    def __init__(self, closings: Closings, timezone: str) -> None:
        self._closings = closings
        self._timezone = timezone
        self._closed: dict[str | None, frozenset[str]] = {}

    def of(self, move: Move) -> str:
        """Return the month in which a move is booked."""
        return month_name(move.at, self._timezone)

    def named(self, move: Move) -> tuple[str, str]:
        """Return the closed month and the open one of a move; a correction has both."""
        invoice = move.entry.invoice if move.entry is not None else None
        clock = invoice.test_clock if invoice is not None else None
        closed = self._closed.get(clock)
        if closed is None:
            closed = self._closed[clock] = self._closings.months(clock, self._timezone)
        month = self.of(move)
        if month in closed:
            return month, ""
        belongs = move.belongs_at
        return ("" if belongs is None else month_name(belongs, self._timezone)), month


def _who(move: Move, by: str) -> str:
    """Return the customer, product or price that a move is of; empty for none, or for all."""
    line = move.entry.line if move.entry is not None else None
    if by == "customer":
        return move.posting.customer or ""
    if line is None or by == "summary":
        return ""
    return (line.product if by == "product" else line.price) or ""


def _facts(move: Move, scope: Scope, months: Months) -> dict[str, Any]:
    posting, entry = move.posting, move.entry
    invoice = entry.invoice if entry is not None else None
    line = entry.line if entry is not None else None
    parent = line.parent if line is not None else None
    details = parent and (parent.subscription_item_details or parent.invoice_item_details)
    invoice_id = invoice.id if invoice is not None else None
    if posting.kind == "invoice":
        invoice_id = posting.document
    kinds = {"charge": "charge_id", "refund": "refund_id", "dispute": "dispute_id"}
    named = {kinds[posting.kind]: posting.document} if posting.kind in kinds else {}
    closed, still_open = months.named(move)
    return {
        "accounting_period": closed,
        "open_accounting_period": still_open,
        "currency": posting.currency,
        "transaction_model_id": line.id if line is not None else posting.document,
        "debit": NAMES[move.debit],
        "credit": NAMES[move.credit],
        "booked_date": f"{datetime.fromtimestamp(move.at, zone(scope.timezone)):%Y-%m-%d}",
        "amount": major(move.amount, posting.currency),
        "invoice_id": invoice_id,
        "invoice_number": invoice.number if invoice is not None else None,
        "invoice_line_item_id": line.id if line is not None else None,
        "invoice_item_id": line.invoice_item if line is not None else None,
        "subscription_item_id": line.subscription_item if line is not None else None,
        "price_id": line.price if line is not None else None,
        "product_id": line.product if line is not None else None,
        "customer_id": posting.customer,
        "subscription_id": details.subscription if details else None,
        "presentment_currency": posting.currency,
        "presentment_amount": major(move.amount, posting.currency),
        **named,
    }
