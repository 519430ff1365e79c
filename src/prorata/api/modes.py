"""Modes: an id that is unknown to a key but known in the account's other mode is said to be so."""

import re

from prorata.api.call import Call
from prorata.engine.runtime import System
from prorata.model.errors import APIError, NotFound
from prorata.model.resource import REGISTRY, kind_of_id
from prorata.model.transaction import Book
from prorata.store.connection import Connection
from prorata.store.names import table_name

_UNKNOWN = re.compile(r"No such (?P<name>[^:]+): '(?P<id>[^']*)'", re.DOTALL)


def explained(system: System, call: Call, error: APIError) -> APIError:
    """Return the error of an unknown id, which tells when the id belongs to the other mode.

    For some nouns it gives a hint otherwise.
    """
    found = _UNKNOWN.match(error.message)
    if found is None or error.code != "resource_missing":
        return error
    book = call.book
    if system.database.read(lambda each: _is_in_other_mode(each, book, *found.groups())):
        there, used = ("test", "live") if book.livemode else ("live", "test")
        message = (
            f"{found[0]}; a similar object exists in {there} mode, but a {used} mode key was used"
            " to make this request."
        )
    else:
        hint = _hint(found["name"])
        if not hint:
            return error
        message = found[0] + hint.format(livemode=str(book.livemode).lower())
    return NotFound(message, code=error.code, param=error.param, status=error.status)


def _hint(name: str) -> str:
    """Return what the noun that is called so adds to its unknown ids."""
    return next((each.missing_hint for each in REGISTRY.values() if each.missing_name == name), "")


def _is_in_other_mode(connection: Connection, book: Book, name: str, id: str) -> bool:
    other = connection.query(
        "SELECT key FROM book WHERE account = ? AND livemode = ?",
        (book.account, int(not book.livemode)),
    )
    if not other:
        return False
    kind = kind_of_id(id)
    kinds = [kind] if kind else [
        each.kind for each in REGISTRY.values() if each.missing_name == name
    ]
    return any(
        connection.query(
            f"SELECT 1 FROM {table_name(each)} WHERE book = ? AND id = ? AND deleted = 0",
            (other[0][0], id),
        )
        for each in kinds
    )
