"""Transactions: what a request costs the database, told by how many it takes."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import stripe

from prorata.api.dispatch import Answer, Telling
from prorata.engine.payments.settle import Settled
from prorata.testing import RunningServer
from servers import running


@pytest.fixture(scope="module")
def own(store: str) -> Iterator[RunningServer]:
    """Give a server that does nothing by itself."""
    with running(worker=False) as server:
        yield server


def test_a_paid_subscription_and_its_kept_answer_take_two(
    own: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = stripe.StripeClient(own.secret_key, base_addresses={"api": own.url}).v1
    price = client.prices.create({
        "currency": "usd", "unit_amount": 900, "recurring": {"interval": "month"},
        "product_data": {"name": "Basic"},
    })  # fmt: skip
    customer = client.customers.create({
        "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    })  # fmt: skip
    written, read = [], []
    database = own.server.system.database
    write, look = database.submit, database.read
    monkeypatch.setattr(
        database, "submit", lambda work, **how: (written.append(work), write(work, **how))[1]
    )
    monkeypatch.setattr(
        database, "read", lambda work, **how: (read.append(work), look(work, **how))[1]
    )
    params = {"customer": customer.id, "items": [{"price": price.id}]}
    options = {"idempotency_key": "once"}
    made = client.subscriptions.create({**params, "expand": ["latest_invoice"]}, options)
    assert (len(written), len(read)) == (2, 0)
    monkeypatch.undo()
    again = client.subscriptions.create({**params, "expand": ["latest_invoice"]}, options)
    assert again.to_dict() == made.to_dict()
    assert (made.status, made.latest_invoice.status) == ("active", "paid")


@pytest.mark.parametrize(("results", "settled"), [
    ({"attempts": ["another"]}, ["first", "second"]),
    ({"after": [print]}, ["first", "second"]),
    ({}, ["first"]),
])  # fmt: skip
def test_an_answer_is_given_up_where_its_transaction_is_run_again_and_settles_less(
    results: dict[str, Any], settled: list[str]
) -> None:
    call: Any = None
    done: Any = SimpleNamespace(attempts=["first", "second"])
    telling = Telling(call, done)
    telling.answer = Answer(200, b"told in a transaction that was undone")
    uow: Any = SimpleNamespace(results=results)
    telling(uow, [Settled(each, "succeeded") for each in settled])
    assert telling.answer is None
