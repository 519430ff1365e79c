"""Proofs: the doctor names entitlements that nobody grants, and grants that nobody was given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from entitlements.plans import Plans
from prorata.engine.doctor import examine
from servers import running

ENTITLEMENTS = "doc_entitlements_active_entitlement"


@pytest.fixture
def shop() -> Iterator[tuple[Any, Plans, Any]]:
    """Give a server of one's own, and a customer who has a plan."""
    with running() as server:
        plans = Plans(stripe.StripeClient(server.secret_key, base_addresses={"api": server.url}))
        price = plans.plan("Pro", "chat")
        plans.quota("Pro", "chat", 5, per_unit=True)
        yield server, plans, plans.subscribe(price)


def found(server: Any) -> list[str]:
    return [
        each.problem for check in examine(server.system) for each in check.findings
        if "entitlement" in check.name or "products grant" in check.name
    ]


def spoil(server: Any, sql: str) -> list[str]:
    server.system.database.write(lambda connection: connection.run(sql))
    return found(server)


def test_sound_books_have_no_findings(shop: Any) -> None:
    assert found(shop[0]) == []


def test_an_entitlement_that_is_missing(shop: Any) -> None:
    server, plans, subscription = shop
    [problem] = spoil(server, f"UPDATE {ENTITLEMENTS} SET deleted = 1")
    item = subscription["items"].data[0].id
    key = plans.feature("chat").lookup_key
    assert problem == f"{plans.customer.id} has no {key} of {item}"


@pytest.mark.parametrize(("sql", "problem"), [
    ("UPDATE doc_subscription SET document = replace(document, '\"status\":\"active\"',"
     " '\"status\":\"unpaid\"')", "(unpaid) grants nothing"),
    (f"UPDATE {ENTITLEMENTS} SET private = replace(private, '\"limit\":5', '\"limit\":6')",
     "limit=6"),
    (f"UPDATE {ENTITLEMENTS} SET private = '{{}}'", "nothing grants it"),
    ("UPDATE doc_subscription SET deleted = 1, id = 'sub_gone'", "is no subscription of"),
])  # fmt: skip
def test_what_is_wrong_is_named(shop: Any, sql: str, problem: str) -> None:
    assert any(problem in each for each in spoil(shop[0], sql))


def test_what_a_test_clock_took_with_it_is_missed_by_nobody(shop: Any) -> None:
    server, plans, _ = shop
    plans.client.test_helpers.test_clocks.delete(plans.customer.test_clock)
    assert found(server) == []
