"""Fixtures of schedules: lives of customers that are planned ahead."""

from __future__ import annotations

import pytest
import stripe

from schedules.plans import PlannedLife


@pytest.fixture
def life(client: stripe.StripeClient) -> PlannedLife:
    """Give a customer with a good card on a clock that stands at 2026-01-01."""
    return PlannedLife(client)
