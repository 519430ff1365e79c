"""Peer: localstripe, measured in the same run for what it can do.

It is installed from PyPI into an environment of its own, which is gone afterwards, as is the file
in which it keeps everything and which it writes anew at each change.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.api import Api
from bench.load import Figures, measure, request
from bench.processes import SECRET_KEY, Running, free_port, process
from bench.report import Report

PACKAGE = "localstripe==1.15.10"
PLACE = Path("/tmp/localstripe.pickle")
MOST_SECONDS = 120
# How many customers it has when it is measured: its files grow with them.
STORED = 1_000


def measure_peer(report: Report, scale: float) -> None:
    """Add what localstripe does; raise RuntimeError where it cannot be had."""
    with _running() as server:
        api = Api(server)
        count = max(int(300 * scale), 20)

        def customer(n: int) -> bytes:
            return api.form("/v1/customers", {"email": f"c{n}@example.com", "name": f"C {n}"})

        report.rate("create", "create a customer, nothing stored", _run(server, customer, count))
        stored = max(int(STORED * scale), count)
        made = [api.ask(customer(n))["id"] for n in range(stored)]
        one = request("GET", f"/v1/customers/{made[-1]}", SECRET_KEY)
        page = request("GET", "/v1/customers?limit=100", SECRET_KEY)
        at = f"of {stored:,}"
        report.rate("retrieve", f"retrieve a customer {at}", _run(server, lambda n: one, count * 3))
        report.rate("list", f"list 100 customers {at}", _run(server, lambda n: page, count))
        report.rate(
            "create_more", f"create a customer, {stored:,} stored",
            _run(server, customer, max(count // 10, 10)),
        )  # fmt: skip
        api.post("/v1/plans", {"id": "basic", "currency": "usd", "amount": 1500, "interval":
                               "month", "name": "Basic"})  # fmt: skip
        payers = made[: max(count // 10, 10)]
        for each in payers:
            token = api.post("/v1/tokens", {
                "card[number]": "4242424242424242", "card[exp_month]": 12, "card[exp_year]": 2035,
                "card[cvc]": "123",
            })["id"]  # fmt: skip
            api.post(f"/v1/customers/{each}/sources", {"source": token})

        def subscribe(n: int) -> bytes:
            return api.form(
                "/v1/subscriptions", {"customer": payers[n], "items[0][plan]": "basic"}
            )

        report.rate(
            "subscribe", "create a paid subscription", _run(server, subscribe, len(payers))
        )


def _run(server: Running, make: object, count: int) -> Figures:
    return measure(server.port, make, requests=count)  # type: ignore[arg-type]


@contextmanager
def _running() -> Iterator[Running]:
    with tempfile.TemporaryDirectory(prefix="prorata-peer-") as folder:
        home = Path(folder)
        venv.create(home / "venv", with_pip=True)
        python = home / "venv" / "bin" / "python"
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        # The old setuptools has what it imports.
        install = [python, "-m", "pip", "install", "--quiet", PACKAGE, "setuptools<81"]
        done = subprocess.run(
            install, capture_output=True, text=True, timeout=MOST_SECONDS, env=environment
        )
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip().rpartition("\n")[2])
        if PLACE.exists():
            raise RuntimeError(f"{PLACE} is there already, where it writes")
        port = free_port()
        command = [str(home / "venv/bin/localstripe"), "--from-scratch", "--port", str(port)]
        try:
            with process(command, port, "/v1/customers?limit=1", environment, folder) as running:
                yield Running(port, *running, "")
        finally:
            PLACE.unlink(missing_ok=True)
