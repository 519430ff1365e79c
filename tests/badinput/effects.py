"""Effects: what a request leaves behind, written so that two requests can be compared."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from typing import Any

from badinput.asking import Answer
from badinput.conftest import NOW, Counter
from badinput.parameters import Place
from badinput.values import NAMED

DAY = 86_400
# What a parameter is given; others are given something by their shape.
VALUES: dict[str, tuple[Any, ...]] = {
    "account": ("@account",), "account_tax_ids": ("@tax_id:own",), "amount": (50, 700, 1500),
    "coupon": ("@coupon", "@coupon:amount"), "country": ("DE", "US"), "currency": ("usd", "eur"),
    "customer": ("@customer:poor", "@customer"), "default_price": ("@price:other", "@price"),
    "default_payment_method": ("@payment_method:second", "@payment_method"),
    "default_source": ("@card",), "default_tax_rates": ("@tax_rate",), "email": ("z@example.com",),
    "entitlement_feature": ("@entitlements.feature:other",),
    "feature": ("@entitlements.feature:spare",), "meter": ("@billing.meter",),
    "month": ("2021-07",), "timezone": ("Europe/Vienna",),
    "destination": ("@account",), "on_behalf_of": ("@account",), "percent_off": ("33",),
    "payment_method": ("@payment_method:second", "@payment_method"), "percentage": ("7",),
    "plan": ("@plan",), "price": ("@price:other", "@price", "@price:once"),
    "product": ("@product:alone",), "quantity": (2, 3), "receipt_email": ("z@example.com",),
    "return_url": ("https://example.com/z",), "subscription": ("@subscription:two",),
    "tax_code": ("@tax_code",), "unit_amount": (700,), "url": ("https://example.com/z",),
}  # fmt: skip
MOMENT = re.compile(r".*(_at|_date|_time|_start|_end|_by|_anchor|^start|^end|timestamp)$")
ID = re.compile(r"\b((?:[a-z]+_)+)(?=[A-Za-z]*[0-9])[0-9A-Za-z]{10,}(?:_secret_\w+)?\b")
CHANCE = re.compile(
    r'"(?:network_transaction_id|authorization_code|invoice_prefix|risk_score|secret|'
    r'request_id)": ?(?:"[^"]*"|\d+)|"code": ?"[0-9A-Z]{8}"|"id": ?"req_\w+"|/links/[^"]*'
)


def values_for(place: Place) -> Iterator[Any]:
    """Yield values of which one should change something, the likeliest first."""
    if place.shapes & {"text", "integer", "decimal"}:
        yield from VALUES.get(place.name, (NAMED[place.name],) if place.name in NAMED else ())
    yield from place.choices
    if "boolean" in place.shapes:
        yield from (True, False)
    if "integer" in place.shapes:
        if MOMENT.match(place.name):
            yield from (NOW + 20 * DAY, NOW - 20 * DAY, NOW + 3600)
        yield from (7, 100)
    if "decimal" in place.shapes:
        yield from ("12.5", "7")
    if "text" in place.shapes:
        yield from ("Zeta Text", "DE", "https://example.com/zeta")
    if "metadata" in place.shapes:
        yield {"zeta": "omega"}


class Traces:
    """Compares what requests answer and which documents they change, ids and chance left out."""

    def __init__(self, counter: Counter) -> None:
        path = counter.server.system.database.url.removeprefix("sqlite:///")
        self._connection = sqlite3.connect(path)
        names = self._connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'doc_%'"
        )
        self._tables = [name for (name,) in names.fetchall()]
        self._before = self._rows()
        self._known = {id for _, id in self._before}

    def of(self, answer: Answer) -> tuple[Any, ...]:
        """Return what a request that succeeded answered and changed."""
        after = self._rows()
        fresh = [id for _, id in after if id not in self._known and "_" not in id]
        changed = sorted(
            (table, self._plain(str(row), fresh))
            for (table, id), row in after.items() if self._before.get((table, id)) != row
        )
        gone = sorted(self._before.keys() - after.keys())
        return self._plain(answer.content.decode(), fresh), changed, gone

    def close(self) -> None:
        self._connection.close()

    def _rows(self) -> dict[tuple[str, str], tuple[Any, ...]]:
        return {
            (table, row[0]): row[1:]
            for table in self._tables
            for row in self._connection.execute(
                f"SELECT id, document, private, due_at, deleted FROM {table}"
            )
        }

    def _plain(self, text: str, fresh: list[str]) -> str:
        for id in fresh:
            text = text.replace(id, "new")
        text = ID.sub(lambda found: found[0] if found[0] in self._known else found[1], text)
        return CHANCE.sub("", text)
