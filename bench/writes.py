"""Writes: creating, durably, on a server as in production, in turns with hand-made commits."""

from __future__ import annotations

from collections.abc import Callable

from bench.api import Api
from bench.ceiling import plain
from bench.load import Figures, best_of, measure
from bench.processes import Running, serving
from bench.report import Report

Empty = Callable[[], str]
Make = Callable[[int], bytes]
# Many short ones: some of them are undisturbed.
ROUNDS = 15
WARM = 20
# A subscription that is paid at once is two commits: what is decided, and what came of it.
COMMITS_PAID = 2


def measure_writes(report: Report, empty: Empty, scale: float) -> None:
    """Add the lines of creating. empty: names a new database at each call."""
    count = max(int(300 * scale), 24)
    url = empty()
    with serving(url) as server:
        api = Api(server)

        def customer(n: int) -> bytes:
            return api.form("/v1/customers", {"email": f"c{n}@example.com", "name": f"C {n}"})

        _in_turns(report, "create", "create a customer", server, empty(), customer, count, 1)
    count = max(int(50 * scale), 16)
    url = empty()
    with serving(url) as server:
        api = Api(server)
        price = api.monthly_price()
        payers = [api.payer() for _ in range(WARM + count * ROUNDS * 2)]

        def subscribe(n: int) -> bytes:
            return api.form("/v1/subscriptions", {"customer": payers[n], "items[0][price]": price})

        what = "create a paid subscription"
        _in_turns(report, "subscribe", what, server, empty(), subscribe, count, COMMITS_PAID)


def _in_turns(
    report: Report, key: str, what: str, server: Running, target: str, make: Make, count: int,
    commits: int,
) -> None:  # fmt: skip
    """Add the rates of one connection, beside plain commits of the same rows, and of eight."""
    measure(server.port, make, requests=WARM)
    singles: list[Figures] = []
    ceilings: list[float] = []
    with plain(server.database, target) as commit:
        for turn in range(ROUNDS):
            offset = WARM + turn * count
            singles.append(
                measure(server.port, lambda n, offset=offset: make(n + offset), requests=count)
            )
            ceilings.append(commit.turn(count, count * commits))
    crowds = [
        measure(
            server.port,
            lambda n, offset=WARM + (ROUNDS + turn) * count: make(n + offset),
            requests=count, connections=8,
        )
        for turn in range(ROUNDS)
    ]  # fmt: skip
    report.rate(
        key, f"{what}, one connection", best_of(singles), max(ceilings), "by plain commits"
    )
    report.rate(f"{key}@8", f"{what}, 8 connections", best_of(crowds))
