"""A paused subscription is not planned: its period has no end that a phase could have."""

from __future__ import annotations

import pytest
import stripe

from schedules.plans import PlannedLife


def test_a_schedule_is_not_made_from_a_paused_subscription(client: stripe.StripeClient) -> None:
    life = PlannedLife(client)
    subscription = life.subscribe(billing_mode={"type": "flexible"})
    life.client.subscriptions.pause(subscription.id)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        life.adopt(subscription)
    assert "`paused`" in str(refusal.value)
    assert life.read(subscription).schedule is None
