"""Events and webhook endpoints, read and set up through the front door."""

import pytest
import stripe

from prorata.model.event_types import EVENT_TYPES


@pytest.fixture
def endpoints(client):
    return client.v1.webhook_endpoints


def test_events_hold_the_object_as_it_was(client):
    customer = client.v1.customers.create({"name": "First"})
    for name in ("Second", "Third"):
        client.v1.customers.update(customer.id, {"name": name})

    events = [each.to_dict() for each in client.v1.events.list({"limit": 3}).data]

    assert [each["data"]["object"]["name"] for each in events] == ["Third", "Second", "First"]
    assert [each["type"] for each in events] == ["customer.updated"] * 2 + ["customer.created"]
    assert events[0]["request"]["id"].startswith("req_")
    assert client.v1.events.retrieve(events[1]["id"]).to_dict() == events[1]


def test_events_of_a_deleted_object_still_show_it(client):
    customer = client.v1.customers.create({"name": "Gone"})
    client.v1.customers.delete(customer.id)

    for event in client.v1.events.list({"limit": 2}).data:
        assert event.data.object.name == "Gone"


def test_events_are_filtered_by_type(client):
    customer = client.v1.customers.create({})
    client.v1.customers.tax_ids.create(customer.id, {"type": "us_ein", "value": "12-3456789"})
    client.v1.customers.update(customer.id, {"name": "x"})

    def types(**filters):
        return [each.type for each in client.v1.events.list({"limit": 3, **filters}).data]

    assert types(type="customer.updated", limit=1) == ["customer.updated"]
    assert types(type="customer.tax_id.*", limit=1) == ["customer.tax_id.created"]
    assert types(types=["customer.created", "customer.updated"], limit=2) == [
        "customer.updated",
        "customer.created",
    ]
    assert types(type="customer_tax_id.*") == []


def test_events_are_paged(client):
    for _ in range(3):
        client.v1.customers.create({})
    first = client.v1.events.list({"limit": 1})
    second = client.v1.events.list({"limit": 1, "starting_after": first.data[0].id})
    back = client.v1.events.list({"limit": 1, "ending_before": second.data[0].id})

    assert first.has_more and second.has_more
    assert back.data == first.data
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.events.list({"starting_after": "evt_none"})
    assert refused.value.param == "starting_after"


def test_pending_webhooks_counts_endpoints(client, endpoints):
    ours = [
        endpoints.create({"url": "http://127.0.0.1:9/a", "enabled_events": ["customer.created"]}),
        endpoints.create({"url": "http://127.0.0.1:9/b", "enabled_events": ["*"]}),
        endpoints.create({"url": "http://127.0.0.1:9/c", "enabled_events": ["invoice.paid"]}),
    ]
    client.v1.customers.create({})

    event = client.v1.events.list({"limit": 1}).data[0]
    assert event.pending_webhooks == 2
    waiting = client.v1.events.list({"delivery_success": False, "limit": 1}).data
    assert [each.id for each in waiting] == [event.id]
    done = client.v1.events.list({"delivery_success": True, "limit": 100}).data
    assert event.id not in [each.id for each in done]
    for each in ours:
        endpoints.delete(each.id)


def test_an_endpoint_shows_its_secret_once(endpoints):
    created = endpoints.create(
        {
            "url": "https://example.com/hook",
            "enabled_events": ["invoice.paid", "customer.created"],
            "api_version": "2024-06-20",
            "description": "Hook",
            "metadata": {"a": "1"},
            "connect": False,
        }
    )

    assert created.secret.startswith("whsec_")
    assert created.api_version == "2024-06-20"
    assert "secret" not in endpoints.retrieve(created.id)
    changed = endpoints.update(created.id, {"disabled": True, "enabled_events": ["*"]})
    assert (changed.status, changed.enabled_events) == ("disabled", ["*"])
    assert endpoints.update(created.id, {"disabled": False}).status == "enabled"
    assert endpoints.delete(created.id).deleted


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"enabled_events": ["customer.eaten"]}, "enabled_events[0]"),
        ({"enabled_events": []}, "enabled_events"),
        ({"url": "example.com/hook"}, "url"),
        ({"url": "ftp://example.com"}, "url"),
        ({"api_version": "2024-01-01"}, "api_version"),
    ],
)
def test_a_wrong_endpoint_is_refused(endpoints, change, param):
    params = {"url": "https://example.com", "enabled_events": ["*"]} | change

    with pytest.raises(stripe.InvalidRequestError) as refused:
        endpoints.create(params)

    assert refused.value.param == param


def test_there_are_at_most_sixteen_endpoints(endpoints):
    params = {"url": "https://example.com", "enabled_events": ["*"]}
    made = [endpoints.create(params) for _ in range(16)]

    with pytest.raises(stripe.InvalidRequestError, match="maximum of 16"):
        endpoints.create(params)
    for each in made:
        endpoints.delete(each.id)


def test_the_types_are_those_of_the_reference():
    assert len(EVENT_TYPES) == 275
    assert {"customer.created", "invoice.paid", "invoice_payment.paid"} <= EVENT_TYPES
