"""Clocks: test clocks that were told to advance are brought to their targets, side by side.

They take turns: one that has to wait for a payment's outcome, or that another worker has, keeps
none of the others waiting. One whose deletion was begun, and not ended, is deleted.
"""

import threading
from collections.abc import Callable

import structlog

from prorata.engine.clock_advance import abandon_clock, advance_clock
from prorata.engine.clock_deletion import delete_clock
from prorata.engine.runtime import System
from prorata.engine.test_clocks import LATEST
from prorata.model.errors import Momentary
from prorata.model.transaction import Book
from prorata.store.books import all_books
from prorata.store.claims import Claims
from prorata.store.connection import Connection, is_outage
from prorata.store.flush import CLOCK_KIND
from prorata.store.names import table_name

# One clock's work is Python and the writer's: more side by side would only take turns.
MOST_CLOCKS = 4
TRIES = 3
log = structlog.get_logger("prorata.worker")


class Stopped(Exception):
    """The worker ends in the middle of an advance, which another start goes on with."""


class Clocks:
    """Advances and deletes test clocks; `look` begins with those that wait.

    wake: called when there is room for one that has had no turn yet.
    """

    def __init__(self, system: System, claims: Claims, wake: Callable[[], None]) -> None:
        self._system = system
        self._claims = claims
        self._wake = wake
        self._threads: dict[str, threading.Thread] = {}
        # Of those that wait: which turn each had last.
        self._turns: dict[str, int] = {}
        self._turn = 0
        # Whether somebody has had none yet.
        self._crowded = False
        self._failures: dict[str, int] = {}
        self._stopping = False

    def look(self) -> None:
        """Begin with clocks that wait for it, as many as there is room for."""
        self._threads = {id: each for id, each in list(self._threads.items()) if each.is_alive()}
        if len(self._threads) >= MOST_CLOCKS:
            return
        clock = self._system.clock
        # Nobody goes on with what waits for a second of real time that stands still.
        upto = LATEST if clock.frozen else clock.now()
        books, waiting = self._system.database.read(lambda connection: _waiting(connection, upto))
        self._turns = {id: self._turns[id] for _, id in waiting if id in self._turns}
        for book, id in sorted(waiting, key=lambda each: self._turns.get(each[1], 0)):
            if id in self._threads or len(self._threads) >= MOST_CLOCKS:
                continue
            self._turn += 1
            self._turns[id] = self._turn
            thread = threading.Thread(
                target=self._take_turn, args=(books[book], id), name=f"clock-{id}", daemon=True
            )
            self._threads[id] = thread
            thread.start()
        self._crowded = len(self._turns) < len(waiting)

    def stop(self) -> None:
        """Stop after the batches that are being worked on."""
        self._stopping = True
        for thread in list(self._threads.values()):
            thread.join()
        self._threads = {}

    def _take_turn(self, book: Book, id: str) -> None:
        self._advance(book, id)
        # It makes room for the next one before it says so.
        self._threads.pop(id, None)
        if self._crowded:
            self._wake()

    def _advance(self, book: Book, id: str) -> None:
        try:
            with self._claims.hold(f"clock {id}") as held:
                if held:
                    advance_clock(self._system, book, id, lambda progress: self._check())
                    delete_clock(self._system, book, id, go_on=self._check)
                    self._failures.pop(id, None)
        except Stopped:
            pass
        except Exception as error:
            if isinstance(error, Momentary):
                # An outcome could not be written for now: the clock goes on once it is.
                return
            log.exception("a test clock does not advance", clock=id)
            if is_outage(error):
                # It goes on by itself when the database is there again.
                return
            self._failures[id] = self._failures.get(id, 0) + 1
            if self._failures[id] >= TRIES:
                self._abandon(book, id, error)

    def _abandon(self, book: Book, id: str, error: Exception) -> None:
        try:
            abandon_clock(self._system, book, id, f"{type(error).__name__}: {error}")
            self._failures.pop(id, None)
        except Exception:
            # The database is gone: there will be another try.
            log.exception("a test clock cannot be given up", clock=id)

    def _check(self) -> None:
        if self._stopping:
            raise Stopped


def _waiting(connection: Connection, upto: int) -> tuple[dict[int, Book], list[tuple[int, str]]]:
    rows = connection.query(
        f"SELECT book, id FROM {table_name(CLOCK_KIND)}"
        " WHERE clock IS NULL AND due_at <= ? AND deleted = 0 ORDER BY id",
        (upto,),
    )
    books = {book.key: book for book in all_books(connection)} if rows else {}
    return books, [(book, id) for book, id in rows]
