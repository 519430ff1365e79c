"""The identity map: documents looked up once, shared by all who ask, and found in memory first."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from prorata.model.errors import no_such
from prorata.model.resource import Resource
from prorata.model.transaction import Book
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.store.records import PLUMBING, Record, encode, key_of, plain

R = TypeVar("R", bound=Resource)
# Columns whose value shares its bucket with every document that carries it.
OWNING_COLUMNS = (
    "customer", "subscription", "invoice", "payment_intent", "charge", "pending_for", "usable_for",
    "late_for",
)  # fmt: skip
PLUMBING_SQL = ", ".join(PLUMBING)
EMPTY: dict[str, Record] = {}


class IdentityMap:
    """The reading half of a unit of work; see `model.transaction.Tx` for its contract."""

    # Whether to find out if what was to be read only has been written; tests do.
    watchful = False

    def __init__(self, connection: Connection, book: Book) -> None:
        self.connection = connection
        self.book = book
        # By what names them among all kinds; see `key_of`.
        self.records: dict[str, Record] = {}
        # Records by kind, and by kind and bucket.
        self._shelves: dict[tuple[str, str], dict[str, Record]] = {}
        # By kind, the records that nobody has looked for on a shelf yet.
        self._unshelved: defaultdict[str, list[Record]] = defaultdict(list)
        self._covered: dict[tuple[str, str], dict[Any, list[str]]] = {}
        # What the present step has touched, with the form it had before; None was made in it.
        self._step: dict[str, tuple[Any, ...] | None] | None = None
        self._looking = False
        # What has been handed out: no other record can have changed.
        self.taken: dict[str, Record] = {}
        # What was handed out to be read only, kept by tests alone to see that it was.
        self.looked: dict[str, Record] = {}
        # How the books stood when this unit had written; see `Connection.mark`.
        self.mark: Any = None

    def get(self, cls: type[R], id: str, param: str | None = None) -> R:
        document = self.find(cls, id)
        if document is None:
            spec = cls.spec
            raise no_such(
                spec.missing_name,
                id,
                param=spec.missing_param if param is None else param,
                status=404 if param is None else 400,
            )
        return document

    def get_even_deleted(self, cls: type[R], id: str, param: str | None = None) -> R:
        record = self.record(cls, id) if id else None
        if record is None:
            return self.get(cls, id, param)
        document: R = record.document
        return document

    def find(self, cls: type[R], id: str | None) -> R | None:
        record = self._living(cls, id)
        if record is None:
            return None
        self._touch(record)
        document: R = record.document
        return document

    def look(self, cls: type[R], id: str | None) -> R | None:
        record = self._living(cls, id)
        if record is None:
            return None
        if self.watchful:
            self.looked[record.key] = record
        document: R = record.document
        return document

    def take(self, document: R) -> R:
        self._touch(self.records[key_of(document.spec, document.id)])
        return document

    def record(self, cls: type[Resource], id: str) -> Record | None:
        """Return the record of a document, deleted ones included."""
        record = self._record(cls, id)
        if record is None:
            return None
        self._touch(record)
        return record if record.spec is cls.spec else None

    def _living(self, cls: type[Resource], id: str | None) -> Record | None:
        # What is named by its id alone is found by it at once.
        record = self.records.get(id or "")
        if record is None or record.spec is not cls.spec:
            record = self._record(cls, id) if id else None
            if record is None or record.spec is not cls.spec:
                return None
        return None if record.deleted else record

    def _record(self, cls: type[Resource], id: str) -> Record | None:
        spec = cls.spec
        record = self.records.get(f"{spec.kind}/{id}" if spec.chosen_ids else id)
        if record is None:
            rows = self.connection.query(
                f"SELECT {PLUMBING_SQL} FROM {table_name(spec.kind)} WHERE book = ? AND id = ?",
                (self.book.key, id),
            )
            if rows:
                record = self._keep(cls, rows[0])
        return record

    def fetch(self, cls: type[Resource], ids: Iterable[str | None]) -> None:
        """Have these documents at hand, in one query at most; nothing is handed out."""
        records, spec = self.records, cls.spec
        missing = {*filter(None, ids)}
        if spec.chosen_ids:
            missing = {id for id in missing if key_of(spec, id) not in records}
        else:
            missing = missing.difference(records)
        if missing:
            condition, value = self.connection.any_of("id", sorted(missing))
            rows = self.connection.query(
                f"SELECT {PLUMBING_SQL} FROM {table_name(spec.kind)}"
                f" WHERE book = ? AND {condition}",
                (self.book.key, value),
            )
            for row in rows:
                self._keep(cls, row)

    def load(self, cls: type[R], ids: Iterable[str], *, look: bool = False) -> dict[str, R]:
        wanted = list(dict.fromkeys(filter(None, ids)))
        self.fetch(cls, wanted)
        found: dict[str, R] = {}
        for id in wanted:
            record = self.records.get(key_of(cls.spec, id))
            if record is not None and not record.deleted and record.spec is cls.spec:
                if not look:
                    self._touch(record)
                elif self.watchful:
                    self.looked[record.key] = record
                found[id] = record.document
        return found

    def select(
        self, cls: type[R], *, oldest_first: bool = False, limit: int | None = None, **columns: Any
    ) -> list[R]:
        keys = self._known(cls, columns)
        if keys is None:
            keys = self._select_keys(cls, columns, oldest_first, limit)
        on_shelf = self._shelf(cls.spec.kind, columns)
        if not keys and not on_shelf:
            return []
        candidates = {key: self.records[key] for key in keys}
        candidates.update(on_shelf)
        chosen = [
            record
            for record in candidates.values()
            if not record.deleted and record.matches(columns)
        ]
        chosen.sort(key=lambda record: record.document.id, reverse=not oldest_first)
        for record in chosen[:limit]:
            self._touch(record)
        return [record.document for record in chosen[:limit]]

    def count(self, cls: type[R], **columns: Any) -> int:
        return len(self.select(cls, **columns))

    def prefetch(self, cls: type[R], column: str, values: Iterable[Any]) -> None:
        """Load all documents whose column has one of these values; later selects read memory."""
        covered = self._covered.setdefault((cls.spec.kind, column), {})
        wanted = [
            value for value in dict.fromkeys(values) if value is not None and value not in covered
        ]
        if not wanted:
            return
        condition, value = self.connection.any_of(column, wanted)
        rows = self.connection.query(
            f"SELECT {PLUMBING_SQL} FROM {table_name(cls.spec.kind)}"
            f" WHERE book = ? AND deleted = 0 AND {condition}",
            (self.book.key, value),
        )
        covered.update((value, []) for value in wanted)
        get = next(each.value for each in cls.spec.columns if each.name == column)
        for row in rows:
            record = self._keep(cls, row)
            covered.setdefault(get(record.document), []).append(record.key)

    def load_plain(self, kind: str, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return documents as plain dicts for answers; deleted ones as their stub."""
        wanted = list(dict.fromkeys(ids))
        condition, value = self.connection.any_of("id", wanted)
        rows = self.connection.query(
            f"SELECT id, deleted, document FROM {table_name(kind)} WHERE book = ? AND {condition}",
            (self.book.key, value),
        )
        return {
            id: {"id": id, "object": kind, "deleted": True} if deleted else plain(text)
            for id, deleted, text in rows
        }

    def _keep(self, cls: type[Resource], row: tuple[Any, ...]) -> Record:
        record = self.records.get(key_of(cls.spec, row[0]))
        if record is None:
            record = Record.from_row(cls.spec, row)
            self._place(record)
        return record

    def _shelf(self, kind: str, columns: dict[str, Any]) -> dict[str, Record]:
        """Return the records in memory that may match: of the kind, and of the owner's bucket."""
        shelves = self._shelves
        for record in self._unshelved.pop(kind, ()):
            for shelf in ((kind, ""), (kind, record.document.id[-2:])):
                shelves.setdefault(shelf, {})[record.key] = record
        for name in OWNING_COLUMNS:
            owner = columns.get(name)
            if isinstance(owner, str):
                return shelves.get((kind, owner[-2:]), EMPTY)
        return shelves.get((kind, ""), EMPTY)

    def _place(self, record: Record) -> None:
        self.records[record.key] = record
        self._unshelved[record.spec.kind].append(record)

    def _forget(self, key: str) -> None:
        record = self.records.pop(key, None)
        self.taken.pop(key, None)
        if record is not None:
            kind = record.spec.kind
            self._shelf(kind, {})
            for shelf in ((kind, ""), (kind, key[-2:])):
                self._shelves[shelf].pop(key, None)

    def _known(self, cls: type[Resource], columns: dict[str, Any]) -> dict[str, None] | None:
        for name, value in columns.items():
            named = self.records.get(value) if isinstance(value, str) else None
            if named is not None and named.fresh:
                # Nothing in the books can name what is not written yet.
                return {}
            covered = self._covered.get((cls.spec.kind, name))
            if covered is not None and isinstance(value, str) and value in covered:
                return dict.fromkeys(covered[value])
        return None

    def _select_keys(
        self, cls: type[Resource], columns: dict[str, Any], oldest_first: bool, limit: int | None
    ) -> dict[str, None]:
        conditions, parameters = ["book = ?", "deleted = 0"], [self.book.key]
        for name, value in columns.items():
            if isinstance(value, (list, tuple, set, frozenset)):
                condition, value = self.connection.any_of(name, value)
                conditions.append(condition)
            elif value is None:
                conditions.append(f"{name} IS NULL")
                continue
            else:
                conditions.append(f"{name} = ?")
            parameters.append(int(value) if isinstance(value, bool) else value)
        sql = (
            f"SELECT {PLUMBING_SQL} FROM {table_name(cls.spec.kind)}"
            f" WHERE {' AND '.join(conditions)} ORDER BY id {'ASC' if oldest_first else 'DESC'}"
        )
        if limit is not None:
            sql += f" LIMIT {int(limit)}"
        rows = self.connection.query(sql, tuple(parameters))
        keys = {self._keep(cls, row).key: None for row in rows}
        if limit is None and len(columns) == 1:
            # All that the books have of one value: it need not be asked again.
            [(name, value)] = columns.items()
            if isinstance(value, str):
                self._covered.setdefault((cls.spec.kind, name), {})[value] = list(keys)
        return keys

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Load what will be needed, to be read only: nothing of it is taken up for writing."""
        before, self._looking = self._looking, True
        try:
            yield
        finally:
            self._looking = before

    def _touch(self, record: Record) -> None:
        if self._looking:
            return
        if self._step is not None and record.key not in self._step:
            self._step[record.key] = record.snapshot()
        record.note_columns()
        record.suspect = True
        self.taken[record.key] = record

    def check_looks(self) -> None:
        """Raise AssertionError for a document that was handed out to be read, and was changed."""
        for key, record in self.looked.items():
            if key in self.records and key not in self.taken:
                same = encode(record.document) == record.shown
                assert same, f"{key} was only to be read, but it was changed"

    def inherit(self, former: "IdentityMap") -> None:
        """Take over the documents of a unit that was committed; it must not be used any more."""
        self.records, self._covered = former.records, former._covered
        self._shelves, self._unshelved = former._shelves, former._unshelved
        for record in former.taken.values():
            if record.fresh and record.deleted:
                self._forget(record.key)
            else:
                record.start_over()
