"""Page key: the publishable key by which our own pages speak to the API.

Keys are stored by their digest alone, so that a page cannot look one up: it has one of its own for
each account and mode, derived anew whenever it is needed. A publishable key is no secret; whoever
sees a page sees it.
"""

import hashlib

from prorata.engine.runtime import System
from prorata.model.transaction import Book
from prorata.store.books import add_key, find_key
from prorata.store.connection import Connection

NAME = "Hosted pages"
# After so many revoked ones the operator wants none.
TRIES = 8


def page_key(system: System, book: Book) -> str | None:
    """Return the key of an account's pages, made where it is missing; None if all are revoked."""
    for number in range(TRIES):
        secret = _secret(system, book, number)
        if _is_known(system, secret) or _added(system, book, secret):
            return secret
    return None


def _is_known(system: System, secret: str) -> bool:
    return system.database.read(lambda connection: find_key(connection, secret)) is not None


def _added(system: System, book: Book, secret: str) -> bool:
    def add(connection: Connection) -> bool:
        now = system.clock.now()
        id = system.ids.new("key_pk", now)
        add_key(connection, book, secret, id=id, now=now, name=NAME)
        # One that was revoked stays so.
        return find_key(connection, secret) is not None

    return system.database.write(add)


def _secret(system: System, book: Book, number: int) -> str:
    mode = "live" if book.livemode else "test"
    text = f"pages of {book.account} {mode} {number} at {system.base_url}"
    return f"pk_{mode}_pages{hashlib.sha256(text.encode()).hexdigest()[:32]}"
