"""Windows of usage: what may come how late, be sent again and be taken back, to the second."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from prorata.engine.system_time import advance_time, freeze_time
from servers import running

START = 1_767_225_600
DAY = 86_400


@pytest.fixture(scope="module")
def server(store: str) -> Iterator[Any]:
    """Give a server whose time stands still."""
    with running() as found:
        yield found


def test_the_edges_of_an_events_time(server, calls):
    freeze_time(server.system, START)
    for offset in (-35 * DAY, 300):
        assert calls.send(1, at=START + offset).timestamp == START + offset
    for offset, code in (
        (-35 * DAY - 1, "timestamp_too_far_in_past"),
        (301, "timestamp_in_future"),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            calls.send(1, at=START + offset)
        assert (refused.value.code, refused.value.param) == (code, "timestamp")
    days = calls.summaries(START - 40 * DAY, START + DAY, value_grouping_window="day").data
    assert [(each.start_time, each.aggregated_value) for each in days] == [
        (START, 1),
        (START - 35 * DAY, 1),
    ]


def test_an_event_is_taken_back_within_a_day_and_its_identifier_free_after_it(server, calls):
    """Identifiers are known for an hour more than a day, for clocks that differ."""
    freeze_time(server.system, START)
    for identifier in ("soon", "late", "kept"):
        calls.send(1, identifier=identifier)
    advance_time(server.system, START + DAY)
    assert calls.cancel("soon").status == "complete"
    advance_time(server.system, START + DAY + 1)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        calls.cancel("late")
    assert refused.value.param == "cancel[identifier]"
    for identifier in ("soon", "kept"):
        with pytest.raises(stripe.InvalidRequestError, match="already exists"):
            calls.send(1, identifier=identifier)
    assert calls.used(START, START + 2 * DAY) == 2
    advance_time(server.system, START + 25 * 3600)
    for identifier in ("soon", "kept"):
        calls.send(1, identifier=identifier)
    assert calls.used(START, START + 2 * DAY) == 4


@pytest.mark.parametrize(("whose", "much"), [
    ("the acct [id].x", "tökens & more"), ("a[b]", "v]"), ("0", "1"), ("same", "same="),
])  # fmt: skip
def test_any_word_can_be_a_key_of_the_payload(server, metering, whose, much):
    freeze_time(server.system, START)
    meter = metering(
        customer_mapping={"type": "by_id", "event_payload_key": whose},
        value_settings={"event_payload_key": much},
    )
    payload = {whose: meter.customer, much: "3.5"}
    assert meter.send(payload=payload).payload.to_dict() == payload
    meter.client.v2.billing.meter_events.create({"event_name": meter.name, "payload": payload})
    assert meter.used(START - DAY, START + DAY) == 7
