"""Usage side by side: what one process accepts counts in every other at once, and once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import stripe

from servers import running
from sound import assert_sound
from usage.conftest import Metering

HOUR = 3600


def test_two_processes_count_together(database_url: str) -> None:
    with running(database_url) as one, running(database_url) as other:
        mine, theirs = (stripe.StripeClient(each.secret_key, base_addresses={"api": each.url})
                        for each in (one, other))  # fmt: skip
        calls = Metering(mine)
        there = Metering.__new__(Metering)
        there.__dict__ |= calls.__dict__ | {"client": theirs}
        both, now = (calls, there), int(time.time()) // HOUR * HOUR
        for turn in range(10):
            both[turn % 2].send(1)
            assert both[1 - turn % 2].used(now - HOUR, now + 2 * HOUR) == turn + 1

        streams = [
            stripe.StripeClient(
                client.v2.billing.meter_event_session.create().authentication_token,
                base_addresses={"api": each.url, "meter_events": each.url},
            )
            for client, each in ((mine, one), (theirs, other))
        ]

        def stream(turn: int) -> None:
            first = turn // 2 * 50
            streams[turn % 2].v2.billing.meter_event_stream.create({"events": [
                {"event_name": calls.name, "identifier": f"id {first + n}",
                 "payload": calls.payload(1)} for n in range(100)]})  # fmt: skip

        def send(turn: int) -> bool:
            try:
                return both[turn % 2].send(1, identifier=f"id {turn * 7 % 300}") is not None
            except stripe.InvalidRequestError as error:
                assert error.param == "identifier"
                return False

        with ThreadPoolExecutor(4) as hands:
            list(hands.map(lambda turn: (stream(turn), send(turn)), range(10)))
        # Batches of a hundred begin at 0, 50 … 200.
        for each in both:
            assert each.used(now - HOUR, now + 2 * HOUR) == 10 + 300
        assert_sound(one.system)
