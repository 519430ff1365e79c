"""Disputes: what the account's setting makes of a subscription whose payment is taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from acceptance.lives import SeenLife
from subscriptions.life import at


@pytest.fixture
def disputes(server: Any) -> Iterator[Callable[[str], None]]:
    """Give what sets the account's `dispute_action` until the test's end."""
    def choose(action: str) -> None:
        form = urlencode({"dispute_action": action}).encode()
        headers = {"Authorization": f"Bearer {server.secret_key}"}
        with urlopen(Request(f"{server.url}/v1/prorata/settings", form, headers)) as answer:
            assert answer.status == 200

    yield choose
    choose("none")


def disputed(life: SeenLife, found: Any) -> Any:
    """Let the next payment of a subscription be disputed; return it as it is then."""
    life.use_card("createDispute")
    life.advance("2026-01-11")
    life.update(found, items=life.item(found, quantity=4), proration_behavior="always_invoice")
    assert "charge.dispute.created" in life.all_told()
    return life.read(found)


def test_nothing_happens_by_itself(client, disputes):
    life = SeenLife(client)
    assert disputed(life, life.subscribe()).status == "active"


def test_it_is_canceled_at_once_without_giving_anything_back(client, disputes):
    disputes("cancel")
    life = SeenLife(client)
    gone = disputed(life, life.subscribe())
    assert (gone.status, gone.cancellation_details.reason) == ("canceled", "payment_disputed")
    assert gone.ended_at == at("2026-01-11")
    assert life.pending() == [] and len(life.invoices()) == 2


def test_it_ends_with_its_period(client, disputes):
    disputes("cancel_at_period_end")
    life = SeenLife(client)
    found = disputed(life, life.subscribe())
    assert (found.status, found.cancel_at_period_end) == ("active", True)
    assert (found.cancel_at, found.cancellation_details.reason) == (
        at("2026-02-01"), "payment_disputed")
    life.advance("2026-02-01")
    gone = life.read(found)
    assert (gone.status, gone.cancellation_details.reason) == ("canceled", "payment_disputed")


@pytest.mark.parametrize("action", ["cancel", "cancel_at_period_end"])
def test_a_schedule_lets_it_go_first(client, disputes, action):
    disputes(action)
    life = SeenLife(client)
    found = life.subscribe()
    schedule = life.adopt(found)
    disputed(life, found)
    freed = life.schedule(schedule)
    assert (freed.status, freed.released_subscription) == ("released", found.id)
    assert life.read(found).schedule is None


def test_a_disputed_start_is_over_at_once(client, disputes):
    disputes("cancel")
    life = SeenLife(client, card="createDispute")
    gone = life.subscribe()
    assert (life.read(gone).status, life.latest(gone).status) == ("canceled", "paid")
