"""Searching: clauses of the query language as SQL, led by an index wherever a clause has one.

A value that has a term (see `store.terms`) or an indexed column leads to the documents that have
it, newest first; what the other clauses ask is then looked up in these. Without such a clause the
documents are gone through from the newest on, between the moments that `created` is asked for.
"""

from dataclasses import dataclass, field
from typing import Any

from prorata.api.listing import alike, beginnings, id_bound, moment_in, uncommon
from prorata.model.resource import Resource, ResourceSpec
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.store.terms import CALLED, TABLE, metadata_term, presence_term, value_term
from prorata.wire.pagination import SearchPage
from prorata.wire.search import Clause, Query, next_page, page_start, parse_search

MOST_COUNTED = 10_000
# Of several terms the rarest leads; beyond this many documents they are all the same.
MOST_COMPARED = 1_000


@dataclass(slots=True)
class Way:
    """One way to documents: a term they must have, if any, and conditions with their values.

    beginning: of the ids of all of them, where those of the noun differ in it. wide: there may be
    very many.
    """

    term: int | None = None
    conditions: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    beginning: str = ""
    wide: bool = False

    def sql(self, spec: ResourceSpec, what: str, limit: int) -> str:
        """Return the query for the newest of these documents."""
        table, source = table_name(spec.kind), "d"
        tables = f"{table} AS d"
        if self.term is not None:
            # CROSS JOIN keeps SQLite to this order; to PostgreSQL it is a join like another.
            source, tables = "t", f"{TABLE} AS t CROSS JOIN {table} AS d"
        where = " AND ".join(each.replace("{source}", source) for each in self.conditions)
        return f"SELECT {what} FROM {tables} WHERE {where} ORDER BY {source}.id DESC LIMIT {limit}"


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
    start = None if page.page is None else page_start(page.page, page.query)
    ways = _ways(connection, book, spec, query)
    total = _count(connection, spec, ways) if count else None
    place = moment_in if len(beginnings(spec)) > 1 else str
    rows: dict[str, tuple[str, str]] = {}
    for way in ways:
        if start is not None:
            way.conditions.append("{source}.id < ?")
            way.values.append(way.beginning + place(start))
        sql = way.sql(spec, "d.id, d.document", page.limit + 1)
        rows.update((place(row[0]), row) for row in connection.query(sql, way.values))
    newest = [rows[each] for each in sorted(rows, reverse=True)]
    shown = newest[: page.limit]
    more = next_page(shown[-1][0], page.query) if len(newest) > page.limit else None
    return Found([text.encode() for _, text in shown], more, total)


def _count(connection: Connection, spec: ResourceSpec, ways: list[Way]) -> int:
    found: set[str] = set()
    for way in ways:
        found.update(
            id for (id,) in connection.query(way.sql(spec, "d.id", MOST_COUNTED), way.values)
        )
    return min(len(found), MOST_COUNTED)


def _ways(connection: Connection, book: int, spec: ResourceSpec, query: Query) -> list[Way]:
    """Return the ways that lead, together, to all that a query finds."""
    leads = [_leads(connection.dialect, spec, clause) for clause in query.clauses]
    asked = [_condition(connection.dialect, spec, clause) for clause in query.clauses]
    if not query.any_of:
        best = _best(connection, book, leads)
        way = Way() if best is None else leads[best] or Way()
        for place, (sql, values) in enumerate(asked):
            if place != best:
                way.conditions.append(sql)
                way.values += values
        ways = [way]
    elif all(leads):
        ways = [way for way in leads if way is not None]
    else:
        either = " OR ".join(sql for sql, _ in asked)
        ways = [Way(None, [f"({either})"], [v for _, values in asked for v in values])]
    return [each for way in ways for each in _complete(book, spec, query, way)]


def _complete(book: int, spec: ResourceSpec, query: Query, way: Way) -> list[Way]:
    """Return a way for each beginning of ids, with what holds of everything that is found.

    It stands in the book and not on a clock, and was created when all clauses say.
    """
    if way.term is not None:
        conditions = ["t.book = ?", "t.term = ?", "d.book = t.book", "d.id = t.id"]
        values = [book, way.term]
    else:
        conditions, values = ["d.book = ?"], [book]
    conditions += [*way.conditions, "d.deleted = 0", "d.clock IS NULL"]
    values += way.values
    names = beginnings(spec)
    complete = []
    for beginning in names:
        bounds, edges = _bounds(spec, beginning, query)
        if len(names) == 1:
            beginning = ""
        else:
            more, others = alike(beginning, "{source}.id")
            bounds, edges = bounds + more, edges + others
        complete.append(Way(way.term, conditions + bounds, values + edges, beginning))
    return complete


def _best(connection: Connection, book: int, leads: list[Way | None]) -> int | None:
    """Return which clause leads: one with an indexed column, or the one with the rarest term."""
    found = [(place, way) for place, way in enumerate(leads) if way is not None]
    if len(found) < 2:
        return found[0][0] if found else None

    def cost(candidate: tuple[int, Way]) -> int:
        term = candidate[1].term
        if term is None:
            return MOST_COMPARED if candidate[1].wide else 0
        number: int = connection.query(
            f"SELECT COUNT(*) FROM (SELECT 1 AS one FROM {TABLE} WHERE book = ? AND term = ?"
            f" LIMIT {MOST_COMPARED}) AS found",
            (book, term),
        )[0][0]
        return number

    return min(found, key=cost)[0]


def _leads(dialect: str, spec: ResourceSpec, clause: Clause) -> Way | None:
    """Return the way that an index opens to all that meets a clause; None where there is none."""
    if clause.negated or clause.value is None:
        return None
    if clause.type in ("metadata", "number"):
        if clause.type == "metadata":
            term: int | None = metadata_term(spec, clause.key or "", str(clause.value))
        else:
            term = presence_term(spec, clause.field)
        if term is None:
            return None
        sql, values = _condition(dialect, spec, clause)
        return Way(term, [sql], [*values])
    if clause.operator != ":":
        return None
    value = str(clause.value)
    if others := uncommon(spec, clause.field, value):
        return Way(None, [f'd."{clause.field}" = ?', *others], [value], wide=True)
    for column in spec.columns:
        exact = column.folded or clause.type == "token"
        if column.name == clause.field and (column.index or column.unique) and exact:
            value = value.upper() if column.folded else value
            return Way(None, [f'd."{column.name}" = ?'], [value])
    known = value_term(spec, clause.field, value)
    # That the term is there is all that is asked: it was made of the whole value.
    return None if known is None else Way(known)


def _bounds(spec: ResourceSpec, beginning: str, query: Query) -> tuple[list[str], list[Any]]:
    """Return the bounds on ids that follow from what is asked of `created`."""
    sql: list[str] = []
    values: list[Any] = []
    for clause in query.clauses:
        if clause.field == "created" and not clause.negated and isinstance(clause.value, int):
            for sign in (">=", "<=") if clause.operator == ":" else (clause.operator,):
                if not query.any_of and (edge := id_bound(spec, beginning, sign, clause.value)):
                    sql.append(f"{{source}}.id {edge[0]} ?")
                    values.append(edge[1])
    return sql, values


def _condition(dialect: str, spec: ResourceSpec, clause: Clause) -> tuple[str, list[Any]]:
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
        sql, wanted = f"{value} = ?", [str(clause.value)]
    if clause.negated:
        # What has no such value is not equal to it either.
        sql = f"({value} IS NULL OR NOT {sql})"
        return sql, [*values, *values, *wanted]
    return sql, [*values, *wanted]


def _expression(dialect: str, spec: ResourceSpec, clause: Clause) -> tuple[str, list[Any]]:
    if clause.type == "metadata":
        if dialect == "postgresql":
            return "(d.document::json -> 'metadata' ->> ?)", [clause.key]
        return "(SELECT value FROM json_each(d.document, '$.metadata') WHERE key = ?)", [clause.key]
    for column in spec.columns:
        if column.name == clause.field.replace(".", "_"):
            if column.type == "boolean":
                return f"CASE d.\"{column.name}\" WHEN 1 THEN 'true' WHEN 0 THEN 'false' END", []
            return f'd."{column.name}"', []
    if clause.field == "created":
        return "d.created", []
    path = CALLED.get(clause.field, clause.field).split(".")
    if dialect == "postgresql":
        return f"(d.document::json #>> '{{{','.join(path)}}}')", []
    extracted = f"json_extract(d.document, '$.{'.'.join(path)}')"
    kind = f"json_type(d.document, '$.{'.'.join(path)}')"
    return f"CASE {kind} WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE {extracted} END", []
