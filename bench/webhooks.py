"""Webhooks: how soon after a request its event reaches an endpoint on this machine."""

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
from bench.processes import Running, delivering, serving
from bench.report import Line, Report

EVENTS_PER_SECOND = 100
STRAGGLERS_SECONDS = 10.0


def measure_production(report: Report, empty: Callable[[], str], scale: float) -> None:
    """Add the line of a server and a worker that are processes of their own."""
    url = empty()
    with serving(url) as server, delivering(url):
        measure_webhooks(
            report, server, scale, "webhook_apart", "the same, server and worker apart"
        )


def measure_webhooks(
    report: Report, server: Running, scale: float, key: str, label: str
) -> None:
    """Make customers one after the other; note when each is asked for, and its event arrives."""
    api, port, seconds = Api(server), server.port, max(5.0, 20 * scale)
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
        key, f"{label}, {EVENTS_PER_SECOND} events/s", p50=cuts[49],
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
