"""Listings: pages of stored documents, read as bytes and joined."""

from typing import Any

from prorata.model.errors import no_such
from prorata.model.fields import UNSET
from prorata.model.ids import least_id
from prorata.model.operation import Listing
from prorata.model.resource import BY_PREFIX, REGISTRY, ResourceSpec
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.wire.pagination import Page

# The kind that these columns name, and what requests call it.
CLOCK_COLUMNS, CLOCK = ("clock", "test_clock"), ("test_helpers.test_clock", "test_clock")
BOUNDS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
# Ids count their seconds up to this one.
LAST_SECOND = 62**6 - 2


def read_page(
    connection: Connection, book: int, listing: Listing[Any], page: Page
) -> tuple[list[bytes], bool, int | None]:
    """Return the documents of a page, whether more follow, and the total where it was asked for.

    Raises NotFound (400) for an unknown cursor or filter, InvalidRequest for two cursors.
    """
    spec = listing.cls.spec
    table = table_name(spec.kind)
    since = _cursor(connection, book, listing, page)
    page.check()
    conditions, parameters = _conditions(connection, book, listing)
    total = None
    if page.total_count:
        total = connection.query(
            f"SELECT COUNT(*) FROM {table} WHERE {' AND '.join(conditions)}", parameters
        )[0][0]
    backwards = page.ending_before is not None
    ascending = listing.oldest_first != backwards
    found: list[tuple[str, str]] = []
    names = beginnings(spec)
    for beginning in names:
        bounds, values = _part(spec, beginning if len(names) > 1 else None, since, ascending)
        for sign, second in _moments(listing):
            if edge := id_bound(spec, beginning, sign, second):
                bounds.append(f"id {edge[0]} ?")
                values.append(edge[1])
        direction = "ASC" if ascending else "DESC"
        order = f"created {direction}, id {direction}" if spec.chosen_ids else f"id {direction}"
        found += connection.query(
            f"SELECT id, document FROM {table} WHERE {' AND '.join(conditions + bounds)}"
            f" ORDER BY {order} LIMIT {page.limit + 1}",
            parameters + values,
        )
    if len(names) > 1:
        found.sort(key=lambda row: moment_in(row[0]), reverse=not ascending)
    if not found:
        _check_named(connection, book, listing)
    documents = [text.encode() for _, text in found[: page.limit]]
    if backwards:
        documents.reverse()
    return documents, len(found) > page.limit, total


def _check_named(connection: Connection, book: int, listing: Listing[Any]) -> None:
    """Raise NotFound (400) where a filter names a document that there never was."""
    for name, id in listing.columns.items():
        kind, param = CLOCK if name in CLOCK_COLUMNS else (name, listing.names.get(name, name))
        if kind in REGISTRY and isinstance(id, str):
            sql = f"SELECT 1 FROM {table_name(kind)} WHERE book = ? AND id = ?"
            if not connection.query(sql, (book, id)):
                raise no_such(REGISTRY[kind].missing_name, id, param=param, status=400)


def _part(
    spec: ResourceSpec, beginning: str | None, since: tuple[int, str] | None, ascending: bool
) -> tuple[list[str], list[Any]]:
    """Return the conditions on what follows a cursor among the ids that begin alike."""
    sign = ">" if ascending else "<"
    if spec.chosen_ids:
        # Ids that callers choose do not begin with their time, so those nouns sort by it first.
        return ([], []) if since is None else ([f"(created, id) {sign} (?, ?)"], list(since))
    id = None if since is None else since[1]
    if beginning is None:
        return ([], []) if id is None else ([f"id {sign} ?"], [id])
    conditions, values = alike(beginning)
    if id is not None:
        conditions.append(f"id {sign} ?")
        values.append(beginning + moment_in(id))
    return conditions, values


def _moments(listing: Listing[Any]) -> list[tuple[str, int]]:
    """Return how `created` is compared, and with which seconds."""
    asked = listing.ranges.get("created")
    if asked is None:
        return []
    found = [(sign, getattr(asked, bound)) for bound, sign in BOUNDS.items()]
    return [(sign, second) for sign, second in found if second is not UNSET]


def _cursor(
    connection: Connection, book: int, listing: Listing[Any], page: Page
) -> tuple[int, str] | None:
    """Return the time and id of the document that a cursor names; an unknown one is a 400."""
    spec = listing.cls.spec
    since = None
    for param in ("starting_after", "ending_before"):
        cursor = getattr(page, param)
        if cursor is not None:
            rows = connection.query(
                f"SELECT created, id FROM {table_name(spec.kind)} WHERE book = ? AND id = ?",
                (book, cursor),
            )
            if not rows:
                raise no_such(spec.missing_name, cursor, param=param, status=400)
            since = rows[0]
    return since


def _conditions(
    connection: Connection, book: int, listing: Listing[Any]
) -> tuple[list[str], list[Any]]:
    conditions: list[str] = ["book = ?", "deleted = 0"]
    parameters: list[Any] = [book]
    for name, value in listing.columns.items():
        if value is None:
            conditions.append(f'"{name}" IS NULL')
        elif isinstance(value, (list, tuple, set, frozenset)):
            condition, one = connection.any_of(f'"{name}"', value)
            conditions.append(condition)
            parameters.append(one)
        else:
            conditions.append(f'"{name}" = ?')
            parameters.append(int(value) if isinstance(value, bool) else value)
            conditions += uncommon(listing.cls.spec, name, value)
    for name, bounds in listing.ranges.items():
        for bound, sign in BOUNDS.items():
            value = getattr(bounds, bound)
            if value is not UNSET:
                conditions.append(f'"{name}" {sign} ?')
                parameters.append(value)
    if listing.hidden_clocks:
        conditions.append("clock IS NULL")
    return conditions, parameters


def uncommon(spec: ResourceSpec, name: str, value: Any) -> list[str]:
    """Return the condition that opens the index of a column's values but the common one."""
    for column in spec.columns:
        if column.name == name and column.common is not None and value != column.common:
            return [f"\"{name}\" <> '{column.common}'"]
    return []


def beginnings(spec: ResourceSpec) -> tuple[str, ...]:
    """Return what the ids of a noun begin with, before their time: a charge is a `ch` or a `py`."""
    if spec.chosen_ids:
        return ("",)
    found = tuple(f"{prefix}_" for prefix, kind in BY_PREFIX.items() if kind == spec.kind)
    return found or (f"{spec.prefix}_",)


def alike(beginning: str, column: str = "id") -> tuple[list[str], list[str]]:
    """Return the conditions on the ids with a beginning."""
    after = beginning[:-1] + chr(ord(beginning[-1]) + 1)
    return [f"{column} >= ?", f"{column} < ?"], [beginning, after]


def moment_in(id: str) -> str:
    """Return the part of a generated id that ids of all beginnings are in order by."""
    return id.rpartition("_")[2]


def id_bound(spec: ResourceSpec, beginning: str, sign: str, second: int) -> tuple[str, str] | None:
    """Return how ids compare with which one where `created` compares with a second; None for any.

    Ids begin with their second, so a page is found without what was made before and after.
    """
    if spec.chosen_ids or spec.short_id:
        return None
    second = min(max(second, 0), LAST_SECOND)
    if sign in (">", ">="):
        return ">=", least_id(beginning[:-1], second)
    return "<", least_id(beginning[:-1], second + 1)
