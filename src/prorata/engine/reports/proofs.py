"""Report proofs: what the reports divide over lines is what the ledger says in whole."""

from collections.abc import Iterator

from prorata.engine.doctor import check
from prorata.engine.reports.entries import posting_entries
from prorata.engine.reports.postings import INCOME, billed
from prorata.engine.reports.scope import Scope
from prorata.engine.reports.subscribers import subscribers
from prorata.engine.runtime import System
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
