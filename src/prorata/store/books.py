"""Books and keys: which account and mode a key opens."""

import hashlib
import re
from dataclasses import dataclass

from prorata.model.transaction import Book
from prorata.store.connection import Connection

# The kind of a key that opens no more than one stream of events, and not for long.
SESSION = "mes"
# The kind of a key that opens what belongs to one customer, for an hour, to an app on a phone.
EPHEMERAL = "ek"
KEY_FORM = re.compile(r"(sk|rk|pk)_(test|live)_[A-Za-z0-9]{24,}")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is known after lookup: never the secret itself.

    permissions: of a restricted key, such as `customer_read`; None may do all that its kind may.
    hint: its last four characters. expires_at: real seconds UTC.
    """

    id: str
    book: Book
    kind: str
    permissions: frozenset[str] | None = None
    hint: str = ""
    expires_at: int | None = None

    @property
    def shown(self) -> str:
        """Return what may be printed of the key."""
        return f"{self.kind}_{'live' if self.book.livemode else 'test'}_****{self.hint}"


def digest(secret: str) -> str:
    """Return the form in which a key is stored. Keys are random and long: one hash suffices."""
    return hashlib.sha256(secret.encode()).hexdigest()


def open_book(connection: Connection, account: str, livemode: bool) -> Book:
    """Return the books of an account in one mode, making them when they are new."""
    rows = connection.query(
        "SELECT key FROM book WHERE account = ? AND livemode = ?", (account, int(livemode))
    )
    if rows:
        return Book(rows[0][0], account, livemode)
    key = connection.query("SELECT COALESCE(MAX(key), 0) + 1 FROM book")[0][0]
    connection.insert("book", ("key", "account", "livemode"), [(key, account, int(livemode))])
    return Book(key, account, livemode)


def all_books(connection: Connection) -> list[Book]:
    """Return every account in each of its modes."""
    rows = connection.query("SELECT key, account, livemode FROM book ORDER BY key")
    return [Book(key, account, bool(livemode)) for key, account, livemode in rows]


def add_key(
    connection: Connection,
    book: Book,
    secret: str,
    *,
    id: str,
    now: int,
    name: str | None = None,
    permissions: frozenset[str] | None = None,
) -> None:
    """Store a key by its digest; raise ValueError when it does not have the documented form."""
    form = KEY_FORM.fullmatch(secret)
    if form is None or (form[2] == "live") != book.livemode:
        raise ValueError(
            "A key is sk_, rk_ or pk_, then test_ or live_, then 24 or more letters and digits."
        )
    connection.run(
        "INSERT INTO api_key (id, digest, book, kind, hint, name, permissions, created)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (digest) DO NOTHING",
        (
            id, digest(secret), book.key, form[1], secret[-4:], name,
            None if permissions is None else " ".join(sorted(permissions)), now,
        ),
    )


def add_session(
    connection: Connection, book: Book, secret: str, *, id: str, now: int, expires_at: int
) -> None:
    """Store the key of a session, and drop those that are long over; times in real seconds."""
    connection.run(
        "DELETE FROM api_key WHERE kind = ? AND expires_at < ?", (SESSION, now - 86400)
    )
    connection.run(
        "INSERT INTO api_key (id, digest, book, kind, hint, created, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (id, digest(secret), book.key, SESSION, secret[-4:], now, expires_at),
    )


def add_ephemeral_key(
    connection: Connection,
    book: Book,
    secret: str,
    *,
    id: str,
    customer: str,
    now: int,
    expires_at: int,
) -> None:
    """Store the key of a customer's own things; times in real seconds."""
    connection.run(
        "DELETE FROM api_key WHERE kind = ? AND expires_at < ?", (EPHEMERAL, now - 86400)
    )
    connection.run(
        "INSERT INTO api_key (id, digest, book, kind, hint, permissions, created, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (id, digest(secret), book.key, EPHEMERAL, secret[-4:], customer, now, expires_at),
    )


def end_ephemeral_key(
    connection: Connection, book: Book, id: str, now: int
) -> tuple[int, int] | None:
    """Revoke such a key; return its creation and its end in seconds, None when it is unknown."""
    rows = connection.query(
        "SELECT created, expires_at FROM api_key WHERE id = ? AND book = ? AND kind = ?"
        " AND revoked_at IS NULL",
        (id, book.key, EPHEMERAL),
    )
    if not rows:
        return None
    connection.run("UPDATE api_key SET revoked_at = ? WHERE id = ?", (now, id))
    return rows[0][0], rows[0][1]


def find_key(connection: Connection, secret: str) -> ApiKey | None:
    """Return what a key opens, also when it has expired; None when it is unknown or revoked."""
    rows = connection.query(
        "SELECT k.id, k.kind, k.permissions, k.hint, k.expires_at, b.key, b.account, b.livemode"
        " FROM api_key k JOIN book b ON b.key = k.book WHERE k.digest = ? AND k.revoked_at IS NULL",
        (digest(secret),),
    )
    if not rows:
        return None
    id, kind, permissions, hint, expires_at, key, account, livemode = rows[0]
    granted = None if permissions is None else frozenset(permissions.split())
    if kind == "rk" and granted is None:
        # What was never granted is not allowed.
        granted = frozenset()
    return ApiKey(id, Book(key, account, bool(livemode)), kind, granted, hint, expires_at)
