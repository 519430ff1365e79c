"""Terms: which documents have a value that is searched for, found without reading the others.

A term is a number made of a kind, a field and a value; its rows are in the order of the ids, so a
page of what has it is read from one place. Only values that a noun declares have terms, and all
metadata: a renewal, whose documents have neither, writes none. What lives on a test clock is not
searched for.
"""

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec
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
NUMBERS = frozenset({"number", "numeric"})
PRESENT = "present"
NO_TERMS: frozenset[int] = frozenset()


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
    if spec.search.get(field) not in NUMBERS or field not in spec.terms:
        return None
    return term_of(spec.kind, field, PRESENT)


@dataclass(frozen=True, slots=True)
class Read:
    """How a field's terms are read. own: it is a field of the document itself, by its name."""

    field: str
    own: bool
    numeric: bool
    folded: bool
    common: frozenset[str]
    value: Callable[[Resource], Any]

    def term(self, kind: str, value: Any) -> int | None:
        """Return the term of a value as the document has it, None where it has none."""
        if value is None or value is UNSET:
            return None
        if self.numeric:
            value = PRESENT
        elif value is True or value is False:
            value = "true" if value else "false"
        elif self.folded:
            value = value.lower()
        return None if value in self.common else term_of(kind, self.field, value)


def terms_of(document: Resource) -> set[int]:
    """Return the terms that a document has."""
    spec = document.spec
    metadata = getattr(document, "metadata", None)
    found = set()
    if metadata:
        found = {metadata_term(spec, key, value) for key, value in metadata.items()}
    for read in _reads(spec.cls):
        value = read.value(document)
        if value is not None and (term := read.term(spec.kind, value)) is not None:
            found.add(term)
    return found


def write_terms(connection: "Connection", book: int, records: Iterable[Record]) -> None:
    """Bring the terms of written documents up to date; most have none, and change none."""
    gone: list[tuple[int, int, str]] = []
    made: list[tuple[int, int, str]] = []
    for record in records:
        if not record.spec.search or record.clock is not None:
            continue
        before, after = _terms(record)
        if before != after:
            id = record.document.id
            gone += [(book, term, id) for term in before - after]
            made += [(book, term, id) for term in after - before]
    if gone:
        connection.run_many(
            f"DELETE FROM {TABLE} WHERE book = ? AND term = ? AND id = ?", sorted(gone)
        )
    if made:
        connection.insert(TABLE, COLUMNS, sorted(made))


def _terms(record: Record) -> tuple[Set[int], Set[int]]:
    """Return the terms before and after a write, or only those that may have changed."""
    document = record.document
    if record.fresh or record.was_deleted:
        return set(), set() if record.deleted else terms_of(document)
    if not record.deleted:
        names: set[str] = set()
        for _, _, patch in record.patches:
            names.update(patch, patch.get(ABSENT, ()))
        if names.isdisjoint(_roots(record.spec.cls)):
            return NO_TERMS, NO_TERMS
        if ABSENT not in names and names.isdisjoint(_deep(record.spec.cls)):
            return _moved(record)
    assert record.base is not None, "it was loaded"
    before = terms_of(decoder(record.spec.cls).decode(record.base))
    return before, set() if record.deleted else terms_of(document)


def _moved(record: Record) -> tuple[set[int], set[int]]:
    """Return the terms of the fields that changed, whose former values the patches hold."""
    kind, document = record.spec.kind, record.document
    before, after = set(), set()
    for read in _reads(record.spec.cls):
        patch = next((each for _, _, each in record.patches if read.field in each), None)
        if patch is not None:
            before.add(read.term(kind, _former(patch[read.field])))
            after.add(read.term(kind, read.value(document)))
    return {each for each in before if each}, {each for each in after if each}


def _former(value: Any) -> Any:
    """Return a value of a patch, which may hold its text."""
    return msgspec.json.decode(value) if isinstance(value, msgspec.Raw) else value


@cache
def _roots(cls: type[Resource]) -> frozenset[str]:
    """Return the fields of a document that its terms are made of."""
    return _deep(cls) | {read.field for read in _reads(cls) if read.own}


@cache
def _deep(cls: type[Resource]) -> frozenset[str]:
    """Return those of them that the terms are made of parts of."""
    called = (CALLED.get(field, field) for field in cls.spec.terms)
    return frozenset({"metadata", *(path.partition(".")[0] for path in called if "." in path)})


@cache
def _reads(cls: type[Resource]) -> tuple[Read, ...]:
    found = []
    for field, common in cls.spec.terms.items():
        path = CALLED.get(field, field)
        type = cls.spec.search[field]
        found.append(
            Read(field, path == field and "." not in path, type in NUMBERS, type == "string",
                 common, _reader(path))
        )  # fmt: skip
    return tuple(found)


def _reader(path: str) -> Callable[[Resource], Any]:
    """Return what reads a path whose last step but one may be absent."""
    outer, _, inner = path.rpartition(".")
    if not outer:
        return attrgetter(path)
    holder = attrgetter(outer)
    return lambda document: getattr(holder(document), inner, None)
