"""The command `python -m bench`: measures a server on this machine and prints the figures."""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from rich.console import Console
from rich.table import Table

from bench.load import Connection, Figures, measure, request
from bench.processes import SECRET_KEY, Running, bare, prorata

BEGIN = 1_767_225_600  # 2026-01-01
SCALES = {"small": 0.1, "full": 1.0, "large": 5.0}
MONTH_SECONDS = 31 * 86_400
YEAR_SECONDS = 366 * 86_400


class Bench:
    """The measures of one server, and the rows they give."""

    def __init__(self, server: Running, scale: float) -> None:
        self.server = server
        self.scale = scale
        self.connection = Connection(server.port)
        self.rows: list[tuple[str, str, str, str, str]] = []

    def run(self) -> None:
        """Measure everything, cheapest first."""
        price = self._post("/v1/prices", {
            "currency": "usd", "unit_amount": 1500, "recurring[interval]": "month",
            "product_data[name]": "Basic",
        })["id"]  # fmt: skip
        customer = self._post("/v1/customers", {"email": "ada@example.com", "name": "Ada"})["id"]
        self._reads(customer)
        self._creates(price)
        self._advances(price)

    def _reads(self, customer: str) -> None:
        for n in range(100):
            self._post("/v1/customers", {"email": f"reader{n}@example.com"})
        one = request("GET", f"/v1/customers/{customer}", SECRET_KEY)
        page = request("GET", "/v1/customers?limit=100", SECRET_KEY)
        for name, data, requests in (
            ("retrieve customer", one, 5000),
            ("list 100 customers", page, 2000),
        ):
            body = self.connection.ask(data)[1]
            make = _always(data)
            with bare(body) as other:
                ceiling = measure(other.port, make, requests=self._count(requests))
            self._row(name, make, requests, ceiling)

    def _creates(self, price: str) -> None:
        self._row(
            "create customer",
            lambda n: self._form("/v1/customers", {"email": f"c{n}@example.com"}),
            2000,
        )
        count = self._count(400)
        customers = [self._customer() for _ in range(2 * count)]

        def subscribe(n: int) -> bytes:
            return self._form(
                "/v1/subscriptions", {"customer": customers[n], "items[0][price]": price}
            )

        self._row("create paid subscription", subscribe, 400, connections=(1,))
        self._row(
            "create paid subscription", lambda n: subscribe(n + count), 400, connections=(8,)
        )

    def _advances(self, price: str) -> None:
        for customers, months in ((1, 12), (self._count(200), 12)):
            clock = self._post(
                "/v1/test_helpers/test_clocks", {"frozen_time": BEGIN, "name": "bench"}
            )["id"]
            for _ in range(customers):
                self._post("/v1/subscriptions", {
                    "customer": self._customer(clock), "items[0][price]": price,
                })  # fmt: skip
            begun = time.perf_counter()
            self._post(
                f"/v1/test_helpers/test_clocks/{clock}/advance",
                {"frozen_time": BEGIN + YEAR_SECONDS},
            )
            while self._get(f"/v1/test_helpers/test_clocks/{clock}")["status"] == "advancing":
                time.sleep(0.005)
            elapsed = time.perf_counter() - begun
            renewals = customers * months
            noun = "customer" if customers == 1 else "customers"
            self.rows.append((
                f"test clock: {customers:,} {noun} by 12 months",
                f"{renewals / elapsed:,.0f} renewals/s", f"{elapsed:.2f} s", "", "",
            ))  # fmt: skip

    def _row(
        self,
        name: str,
        make: Callable[[int], bytes],
        requests: int,
        ceiling: Figures | None = None,
        connections: tuple[int, ...] = (1, 8),
    ) -> None:
        for number in connections:
            count = self._count(requests)
            offset = 0 if number == connections[0] else count
            figures = measure(
                self.server.port,
                lambda n, offset=offset: make(n + offset),
                requests=count,
                connections=number,
            )
            beside = ""
            if ceiling is not None and number == 1:
                share = figures.per_second / ceiling.per_second
                beside = f"{ceiling.per_second:,.0f}/s bare ({share:.0%})"
            failed = f"{figures.failed} FAILED" if figures.failed else ""
            self.rows.append((
                f"{name}, {number} connection{'s' if number > 1 else ''}",
                f"{figures.per_second:,.0f}/s", f"{figures.p50:.2f} ms", f"{figures.p99:.2f} ms",
                failed or beside,
            ))  # fmt: skip

    def _customer(self, clock: str | None = None) -> str:
        fields = {
            "payment_method": "pm_card_visa",
            "invoice_settings[default_payment_method]": "pm_card_visa",
        }
        if clock is not None:
            fields["test_clock"] = clock
        return self._post("/v1/customers", fields)["id"]

    def _count(self, requests: int) -> int:
        return max(int(requests * self.scale), 8)

    def _form(self, path: str, fields: dict[str, Any]) -> bytes:
        return request("POST", path, SECRET_KEY, urlencode(fields))

    def _post(self, path: str, fields: dict[str, Any]) -> dict[str, Any]:
        return self._answer(self._form(path, fields))

    def _get(self, path: str) -> dict[str, Any]:
        return self._answer(request("GET", path, SECRET_KEY))

    def _answer(self, data: bytes) -> dict[str, Any]:
        status, body = self.connection.ask(data)
        if status != 200:
            raise RuntimeError(f"{status}: {body.decode()}")
        return json.loads(body)


def main() -> None:
    """Measure SQLite, and PostgreSQL where PRORATA_TEST_POSTGRES names a server."""
    if sys.argv[1:2] == ["fill"]:
        from bench.fill import main as fill

        fill(sys.argv[2:])
        return
    if sys.argv[1:2] == ["renew"]:
        from bench.renew import main as renew

        renew(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--scale", type=_scale, default="full", metavar="SCALE",
        help="how many requests: small, full, large or a factor",
    )  # fmt: skip
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    options = parser.parse_args()
    databases: dict[str, str | None] = {"sqlite": None}
    if postgres := os.environ.get("PRORATA_TEST_POSTGRES"):
        databases["postgresql"] = postgres
    if options.only:
        if options.only not in databases:
            parser.error("PRORATA_TEST_POSTGRES names no server; `make bench` starts one")
        databases = {options.only: databases[options.only]}
    console = Console(highlight=False)
    # The figures are what this is for: none is cut off, whatever the window or pipe is wide.
    console.width = max(console.width, 120)
    for name, url in databases.items():
        with prorata(url) as server:
            bench = Bench(server, options.scale)
            idle = server.memory_megabytes()
            bench.run()
        bench.rows.insert(0, ("start to first answer", f"{server.started_in:.2f} s", "", "", ""))
        bench.rows.insert(1, ("memory when idle", f"{idle:.0f} MB", "", "", ""))
        _print(console, name, bench.rows)


def _scale(text: str) -> float:
    try:
        factor = SCALES.get(text) or float(text)
    except ValueError:
        factor = 0.0
    if not 0 < factor < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is none of {', '.join(SCALES)} and no factor")
    return factor


def _always(data: bytes) -> Callable[[int], bytes]:
    return lambda _: data


def _print(console: Console, name: str, rows: list[tuple[str, str, str, str, str]]) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False, title_justify="left")
    table.title = f"Prorata on {name}, one process"
    for heading in ("what", "figure", "p50", "p99", "beside"):
        left = heading in ("what", "beside")
        table.add_column(heading, justify="left" if left else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    console.print(table)
    console.print()


if __name__ == "__main__":
    sys.exit(main())
