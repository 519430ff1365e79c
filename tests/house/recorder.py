"""Recorder: which fields each unit of work reads of which documents, and which it writes.

What two units share is found by what they did, not by what they say: every attribute that is read
of a document in the hands of a unit, every question for documents by their columns, and every
field that is another one when the unit has written.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from prorata.engine.runtime import System
from prorata.model.resource import REGISTRY, Resource
from prorata.store import unit_of_work
from prorata.store.identity_map import IdentityMap
from prorata.store.records import Record, _stored, decoder, key_of, plain
from prorata.store.unit_of_work import UnitOfWork

# What the plumbing reads of documents by itself decides nothing.
PLUMBING = {
    Record: ("columns", "gives_up_unique", "matches", "note_columns", "private_bytes",
             "restore", "settle", "snapshot"),
    IdentityMap: ("_forget", "_keep", "_place", "_record", "_shelf", "_touch", "fetch", "take"),
}  # fmt: skip
LISTS = (list, tuple, set, frozenset)
Columns = dict[str, Any]


@dataclass
class Unit:
    """What one committed unit of work read and wrote.

    read, written: names of fields by document; those of its private facts begin with `private.`.
    asked: questions, each a kind and the columns. moved: of each document that was made, changed
    or deleted its kind and its columns before and after. kept: documents whose other writers it
    meets, each with the place in the code that relies on it, None where it writes it.
    """

    quiet: int = 0
    touched: dict[int, tuple[Any, set[str]]] = field(default_factory=dict)
    read: dict[str, set[str]] = field(default_factory=dict)
    written: dict[str, set[str]] = field(default_factory=dict)
    asked: list[tuple[str, Columns]] = field(default_factory=list)
    moved: list[tuple[str, Columns | None, Columns | None]] = field(default_factory=list)
    kept: dict[str, str | None] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)

    def sees(self, other: Unit) -> set[str]:
        """Return what this unit reads and the other one writes.

        `kind.field`, and `+kind[columns]` or `-kind[columns]` where the other one brings a document
        among those that were asked for, or takes it from them.
        """
        found = set()
        for key, names in other.written.items():
            if mine := self.read.get(key):
                found |= {f"{self.kinds[key]}.{name}" for name in names & {*mine, "deleted"}}
        for kind, columns in self.asked:
            for moved, before, after in other.moved:
                if moved == kind and _fits(before, columns) != _fits(after, columns):
                    sign = "+" if _fits(after, columns) else "-"
                    found.add(f"{sign}{kind}[{','.join(sorted(columns))}]")
        return found

    def end(self, uow: UnitOfWork, places: dict[str, str]) -> None:
        """Note what it read and wrote, once it has written."""
        holders = {}
        for key, record in uow.records.items():
            self.kinds[key] = record.spec.kind
            if not record.fresh:
                holders[id(record.document)] = key, ""
                if record.spec.has_private:
                    holders[id(record.document.private)] = key, "private."
        for place, (_, names) in self.touched.items():
            if place in holders:
                key, prefix = holders[place]
                self.read.setdefault(key, set()).update(prefix + name for name in names)
        self.touched = {}
        relied = uow.relied.union(*uow.followed.values()) & uow.records.keys()
        self.kept = {key: places.get(key, "follow") for key in relied}
        for key, record in uow.taken.items():
            names = _changed(record)
            if not names or (record.fresh and record.deleted):
                continue
            if not record.fresh:
                self.written[key], self.kept[key] = names, None
            was = None if record.fresh or record.was_deleted else _before(record)
            now = None if record.deleted else _columns(record, record.document)
            self.moved.append((record.spec.kind, was, now))


def _changed(record: Record) -> set[str]:
    names = _different(record.base, record.shown)
    names |= {f"private.{name}" for name in _different(record.base_private, record.shown_private)}
    return names | ({"deleted"} if record.deleted != record.was_deleted else set())


def _different(before: bytes | None, after: bytes | None) -> set[str]:
    old, new = plain(before or b"{}"), plain(after or b"{}")
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def _before(record: Record) -> Columns:
    assert record.base is not None
    cls: type[Any] = record.spec.cls
    document = decoder(cls).decode(record.base)
    if record.spec.has_private:
        document.private = decoder(cls.Private).decode(record.base_private or b"{}")
    return _columns(record, document)


def _columns(record: Record, document: Any) -> Columns:
    values = {each.name: _stored(each.value(document)) for each in record.spec.columns}
    return values | {"clock": record.clock}


def _fits(values: Columns | None, wanted: Columns) -> bool:
    if values is None:
        return False
    return all(
        values[name] in [_stored(each) for each in (value if isinstance(value, LISTS) else [value])]
        for name, value in wanted.items() if name in values
    )  # fmt: skip


class Recorder:
    """Records the units of all threads, while it is asked to."""

    def __init__(self) -> None:
        self._units: list[Unit] | None = None
        self._local = threading.local()

    @contextmanager
    def listening(self) -> Iterator[list[Unit]]:
        """Give the list of the units that are committed inside the block."""
        self._units = found = []
        try:
            yield found
        finally:
            self._units = None

    @property
    def _unit(self) -> Unit | None:
        return getattr(self._local, "unit", None)

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Listen to everything, until the patches are undone."""
        local = self._local
        for cls, names in PLUMBING.items():
            for name in names:
                patch.setattr(cls, name, self._quietly(getattr(cls, name)))
        run, flush, rely_on = System._run, unit_of_work.flush, UnitOfWork.rely_on

        def attributes(document: Any, name: str) -> Any:
            unit = getattr(local, "unit", None)
            if unit is not None and not unit.quiet and name[0] != "_":
                unit.touched.setdefault(id(document), (document, set()))[1].add(name)
            return object.__getattribute__(document, name)

        def runs(*args: Any) -> Any:
            work = run(*args)

            def recorded(connection: Any) -> Any:
                local.unit, local.places = (None if self._units is None else Unit()), {}
                try:
                    return work(connection)
                finally:
                    local.unit = None

            return recorded

        def flushes(uow: UnitOfWork) -> None:
            unit, local.unit = self._unit, None
            flush(uow)
            if unit is not None and self._units is not None:
                unit.end(uow, local.places)
                self._units.append(unit)

        def relies(uow: UnitOfWork, document: Resource) -> None:
            local.places = getattr(local, "places", {})
            local.places.setdefault(key_of(document.spec, document.id), _caller())
            rely_on(uow, document)

        patch.setattr(Resource, "__getattribute__", attributes)
        for spec in REGISTRY.values():
            if spec.cls.Private is not None:
                patch.setattr(spec.cls.Private, "__getattribute__", attributes)
        patch.setattr(IdentityMap, "select", self._asking(IdentityMap.select))
        patch.setattr(IdentityMap, "prefetch", self._asking(IdentityMap.prefetch))
        patch.setattr(System, "_run", runs)
        patch.setattr(unit_of_work, "flush", flushes)
        patch.setattr(UnitOfWork, "rely_on", relies)

    def _quietly(self, work: Any) -> Any:
        local = self._local

        def quiet(*args: Any, **named: Any) -> Any:
            unit = getattr(local, "unit", None)
            if unit is None:
                return work(*args, **named)
            unit.quiet += 1
            try:
                return work(*args, **named)
            finally:
                unit.quiet -= 1

        return quiet

    def _asking(self, work: Any) -> Any:
        quiet = self._quietly(work)

        def asks(uow: Any, cls: type[Resource], *args: Any, **named: Any) -> Any:
            unit = self._unit
            args = tuple(list(each) if not isinstance(each, str) else each for each in args)
            if unit is not None and not unit.quiet:
                columns = dict([args]) if args else {
                    name: value for name, value in named.items()
                    if name not in ("limit", "oldest_first")
                }  # fmt: skip
                # Of two documents with one unique value the store refuses the second.
                if not any(each.unique and each.name in columns for each in cls.spec.columns):
                    unit.asked.append((cls.spec.kind, columns))
            return quiet(uow, cls, *args, **named)

        return asks


def _caller() -> str:
    code = sys._getframe(2).f_code
    return f"{code.co_filename.rpartition('prorata/')[2]} {code.co_name}"
