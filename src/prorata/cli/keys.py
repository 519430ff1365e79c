"""Keys: API keys made, listed, rolled and revoked on the command line."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from prorata.cli.printing import as_said
from prorata.model.clock import SystemClock
from prorata.model.errors import InvalidRequest, Refused
from prorata.model.ids import ALPHABET, IdFactory
from prorata.server.settings import DEV_ACCOUNT
from prorata.store.books import add_key, open_book
from prorata.store.connection import Connection
from prorata.store.database import Database, open_database
from prorata.store.keys import StoredKey, expire, revoke, roll, stored_keys

RANDOM_CHARACTERS = 99


@contextmanager
def open_books(url: str) -> Iterator[Database]:
    """Open a database that is up to date, for the length of a block."""
    from prorata.server.current import require_current

    require_current(url)
    database = open_database(url)
    try:
        yield database
    finally:
        database.close()


def create_key(
    url: str,
    *,
    live: bool,
    publishable: bool,
    restricted: bool,
    allow: str,
    expires: str | None,
    name: str | None,
) -> None:
    """Make a key and print it: it is stored only as a digest."""
    kind = "rk" if restricted else "pk" if publishable else "sk"
    permissions = _permissions(allow) if restricted else None
    if restricted and publishable:
        raise Refused("a key is restricted or publishable, not both.")
    if allow and not restricted:
        raise Refused("--allow is for keys that are made with --restricted.")
    secret = _new_secret(kind, live)
    now = SystemClock().now()
    ends_at = None if expires is None else end_of(expires, now)
    if ends_at == now:
        raise Refused(f"a key that expires after {expires} would open nothing.")

    def work(connection: Connection) -> None:
        id = IdFactory().new("key", now)
        book = open_book(connection, DEV_ACCOUNT, live)
        add_key(connection, book, secret, id=id, now=now, name=name, permissions=permissions)
        if ends_at is not None:
            expire(connection, id, ends_at)

    with open_books(url) as database:
        database.write(work)
    Console().print(secret, soft_wrap=True, highlight=False)


def roll_key(url: str, id: str, *, grace: str | None) -> None:
    """Make a key that may do what an old one may, print it, and let the old one end."""
    now = SystemClock().now()
    ends_at = now if grace is None else end_of(grace, now)

    def work(connection: Connection) -> str:
        old = next((each for each in stored_keys(connection) if each.id == id), None)
        if old is None or old.ended(now):
            raise _unknown(id)
        secret = _new_secret(old.kind, old.book.livemode)
        roll(connection, old, secret, id=IdFactory().new("key", now), now=now, ends_at=ends_at)
        return secret

    with open_books(url) as database:
        secret = database.write(work)
    Console().print(secret, soft_wrap=True, highlight=False)


def list_keys(url: str) -> None:
    """Print the keys: id, what they open and may do, and when they were made and end."""
    with open_books(url) as database:
        keys = database.read(stored_keys)
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("id", "key", "name", "created", "ends", "permissions"):
        wide = heading in ("name", "permissions")
        table.add_column(heading, no_wrap=heading != "permissions", min_width=None if wide else 12)
    for each in keys:
        mode = "live" if each.book.livemode else "test"
        table.add_row(
            each.id, f"{each.kind}_{mode}_…{each.hint}", as_said(each.name or ""),
            _day(each.created), _end(each), _shown(each),
        )  # fmt: skip
    console = Console()
    # Piped, the table is for programs and scripts: nothing is cut off.
    console.width = console.width if console.is_terminal else 1_000
    console.print(table)


def revoke_key(url: str, id: str) -> None:
    """Revoke a key; requests with it are refused from now on."""
    now = SystemClock().now()
    with open_books(url) as database:
        if not database.write(lambda connection: revoke(connection, id, now)):
            raise _unknown(id)
    Console().print(f"Revoked {id}.", highlight=False)


def end_of(text: str, now: int) -> int:
    """Return the second at which a span such as 90d or 24h ends; raise Refused for other texts."""
    from prorata.api.spans import parse_span

    try:
        return parse_span(text).after(now)
    except InvalidRequest as error:
        raise Refused(error.message[:1].lower() + error.message[1:]) from None


def _permissions(allow: str) -> frozenset[str]:
    import prorata.engine.all
    import prorata.resources.all  # noqa: F401
    from prorata.api.permissions import granted

    words = [word for word in allow.split(",") if word.strip()]
    if not words:
        raise Refused(
            "a restricted key needs --allow, such as --allow customers:write,events:read."
        )
    return granted(words)


def _new_secret(kind: str, live: bool) -> str:
    random = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_CHARACTERS))
    return f"{kind}_{'live' if live else 'test'}_{random}"


def _unknown(id: str) -> Refused:
    return Refused(f"no key in use has the id {id}. See `prorata keys list`.")


def _shown(key: StoredKey) -> str:
    """Return a key's permissions; a reading that a writing includes goes without saying."""
    names = (key.permissions or "").split()
    return " ".join(
        each.replace("_read", ":read").replace("_write", ":write") for each in names
        if not (each.endswith("_read") and f"{each.removesuffix('_read')}_write" in names)
    )  # fmt: skip


def _end(key: StoredKey) -> str:
    if key.revoked_at is not None:
        return f"revoked {_day(key.revoked_at)}"
    return _day(key.expires_at)


def _day(second: int | None) -> str:
    return "" if second is None else f"{datetime.fromtimestamp(second, UTC):%Y-%m-%d %H:%M}"
