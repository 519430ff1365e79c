"""Event destinations, through the SDK: what they are, what may be changed, what is shown."""

from __future__ import annotations

import re
from typing import Any

import pytest
import stripe

from badinput.asking import Asker

from .conftest import terms

PATH = "/v2/core/event_destinations"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
EVERYTHING = ["webhook_endpoint.signing_secret", "webhook_endpoint.url"]


def test_a_destination_shows_its_secret_once_to_whom_asks(client: stripe.StripeClient) -> None:
    made = client.v2.core.event_destinations.create(terms(
        description="All that is new", metadata={"team": "billing"}, include=EVERYTHING))
    assert made.object == "v2.core.event_destination"
    assert made.id.startswith("ed_test_")
    assert MOMENT.fullmatch(made.created) and MOMENT.fullmatch(made.updated)
    assert made.status == "enabled"
    assert made.status_details is None
    assert made.snapshot_api_version is None
    assert made.events_from == ["@self"]
    assert made.metadata.to_dict() == {"team": "billing"}
    assert made.webhook_endpoint.url == "https://example.com/hook"
    assert re.fullmatch(r"whsec_\w{32}", made.webhook_endpoint.signing_secret)

    again = client.v2.core.event_destinations.retrieve(made.id)
    assert again.webhook_endpoint.to_dict() == {"signing_secret": None, "url": None}
    shown = client.v2.core.event_destinations.retrieve(
        made.id, {"include": ["webhook_endpoint.url"]}
    )
    assert shown.webhook_endpoint.url == "https://example.com/hook"
    assert shown.webhook_endpoint.signing_secret is None
    hidden = client.v2.core.event_destinations.create(terms())
    assert hidden.webhook_endpoint.to_dict() == {"signing_secret": None, "url": None}


def test_one_name_to_include_may_stand_alone_in_a_query(asker: Asker) -> None:
    made = asker.ask("POST", PATH, terms()).body
    shown = asker.ask("GET", f"{PATH}/{made['id']}", {"include": "webhook_endpoint.url"})
    assert shown.body["webhook_endpoint"]["url"] == "https://example.com/hook"


def test_a_change_keeps_what_is_not_named(client: stripe.StripeClient) -> None:
    destinations = client.v2.core.event_destinations
    made = destinations.create(terms(description="Before", metadata={"a": "1", "b": "2"}))
    changed = destinations.update(made.id, {
        "description": "", "enabled_events": ["v1.product.created", "v1.price.created"],
        "metadata": {"a": None, "c": ""}, "webhook_endpoint": {"url": "https://example.com/new"},
        "include": ["webhook_endpoint.url"],
    })  # fmt: skip
    assert changed.description == ""
    assert changed.enabled_events == ["v1.product.created", "v1.price.created"]
    assert changed.metadata.to_dict() == {"b": "2", "c": ""}
    assert changed.name == "Ours"
    assert changed.webhook_endpoint.url == "https://example.com/new"
    assert destinations.update(made.id, {"name": "Theirs"}).name == "Theirs"


def test_it_is_disabled_and_enabled(client: stripe.StripeClient) -> None:
    destinations = client.v2.core.event_destinations
    id = destinations.create(terms()).id
    for _ in range(2):
        disabled = destinations.disable(id)
        assert disabled.status == "disabled"
        assert disabled.status_details.disabled.reason == "user"
    with pytest.raises(stripe.InvalidRequestError, match="is disabled"):
        destinations.ping(id)
    for _ in range(2):
        enabled = destinations.enable(id)
        assert (enabled.status, enabled.status_details) == ("enabled", None)


def test_a_deleted_one_is_gone(client: stripe.StripeClient) -> None:
    destinations = client.v2.core.event_destinations
    id = destinations.create(terms()).id
    gone = destinations.delete(id)
    assert gone.to_dict() == {"id": id, "object": "v2.core.event_destination"}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        destinations.retrieve(id)
    assert (refused.value.http_status, refused.value.code) == (404, "not_found")


def test_pages_lead_through_all_both_ways(client: stripe.StripeClient, asker: Asker) -> None:
    destinations = client.v2.core.event_destinations
    made = [destinations.create(terms(name=f"D{each}")).id for each in range(5)][::-1]
    first = destinations.list({"limit": 2, "include": ["webhook_endpoint.url"]})
    assert [each.id for each in first.data] == made[:2]
    paged = list(first.auto_paging_iter())
    assert [each.id for each in paged] == made
    assert {each.webhook_endpoint.url for each in paged} == {"https://example.com/hook"}

    page = asker.ask("GET", PATH, {"limit": 2}).body
    assert set(page) == {"data", "next_page_url", "previous_page_url"}
    assert page["previous_page_url"] is None
    second = asker.ask("GET", page["next_page_url"]).body
    assert [each["id"] for each in second["data"]] == made[2:4]
    last = asker.ask("GET", second["next_page_url"]).body
    assert [each["id"] for each in last["data"]] == made[4:]
    assert last["next_page_url"] is None
    back = asker.ask("GET", last["previous_page_url"]).body
    assert back["data"] == second["data"]
    assert asker.ask("GET", back["previous_page_url"]).body["data"] == page["data"]


@pytest.mark.parametrize(("change", "param", "said"), [
    ({"type": "amazon_eventbridge"}, "type", "amazon_eventbridge are not supported"),
    ({"type": "azure_event_grid"}, "type", "azure_event_grid are not supported"),
    ({"amazon_eventbridge": {"aws_account_id": "1", "aws_region": "eu"}}, "amazon_eventbridge",
     "belongs to a destination of that type"),
    ({"webhook_endpoint": {"url": "ftp://example.com"}}, "webhook_endpoint[url]", "https"),
    ({"enabled_events": []}, "enabled_events", "at least one"),
    ({"enabled_events": ["v1.nope"]}, "enabled_events[0]", "not a type of event"),
    ({"enabled_events": ["customer.created"]}, "enabled_events[0]", "is a type of snapshot"),
    ({"event_payload": "snapshot"}, "enabled_events[0]", "is a type of thin events"),
    ({"event_payload": "fat"}, "event_payload", "must be one of snapshot or thin"),
    ({"snapshot_api_version": "2026-10-28.endive"}, "snapshot_api_version", "no API version"),
    ({"events_from": ["@accounts"]}, "events_from[0]", "not supported"),
    ({"events_from": ["me"]}, "events_from[0]", "must be one of @self"),
    ({"include": ["status"]}, "include[0]", "must be one of"),
    ({"metadata": {"a": 1}}, "metadata[a]", "Invalid string"),
    ({"name": ""}, "name", "`name` can't be null or empty"),
    ({"colour": "red"}, "colour", "unknown parameter: colour"),
    ({"expand": ["name"]}, "expand", "unknown parameter: expand"),
])
def test_what_is_wrong_is_named(
    client: stripe.StripeClient, change: dict[str, Any], param: str, said: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=re.escape(said)) as refused:
        client.v2.core.event_destinations.create(terms(**change))
    assert (refused.value.http_status, refused.value.param) == (400, param)
    assert client.v2.core.event_destinations.list().data == []


def test_what_is_missing_is_named(client: stripe.StripeClient) -> None:
    for name in ("enabled_events", "event_payload", "name", "type", "webhook_endpoint"):
        whole = terms()
        del whole[name]
        with pytest.raises(stripe.InvalidRequestError, match=f"required param: {name}") as refused:
            client.v2.core.event_destinations.create(whole)
        assert (refused.value.code, refused.value.param) != (None, None)


def test_endpoints_and_destinations_are_sixteen_together(client: stripe.StripeClient) -> None:
    for _ in range(8):
        client.v1.webhook_endpoints.create({"url": "https://example.com", "enabled_events": ["*"]})
        client.v2.core.event_destinations.create(terms())
    with pytest.raises(stripe.InvalidRequestError, match="maximum of 16"):
        client.v2.core.event_destinations.create(terms())
    with pytest.raises(stripe.InvalidRequestError, match="maximum of 16"):
        client.v1.webhook_endpoints.create({"url": "https://example.com", "enabled_events": ["*"]})


def test_a_publishable_key_opens_nothing(server: Any) -> None:
    asker = Asker(server.url, server.publishable_key)
    answer = asker.ask("GET", PATH)
    assert (answer.status, answer.code) == (403, "secret_key_required")
    asker.close()
