"""Meters: made, renamed, stopped and started again."""

import pytest
import stripe

from .errors import refused


def meter(client, name, **more):
    return client.v1.billing.meters.create({
        "display_name": "Calls", "event_name": name, "default_aggregation": {"formula": "sum"},
        **more,
    })  # fmt: skip


def test_a_meter_has_the_documented_defaults(client):
    made = meter(client, "calls")
    assert made.id.startswith("mtr_test_")
    assert made.to_dict() == {
        "id": made.id, "object": "billing.meter", "created": made.created,
        "customer_mapping": {"event_payload_key": "stripe_customer_id", "type": "by_id"},
        "default_aggregation": {"formula": "sum"}, "display_name": "Calls", "event_name": "calls",
        "event_time_window": None, "livemode": False, "status": "active",
        "status_transitions": {"deactivated_at": None}, "updated": made.created,
        "value_settings": {"event_payload_key": "value"},
    }  # fmt: skip


def test_one_active_meter_for_a_name(client):
    first = meter(client, "unique")
    with pytest.raises(stripe.InvalidRequestError, match="already exists"):
        meter(client, "unique")
    stopped = client.v1.billing.meters.deactivate(first.id)
    assert (stopped.status, stopped.status_transitions.deactivated_at is None) == (
        "inactive", False,
    )  # fmt: skip
    second = meter(client, "unique", value_settings={"event_payload_key": "tokens"})
    assert second.value_settings.event_payload_key == "tokens"
    with pytest.raises(stripe.InvalidRequestError, match="already exists"):
        client.v1.billing.meters.reactivate(first.id)
    client.v1.billing.meters.deactivate(second.id)
    assert client.v1.billing.meters.reactivate(first.id).status == "active"
    told = [each.type for each in client.v1.events.list({"limit": 4})]
    assert told[0] == "billing.meter.updated"
    assert "billing.meter.reactivated" in told
    assert "billing.meter.deactivated" in told


def test_only_the_name_changes(client):
    made = meter(client, "renamed")
    changed = client.v1.billing.meters.update(made.id, {"display_name": "API calls"})
    assert changed.display_name == "API calls"
    listed = client.v1.billing.meters.list({"status": "active"})
    assert made.id in [each.id for each in listed]


def test_what_a_meter_refuses(client):
    with refused("Invalid default_aggregation[formula]: must be one of count, last, or sum",
                 param="default_aggregation[formula]"):  # fmt: skip
        meter(client, "odd", default_aggregation={"formula": "max"})
    with refused("Invalid status: must be one of active or inactive", param="status"):
        client.v1.billing.meters.list({"status": "gone"})
    made = meter(client, "stopped_twice")
    client.v1.billing.meters.deactivate(made.id)
    with refused("You can only deactivate a meter that is active."):
        client.v1.billing.meters.deactivate(made.id)
