"""Standing: proves that documents stand in their tables as they are, and that each is there."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from prorata.engine.doctor import PAGE, check
from prorata.engine.runtime import System
from prorata.model.ids import bucket_of
from prorata.model.resource import REGISTRY, ResourceSpec
from prorata.store.connection import Connection
from prorata.store.due import still_aside
from prorata.store.names import table_name
from prorata.store.records import PLUMBING, Record

DELETED = PLUMBING.index("deleted")
# An event with a payload is about what is not kept, such as an upcoming invoice.
NAMING = {
    "the ledger": "SELECT book, kind, object_id FROM ledger",
    "an event": "SELECT book, kind, object_id FROM event WHERE payload IS NULL",
}
# Who they are of is known as they are made, and never changes: their ids end in its bucket.
BORN_TO = frozenset({
    "balance_transaction", "billing.credit_balance_transaction", "billing.credit_grant",
    "credit_note", "customer_balance_transaction", "customer_cash_balance_transaction", "dispute",
    "invoice", "invoiceitem", "prorata.usage_billing", "prorata.usage_watch", "subscription",
    "subscription_schedule", "tax_id",
})  # fmt: skip


@check("Every document stands in its table as it is")
def rows_match(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every document: it can be read, and its row says the same of it as it does.

    Of what is deleted, the ledger has taken back whatever it had posted.
    """
    aside = {(each.book, each.id) for each in still_aside(connection)}
    for spec in REGISTRY.values():
        names = (*PLUMBING, "book", "bucket", "due_at", *(each.name for each in spec.columns))
        after: tuple[Any, ...] = (-1, "")
        while rows := _page(connection, spec, names, after):
            after = (rows[-1][len(PLUMBING)], rows[-1][0])
            for row in rows:
                yield _row_problem(spec, row, aside)
            gone = ((row[len(PLUMBING)], row[0]) for row in rows if row[DELETED])
            for id, account in _still_posted(connection, gone):
                yield f"{id}: is deleted, and the ledger has it in {account}"


def _page(
    connection: Connection, spec: ResourceSpec, names: tuple[str, ...], after: tuple[Any, ...]
) -> list[tuple[Any, ...]]:
    listed = ", ".join(f'"{name}"' for name in names)
    return connection.query(
        f"SELECT {listed} FROM {table_name(spec.kind)}"
        f" WHERE (book, id) > (?, ?) ORDER BY book, id LIMIT {PAGE}",
        after,
    )


def _row_problem(
    spec: ResourceSpec, row: tuple[Any, ...], aside: set[tuple[int, str]]
) -> str | None:
    id, (book, bucket, due_at, *columns) = row[0], row[len(PLUMBING) :]
    try:
        record = Record.from_row(spec, row[: len(PLUMBING)])
    except msgspec.DecodeError as error:
        return f"{id}: the {spec.kind} cannot be read ({error})"
    if record.document.id != id:
        return f"{id}: the {spec.kind} says that it is {record.document.id}"
    created = getattr(record.document, "created", record.created)
    if record.created != created:
        return f"{id}: was created at {created}, its row says {record.created}"
    if bucket != bucket_of(record.document.beside()):
        return f"{id}: its row is in the bucket {bucket}, which is not its own"
    if spec.kind in BORN_TO:
        owner = spec.owner(record.document)
        if owner and bucket != bucket_of(owner):
            return f"{id}: is of {owner}, for whom it was not made"
    for column, found, expected in zip(spec.columns, columns, record.columns(), strict=True):
        # What was taken back has left the place of its unique values to others.
        left = column.unique and record.deleted and found is None
        if found != expected and not left:
            return f"{id}: its row has {found} as `{column.name}`, itself {expected}"
    if spec.due is None or (book, id) in aside:
        return None
    due = None if record.deleted else spec.due(record.document)
    return None if due_at == due else f"{id}: is due at {due}, its row waits for {due_at}"


def _still_posted(
    connection: Connection, gone: Iterable[tuple[int, str]]
) -> Iterator[tuple[str, str]]:
    """Yield which of these deleted documents the ledger still counts, with the account."""
    ids: dict[int, list[str]] = defaultdict(list)
    for book, id in gone:
        ids[book].append(id)
    for book, among in ids.items():
        condition, value = connection.any_of("object_id", among)
        yield from connection.query(
            f"SELECT object_id, account FROM ledger WHERE book = ? AND {condition}"
            " GROUP BY object_id, account HAVING SUM(amount) <> 0",
            (book, value),
        )


@check("Every document that the ledger or an event names is there")
def named_exist(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield what is named and not there, and nothing else."""
    for kind in REGISTRY:
        for who, named in NAMING.items():
            rows = connection.query(
                f"SELECT DISTINCT n.object_id FROM ({named}) n LEFT JOIN {table_name(kind)} d"
                " ON d.book = n.book AND d.id = n.object_id WHERE n.kind = ? AND d.id IS NULL",
                (kind,),
            )
            yield from (f"{id}: {who} names it, and there is none" for (id,) in rows)
