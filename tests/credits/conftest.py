"""Fixtures of billing credits: lives of customers who use something and have credits for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stripe

from credits.spending import SpendingLife
from prorata.engine.doctor import examine
from prorata.engine.subscriptions import usage


@pytest.fixture(autouse=True, scope="module")
def books(server: Any) -> Iterator[None]:
    """Prove, once a module is done, that no credit was made or lost and that the books balance."""
    yield
    found = [each for check in examine(server.system) for each in check.findings]
    assert not found, "\n".join(f"{each.check}: {each.id}: {each.problem}" for each in found)


@pytest.fixture(scope="module")
def used() -> Iterator[dict[str, int]]:
    """Give what is used of each price in every period, counted instead of by a meter."""
    quantities: dict[str, int] = {}

    def count(tx, subscription, item, start, end):
        return quantities.get(item.price.id, 0)

    usage.measures(count)
    yield quantities
    usage.METERS.remove(count)


@pytest.fixture
def life(client: stripe.StripeClient, used: dict[str, int]) -> SpendingLife:
    """Give a customer with a good card on a clock that stands at 2026-01-01."""
    return SpendingLife(client, used)


@pytest.fixture
def live(client: stripe.StripeClient, used: dict[str, int]) -> Callable[..., SpendingLife]:
    """Give the maker of further customers."""
    return lambda **terms: SpendingLife(client, used, **terms)
