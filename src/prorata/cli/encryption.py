"""Encryption: the keys that secrets in the database are encrypted with, made and exchanged."""

import sys
from functools import partial
from typing import TYPE_CHECKING

from rich.console import Console

from prorata.model.errors import Refused

if TYPE_CHECKING:
    from prorata.model.resource import Resource
    from prorata.store.unit_of_work import UnitOfWork

SHOWN = 20


def print_new_key() -> None:
    """Print a new encryption key; it is kept nowhere."""
    from prorata.store.seals import new_key

    print(new_key())


def rotate_encryption(database: str, *, new_key: bool) -> None:
    """Encrypt every secret anew with the first key; exit with 1 when some cannot be decrypted."""
    from prorata.engine.sealed import Resealed, reseal
    from prorata.server.assemble import assemble
    from prorata.server.secret_keys import add_key_beside, require_keys
    from prorata.server.settings import Settings

    require_keys(database)
    if new_key:
        add_key_beside(database)
    server = assemble(Settings(database=database, dev=False, worker=False))
    terminal = Console(file=sys.stderr)
    try:
        with terminal.status("Encrypting…") as status:

            def show(done: Resealed) -> None:
                status.update(f"Encrypting… {done.texts:,}")

            done = reseal(server.system, show if terminal.is_terminal else None)
        name = server.system.seals.names[0]
    finally:
        server.close()
    noun = "secret is" if done.texts == 1 else "secrets are"
    print(f"{done.texts:,} {noun} encrypted anew; all that can be decrypted has the key {name}.")
    for each in done.unopened[:SHOWN]:
        print(f"  not decrypted: {each}")
    if done.unopened:
        raise SystemExit(1)


def _found(cls: "type[Resource]", id: str, uow: "UnitOfWork") -> bool:
    return uow.find(cls, id) is not None


def _rolled(cls: "type[Resource]", id: str, until: int, uow: "UnitOfWork") -> str:
    from prorata.resources.webhooks.webhook_endpoint import roll_secret

    return roll_secret(uow, uow.get(cls, id), until)


def roll_webhook(database: str, id: str, *, grace: str | None) -> None:
    """Give a webhook endpoint or an event destination a new signing secret and print it, once."""
    from prorata.cli.keys import end_of
    from prorata.resources.webhooks.event_destination import EventDestination
    from prorata.resources.webhooks.webhook_endpoint import WebhookEndpoint
    from prorata.server.assemble import assemble
    from prorata.server.secret_keys import require_keys
    from prorata.server.settings import Settings
    from prorata.store.books import all_books

    require_keys(database)
    server = assemble(Settings(database=database, dev=False, worker=False))
    system = server.system
    try:
        now = system.clock.now()
        until = now if grace is None else end_of(grace, now)
        for book in system.database.read(all_books):
            for cls in (WebhookEndpoint, EventDestination):
                if system.read(book, partial(_found, cls, id)):
                    print(system.write(book, partial(_rolled, cls, id, until)).result)
                    return
    finally:
        server.close()
    raise Refused(f"no webhook endpoint has the id {id}.")
