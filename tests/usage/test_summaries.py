"""Summaries: what was used in some time, by hour and by day."""

from __future__ import annotations

import time

import pytest
import stripe

DAY, HOUR = 86400, 3600
TODAY = int(time.time()) // DAY * DAY


@pytest.fixture
def week(calls):
    """Give a meter with usage on three days of a week that ended yesterday."""
    for day, hour, value in ((-6, 1, 10), (-6, 1, 5), (-4, 3, 7), (-4, 22, 2), (-2, 0, 1)):
        calls.send(value, at=TODAY + day * DAY + hour * HOUR + 61)
    return calls


def test_without_a_window_there_is_one_summary(week):
    [summary] = week.summaries(TODAY - 7 * DAY, TODAY).data
    assert summary.object == "billing.meter_event_summary"
    assert (summary.aggregated_value, summary.meter) == (25, week.meter.id)
    assert (summary.start_time, summary.end_time) == (TODAY - 7 * DAY, TODAY)


def test_days_and_hours_with_usage_are_listed_latest_first(week):
    days = week.summaries(TODAY - 7 * DAY, TODAY, value_grouping_window="day").data
    assert [(each.start_time, each.end_time, each.aggregated_value) for each in days] == [
        (TODAY - 2 * DAY, TODAY - DAY, 1), (TODAY - 4 * DAY, TODAY - 3 * DAY, 9),
        (TODAY - 6 * DAY, TODAY - 5 * DAY, 15),
    ]
    hours = week.summaries(TODAY - 7 * DAY, TODAY, value_grouping_window="hour").data
    assert [each.aggregated_value for each in hours] == [1, 2, 7, 15]


def test_pages_go_on_where_they_ended_in_both_directions(week):
    page = week.summaries(TODAY - 7 * DAY, TODAY, value_grouping_window="hour", limit=1)
    assert page.has_more
    assert [each.aggregated_value for each in page.auto_paging_iter()] == [1, 2, 7, 15]
    last = list(page.auto_paging_iter())[-1]
    before = week.summaries(TODAY - 7 * DAY, TODAY, value_grouping_window="hour", limit=2,
                            ending_before=last.id)
    assert [each.aggregated_value for each in before.data] == [2, 7]


def test_minutes_are_told_apart(calls):
    for minute in range(4):
        calls.send(10**minute, at=TODAY - DAY + minute * 60)
    assert calls.used(TODAY - DAY + 60, TODAY - DAY + 180) == 110


@pytest.mark.parametrize(("start", "end", "window", "param"), [
    (30, DAY, None, "start_time"), (0, DAY + 30, None, "end_time"),
    (60, DAY, "hour", "start_time"), (0, HOUR, "day", "end_time"), (DAY, DAY, None, "end_time"),
])
def test_times_must_fit_the_window(calls, start, end, window, param):
    params = {} if window is None else {"value_grouping_window": window}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        calls.summaries(TODAY - 9 * DAY + start, TODAY - 9 * DAY + end, **params)
    assert refused.value.param == param


def test_unknown_meters_customers_and_cursors_are_refused(calls):
    with pytest.raises(stripe.InvalidRequestError):
        calls.summaries(TODAY - DAY, TODAY, value_grouping_window="day", starting_after="nothing")
    calls.customer = "cus_unknown"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        calls.summaries(TODAY - DAY, TODAY)
    assert (refused.value.code, refused.value.param) == ("resource_missing", "customer")
    calls.meter.id = "mtr_unknown"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        calls.summaries(TODAY - DAY, TODAY)
    assert refused.value.http_status == 404


def test_usage_is_told_apart_by_dimensions(client, calls):
    calls.send(1)
    path = f"/v1/prorata/meters/{calls.meter.id}"
    client.raw_request("post", f"{path}/dimensions", payload_keys=["region", "model"])
    for region, model, value in (("eu", "big", 5), ("eu", "small", 2), ("us", "big", 3)):
        calls.send(payload=calls.payload(value, region=region, model=model))
    calls.send(payload=calls.payload(9, region="eu"))
    assert calls.reports()[0] == ("error_report_triggered", "missing_dimension_payload_keys")

    def groups(*keys):
        found = client.deserialize(client.raw_request(
            "get", f"{path}/usage", customer=calls.customer, group_by=list(keys),
            start_time=TODAY - DAY, end_time=TODAY + 2 * DAY,
        ), api_mode="V1").data
        return {tuple(each["dimensions"].to_dict().values()): each["value"] for each in found}

    assert groups("region") == {(None,): "1", ("eu",): "7", ("us",): "3"}
    assert groups("model", "region")["big", "us"] == "3"
    assert calls.used(TODAY - DAY, TODAY + 2 * DAY) == 11

    # What no index takes is counted without them, and keeps nothing else from being counted.
    long = "".join(chr(0x20000 + (place * place * 7919) % 0xA000) for place in range(900))
    calls.send(payload=calls.payload(6, region=long, model="big"))
    assert groups("region") == {(None,): "7", ("eu",): "7", ("us",): "3"}
    assert calls.used(TODAY - DAY, TODAY + 2 * DAY) == 17
