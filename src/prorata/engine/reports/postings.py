"""Postings: the ledger read in batches, each posting with the invoice that it is about.

Nothing here holds more than a batch, whatever the size of the books.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from prorata.engine.reports.scope import Scope
from prorata.resources.billing.credit_note import CreditNote, CreditNotePrivate
from prorata.resources.billing.invoice import Invoice, InvoicePrivate
from prorata.rules import accounts
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.store.records import decoder

FINALIZED = "finalized"
BATCH = 500
ROWS = 5_000
# What is earned or taken back, by now or later: the accounts that recognition is about.
INCOME = frozenset(
    {account for account, kind in accounts.CHART.items() if kind in ("revenue", "contra_revenue")}
    | {accounts.DEFERRED}
)
# Postings that move an amount from one account to another, whatever lines there are.
COUNTED = ("payment counted", "refund counted")
# Unless they name one of these: then they are of the lines, earned or still deferred.
OF_LINES = frozenset({accounts.REFUNDS, accounts.DEFERRED})
# What is not paid and will not be.
LOST = ("voided", "uncollectible")
# Beyond all ids.
LAST = "~"
_COLUMNS = "id, account, amount, currency, customer, kind, object_id, memo, posted_at"


@dataclass(slots=True)
class Posting:
    """Entries that balance: account -> minor units, a debit positive. kind, document: what of."""

    id: str
    kind: str
    document: str
    customer: str | None
    currency: str
    memo: str
    at: int
    entries: dict[str, int] = field(default_factory=dict)

    @property
    def income(self) -> int:
        """Return what it adds to what is earned now or later, in minor units."""
        return -sum(amount for account, amount in self.entries.items() if account in INCOME)


@dataclass(slots=True)
class Billed:
    """An invoice with its postings, in their order, and the credit notes that they name.

    lost: what its loss took of each line, where something had been taken before. given: what the
    postings took that no note names, by their ids.
    """

    invoice: Invoice
    postings: list[Posting]
    notes: dict[str, CreditNote]
    lost: dict[str, int] | None = None
    given: dict[str, dict[str, int]] = field(default_factory=dict)


def counts_payment(posting: Posting) -> bool:
    """Return whether a posting counts money as an invoice's that was booked for itself before."""
    return posting.memo in COUNTED and not posting.entries.keys() & OF_LINES


def billed(
    connection: Connection,
    scope: Scope,
    *,
    by_customer: bool = False,
    since: str = "",
    customer: str = "",
) -> Iterator[list[Billed]]:
    """Yield batches of the finalized invoices of a scope, by their ids or by their customers.

    since: the id of the first one, in the order of ids. customer: the one after whom it begins.
    """
    pages = (
        _pages_by_customer(connection, scope, customer)
        if by_customer
        else _pages_by_id(connection, scope, since)
    )
    for rows in pages:
        found = _postings_of(connection, scope, [id for id, _, _ in rows])
        notes = _notes_of(connection, scope, found)
        facts = _facts_of(connection, scope, _taken_from(found))
        yield [
            Billed(
                decoder(Invoice).decode(text), found[id], notes.get(id, {}),
                *facts.get(id, (None, {})),
            )
            for id, _, text in rows
            if id in found
        ]  # fmt: skip


def invoices_named(connection: Connection, scope: Scope, ids: Iterable[str]) -> dict[str, Invoice]:
    """Return invoices by their ids."""
    rows = rows_of(connection, scope, "invoice", "id, document", "id", [*dict.fromkeys(ids)])
    return {id: decoder(Invoice).decode(text) for id, text in rows}


def others(
    connection: Connection, scope: Scope, *, only_income: bool = True, since: str = ""
) -> Iterator[list[Posting]]:
    """Yield batches of the postings that are of no invoice, in the order of their ids.

    since: the id of the first one. only_income: those alone that recognition is about, with no
    more than their entries for it.
    """
    conditions, values = "kind <> 'invoice'", []
    if only_income:
        among, value = connection.any_of("account", sorted(INCOME))
        conditions += f" AND {among}"
        values.append(value)
    if scope.customer is not None:
        conditions += " AND customer = ?"
        values.append(scope.customer)
    if scope.currency is not None:
        conditions += " AND currency = ?"
        values.append(scope.currency)
    after, reached = since, ">="
    while True:
        rows = connection.query(
            f"SELECT {_COLUMNS} FROM ledger WHERE book = ? AND id {reached} ? AND {conditions}"
            f" ORDER BY id, line LIMIT {ROWS}",
            (scope.book, after, *values),
        )
        if not rows:
            return
        if len(rows) == ROWS:
            # The last posting may go on beyond the page: it comes with the next one.
            last = rows[-1][0]
            rows = [row for row in rows if row[0] != last]
        after, reached = rows[-1][0], ">"
        found = [each for each in _grouped(rows) if scope.knows(each.customer)]
        if found:
            yield found


Rows = list[tuple[str, str | None, bytes]]


def _asked(scope: Scope) -> tuple[str, list[Any]]:
    where = "book = ? AND deleted = 0 AND status <> 'draft'"
    values: list[Any] = [scope.book]
    for column, value in (("clock", scope.clock), ("customer", scope.customer)):
        if value is not None:
            where += f" AND {column} = ?"
            values.append(value)
    return f"{where} AND clock IS NULL" if scope.real else where, values


def _pages_by_id(connection: Connection, scope: Scope, since: str) -> Iterator[Rows]:
    where, values = _asked(scope)
    reached = ">="
    while True:
        rows = connection.query(
            f"SELECT id, customer, document FROM {table_name('invoice')}"
            f" WHERE {where} AND id {reached} ? ORDER BY id LIMIT {BATCH}",
            (*values, since),
        )
        yield rows
        if len(rows) < BATCH:
            return
        since, reached = rows[-1][0], ">"


def _pages_by_customer(connection: Connection, scope: Scope, customer: str) -> Iterator[Rows]:
    where, values = _asked(scope)
    after = LAST
    while True:
        rows = connection.query(
            f"SELECT id, customer, document FROM {table_name('invoice')} WHERE {where}"
            " AND customer >= ? AND (customer > ? OR id > ?)"
            f" ORDER BY customer, id LIMIT {BATCH}",
            (*values, customer, customer, after),
        )
        yield rows
        if len(rows) < BATCH:
            return
        after, customer = rows[-1][0], rows[-1][1] or ""


def _postings_of(connection: Connection, scope: Scope, ids: list[str]) -> dict[str, list[Posting]]:
    if not ids:
        return {}
    among, value = connection.any_of("object_id", ids)
    condition, values = "", [scope.book, value]
    if scope.currency is not None:
        condition = " AND currency = ?"
        values.append(scope.currency)
    rows = connection.query(
        f"SELECT {_COLUMNS} FROM ledger WHERE book = ? AND {among}{condition}"
        " ORDER BY object_id, id, line",
        values,
    )
    found: dict[str, list[Posting]] = {}
    for posting in _grouped(rows):
        found.setdefault(posting.document, []).append(posting)
    return found


def rows_of(
    connection: Connection, scope: Scope, kind: str, wanted: str, column: str, among: Sequence[str]
) -> list[tuple[Any, ...]]:
    """Return some columns of the documents of a kind that have one of these values in another."""
    if not among:
        return []
    condition, value = connection.any_of(column, among)
    return connection.query(
        f"SELECT {wanted} FROM {table_name(kind)} WHERE book = ? AND {condition}",
        (scope.book, value),
    )


def _notes_of(
    connection: Connection, scope: Scope, found: dict[str, list[Posting]]
) -> dict[str, dict[str, CreditNote]]:
    """Return the credit notes of those invoices that have any, by their number.

    What a note takes back before anything of it is earned names no account of notes.
    """
    rows = rows_of(
        connection, scope, "credit_note", "document, private", "invoice", _taken_from(found)
    )
    notes: dict[str, dict[str, CreditNote]] = {}
    for text, facts in rows:
        note: CreditNote = decoder(CreditNote).decode(text)
        note.private = decoder(CreditNotePrivate).decode(facts or b"{}")
        notes.setdefault(note.invoice, {})[note.number] = note
    return notes


def _taken_from(found: dict[str, list[Posting]]) -> list[str]:
    """Return the invoices of which something was taken back."""
    return [
        id for id, postings in found.items()
        if any(each.memo != FINALIZED and each.entries.keys() & INCOME for each in postings)
    ]  # fmt: skip


def _facts_of(
    connection: Connection, scope: Scope, ids: list[str]
) -> dict[str, tuple[dict[str, int] | None, dict[str, dict[str, int]]]]:
    """Return what was taken of the lines of invoices, as far as it is remembered.

    That is what their loss took, and what each posting did that no note names.
    """
    rows = rows_of(connection, scope, "invoice", "id, private", "id", ids)
    found = {id: decoder(InvoicePrivate).decode(facts or b"{}") for id, facts in rows}
    return {
        id: (each.lost, {given.posting: given.taken for given in each.given})
        for id, each in found.items()
    }


def _grouped(rows: Iterable[tuple[Any, ...]]) -> Iterator[Posting]:
    posting: Posting | None = None
    for id, account, amount, currency, customer, kind, document, memo, at in rows:
        if posting is None or posting.id != id:
            if posting is not None:
                yield posting
            posting = Posting(id, kind, document, customer, currency, memo, at)
        posting.entries[account] = posting.entries.get(account, 0) + amount
    if posting is not None:
        yield posting
