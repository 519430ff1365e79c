"""The unit of work: an identity map that finds what changed and writes it in bulk."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from prorata.model.difference import take_back, walk_back
from prorata.model.errors import LockTimeout
from prorata.model.ids import IdFactory
from prorata.model.resource import REGISTRY, Resource
from prorata.model.thin_types import THIN_KIND
from prorata.model.transaction import Book, Mailing, Posting, RequestInfo
from prorata.store.connection import Connection
from prorata.store.events import UNSETTLED, Said, thin_payload
from prorata.store.flush import CLOCK_KIND, conclude, flush, release
from prorata.store.identity_map import IdentityMap
from prorata.store.records import HeldForm, Record, encode, key_of, plain
from prorata.store.seals import Seals
from prorata.store.tallies import Tallies
from prorata.store.usage import UsageStore

R = TypeVar("R", bound=Resource)
NO_SEALS = Seals()


class UnitOfWork(IdentityMap):
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
        seals: Seals = NO_SEALS,
        mailing: Mailing = "off",
    ) -> None:
        super().__init__(connection, book)
        self.now = now
        self.real_now = now if real_now is None else real_now
        self.clock = clock
        self.request = request
        # The request that the events now told come from; a settled one may have been answered.
        self.cause = request
        # The gateway, for what moves no money (tokens), and where the pages are served.
        self.gateway = gateway
        self.base_url = base_url
        self.seals = seals
        # Whether a publishable key asks: then a client_secret must unlock what it names.
        self.publishable = False
        # What becomes of the mails that it decides.
        self.mailing: Mailing = mailing
        # A reader is never kept waiting: a test clock may advance meanwhile.
        self.reading = False
        self.flushed = False
        self.events: list[Said] = []
        self.told: list[Said] = []
        self.postings: list[tuple[Any, ...]] = []
        self.tallies = Tallies(connection, book.key)
        self.sequence_name = "default"
        # The payment attempts that tell of what this transaction does once they are settled.
        self.held: list[str] = []
        # Those whose held events this transaction has taken over, and tells.
        self.released: list[str] = []
        self.results: dict[str, Any] = {}
        # Documents that nobody else may change until the commit, though this unit only reads them.
        self.relied: set[str] = set()
        # The test clocks that the times of what a request writes were read from, and what hangs on
        # each that led to it.
        self.followed: dict[str, set[str]] = {}
        # What is left to the end of the present step, by what it is about.
        self._at_end: dict[str, Callable[[], None]] = {}
        self._ids = ids
        self._usage: UsageStore | None = None

    @property
    def usage(self) -> UsageStore:
        if self._usage is None:
            self._usage = UsageStore(
                self.connection, self.book.key, self.real_now, self._ids.moment
            )
        return self._usage

    # Writing

    def new_id(self, cls: type[Resource], owner: str | None = None) -> str:
        return self._ids.new(cls.spec.prefix, self.now, owner, cls.spec.short_id)

    def id(self, prefix: str, owner: str | None = None) -> str:
        return self._ids.new(prefix, self.now, owner, prefix == "si")

    def event_ids(self, told: Iterable[Said]) -> list[str]:
        """Return new ids of events, which carry the time of what they tell."""
        return self._ids.in_order("evt", [(each.created, each.object_id) for each in told])

    def secret(self, length: int) -> str:
        return self._ids.secret(length)

    def add(self, document: R) -> R:
        spec = document.spec
        key = key_of(spec, document.id)
        former = self.records.get(key)
        if former is not None and not former.fresh:
            return self._revive(former, document)
        record = Record.of_new(document, key, getattr(document, "created", self.now))
        own_clock = getattr(document, "test_clock", None)
        if isinstance(own_clock, str):
            record.clock = own_clock
        elif spec.owner(document) is not None:
            record.clock = self.clock
        if spec.cls.Private is not None and "private" not in document.__dict__:
            document.private = spec.cls.Private()
        self._place(record)
        self.taken[key] = record
        if self._step is not None:
            self._step.setdefault(key, None)
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
        self._record_of(document).deleted = True

    def emit(self, type: str, document: Resource, previous: dict[str, Any] | None = None) -> None:
        record = self._record_of(document)
        record.settle(self.now)
        kind, revision, clock = record.spec.kind, max(record.revision, 1), record.clock
        self.events.append(Said(type, kind, document.id, revision, previous, clock=clock))

    def emit_last(self, type: str, document: Resource) -> None:
        record = self._record_of(document)
        kind, clock = record.spec.kind, record.clock
        self.events.append(Said(type, kind, document.id, UNSETTLED, clock=clock))

    def emit_payload(
        self,
        type: str,
        kind: str,
        object_id: str,
        payload: dict[str, Any],
        previous: dict[str, Any] | None = None,
    ) -> None:
        self.events.append(Said(type, kind, object_id, 0, previous, payload))

    def emit_thin(
        self,
        type: str,
        related: Resource | None = None,
        data: dict[str, Any] | None = None,
        *,
        only: str | None = None,
    ) -> None:
        told = thin_payload(type, related, data)
        about = "" if related is None else related.id
        self.events.append(Said(type, THIN_KIND, about, 0, None, told, only=only))

    def quiet(self, document: Resource) -> None:
        self._record_of(document).quiet = True

    def rely_on(self, document: Resource) -> None:
        record = self._record_of(document)
        record.touched_at = self.now
        self.relied.add(record.key)

    def post(
        self,
        *entries: Posting,
        document: Resource,
        customer: str | None,
        currency: str,
        memo: str = "",
    ) -> str:
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
        return posting

    def sequence(self, name: str) -> None:
        self.sequence_name = name

    def at_end(self, what: str, work: Callable[[], None]) -> None:
        self._at_end[what] = work

    def hold(self, attempt: str) -> None:
        """Leave this transaction's events to the one that settles this payment attempt.

        The events of a request that creates something and pays for it tell the outcome, not the
        moment between the two. Of several attempts, the first that is settled tells everything.
        """
        self.held.append(attempt)

    def release(self, held_events: str) -> dict[str, HeldForm]:
        """Take over the events held for an attempt; see `flush.release`."""
        return release(self, held_events)

    def take_back(self, held: dict[str, HeldForm]) -> set[str]:
        """Undo what a held transaction did to documents; what it made is as if it never was.

        What others have done to them since stays. Returns the keys of those that they have changed.
        """
        changed = set()
        for key, form in held.items():
            record = self.records[key]
            if form.revision:
                if self._take_back(record, form):
                    changed.add(key)
            else:
                record.deleted = record.undone = record.quiet = True
        return changed

    def _take_back(self, record: Record, held: HeldForm) -> bool:
        sums = record.spec.sums
        before = self.form_at(record, held.revision)
        after = self.form_at(record, held.after)
        form = take_back(plain(record.shown or b"{}"), after, before, sums)
        facts = None
        if held.private is not None and record.shown_private is not None:
            then = plain(held.private_after or held.private)
            facts = encode(take_back(plain(record.shown_private), then, plain(held.private), sums))
        deleted = held.was_deleted if record.deleted == held.deleted else record.deleted
        seen, private = record.shown, record.shown_private
        record.restore((encode(form), facts, *record.snapshot()[2:]))
        record.deleted = deleted
        changed = plain(seen or b"{}") != after or self._told_since(record, held.after)
        if changed:
            # The events of others have shown what is taken back.
            record.event_base = seen
        known = held.private_after or held.private
        if private is not None and known is not None:
            changed = changed or private.decode() != known
        record.quiet = held.quiet or deleted or not changed
        return changed

    # Time

    def follow(self, owner: Resource, *, by_payer: bool = False) -> None:
        record = self.records.get(key_of(owner.spec, owner.id))
        clock = record.clock if record else None
        if owner.spec.kind == CLOCK_KIND:
            clock = owner.id
        if clock and clock != self.clock:
            cls: type[Any] = REGISTRY[CLOCK_KIND].cls
            found = self.find(cls, clock)
            if found is None:
                return
            if (by_payer or self.request is not None) and not self.reading:
                if found.status == "advancing":
                    raise LockTimeout(
                        "The test clock of this object is advancing. Wait until its status is"
                        " `ready`."
                    )
                if found.private.deletion is not None:
                    raise LockTimeout("The test clock of this object is being deleted.")
                self.followed.setdefault(clock, set()).add(key_of(owner.spec, owner.id))
            self.clock, self.now = clock, found.frozen_time

    @contextmanager
    def step(
        self, now: int, clock: str | None = None, cause: RequestInfo | None = None
    ) -> Iterator[None]:
        before = (self.now, self.clock, self.cause)
        sequence = self.sequence_name
        waiting, self._at_end = self._at_end, {}
        told, postings = len(self.told), len(self.postings)
        tallied, released = len(self.tallies.pending), len(self.released)
        attempts = len(self.results.get("attempts", ()))
        self.now, self.clock, self.cause = now, clock, cause or self.request
        self._step = {}
        try:
            yield
            self._do_what_was_left()
            conclude(self, [self.records[key] for key in self._step])
        except BaseException:
            self._undo(self._step)
            self.events, self.held, self.sequence_name = [], [], sequence
            del self.told[told:], self.postings[postings:], self.tallies.pending[tallied:]
            # What could not be told is held on, for the next one who tries.
            del self.released[released:]
            if attempts or "attempts" in self.results:
                del self.results["attempts"][attempts:]
            raise
        finally:
            self._step, self._at_end = None, waiting
            self.now, self.clock, self.cause = before

    @contextmanager
    def suppose(self) -> Iterator[None]:
        step, events, sequence = self._step, list(self.events), self.sequence_name
        waiting, self._at_end = self._at_end, dict(self._at_end)
        postings, held = len(self.postings), len(self.held)
        tallied = len(self.tallies.pending)
        results = {name: list(each) for name, each in self.results.items() if type(each) is list}
        # What was handed out before may be changed inside without being asked for again.
        known = self.taken if step is None else step
        self._step = {key: self.records[key].snapshot() for key in known}
        try:
            yield
        finally:
            self._undo(self._step)
            self._step, self.events, self.sequence_name = step, events, sequence
            self._at_end = waiting
            del self.postings[postings:], self.held[held:], self.tallies.pending[tallied:]
            for name in [name for name, each in self.results.items() if type(each) is list]:
                # Nobody is asked to pay for what was only supposed.
                self.results[name] = results.get(name, [])

    # The end

    def flush(self) -> None:
        """Write all that changed, once; the caller commits."""
        if not self.flushed:
            self._do_what_was_left()
            self.check_looks()
            flush(self)
            self.flushed = True
            self.mark = self.connection.mark()

    def form_at(self, record: Record, revision: int) -> dict[str, Any]:
        """Return a document as it was at a revision, walking back from its stored form."""
        form = plain(record.base or record.shown or b"{}")
        rows = self.connection.query(
            "SELECT patch FROM history WHERE book = ? AND object_id = ? AND revision > ?"
            " ORDER BY revision DESC",
            (self.book.key, record.key, revision),
        )
        for (patch,) in rows:
            form = walk_back(form, plain(patch))
        return form

    # Inside

    def _told_since(self, record: Record, revision: int) -> bool:
        """Return whether an event has shown a document as it was at a revision, or is since."""
        kind, id = record.spec.kind, record.document.id
        if any(
            each.revision >= revision and (each.kind, each.object_id) == (kind, id)
            for each in self.told
        ):
            return True
        rows = self.connection.query(
            "SELECT 1 FROM event WHERE book = ? AND kind = ? AND object_id = ? AND revision >= ?"
            " AND payload IS NULL LIMIT 1",
            (self.book.key, kind, id, revision),
        )
        return bool(rows)

    def _do_what_was_left(self) -> None:
        while self._at_end:
            self._at_end.pop(next(iter(self._at_end)))()

    def _record_of(self, document: Resource) -> Record:
        return self.records[key_of(document.spec, document.id)]

    def _undo(self, touched: dict[str, tuple[Any, ...] | None]) -> None:
        for key, form in touched.items():
            if form is None:
                self._forget(key)
            else:
                self.records[key].restore(form)
