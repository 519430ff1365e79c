"""Attentive: a connection to PostgreSQL that notices when nobody works on its answer any more.

The system sees a network that is cut. It does not see that something in between, which still
holds its end of a connection, has lost the other one. So one thread looks at those that wait for
long, and asks on another connection whether the server is at work for them: an answer may take its
time. What is kept from its work by one of us that stands still is freed.
"""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Generator, Sequence
from typing import Any
from weakref import WeakSet

import psycopg

from prorata.store.revision import USERS
from prorata.store.sessions import STANDSTILL

# How long somebody waits until the server is asked, and how often in a row it has to say that it
# does nothing for a connection until that is cut.
QUIET_SECONDS = 15.0
DOUBTS = 2
LOOKS = 3
# In a pipeline a process that has answered all that came is still called active.
AT_WORK = """
    SELECT pid FROM pg_stat_activity
    WHERE pid = ANY(%s) AND state = 'active' AND wait_event IS DISTINCT FROM 'ClientRead'
"""
# For the same reason the server itself does not end the session of one of us that stands still in
# the middle of a pipeline, and what it has locked is locked as long. Who waits for that ends it.
END_STANDING_STILL = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity JOIN pg_locks USING (pid)
    WHERE pid IN (SELECT unnest(pg_blocking_pids(each)) FROM unnest(%s::int[]) AS each)
    AND locktype = 'advisory' AND classid = 0 AND objid = %s AND objsubid = 1
    AND state = 'active' AND wait_event = 'ClientRead' AND state_change < now() - %s::interval
"""


class AttentiveConnection(psycopg.Connection[Any]):
    """A connection that is cut when its answer is lost; it is lost then as any other one is."""

    # When it began, and whether it was cut: others that are as old are then no better.
    attended_at = 0.0
    was_cut = False
    # Since when it has been waiting, and for the watch: how often it was in doubt, since when.
    waits_since: float | None = None
    doubts = 0
    looked_at = 0.0
    # The server's process, and what the system calls this end of the way to it.
    process = 0
    _own_end = 0

    def attend(self, address: str, process: int) -> None:
        """Begin to be attentive, to a process of the server that one asks at an address."""
        self.attended_at = time.monotonic()
        self.process, self._own_end = process, os.fstat(self.fileno()).st_ino
        _watch.add(self, address)

    def wait(self, *arguments: Any, **named: Any) -> Any:
        self.waits_since = time.monotonic()
        try:
            return super().wait(*arguments, **named)
        finally:
            self.waits_since = None

    def cut(self) -> None:
        """Let both sides see the end of the connection; any thread may."""
        self.was_cut = True
        with (
            contextlib.suppress(OSError, psycopg.Error),
            socket.socket(fileno=os.dup(self.fileno())) as end,
        ):
            # It may have ended meanwhile, and its number be another one's.
            if os.fstat(end.fileno()).st_ino == self._own_end:
                end.shutdown(socket.SHUT_RDWR)


class _Watch:
    """The thread of a process that looks at connections which wait for long."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watched: dict[str, WeakSet[AttentiveConnection]] = {}
        self._thread: threading.Thread | None = None

    def add(self, connection: AttentiveConnection, address: str) -> None:
        with self._lock:
            self._watched.setdefault(address, WeakSet()).add(connection)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="attentive", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            time.sleep(QUIET_SECONDS / LOOKS)
            with self._lock:
                self._watched = {each: held for each, held in self._watched.items() if held}
                watched = {each: list(held) for each, held in self._watched.items()}
            for address, connections in watched.items():
                _look(address, connections)


def _look(address: str, connections: Sequence[AttentiveConnection]) -> None:
    """Cut those of one server that wait in vain."""
    now = time.monotonic()
    quiet = {}
    for each in connections:
        since = each.waits_since
        if since is None or since > each.looked_at:
            each.doubts = 0
        if since is not None and now - max(since, each.looked_at) > QUIET_SECONDS:
            quiet[each] = since
    if not quiet:
        return
    at_work = _at_work(address, [each.process for each in quiet])
    for each, since in quiet.items():
        if each.waits_since != since:
            continue
        each.looked_at = time.monotonic()
        each.doubts = 0 if each.process in at_work else each.doubts + 1
        if each.doubts == DOUBTS:
            each.cut()


def _at_work(address: str, processes: list[int]) -> set[int]:
    """Return which processes of a server are at work; none of them where it says nothing at all."""
    try:
        with _HastyConnection.connect(address, autocommit=True) as asking:
            found = {process for (process,) in asking.execute(AT_WORK, [processes])}
            # Not everybody may.
            with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
                asking.execute(END_STANDING_STILL, [list(found), USERS, STANDSTILL])
            return found
    except (psycopg.errors.ConnectionTimeout, _Silent):
        return set()
    except psycopg.Error:
        # It is there, and has no time for this.
        return set(processes)


class _Silent(Exception):
    """Nothing came in all the time that somebody in a hurry has."""


class _HastyConnection(psycopg.Connection[Any]):
    """A connection whose answers are short: it waits for none for long."""

    def wait(self, gen: Any, *arguments: Any, **named: Any) -> Any:
        return super().wait(_hastily(gen), *arguments, **named)


def _hastily(steps: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
    """Go through steps that wait for the server, which are looked at ten times a second."""
    since = time.monotonic()
    try:
        wanted = next(steps)
        while True:
            ready = yield wanted
            if ready:
                since = time.monotonic()
            elif time.monotonic() - since > QUIET_SECONDS:
                raise _Silent
            wanted = steps.send(ready)
    except StopIteration as end:
        return end.value


_watch = _Watch()
