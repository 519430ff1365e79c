"""Listings: pages of stored documents, read as bytes and joined."""

from typing import Any

from prorata.model.errors import no_such
from prorata.model.fields import UNSET
from prorata.model.operation import Listing
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.wire.pagination import Page

BOUNDS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def read_page(
    connection: Connection, book: int, listing: Listing[Any], page: Page
) -> tuple[list[bytes], bool, int | None]:
    """Return the documents of a page, whether more follow, and the total where it was asked for.

    Raises NotFound (400) for an unknown cursor, InvalidRequest for two.
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
    # Ids that callers choose do not begin with their time, so those nouns sort by it first.
    key = ("created", "id") if spec.chosen_ids else ("id",)
    if since is not None:
        places = ", ".join("?" * len(key))
        conditions.append(f"({', '.join(key)}) {'>' if ascending else '<'} ({places})")
        parameters += since[-len(key) :]
    order = ", ".join(f"{name} {'ASC' if ascending else 'DESC'}" for name in key)
    rows = connection.query(
        f"SELECT document FROM {table} WHERE {' AND '.join(conditions)}"
        f" ORDER BY {order} LIMIT {page.limit + 1}",
        parameters,
    )
    documents = [row[0].encode() for row in rows[: page.limit]]
    if backwards:
        documents.reverse()
    return documents, len(rows) > page.limit, total


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
    for name, bounds in listing.ranges.items():
        for bound, sign in BOUNDS.items():
            value = getattr(bounds, bound)
            if value is not UNSET:
                conditions.append(f'"{name}" {sign} ?')
                parameters.append(value)
    if listing.hidden_clocks:
        conditions.append("clock IS NULL")
    return conditions, parameters
