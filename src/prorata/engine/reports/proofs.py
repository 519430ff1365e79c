"""Report proofs: what the reports divide over lines is what the ledger says in whole."""

from collections.abc import Iterable, Iterator
from typing import Any

from prorata.engine.doctor import PAGE, check
from prorata.engine.invoices.ledger import finalized_entries
from prorata.engine.reports.close import figures_of
from prorata.engine.reports.closings import standing
from prorata.engine.reports.entries import posting_entries
from prorata.engine.reports.postings import FINALIZED, INCOME, Posting, billed
from prorata.engine.reports.scope import Scope
from prorata.engine.reports.subscribers import subscribers
from prorata.engine.runtime import System
from prorata.model.ids import second_of
from prorata.model.resource import REGISTRY
from prorata.resources.billing.invoice import Invoice
from prorata.resources.reporting.accounting_period import AccountingPeriod, PeriodFigures
from prorata.rules import accounts
from prorata.rules.mrr import Window
from prorata.store.books import all_books
from prorata.store.connection import Connection
from prorata.store.names import table_name

# Beyond the time of all books.
END = 1 << 40


@check("What invoices' lines are worth is what the ledger says was earned, deferred and taken back")
def lines_make_the_ledger(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every posting on an invoice: its parts by lines make it, account by account."""
    for book in all_books(connection):
        for invoices in billed(connection, Scope(book.key, 0, END)):
            for each in invoices:
                for posting in each.postings:
                    if posting.memo == FINALIZED:
                        yield _finalized_problem(each.invoice, posting)
                        continue
                    if not posting.entries.keys() & INCOME:
                        continue
                    found = list(posting_entries(each, posting))
                    whole = sum(entry.amount for entry in found)
                    if whole != posting.income:
                        yield (
                            f"{posting.document}: {posting.memo} adds {posting.income} to what is"
                            f" billed, its lines {whole}"
                        )
                        continue
                    earned = -sum(
                        amount for account, amount in posting.entries.items()
                        if account in INCOME and account != accounts.DEFERRED
                    )  # fmt: skip
                    taken = sum(
                        entry.booking.earned_when_booked for entry in found if entry.taken_back
                    )
                    wrong = any(entry.taken_back for entry in found) and taken != earned
                    yield (
                        f"{posting.document}: {posting.memo} takes {-earned} of what was earned,"
                        f" its lines {-taken}"
                        if wrong
                        else None
                    )


def _finalized_problem(invoice: Invoice, posting: Posting) -> str | None:
    expected = finalized_entries(invoice)
    wrong = sorted(
        account
        for account in expected.keys() | posting.entries.keys()
        if posting.entries.get(account, 0) != expected.get(account, 0)
    )
    if posting.currency != invoice.currency:
        return f"{invoice.id}: is in {invoice.currency}, {posting.id} in {posting.currency}"
    problem = ", ".join(
        f"{posting.entries.get(account, 0)} of {account}, its lines {expected.get(account, 0)}"
        for account in wrong
    )
    return f"{invoice.id}: {posting.id} has {problem}" if wrong else None


@check("Every ledger posting is of the time at which it was made")
def postings_keep_their_time(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every line of the ledger: its time is its id's.

    The reports count it in the month of its time, and sums over all time see no other one.
    """
    for rows in _ledger(connection, "posted_at"):
        for _, id, _, posted_at in rows:
            made = second_of(id)
            problem = f"{id}: was made at {made} and is posted at {posted_at}"
            yield None if posted_at == made else problem


@check("Every ledger posting is of the customer of its document")
def postings_keep_their_customer(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every line of the ledger: its document is of nobody else.

    A payment may have been a guest's, whose invoice was of a customer.
    """
    for rows in _ledger(connection, "customer, kind, object_id"):
        owners: dict[tuple[int, str], str | None] = {}
        for book, kind in sorted({(row[0], row[4]) for row in rows if row[4] in REGISTRY}):
            ids = sorted({row[5] for row in rows if (row[0], row[4]) == (book, kind)})
            found = _owners(connection, book, kind, ids)
            owners |= {(book, id): customer for id, customer in found}
        for book, id, _, customer, _, document in rows:
            owner = owners.get((book, document))
            problem = f"{id}: is posted for {customer}, {document} is of {owner}"
            yield problem if owner and customer and owner != customer else None


def _ledger(connection: Connection, columns: str) -> Iterator[list[tuple[Any, ...]]]:
    """Yield pages of the ledger's lines: book, id and line, and these columns."""
    last: tuple[Any, ...] = (-1, "", -1)
    while True:
        rows = connection.query(
            f"SELECT book, id, line, {columns} FROM ledger WHERE (book, id, line) > (?, ?, ?)"
            f" ORDER BY book, id, line LIMIT {PAGE}",
            last,
        )
        yield rows
        if len(rows) < PAGE:
            return
        last = rows[-1][:3]


def _owners(
    connection: Connection, book: int, kind: str, ids: Iterable[str]
) -> list[tuple[Any, ...]]:
    """Return the ids of documents with the customers whose they are."""
    among, value = connection.any_of("d.id", ids)
    own = any(each.name == "customer" for each in REGISTRY[kind].columns)
    # A dispute is of its charge's customer.
    charge = table_name("charge")
    joined = "" if own else f" JOIN {charge} AS c ON c.book = d.book AND c.id = d.charge"
    return connection.query(
        f"SELECT d.id, {'d' if own else 'c'}.customer FROM {table_name(kind)} AS d{joined}"
        f" WHERE d.book = ? AND {among}",
        (book, value),
    )


@check("What a closed month came to stays as it was when it was closed")
def closed_months_stay(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every closed month: what was written down is what the books say now."""
    for book in all_books(connection):
        apart: dict[str | None, list[AccountingPeriod]] = {}
        for period in standing(connection, book.key):
            apart.setdefault(period.test_clock, []).append(period)
        for periods in apart.values():
            found = figures_of(connection, book.key, periods)
            for each in periods:
                now, then = plain_of(found[each.id]), plain_of(each.figures)
                held = each.status == "closing" or now == then
                yield None if held else f"{each.id}: {each.month} came to {then}, and is now {now}"


def plain_of(figures: list[PeriodFigures]) -> dict[str, list[int]]:
    """Return the figures of a month by currency, without those where there is nothing."""
    found = {
        each.currency: [each.billed, each.taken_back, each.revenue, each.contra, each.deferred]
        for each in figures
    }
    return {currency: values for currency, values in found.items() if any(values)}


@check("Every customer's monthly recurring revenue is the sum of its movements")
def movements_make_mrr(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every customer who subscribed: what its history adds up to is what it has now."""
    for book in all_books(connection):
        for each in subscribers(connection, Scope(book.key, 0, END)):
            window = Window(0, END)
            window.add(each.changes("Etc/UTC"))
            last: dict[str, int] = {}
            for step in each.steps:
                last[step.subscription] = step.after
            level = sum(last.values())
            right = window.net == window.closing == level
            yield (
                None
                if right
                else f"{each.customer}: its MRR is {level} {each.currency}, its movements make"
                f" {window.net}"
            )
