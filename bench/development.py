"""Development: a server's start and memory, test clocks, and how soon webhooks are sent."""

from __future__ import annotations

import time
from collections.abc import Callable

from bench.api import Api
from bench.processes import prorata
from bench.report import Line, Report
from bench.webhooks import measure_production, measure_webhooks

BEGIN = 1_767_225_600  # 2026-01-01
YEAR_SECONDS = 366 * 86_400
STARTS = 5
IDLE_SECONDS = 2.0
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
        measure_webhooks(report, server, scale, "webhook", "from request to webhook")
    measure_production(report, empty, scale)


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
