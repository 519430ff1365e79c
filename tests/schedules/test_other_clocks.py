"""Other clocks: a request may come to a server whose clock is behind that of the one before it."""

from __future__ import annotations

import itertools
from copy import copy
from typing import Any

import stripe

from prorata.engine.advance import run_due
from prorata.resources.billing.subscription_schedule import SubscriptionSchedule
from prorata.store.books import all_books
from servers import running

NOON = 1_800_000_000


def client_of(server: Any) -> Any:
    return stripe.StripeClient(
        server.secret_key, base_addresses={"api": server.url}, max_network_retries=0
    ).v1


def scheduled(client: Any) -> tuple[Any, Any]:
    """Make a monthly subscription and a schedule of it; return both."""
    price = client.prices.create({
        "currency": "usd", "unit_amount": 1000, "recurring": {"interval": "month"},
        "product_data": {"name": "Basic"},
    }).id  # fmt: skip
    customer = client.customers.create({
        "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    }).id  # fmt: skip
    subscription = client.subscriptions.create({"customer": customer, "items": [{"price": price}]})
    schedule = client.subscription_schedules.create({"from_subscription": subscription.id})
    return subscription, schedule


def test_a_phase_is_divided_no_earlier_than_it_begins() -> None:
    """It ended before it began; with two that began at once, requests went on for ever."""
    with running(worker=False, now=NOON) as server:
        client = client_of(server)
        subscription, schedule = scheduled(client)
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


def test_phases_that_begin_at_once_are_lived_through_one_after_the_other() -> None:
    """Books of an earlier version may have such; whoever came to them went on for ever."""
    with running(worker=False, now=NOON) as server:
        client = client_of(server)
        _, schedule = scheduled(client)
        end = schedule.phases[0].end_date
        spans = [(NOON, NOON + 1), (NOON + 1, NOON + 2), (NOON + 2, NOON + 2)]
        spans += [(NOON + 2, NOON + 1), (NOON + 1, end)]

        def disorder(uow: Any) -> None:
            found = uow.get(SubscriptionSchedule, schedule.id)
            found.phases = [copy(found.phases[0]) for _ in spans]
            for phase, (start, ends) in zip(found.phases, spans, strict=True):
                phase.start_date, phase.end_date = start, ends
            found.current_phase.start_date, found.current_phase.end_date = spans[2]

        [book] = [each for each in server.system.database.read(all_books) if not each.livemode]
        server.system.write(book, disorder)
        server.system.clock.move_to(NOON + 5)
        progress = run_due(server.system, NOON + 5)
        assert progress.failed == []
        seen = client.subscription_schedules.retrieve(schedule.id)
        assert (seen.current_phase.start_date, seen.current_phase.end_date) == spans[-1]
