"""Keys: what the operator does with API keys: list them, end them, exchange them for new ones."""

from dataclasses import dataclass

from prorata.model.transaction import Book
from prorata.store.books import SESSION, add_key
from prorata.store.connection import Connection

_COLUMNS = (
    "k.id, k.kind, k.hint, k.name, k.permissions, k.created, k.expires_at, k.revoked_at,"
    " b.key, b.account, b.livemode"
)


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key as it is kept, without its secret; times in real seconds UTC."""

    id: str
    kind: str
    hint: str
    name: str | None
    permissions: str | None
    created: int
    expires_at: int | None
    revoked_at: int | None
    book: Book

    def ended(self, now: int) -> bool:
        """Return whether the key opens nothing any more."""
        expired = self.expires_at is not None and self.expires_at <= now
        return self.revoked_at is not None or expired


def stored_keys(connection: Connection) -> list[StoredKey]:
    """Return every key, oldest first; those of sessions end by themselves."""
    rows = connection.query(
        f"SELECT {_COLUMNS} FROM api_key k JOIN book b ON b.key = k.book WHERE k.kind <> ?"
        " ORDER BY k.created, k.id",
        (SESSION,),
    )
    found = []
    for id, kind, hint, name, permissions, created, expires_at, revoked_at, *book in rows:
        key, account, livemode = book
        found.append(StoredKey(
            id, kind, hint, name, permissions, created, expires_at, revoked_at,
            Book(key, account, bool(livemode)),
        ))  # fmt: skip
    return found


def revoke(connection: Connection, id: str, now: int) -> bool:
    """End a key at once; return whether there was one in use with this id."""
    return bool(
        connection.query(
            "UPDATE api_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL RETURNING id",
            (now, id),
        )
    )


def expire(connection: Connection, id: str, at: int) -> bool:
    """Let a key end at a second (real time), or sooner if it ends by itself before."""
    return bool(
        connection.query(
            "UPDATE api_key SET expires_at = ? WHERE id = ? AND revoked_at IS NULL"
            " AND (expires_at IS NULL OR expires_at > ?) RETURNING id",
            (at, id, at),
        )
    )


def roll(
    connection: Connection, old: StoredKey, secret: str, *, id: str, now: int, ends_at: int
) -> None:
    """Store a new key that may do what an old one may, and let the old one end at a second.

    Raises Refused when the new secret does not have the documented form.
    """
    permissions = None if old.permissions is None else frozenset(old.permissions.split())
    add_key(connection, old.book, secret, id=id, now=now, name=old.name, permissions=permissions)
    if ends_at <= now:
        revoke(connection, old.id, now)
    else:
        expire(connection, old.id, ends_at)
