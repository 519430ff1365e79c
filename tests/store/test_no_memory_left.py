"""A machine that has no memory left for a while: nothing is done by halves, nothing is given up."""

from __future__ import annotations

from typing import Any

import pytest

import servers
from prorata.engine.advance import run_due
from prorata.store.unit_of_work import UnitOfWork

from .test_outages import NOW, SHOPPER, assert_sound, client_of, post


def test_what_found_no_room_in_memory_is_done_when_there_is_some(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with servers.running(database_url, worker=False, now=NOW) as server:
        api = client_of(server)
        price = {"currency": "usd", "product": api.products.create({"name": "Plan"}).id,
                 "unit_amount": 700, "recurring": {"interval": "month"}}  # fmt: skip
        for _ in range(3):
            form: Any = {"customer": api.customers.create(SHOPPER).id,
                         "items": [{"price_data": price}]}  # fmt: skip
            api.subscriptions.create(form)
        system = server.system
        system.clock.move_to(NOW + 40 * 86_400)

        def full(*_: Any) -> None:
            raise MemoryError

        with monkeypatch.context() as without:
            without.setattr(UnitOfWork, "flush", full)
            status, body, again = post(server, "products", {"name": "Late"}, "once")
            assert (status, again) == (503, "true"), body
            with pytest.raises(MemoryError):
                run_due(system, system.clock.now())
        aside = "SELECT count(*) FROM set_aside"
        assert system.database.read(lambda each: each.query(aside)) == [(0,)]
        run_due(system, system.clock.now())
        assert len(api.invoices.list({"limit": 100}).data) == 6
        status, body, _ = post(server, "products", {"name": "Late"}, "once")
        assert (status, body["name"]) == (200, "Late")
        assert_sound(server)
