"""A machine that has no memory left for a while: nothing is done by halves, nothing is given up."""

from __future__ import annotations

from typing import Any

import pytest

import servers
from prorata.engine.advance import ROOM_WITHIN, run_due
from prorata.store.unit_of_work import UnitOfWork

from .test_outages import NOW, SHOPPER, assert_sound, client_of, post


def subscribe(api: Any, times: int) -> None:
    price = {"currency": "usd", "product": api.products.create({"name": "Plan"}).id,
             "unit_amount": 700, "recurring": {"interval": "month"}}  # fmt: skip
    for _ in range(times):
        form: Any = {"customer": api.customers.create(SHOPPER).id,
                     "items": [{"price_data": price}]}  # fmt: skip
        api.subscriptions.create(form)


def test_what_found_no_room_in_memory_is_done_when_there_is_some(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with servers.running(database_url, worker=False, now=NOW) as server:
        api = client_of(server)
        subscribe(api, times=3)
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


def test_what_never_finds_room_is_set_aside_and_holds_up_nobody(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with servers.running(database_url, worker=False, now=NOW) as server:
        api = client_of(server)
        subscribe(api, times=5)
        system = server.system
        large = min(api.subscriptions.list({}).data, key=lambda each: each.id).id
        flush = UnitOfWork.flush

        def without_room_for_one(uow: UnitOfWork) -> None:
            if any(record.document.id == large for record in uow.taken.values()):
                raise MemoryError
            flush(uow)

        monkeypatch.setattr(UnitOfWork, "flush", without_room_for_one)
        aside = "SELECT id FROM set_aside"
        system.clock.move_to(NOW + 32 * 86_400)
        run_due(system, system.clock.now())
        assert len(api.invoices.list({"limit": 100}).data) == 5 + 4
        # Alone it may be the machine's fault: that passes.
        for _ in range(3):
            with pytest.raises(MemoryError):
                run_due(system, system.clock.now() + ROOM_WITHIN)
        assert system.database.read(lambda each: each.query(aside)) == []

        system.clock.move_to(NOW + 64 * 86_400)
        run_due(system, system.clock.now())
        assert len(api.invoices.list({"limit": 100}).data) == 5 + 4 + 4
        assert system.database.read(lambda each: each.query(aside)) == [(large,)]
        assert run_due(system, system.clock.now()).attended == 0
