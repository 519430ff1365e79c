"""Fixtures of pricing: a customer with a good card, whose clock stands at 2026-01-01."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stripe

from pricing.shop import Shopper
from servers import running
from sound import assert_sound


@pytest.fixture(scope="module")
def server(store: str) -> Iterator[Any]:
    """Give a server for this module; its books must be sound when the module is done."""
    with running() as found:
        yield found
        assert_sound(found.system)


@pytest.fixture
def shopper(client: stripe.StripeClient) -> Shopper:
    return Shopper(client)


@pytest.fixture
def shoppers(client: stripe.StripeClient) -> Callable[..., Shopper]:
    """Give the maker of further customers: `shoppers(on="2026-01-31", card=None)`."""

    def make(on: str = "2026-01-01", card: str | None = "visa") -> Shopper:
        return Shopper(client, on, card)

    return make
