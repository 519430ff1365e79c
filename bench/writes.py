"""Writes: creating, durably, on a server as in production, beside hand-made commits of the rows."""

from __future__ import annotations

import time
from collections.abc import Callable

from bench.api import Api
from bench.ceiling import ceiling
from bench.load import Figures, measure
from bench.processes import serving
from bench.report import Report

Empty = Callable[[], str]
ROUNDS = 5
# A subscription that is paid at once is two commits: what is decided, and what came of it.
COMMITS_PAID = 2


def measure_writes(report: Report, empty: Empty, scale: float) -> None:
    """Add the lines of creating. empty: names a new database at each call."""
    count = max(int(1000 * scale), 20)
    url = empty()
    since = int(time.time()) - 1
    with serving(url) as server:
        api = Api(server)

        def customer(n: int) -> bytes:
            return api.form("/v1/customers", {"email": f"c{n}@example.com", "name": f"C {n}"})

        single, many = (_best(server.port, customer, count, number) for number in (1, 8))
    made = count * ROUNDS * 2
    plain = ceiling(url, empty(), since, made, batch=1)
    report.rate("create", "create a customer, one connection", single, plain, "plain commits")
    report.rate("create@8", "create a customer, 8 connections", many)
    _subscriptions(report, empty, max(int(150 * scale), 16))


def _subscriptions(report: Report, empty: Empty, count: int) -> None:
    url = empty()
    since = int(time.time()) - 1
    with serving(url) as server:
        api = Api(server)
        price = api.monthly_price()
        payers = [api.payer() for _ in range(count * ROUNDS * 2)]

        def subscribe(n: int) -> bytes:
            return api.form(
                "/v1/subscriptions", {"customer": payers[n], "items[0][price]": price}
            )

        single = _best(server.port, subscribe, count, 1)
        many = _best(server.port, lambda n: subscribe(n + count * ROUNDS), count, 8)
    plain = ceiling(url, empty(), since, len(payers), batch=1 / COMMITS_PAID)
    what = "create a paid subscription"
    report.rate("subscribe", f"{what}, one connection", single, plain, "plain commits")
    report.rate("subscribe@8", f"{what}, 8 connections", many)


def _best(port: int, make: Callable[[int], bytes], count: int, connections: int) -> Figures:
    runs = [
        measure(
            port, lambda n, turn=turn: make(n + turn * count), requests=count,
            connections=connections,
        )
        for turn in range(ROUNDS)
    ]  # fmt: skip
    best = max(runs, key=lambda each: each.per_second)
    return Figures(
        best.per_second, min(each.p50 for each in runs), min(each.p99 for each in runs),
        best.requests, sum(each.failed for each in runs),
    )  # fmt: skip
