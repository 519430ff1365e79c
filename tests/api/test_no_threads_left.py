"""A system that has no threads left: requests are answered by those that a server has."""

from __future__ import annotations

import threading

import pytest

import servers
from store.test_outages import NOW, SHOPPER, client_of


def test_a_request_waits_for_no_thread_that_the_system_does_not_give(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with servers.running(database_url, worker=False, now=NOW) as server:
        api = client_of(server)

        def start(thread: threading.Thread) -> None:
            raise RuntimeError("can't start new thread")

        with monkeypatch.context() as without:
            without.setattr(threading.Thread, "start", start)
            customer = api.customers.create(SHOPPER).id
            paid = api.payment_intents.create({
                "amount": 700, "currency": "usd", "confirm": True, "customer": customer,
                "payment_method": "pm_card_visa", "off_session": True,
            })  # fmt: skip
            assert paid.status == "succeeded"
            assert [each.id for each in api.customers.list({}).data] == [customer]
