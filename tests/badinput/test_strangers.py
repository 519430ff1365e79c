"""Every operation with somebody else's key: another account's, or the other mode's of our own.

What opens nothing of the shop must not find, name or change anything of it: each request is one
that succeeds with the shop's own key.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from badinput.asking import Answer, Asker
from badinput.bases import base_of, name_of, path_of
from badinput.conftest import LIVE_KEY, OTHER_KEY, Counter
from prorata.model.operation import Operation
from prorata.model.resource import REGISTRY
from prorata.store.connection import Connection
from prorata.store.names import table_name

# The same for everybody: no document of an account.
EVERYBODYS = frozenset({"reporting.report_type", "tax_code"})
# Where something else is looked for first, which is not there either.
ASKED_FIRST = {"POST /v1/payment_methods/{id}/attach": 400}

# They answer what they were sent, or nothing, and report what of it they do not find.
ECHOES = {
    "POST /v1/billing/meter_events", "POST /v2/billing/meter_events",
    "POST /v2/billing/meter_event_stream",
}  # fmt: skip


@pytest.fixture(params=[OTHER_KEY, LIVE_KEY], ids=["another account", "the other mode"])
def stranger(request: pytest.FixtureRequest, counter: Counter) -> Iterator[Asker]:
    """Give the asking with a key that opens nothing of the shop."""
    found = Asker(counter.server.url, request.param)
    yield found
    found.close()


def test_a_strangers_key_finds_and_changes_nothing(
    operation: Operation, counter: Counter, stranger: Asker
) -> None:
    stock = counter.stock
    path, tree = path_of(operation, stock), base_of(operation, stock)
    before = forms(counter)
    answer = stranger.ask(operation.method, path, tree)
    assert forms(counter) == before, answer.content
    if answer.status == 200 and operation.method != "GET":
        counter.restock()
    asked = ids_in(operation, counter, path, tree)
    hidden = set(stock.ids.values()) - everybodys(counter) - asked
    assert not [id for id in hidden if id.encode() in answer.content], answer.content
    if answer.status == 200:
        echoes = operation.route in ECHOES
        assert not asked or finds_nothing(answer) or echoes, answer.content
    elif any(f"/{id}" in path for id in asked):
        assert answer.status == ASKED_FIRST.get(operation.route, 404), answer.content
        assert answer.code in ("resource_missing", "not_found", None)
    assert answer.status < 500, answer.content


def test_another_account_is_forbidden(counter: Counter) -> None:
    stranger = Asker(counter.server.url, OTHER_KEY)
    for method in ("GET", "POST"):
        answer = stranger.ask(method, f"/v1/accounts/{counter.stock['account']}")
        assert answer.status == 403
    stranger.close()


def test_a_strangers_lists_name_nothing_of_the_shop(counter: Counter, stranger: Asker) -> None:
    own = set(counter.stock.ids.values()) - everybodys(counter)
    for path in ("customers", "events", "invoices", "subscriptions", "charges", "files",
                 "webhook_endpoints", "balance_transactions", "products", "coupons"):  # fmt: skip
        content = stranger.ask("GET", f"/v1/{path}", {"limit": 100}).content
        assert not [id for id in own if f'"{id}"'.encode() in content], path


def test_an_idempotency_key_belongs_to_its_books(counter: Counter, stranger: Asker) -> None:
    headers = {"Idempotency-Key": "the same for both"}
    mine = counter.asker.ask("POST", "/v1/customers", {"name": "Mine"}, headers)
    theirs = stranger.ask("POST", "/v1/customers", {"name": "Theirs"}, headers)
    assert (mine.status, theirs.status) == (200, 200)
    assert mine.body["id"] != theirs.body["id"]
    assert "idempotent-replayed" not in theirs.headers
    counter.restock()


def everybodys(counter: Counter) -> set[str]:
    """Return the ids that a stranger may well see: its own account's is the same in both modes."""
    ids = counter.stock.ids
    # Short texts, such as a coupon's chosen id, may stand in any answer.
    short = {id for id in ids.values() if len(id) < 8}
    return {ids["account"], *(ids[name] for name in EVERYBODYS), *short}


def ids_in(operation: Operation, counter: Counter, path: str, tree: Any) -> set[str]:
    """Return the shop's ids that a request names."""
    names = {name_of(operation, variable) for variable in operation.variables}
    known = set(counter.stock.ids.values()) - everybodys(counter)
    named = {counter.stock.ids[name] for name in names & counter.stock.ids.keys()}
    return (named | set(texts(tree)) | set(path.split("/"))) & known


def texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for child in node.values():
            yield from texts(child)
    elif isinstance(node, list):
        for child in node:
            yield from texts(child)


def finds_nothing(answer: Answer) -> bool:
    return answer.body.get("object") in ("list", "search_result") and answer.body["data"] == []


def forms(counter: Counter) -> list[Any]:
    """Return how much there is of each kind in the shop's books, and how often it was written."""
    tables = [table_name(kind) for kind in REGISTRY]

    def read(connection: Connection) -> list[Any]:
        [(own,)] = connection.query("SELECT MIN(key) FROM book")
        counts = " UNION ALL ".join(
            f"SELECT '{each}', COUNT(*), SUM(revision) FROM {each} WHERE book = {own}"
            for each in tables
        )
        return connection.query(counts)

    return counter.server.system.database.read(read)
