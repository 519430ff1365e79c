"""Cluster: a PostgreSQL server of a test's own, which may be stopped at once and started again."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

SCRIPT = Path(__file__).parents[2] / "scripts" / "postgres.py"
# What was answered must be there after a crash; only the machine's own crash is left out.
SETTINGS = {
    "listen_addresses": "127.0.0.1", "fsync": "off", "synchronous_commit": "on",
    "max_connections": "100", "shared_buffers": "32MB",
}  # fmt: skip


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("scripts_postgres", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Cluster:
    """A server on a free port; its data lives in a directory that is gone at the end."""

    def __init__(self, programs: Path, home: Path) -> None:
        self._script, self._programs, self._home = _script(), programs, home
        owner = self._script.owner_of_cluster()
        self._identity: dict[str, Any] = {}
        if owner is not None:
            os.chown(home, owner.pw_uid, owner.pw_gid)
            self._identity = {"user": owner.pw_uid, "group": owner.pw_gid}
        self._run("initdb", "--username=prorata", "--auth=trust", "--no-sync", "--encoding=UTF8",
                  "--locale=C")  # fmt: skip
        self._port = self._script.free_port()
        self.url = f"postgresql://prorata@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Start the server, and return when it answers."""
        settings = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        options = f"-p {self._port} -k {self._home} {settings}"
        log = self._home / "log"
        self._run("pg_ctl", "-w", "-t", "30", "-s", "-l", str(log), "-o", options, "start")

    def stop(self, how: Literal["fast", "immediate"]) -> None:
        """Stop it: connections are cut; `immediate` is a crash that is recovered from."""
        self._run("pg_ctl", "-w", "-s", "-m", how, "stop")

    def _run(self, program: str, *arguments: str) -> None:
        data = ["-D", str(self._home / "data")]
        subprocess.run(
            [str(self._programs / program), *data, *arguments], check=True, cwd=self._home,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self._identity,
        )  # fmt: skip


@contextmanager
def cluster() -> Iterator[Cluster | None]:
    """Give a server that runs, or None where no PostgreSQL is installed."""
    programs = _script().system_programs()
    if programs is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="prorata-cluster-") as place:
        Path(place).chmod(0o755)
        home = Path(place) / "home"
        home.mkdir()
        found = Cluster(programs, home)
        found.start()
        try:
            yield found
        finally:
            found.stop("immediate")
