"""Tables: one per kind of document, derived from the register, and the few that serve them all."""

from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.types import TypeEngine

from prorata.model.resource import REGISTRY, ResourceSpec
from prorata.store.names import table_name

# Ids sort by their bytes: their first characters are their time.
Id = String().with_variant(String(collation="C"), "postgresql")
SQL_TYPES: dict[str, TypeEngine[Any] | type[TypeEngine[Any]]] = {
    "text": Text().with_variant(Text(collation="C"), "postgresql"),
    "integer": BigInteger,
    "boolean": SmallInteger,
}


def document_table(spec: ResourceSpec, metadata: MetaData) -> Table:
    """Describe the table of a kind: its key, what the plumbing needs, its columns, its text."""
    name = table_name(spec.kind)
    columns: list[Column[Any]] = [
        Column("book", Integer, primary_key=True, autoincrement=False),
        Column("id", Id, primary_key=True),
        Column("revision", Integer, nullable=False),
        Column("created", BigInteger, nullable=False),
        Column("bucket", SmallInteger, nullable=False),
        Column("clock", Id),
        Column("due_at", BigInteger),
        Column("deleted", SmallInteger, nullable=False, server_default=text("0")),
    ]
    columns += [Column(each.name, SQL_TYPES[each.type]) for each in spec.columns]
    columns += [Column("document", Text, nullable=False), Column("private", Text)]
    indexes: list[Index] = []
    for each in spec.columns:
        if each.unique:
            indexes.append(Index(f"u_{name}_{each.name}", "book", each.name, unique=True))
        elif each.index:
            indexes.append(Index(f"i_{name}_{each.name}", "book", each.name, "id"))
        elif each.common is not None:
            others = text(f"{each.name} <> '{each.common}'")
            indexes.append(
                Index(f"i_{name}_{each.name}", "book", each.name, "id", sqlite_where=others,
                      postgresql_where=others)
            )  # fmt: skip
    if spec.chosen_ids:
        indexes.append(Index(f"i_{name}_created", "book", "created", "id"))
    if spec.due is not None:
        waiting = text("due_at IS NOT NULL")
        indexes.append(
            Index(
                f"i_{name}_due",
                "clock",
                "due_at",
                "bucket",
                sqlite_where=waiting,
                postgresql_where=waiting,
            )
        )
    return Table(name, metadata, *columns, *indexes)


def search_tables(metadata: MetaData) -> None:
    """Describe where documents stand that have a value which is searched for."""
    Table(
        "search_term",
        metadata,
        Column("book", Integer, primary_key=True, autoincrement=False),
        Column("term", BigInteger, primary_key=True, autoincrement=False),
        Column("id", Id, primary_key=True),
        sqlite_with_rowid=False,
    )


def usage_tables(metadata: MetaData) -> None:
    """Describe what customers have used: see `store.usage`."""
    counted = BigInteger().with_variant(Integer, "sqlite")
    Table(
        "usage_series",
        metadata,
        Column("number", counted, primary_key=True),
        Column("book", Integer, nullable=False),
        Column("customer", Id, nullable=False),
        Column("meter", Id, nullable=False),
        Column("dimensions", SQL_TYPES["text"], nullable=False),
        Index("u_usage_series", "book", "customer", "meter", "dimensions", unique=True),
    )
    for name, more in (
        ("usage_fresh", []),
        ("usage_event", []),
        ("usage_canceled", [Column("canceled_at", BigInteger, nullable=False)]),
    ):
        Table(
            name,
            metadata,
            Column("series", BigInteger, primary_key=True, autoincrement=False),
            Column("timestamp", BigInteger, primary_key=True, autoincrement=False),
            Column("number", BigInteger, primary_key=True, autoincrement=False),
            Column("whole", BigInteger, nullable=False),
            Column("fraction", BigInteger, nullable=False),
            *more,
            sqlite_with_rowid=False,
        )
    for name in ("usage_fresh_identifier", "usage_identifier"):
        Table(
            name,
            metadata,
            Column("digest", Id, primary_key=True),
            Column("series", BigInteger, nullable=False),
            Column("timestamp", BigInteger, nullable=False),
            Column("number", BigInteger, nullable=False),
            Column("received", BigInteger, nullable=False),
            sqlite_with_rowid=False,
        )
    Table(
        "usage_hour",
        metadata,
        Column("series", BigInteger, primary_key=True, autoincrement=False),
        Column("hour", BigInteger, primary_key=True, autoincrement=False),
        Column("count", BigInteger, nullable=False),
        Column("whole", BigInteger, nullable=False),
        Column("fraction", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def tally_tables(metadata: MetaData) -> None:
    """Describe what was tried and how often it succeeded: see `store.tallies`."""
    Table(
        "tally",
        metadata,
        Column("book", Integer, primary_key=True, autoincrement=False),
        Column("clock", Id, primary_key=True),
        Column("name", SQL_TYPES["text"], primary_key=True),
        Column("part", SmallInteger, primary_key=True, autoincrement=False),
        Column("slot", SQL_TYPES["text"], primary_key=True),
        Column("epoch", Integer, primary_key=True, autoincrement=False),
        Column("tried", BigInteger, nullable=False),
        Column("won", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def closing_tables(metadata: MetaData) -> None:
    """Describe what closed months have of metered lines: see `store.closed_usage`."""
    Table(
        "closed_usage",
        metadata,
        Column("book", Integer, primary_key=True, autoincrement=False),
        Column("line", Id, primary_key=True),
        Column("until", BigInteger, primary_key=True, autoincrement=False),
        Column("period", Id, nullable=False),
        Column("earned", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def access_tables(metadata: MetaData) -> None:
    """Describe whose books there are, and the keys that open them."""
    Table(
        "book",
        metadata,
        Column("key", Integer, primary_key=True),
        Column("account", String, nullable=False),
        Column("livemode", SmallInteger, nullable=False),
        Index("u_book_account", "account", "livemode", unique=True),
    )
    Table(
        "api_key",
        metadata,
        Column("id", Id, primary_key=True),
        Column("digest", String, nullable=False, unique=True),
        Column("book", Integer, nullable=False),
        Column("kind", String, nullable=False),
        Column("hint", String, nullable=False),
        Column("name", String),
        Column("permissions", Text),
        Column("created", BigInteger, nullable=False),
        Column("expires_at", BigInteger),
        Column("revoked_at", BigInteger),
    )


def record_tables(metadata: MetaData) -> None:
    """Describe what is only ever added to: events, history, ledger."""
    Table(
        "event",
        metadata,
        Column("book", Integer, primary_key=True, autoincrement=False),
        Column("id", Id, primary_key=True),
        Column("type", String, nullable=False),
        Column("kind", String, nullable=False),
        Column("object_id", Id, nullable=False),
        Column("revision", Integer, nullable=False),
        Column("previous", Text),
        Column("payload", Text),
        Column("created", BigInteger, nullable=False),
        Column("recorded_at", BigInteger, nullable=False),
        Column("clock", Id),
        Column("request", String),
        Column("idempotency_key", String),
        Index("i_event_object", "book", "object_id", "id"),
    )
    Table(
        "history",
        metadata,
        Column("book", Integer, primary_key=True, autoincrement=False),
        Column("object_id", Id, primary_key=True),
        Column("revision", Integer, primary_key=True, autoincrement=False),
        Column("changed_at", BigInteger, nullable=False),
        Column("patch", Text, nullable=False),
    )
    Table(
        "ledger",
        metadata,
        Column("book", Integer, primary_key=True, autoincrement=False),
        Column("id", Id, primary_key=True),
        Column("line", SmallInteger, primary_key=True, autoincrement=False),
        Column("account", String, nullable=False),
        Column("amount", BigInteger, nullable=False),
        Column("currency", String, nullable=False),
        Column("customer", String),
        Column("kind", String, nullable=False),
        Column("object_id", Id, nullable=False),
        Column("memo", String, nullable=False),
        Column("posted_at", BigInteger, nullable=False),
        Index("i_ledger_object", "book", "object_id"),
    )


def work_tables(metadata: MetaData) -> None:
    """Describe what is on its way: deliveries, events held back, what failed, what was answered."""
    _describe_deliveries(metadata)
    Table(
        "held_events",
        metadata,
        Column("book", Integer, primary_key=True, autoincrement=False),
        Column("attempt", Id, primary_key=True),
        Column("payload", Text, nullable=False),
    )
    Table(
        "set_aside",
        metadata,
        Column("book", Integer, primary_key=True, autoincrement=False),
        Column("id", Id, primary_key=True),
        Column("kind", String, nullable=False),
        Column("due_at", BigInteger, nullable=False),
        Column("reason", Text, nullable=False),
        Column("noted_at", BigInteger, nullable=False),
    )
    Table(
        "idempotency",
        metadata,
        Column("book", Integer, primary_key=True, autoincrement=False),
        Column("key", Id, primary_key=True),
        Column("fingerprint", String, nullable=False),
        Column("request", String, nullable=False),
        Column("created", BigInteger, nullable=False),
        Column("status", Integer),
        Column("body", Text),
        Column("result", String),
    )


@cache
def schema() -> MetaData:
    """Return the description of all tables; import the resources before the first call."""
    metadata = MetaData()
    for describe in (
        access_tables, record_tables, work_tables, search_tables, usage_tables, tally_tables,
        closing_tables,
    ):  # fmt: skip
        describe(metadata)
    for spec in REGISTRY.values():
        document_table(spec, metadata)
    return metadata


def _describe_deliveries(metadata: MetaData) -> None:
    pending = text("next_attempt_at IS NOT NULL")
    ordered = text("next_attempt_at IS NOT NULL AND object IS NOT NULL")
    Table(
        "delivery",
        metadata,
        Column("event", Id, primary_key=True),
        Column("endpoint", Id, primary_key=True),
        Column("book", Integer, nullable=False),
        Column("attempts", Integer, nullable=False, server_default=text("0")),
        Column("next_attempt_at", BigInteger),
        # Real time, never frozen: until then one of several workers has it in hand.
        Column("leased_until", BigInteger),
        Column("delivered_at", BigInteger),
        Column("status", Integer),
        Column("error", Text),
        # Of endpoints that are told of an object's events in their order: which object, and where
        # the event stands among its events.
        Column("object", Id),
        Column("turn", BigInteger),
        Index(
            "i_delivery_turn",
            "endpoint",
            "object",
            "turn",
            sqlite_where=ordered,
            postgresql_where=ordered,
        ),
        Index(
            "i_delivery_next",
            "endpoint",
            "next_attempt_at",
            sqlite_where=pending,
            postgresql_where=pending,
        ),
    )
