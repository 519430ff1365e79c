"""Development: a server's start and memory, test clocks, and how soon webhooks are sent."""

from __future__ import annotations

import json
import statistics
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bench.api import Api
from bench.load import HOST, Connection
from bench.processes import prorata
from bench.report import Line, Report

BEGIN = 1_767_225_600  # 2026-01-01
YEAR_SECONDS = 366 * 86_400
STARTS = 5
IDLE_SECONDS = 2.0
EVENTS_PER_SECOND = 100
STRAGGLERS_SECONDS = 10.0
Empty = Callable[[], str]


def measure_development(report: Report, empty: Empty, scale: float) -> None:
    """Add the lines of `prorata dev`. empty: names a new database at each call."""
    starts = []
    for _ in range(STARTS):
        with prorata(empty()) as server:
            starts.append(server.started_in)
    seconds = min(starts)
    report.add(Line("start", "start to the first answer", value=f"{seconds:.2f} s",
                    p50=seconds * 1000))  # fmt: skip
    with prorata(empty()) as server:
        time.sleep(IDLE_SECONDS)
        megabytes = server.memory_megabytes()
        report.add(Line("memory", "memory when idle", value=f"{megabytes:.0f} MB"))
        api = Api(server)
        price = api.monthly_price()
        # The first one warms up what later ones find.
        for key, customers in (("", 1), ("clock_one", 1), ("clock_many", int(1000 * scale))):
            elapsed = _advance(api, price, max(customers, 1))
            if key:
                noun = "customer" if customers == 1 else "customers"
                report.add(Line(
                    key, f"a test clock by twelve months, {customers:,} {noun}",
                    value=f"{elapsed:.2f} s", note=f"{customers * 12 / elapsed:,.0f} renewals/s",
                ))  # fmt: skip
    with prorata(empty()) as server:
        _webhooks(report, Api(server), server.port, max(5.0, 20 * scale))


def _advance(api: Api, price: str, customers: int) -> float:
    clock = api.post("/v1/test_helpers/test_clocks", {"frozen_time": BEGIN, "name": "bench"})["id"]
    for _ in range(customers):
        api.post("/v1/subscriptions", {
            "customer": api.payer(test_clock=clock), "items[0][price]": price,
        })  # fmt: skip
    begun = time.perf_counter()
    path = f"/v1/test_helpers/test_clocks/{clock}"
    api.post(f"{path}/advance", {"frozen_time": BEGIN + YEAR_SECONDS})
    while api.get(path)["status"] == "advancing":
        time.sleep(0.005)
    return time.perf_counter() - begun


def _webhooks(report: Report, api: Api, port: int, seconds: float) -> None:
    """Make so many customers a second; note when each is answered, and when its event arrives."""
    arrived: dict[str, float] = {}
    receiver = ThreadingHTTPServer((HOST, 0), _receiver(arrived))
    receiver.daemon_threads = True
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    api.post("/v1/webhook_endpoints", {
        "url": f"http://{HOST}:{receiver.server_port}/", "enabled_events[]": "customer.created",
    })  # fmt: skip
    connection = Connection(port)
    sent: dict[str, float] = {}
    begun = time.perf_counter()
    for n in range(int(seconds * EVENTS_PER_SECOND)):
        wait = begun + n / EVENTS_PER_SECOND - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        moment = time.perf_counter()
        _, body = connection.ask(api.form("/v1/customers", {"name": f"hook {n}"}))
        sent[json.loads(body)["id"]] = moment
    connection.close()
    until = time.perf_counter() + STRAGGLERS_SECONDS
    while len(arrived) < len(sent) and time.perf_counter() < until:
        time.sleep(0.05)
    receiver.shutdown()
    waits = [(arrived[id] - moment) * 1000 for id, moment in sent.items() if id in arrived]
    cuts = statistics.quantiles(waits, n=100)
    lost = len(sent) - len(waits)
    report.add(Line(
        "webhook", f"from request to webhook, {EVENTS_PER_SECOND} events/s", p50=cuts[49],
        p99=cuts[98], value=f"{len(waits):,} sent", note=f"{lost} NOT SENT" if lost else "",
    ))  # fmt: skip


def _receiver(arrived: dict[str, float]) -> type[BaseHTTPRequestHandler]:
    class Receiver(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            moment = time.perf_counter()
            event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            arrived.setdefault(event["data"]["object"]["id"], moment)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            pass

    return Receiver
