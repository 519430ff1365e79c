"""Searching: clauses of the query language as SQL over columns and documents."""

from dataclasses import dataclass
from typing import Any

from prorata.model.resource import Resource, ResourceSpec
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.wire.pagination import SearchPage
from prorata.wire.search import Clause, next_page, page_start, parse_search

MOST_COUNTED = 10_000
# Fields that the query language calls otherwise than the document.
CALLED = {
    "last_finalization_error_code": "last_finalization_error.code",
    "last_finalization_error_type": "last_finalization_error.type",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A page of search results."""

    documents: list[bytes]
    next_page: str | None
    total_count: int | None


def read_search(
    connection: Connection, book: int, cls: type[Resource], page: SearchPage, count: bool
) -> Found:
    """Return a page of the documents that a query finds; raise InvalidRequest for a bad query."""
    spec = cls.spec
    noun = (spec.path or spec.kind).rsplit("/", 1)[-1]
    query = parse_search(page.query, spec.search, resource=noun)
    clauses, parameters = [], []
    for clause in query.clauses:
        sql, values = _clause(connection.dialect, spec, clause)
        clauses.append(sql)
        parameters += values
    joined = (" OR " if query.any_of else " AND ").join(clauses)
    where = f"book = ? AND deleted = 0 AND clock IS NULL AND ({joined})"
    table = table_name(spec.kind)
    total = None
    if count:
        total = connection.query(
            f"SELECT COUNT(*) FROM (SELECT 1 AS one FROM {table} WHERE {where}"
            f" LIMIT {MOST_COUNTED}) AS found",
            (book, *parameters),
        )[0][0]
    if page.page is not None:
        where += " AND id < ?"
        parameters.append(page_start(page.page, page.query))
    rows = connection.query(
        f"SELECT id, document FROM {table} WHERE {where} ORDER BY id DESC LIMIT {page.limit + 1}",
        (book, *parameters),
    )
    shown = rows[: page.limit]
    more = next_page(shown[-1][0], page.query) if len(rows) > page.limit else None
    return Found([text.encode() for _, text in shown], more, total)


def _clause(dialect: str, spec: ResourceSpec, clause: Clause) -> tuple[str, list[Any]]:
    value, values = _expression(dialect, spec, clause)
    if clause.value is None:
        sql = f"{value} IS {'NOT ' if clause.negated else ''}NULL"
        return sql, values
    if clause.type == "number":
        cast = "NUMERIC" if dialect == "postgresql" else "REAL"
        operator = "=" if clause.operator == ":" else clause.operator
        number = clause.value if isinstance(clause.value, int) else str(clause.value)
        sql, wanted = f"CAST({value} AS {cast}) {operator} CAST(? AS {cast})", [number]
    elif clause.operator == "~":
        escaped = str(clause.value).lower()
        for special in "\\%_":
            escaped = escaped.replace(special, "\\" + special)
        sql, wanted = f"lower({value}) LIKE ? ESCAPE '\\'", [f"%{escaped}%"]
    elif clause.type == "string":
        sql, wanted = f"lower({value}) = ?", [str(clause.value).lower()]
    else:
        sql, wanted = f"{value} = ?", [_token(clause.value)]
    if clause.negated:
        # What has no such value is not equal to it either.
        sql = f"({value} IS NULL OR NOT {sql})"
        return sql, [*values, *values, *wanted]
    return sql, [*values, *wanted]


def _token(value: Any) -> str:
    return str(value)


def _expression(dialect: str, spec: ResourceSpec, clause: Clause) -> tuple[str, list[Any]]:
    if clause.type == "metadata":
        if dialect == "postgresql":
            return "(document::json -> 'metadata' ->> ?)", [clause.key]
        return "(SELECT value FROM json_each(document, '$.metadata') WHERE key = ?)", [clause.key]
    for column in spec.columns:
        if column.name == clause.field.replace(".", "_"):
            if column.type == "boolean":
                return f"CASE \"{column.name}\" WHEN 1 THEN 'true' WHEN 0 THEN 'false' END", []
            return f'"{column.name}"', []
    if clause.field == "created":
        return "created", []
    path = CALLED.get(clause.field, clause.field).split(".")
    if dialect == "postgresql":
        return f"(document::json #>> '{{{','.join(path)}}}')", []
    extracted = f"json_extract(document, '$.{'.'.join(path)}')"
    kind = f"json_type(document, '$.{'.'.join(path)}')"
    return f"CASE {kind} WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE {extracted} END", []
