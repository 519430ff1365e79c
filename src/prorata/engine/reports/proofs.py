"""Report proofs: what the reports divide over lines is what the ledger says in whole."""

from collections.abc import Iterator

from prorata.engine.doctor import PAGE, check
from prorata.engine.reports.close import figures_of
from prorata.engine.reports.closings import standing
from prorata.engine.reports.entries import posting_entries
from prorata.engine.reports.postings import INCOME, billed
from prorata.engine.reports.scope import Scope
from prorata.engine.reports.subscribers import subscribers
from prorata.engine.runtime import System
from prorata.model.ids import second_of
from prorata.resources.reporting.accounting_period import AccountingPeriod, PeriodFigures
from prorata.rules import accounts
from prorata.rules.mrr import Window
from prorata.store.books import all_books
from prorata.store.connection import Connection

# Beyond the time of all books.
END = 1 << 40


@check("What invoices' lines are worth is what the ledger says was earned, deferred and taken back")
def lines_make_the_ledger(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every posting on an invoice: its parts by lines make it, account by account."""
    for book in all_books(connection):
        for invoices in billed(connection, Scope(book.key, 0, END)):
            for each in invoices:
                for posting in each.postings:
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


@check("Every ledger posting is of the time at which it was made")
def postings_keep_their_time(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every line of the ledger: its time is its id's.

    The reports count it in the month of its time, and sums over all time see no other one.
    """
    last = (-1, "", -1)
    while True:
        rows = connection.query(
            "SELECT book, id, line, posted_at FROM ledger WHERE (book, id, line) > (?, ?, ?)"
            f" ORDER BY book, id, line LIMIT {PAGE}",
            last,
        )
        for _, id, _, posted_at in rows:
            made = second_of(id)
            problem = f"{id}: was made at {made} and is posted at {posted_at}"
            yield None if posted_at == made else problem
        if len(rows) < PAGE:
            return
        last = rows[-1][:3]


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
