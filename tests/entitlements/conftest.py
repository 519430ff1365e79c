"""Fixtures of entitlements: a shop with features, and sound books at its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from entitlements.plans import Plans
from prorata.engine.doctor import examine
from servers import running


@pytest.fixture(scope="module")
def server(store: str) -> Iterator[Any]:
    """Give a server for this module; its books must be sound when the module is done."""
    with running() as found:
        yield found
        problems = [each for check in examine(found.system) for each in check.findings]
        assert not problems, "\n".join(
            f"{each.check}: {each.id}: {each.problem}" for each in problems
        )


@pytest.fixture
def plans(client: stripe.StripeClient) -> Plans:
    """Give a customer with a good card on a clock that stands at 2026-01-01, and a catalogue."""
    return Plans(client)
