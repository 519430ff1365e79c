"""Terms: which documents have a value that is searched for, found without reading the others.

A term is a number made of a kind, a field and a value; its rows are in the order of the ids, so a
page of what has it is read from one place. Only values that a noun declares have terms, and all
metadata: a renewal, whose documents have neither, writes none. What lives on a test clock is not
searched for.
"""

from collections.abc import Callable, Iterable
from functools import cache
from hashlib import blake2b
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from prorata.model.difference import ABSENT
from prorata.model.resource import Resource, ResourceSpec
from prorata.store.records import Record, decoder

if TYPE_CHECKING:
    from prorata.store.connection import Connection

TABLE = "search_term"
COLUMNS = ("book", "term", "id")
# Fields that the query language calls otherwise than the document.
CALLED = {
    "last_finalization_error_code": "last_finalization_error.code",
    "last_finalization_error_type": "last_finalization_error.type",
}
PRESENT = "present"


def term_of(kind: str, field: str, value: str) -> int:
    """Return the number of a value: 63 bits, so that two values share one next to never."""
    digest = blake2b(f"{kind}\0{field}\0{value}".encode(errors="surrogatepass"), digest_size=8)
    return int.from_bytes(digest.digest()) >> 1


def value_term(spec: ResourceSpec, field: str, value: str) -> int | None:
    """Return the term of a field's value as a query writes it, None where it has none."""
    if spec.search.get(field) == "string":
        value = value.lower()
    if field not in spec.terms or value in spec.terms[field]:
        return None
    return term_of(spec.kind, field, value)


def metadata_term(spec: ResourceSpec, key: str, value: str) -> int:
    """Return the term of a metadata value."""
    return term_of(spec.kind, f"metadata.{key}", value)


def presence_term(spec: ResourceSpec, field: str) -> int | None:
    """Return the term of all that has a number in a field, None where there is no such term."""
    if spec.search.get(field) not in ("number", "numeric") or field not in spec.terms:
        return None
    return term_of(spec.kind, field, PRESENT)


def terms_of(document: Resource) -> set[int]:
    """Return the terms that a document has."""
    spec = document.spec
    found = {
        metadata_term(spec, key, value)
        for key, value in (getattr(document, "metadata", None) or {}).items()
    }
    for field, kind, common, read in _readers(spec.cls):
        value = read(document)
        if value is None or value is UNSET:
            continue
        if kind == "number":
            value = PRESENT
        elif value is True or value is False:
            value = "true" if value else "false"
        elif kind == "string":
            value = value.lower()
        if value not in common:
            found.add(term_of(spec.kind, field, value))
    return found


def write_terms(connection: "Connection", book: int, records: Iterable[Record]) -> None:
    """Bring the terms of written documents up to date; most have none, and change none."""
    gone: list[tuple[int, int, str]] = []
    made: list[tuple[int, int, str]] = []
    for record in records:
        spec, document = record.spec, record.document
        if not spec.search or record.clock is not None:
            continue
        before: set[int] = set()
        if not record.fresh and not record.was_deleted:
            if not record.deleted and _roots(spec.cls).isdisjoint(_changed(record)):
                continue
            assert record.base is not None, "it was loaded"
            before = terms_of(decoder(spec.cls).decode(record.base))
        after = set() if record.deleted else terms_of(document)
        gone += [(book, term, document.id) for term in before - after]
        made += [(book, term, document.id) for term in after - before]
    if gone:
        connection.run_many(
            f"DELETE FROM {TABLE} WHERE book = ? AND term = ? AND id = ?", sorted(gone)
        )
    if made:
        connection.insert(TABLE, COLUMNS, sorted(made))


def _changed(record: Record) -> set[str]:
    names: set[str] = set()
    for _, _, patch in record.patches:
        names.update(patch)
        names.update(patch.get(ABSENT, ()))
    return names


@cache
def _roots(cls: type[Resource]) -> frozenset[str]:
    """Return the fields of a document that its terms are made of."""
    called = (CALLED.get(field, field) for field in cls.spec.terms)
    return frozenset({"metadata", *(path.partition(".")[0] for path in called)})


@cache
def _readers(
    cls: type[Resource],
) -> list[tuple[str, str, frozenset[str], Callable[[Resource], Any]]]:
    spec = cls.spec
    found = []
    for field, common in spec.terms.items():
        kind = "number" if spec.search[field] == "numeric" else spec.search[field]
        found.append((field, kind, common, _reader(CALLED.get(field, field))))
    return found


def _reader(path: str) -> Callable[[Resource], Any]:
    """Return what reads a path whose last step but one may be absent."""
    outer, _, inner = path.rpartition(".")
    if not outer:
        return attrgetter(path)
    holder = attrgetter(outer)
    return lambda document: getattr(holder(document), inner, None)
