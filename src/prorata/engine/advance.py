"""Advance: attend to everything that is due, earliest first, on real time or on a test clock.

The worker, a test clock and a forecast run these same lines. Work is done in batches that hold at
most one document per bucket: what belongs to one customer shares a bucket, so a customer's life
stays in order while different customers are treated side by side.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

import structlog

from prorata.engine.due import HANDLERS, PREFETCH, RESTLESS, attend
from prorata.engine.payments.settle import settle
from prorata.engine.runtime import System
from prorata.model.errors import LockTimeout, Momentary
from prorata.model.ids import BUCKETS
from prorata.model.resource import REGISTRY, Resource
from prorata.model.transaction import Book
from prorata.store.books import all_books
from prorata.store.connection import Connection, is_outage
from prorata.store.due import Due, find_due, set_aside
from prorata.store.memory import Memory
from prorata.store.unit_of_work import UnitOfWork

BATCH = 500
# How often a document may be due at one second: an outcome that comes to light as it is attended
# to, of a payment that began before, leaves that second's own work to be done.
MOST_VISITS = 2
# Real seconds for which there may be no room in memory for a document while there is for others,
# and how many such documents may come first before nobody else is tried.
ROOM_WITHIN = 600
MOST_TOO_LARGE = 8
# What tells how a payment came out, for which others wait.
OUTCOMES = frozenset({"payment_attempt", "payment_intent"})
# Documents due that are worth dividing; fewer at a time cost more each on SQLite.
MUCH = {"postgresql": 32, "sqlite": 2 * BATCH}
log = structlog.get_logger("prorata.engine")


@dataclass(slots=True)
class Progress:
    """What an advance has done so far; `reached` is the latest second lived through."""

    attended: int = 0
    reached: int = 0
    failed: list[tuple[Due, str]] = field(default_factory=list)
    # What a payment on its way keeps from being attended to, until its outcome is known.
    postponed: dict[tuple[str, str], Due] = field(default_factory=dict)
    # The books in which something waits for a process that has its gateway, or for its answer.
    unserved: set[int] = field(default_factory=set)
    # What found no room in memory, by itself.
    too_large: dict[tuple[str, str], Due] = field(default_factory=dict)


class _Visits:
    """How often each document was attended to at the second at which it was due last."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], tuple[int, int]] = {}

    def note(self, item: Due) -> None:
        """Count a visit."""
        second, times = self._last.get((item.kind, item.id), (item.due_at, 0))
        again = second == item.due_at
        self._last[item.kind, item.id] = (item.due_at, times + 1 if again else 1)

    def are_enough(self, item: Due) -> bool:
        """Return whether another visit at the same second would change nothing."""
        return self._last.get((item.kind, item.id)) == (item.due_at, MOST_VISITS)


def run_due(
    system: System,
    upto: int,
    *,
    clock: str | None = None,
    virtual: bool = False,
    buckets: tuple[int, int] | None = None,
    without: Collection[int] = (),
    on_batch: Callable[[Progress], None] | None = None,
) -> Progress:
    """Attend to all that is due at or before a second and return what was done.

    clock: a test clock's id; its time is virtual, so each document is treated at its own due time.
    virtual: the same for the whole system's frozen time. Otherwise `now` is the real time.
    buckets: only the share of the work in [first, last), where several workers divide it. without:
    not of these books.
    """
    progress = Progress()
    books = {book.key: book for book in system.database.read(all_books, one_query=True)}
    visits = _Visits()
    memory = Memory()
    before = 0
    while True:
        at_due_time = virtual or clock is not None
        items = _next_batch(
            system, upto, clock, buckets, without, progress.postponed, in_order=at_due_time
        )
        if not items:
            if not progress.postponed or progress.attended == before:
                _give_up_too_large(system, progress)
                return progress
            # Their payments may have been settled since.
            before = progress.attended
            progress.postponed.clear()
            continue
        progress.reached = max(progress.reached, *(item.due_at for item in items))
        if virtual:
            # What waits for real seconds, such as the next look at a debit, waits from here.
            system.clock.move_to(max(system.clock.now(), progress.reached))
        for book_key in dict.fromkeys(item.book for item in items):
            mine = [item for item in items if item.book == book_key]
            book = books.get(book_key) or books.setdefault(
                book_key, {each.key: each for each in system.database.read(all_books)}[book_key]
            )
            stuck = [item for item in mine if visits.are_enough(item)]
            for item in stuck:
                _put_aside(system, item, "it stays due at the same second", progress)
            mine = [item for item in mine if item not in stuck]
            _attend_batch(system, book, mine, None if at_due_time else upto, progress, memory)
            if not at_due_time:
                # The next batch has documents of its own; a test clock comes back to the same.
                memory.forget()
            for item in mine:
                if (item.kind, item.id) not in progress.postponed and item.kind not in RESTLESS:
                    visits.note(item)
            if at_due_time:
                _let_go_on(mine, progress)
        if on_batch is not None:
            on_batch(progress)


def shares_of_work(shares: int) -> list[tuple[int, int]]:
    """Return the ranges of buckets that divide the work."""
    edges = [BUCKETS * share // shares for share in range(shares + 1)]
    return list(pairwise(edges))


def much_is_due(system: System, upto: int, *, clock: str | None = None) -> bool:
    """Return whether so much is due that it is worth dividing."""
    return anything_due(system, upto, clock=clock, at_least=MUCH[system.database.dialect])


def anything_due(
    system: System,
    upto: int,
    *,
    clock: str | None = None,
    at_least: int = 1,
    without: Collection[int] = (),
) -> bool:
    """Return whether so much is due at or before a second, in real time or on a test clock."""
    found = system.database.read(
        lambda connection: find_due(
            connection, upto, clock=clock, limit=at_least, kinds=HANDLERS.keys(), without=without
        ),
        one_query=True,
    )
    return len(found) == at_least


def _next_batch(
    system: System,
    upto: int,
    clock: str | None,
    buckets: tuple[int, int] | None,
    without: Collection[int],
    postponed: dict[tuple[str, str], Due],
    *,
    in_order: bool,
) -> list[Due]:
    """Return what is due first, one document per bucket at most, without what is postponed.

    in_order: nor what comes after it in its customer's life, except the outcomes of payments.
    """
    held = {(item.book, item.bucket) for item in postponed.values()} if in_order else set()
    limit = BATCH + len(postponed)
    while True:
        found = system.database.read(
            partial(
                find_due, upto=upto, clock=clock, limit=limit, kinds=HANDLERS.keys(),
                buckets=buckets, without=without,
            ),
            one_query=True,
        )  # fmt: skip
        exhausted = len(found) < limit
        if postponed:
            found = [
                item for item in found
                if (item.kind, item.id) not in postponed
                and (item.kind in OUTCOMES or (item.book, item.bucket) not in held)
            ]  # fmt: skip
        if exhausted or len(found) >= BATCH:
            break
        # What is held back may be all that comes first.
        limit *= 2
    chosen: dict[tuple[int, int], Due] = {}
    for item in found:
        chosen.setdefault((item.book, item.bucket), item)
    return list(chosen.values())


def _let_go_on(attended: list[Due], progress: Progress) -> None:
    """Let what waits beside the payments whose outcomes were looked at have another try."""
    known = {
        (item.book, item.bucket) for item in attended
        if item.kind in OUTCOMES and (item.kind, item.id) not in progress.postponed
    }  # fmt: skip
    if known and progress.postponed:
        progress.postponed = {
            key: item for key, item in progress.postponed.items()
            if (item.book, item.bucket) not in known
        }  # fmt: skip


def _attend_batch(
    system: System,
    book: Book,
    items: list[Due],
    now: int | None,
    progress: Progress,
    memory: Memory,
) -> None:
    """Attend to a batch in one transaction; a batch that cannot be written is tried in halves."""
    if not items:
        return
    restless = any(item.kind in RESTLESS for item in items)
    if restless:
        # What has just come is looked at in the books as they are now.
        memory.forget()
    failures: list[tuple[Due, str | Momentary]] = []
    passed_over: list[Due] = []
    try:
        done = system.write(
            book,
            lambda uow: _attend_all(uow, items, now, failures, passed_over),
            memory=memory,
            beside=not restless,
        )
    except Exception as error:
        # For half of a batch there may be room in memory, and for others.
        full = isinstance(error, MemoryError)
        if full and len(items) == 1 and now is not None:
            _pass_by(items[0], progress)
            return
        if is_outage(error) and not (full and len(items) > 1):
            raise
        log.exception("a batch fails", size=len(items), first=items[0].id)
        if len(items) == 1:
            _put_aside(system, items[0], f"{type(error).__name__}: {error}", progress)
            return
        half = len(items) // 2
        _attend_batch(system, book, items[:half], now, progress, memory)
        _attend_batch(system, book, items[half:], now, progress, memory)
        return
    for item, reason in failures:
        if isinstance(reason, str):
            _put_aside(system, item, reason, progress)
            continue
        progress.postponed[item.kind, item.id] = item
        if not isinstance(reason, LockTimeout):
            progress.unserved.add(item.book)
    progress.attended += len(items) - len(failures)
    if passed_over:
        # They are due again, or somebody else attended to them: the books say which.
        memory.forget()
    if done.attempts:
        # A test clock stops where something fails; real time goes on for all others.
        due = {item.id: item.due_at for item in items} if now is None else None
        settle(
            system, book, done.attempts, memory, noting=now is not None, beside=True, due=due
        )


def _attend_all(
    uow: UnitOfWork,
    items: list[Due],
    now: int | None,
    failures: list[tuple[Due, str | Momentary]],
    passed_over: list[Due],
) -> None:
    """Attend to documents one by one; say which failed and why, and which were not due."""
    failures.clear()
    passed_over.clear()
    documents: dict[str, Resource] = {}
    with uow.looking():
        for kind in dict.fromkeys(item.kind for item in items):
            cls = REGISTRY[kind].cls
            loaded = uow.load(cls, [item.id for item in items if item.kind == kind])
            # What somebody has ended since it was found may not even have its customer any more.
            found = {id: each for id, each in loaded.items() if _waits(each)}
            documents.update(found)
            if kind in PREFETCH:
                PREFETCH[kind](uow, list(found.values()))
    for item in items:
        document = documents.get(item.id)
        # Another process may have told of a document since this run began.
        at = item.due_at if now is None else max(now, uow.now)
        due_at = None
        if document is not None and document.spec.due is not None:
            due_at = document.spec.due(document)
        if document is None or due_at is None or due_at > at:
            passed_over.append(item)
            continue
        try:
            with uow.step(at, item.clock):
                # Taken up inside the step, so that the step knows what it may have to undo.
                attend(uow, uow.get(type(document), item.id))
        except Momentary as error:
            # A payment is being asked about, and its outcome comes first; or it is for a process
            # that has its gateway, or for when the gateway answers again.
            failures.append((item, error))
        except Exception as error:
            if is_outage(error):
                raise
            log.exception("set aside", kind=item.kind, id=item.id)
            failures.append((item, f"{type(error).__name__}: {error}"))


def _waits(document: Resource) -> bool:
    due = document.spec.due
    return due is not None and due(document) is not None


def _pass_by(item: Due, progress: Progress) -> None:
    """Leave what finds no room in memory to another time; raise MemoryError if nobody finds any."""
    key = item.kind, item.id
    progress.postponed[key] = progress.too_large[key] = item
    if not progress.attended and len(progress.too_large) >= MOST_TOO_LARGE:
        raise MemoryError


def _give_up_too_large(system: System, progress: Progress) -> None:
    """Set aside what has found no room for long, while others did.

    Raises MemoryError where nobody found any: that is the machine's, and passes.
    """
    if progress.too_large and not progress.attended:
        raise MemoryError
    now = system.clock.now()
    for key, item in progress.too_large.items():
        due_at, since = system.too_large.get(key, (None, now))
        if due_at != item.due_at:
            system.too_large[key] = item.due_at, now
        elif now - since >= ROOM_WITHIN:
            _put_aside(system, item, "MemoryError: there is no room for it", progress)


def _put_aside(system: System, item: Due, reason: str, progress: Progress) -> None:
    progress.failed.append((item, reason))
    now = system.clock.now()

    def work(connection: Connection) -> None:
        set_aside(connection, item, reason, now)

    system.database.write(work)
