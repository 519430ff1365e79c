"""Book: work that a command does on the account's books, in one transaction."""

from collections.abc import Callable
from typing import TypeVar

from prorata.model.errors import InvalidRequest, Momentary, Refused
from prorata.server.settings import DEV_ACCOUNT
from prorata.store.books import open_book
from prorata.store.unit_of_work import UnitOfWork

T = TypeVar("T")


def in_book(database: str, live: bool, work: Callable[[UnitOfWork], T]) -> T:
    """Return what work on the account in one mode gives; raise Refused for what is refused."""
    from prorata.server.assemble import assemble
    from prorata.server.settings import Settings

    server = assemble(Settings(database=database, dev=False, worker=False))
    try:
        book = server.system.database.write(
            lambda connection: open_book(connection, DEV_ACCOUNT, live)
        )
        result: T = server.system.write(book, work).result
        return result
    except (InvalidRequest, Momentary) as error:
        raise Refused(error.message[0].lower() + error.message[1:]) from None
    finally:
        server.close()
