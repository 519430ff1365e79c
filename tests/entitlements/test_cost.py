"""Cost: renewals ask nothing about entitlements that do not change, and once about all that do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from asked import queries
from entitlements.plans import UPDATED
from prorata.engine.advance import run_due
from prorata.model.ids import IdFactory
from prorata.testing import running
from subscriptions.life import at

NOW = at("2026-01-01")
Prepare = Callable[[Any, Any, list[Any]], None]
# What is stored of features, of who may use them, and of what is sold.
TABLES = ("doc_entitlements", "doc_product", "doc_prorata_quota")


def renewals(size: int, features: int, prepare: Prepare | None = None) -> tuple[int, int]:
    """Renew so many subscriptions at once.

    Returns how many queries that took of these tables, and how many summaries were told.
    """
    with running("sqlite://", worker=False) as server:
        system = server.system
        system.clock.move_to(NOW)
        # Customers of one bucket are renewed one after another: here no two of them share one.
        system.ids = IdFactory(1)
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
    about = [each for each in asked if any(name in each for name in TABLES)]
    return len(about), len(told.data)


def attach(client: Any, price: Any, key: str) -> None:
    feature = client.entitlements.features.create({"name": key, "lookup_key": key})
    client.products.features.create(price.product, {"entitlement_feature": feature.id})


def one_more(client: Any, price: Any, started: list[Any]) -> None:
    attach(client, price, "more")


def all_leave(client: Any, price: Any, started: list[Any]) -> None:
    for each in started:
        client.subscriptions.update(each.id, {"cancel_at_period_end": True})


@pytest.fixture(scope="module")
def plain() -> int:
    """Give how often the products are asked for where nobody has features."""
    few, many = renewals(2, 0), renewals(9, 0)
    assert few == many and few[1] == 0
    return few[0]


def test_features_that_stay_cost_no_query(plain: int) -> None:
    assert renewals(4, 3) == renewals(9, 3) == (plain, 0)


def test_what_changes_is_asked_once_for_all(plain: int) -> None:
    assert renewals(2, 2, one_more) == (plain + 1, 2)
    assert renewals(9, 2, one_more) == (plain + 1, 9)


def test_whoever_leaves_is_asked_about_once_for_all(plain: int) -> None:
    assert renewals(2, 2, all_leave) == (plain + 1, 2)
    assert renewals(9, 2, all_leave) == (plain + 1, 9)
