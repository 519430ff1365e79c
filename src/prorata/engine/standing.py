"""Standing: proves that documents stand in their tables as they are, and that each is there."""

from collections.abc import Iterator
from typing import Any

import msgspec

from prorata.engine.doctor import PAGE, asked_refunds, check, documents
from prorata.engine.runtime import System
from prorata.model.resource import REGISTRY, ResourceSpec
from prorata.store.connection import Connection
from prorata.store.due import still_aside
from prorata.store.names import table_name
from prorata.store.records import PLUMBING, Record

# An event with a payload is about what is not kept, such as an upcoming invoice.
NAMING = {
    "the ledger": "SELECT book, kind, object_id FROM ledger",
    "an event": "SELECT book, kind, object_id FROM event WHERE payload IS NULL",
}
# Refunds that gave nothing back.
UNDONE = ("failed", "canceled")


@check("Every document stands in its table as it is")
def rows_match(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every document: it can be read, and its row says the same of it as it does."""
    aside = {(each.book, each.id) for each in still_aside(connection)}
    for spec in REGISTRY.values():
        names = (*PLUMBING, "book", "due_at", *(each.name for each in spec.columns))
        after: tuple[Any, ...] = (-1, "")
        while rows := _page(connection, spec, names, after):
            after = (rows[-1][len(PLUMBING)], rows[-1][0])
            for row in rows:
                yield _row_problem(spec, row, aside)


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
    id, (book, due_at, *columns) = row[0], row[len(PLUMBING) :]
    try:
        record = Record.from_row(spec, row[: len(PLUMBING)])
    except msgspec.DecodeError as error:
        return f"{id}: the {spec.kind} cannot be read ({error})"
    if record.document.id != id:
        return f"{id}: the {spec.kind} says that it is {record.document.id}"
    created = getattr(record.document, "created", record.created)
    if record.created != created:
        return f"{id}: was created at {created}, its row says {record.created}"
    for column, found, expected in zip(spec.columns, columns, record.columns(), strict=True):
        # What was taken back has left the place of its unique values to others.
        left = column.unique and record.deleted and found is None
        if found != expected and not left:
            return f"{id}: its row has {found} as `{column.name}`, itself {expected}"
    if spec.due is None or (book, id) in aside:
        return None
    due = None if record.deleted else spec.due(record.document)
    return None if due_at == due else f"{id}: is due at {due}, its row waits for {due_at}"


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


@check("What was refunded of every charge came from refunds")
def refunds_match(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every charge: its refunds make what it says was refunded, but for what was let go."""
    refunded: dict[tuple[int, str], int] = {}
    for book, refund in documents(connection, "refund"):
        if refund["status"] not in UNDONE:
            key = (book, refund["charge"])
            refunded[key] = refunded.get(key, 0) + refund["amount"]
    for book, refund, _ in asked_refunds(connection):
        refunded[book, refund["charge"]] -= refund["amount"]
    for book, charge in documents(connection, "charge"):
        said, found = charge["amount_refunded"], refunded.get((book, charge["id"]), 0)
        let_go = charge["amount"] - charge["amount_captured"]
        problem = f"{charge['id']}: {said} refunded, its refunds make {found}"
        yield None if found in (said, said - let_go) else problem


@check("What was credited on every invoice came from credit notes")
def credit_notes_match(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every invoice: its credit notes make what it says was credited, before and after."""
    credited: dict[tuple[int, str], tuple[int, int]] = {}
    for book, note in documents(connection, "credit_note"):
        early, late = note["pre_payment_amount"], note["post_payment_amount"]
        if note["amount"] != early + late:
            yield f"{note['id']}: is {note['amount']}, its parts make {early + late}"
        if note["status"] == "issued":
            before, after = credited.get((book, note["invoice"]), (0, 0))
            credited[book, note["invoice"]] = (before + early, after + late)
    for book, invoice in documents(connection, "invoice"):
        said = (
            invoice["pre_payment_credit_notes_amount"],
            invoice["post_payment_credit_notes_amount"],
        )
        found = credited.get((book, invoice["id"]), (0, 0))
        problem = f"{invoice['id']}: {sum(said)} credited, its credit notes make {sum(found)}"
        yield None if said == found else problem
