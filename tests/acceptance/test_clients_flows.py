"""What mirrors, plugins and sample apps do with subscriptions and webhooks."""

from __future__ import annotations

import json
from typing import Any

import pytest
import stripe

from subscriptions.life import Life, at
from worker.receiver import Received, Receiver, eventually

from .tape import Tape, one
from .till import Till

ONLINE = {"customer_acceptance": {
    "type": "online", "online": {"ip_address": "127.0.0.1", "user_agent": "tests"},
}}  # fmt: skip


@pytest.fixture
def receiver() -> Any:
    found = Receiver()
    yield found
    found.close()


def test_a_metered_subscription_starts_without_a_method_and_is_given_one(
    client: stripe.StripeClient,
) -> None:
    life = Life(client, card=None)
    started = life.subscribe(life.metered())
    assert started.status == "active"
    setup = client.v1.setup_intents.retrieve(started.pending_setup_intent)
    assert (setup.status, setup.usage) == ("requires_payment_method", "off_session")
    assert setup.customer == life.customer.id
    client.v1.setup_intents.confirm(
        setup.id, {"payment_method": "pm_card_visa", "return_url": "https://example.com"}
    )
    found = life.read(started)
    assert found.pending_setup_intent is None
    method = client.v1.payment_methods.retrieve(found.default_payment_method)
    assert (method.card.last4, method.customer) == ("4242", life.customer.id)


def test_a_schedule_is_adopted_sent_back_and_released(client: stripe.StripeClient) -> None:
    life = Life(client)
    subscription = life.subscribe(life.price())
    schedules = client.v1.subscription_schedules
    schedule = schedules.create({"from_subscription": subscription.id})
    (phase,) = schedule.phases
    assert life.read(subscription).schedule == schedule.id
    planned = schedules.update(schedule.id, {"phases": [
        {
            "items": [{"price": each.price, "quantity": each.quantity} for each in phase["items"]],
            "start_date": phase.start_date, "end_date": phase.end_date,
        },
        {"items": [{"price": life.price(2_000, name="Big")}],
         "duration": {"interval": "month", "interval_count": 1}},
    ]})  # fmt: skip
    assert [each.start_date for each in planned.phases] == [at("2026-01-01"), at("2026-02-01")]
    released = schedules.release(schedule.id)
    assert (released.status, released.released_subscription) == ("released", subscription.id)
    assert life.read(subscription).schedule is None


def test_an_end_that_was_planned_is_unset_by_an_empty_string(client: stripe.StripeClient) -> None:
    life = Life(client)
    subscription = life.subscribe(life.price())
    assert life.update(subscription, cancel_at=at("2026-06-01")).cancel_at == at("2026-06-01")
    assert life.update(subscription, cancel_at="").cancel_at is None
    life.update(subscription, cancel_at_period_end=True)
    freed = life.update(subscription, cancel_at="")
    assert (freed.cancel_at, freed.cancel_at_period_end) == (None, False)


def test_a_receiver_reads_the_object_and_what_it_names_while_the_delivery_is_open(
    client: stripe.StripeClient, receiver: Receiver
) -> None:
    seen: list[tuple[str, str]] = []

    def read(received: Received) -> int:
        event = json.loads(received.body)
        invoice = client.v1.invoices.retrieve(
            event["data"]["object"]["id"], {"expand": ["payments", "lines.data.discounts"]}
        )
        subscription = client.v1.subscriptions.retrieve(
            invoice.parent.subscription_details.subscription, {"expand": ["customer"]}
        )
        if not seen:
            client.v1.subscriptions.update(subscription.id, {"metadata": {"seen": invoice.id}})
        seen.append((invoice.status, subscription.status))
        return 200

    receiver.answer = read
    endpoint = client.v1.webhook_endpoints.create(
        {"url": receiver.url(), "enabled_events": ["invoice.paid"]}
    )
    life = Life(client)
    subscription = life.subscribe(life.price())
    eventually(lambda: seen)
    life.advance("2026-03-02")
    eventually(lambda: len(seen) == 3)
    client.v1.webhook_endpoints.delete(endpoint.id)
    assert {status for status, _ in seen} == {"paid"}
    assert {status for _, status in seen} == {"active"}
    assert life.read(subscription).metadata["seen"]


def test_no_event_about_an_object_looks_older_than_the_one_before(
    server: Any, client: stripe.StripeClient, receiver: Receiver
) -> None:
    endpoint = client.v1.webhook_endpoints.create(
        {"url": receiver.url(), "enabled_events": ["*"]}
    )
    tape = Tape(server)
    life = Life(client)
    subscription = life.subscribe(life.price())
    life.use_card("chargeCustomerFail")
    life.advance("2026-02-03")
    life.use_card("visa")
    client.v1.invoices.pay(life.latest(subscription).id)
    told = tape.play()
    client.v1.webhook_endpoints.delete(endpoint.id)
    newest: dict[str, int] = {}
    for event in sorted(told, key=lambda each: each.id):
        id = getattr(event.data.object, "id", None)
        if id is not None:
            assert event.created >= newest.get(id, 0), f"{event.type} of {id}"
            newest[id] = event.created
    paid = one([each for each in told if each.created >= at("2026-02-03")], "invoice.paid")
    assert paid.data.object.status == "paid"


def test_what_comes_of_a_debit_days_later_names_no_request(
    server: Any, client: stripe.StripeClient
) -> None:
    life = Life(client, card=None)
    tape = Tape(server)
    made = client.v1.payment_intents.create({
        "amount": 2_000, "currency": "eur", "customer": life.customer.id, "confirm": True,
        "mandate_data": ONLINE,
        "payment_method_data": {
            "type": "sepa_debit", "sepa_debit": {"iban": "DE89370400440532013000"},
            "billing_details": {"name": "Ada", "email": "ada@example.com"},
        },
    })  # fmt: skip
    asked = tape.play()
    assert [each.type for each in asked][-2:] == ["charge.pending", "payment_intent.processing"]
    assert {each.request.id for each in asked} == {made.last_response.request_id}
    life.advance("2026-01-10")
    told = tape.play()
    assert [each.type for each in told] == ["charge.succeeded", "payment_intent.succeeded"]
    assert {each.request.id for each in told} == {None}


def test_a_busy_object_asks_to_be_tried_again(server: Any, client: stripe.StripeClient) -> None:
    """While a clock advances, what hangs on it is read but not changed."""
    life = Life(client)
    life.subscribe(life.price(interval="day"))
    client.v1.test_helpers.test_clocks.advance(life.clock.id, {"frozen_time": at("2026-06-01")})
    patient = stripe.StripeClient(
        server.secret_key, base_addresses={"api": server.url}, max_network_retries=0
    )
    if client.v1.test_helpers.test_clocks.retrieve(life.clock.id).status == "advancing":
        assert client.v1.customers.retrieve(life.customer.id).id == life.customer.id
        with pytest.raises(stripe.StripeError) as refused:
            patient.v1.customers.update(life.customer.id, {"name": "Ada"})
        assert refused.value.http_status == 429
        assert refused.value.json_body["error"]["code"] == "lock_timeout"
        assert refused.value.headers["stripe-should-retry"] == "true"
    else:
        pytest.fail("the clock was faster than the test")
    clocks = client.v1.test_helpers.test_clocks
    eventually(lambda: clocks.retrieve(life.clock.id).status == "ready", patience=60)


def test_an_invoice_of_a_customer_with_a_chosen_name_is_searched(
    client: stripe.StripeClient,
) -> None:
    till = Till(client)
    paid = till.paid(500)
    found = client.v1.invoices.search({"query": f'number:"{paid.number}" AND status:"paid"'})
    assert [each.id for each in found.data] == [paid.id]
