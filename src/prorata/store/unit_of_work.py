"""The unit of work: an identity map that finds what changed and writes it in bulk."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from prorata.model.difference import walk_back
from prorata.model.errors import LockTimeout, no_such
from prorata.model.ids import IdFactory
from prorata.model.resource import REGISTRY, Resource, kind_of_id
from prorata.model.transaction import Book, Posting, RequestInfo
from prorata.store.connection import Connection
from prorata.store.events import Said
from prorata.store.flush import conclude, flush, release, settle_revision
from prorata.store.records import PLUMBING, Record, encode, plain
from prorata.store.tables import table_name

R = TypeVar("R", bound=Resource)
CLOCK_KIND = "test_helpers.test_clock"
# Columns whose value shares its bucket with every document that carries it.
OWNING_COLUMNS = ("customer", "subscription", "invoice", "payment_intent", "charge")
PLUMBING_SQL = ", ".join(PLUMBING)


class UnitOfWork:
    """One transaction's view of the documents; see `model.transaction.Tx` for its contract."""

    def __init__(
        self,
        connection: Connection,
        book: Book,
        *,
        now: int,
        ids: IdFactory,
        request: RequestInfo | None = None,
        clock: str | None = None,
        real_now: int | None = None,
        gateway: Any = None,
        base_url: str = "",
    ) -> None:
        self.connection = connection
        self.book = book
        self.now = now
        self.real_now = now if real_now is None else real_now
        self.clock = clock
        self.request = request
        # The request that the events now told come from; a settled one may have been answered.
        self.cause = request
        # The gateway, for what moves no money (tokens), and where the pages are served.
        self.gateway = gateway
        self.base_url = base_url
        # Whether a publishable key asks: then a client_secret must unlock what it names.
        self.publishable = False
        # A reader is never kept waiting: a test clock may advance meanwhile.
        self.reading = False
        self.sealed = False
        self.flushed = False
        self.records: dict[str, Record] = {}
        self.events: list[Said] = []
        self.told: list[Said] = []
        self.postings: list[tuple[Any, ...]] = []
        self.sequence_name = "default"
        self.held: str | None = None
        self.results: dict[str, Any] = {}
        self._ids = ids
        # Records by kind, and by kind and bucket.
        self._shelves: dict[tuple[str, str], dict[str, Record]] = {}
        self._covered: dict[tuple[str, str], dict[Any, list[str]]] = {}
        self._step: dict[str, tuple[Any, ...] | None] | None = None

    # Reading

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

    def find(self, cls: type[R], id: str | None) -> R | None:
        if not id:
            return None
        record = self.record(cls, id)
        return None if record is None or record.deleted else record.document

    def record(self, cls: type[Resource], id: str) -> Record | None:
        """Return the record of a document, deleted ones included."""
        record = self.records.get(id)
        if record is None:
            rows = self._query(
                f"SELECT {PLUMBING_SQL} FROM {table_name(cls.spec.kind)} WHERE book = ? AND id = ?",
                (self.book.key, id),
            )
            if not rows:
                return None
            record = self._keep(cls, rows[0])
        self._touch(record)
        return record if record.spec is cls.spec else None

    def load(self, cls: type[R], ids: Iterable[str]) -> dict[str, R]:
        wanted = list(dict.fromkeys(id for id in ids if id))
        missing = [id for id in wanted if id not in self.records]
        if missing:
            condition, value = self.connection.any_of("id", missing)
            rows = self._query(
                f"SELECT {PLUMBING_SQL} FROM {table_name(cls.spec.kind)}"
                f" WHERE book = ? AND {condition}",
                (self.book.key, value),
            )
            for row in rows:
                self._keep(cls, row)
        found: dict[str, R] = {}
        for id in wanted:
            record = self.records.get(id)
            if record is not None and not record.deleted and record.spec is cls.spec:
                self._touch(record)
                found[id] = record.document
        return found

    def select(
        self, cls: type[R], *, oldest_first: bool = False, limit: int | None = None, **columns: Any
    ) -> list[R]:
        ids = self._known(cls, columns)
        if ids is None:
            ids = self._select_ids(cls, columns, oldest_first, limit)
        candidates = {id: self.records[id] for id in ids}
        candidates.update(self._shelf(cls.spec.kind, columns))
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
        wanted = list(dict.fromkeys(value for value in values if value is not None))
        if not wanted:
            return
        condition, value = self.connection.any_of(column, wanted)
        rows = self._query(
            f"SELECT {PLUMBING_SQL} FROM {table_name(cls.spec.kind)}"
            f" WHERE book = ? AND deleted = 0 AND {condition}",
            (self.book.key, value),
        )
        covered = self._covered.setdefault((cls.spec.kind, column), {})
        for value in wanted:
            covered[value] = []
        get = next(each.value for each in cls.spec.columns if each.name == column)
        for row in rows:
            record = self.records.get(row[0]) or self._keep(cls, row)
            covered.setdefault(get(record.document), []).append(record.document.id)

    def seal(self) -> None:
        """Make every further query an error: a batch has loaded all that it needs."""
        self.sealed = True

    def load_plain(self, kind: str, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return documents as plain dicts for answers; deleted ones as their stub."""
        wanted = list(dict.fromkeys(ids))
        condition, value = self.connection.any_of("id", wanted)
        rows = self._query(
            f"SELECT id, deleted, document FROM {table_name(kind)} WHERE book = ? AND {condition}",
            (self.book.key, value),
        )
        return {
            id: {"id": id, "object": kind, "deleted": True} if deleted else plain(text)
            for id, deleted, text in rows
        }

    # Writing

    def new_id(self, cls: type[Resource], owner: str | None = None) -> str:
        return self._ids.new(cls.spec.prefix, self.now, owner, cls.spec.short_id)

    def id(self, prefix: str, owner: str | None = None) -> str:
        return self._ids.new(prefix, self.now, owner, prefix == "si")

    def event_id(self, created: int, owner: str) -> str:
        """Return a new event id that carries the time of what it tells."""
        return self._ids.new("evt", created, owner)

    def secret(self, length: int) -> str:
        return self._ids.secret(length)

    def add(self, document: R) -> R:
        former = self.records.get(document.id)
        if former is not None and not former.fresh:
            return self._revive(former, document)
        record = Record(document, created=getattr(document, "created", self.now))
        own_clock = getattr(document, "test_clock", None)
        if isinstance(own_clock, str):
            record.clock = own_clock
        elif record.spec.owner(document) is not None:
            record.clock = self.clock
        if record.spec.cls.Private is not None and "private" not in document.__dict__:
            document.private = record.spec.cls.Private()
        self._place(record)
        if self._step is not None:
            self._step.setdefault(document.id, None)
        return document

    def _revive(self, record: Record, document: R) -> R:
        """Give the place of a deleted document to a new one with the same chosen id."""
        assert record.deleted, f"{document.id} exists already"
        self._touch(record)
        record.document, record.deleted, record.event_base = document, False, None
        record.created = getattr(document, "created", self.now)
        if record.spec.cls.Private is not None and "private" not in document.__dict__:
            document.private = record.spec.cls.Private()
        return document

    def delete(self, document: Resource) -> None:
        self.records[document.id].deleted = True

    def emit(
        self, type: str, document: Resource, previous: dict[str, Any] | None = None
    ) -> None:
        record = self.records[document.id]
        settle_revision(record, self.now)
        self.events.append(
            Said(type, record.spec.kind, document.id, max(record.revision, 1), previous)
        )

    def emit_payload(
        self,
        type: str,
        kind: str,
        object_id: str,
        payload: dict[str, Any],
        previous: dict[str, Any] | None = None,
    ) -> None:
        self.events.append(Said(type, kind, object_id, 0, previous, payload))

    def quiet(self, document: Resource) -> None:
        self.records[document.id].quiet = True

    def post(
        self,
        *entries: Posting,
        document: Resource,
        customer: str | None,
        currency: str,
        memo: str = "",
    ) -> None:
        assert sum(entry.amount for entry in entries) == 0, "a posting must balance"
        posting = self.id("lt", document.id)
        for line, entry in enumerate(entries):
            if entry.amount:
                self.postings.append(
                    (
                        self.book.key,
                        posting,
                        line,
                        entry.account,
                        entry.amount,
                        currency,
                        customer,
                        document.spec.kind,
                        document.id,
                        memo,
                        self.now,
                    )
                )

    def sequence(self, name: str) -> None:
        self.sequence_name = name

    def hold(self, attempt: str) -> None:
        """Leave this transaction's events to the one that settles this payment attempt.

        The events of a request that creates something and pays for it tell the outcome, not the
        moment between the two.
        """
        self.held = attempt

    def release(self, attempt: str) -> dict[str, int]:
        """Take over the events held for an attempt; see `flush.release`."""
        return release(self, attempt)

    def revert(self, bases: dict[str, int]) -> None:
        """Bring documents back to these revisions; those at 0 never were."""
        for id, revision in bases.items():
            record = self.records[id]
            if revision:
                form = encode(self.form_at(record, revision))
                record.restore((form, *record.snapshot()[1:]))
            else:
                record.deleted = True
            record.quiet = True

    # Time

    def follow(self, owner: Resource) -> None:
        record = self.records.get(owner.id)
        clock = record.clock if record else None
        if owner.spec.kind == CLOCK_KIND:
            clock = owner.id
        if clock and clock != self.clock:
            found = self.find(REGISTRY[CLOCK_KIND].cls, clock)
            if found is None:
                return
            if found.status == "advancing" and self.request is not None and not self.reading:
                raise LockTimeout(
                    "The test clock of this object is advancing. Wait until its status is `ready`."
                )
            self.clock, self.now = clock, found.frozen_time

    @contextmanager
    def step(
        self, now: int, clock: str | None = None, cause: RequestInfo | None = None
    ) -> Iterator[None]:
        before = (self.now, self.clock, self.cause)
        told, postings = len(self.told), len(self.postings)
        attempts = len(self.results.get("attempts", ()))
        self.now, self.clock, self.cause = now, clock, cause or self.request
        self._step = {}
        try:
            yield
            conclude(self, [self.records[id] for id in self._step])
        except BaseException:
            self._undo(self._step)
            self.events, self.held = [], None
            del self.told[told:], self.postings[postings:]
            if attempts or "attempts" in self.results:
                del self.results["attempts"][attempts:]
            raise
        finally:
            self._step = None
            self.now, self.clock, self.cause = before

    # The end

    def flush(self) -> None:
        """Write all that changed, once; the caller commits."""
        if not self.flushed:
            flush(self)
            self.flushed = True

    def form_at(self, record: Record, revision: int) -> dict[str, Any]:
        """Return a document as it was at a revision, walking back from its stored form."""
        form = plain(record.base or record.shown or b"{}")
        rows = self.connection.query(
            "SELECT patch FROM history WHERE book = ? AND object_id = ? AND revision > ?"
            " ORDER BY revision DESC",
            (self.book.key, record.document.id, revision),
        )
        for (patch,) in rows:
            form = walk_back(form, plain(patch))
        return form

    # Inside

    def _query(self, sql: str, parameters: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        assert not self.sealed, f"a sealed batch asks the database: {sql}"
        return self.connection.query(sql, parameters)

    def _keep(self, cls: type[Resource], row: tuple[Any, ...]) -> Record:
        record = self.records.get(row[0])
        if record is None:
            record = Record.from_row(cls.spec, row)
            self._place(record)
        return record

    def _shelf(self, kind: str, columns: dict[str, Any]) -> dict[str, Record]:
        """Return the records in memory that may match: of the kind, and of the owner's bucket."""
        for name in OWNING_COLUMNS:
            owner = columns.get(name)
            if isinstance(owner, str):
                return self._shelves.get((kind, owner[-2:]), {})
        return self._shelves.get((kind, ""), {})

    def _place(self, record: Record) -> None:
        id, kind = record.document.id, record.spec.kind
        self.records[id] = record
        for shelf in ((kind, ""), (kind, id[-2:])):
            self._shelves.setdefault(shelf, {})[id] = record

    def _known(self, cls: type[Resource], columns: dict[str, Any]) -> dict[str, None] | None:
        for name, value in columns.items():
            covered = self._covered.get((cls.spec.kind, name))
            if covered is not None and isinstance(value, str) and value in covered:
                return dict.fromkeys(covered[value])
        return None

    def _select_ids(
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
        rows = self._query(sql, tuple(parameters))
        return {self._keep(cls, row).document.id: None for row in rows}

    def _touch(self, record: Record) -> None:
        if self._step is not None and record.document.id not in self._step:
            self._step[record.document.id] = record.snapshot()

    def _undo(self, touched: dict[str, tuple[Any, ...] | None]) -> None:
        for id, form in touched.items():
            if form is None:
                record = self.records.pop(id, None)
                if record is not None:
                    for shelf in ((record.spec.kind, ""), (record.spec.kind, id[-2:])):
                        self._shelves[shelf].pop(id, None)
            else:
                self.records[id].restore(form)


def class_of(id: str) -> type[Resource] | None:
    """Return the class that an id's prefix names."""
    kind = kind_of_id(id)
    return REGISTRY[kind].cls if kind else None
