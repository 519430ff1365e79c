"""What an event holds: its object as it was, what changed, which request caused it."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from typing import Any

import pytest
import stripe

from worker.receiver import Receiver, eventually

from .tape import Tape, one, previous
from .till import Till

NEWEST = "2026-10-28.endive"
DAY = 86_400


@pytest.fixture
def tape(server: Any) -> Tape:
    return Tape(server)


def test_an_event_has_these_keys(client: stripe.StripeClient, tape: Tape) -> None:
    made = client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "ada"})
    (event,) = tape.play()
    found = event.to_dict()
    assert sorted(found) == [
        "api_version", "created", "data", "id", "livemode", "object", "pending_webhooks",
        "request", "type",
    ]  # fmt: skip
    assert re.fullmatch(r"evt_1[0-9A-Za-z]{23}", event.id)
    assert (event.object, event.type, event.livemode) == ("event", "customer.created", False)
    assert (event.api_version, event.created, event.pending_webhooks) == (NEWEST, made.created, 0)
    assert event.request.to_dict() == {
        "id": made.last_response.request_id, "idempotency_key": "ada"
    }
    assert list(found["data"]) == ["object"]
    assert found["data"]["object"] == json.loads(made.last_response.body)
    assert client.v1.events.retrieve(event.id).to_dict() == found


def test_all_events_of_a_request_name_it(client: stripe.StripeClient, tape: Tape) -> None:
    till = Till(client)
    draft = till.draft(900)
    tape.play()
    paid = client.v1.invoices.pay(draft.id, None, {"idempotency_key": f"pay {draft.id}"})
    told = tape.play()
    assert len(told) == 9
    assert {(each.request.id, each.request.idempotency_key) for each in told} == {
        (paid.last_response.request_id, f"pay {draft.id}")
    }
    # The same request again does nothing and tells nothing.
    again = client.v1.invoices.pay(draft.id, None, {"idempotency_key": f"pay {draft.id}"})
    assert again.last_response.body == paid.last_response.body
    assert tape.play() == []


def test_a_request_that_fails_still_names_what_it_left(
    client: stripe.StripeClient, tape: Tape
) -> None:
    with pytest.raises(stripe.CardError) as refused:
        client.v1.payment_intents.create({
            "amount": 700, "currency": "usd", "confirm": True, "return_url": "https://example.com",
            "payment_method": "pm_card_chargeDeclined",
        })
    told = tape.play()
    assert [each.type for each in told] == [
        "payment_intent.created", "charge.failed", "payment_intent.payment_failed"
    ]
    assert {each.request.id for each in told} == {refused.value.request_id}


def test_metadata_tells_what_was_before(client: stripe.StripeClient, tape: Tape) -> None:
    customer = client.v1.customers.create({
        "metadata": {"plan": "a", "team": "x"}, "preferred_locales": ["en"],
        "address": {"city": "Oslo", "country": "NO"},
    })
    tape.play()
    client.v1.customers.update(customer.id, {
        "metadata": {"plan": "b", "team": "", "new": "1"}, "preferred_locales": ["en", "nb"],
        "address": {"city": "Bergen", "country": "NO"}, "name": "Ada",
    })
    (event,) = tape.play()
    assert previous(event) == {
        "metadata": {"plan": "a", "team": "x", "new": None}, "preferred_locales": ["en"],
        "address": {"city": "Oslo"}, "name": None,
    }
    assert event.data.object.metadata.to_dict() == {"plan": "b", "new": "1"}

    client.v1.customers.update(customer.id, {"name": "Ada"})
    assert tape.play() == [], "what changes nothing tells nothing"


def test_what_is_deleted_is_shown_as_it_was(client: stripe.StripeClient, tape: Tape) -> None:
    customer = client.v1.customers.create({"name": "Ada"})
    product = client.v1.products.create({"name": "Mug"})
    coupon = client.v1.coupons.create({"percent_off": 10})
    tape.play()
    client.v1.customers.delete(customer.id)
    client.v1.products.delete(product.id)
    client.v1.coupons.delete(coupon.id)
    told = tape.play()
    assert [each.type for each in told] == [
        "customer.deleted", "product.deleted", "coupon.deleted"
    ]
    gone = [each.data.object for each in told]
    assert all("deleted" not in each for each in gone)
    assert all("previous_attributes" not in each.data for each in told)
    assert gone[0].to_dict() == json.loads(customer.last_response.body)
    assert gone[1].active is False and gone[2].valid is False


def test_methods_are_attached_and_detached_not_created(
    client: stripe.StripeClient, tape: Tape
) -> None:
    customer = client.v1.customers.create({})
    tape.play()
    client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    assert tape.play() == []
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    client.v1.payment_methods.detach(method.id)
    attached, detached = tape.play()
    assert (attached.type, detached.type) == ("payment_method.attached", "payment_method.detached")
    assert "previous_attributes" not in attached.data
    assert attached.data.object.customer == customer.id
    assert previous(detached) == {"customer": customer.id}


def test_inline_lists_are_short_and_snapshots_stay(
    client: stripe.StripeClient, tape: Tape
) -> None:
    till = Till(client)
    draft = till.draft(*range(100, 1_300, 100))
    tape.play()
    till.client.invoices.finalize_invoice(draft.id)
    finalized = one(tape.play(), "invoice.finalized")
    lines = finalized.data.object.lines
    assert (len(lines.data), lines.has_more, lines.total_count) == (10, True, 12)
    till.client.invoices.void_invoice(draft.id)
    later = client.v1.events.retrieve(finalized.id)
    assert later.data.object.status == "open"
    assert later.data.object.to_dict() == finalized.data.object.to_dict()


def test_events_are_read_in_the_version_of_the_caller(client: stripe.StripeClient) -> None:
    client.v1.customers.create({})
    old = client.v1.events.list({"limit": 1}, {"stripe_version": "2024-06-20"}).data[0]
    assert old.api_version == "2024-06-20"


def test_lists_take_types_and_times(client: stripe.StripeClient) -> None:
    till = Till(client)
    till.paid(500)

    def types(**params: Any) -> set[str]:
        return {each.type for each in client.v1.events.list({"limit": 100, **params}).data}

    assert types(type="invoice.paid") == {"invoice.paid"}
    assert all(each.startswith("invoice.") for each in types(type="invoice.*"))
    assert types(types=["charge.succeeded", "invoice.paid"]) == {
        "charge.succeeded", "invoice.paid"
    }
    assert types(created={"gt": int(time.time()) + DAY}) == set()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        types(types=["invoice.paid"] * 21)
    assert refused.value.param == "types"
    with pytest.raises(stripe.InvalidRequestError) as missing:
        client.v1.events.retrieve("evt_none")
    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")


def test_a_delivery_is_signed_as_documented(client: stripe.StripeClient) -> None:
    receiver = Receiver()
    try:
        endpoint = client.v1.webhook_endpoints.create({
            "url": receiver.url(), "enabled_events": ["product.created"], "connect": True,
            "api_version": NEWEST, "metadata": {"a": "1"}, "description": "Ours",
        })
        assert re.fullmatch(r"whsec_[A-Za-z0-9]{32}", endpoint.secret)
        read = client.v1.webhook_endpoints.retrieve(endpoint.id)
        assert "secret" not in read
        assert (read.status, read.api_version, read.enabled_events, read.metadata.to_dict()) == (
            "enabled", NEWEST, ["product.created"], {"a": "1"}
        )
        product = client.v1.products.create({"name": "Mug"})
        (received,) = receiver.wait(1)
        headers = received.headers
        assert headers["Content-Type"] == "application/json; charset=utf-8"
        assert headers["User-Agent"] == "Stripe/1.0 (+https://stripe.com/docs/webhooks)"
        parts = dict(part.split("=", 1) for part in headers["Stripe-Signature"].split(","))
        assert abs(int(parts["t"]) - time.time()) < 60
        signed = f"{parts['t']}.".encode() + received.body
        expected = hmac.new(endpoint.secret.encode(), signed, hashlib.sha256).hexdigest()
        assert parts["v1"] == expected
        event = received.event(endpoint.secret)
        assert (event.pending_webhooks, event.data.object.id) == (1, product.id)
        eventually(lambda: client.v1.events.retrieve(event.id).pending_webhooks == 0)
        client.v1.webhook_endpoints.delete(endpoint.id)
    finally:
        receiver.close()


def test_explicit_types_and_addresses_are_checked(client: stripe.StripeClient) -> None:
    endpoints = client.v1.webhook_endpoints
    for change, param in (
        ({"url": "ftp://example.com"}, "url"),
        ({"enabled_events": ["invoice.eaten"]}, "enabled_events[0]"),
        ({"api_version": "1999-01-01"}, "api_version"),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            endpoints.create({"url": "https://example.com", "enabled_events": ["*"], **change})
        assert refused.value.param == param
