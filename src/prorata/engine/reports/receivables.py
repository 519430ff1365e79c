"""Receivables: what customers owe at a second, by how long it has been due."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from prorata.engine.reports.scope import Scope
from prorata.model.difference import walk_back
from prorata.rules.ageing import BUCKETS, Bucket, bucket, days_overdue
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.store.records import plain

BATCH = 500
LAST = "~"
# When an invoice that is owed no more stopped being owed.
_ENDED = {"paid": "paid_at", "void": "voided_at", "uncollectible": "marked_uncollectible_at"}


@dataclass(frozen=True, slots=True)
class Owed:
    """An open invoice: what is left of it (minor units), since when it is due, and its bucket."""

    invoice: str
    number: str | None
    customer: str | None
    currency: str
    amount: int
    finalized_at: int
    due_at: int
    days_overdue: int
    bucket: Bucket


@dataclass(slots=True)
class Ages:
    """What is owed in one currency, by one customer or by all, in each bucket (minor units)."""

    amounts: dict[Bucket, int]
    invoices: dict[Bucket, int]

    @classmethod
    def none(cls) -> "Ages":
        return cls(dict.fromkeys(BUCKETS, 0), dict.fromkeys(BUCKETS, 0))

    def add(self, owed: Owed) -> None:
        self.amounts[owed.bucket] += owed.amount
        self.invoices[owed.bucket] += 1

    @property
    def total(self) -> int:
        return sum(self.amounts.values())


def owed_at(
    connection: Connection,
    scope: Scope,
    at: int,
    *,
    now: int,
    since: str | None = None,
    after: str = "",
) -> Iterator[Owed]:
    """Yield the invoices that were open at a second, customer by customer.

    now: the present second of what the scope is about; an earlier one is looked up in the history.
    since: the invoice with which it begins; after: the customer after whom it does.
    """
    past = at < now
    seen = since is None
    customer = after if since is None else _customer_of(connection, scope, since)
    for rows in _pages(connection, scope, past, customer, LAST if after else ""):
        documents = [plain(text) for (*_, text) in rows]
        if past:
            documents = [each for each in documents if _may_be_open(each, at)]
            documents = _as_they_were(connection, scope.book, documents, at)
        for invoice in documents:
            owed = _owed(invoice, at)
            seen = seen or invoice["id"] == since
            if seen and owed is not None and scope.currency in (None, owed.currency):
                yield owed


def _customer_of(connection: Connection, scope: Scope, invoice: str) -> str:
    """Return whose an invoice is; beyond everybody where there is no such invoice."""
    rows = connection.query(
        f"SELECT customer FROM {table_name('invoice')} WHERE book = ? AND id = ?",
        (scope.book, invoice),
    )
    return (rows[0][0] or "") if rows else LAST


def _owed(invoice: dict[str, Any], at: int) -> Owed | None:
    finalized = invoice["status_transitions"]["finalized_at"]
    if invoice["status"] != "open" or finalized is None or finalized > at:
        return None
    if not invoice["amount_remaining"]:
        return None
    due = invoice["due_date"] or finalized
    return Owed(
        invoice=invoice["id"],
        number=invoice["number"],
        customer=invoice["customer"],
        currency=invoice["currency"],
        amount=invoice["amount_remaining"],
        finalized_at=finalized,
        due_at=due,
        days_overdue=days_overdue(due, at),
        bucket=bucket(due, at),
    )


def _may_be_open(invoice: dict[str, Any], at: int) -> bool:
    """Return whether an invoice was open at a second, as far as it shows that itself."""
    moments = invoice["status_transitions"]
    finalized = moments["finalized_at"]
    if finalized is None or finalized > at:
        return False
    # One that was given up may have been paid since: the first of both counts.
    ends = [moments[name] for name in _ENDED.values() if moments[name] is not None]
    return invoice["status"] == "open" or not ends or min(ends) > at


def _as_they_were(
    connection: Connection, book: int, documents: list[dict[str, Any]], at: int
) -> list[dict[str, Any]]:
    """Return invoices in the forms that they had at a second."""
    if not documents:
        return []
    among, value = connection.any_of("object_id", [each["id"] for each in documents])
    rows = connection.query(
        f"SELECT object_id, patch FROM history WHERE book = ? AND {among} AND changed_at > ?"
        " ORDER BY object_id, revision DESC",
        (book, value, at),
    )
    forms = {each["id"]: each for each in documents}
    for id, patch in rows:
        forms[id] = walk_back(forms[id], plain(patch))
    return list(forms.values())


def _pages(
    connection: Connection, scope: Scope, past: bool, customer: str, after: str
) -> Iterator[list[tuple[Any, ...]]]:
    where = "book = ? AND deleted = 0"
    where += " AND status <> 'draft'" if past else " AND status = 'open'"
    values: list[Any] = [scope.book]
    for column, value in (("clock", scope.clock), ("customer", scope.customer)):
        if value is not None:
            where += f" AND {column} = ?"
            values.append(value)
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
        after, customer = rows[-1][0], rows[-1][1]
