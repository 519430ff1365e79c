"""Fixtures of subscriptions: lives of customers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import stripe

from subscriptions.life import Life


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    """Give a customer with a good card on a clock that stands at 2026-01-01."""
    return Life(client)


@pytest.fixture
def live(client: stripe.StripeClient) -> Callable[..., Life]:
    """Give the maker of further customers: `live(on="2026-01-31", card=None)`."""
    def make(on: str = "2026-01-01", card: str | None = "visa") -> Life:
        return Life(client, on, card)

    return make
