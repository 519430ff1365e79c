"""Books: the shop's own database; who its users are, what they may use, and what it was told."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from settings import DATABASE

TABLES = """
CREATE TABLE IF NOT EXISTS users (
  id INTEGER PRIMARY KEY,
  email TEXT NOT NULL UNIQUE COLLATE NOCASE,
  customer TEXT UNIQUE,
  share TEXT UNIQUE,
  plan TEXT, price TEXT, subscription TEXT, status TEXT,
  paid_until INTEGER, ends_at INTEGER,
  features TEXT NOT NULL DEFAULT '[]'
);
CREATE TABLE IF NOT EXISTS events (
  id TEXT PRIMARY KEY,
  type TEXT NOT NULL,
  created INTEGER NOT NULL,
  customer TEXT,
  done TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_of_customer ON events (customer);
"""


@dataclass(frozen=True)
class User:
    """Somebody with an account; what `access.py` wrote down of their subscription."""

    id: int
    email: str
    customer: str | None = None
    share: str | None = None
    plan: str | None = None
    price: str | None = None
    subscription: str | None = None
    status: str | None = None
    paid_until: int | None = None
    ends_at: int | None = None
    features: tuple[str, ...] = ()

    @property
    def has_access(self) -> bool:
        return bool(self.features)

    def may(self, feature: str) -> bool:
        return feature in self.features


@contextmanager
def reading() -> Iterator[sqlite3.Connection]:
    """Give a connection for a few questions."""
    db = sqlite3.connect(DATABASE, timeout=30, isolation_level=None)
    db.row_factory = sqlite3.Row
    try:
        yield db
    finally:
        db.close()


@contextmanager
def writing() -> Iterator[sqlite3.Connection]:
    """Give a connection that nobody else writes beside; all of it is kept, or nothing."""
    with reading() as db:
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")


def make_tables() -> None:
    with reading() as db:
        db.executescript(TABLES)


def user_with(db: sqlite3.Connection, column: str, value: object) -> User | None:
    """Return the user whose id, email, customer or share link this is."""
    assert column in {"id", "email", "customer", "share"}
    row = db.execute(f"SELECT * FROM users WHERE {column} = ?", (value,)).fetchone()
    return None if row is None else User(**{**row, "features": tuple(json.loads(row["features"]))})


def user_called(db: sqlite3.Connection, email: str) -> User:
    """Return the user with this address, a new one if need be."""
    db.execute("INSERT INTO users (email) VALUES (?) ON CONFLICT DO NOTHING", (email,))
    found = user_with(db, "email", email)
    assert found is not None
    return found


def change(db: sqlite3.Connection, user: User, **columns: object) -> None:
    """Write columns of a user; features are a list of lookup keys."""
    if "features" in columns:
        columns["features"] = json.dumps(columns["features"])
    assignments = ", ".join(f"{name} = :{name}" for name in columns)
    db.execute(f"UPDATE users SET {assignments} WHERE id = :user", {**columns, "user": user.id})


def was_told(db: sqlite3.Connection, event: str) -> bool:
    return db.execute("SELECT 1 FROM events WHERE id = ?", (event,)).fetchone() is not None


def remember(
    db: sqlite3.Connection, *, id: str, type: str, created: int, customer: str | None, done: str
) -> None:
    """Note an event that was acted upon, so that it is acted upon once."""
    db.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?)", (id, type, created, customer, done))


def told_of(db: sqlite3.Connection, customer: str | None, limit: int = 60) -> list[sqlite3.Row]:
    """Return the latest events of a customer, newest first."""
    return db.execute(
        "SELECT * FROM events WHERE customer = ? ORDER BY rowid DESC LIMIT ?", (customer, limit)
    ).fetchall()
