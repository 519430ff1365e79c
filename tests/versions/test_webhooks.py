"""Webhooks of old versions: each endpoint is told in its own, by deliveries that it can check."""

from __future__ import annotations

import json
from typing import Any

import pytest

from servers import running
from worker.receiver import Receiver, eventually

from .patterns import ABSENT, GIVEN, NOTHING, mismatches
from .shop import Shop

PATIENCE_SECONDS = 60.0
OLDEST, OLD, BASIL = "2022-11-15", "2024-06-20", "2025-08-27.basil"
HALF = {"percent_off": 50.0}
LISTED = {"features": [{"name": "Fast"}], "marketing_features": ABSENT}
MARKETED = {"features": ABSENT, "marketing_features": [{"name": "Fast"}]}
NAMED = {"invoice": GIVEN}
UNNAMED = {"invoice": ABSENT}
PAID = {"paid": True, "payment_intent": GIVEN, "subscription": GIVEN, "discount": {"coupon": HALF},
        "parent": ABSENT}  # fmt: skip
# Kinds of which the shop has more than one.
SEVERAL = ("invoice", "charge", "payment_intent", "subscription")
DRAFTED = {"paid": False, "payment_intent": NOTHING, "charge": NOTHING}
PARENT = {"paid": ABSENT, "parent": {"subscription_details": {"subscription": GIVEN}}}
CREDIT = {"refund": GIVEN, "refunds": ABSENT, "tax_amounts": [GIVEN]}
# Type of event -> what its object says in each of the versions.
TOLD: dict[str, dict[str, Any]] = {
    "product.created": {OLDEST: LISTED, OLD: MARKETED, BASIL: MARKETED},
    "promotion_code.created": {key: {"coupon": HALF} for key in (OLDEST, OLD, BASIL)},
    "invoice.paid": {OLDEST: PAID, OLD: PAID, BASIL: PARENT},
    "invoice.created": {OLDEST: DRAFTED, OLD: DRAFTED, BASIL: {"paid": ABSENT}},
    "charge.succeeded": {OLDEST: NAMED | {"dispute": NOTHING}, OLD: NAMED, BASIL: UNNAMED},
    "payment_intent.succeeded": {
        OLDEST: NAMED, OLD: NAMED, BASIL: UNNAMED | {"transfer_data": NOTHING},
    },
    "credit_note.created": {OLDEST: CREDIT, OLD: CREDIT, BASIL: {"refunds": [GIVEN]}},
    "subscription_schedule.created": {
        OLDEST: {"phases": [{"coupon": GIVEN}]}, OLD: {"phases": [{"coupon": GIVEN}]},
        BASIL: {"phases": [{"coupon": ABSENT}]},
    },
    "customer.subscription.created": {
        OLDEST: {"current_period_end": GIVEN}, OLD: {"current_period_end": GIVEN},
        BASIL: {"current_period_end": ABSENT},
    },
    "payment_link.created": {
        OLDEST: {"custom_fields": [{"dropdown": NOTHING}]},
        OLD: {"custom_fields": [{"dropdown": ABSENT}]},
        BASIL: {"custom_fields": [{"dropdown": ABSENT}]},
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def delivered(store: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Give the first delivery of each type to the endpoint of each version."""
    receiver = Receiver()
    with running() as server:
        shop = Shop(server.url, server.secret_key)
        for version in (OLDEST, OLD, BASIL):
            shop.done("POST", "/v1/webhook_endpoints", {
                "url": receiver.url(f"/{version}"), "api_version": version,
                "enabled_events": list(TOLD)})  # fmt: skip
        shop.stock()
        found: dict[tuple[str, str], dict[str, Any]] = {}
        eventually(lambda: _first(receiver, found, shop) == len(TOLD) * 3, PATIENCE_SECONDS)
        shop.close()
    receiver.close()
    return found


def _first(
    receiver: Receiver, found: dict[tuple[str, str], dict[str, Any]], shop: Shop
) -> int:
    """Keep what tells of the first document of its kind; deliveries come in any order."""
    for received in list(receiver.received):
        event = json.loads(received.body)
        about = event["data"]["object"]
        first = {"payment_intent": "intent"}.get(about["object"], about["object"])
        if about["object"] in SEVERAL and about["id"] != shop.ids[first]:
            continue
        found.setdefault((received.path[1:], event["type"]), event)
    return len(found)


@pytest.mark.parametrize("version", [OLDEST, OLD, BASIL])
@pytest.mark.parametrize("type_", TOLD)
def test_an_endpoint_is_told_in_its_version(
    delivered: dict[tuple[str, str], dict[str, Any]], type_: str, version: str
) -> None:
    event = delivered[version, type_]
    assert event["api_version"] == version
    assert mismatches(event["data"]["object"], TOLD[type_][version], type_) == []
