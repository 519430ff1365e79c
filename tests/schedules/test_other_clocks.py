"""Other clocks: a request may come to a server whose clock is behind that of the one before it."""

from __future__ import annotations

import itertools

import stripe

from servers import running

NOON = 1_800_000_000


def test_a_phase_is_divided_no_earlier_than_it_begins() -> None:
    """It ended before it began; with two that began at once, requests went on for ever."""
    with running(worker=False, now=NOON) as server:
        client = stripe.StripeClient(
            server.secret_key, base_addresses={"api": server.url}, max_network_retries=0
        ).v1
        price = client.prices.create({
            "currency": "usd", "unit_amount": 1000, "recurring": {"interval": "month"},
            "product_data": {"name": "Basic"},
        }).id  # fmt: skip
        customer = client.customers.create({
            "payment_method": "pm_card_visa",
            "invoice_settings": {"default_payment_method": "pm_card_visa"},
        }).id  # fmt: skip
        subscription = client.subscriptions.create(
            {"customer": customer, "items": [{"price": price}]}
        )
        schedule = client.subscription_schedules.create({"from_subscription": subscription.id})
        [item] = subscription["items"].data
        for quantity, second in enumerate((10, 12, 11, 9, 12, 13), 2):
            server.system.clock.move_to(NOON + second)
            client.subscriptions.update(
                subscription.id, {"items": [{"id": item.id, "quantity": quantity}]}
            )
        seen = client.subscription_schedules.retrieve(schedule.id)
        spans = [(each.start_date, each.end_date) for each in seen.phases]
        assert all(start < end for start, end in spans)
        assert all(one[1] == other[0] for one, other in itertools.pairwise(spans))
        assert [each["items"][0].quantity for each in seen.phases] == [1, 2, 6, 7]
        assert seen.current_phase.start_date == NOON + 13
