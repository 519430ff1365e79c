"""Fixtures of usage billing: customers whose use is metered, and the doctor's word at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stripe

from prorata.engine.doctor import examine
from usage_billing.metering import MeteredLife


@pytest.fixture(autouse=True, scope="module")
def books(server: Any) -> Iterator[None]:
    """Prove, once a module is done, that the books balance and no usage was lost."""
    yield
    found = [each for check in examine(server.system) for each in check.findings]
    assert not found, "\n".join(f"{each.check}: {each.id}: {each.problem}" for each in found)


@pytest.fixture
def life(client: stripe.StripeClient, server: Any) -> MeteredLife:
    """Give a customer with a good card on a clock that stands at 2026-01-01."""
    return MeteredLife(client)


@pytest.fixture
def live(client: stripe.StripeClient, server: Any) -> Callable[..., MeteredLife]:
    """Give the maker of further customers."""
    return lambda **terms: MeteredLife(client, **terms)
