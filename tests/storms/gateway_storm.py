"""Gateway storm: a shop whose payment gateway fails in every way it can, and then comes back.

A round lives through weeks of virtual time. When the gateway is well again, the backlog must drain
by itself within hours, and both sides must tell of the same money.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis import settings

from badinput.asking import Asker
from prorata.gateways.faults import FaultyGateway, Rates
from servers import running
from storms.invariants import INVARIANTS
from storms.money import unmatched, waiting
from storms.rounds import Round
from storms.stored import Stored
from storms.world import BEGINNING, DAY, HOUR, World

PEOPLE, STEPS = 5, 24
CARDS = ("card_visa", "card_mastercard", "card_chargeCustomerFail", "card_amex")
# How long after the gateway is back everything must be settled: no pause between tries is longer.
DRAINED_HOURS = 3


@contextmanager
def rounds() -> Iterator[tuple[Round, int]]:
    """Give the function that plays the troubles of one seed."""
    with running(worker=False, now=BEGINNING) as server:
        asker = Asker(server.url, server.secret_key)
        try:
            yield lambda number, wanted: play(server, asker, number, wanted), 1
        finally:
            asker.close()


class Shop:
    """The shop of one round and its gateway, moved by one source of chance."""

    def __init__(self, server: Any, asker: Asker, seed: int) -> None:
        self.chance = random.Random(seed)
        self.server = server
        network = getattr(server.system.gateway, "inner", server.system.gateway)
        shares = [self.chance.random() for _ in range(6)]
        scale = self.chance.choice((0.2, 0.5, 0.9)) / sum(shares)
        names = ("lose_order", "lose_answer", "twice", "garble", "crash")
        rates = Rates(**{
            name: share * scale for name, share in zip(names, shares, strict=False)
        })  # fmt: skip
        self.gateway = FaultyGateway(network, seed, rates, raises=self.chance.random() < 0.5)
        server.system.gateway = network
        self.world = World(server, asker, False)
        self.price = self.world.price(
            "usd", {"unit_amount": 1500, "recurring": {"interval": "week"}}
        )
        people = [self.world.new_customer("usd", self.chance.choice(CARDS)) for _ in range(PEOPLE)]
        self.people = [each.id for each in people if each is not None]
        server.system.gateway = self.gateway
        for id in self.people:
            self.somebody_subscribes(id)

    def moves(self) -> list[Callable[[], Any]]:
        return [
            self.goes_on, self.goes_on, self.falls_silent, self.comes_back, self.declines,
            self.somebody_pays, self.somebody_buys, self.somebody_wants_it_back,
            self.somebody_subscribes, self.somebody_changes, self.somebody_leaves,
        ]  # fmt: skip

    def goes_on(self) -> None:
        span = self.chance.choice((30, HOUR, 7 * HOUR, 2 * DAY, 5 * DAY))
        self.world.advance(self.world.now + span)

    def falls_silent(self) -> None:
        until = self.world.now + self.chance.choice((HOUR, DAY))
        self.gateway.go_down(self.chance.choice((None, until)))

    def comes_back(self) -> None:
        self.gateway.come_up()

    def declines(self) -> None:
        self.gateway.decline_all(self.chance.random() < 0.5)

    def somebody_subscribes(self, id: str | None = None) -> None:
        self.world.tried(self.world.client.subscriptions.create, {
            "customer": id or self.chance.choice(self.people), "items": [{"price": self.price}],
            "payment_behavior": self.chance.choice((
                "allow_incomplete", "default_incomplete", "error_if_incomplete",
            )),
        })  # fmt: skip

    def somebody_changes(self) -> None:
        api = self.world.client
        for each in api.subscriptions.list({"limit": 2}).data:
            self.world.tried(api.subscriptions.update, each.id, {
                "items": [{"id": each["items"].data[0].id,
                           "quantity": self.chance.randrange(1, 9)}],
                "proration_behavior": "always_invoice", "payment_behavior":
                self.chance.choice(("allow_incomplete", "pending_if_incomplete")),
            })  # fmt: skip

    def somebody_leaves(self) -> None:
        api = self.world.client
        for each in api.subscriptions.list({"limit": 1}).data:
            self.world.tried(api.subscriptions.cancel, each.id)

    def somebody_pays(self) -> None:
        api = self.world.client
        for each in api.invoices.list({"status": "open", "limit": 3}).data:
            self.world.tried(api.invoices.pay, each.id)

    def somebody_buys(self) -> None:
        self.world.tried(self.world.client.payment_intents.create, {
            "amount": self.chance.randrange(100, 9_000), "currency": "usd", "confirm": True,
            "customer": self.chance.choice(self.people), "off_session": True,
            "payment_method": self.chance.choice(("pm_card_visa", "pm_card_amex")),
        })  # fmt: skip

    def somebody_wants_it_back(self) -> None:
        api = self.world.client
        charges = [each for each in api.charges.list({"limit": 20}).data if each.paid]
        if charges:
            one = self.chance.choice(charges)
            amount = self.chance.randrange(1, one.amount + 1)
            self.world.tried(api.refunds.create, {"charge": one.id, "amount": amount})

    def recovers(self) -> None:
        """Let the gateway be well, and only time pass."""
        self.gateway.come_up()
        self.gateway.calm()
        for _ in range(DRAINED_HOURS):
            self.world.advance(self.world.now + HOUR)


def play(server: Any, asker: Asker, seed: int, wanted: settings) -> dict[str, int]:
    """Live through the troubles of one seed; raise AssertionError where money does not add up."""
    shop = Shop(server, asker, seed)
    try:
        for _ in range(STEPS):
            shop.chance.choice(shop.moves())()
        shop.recovers()
        stored = Stored(server.system)
        stored.read()
        wrong = [f"{id} still waits" for id in waiting(stored)]
        wrong += unmatched(stored, shop.gateway.inner.books)
        wrong += stored.problems()
        wrong += [each for check in INVARIANTS for each in check(stored)]
        assert not wrong, "\n".join(wrong)
    finally:
        server.system.gateway = shop.gateway.inner
    return {
        "calls": shop.world.calls, "faults": len(shop.gateway.log),
        "charges": len(stored.of("charge")), "refunds": len(stored.of("refund")),
    }  # fmt: skip
