"""Shop: the sample shop of examples/python, opened beside a development server.

It is a program of its own that knows nothing of Prorata but an address and two keys: it runs in
a process of its own, as it would on its own machine.
"""

import importlib.util
import os
import runpy
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import stripe

from prorata.model.errors import Refused
from prorata.server.settings import Settings

HERE = Path(__file__).resolve().parents[3] / "examples" / "python"
HIGHLIGHTED = "Most popular"
OPENING_SECONDS = 60
LOOPBACK = "127.0.0.1"


def why_no_shop() -> str | None:
    """Return why the shop can't be opened here, if it can't."""
    if not (HERE / "shop.py").exists():
        return "it is in the repository, under examples/python"
    if importlib.util.find_spec("flask") is None:
        return f"it needs `pip install -r {HERE / 'requirements.txt'}`"
    return None


class Shop:
    """A running shop; `url` is where a browser finds it."""

    def __init__(self, url: str, process: subprocess.Popen[str]) -> None:
        self.url = url
        self._process = process

    @classmethod
    def open(cls, settings: Settings, client: stripe.StripeClient, port: int | None) -> "Shop":
        """Start the shop and come back when it answers; it catches up on what has happened."""
        port = _free_port(settings.port + 1, port)
        url = f"http://{LOOPBACK}:{port}"
        database = settings.database.removeprefix("sqlite:///") + ".shop"
        own_file = settings.database.startswith("sqlite:///")
        environment = {
            **os.environ,
            "STRIPE_API_BASE": settings.base_url,
            "STRIPE_SECRET_KEY": settings.secret_key,
            "STRIPE_PUBLISHABLE_KEY": settings.publishable_key,
            "PRICING_TABLE_ID": _pricing_table(client, f"{url}/welcome"),
            "PORT": str(port),
            "SHOP_URL": url,
            "SHOP_DATABASE": str(Path(database).absolute()) if own_file else "shop.db",
        }
        process = subprocess.Popen(
            [sys.executable, "shop.py"], cwd=HERE, env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        shop = cls(url, process)
        shop._wait()
        return shop

    def close(self) -> None:
        """End the shop."""
        self._process.terminate()
        self._process.wait()

    def _wait(self) -> None:
        """Read what the shop says until it is open."""
        assert self._process.stdout is not None
        watch = threading.Timer(OPENING_SECONDS, self._process.kill)
        watch.start()
        said: list[str] = []
        for line in self._process.stdout:
            said.append(line)
            if self.url in line and "open" in line:
                watch.cancel()
                threading.Thread(target=self._listen, name="shop-log", daemon=True).start()
                return
        watch.cancel()
        raise Refused("the sample shop did not open:\n" + "".join(said[-8:]))

    def _listen(self) -> None:
        """Take what the shop says further on: a pipe that nobody empties would hold it up."""
        assert self._process.stdout is not None
        for _ in self._process.stdout:
            pass


def _pricing_table(client: stripe.StripeClient, welcome: str) -> str:
    """Make the catalogue as the shop does, and a table of its plans; return the table's id."""
    shop = runpy.run_path(str(HERE / "catalogue.py"))
    known = shop["make_catalogue"](client.v1)
    plans: list[Any] = []
    for key, plan in shop["PAID"].items():
        chosen: dict[str, Any] = {
            "product": known.products[key],
            "prices": [known.prices[each] for each in plan.prices()],
        }
        if key == "premium":
            chosen |= {"highlighted": "true", "label": HIGHLIGHTED}
        plans.append(chosen)
    table = client.raw_request(
        "post",
        "/v1/prorata/pricing_tables",
        products=plans,
        after_completion={"type": "redirect", "redirect": {"url": welcome}},
    )
    return str(table.data["id"])


def _free_port(usual: int, wanted: int | None) -> int:
    """Return the wanted port; without one the usual, if it is free, else any that is."""
    for port in [usual, 0] if wanted is None else [wanted]:
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((LOOPBACK, port))
            except OSError:
                continue
            return int(tried.getsockname()[1])
    raise Refused(f"port {wanted} of the shop is taken. Choose another one with --shop-port.")
