"""Attentive: a connection to PostgreSQL that notices when nobody works on its answer any more.

The system sees a network that is cut. It does not see that something in between, which still
holds its end of a connection, has lost the other one. Who waits for long asks on another connection
whether the server is at work for it: an answer may take its time.
"""

import os
import socket
import time
from collections.abc import Generator
from typing import Any

import psycopg

# How long nothing may come until the server is asked, and how often in a row it has to say that it
# does nothing for a connection until that is cut.
QUIET_SECONDS = 15.0
DOUBTS = 2
ASKED = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s AND state = 'active'"


class AttentiveConnection(psycopg.Connection[Any]):
    """A connection that is cut when its answer is lost; it is lost then as any other one is."""

    # Where the server is asked, and about which of its processes.
    _address: str | None = None
    _process = 0
    # When it began, and whether it was cut: others that are as old are then no better.
    attended_at = 0.0
    was_cut = False
    # Whether its own answers are short, and it is cut without asking.
    _hasty = False

    def attend(self, address: str, process: int) -> None:
        """Begin to be attentive, to a process of the server that one asks at an address."""
        self.attended_at = time.monotonic()
        # Somebody in between who shares out processes has numbers of his own: there is no telling.
        if process == self.info.backend_pid:
            self._address, self._process = address, process

    def wait(self, gen: Any, *arguments: Any, **named: Any) -> Any:
        attentive = self._hasty or self._address is not None
        return super().wait(self._heeding(gen) if attentive else gen, *arguments, **named)

    def _heeding(self, steps: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """Go through steps that wait for the server; they are looked at ten times a second."""
        since, doubts = time.monotonic(), 0
        try:
            wanted = next(steps)
            while True:
                ready = yield wanted
                if ready:
                    since, doubts = time.monotonic(), 0
                elif time.monotonic() - since > QUIET_SECONDS:
                    doubts = doubts + 1 if self._is_forgotten() else 0
                    since = time.monotonic()
                    if doubts == DOUBTS:
                        self._cut()
                wanted = steps.send(ready)
        except StopIteration as end:
            return end.value

    def _is_forgotten(self) -> bool:
        """Return whether the server does nothing for this connection, or says nothing at all."""
        if self._address is None:
            return True
        try:
            with AttentiveConnection.connect(self._address, autocommit=True) as asking:
                asking._hasty = True
                return asking.execute(ASKED, [self._process]).fetchone() == (0,)
        except psycopg.errors.ConnectionTimeout:
            return True
        except psycopg.Error:
            # It is there, and has no time for this.
            return False

    def _cut(self) -> None:
        """Let both sides see the end of the connection."""
        self.was_cut = True
        with socket.socket(fileno=os.dup(self.fileno())) as end:
            end.shutdown(socket.SHUT_RDWR)
