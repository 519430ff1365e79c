"""Encryption: the keys that secrets in the database are encrypted with, made and exchanged."""

import sys

from rich.console import Console

from prorata.model.errors import Refused

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


def roll_webhook(database: str, id: str, *, grace: str | None) -> None:
    """Give a webhook endpoint a new signing secret and print it, once."""
    from prorata.cli.keys import end_of
    from prorata.resources.webhooks.webhook_endpoint import WebhookEndpoint, roll_secret
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
            if system.read(book, lambda uow: uow.find(WebhookEndpoint, id)) is not None:
                done = system.write(
                    book, lambda uow: roll_secret(uow, uow.get(WebhookEndpoint, id), until)
                )
                print(done.result)
                return
    finally:
        server.close()
    raise Refused(f"no webhook endpoint has the id {id}.")
