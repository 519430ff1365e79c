"""Snapshots: the whole store, sandbox included, put aside under a name and brought back.

For development: a test suite starts each case from the same state. Tables are filled in place, in
one transaction, so that connections which are open go on as they are. On SQLite a snapshot is a
file beside the database; on PostgreSQL it is a schema that holds the tables which are not empty.
"""

import os
import re
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from prorata.store.database import Database, SqliteDatabase
from prorata.store.postgres import patient_address

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
# What a reset leaves: which accounts there are and which keys open them.
LASTING = frozenset({"book", "api_key"})
NOT_OURS = frozenset({"alembic_version"})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A name, the real second at which it was taken and, if time was frozen then, where."""

    name: str
    taken_at: int
    frozen_at: int | None


class UnknownSnapshot(LookupError):
    """There is no snapshot with this name."""


class Snapshots(Protocol):
    """The snapshots of one store. Names are letters, digits, and `_.-` inside."""

    def take(self, snapshot: Snapshot) -> None: ...

    def restore(self, name: str) -> Snapshot:
        """Bring back the state of a snapshot. Raises UnknownSnapshot."""
        ...

    def all(self) -> list[Snapshot]: ...

    def delete(self, name: str) -> None:
        """Raises UnknownSnapshot."""
        ...

    def empty(self) -> None:
        """Empty every table but those of accounts and keys."""
        ...


def snapshots_of(database: Database) -> Snapshots:
    """Return the snapshots that belong to a database."""
    if isinstance(database, SqliteDatabase):
        return SqliteSnapshots(database)
    return PostgresSnapshots(database.url)


class SqliteSnapshots:
    """Copies of the file and of the sandbox's file.

    The connection that brought one back stays open for the next time: to read what tables there
    are in four files takes longer than to bring a small store back.
    """

    def __init__(self, database: SqliteDatabase) -> None:
        self._live = {"main": database.path, "sandbox": f"{database.path}-sandbox"}
        self._folder = Path(f"{database.path}-snapshots")
        self._kept_open: tuple[object, sqlite3.Connection] | None = None
        database.close_with(self._let_go)

    def take(self, snapshot: Snapshot) -> None:
        self._let_go()
        self._folder.mkdir(exist_ok=True)
        with closing(self._open()) as lock, _whole(lock):
            # Nobody writes meanwhile: both files are of one moment.
            for part, live in self._present().items():
                target = self._file(snapshot.name, part)
                target.unlink(missing_ok=True)
                with closing(sqlite3.connect(live)) as source, closing(
                    sqlite3.connect(target)
                ) as copy:
                    source.backup(copy)
                    copy.execute("PRAGMA journal_mode = OFF")
        with closing(sqlite3.connect(self._file(snapshot.name, "main"))) as copy, copy:
            copy.execute("CREATE TABLE snapshot (taken_at BIGINT, frozen_at BIGINT)")
            copy.execute(
                "INSERT INTO snapshot VALUES (?, ?)", (snapshot.taken_at, snapshot.frozen_at)
            )

    def restore(self, name: str) -> Snapshot:
        connection = self._beside(name)
        try:
            [row] = connection.execute("SELECT * FROM kept_main.snapshot").fetchall()
            with _whole(connection):
                for part in self._present():
                    self._fill(connection, name, part)
        except BaseException:
            self._let_go()
            raise
        return Snapshot(name, *row)

    def _fill(self, connection: sqlite3.Connection, name: str, part: str) -> None:
        filled = set()
        if self._file(name, part).exists():
            filled = set(_tables(connection, f"kept_{part}"))
        tables = _tables(connection, part)
        for table in _differing(connection.execute, tables, filled, part, f"kept_{part}"):
            _clear(connection, part, table)
            if table in filled:
                connection.execute(
                    f'INSERT INTO {part}."{table}" SELECT * FROM kept_{part}."{table}"'
                )

    def _beside(self, name: str) -> sqlite3.Connection:
        """Return a connection that sees a snapshot's files beside those in use.

        It is the one of the last time, unless any of them was made, replaced or written since.
        """
        if not self._file(name, "main").exists():
            raise UnknownSnapshot(name)
        kept = {part: self._file(name, part) for part in self._present()}
        files = (
            *(_identity(path, written=False) for path in self._live.values()),
            *(_identity(path, written=True) for path in kept.values()),
        )
        if self._kept_open is not None and self._kept_open[0] == files:
            return self._kept_open[1]
        self._let_go()
        connection = self._open()
        self._kept_open = files, connection
        for part, path in kept.items():
            if path.exists():
                connection.execute(f"ATTACH ? AS kept_{part}", (f"{path.as_uri()}?immutable=1",))
        return connection

    def _let_go(self) -> None:
        if self._kept_open is not None:
            self._kept_open[1].close()
            self._kept_open = None

    def all(self) -> list[Snapshot]:
        found = sorted(self._folder.glob("*.main.db")) if self._folder.is_dir() else []
        return [self._read(path.name.removesuffix(".main.db")) for path in found]

    def delete(self, name: str) -> None:
        self._read(name)
        self._let_go()
        for part in self._live:
            self._file(name, part).unlink(missing_ok=True)

    def empty(self) -> None:
        with closing(self._open()) as connection, _whole(connection):
            for part in self._present():
                for table in _tables(connection, part):
                    if table not in LASTING:
                        _clear(connection, part, table)

    def _read(self, name: str) -> Snapshot:
        path = self._file(name, "main")
        if not path.exists():
            raise UnknownSnapshot(name)
        with closing(sqlite3.connect(path)) as copy:
            taken_at, frozen_at = copy.execute("SELECT * FROM snapshot").fetchone()
        return Snapshot(name, taken_at, frozen_at)

    def _file(self, name: str, part: str) -> Path:
        assert NAME.fullmatch(name), f"not a name of a snapshot: {name}"
        return self._folder / f"{name}.{part}.db"

    def _present(self) -> dict[str, str]:
        return {part: path for part, path in self._live.items() if Path(path).exists()}

    def _open(self) -> sqlite3.Connection:
        uri = Path(self._live["main"]).as_uri()
        raw = sqlite3.connect(
            uri, uri=True, isolation_level=None, timeout=30, check_same_thread=False
        )
        raw.execute("PRAGMA synchronous = NORMAL")
        if "sandbox" in self._present():
            raw.execute("ATTACH ? AS sandbox", (Path(self._live["sandbox"]).as_uri(),))
        return raw


@contextmanager
def _whole(raw: sqlite3.Connection) -> Iterator[None]:
    """Do all of it or nothing, while nobody else writes."""
    raw.execute("BEGIN IMMEDIATE")
    try:
        yield
        raw.execute("COMMIT")
    except BaseException:
        if raw.in_transaction:
            raw.execute("ROLLBACK")
        raise


def _identity(path: str | Path, *, written: bool) -> tuple[int, ...] | None:
    """Return what tells a file, and what was written to it, from others; None without one."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino, *((found.st_size, found.st_mtime_ns) if written else ())


def _tables(connection: sqlite3.Connection, part: str) -> list[str]:
    rows = connection.execute(
        f"SELECT name FROM {part}.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    return [name for (name,) in rows if name not in NOT_OURS]


def _differing(
    fetch: Callable[[str], Iterable[tuple[str]]],
    tables: Collection[str],
    kept: Collection[str],
    live: str,
    copies: str,
) -> list[str]:
    """Return the tables whose rows are not those kept; to compare costs less than to write.

    Every table has a primary key: no row is there twice. live, copies: the names of the schemas.
    """

    def differs(table: str) -> str:
        now, copy = f'{live}."{table}"', f'{copies}."{table}"'
        if table not in kept:
            return f"EXISTS (SELECT * FROM {now})"
        return (
            f"(SELECT COUNT(*) FROM {now}) <> (SELECT COUNT(*) FROM {copy})"
            f" OR EXISTS (SELECT * FROM {now} EXCEPT SELECT * FROM {copy})"
        )

    each = [f"SELECT '{table}' WHERE {differs(table)}" for table in tables]
    return [table for (table,) in fetch(" UNION ALL ".join(each))] if each else []


def _clear(connection: sqlite3.Connection, part: str, table: str) -> None:
    if connection.execute(f'SELECT 1 FROM {part}."{table}" LIMIT 1').fetchone():
        connection.execute(f'DELETE FROM {part}."{table}"')


class PostgresSnapshots:
    """Schemas beside the one in use, which holds the sandbox's tables too."""

    def __init__(self, url: str) -> None:
        self._url = url

    def take(self, snapshot: Snapshot) -> None:
        schema = _schema(snapshot.name)
        with self._open() as raw:
            raw.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')
            raw.execute(f'CREATE SCHEMA "{schema}"')
            for table in _filled(raw, _postgres_tables(raw)):
                raw.execute(f'CREATE TABLE "{schema}"."{table}" AS TABLE "{table}"')
            raw.execute(
                f'CREATE TABLE "{schema}".snapshot AS'
                " SELECT %s::bigint AS taken_at, %s::bigint AS frozen_at",
                (snapshot.taken_at, snapshot.frozen_at),
            )

    def restore(self, name: str) -> Snapshot:
        schema = _schema(name)
        with self._open() as raw:
            snapshot = self._read(raw, name)
            kept = [each for each in _postgres_tables(raw, schema) if each != "snapshot"]
            [(own,)] = raw.execute("SELECT quote_ident(current_schema())").fetchall()
            tables = _postgres_tables(raw)
            for table in _differing(raw.execute, tables, kept, own, f'"{schema}"'):
                raw.execute(f'DELETE FROM "{table}"')
                if table in kept:
                    raw.execute(f'INSERT INTO "{table}" SELECT * FROM "{schema}"."{table}"')
        return snapshot

    def all(self) -> list[Snapshot]:
        with self._open() as raw:
            rows = raw.execute(
                "SELECT nspname FROM pg_namespace WHERE starts_with(nspname::text, 'snapshot_')"
                " ORDER BY nspname"
            ).fetchall()
            return [self._read(raw, name.removeprefix("snapshot_")) for (name,) in rows]

    def delete(self, name: str) -> None:
        with self._open() as raw:
            self._read(raw, name)
            raw.execute(f'DROP SCHEMA "{_schema(name)}" CASCADE')

    def empty(self) -> None:
        with self._open() as raw:
            _empty(raw, LASTING)

    def _read(self, raw: Any, name: str) -> Snapshot:
        schema = _schema(name)
        if not raw.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema]).fetchone():
            raise UnknownSnapshot(name)
        row = raw.execute(f'SELECT taken_at, frozen_at FROM "{schema}".snapshot').fetchone()
        return Snapshot(name, *row)

    @contextmanager
    def _open(self) -> Iterator[Any]:
        import psycopg

        with psycopg.connect(patient_address(self._url)) as raw:
            raw.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            raw.execute("SET LOCAL synchronous_commit = off")
            yield raw


def _schema(name: str) -> str:
    assert NAME.fullmatch(name), f"not a name of a snapshot: {name}"
    return f"snapshot_{name}"


def _postgres_tables(raw: Any, schema: str | None = None) -> list[str]:
    rows = raw.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = COALESCE(%s::text, current_schema())"
        " ORDER BY tablename",
        [schema],
    ).fetchall()
    return [name for (name,) in rows if name not in NOT_OURS]


def _filled(raw: Any, tables: Collection[str]) -> list[str]:
    """Return which tables hold any row, in one query."""
    if not tables:
        return []
    asked = " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM \"{table}\")" for table in tables
    )
    return [name for (name,) in raw.execute(asked).fetchall()]


def _empty(raw: Any, keep: Collection[str]) -> None:
    for table in _filled(raw, [each for each in _postgres_tables(raw) if each not in keep]):
        raw.execute(f'DELETE FROM "{table}"')
