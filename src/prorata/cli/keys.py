"""Keys: API keys made, listed and revoked on the command line."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from prorata.model.clock import SystemClock
from prorata.model.errors import Refused
from prorata.model.ids import ALPHABET, IdFactory
from prorata.server.settings import DEV_ACCOUNT
from prorata.store.books import add_key, open_book
from prorata.store.database import Database, open_database

RANDOM_CHARACTERS = 99


@contextmanager
def _database(url: str) -> Iterator[Database]:
    from prorata.server.migrate import require_current

    require_current(url)
    database = open_database(url)
    try:
        yield database
    finally:
        database.close()


def create_key(url: str, *, live: bool, publishable: bool, name: str | None) -> None:
    """Make a key and print it: it is stored only as a digest."""
    kind = "pk" if publishable else "sk"
    random = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_CHARACTERS))
    secret = f"{kind}_{'live' if live else 'test'}_{random}"
    now = SystemClock().now()
    with _database(url) as database:
        database.write(
            lambda connection: add_key(
                connection,
                open_book(connection, DEV_ACCOUNT, live),
                secret,
                id=IdFactory().new("key", now),
                now=now,
                name=name,
            )
        )
    Console().print(secret, soft_wrap=True, highlight=False)


def list_keys(url: str) -> None:
    """Print the keys: id, what they open, last characters, and when they were made or revoked."""
    with _database(url) as database:
        rows = database.read(
            lambda connection: connection.query(
                "SELECT k.id, k.kind, b.livemode, k.hint, k.name, k.created, k.revoked_at"
                " FROM api_key k JOIN book b ON b.key = k.book ORDER BY k.created, k.id"
            )
        )
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("id", "key", "name", "created", "revoked"):
        table.add_column(heading, no_wrap=True, min_width=None if heading == "name" else 12)
    for id, kind, livemode, hint, name, created, revoked_at in rows:
        mode = "live" if livemode else "test"
        table.add_row(id, f"{kind}_{mode}_…{hint}", name or "", _day(created), _day(revoked_at))
    console = Console()
    # Piped, the table is for programs and scripts: nothing is cut off.
    console.width = console.width if console.is_terminal else 200
    console.print(table)


def revoke_key(url: str, id: str) -> None:
    """Revoke a key; requests with it are refused from now on."""
    now = SystemClock().now()
    with _database(url) as database:
        revoked = database.write(
            lambda connection: connection.run(
                "UPDATE api_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", (now, id)
            )
        )
    if not revoked:
        raise Refused(f"no key in use has the id {id}. See `prorata keys list`.")
    Console().print(f"Revoked {id}.", highlight=False)


def _day(second: int | None) -> str:
    return "" if second is None else f"{datetime.fromtimestamp(second, UTC):%Y-%m-%d %H:%M}"
