"""Reading: the events of a server as they travel, without an SDK object for every part of each."""

from __future__ import annotations

import json
from typing import Any

import stripe


def read_events(client: stripe.StripeClient, **params: Any) -> list[dict[str, Any]]:
    """Return every event, the newest first; `params` are those of the list."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page: Any = client.raw_request("get", "/v1/events", limit=100, **params, **cursor).data
        found += page["data"]
        if not page["has_more"]:
            return found
        cursor = {"starting_after": found[-1]["id"]}


def events_about(text: str, events: list[dict[str, Any]]) -> list[Any]:
    """Return, as the SDK shows them, those events whose object mentions a text such as an id."""
    return [
        stripe.Event.construct_from(each, None)
        for each in events
        if text in json.dumps(each["data"]["object"])
    ]
