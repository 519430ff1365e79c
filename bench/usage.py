"""Usage: events taken in over HTTP in batches of a hundred, durable and counted once each.

Beside it stands what the driver writes by itself: the same events by hand-made bulk statements into
tables of the plainest form (unique identifiers, events, hours). SQLite is served by one process,
PostgreSQL by two. It is measured on an empty store and on one that holds many events already.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack

from bench.api import Api
from bench.load import Connection, Figures, best_of, measure, request
from bench.processes import SECRET_KEY, Running, serving
from bench.report import Line, Report
from bench.usage_plain import plain_events
from bench.usage_stored import fill_events
from prorata.model.clock import SystemClock

BATCH = 100
CUSTOMERS = 1_000
CONNECTIONS = 8
ROUNDS = 6
PROCESSES = {"sqlite": 1, "postgresql": 2}
MONTH_SECONDS = 30 * 86400
# Reads a month that begins and ends in the middle of an hour.
OFFSET_SECONDS = 1_260
Empty = Callable[[], str]


def measure_usage(report: Report, empty: Empty, scale: float, stored: int) -> None:
    """Add the lines of a store that holds so many events already."""
    url = empty()
    kind = "sqlite" if url.startswith("sqlite") else "postgresql"
    count = max(int(300 * scale), 20) * CONNECTIONS
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(url)) for _ in range(PROCESSES[kind])]
        api = Api(servers[0])
        meter = api.post(
            "/v1/billing/meters",
            {"display_name": "Calls", "event_name": "calls", "default_aggregation[formula]": "sum"},
        )["id"]
        customers = [
            api.post("/v1/customers", {"name": f"C {n}"})["id"] for n in range(CUSTOMERS)
        ]
        if stored:
            begun = time.perf_counter()
            fill_events(url, meter, customers, stored)
            # What was filled is on the disk before anything is measured.
            os.sync()
            seconds = time.perf_counter() - begun
            report.add(Line(
                f"usage_fill@{stored}", f"fill a store of {stored:,} events",
                value=f"{seconds:.0f} s", note="by bulk statements",
            ))  # fmt: skip
        token = _token(servers[0])
        rounds = []
        for turn in range(ROUNDS):
            batches = _batches(token, customers, turn * count, count)
            rounds.append(_taken_in(servers, batches, count))
        best = best_of(rounds)
        events = Figures(
            best.per_second * BATCH, best.p50, best.p99, best.requests, best.failed
        )
        ceiling = plain_events(empty(), customers, count * BATCH)
        where = f"of {stored:,} stored" if stored else "from none"
        processes = f", {len(servers)} processes" if len(servers) > 1 else ""
        report.rate(
            f"usage@{stored}", f"usage events, {where}{processes}", events, ceiling,
            "by plain writing",
        )  # fmt: skip
        report.rate(
            f"usage_month@{stored}", f"a customer's month, {where}",
            _months(servers[0], meter, customers, max(int(400 * scale), 40)),
        )  # fmt: skip


def _token(server: Running) -> str:
    data = request("POST", "/v2/billing/meter_event_session", SECRET_KEY)
    json_sent = data.replace(b"application/x-www-form-urlencoded", b"application/json")
    return str(Api(server).ask(json_sent)["authentication_token"])


def _batches(token: str, customers: list[str], since: int, count: int) -> list[bytes]:
    """Return the bytes of so many requests, made beforehand."""
    source = random.Random(since)
    made = []
    for number in range(since, since + count):
        events = ",".join(
            f'{{"event_name":"calls","identifier":"request-{number}-{place}-{source.random()}",'
            f'"payload":{{"stripe_customer_id":"{source.choice(customers)}",'
            f'"value":"{source.randrange(1, 50)}"}}}}'
            for place in range(BATCH)
        )
        body = f'{{"events":[{events}]}}'
        made.append((
            f"POST /v2/billing/meter_event_stream HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode())  # fmt: skip
    return made


def _taken_in(servers: list[Running], batches: list[bytes], count: int) -> Figures:
    """Send the batches to the servers at once; the rate is that of all of them together."""
    share = count // len(servers)
    found: list[Figures] = []

    def run(place: int) -> None:
        found.append(
            measure(
                servers[place].port, lambda n: batches[place * share + n], requests=share,
                connections=CONNECTIONS // len(servers),
            )
        )  # fmt: skip

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(servers))]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    return Figures(
        sum(each.requests for each in found) / seconds,
        max(each.p50 for each in found),
        max(each.p99 for each in found),
        sum(each.requests for each in found),
        sum(each.failed for each in found),
    )


def _months(server: Running, meter: str, customers: list[str], count: int) -> Figures:
    end = SystemClock().now() // 60 * 60
    start = end - MONTH_SECONDS - OFFSET_SECONDS

    def read(n: int) -> bytes:
        customer = customers[n * 37 % len(customers)]
        path = (
            f"/v1/billing/meters/{meter}/event_summaries?customer={customer}"
            f"&start_time={start}&end_time={end}"
        )
        return request("GET", path, SECRET_KEY)

    connection = Connection(server.port)
    status, body = connection.ask(read(0))
    connection.close()
    if status != 200 or b"aggregated_value" not in body:
        raise RuntimeError(f"{status}: {body.decode()}")
    return best_of([measure(server.port, read, requests=count) for _ in range(3)])
