"""Meanwhile: something else is done before the first try of some work is written."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
import stripe

from prorata.model.errors import APIError
from prorata.model.transaction import RequestInfo
from prorata.store.books import all_books


def meanwhile(
    server: Any,
    work: Callable[[Any], object],
    elsewhere: Callable[[], object],
    said: str | None = "No such",
    request: RequestInfo | None = None,
) -> int:
    """Do some work, and something else before its first try is written; return the tries.

    said: what the second try is refused with, None if it is not. request: what asks for the work.
    """
    tries = 0

    def attempt(uow: Any) -> None:
        nonlocal tries
        tries += 1
        work(uow)
        if tries == 1:
            elsewhere()

    with pytest.raises(APIError, match=said) if said else nullcontext():
        # On SQLite others write meanwhile only where a unit is decided beside its one writer.
        book = server.system.database.read(all_books)[0]
        server.system.write(book, attempt, beside=True, request=request)
    return tries


def client(server: Any) -> Any:
    addresses: Any = {"api": server.url}
    return stripe.StripeClient(server.secret_key, base_addresses=addresses).v1
