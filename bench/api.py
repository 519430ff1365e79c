"""API: the calls that prepare a measure, with whatever connection is still open."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from bench.load import Connection, request
from bench.processes import SECRET_KEY, Running


class Api:
    """Calls to one server, one after another."""

    def __init__(self, server: Running, key: str = SECRET_KEY) -> None:
        self._port = server.port
        self._key = key
        self._connection: Connection | None = None

    def form(self, path: str, fields: dict[str, Any]) -> bytes:
        """Return the bytes of a request that posts fields."""
        return request("POST", path, self._key, urlencode(fields))

    def post(self, path: str, fields: dict[str, Any]) -> Any:
        return self.ask(self.form(path, fields))

    def get(self, path: str) -> Any:
        return self.ask(request("GET", path, self._key))

    def ask(self, data: bytes) -> Any:
        """Send a request; return what was answered, or raise RuntimeError for a refusal."""
        try:
            status, body = self._open().ask(data)
        except OSError:
            # A server closes what was idle for some seconds.
            self._connection = None
            status, body = self._open().ask(data)
        if status != 200:
            raise RuntimeError(f"{status}: {body.decode()}")
        return json.loads(body)

    def payer(self, **fields: Any) -> str:
        """Make a customer who pays by card; return the id."""
        made: str = self.post("/v1/customers", {
            "payment_method": "pm_card_visa",
            "invoice_settings[default_payment_method]": "pm_card_visa", **fields,
        })["id"]  # fmt: skip
        return made

    def monthly_price(self) -> str:
        """Make a price of a month; return the id."""
        made: str = self.post("/v1/prices", {
            "currency": "usd", "unit_amount": 1500, "recurring[interval]": "month",
            "product_data[name]": "Basic",
        })["id"]  # fmt: skip
        return made

    def _open(self) -> Connection:
        if self._connection is None:
            self._connection = Connection(self._port)
        return self._connection
