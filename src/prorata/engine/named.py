"""Named: proves that whatever a document names by its id is there."""

import types
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import chain, islice
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from prorata.engine.doctor import PAGE, check, documents
from prorata.engine.runtime import System
from prorata.model.fields import InlineList, Reference
from prorata.model.resource import REGISTRY
from prorata.resources.billing.credit_note import CreditNoteRefund
from prorata.store.connection import Connection
from prorata.store.names import table_name

# A price and its plan are one.
STORED_AS = {"plan": "price"}
# A note may count what was given back elsewhere, by what it is called there: see the proofs of
# refunds.
ELSEWHERE = {(CreditNoteRefund, "refund")}
Kinds = tuple[str, ...]


@check("Every document that another one names is there")
def names_lead_somewhere(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every name of a document that leads nowhere, and nothing else.

    What was deleted is still there to be named.
    """
    for kind, spec in REGISTRY.items():
        found = documents(connection, kind)
        while page := list(islice(found, PAGE)):
            named: dict[tuple[int, Kinds], dict[str, str]] = defaultdict(dict)
            for book, form in page:
                for kinds, id in _names(form, spec.cls):
                    named[book, kinds].setdefault(id, form["id"])
            for (book, kinds), ids in named.items():
                missing = ids.keys() - _there(connection, book, kinds, sorted(ids))
                yield from (f"{ids[id]}: names {id}, and there is none" for id in sorted(missing))


def _there(connection: Connection, book: int, kinds: Kinds, ids: list[str]) -> set[str]:
    among, value = connection.any_of("id", ids)
    rows = chain.from_iterable(
        connection.query(
            f"SELECT id FROM {table_name(kind)} WHERE book = ? AND {among}", (book, value)
        )
        for kind in kinds
    )
    return {id for (id,) in rows}


def _names(value: Any, cls: type[Struct]) -> Iterator[tuple[Kinds, str]]:
    """Yield what a plain document, or a part of one, names: of which kinds, and the id."""
    for field, (kinds, inside) in _fields(cls).items():
        found = value.get(field)
        if isinstance(found, dict) and "data" in found and found.get("object") == "list":
            found = found["data"]
        for each in found if isinstance(found, list) else (found,):
            if isinstance(each, str) and kinds:
                yield kinds, each
            elif isinstance(each, dict):
                for part in inside:
                    yield from _names(each, part)


@cache
def _fields(cls: type[Struct]) -> dict[str, tuple[Kinds, tuple[type[Struct], ...]]]:
    """Return what the fields of a struct lead to, as far as all of it is kept: kinds and parts."""
    hints = get_type_hints(cls, include_extras=True)
    found = {}
    for each in msgspec.structs.fields(cls):
        if (cls, each.name) in ELSEWHERE:
            continue
        kinds: list[str] = []
        parts: list[type[Struct]] = []
        _look_into(hints[each.name], kinds, parts)
        stored = tuple(STORED_AS.get(kind, kind) for kind in kinds)
        known = stored if all(kind in REGISTRY for kind in stored) else ()
        if known or parts:
            found[each.encode_name] = (known, tuple(parts))
    return found


def _look_into(hint: Any, kinds: list[str], parts: list[type[Struct]]) -> None:
    origin = get_origin(hint)
    if origin is Annotated:
        inner, *extras = get_args(hint)
        for extra in extras:
            if isinstance(extra, Reference):
                kinds += extra.kinds
        _look_into(inner, kinds, parts)
    elif origin in (Union, types.UnionType, list, InlineList):
        for member in get_args(hint):
            _look_into(member, kinds, parts)
    elif isinstance(hint, type) and issubclass(hint, Struct):
        parts.append(hint)
