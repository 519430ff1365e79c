"""Power: a machine that loses it. Everything dies at once, and so does what no disk has yet.

PostgreSQL is a server of the storm's own that waits for its disk, and dies with all others. For an
SQLite file the system calls of whoever writes it are watched: what no fdatasync has covered when
the power goes is kept, torn or lost by lot.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from storms.cluster import Cluster
from storms.victims import Victim

# What strace writes of a call on a file: when, which, on what, and of a write how much and where.
CALL = re.compile(
    r"(?P<at>\d+\.\d+) (?P<call>\w+)\(\d+<(?P<path>[^>]+)>"
    r"(?:, \"\"\.{0,3}, (?P<length>\d+), (?P<offset>\d+))?"
)
ENDED = "+++"
END_SECONDS = 120
SECTOR = 512
Range = tuple[int, int]


class Power(Protocol):
    """What a storm's machine runs on."""

    def watched(self) -> list[str]:
        """Return what the command of a process begins with, so that its writes are known."""
        ...

    def cut(self, victims: Sequence[Victim]) -> int:
        """End everything at once; return how many writes no disk had yet. Then there is power."""
        ...


class ServerPower:
    """Of a machine whose database is a PostgreSQL server of its own."""

    def __init__(self, server: Cluster) -> None:
        self._server = server

    def watched(self) -> list[str]:
        return []

    def cut(self, victims: Sequence[Victim]) -> int:
        for each in victims:
            each.stand_still()
        self._server.kill()
        for each in victims:
            each.kill()
        self._server.start()
        return 0


class FilePower:
    """Of a machine whose database is an SQLite file. The sandbox's books are another machine's."""

    def __init__(self, path: Path, chance: random.Random, folder: Path) -> None:
        self._files = [path, path.with_name(f"{path.name}-wal")]
        self._shared = path.with_name(f"{path.name}-shm")
        self._chance = chance
        self._folder = folder
        self._count = 0

    def watched(self) -> list[str]:
        self._count += 1
        log = self._folder / f"calls{self._count}"
        return [
            "strace", "-D", "--seccomp-bpf", "-f", "-ff", "-y", "-ttt", "-s", "0", "-o", str(log),
            "-e", "trace=pwrite64,fdatasync,fsync",
        ]  # fmt: skip

    def cut(self, victims: Sequence[Victim]) -> int:
        for each in victims:
            each.stand_still()
        for each in victims:
            each.kill()
        self._wait_for_logs()
        lost = 0
        for path, ranges in unsynced(self._lines()).items():
            if Path(path) in self._files:
                lost += len(ranges)
                forget(Path(path), ranges, self._chance)
        # It was memory.
        self._shared.unlink(missing_ok=True)
        for log in self._folder.iterdir():
            log.unlink()
        return lost

    def _lines(self) -> Iterator[str]:
        for log in self._folder.iterdir():
            yield from log.read_text().splitlines()

    def _wait_for_logs(self) -> None:
        """Return when the end of each process is written down."""
        until = time.monotonic() + END_SECONDS
        while any(not log.read_text().rstrip().endswith(ENDED) for log in self._folder.iterdir()):
            assert time.monotonic() < until, "strace does not end"
            time.sleep(0.02)


def unsynced(lines: Iterator[str]) -> dict[str, list[Range]]:
    """Return which writes, by file, no finished fdatasync has followed."""
    calls = []
    for line in lines:
        found = CALL.match(line)
        if found is not None:
            calls.append((float(found["at"]), found, line.endswith("= 0")))
    calls.sort(key=lambda call: call[0])
    waiting: dict[str, list[Range]] = {}
    for _, found, went_well in calls:
        if found["call"] == "pwrite64" and found["length"] is not None:
            here = int(found["offset"]), int(found["length"])
            waiting.setdefault(found["path"], []).append(here)
        elif found["call"] in ("fdatasync", "fsync") and went_well:
            waiting.pop(found["path"], None)
    return waiting


def forget(path: Path, ranges: Sequence[Range], chance: random.Random) -> None:
    """Let each write to a file be kept, lost, or torn in the middle, whatever came after it."""
    if not path.exists():
        return
    size = path.stat().st_size
    with path.open("r+b") as file:
        for offset, length in ranges:
            fate = chance.choice(("kept", "lost", "lost", "torn"))
            if fate == "kept":
                continue
            start = offset if fate == "lost" else offset + chance.randrange(0, length, SECTOR)
            end = min(offset + length, size)
            if start < end:
                file.seek(start)
                file.write(bytes(end - start))


@contextmanager
def power_of_file(path: Path, chance: random.Random) -> Iterator[FilePower | None]:
    """Give the power of an SQLite file's machine; None where no process can be watched."""
    with tempfile.TemporaryDirectory(prefix="prorata-power-") as folder:
        yield FilePower(path, chance, Path(folder)) if can_watch() else None


def can_watch() -> bool:
    """Return whether strace is here and may watch a process."""
    if shutil.which("strace") is None:
        return False
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.call(["strace", "-f", "--seccomp-bpf", "true"], **quiet) == 0
