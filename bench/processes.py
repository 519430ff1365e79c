"""Processes: the server under test and a bare one that answers the same bytes."""

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

from bench.load import HOST, Connection, request

START_TIMEOUT_SECONDS = 20
SECRET_KEY = "sk_test_bench0secret0key0000000000"


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
def prorata(database: str | None = None) -> Iterator[Running]:
    """Run `prorata dev` on a fresh SQLite file, or on the database given."""
    with tempfile.TemporaryDirectory(prefix="prorata-bench-") as folder:
        url = database or f"sqlite:///{folder}/bench.db"
        port = _free_port()
        command = [
            sys.executable, "-m", "prorata.cli.main", "dev", "--port", str(port),
            "--database", url, "--secret-key", SECRET_KEY,
        ]  # fmt: skip
        with _process(command, port, "/healthz") as (pid, started_in):
            yield Running(port, pid, started_in, url)


@contextmanager
def bare(body: bytes) -> Iterator[Running]:
    """Run a server that does nothing but answer these bytes."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        file.write(body)
        file.flush()
        port = _free_port()
        command = [sys.executable, "-m", "bench.bare", str(port), file.name]
        with _process(command, port, "/") as (pid, started_in):
            yield Running(port, pid, started_in, "")


@contextmanager
def _process(command: list[str], port: int, path: str) -> Iterator[tuple[int, float]]:
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        _wait(process, port, path)
        yield process.pid, time.perf_counter() - begun
    finally:
        process.terminate()
        process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, path: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            connection = Connection(port)
            status, _ = connection.ask(request("GET", path, SECRET_KEY))
            connection.close()
            if status == 200:
                return
        except OSError:
            time.sleep(0.005)
    raise RuntimeError("the server did not start")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return listener.getsockname()[1]
