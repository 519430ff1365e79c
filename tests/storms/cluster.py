"""Cluster: a PostgreSQL server of a test's own, which crashes, runs out of room and comes back."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from ports import free_port

SCRIPT = Path(__file__).parents[2] / "scripts" / "postgres.py"
# What was answered must be there after a crash; only the machine's own crash is left out, unless
# `fsync` is wanted.
SETTINGS = {
    "listen_addresses": "127.0.0.1", "synchronous_commit": "on", "max_connections": "100",
    "shared_buffers": "32MB",
}  # fmt: skip
# Room for an empty cluster and what a short storm writes.
SMALL_MEGABYTES = 160
BALLAST = "ballast"


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("scripts_postgres", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Cluster:
    """A server on a free port; its data lives in a directory that is gone at the end."""

    def __init__(
        self,
        programs: Path,
        home: Path,
        *,
        fsync: bool = False,
        small: bool = False,
        log_megabytes: int = 16,
    ) -> None:
        self._script, self._programs, self._home = _script(), programs, home
        # Whether its disk is small, and its own.
        self.small = small
        self._settings = SETTINGS | {"fsync": "on" if fsync else "off"}
        owner = self._script.owner_of_cluster()
        self._identity: dict[str, Any] = {}
        if owner is not None:
            os.chown(home, owner.pw_uid, owner.pw_gid)
            self._identity = {"user": owner.pw_uid, "group": owner.pw_gid}
        self._run("initdb", "--username=prorata", "--auth=trust", "--no-sync", "--encoding=UTF8",
                  "--locale=C", f"--wal-segsize={log_megabytes}")  # fmt: skip
        self._port = free_port()
        self.url = f"postgresql://prorata@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Start the server, and return when it answers."""
        settings = " ".join(f"-c {name}={value}" for name, value in self._settings.items())
        options = f"-p {self._port} -k {self._home} {settings}"
        # Beside the data: it is to be written to while there is no room.
        log = self._home.parent / "log"
        log.touch()
        log.chmod(0o666)
        self._run("pg_ctl", "-w", "-t", "30", "-s", "-l", str(log), "-o", options, "start")

    def stop(self, how: Literal["fast", "immediate"]) -> None:
        """Stop it: connections are cut; `immediate` is a crash that is recovered from."""
        self._run("pg_ctl", "-w", "-s", "-m", how, "stop")

    @property
    def is_up(self) -> bool:
        """Whether the server's first process lives."""
        return self._first_process() is not None

    def answers(self) -> bool:
        """Return whether the server takes connections."""
        ready = [str(self._programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self._port)]
        return subprocess.call(ready) == 0

    def kill(self) -> None:
        """Kill all of its processes at once, without a word, as the end of a machine does."""
        first = self._first_process()
        assert first is not None, "it does not run"
        # The first one starts no other while it stands still.
        os.kill(first, signal.SIGSTOP)
        everybody = [*_children(first), first]
        for each in everybody:
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        while any(_lives(each) for each in everybody):
            time.sleep(0.01)
        # Where nobody buries the dead, the number in them still seems to be somebody's.
        for lock in (self._number, *self._home.glob(".s.PGSQL.*.lock")):
            lock.unlink()

    def fill_disk(self, spare: int = 0) -> None:
        """Take all room that is left beside its data, but for some bytes."""
        with (self._home / BALLAST).open("ab", buffering=0) as ballast:
            for piece in (1 << 20, 1 << 12):
                with contextlib.suppress(OSError):
                    while True:
                        ballast.write(bytes(piece))
            ballast.truncate(max(0, ballast.tell() - spare))

    def make_room(self) -> None:
        """Give the room back that `fill_disk` took."""
        (self._home / BALLAST).unlink(missing_ok=True)

    @property
    def _number(self) -> Path:
        return self._home / "data" / "postmaster.pid"

    def _first_process(self) -> int | None:
        try:
            number = int(self._number.read_text().split()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return None
        return number if _lives(number) else None

    def _run(self, program: str, *arguments: str) -> None:
        data = ["-D", str(self._home / "data")]
        subprocess.run(
            [str(self._programs / program), *data, *arguments], check=True, cwd=self._home,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self._identity,
        )  # fmt: skip


def _lives(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _children(process: int) -> list[int]:
    """Return the processes that a process has begun."""
    found = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(each) for each in found.split()]


@contextmanager
def cluster(
    *, fsync: bool = False, small: bool = False, log_megabytes: int = 16
) -> Iterator[Cluster | None]:
    """Give a server that runs, or None where there can be none.

    fsync: whether it waits for the disk. small: on a disk of its own that can be filled, which only
    a superuser can have. log_megabytes: the size of one file of its log.
    """
    programs = _script().system_programs()
    if programs is None:
        yield None
        return
    with ExitStack() as stack:
        place = stack.enter_context(tempfile.TemporaryDirectory(prefix="prorata-cluster-"))
        Path(place).chmod(0o755)
        home = Path(place) / "home"
        home.mkdir()
        if small and not stack.enter_context(_disk(home)):
            yield None
            return
        found = Cluster(programs, home, fsync=fsync, small=small, log_megabytes=log_megabytes)
        found.start()
        try:
            yield found
        finally:
            if found.is_up:
                found.stop("immediate")


@contextmanager
def _disk(place: Path) -> Iterator[bool]:
    """Put a small disk at a place; say whether that was possible."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_MEGABYTES}m,mode=0755", "tmpfs"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    try:
        mounted = subprocess.call([*mount, str(place)], **quiet) == 0
    except FileNotFoundError:
        mounted = False
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.call(["umount", "--lazy", str(place)], **quiet)
