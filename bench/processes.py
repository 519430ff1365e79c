"""Processes: the server under test and a bare one that answers the same bytes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bench.load import HOST, Connection, request
from prorata.model.clock import SystemClock
from prorata.model.ids import IdFactory
from prorata.server.migrate import migrate
from prorata.server.settings import DEV_ACCOUNT
from prorata.store.books import add_key, open_book
from prorata.store.connection import Connection as Store
from prorata.store.database import open_database

START_TIMEOUT_SECONDS = 30
SECRET_KEY = "sk_test_bench0secret0key0000000000"
# For measuring only: everybody can read it here.
ENCRYPTION = ("PRORATA_SECRET_KEYS", "cHJvcmF0YS1iZW5jaC1vbmx5LWtleS0wMDAwMDAwMDA=")


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers; `started_in` is the time from its start to its first answer."""

    port: int
    pid: int
    started_in: float
    database: str

    def memory_megabytes(self) -> float:
        """Return the resident memory of the process."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def prorata(database: str) -> Iterator[Running]:
    """Run `prorata dev`: the API and its worker in one process."""
    yield from _served(
        ["dev", "--database", database, "--secret-key", SECRET_KEY], database
    )


@contextmanager
def serving(database: str) -> Iterator[Running]:
    """Run `prorata serve`, as in production: what it answers is on the disk."""
    migrate(database)
    _add_key(database)
    yield from _served(["serve", "--database", database], database)


@contextmanager
def delivering(database: str) -> Iterator[None]:
    """Run `prorata worker`, which may deliver to this machine."""
    environment = {ENCRYPTION[0]: ENCRYPTION[1], **os.environ}
    command = [sys.executable, "-m", "bench.near_worker", "worker", "--database", database]
    with tempfile.TemporaryFile() as log:
        running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=environment)
        try:
            assert running.stdout is not None
            if b"at work" not in running.stdout.readline():
                log.seek(0)
                raise RuntimeError(f"the worker did not start: {log.read().decode().strip()}")
            yield
        finally:
            running.terminate()
            running.wait()


@contextmanager
def bare(body: bytes, media_type: str = "application/json") -> Iterator[Running]:
    """Run a server that does nothing but answer these bytes."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        file.write(body)
        file.flush()
        port = free_port()
        command = [sys.executable, "-m", "bench.bare", str(port), file.name, media_type]
        with process(command, port, "/") as (pid, started_in):
            yield Running(port, pid, started_in, "")


def _served(arguments: list[str], database: str) -> Iterator[Running]:
    port = free_port()
    command = [sys.executable, "-m", "prorata.cli.main", *arguments, "--port", str(port)]
    with process(command, port, "/healthz") as (pid, started_in):
        yield Running(port, pid, started_in, database)


def _add_key(url: str) -> None:
    database = open_database(url, pool=1)

    def work(connection: Store) -> None:
        now = SystemClock().now()
        book = open_book(connection, DEV_ACCOUNT, livemode=False)
        add_key(connection, book, SECRET_KEY, id=IdFactory().new("key", now), now=now)

    try:
        database.write(work)
    finally:
        database.close()


@contextmanager
def process(
    command: list[str],
    port: int,
    path: str,
    environment: dict[str, str] | None = None,
    folder: str | None = None,
) -> Iterator[tuple[int, float]]:
    """Run a command that answers on a port; give its pid and how long its start took."""
    begun = time.perf_counter()
    environment = environment or {ENCRYPTION[0]: ENCRYPTION[1], **os.environ}
    # A line for each request goes there.
    with tempfile.TemporaryFile() as log:
        running = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=log, env=environment, cwd=folder
        )
        try:
            _wait(running, port, path, log)
            yield running.pid, time.perf_counter() - begun
        finally:
            running.terminate()
            running.wait()


def _wait(running: subprocess.Popen[bytes], port: int, path: str, log: IO[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline and running.poll() is None:
        try:
            connection = Connection(port)
            status, _ = connection.ask(request("GET", path, SECRET_KEY))
            connection.close()
            if status in (200, 404):
                return
        except OSError:
            time.sleep(0.005)
    log.seek(0)
    raise RuntimeError(f"the server did not start: {log.read().decode().strip()}")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port
