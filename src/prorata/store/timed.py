"""Timed: how long a database's transactions take, told to whoever counts."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

from prorata.store.database import Database

# Hears `read` or `write`, and seconds.
Hear = Callable[[str, float], None]


def time_transactions(database: Database, hear: Hear) -> None:
    """Tell of every transaction of this database from now on: from its begin to its commit.

    For one that writes on SQLite, where one thread writes for all, the wait for its turn counts.
    """

    def timed(what: str, run: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        begun = time.perf_counter()
        try:
            return run(*arguments, **named)
        finally:
            hear(what, time.perf_counter() - begun)

    def submitted(
        submit: Callable[..., "Future[Any]"], work: Any, **named: Any
    ) -> "Future[Any]":
        begun = time.perf_counter()
        future = submit(work, **named)
        future.add_done_callback(lambda _: hear("write", time.perf_counter() - begun))
        return future

    # On the object itself: a database that nobody times is not slowed down by this.
    methods = database.__dict__
    methods["read"] = partial(timed, "read", database.read)
    if database.dialect == "sqlite":
        methods["submit"] = partial(submitted, database.submit)
    else:
        methods["write"] = partial(timed, "write", database.write)
