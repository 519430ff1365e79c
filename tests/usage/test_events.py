"""Meter events: accepted once each, refused or reported when wrong, taken back."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import stripe

DAY = 86400
NOW = int(time.time())
MINUTE = NOW // 60 * 60


def test_an_event_is_answered_as_it_was_sent_and_counted_at_once(calls):
    event = calls.send(3, identifier="first", at=NOW - 7)
    assert event.object == "billing.meter_event"
    assert (event.event_name, event.identifier, event.timestamp) == (calls.name, "first", NOW - 7)
    assert event.payload.to_dict() == {"stripe_customer_id": calls.customer, "value": "3"}
    assert calls.used(MINUTE - 3600, MINUTE + 60) == 3


def test_an_event_without_identifier_or_time_is_given_them(calls):
    first, second = calls.send(), calls.send()
    assert first.identifier and first.identifier != second.identifier
    assert abs(first.timestamp - time.time()) < 60
    assert calls.used(MINUTE - 60, MINUTE + DAY) == 2


def test_an_identifier_counts_once(calls):
    calls.send(3, identifier="same")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        calls.send(4, identifier="same")
    assert refused.value.http_status == 400
    assert refused.value.user_message == "An event already exists with identifier same."
    assert calls.used(MINUTE - 60, MINUTE + DAY) == 3


def test_another_meter_knows_no_identifiers_of_this_one(calls, metering):
    other = metering()
    calls.send(identifier="shared")
    other.send(identifier="shared")
    assert other.used(MINUTE - 60, MINUTE + DAY) == 1


def test_of_many_at_once_with_one_identifier_one_is_counted(calls):
    def send(_):
        try:
            return calls.send(5, identifier="race") is not None
        except stripe.InvalidRequestError:
            return False

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(send, range(24))) == 1
    assert calls.used(MINUTE - 60, MINUTE + DAY) == 5


@pytest.mark.parametrize(("offset", "code"), [
    (-35 * DAY - 60, "timestamp_too_far_in_past"), (301 + 30, "timestamp_in_future"),
])
def test_an_event_out_of_time_is_refused(calls, offset, code):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        calls.send(at=int(time.time()) + offset)
    assert (refused.value.code, refused.value.param) == (code, "timestamp")


@pytest.mark.parametrize("offset", [-35 * DAY + 60, 280])
def test_an_event_at_the_edge_of_time_counts(calls, offset):
    calls.send(2, at=(at := int(time.time()) + offset))
    assert calls.used(at // 60 * 60, at // 60 * 60 + 60) == 2


@pytest.mark.parametrize(("payload", "code"), [
    ({"value": "1"}, "meter_event_no_customer_defined"),
    ({"stripe_customer_id": "cus_unknown", "value": "1"}, "meter_event_customer_not_found"),
    ({"value": "many"}, "meter_event_invalid_value"),
    ({"value": "1e3"}, "meter_event_invalid_value"),
    ({"value": "NaN"}, "meter_event_invalid_value"),
    ({}, "meter_event_invalid_value"),
    ({"value": "1234567890123456"}, "meter_event_value_too_many_digits"),
    ({"value": "0.1234567890123"}, "meter_event_value_too_many_digits"),
])
def test_an_event_that_cannot_be_counted_is_reported(calls, payload, code):
    if code not in ("meter_event_no_customer_defined", "meter_event_customer_not_found"):
        payload = {"stripe_customer_id": calls.customer, **payload}
    calls.send(payload=payload)
    assert calls.reports()[0] == ("error_report_triggered", code)
    assert calls.used(MINUTE - 60, MINUTE + DAY) == 0


def test_an_event_of_no_meter_is_reported_by_itself(calls):
    calls.client.v1.billing.meter_events.create({"event_name": "none", "payload": {"a": "b"}})
    assert ("no_meter_found", "no_meter") in calls.reports()


def test_an_inactive_meter_takes_no_events_and_keeps_what_it_counted(calls):
    calls.send(4)
    calls.client.v1.billing.meters.deactivate(calls.meter.id)
    calls.send(5)
    assert calls.reports()[0] == ("error_report_triggered", "archived_meter")
    assert calls.used(MINUTE - 60, MINUTE + DAY) == 4
    calls.client.v1.billing.meters.reactivate(calls.meter.id)
    calls.send(6)
    assert calls.used(MINUTE - 60, MINUTE + DAY) == 10


@pytest.mark.parametrize(("values", "total"), [
    (["1.5", "2.25"], 3.75), (["5", "-2"], 3), (["0.000000000001"] * 3, 3e-12),
    (["-0.5", "0.25"], -0.25), ([".5", "1."], 1.5), (["999999999999999", "1"], 10**15),
])
def test_values_add_up_exactly(calls, values, total):
    for value in values:
        calls.send(value)
    assert calls.used(MINUTE - 60, MINUTE + DAY) == total


def test_count_takes_events_without_a_value(metering):
    visits = metering("count")
    visits.send(None)
    visits.send(25)
    assert visits.used(MINUTE - 60, MINUTE + DAY) == 2


def test_last_is_the_latest_by_its_time_then_by_its_coming(metering):
    seats = metering("last")
    seats.send(7, at=NOW - 100)
    seats.send(3, at=NOW - 200)
    assert seats.used(MINUTE - 3600, MINUTE + DAY) == 7
    seats.send(9, at=NOW - 100)
    assert seats.used(MINUTE - 3600, MINUTE + DAY) == 9


@pytest.mark.parametrize(("formula", "used"), [("sum", 30), ("count", 2), ("last", 20)])
def test_of_a_window_the_event_received_last_counts(metering, formula, used):
    hour = NOW // 3600 * 3600 - 7200
    meter = metering(formula, event_time_window="hour")
    meter.send(8, at=hour + 200)
    meter.send(10, at=hour + 100)
    meter.send(20, at=hour + 3700)
    assert meter.used(hour, hour + 7200) == used


def test_keys_of_the_payload_can_be_named(metering):
    meter = metering(
        customer_mapping={"type": "by_id", "event_payload_key": "account"},
        value_settings={"event_payload_key": "tokens"},
    )
    meter.send(payload={"account": meter.customer, "tokens": "12"})
    assert meter.used(MINUTE - 60, MINUTE + DAY) == 12


def test_an_event_taken_back_counts_no_more_and_cannot_come_again(calls):
    calls.send(5, identifier="wrong")
    calls.send(2)
    adjustment = calls.cancel("wrong")
    assert (adjustment.object, adjustment.status) == ("billing.meter_event_adjustment", "complete")
    assert adjustment.cancel.identifier == "wrong"
    assert calls.used(MINUTE - 60, MINUTE + DAY) == 2
    for again in (lambda: calls.cancel("wrong"), lambda: calls.send(5, identifier="wrong"),
                  lambda: calls.cancel("never sent")):
        with pytest.raises(stripe.InvalidRequestError):
            again()
    assert calls.used(MINUTE - 60, MINUTE + DAY) == 2


def test_v2_takes_and_takes_back_events(calls):
    moment = datetime.fromtimestamp(NOW - 6 * DAY, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    event = calls.client.v2.billing.meter_events.create({
        "event_name": calls.name, "identifier": "v2", "payload": calls.payload("1.5"),
        "timestamp": moment,
    })  # fmt: skip
    assert (event.object, event.timestamp) == ("v2.billing.meter_event", moment)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        calls.client.v2.billing.meter_events.create({
            "event_name": calls.name, "identifier": "v2", "payload": calls.payload("1.5")})
    assert refused.value.code == "duplicate_meter_event"
    adjustment = calls.client.v2.billing.meter_event_adjustments.create({
        "event_name": calls.name, "type": "cancel", "cancel": {"identifier": "v2"}})
    assert adjustment.object == "v2.billing.meter_event_adjustment"
    assert adjustment.status == "complete"


def test_an_idempotency_key_counts_an_event_once(calls):
    for _ in range(2):
        calls.client.v1.billing.meter_events.create(
            {"event_name": calls.name, "payload": calls.payload(4)},
            {"idempotency_key": f"key {calls.name}"},
        )
    assert calls.used(MINUTE - 60, MINUTE + DAY) == 4


def test_a_customer_on_a_test_clock_has_its_own_present(client, calls):
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": 1_700_000_000})
    calls.customer = client.v1.customers.create({"test_clock": clock.id}).id
    assert calls.send(2).timestamp == 1_700_000_000
    calls.send(3, at=1_700_000_000 - DAY)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        calls.send(at=1_700_000_400)
    assert refused.value.code == "timestamp_in_future"
    assert calls.used(1_700_000_000 // 60 * 60 - 2 * DAY, 1_700_000_100 // 60 * 60) == 5


def test_a_deleted_customer_is_not_counted(client, calls):
    calls.send(3)
    client.v1.customers.delete(calls.customer)
    calls.send(4)
    assert calls.reports()[0] == ("error_report_triggered", "meter_event_customer_not_found")
