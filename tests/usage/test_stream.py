"""The stream: batches under a session, each event for itself."""

from __future__ import annotations

import time

import pytest
import stripe

MINUTE = int(time.time()) // 60 * 60


@pytest.fixture
def stream(server, client):
    """Give a client whose key is a session's token."""
    session = client.v2.billing.meter_event_session.create()
    assert session.object == "v2.billing.meter_event_session"
    assert session.expires_at > session.created
    return stripe.StripeClient(
        session.authentication_token,
        base_addresses={"api": server.url, "meter_events": server.url},
    )


def batch(calls, *values, **more):
    return [
        {"event_name": calls.name, "identifier": f"{calls.name} {n}",
         "payload": calls.payload(value), **more}
        for n, value in enumerate(values)
    ]  # fmt: skip


def test_a_batch_is_counted(stream, calls):
    stream.v2.billing.meter_event_stream.create({"events": batch(calls, *range(100))})
    assert calls.used(MINUTE - 60, MINUTE + 86_400) == 4950


def test_what_is_wrong_does_not_hold_up_the_others(stream, calls):
    events = [
        *batch(calls, 1, 2), {"event_name": calls.name, "payload": {"value": "1"}},
        {"event_name": calls.name, "payload": calls.payload("x"), "identifier": "bad"},
        {"event_name": calls.name, "payload": calls.payload(1),
         "timestamp": "2020-01-01T00:00:00Z"},
        *batch(calls, 1),
    ]  # fmt: skip
    stream.v2.billing.meter_event_stream.create({"events": events})
    assert calls.used(MINUTE - 60, MINUTE + 86_400) == 3
    assert {code for _, code in calls.reports()} >= {
        "meter_event_no_customer_defined", "meter_event_invalid_value",
        "timestamp_too_far_in_past",
    }
    report = next(each for each in calls.client.v2.core.events.list({}).data
                  if each.type == "v1.billing.meter.error_report_triggered")
    assert report.data.reason.error_count == 3
    [bad] = [kind for kind in report.data.reason.error_types
             if kind.code == "meter_event_invalid_value"]
    assert bad.sample_errors[0].request.identifier == "bad"


def test_a_batch_sent_again_is_counted_once_also_without_identifiers(stream, calls):
    events = [{"event_name": calls.name, "payload": calls.payload(5)}] * 3
    for _ in range(2):
        stream.v2.billing.meter_event_stream.create({"events": events},
                                                    {"idempotency_key": f"once {calls.name}"})
    assert calls.used(MINUTE - 60, MINUTE + 86_400) == 15


def test_an_identifier_of_another_event_is_reported(stream, calls):
    stream.v2.billing.meter_event_stream.create({"events": batch(calls, 5)})
    stream.v2.billing.meter_event_stream.create({"events": batch(calls, 5)})
    assert calls.reports() == []
    stream.v2.billing.meter_event_stream.create({"events": batch(calls, 6)})
    assert calls.reports() == [("error_report_triggered", "meter_event_invalid_value")]
    assert calls.used(MINUTE - 60, MINUTE + 86_400) == 5


def test_a_batch_has_a_hundred_events_at_most(stream, calls):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        stream.v2.billing.meter_event_stream.create({"events": batch(calls, *range(101))})
    assert "100 events" in refused.value.user_message
    assert calls.used(MINUTE - 60, MINUTE + 86_400) == 0


def test_a_session_opens_nothing_else_and_nothing_else_opens_the_stream(server, client, stream):
    with pytest.raises(stripe.AuthenticationError):
        stream.v1.customers.list()
    with pytest.raises(stripe.AuthenticationError):
        client.v2.billing.meter_event_stream.create({"events": []})


def test_a_session_ends(server, client, stream):
    server.system.database.write(
        lambda connection: connection.run("UPDATE api_key SET expires_at = 5 WHERE kind = 'mes'")
    )
    with pytest.raises(stripe.TemporarySessionExpiredError):
        stream.v2.billing.meter_event_stream.create({"events": []})
