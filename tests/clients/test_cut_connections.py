"""The official SDKs over connections that are cut: whatever is asked again has one effect."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
import stripe

from clients.installed import npm_package
from clients.test_node import RUN_SECONDS, SDK

Moment = Literal["before", "in the request", "unanswered", "in the answer"]
SCRIPT = Path(__file__).with_name("node") / "cut.mjs"


class Cutter(socketserver.ThreadingTCPServer):
    """Passes requests on to a server, and cuts each one once, the first time that it comes."""

    daemon_threads = True

    def __init__(self, url: str, moment: Moment) -> None:
        super().__init__(("127.0.0.1", 0), Passing)
        parts = urlsplit(url)
        self.behind = parts.hostname, parts.port
        self.moment = moment
        self.cut = 0
        self._seen: set[bytes] = set()
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def is_first(self, head: bytes) -> bool:
        """Return whether a request with such an idempotency key comes for the first time."""
        fields = (line.partition(b":") for line in head.split(b"\r\n"))
        key = next(value for name, _, value in fields if name.lower() == b"idempotency-key")
        with self._lock:
            first = key not in self._seen
            self._seen.add(key)
            self.cut += first
        return first


class Passing(socketserver.BaseRequestHandler):
    server: Cutter

    def handle(self) -> None:
        with (
            contextlib.suppress(EOFError, OSError),
            socket.create_connection(self.server.behind) as behind,
        ):
            while True:
                head, body = message(self.request)
                moment = self.server.moment if self.server.is_first(head) else None
                if moment == "before":
                    return
                if moment == "in the request":
                    behind.sendall(head + body[: len(body) // 2])
                    return
                behind.sendall(head + body)
                answer = b"".join(message(behind))
                if moment == "unanswered":
                    return
                if moment == "in the answer":
                    self.request.sendall(answer[:-10])
                    return
                self.request.sendall(answer)


def message(connection: socket.socket) -> tuple[bytes, bytes]:
    """Return the next message of a connection: its head, and as much of a body as that says."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += piece(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        body += piece(connection)
    return head + b"\r\n\r\n", body


def piece(connection: socket.socket) -> bytes:
    found = connection.recv(1 << 16)
    if not found:
        raise EOFError
    return found


@pytest.fixture(params=["before", "in the request", "unanswered", "in the answer"])
def cutter(request: pytest.FixtureRequest, server: Any) -> Iterator[Cutter]:
    """Give the way to the server that cuts everything once."""
    with Cutter(server.url, request.param) as found:
        thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def test_what_the_python_sdk_asks_again_is_done_once(
    server: Any, client: Any, cutter: Cutter, request: pytest.FixtureRequest
) -> None:
    addresses = {"api": cutter.url}
    over = stripe.StripeClient(
        server.secret_key, base_addresses=addresses, max_network_retries=2
    )
    key = request.node.name

    def insist(function: Any, *named: Any) -> Any:
        """Ask, and once more where the SDK gives up: an answer of which a part has come."""
        options = {"idempotency_key": f"{key} {function.__qualname__}"}
        with contextlib.suppress(stripe.APIConnectionError):
            return function(*named, options)
        assert cutter.moment == "in the answer"
        return function(*named, options)

    visa = {"default_payment_method": "pm_card_visa"}
    customer = insist(
        over.v1.customers.create, {"payment_method": "pm_card_visa", "invoice_settings": visa}
    )
    product = {"name": "Basic"}
    price = insist(over.v1.prices.create, {
        "currency": "usd", "unit_amount": 1500, "recurring": {"interval": "month"},
        "product_data": product,
    })  # fmt: skip
    items = [{"price": price.id}]
    insist(over.v1.subscriptions.create, {"customer": customer.id, "items": items})
    paid = insist(over.v1.payment_intents.create, {
        "amount": 700, "currency": "usd", "customer": customer.id, "confirm": True,
        "off_session": True, "payment_method": customer.invoice_settings.default_payment_method,
    })  # fmt: skip
    insist(over.v1.refunds.create, {"payment_intent": paid.id, "amount": 200})
    assert cutter.cut == 5
    expect_one_life(client, customer.id)


def test_what_the_node_sdk_asks_again_is_done_once(
    server: Any, client: Any, cutter: Cutter, request: pytest.FixtureRequest
) -> None:
    done = subprocess.run(
        ["node", str(SCRIPT)],
        capture_output=True,
        text=True,
        env={
            "PATH": os.environ["PATH"], "STRIPE_MODULES": str(npm_package(SDK)),
            "PRORATA_URL": cutter.url, "PRORATA_SECRET_KEY": server.secret_key,
            "PRORATA_PUBLISHABLE_KEY": server.publishable_key, "KEY": request.node.name,
        },
        timeout=RUN_SECONDS,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert cutter.cut == 5
    expect_one_life(client, json.loads(done.stdout)["customer"])


def expect_one_life(client: Any, customer: str) -> None:
    """Expect what one life leaves: one subscription and two charges, of one a part refunded."""
    of = {"customer": customer}
    assert len(client.v1.subscriptions.list(of).data) == 1
    charges = client.v1.charges.list(of).data
    assert sorted((each.amount, each.amount_refunded) for each in charges) == [
        (700, 200), (1500, 0),
    ]  # fmt: skip
    told = [each.type for each in client.v1.events.list({"limit": 100}).auto_paging_iter()
            if customer in str(each.data.object)]
    assert [told.count(each) for each in (
        "customer.created", "customer.subscription.created", "charge.succeeded", "invoice.paid",
    )] == [1, 1, 2, 1]  # fmt: skip
