"""Live drafts wait until their endpoints have heard of them, for three days at most."""

import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
import stripe

from acceptance.till import HOUR
from prorata.server.settings import DEV_ACCOUNT
from prorata.store.books import add_key, open_book

SECRET = "sk_live_" + "1" * 24
DEAF = "https://localhost:9/hook"  # live deliveries never reach this machine


@pytest.fixture
def live(server: Any) -> Any:
    def add(connection: Any) -> None:
        book = open_book(connection, DEV_ACCOUNT, livemode=True)
        add_key(connection, book, SECRET, id="key_announced", now=0)

    if not server.system.database.read(
        lambda each: each.query("SELECT 1 FROM api_key WHERE id = 'key_announced'")
    ):
        server.system.database.write(add)
    dev(server, "POST clock/freeze", at="2027-01-01T00:00Z")
    yield stripe.StripeClient(SECRET, base_addresses={"api": server.url}).v1
    dev(server, "POST clock/release")


def dev(server: Any, call: str, **body: Any) -> Any:
    method, _, path = call.partition(" ")
    request = urllib.request.Request(
        f"{server.url}/_prorata/{path}", method=method,
        data=json.dumps(body).encode() if body else None,
        headers={"Content-Type": "application/json"},
    )  # fmt: skip
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def draft(live: Any) -> Any:
    customer = live.customers.create({"email": "a@example.com"})
    invoice = live.invoices.create(
        {"customer": customer.id, "auto_advance": True, "currency": "usd",
         "collection_method": "send_invoice", "days_until_due": 30}
    )  # fmt: skip
    live.invoice_items.create(
        {"customer": customer.id, "invoice": invoice.id, "amount": 900, "currency": "usd"}
    )
    return live.invoices.retrieve(invoice.id)


def after(server: Any, live: Any, invoice: Any, second: int, status: str) -> Any:
    """Return the invoice at a second after its creation, once it has the status."""
    dev(server, "POST clock/advance", to=str(invoice.created + second))
    eventually(lambda: live.invoices.retrieve(invoice.id).status == status)
    return live.invoices.retrieve(invoice.id)


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


def tried(server: Any, endpoint: Any) -> int:
    """Return how often an endpoint was told."""
    rows = server.system.database.read(
        lambda each: each.query("SELECT attempts FROM delivery WHERE endpoint = ?", (endpoint.id,))
    )
    return sum(count for (count,) in rows)


def test_without_endpoints_a_draft_waits_an_hour(server, live):
    invoice = draft(live)
    assert invoice.livemode is True

    opened = after(server, live, invoice, HOUR + 1, "open")

    assert opened.status_transitions.finalized_at == invoice.created + HOUR + 1
    assert opened.webhooks_delivered_at is not None


def test_an_endpoint_that_does_not_answer_holds_a_draft_for_three_days(server, live):
    endpoint = live.webhook_endpoints.create({"url": DEAF, "enabled_events": ["invoice.created"]})
    invoice = draft(live)
    assert invoice.webhooks_delivered_at is None

    for hours in (2, 10, 40, 71):
        before = tried(server, endpoint)
        after(server, live, invoice, hours * HOUR, "draft")
        eventually(lambda before=before: tried(server, endpoint) > before)
    opened = after(server, live, invoice, 72 * HOUR + 1, "open")

    assert opened.status_transitions.finalized_at >= invoice.created + 72 * HOUR
    live.webhook_endpoints.delete(endpoint.id)


def test_the_hour_is_counted_from_the_answer(server, live):
    endpoint = live.webhook_endpoints.create({"url": DEAF, "enabled_events": ["invoice.created"]})
    invoice = draft(live)
    eventually(lambda: tried(server, endpoint) == 1)
    after(server, live, invoice, 5 * HOUR, "draft")
    eventually(lambda: tried(server, endpoint) == 2)
    answered = invoice.created + 5 * HOUR

    def answer(connection: Any) -> None:
        connection.run(
            "UPDATE delivery SET delivered_at = ?, next_attempt_at = NULL, status = 200"
            " WHERE endpoint = ?",
            (answered, endpoint.id),
        )

    server.system.database.write(answer)
    after(server, live, invoice, 6 * HOUR - 60, "draft")
    opened = after(server, live, invoice, 6 * HOUR + 2, "open")

    assert opened.webhooks_delivered_at == answered
