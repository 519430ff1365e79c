"""Servers: what the front-door tests run against, on the store that the test at hand is about.

PRORATA_TEST_ON says which store that is: `sqlite`, `postgresql`, or `both`: all of it on SQLite,
and what WHOLE and ONCE name a second time on PostgreSQL. It is `both` by itself where there is a
server.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from databases import POSTGRES, drop_spares, postgres_database
from prorata.testing import RunningServer
from prorata.testing import running as running_on
from prorata.testing.live_server import start as start_on

TEST_ON = os.environ.get("PRORATA_TEST_ON") or ("both" if POSTGRES else "sqlite")
# Directories and modules. What is about storing, finding and doing at a time runs on PostgreSQL
# whole: locks, keys that are taken, orders, pages, filters, searches, texts, what waits its time;
# and every operation once, in `storms/test_described.py`.
WHOLE = (
    "acceptance/test_list_filters.py", "acceptance/test_plumbing_errors.py",
    "acceptance/test_plumbing_idempotency.py", "acceptance/test_plumbing_lists.py",
    "acceptance/test_search_fields.py", "api", "badinput/test_lists.py",
    "badinput/test_metadata.py", "credits/test_together.py", "customers",
    "pricing/test_side_by_side.py", "storms", "store",
    "usage", "v2", "worker",
)  # fmt: skip
# What is about the rules of billing runs there once a test, with the first of its parameters: the
# same statements are sent for each. The rest of `acceptance` goes the ways of these rooms once
# more. `--everywhere` runs all of it there.
ONCE = (
    "badinput/test_references.py", "badinput/test_states.py", "catalogue", "checkout",
    "entitlements", "invoices", "mail", "payments", "quotes", "reports", "schedules",
    "subscriptions", "tax", "usage_billing",
)  # fmt: skip
# Where tests take from ten seconds to half a minute.
LONG = (
    "badinput/test_fuzz.py", "cli/test_commands.py", "simulation", "store/test_outages.py",
    "storms",
)  # fmt: skip

assert TEST_ON in {"sqlite", "postgresql", "both"}, f"PRORATA_TEST_ON is {TEST_ON}"
assert TEST_ON == "sqlite" or POSTGRES, "PRORATA_TEST_POSTGRES names the server; see scripts"


class Present:
    """The store of the test at hand; the fixture `store` sets it."""

    store = "sqlite" if TEST_ON == "both" else TEST_ON
    # Of PostgreSQL: the database with every table and no rows that new ones are copied from.
    template: str | None = None


@contextmanager
def fresh_database() -> Iterator[str]:
    """Give the URL of a new database of the present store; it is gone at the end."""
    if Present.store == "sqlite":
        yield "sqlite://"
        return
    with postgres_database(Present.template) as url:
        yield url


@contextmanager
def running(database: str | None = None, **settings: Any) -> Iterator[RunningServer]:
    """Run a server for the length of a `with` block, on a fresh database unless one is given."""
    with ExitStack() as stack:
        url = database or stack.enter_context(fresh_database())
        yield stack.enter_context(running_on(url, **settings))


def start(stack: ExitStack, database: str | None = None, **settings: Any) -> RunningServer:
    """Start a server, on a database that ends with the stack unless one is given."""
    return start_on(database or stack.enter_context(fresh_database()), **settings)


@contextmanager
def make_template() -> Iterator[None]:
    """Make the template that new databases of the present store are copied from."""
    from prorata.server.migrate import migrate

    if Present.store == "sqlite" or Present.template is not None:
        yield
        return
    with postgres_database() as url:
        migrate(url)
        Present.template = url.rpartition("/")[2]
        try:
            yield
        finally:
            drop_spares(Present.template)
            Present.template = None
