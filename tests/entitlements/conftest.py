"""Fixtures of entitlements: a shop with features, and sound books at its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from entitlements.plans import Plans
from servers import running
from sound import assert_sound


@pytest.fixture(scope="module")
def server(store: str) -> Iterator[Any]:
    """Give a server for this module; its books must be sound when the module is done."""
    with running() as found:
        yield found
        assert_sound(found.system)


@pytest.fixture
def plans(client: stripe.StripeClient) -> Plans:
    """Give a customer with a good card on a clock that stands at 2026-01-01, and a catalogue."""
    return Plans(client)
