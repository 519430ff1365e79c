"""Cost: renewals ask nothing about entitlements that do not change, and once about all that do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import stripe

from entitlements.plans import UPDATED
from prorata.engine.advance import run_due
from prorata.store.connection import SqliteConnection
from prorata.testing import running
from subscriptions.life import at

NOW = at("2026-01-01")
Prepare = Callable[[Any, Any, list[Any]], None]


@contextmanager
def queries() -> Iterator[list[str]]:
    """Collect what is asked of SQLite meanwhile."""
    asked: list[str] = []
    query = SqliteConnection.query

    def listening(self: Any, sql: str, parameters: Any = ()) -> Any:
        asked.append(sql)
        return query(self, sql, parameters)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SqliteConnection, "query", listening)
        yield asked


def renewals(size: int, features: int, prepare: Prepare | None = None) -> tuple[int, int, int]:
    """Renew so many subscriptions at once.

    Returns how many queries that took, how many of them were about entitlements, and how many
    summaries were told.
    """
    with running("sqlite://", worker=False) as server:
        system = server.system
        system.clock.move_to(NOW)
        client = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url}).v1
        price = client.prices.create({
            "currency": "usd", "unit_amount": 1_000, "recurring": {"interval": "month"},
            "product_data": {"name": "Pro"}})
        for number in range(features):
            attach(client, price, f"f{number}")
        started = []
        for _ in range(size):
            customer = client.customers.create({
                "payment_method": "pm_card_visa",
                "invoice_settings": {"default_payment_method": "pm_card_visa"}})
            started.append(client.subscriptions.create(
                {"customer": customer.id, "items": [{"price": price.id}]}))
        if prepare is not None:
            prepare(client, price, started)
        with queries() as asked:
            done = run_due(system, at("2026-02-01"), virtual=True)
        assert done.failed == [] and done.attended >= size
        renewed = client.subscriptions.list({"status": "all", "limit": 100}).data
        assert {each.status for each in renewed} <= {"active", "canceled"}
        told = client.events.list(
            {"type": UPDATED, "created": {"gte": at("2026-02-01")}, "limit": 100})
    return len(asked), sum("entitlements" in each for each in asked), len(told.data)


def attach(client: Any, price: Any, key: str) -> None:
    feature = client.entitlements.features.create({"name": key, "lookup_key": key})
    client.products.features.create(price.product, {"entitlement_feature": feature.id})


def one_more(client: Any, price: Any, started: list[Any]) -> None:
    attach(client, price, "more")


def all_leave(client: Any, price: Any, started: list[Any]) -> None:
    for each in started:
        client.subscriptions.update(each.id, {"cancel_at_period_end": True})


def test_without_features_nothing_is_asked() -> None:
    few, many = renewals(2, 0), renewals(9, 0)
    assert few[1:] == many[1:] == (0, 0)
    assert few[0] == many[0]


def test_features_that_stay_cost_no_query() -> None:
    plain = renewals(4, 0)
    assert renewals(4, 3) == plain
    assert renewals(9, 3) == plain


def test_what_changes_is_asked_once_for_all() -> None:
    few, many = renewals(2, 2, one_more), renewals(9, 2, one_more)
    assert few[1] == many[1] == 1
    assert (few[2], many[2]) == (2, 9)
    assert few[0] == many[0] == renewals(2, 0)[0] + 1


def test_whoever_leaves_is_asked_about_once_for_all() -> None:
    few, many = renewals(2, 2, all_leave), renewals(9, 2, all_leave)
    assert few[1] == many[1] == 1
    assert (few[2], many[2]) == (2, 9)
