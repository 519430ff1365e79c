"""Fixtures of billing credits: lives of customers who use something and have credits for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stripe

from credits.spending import SpendingLife
from sound import assert_sound


@pytest.fixture(autouse=True, scope="module")
def books(server: Any) -> Iterator[None]:
    """Prove, once a module is done, that no credit was made or lost and that the books balance."""
    yield
    assert_sound(server.system)


@pytest.fixture
def life(client: stripe.StripeClient) -> SpendingLife:
    """Give a customer with a good card on a clock that stands at 2026-01-01."""
    return SpendingLife(client)


@pytest.fixture
def live(client: stripe.StripeClient) -> Callable[..., SpendingLife]:
    """Give the maker of further customers."""
    return lambda **terms: SpendingLife(client, **terms)
