"""Thin events: told by name, delivered signed, fetched whole, through the SDK's notifications."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe

from badinput.asking import Asker
from worker.receiver import Receiver, eventually

from .conftest import terms

SECRET = ["webhook_endpoint.signing_secret"]


def destination(client: stripe.StripeClient, receiver: Receiver, *types: str, **more: Any) -> Any:
    return client.v2.core.event_destinations.create(
        terms(receiver.url(), enabled_events=list(types), include=SECRET, **more)
    )


def parsed(client: stripe.StripeClient, received: Any, made: Any) -> Any:
    return client.parse_event_notification(
        received.body, received.headers["Stripe-Signature"], made.webhook_endpoint.signing_secret
    )


def test_a_notification_leads_to_the_event_and_its_object(
    client: stripe.StripeClient, receiver: Receiver, assert_shape: Any
) -> None:
    made = destination(client, receiver, "v1.customer.created")
    customer = client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "ada once"})
    (received,) = receiver.wait(1)
    assert_shape(json.loads(received.body))
    told = parsed(client, received, made)
    assert isinstance(told, stripe.events.V1CustomerCreatedEventNotification)
    assert told.reason.request.idempotency_key == "ada once"
    assert told.related_object.url == f"/v1/customers/{customer.id}"
    assert told.fetch_related_object().name == "Ada"

    event = told.fetch_event()
    assert isinstance(event, stripe.events.V1CustomerCreatedEvent)
    assert event.id == told.id
    assert event.context is None
    assert event.fetch_related_object().id == customer.id
    whole = client.v1.events.retrieve(event.snapshot_event)
    assert (whole.type, whole.data.object["id"]) == ("customer.created", customer.id)


def test_usage_that_is_not_counted_is_told_of(
    client: stripe.StripeClient, receiver: Receiver, assert_shape: Any
) -> None:
    meter = client.v1.billing.meters.create({
        "display_name": "Calls", "event_name": "told calls",
        "default_aggregation": {"formula": "sum"}})  # fmt: skip
    names = ("v1.billing.meter.error_report_triggered", "v1.billing.meter.no_meter_found")
    made = destination(client, receiver, *names)
    for event_name in ("told calls", "no such calls"):
        client.v1.billing.meter_events.create(
            {"event_name": event_name, "identifier": event_name, "payload": {"value": "1"}})
    notifications = {}
    for received in receiver.wait(2):
        assert_shape(json.loads(received.body))
        assert "data" not in json.loads(received.body)
        told = parsed(client, received, made)
        notifications[told.type] = told
    report, lost = (notifications[name] for name in names)
    assert isinstance(report, stripe.events.V1BillingMeterErrorReportTriggeredEventNotification)
    assert report.fetch_related_object().id == meter.id
    assert isinstance(lost, stripe.events.V1BillingMeterNoMeterFoundEventNotification)
    for told, code, message in (
        (report, "meter_event_no_customer_defined",
         "Customer mapping key stripe_customer_id not found in payload."),
        (lost, "no_meter", "No active meter found for event name no such calls."),
    ):  # fmt: skip
        data = told.fetch_event().data
        assert data.validation_start < data.validation_end
        assert data.developer_message_summary == "There is 1 invalid event"
        [kind] = data.reason.error_types
        assert (data.reason.error_count, kind.error_count, kind.code) == (1, 1, code)
        [sample] = kind.sample_errors
        assert sample.error_message == message
        assert sample.request.identifier in ("told calls", "no such calls")


def test_whole_events_and_thin_ones_go_to_their_own(
    client: stripe.StripeClient, receiver: Receiver
) -> None:
    destination(client, receiver, "v1.product.created")
    snapshot = client.v2.core.event_destinations.create(terms(
        receiver.url(), event_payload="snapshot", enabled_events=["product.created"],
        include=SECRET, snapshot_api_version="2025-03-31.basil",
    ))  # fmt: skip
    assert snapshot.snapshot_api_version == "2025-03-31.basil"
    client.v1.customers.create({"name": "Nobody hears of it"})
    client.v1.products.create({"name": "Basic"})
    bodies = [json.loads(each.body) for each in receiver.wait(2)]
    thin, whole = sorted(bodies, key=lambda each: each["object"], reverse=True)
    assert (thin["object"], thin["type"]) == ("v2.core.event", "v1.product.created")
    assert (whole["object"], whole["type"]) == ("event", "product.created")
    assert whole["api_version"] == "2025-03-31.basil"
    assert thin["snapshot_event"] == whole["id"]


def test_the_wrong_parser_refuses(client: stripe.StripeClient, receiver: Receiver) -> None:
    made = destination(client, receiver, "*")
    client.v1.products.create({"name": "Basic"})
    (received, *_) = receiver.wait(1)
    signed = (received.body, received.headers["Stripe-Signature"],
              made.webhook_endpoint.signing_secret)  # fmt: skip
    with pytest.raises(ValueError, match="thin event"):
        client.construct_event(*signed)
    with pytest.raises(stripe.SignatureVerificationError):
        client.parse_event_notification(signed[0], signed[1], "whsec_another")


def test_a_ping_goes_to_the_one_that_is_pinged(
    client: stripe.StripeClient, receiver: Receiver, assert_shape: Any
) -> None:
    other = Receiver()
    made = destination(client, receiver, "v1.product.created")
    destination(client, other, "*")
    event = client.v2.core.event_destinations.ping(made.id)
    assert event.type == "v2.core.event_destination.ping"
    (received,) = receiver.wait(1)
    assert_shape(json.loads(received.body))
    told = parsed(client, received, made)
    assert told.id == event.id
    assert told.fetch_related_object().id == made.id
    assert not hasattr(told.fetch_event(), "data")
    assert other.received == []
    other.close()


def test_a_ping_is_thin_for_a_destination_of_whole_events_too(
    client: stripe.StripeClient, receiver: Receiver
) -> None:
    made = destination(client, receiver, "product.created", event_payload="snapshot")
    client.v2.core.event_destinations.ping(made.id)
    (received,) = receiver.wait(1)
    assert parsed(client, received, made).type == "v2.core.event_destination.ping"


def test_what_exists_thin_alone_is_not_among_the_events_of_v1(
    client: stripe.StripeClient, receiver: Receiver
) -> None:
    made = destination(client, receiver, "v1.product.created")
    client.v1.webhook_endpoints.create({"url": receiver.url("/whole"), "enabled_events": ["*"]})
    event = client.v2.core.event_destinations.ping(made.id)
    receiver.wait(1)
    assert all(each.type != event.type for each in client.v1.events.list({"limit": 100}).data)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.events.retrieve(f"evt_{event.id.removeprefix('evt_test_65')}")
    assert [each.path for each in receiver.received] == ["/hook"]


def test_a_disabled_destination_hears_nothing(
    client: stripe.StripeClient, receiver: Receiver
) -> None:
    made = destination(client, receiver, "v1.product.created")
    client.v2.core.event_destinations.disable(made.id)
    client.v1.products.create({"name": "Unheard"})
    client.v2.core.event_destinations.enable(made.id)
    heard = client.v1.products.create({"name": "Heard"})
    (received,) = receiver.wait(1)
    assert json.loads(received.body)["related_object"]["id"] == heard.id


def test_what_is_not_taken_is_sent_again_signed_anew(
    client: stripe.StripeClient, receiver: Receiver
) -> None:
    made = destination(client, receiver, "v1.product.created")
    product = client.v1.products.create({"name": "Twice"})
    (first,) = receiver.wait(1)
    [event] = client.v2.core.events.list({"object_id": product.id}).data
    answer = client.raw_request("post", f"/v1/events/{event.snapshot_event}/retry")
    assert answer.code == 200
    second = receiver.wait(2)[1]
    assert second.body == first.body
    assert parsed(client, second, made).id == event.id


def test_events_are_listed_by_object_type_and_time(
    client: stripe.StripeClient, asker: Asker, assert_shape: Any
) -> None:
    product = client.v1.products.create({"name": "Basic"})
    client.v1.products.update(product.id, {"name": "Better"})
    client.v1.products.delete(product.id)
    listed = client.v2.core.events.list({"object_id": product.id, "limit": 2})
    assert [each.type for each in listed.auto_paging_iter()] == [
        "v1.product.deleted", "v1.product.updated", "v1.product.created",
    ]  # fmt: skip
    [updated] = client.v2.core.events.list(
        {"object_id": product.id, "types": ["v1.product.updated"]}
    ).data
    assert updated.related_object.id == product.id
    assert_shape(asker.ask("GET", "/v2/core/events", {"limit": 100}).body)

    now = datetime.now(UTC)
    soon, before = now + timedelta(minutes=5), now - timedelta(days=1)
    for bounds, found in (
        ({"gte": before.isoformat()}, 3), ({"lt": soon.isoformat(), "gt": before.isoformat()}, 3),
        ({"gt": soon.isoformat()}, 0), ({"lte": before.isoformat()}, 0),
    ):  # fmt: skip
        page = client.v2.core.events.list({"object_id": product.id, "created": bounds})
        assert len(page.data) == found, bounds


@pytest.mark.parametrize(("tree", "param"), [
    ({"types": ["product.created"]}, "types[0]"),
    ({"types": ["v1.product.created"] * 21}, "types"),
    ({"created": {"gt": "yesterday"}}, "created[gt]"),
    ({"created": {"after": "2026-01-01T00:00:00Z"}}, "created[after]"),
    ({"page": "nonsense"}, "page"),
    ({"limit": "many"}, "limit"),
    ({"starting_after": "evt_x"}, "starting_after"),
])
def test_what_a_list_does_not_understand_is_named(
    asker: Asker, tree: dict[str, Any], param: str
) -> None:
    answer = asker.ask("GET", "/v2/core/events", tree)
    assert (answer.status, answer.code, answer.param) == (400, "invalid_fields", param)


def test_an_unknown_event_is_not_found(client: stripe.StripeClient) -> None:
    client.v1.products.create({"name": "Told whole"})
    whole = client.v1.events.list({"limit": 1}).data[0].id
    for id in ("evt_nope", "evt_test_65nope", whole):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v2.core.events.retrieve(id)
        assert (refused.value.http_status, refused.value.code) == (404, "not_found")


def test_every_object_that_an_event_names_can_be_fetched(
    client: stripe.StripeClient, receiver: Receiver
) -> None:
    made = destination(client, receiver, "*")
    customer = client.v1.customers.create({
        "name": "Ada", "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    })  # fmt: skip
    client.v1.customers.tax_ids.create(customer.id, {"type": "eu_vat", "value": "DE123456789"})
    coupon = client.v1.coupons.create({"percent_off": 10, "duration": "forever"})
    product = client.v1.products.create({"name": "Basic"})
    price = client.v1.prices.create({
        "currency": "usd", "unit_amount": 1000, "product": product.id,
        "recurring": {"interval": "month"},
    })  # fmt: skip
    client.v1.subscriptions.create({
        "customer": customer.id, "items": [{"price": price.id}],
        "discounts": [{"coupon": coupon.id}],
    })  # fmt: skip
    wanted = {"v1.invoice.paid", "v1.customer.tax_id.created", "v1.charge.succeeded",
              "v1.customer.discount.created"}  # fmt: skip
    # In any order: several are on their way at once.
    eventually(lambda: wanted <= {json.loads(each.body)["type"] for each in receiver.received})
    told = [parsed(client, each, made) for each in list(receiver.received)]
    for each in told:
        assert each.fetch_event().type == each.type
        found = each.fetch_related_object()
        if getattr(each.related_object, "id", None):
            assert found.id == each.related_object.id
