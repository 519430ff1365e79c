"""Kill clients: what customers ask of servers that die, and ask again with the same key until told.

A client behaves as the official SDKs do: a broken connection, a conflict and a server's error are
tried again, with the same idempotency key; anything else is the answer.
"""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from prorata.simulation.desk import pairs_of

Answer = dict[str, Any]
Asked = tuple[str, str, dict[str, Any]]
Life = Generator[Asked, Answer, None]
AGAIN = frozenset({409, 429, 500, 502, 503, 504})
# Nobody is answered later: then its server has died.
PATIENCE_SECONDS = 60
LATER_SECONDS = 2.0


@dataclass
class Ledger:
    """What clients were told: the id of what each key has made, and what must be true now."""

    made: dict[str, str] = field(default_factory=dict)
    seats: dict[str, int] = field(default_factory=dict)
    paid: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    requests: int = 0
    repeats: int = 0


def customer_life(source: random.Random, price: str, name: str, ledger: Ledger) -> Life:
    """Yield what one customer asks for, one request after another."""

    def made(what: str, path: str, **params: Any) -> Generator[Asked, Answer, str]:
        key = f"{name} {what}"
        answer = yield key, path, params | {"metadata": {"op": key}}
        ledger.made[key] = answer["id"]
        return str(answer["id"])

    card = source.choice(("pm_card_visa", "pm_card_mastercard", "pm_card_amex"))
    customer = yield from made(
        "comes", "/v1/customers", payment_method=card,
        invoice_settings={"default_payment_method": card},
    )  # fmt: skip
    key = f"{name} subscribes"
    answer = yield key, "/v1/subscriptions", {
        "customer": customer, "items": [{"price": price, "quantity": 2}], "metadata": {"op": key},
    }  # fmt: skip
    subscription, item = answer["id"], answer["items"]["data"][0]["id"]
    ledger.made[key] = subscription
    for step in range(source.randrange(3)):
        seats = source.randrange(1, 30)
        yield f"{name} seats {step}", f"/v1/subscriptions/{subscription}", {
            "items": [{"id": item, "quantity": seats}], "proration_behavior": "always_invoice",
        }  # fmt: skip
        ledger.seats[subscription] = seats
    if source.random() < 0.6:
        yield from made(
            "extra", "/v1/invoiceitems", customer=customer, amount=source.randrange(200, 9_000),
            currency="usd",
        )  # fmt: skip
        invoice = yield from made(
            "bill", "/v1/invoices", customer=customer, auto_advance=False,
            pending_invoice_items_behavior="include",
        )  # fmt: skip
        answer = yield f"{name} finalize", f"/v1/invoices/{invoice}/finalize", {}
        # What fewer seats gave back may have paid it already.
        if answer["status"] == "open":
            answer = yield f"{name} pay", f"/v1/invoices/{invoice}/pay", {}
        if answer["status"] != "paid":
            ledger.wrong.append(f"{invoice}: answered as {answer['status']}")
        ledger.paid.add(invoice)
    if source.random() < 0.6:
        intent = yield from made(
            "buys", "/v1/payment_intents", amount=4_000, currency="usd", customer=customer,
            payment_method=card, confirm=True, off_session=True,
        )  # fmt: skip
        yield from made("refund", "/v1/refunds", payment_intent=intent, amount=1_500)
    if source.random() < 0.3:
        yield f"{name} leaves", f"/v1/subscriptions/{subscription}", {"cancel_at_period_end": True}
        ledger.ended.add(subscription)


class Crowd:
    """Threads of clients that live lives until told to stop beginning new ones."""

    def __init__(self, ports: list[int], key: str, price: str, seed: int, threads: int) -> None:
        self.ledger = Ledger()
        self._ports, self._key, self._price, self._seed = ports, key, price, seed
        self._lock = threading.Lock()
        self._born = 0
        self._closing = False
        self._threads = [
            threading.Thread(target=self._run, args=(number,), daemon=True)
            for number in range(threads)
        ]
        for each in self._threads:
            each.start()

    def close(self, patience: float) -> None:
        """Let every life that has begun come to its end."""
        self._closing = True
        until = time.monotonic() + patience
        for each in self._threads:
            each.join(max(0.0, until - time.monotonic()))
            if each.is_alive():
                self.ledger.wrong.append("a client was not answered in all this time")

    def _run(self, number: int) -> None:
        port = self._ports[number % len(self._ports)]
        # Lives that wait for an answer: when to ask again, and what.
        waiting: list[tuple[float, Life, Asked]] = []
        while not self._closing or waiting:
            waiting.sort(key=lambda each: each[0])
            if waiting and (waiting[0][0] <= time.monotonic() or self._closing):
                at, life, asked = waiting.pop(0)
                time.sleep(max(0.0, at - time.monotonic()))
            elif self._closing:
                continue
            else:
                life = self._new_life()
                asked = next(life)
            later = self._live(port, life, asked)
            if later is not None:
                waiting.append((time.monotonic() + LATER_SECONDS, life, later))

    def _new_life(self) -> Life:
        with self._lock:
            self._born += 1
            name = f"client {self._seed}-{self._born}"
        return customer_life(random.Random(name), self._price, name, self.ledger)

    def _live(self, port: int, life: Life, asked: Asked) -> Asked | None:
        """Go on with a life; return the request that has to wait, None at the end."""
        while True:
            answer = self._ask(port, asked)
            if answer is None:
                return asked
            try:
                asked = life.send(answer)
            except (StopIteration, KeyError):
                return None

    def _ask(self, port: int, asked: Asked) -> Answer | None:
        """Return the answer to a request; None when it has to be asked again later."""
        key, path, params = asked
        tries = 0
        while True:
            self.ledger.requests += 1
            tries += 1
            self.ledger.repeats += tries > 1
            try:
                status, body = self._post(port, key, path, params)
            except (OSError, http.client.HTTPException):
                # It died, or it is not there again yet.
                time.sleep(0.1)
                continue
            if status == 200:
                return body
            if status in AGAIN:
                if status == 500:
                    self.ledger.wrong.append(f"{key}: {body}")
                return None
            self.ledger.wrong.append(f"{key}: {path}: {status} {body}")
            return {}

    def _post(self, port: int, key: str, path: str, params: Any) -> tuple[int, Answer]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        try:
            connection.request("POST", path, urlencode(list(pairs_of(params))), {
                "Authorization": f"Bearer {self._key}", "Idempotency-Key": key,
                "Content-Type": "application/x-www-form-urlencoded",
            })  # fmt: skip
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()
