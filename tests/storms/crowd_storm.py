"""Crowd storm: many at once change, pay, refund, renew and end the same few objects.

Two servers with a worker each stand before one database. What a round leaves must be what some
order of its calls, one after the other, would have left.
"""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import stripe
from hypothesis import settings

from prorata.engine.advance import run_due
from servers import fresh_database, running
from storms.invariants import INVARIANTS, balances_are_conserved
from storms.money import unmatched, waiting
from storms.rounds import Round
from storms.stored import Stored
from storms.world import BEGINNING, DAY

HOUSES, CALLS, AT_ONCE = 2, 160, 12
MOST_REDEMPTIONS = 3
ENDED = ("canceled", "incomplete_expired")
SHOPPER = {
    "payment_method": "pm_card_visa",
    "invoice_settings": {"default_payment_method": "pm_card_visa"},
}


@contextmanager
def rounds() -> Iterator[tuple[Round, int]]:
    """Give the function that lets the crowd of one seed in."""
    yield lambda number, wanted: play(number, wanted), 1


class Crowd:
    """A few objects that everybody wants something of, and what everybody was answered."""

    def __init__(self, servers: list[Any]) -> None:
        self.servers = servers
        self.doors = [
            stripe.StripeClient(
                each.secret_key, base_addresses={"api": each.url}, max_network_retries=0
            ).v1
            for each in servers
        ]
        self.answers: Counter[int] = Counter()
        self.wrong: list[str] = []
        api = self.doors[0]
        product = api.products.create({"name": "Basic"}).id
        self.prices = [
            api.prices.create({"product": product, "currency": "usd", "unit_amount": amount,
                               "recurring": {"interval": "month"}}).id
            for amount in (1000, 2500)
        ]  # fmt: skip
        self.coupon = api.coupons.create(
            {"percent_off": 10, "duration": "once", "max_redemptions": MOST_REDEMPTIONS}
        ).id
        self.people = [api.customers.create(SHOPPER).id for _ in range(3)]
        self.victim = api.customers.create(SHOPPER).id
        self.subscriptions = [self._subscribed(api, each) for each in (*self.people, self.victim)]
        self.invoices = [self._owed(api, each) for each in self.people]
        self.charges = [each.id for each in api.charges.list({}).data]

    def _subscribed(self, api: Any, customer: str) -> tuple[str, str]:
        made = api.subscriptions.create(
            {"customer": customer, "items": [{"price": self.prices[0]}]}
        )
        return made.id, made["items"].data[0].id

    def _owed(self, api: Any, customer: str) -> str:
        invoice = api.invoices.create({"customer": customer, "auto_advance": False}).id
        api.invoice_items.create(
            {"customer": customer, "invoice": invoice, "amount": 900, "currency": "usd"}
        )
        return str(invoice)

    def ask(self, seed: int) -> None:
        """Make one call, chosen by chance, through one of the doors."""
        chance = random.Random(seed)
        door = chance.choice(self.doors)
        function, args = chance.choice(MOVES)(self, door, chance)
        try:
            function(*args)
        except stripe.StripeError as error:
            status = error.http_status or 0
            self.answers[status] += 1
            again = (error.headers or {}).get("stripe-should-retry")
            if status >= 500 or status == 0 or (status in (409, 429) and again != "true"):
                self.wrong.append(f"{function.__qualname__}{args}: {status} {error}")
        else:
            self.answers[200] += 1

    def month_passes(self) -> None:
        """Let the workers renew everything while the crowd goes on."""
        for each in self.servers:
            each.system.clock.move_to(BEGINNING + 33 * DAY)

    def calms_down(self, stack: ExitStack) -> None:
        """Let time pass until nothing is due; then the workers rest until the stack ends."""
        for step in range(1, 4):
            for each in self.servers:
                each.system.clock.move_to(BEGINNING + 33 * DAY + step * 3600)
            time.sleep(0.05)
            if step == 3:
                # One that is in the middle of a payment comes to its end first.
                for each in self.servers:
                    stack.enter_context(each.system.due_work)
            run_due(self.servers[0].system, self.servers[0].system.clock.now())

    def problems(self) -> Iterator[str]:
        system = self.servers[0].system
        stored = Stored(system)
        stored.read()
        yield from self.wrong
        yield from (f"{id} still waits" for id in waiting(stored))
        yield from unmatched(stored, system.gateway.books)
        yield from stored.problems()
        for check in INVARIANTS:
            if check is not balances_are_conserved:
                yield from check(stored)
        yield from balances_chain(stored)
        [coupon] = stored.of("coupon")
        used = sum(each["source"]["coupon"] == coupon["id"] for each in stored.of("discount"))
        if coupon["times_redeemed"] > MOST_REDEMPTIONS or used > MOST_REDEMPTIONS:
            yield f"the coupon was redeemed {coupon['times_redeemed']} times, {used} are there"
        gone = {each["id"] for each in stored.of("customer")} ^ {*self.people, self.victim}
        for each in stored.of("subscription"):
            if each["customer"] in gone and each["status"] not in ENDED:
                yield f"{each['id']} of a customer who is gone is {each['status']}"
        made: dict[str, list[int]] = defaultdict(list)
        for each in stored.of("product"):
            made[each["metadata"].get("key") or ""].append(each["created"])
        yield from (
            f"key {key}: two products within a day" for key, moments in made.items()
            if key and any(b - a <= DAY for a, b in pairwise(sorted(moments)))
        )
        aside = system.database.read(lambda each: each.query("SELECT id, reason FROM set_aside"))
        yield from (f"{id} was set aside: {reason}" for id, reason in aside)
        if system.database.dialect == "postgresql":
            with psycopg.connect(system.database.url) as admin:
                row = admin.execute("SELECT deadlocks FROM pg_stat_database"
                                    " WHERE datname = current_database()").fetchone()
            if row != (0,):
                yield f"{row} deadlocks"


def balances_chain(stored: Stored) -> Iterator[str]:
    """Yield where balances of a customer were changed from the same state twice.

    Who was first does not show in the ids that two processes make within one second; but each
    change begins where another one ended.
    """
    for customer in stored.of("customer"):
        found = [each for each in stored.of("customer_balance_transaction")
                 if each["customer"] == customer["id"]]  # fmt: skip
        begun = Counter(each["ending_balance"] - each["amount"] for each in found)
        ended = Counter(each["ending_balance"] for each in found)
        begun[customer["balance"]] += 1
        ended[0] += 1
        if begun != ended:
            yield f"{customer['id']}: changes begin at {begun - ended}, end at {ended - begun}"


Call = tuple[Callable[..., Any], tuple[Any, ...]]
Move = Callable[[Crowd, Any, random.Random], Call]


def changes(crowd: Crowd, api: Any, chance: random.Random) -> Call:
    id, item = chance.choice(crowd.subscriptions)
    terms = {"id": item, "price": chance.choice(crowd.prices), "quantity": chance.randrange(1, 5)}
    behavior = chance.choice(("always_invoice", "create_prorations", "none"))
    return api.subscriptions.update, (id, {"items": [terms], "proration_behavior": behavior})


def pauses(crowd: Crowd, api: Any, chance: random.Random) -> Call:
    id, _ = chance.choice(crowd.subscriptions)
    how = chance.choice(({"behavior": "void"}, ""))
    return api.subscriptions.update, (id, {"pause_collection": how})


def ends(crowd: Crowd, api: Any, chance: random.Random) -> Call:
    id, _ = crowd.subscriptions[chance.randrange(2)]
    if chance.random() < 0.6:
        at_end = chance.random() < 0.5
        return api.subscriptions.update, (id, {"cancel_at_period_end": at_end})
    return api.subscriptions.cancel, (id, {"prorate": True, "invoice_now": True})


def redeems(crowd: Crowd, api: Any, chance: random.Random) -> Call:
    return api.subscriptions.create, ({
        "customer": chance.choice((*crowd.people, crowd.victim)),
        "items": [{"price": crowd.prices[0]}], "discounts": [{"coupon": crowd.coupon}],
    },)  # fmt: skip


def moves_an_invoice(crowd: Crowd, api: Any, chance: random.Random) -> Call:
    invoices = api.invoices
    verbs = (invoices.finalize_invoice, invoices.pay, invoices.pay, invoices.void_invoice,
             invoices.mark_uncollectible)  # fmt: skip
    return chance.choice(verbs), (chance.choice(crowd.invoices),)


def credits_an_invoice(crowd: Crowd, api: Any, chance: random.Random) -> Call:
    amount = chance.randrange(1, 500)
    invoice = chance.choice(crowd.invoices)
    if chance.random() < 0.5:
        return api.credit_notes.create, ({"invoice": invoice, "amount": amount},)
    return api.credit_notes.create, (
        {"invoice": invoice, "amount": amount, "refund_amount": amount},
    )


def refunds(crowd: Crowd, api: Any, chance: random.Random) -> Call:
    amount = chance.choice((200, 500, 1000))
    return api.refunds.create, ({"charge": chance.choice(crowd.charges), "amount": amount},)


def deletes(crowd: Crowd, api: Any, chance: random.Random) -> Call:
    if chance.random() < 0.1:
        return api.customers.delete, (crowd.victim,)
    return api.customers.update, (crowd.victim, {"balance": chance.randrange(-500, 500)})


def adds_to_the_next(crowd: Crowd, api: Any, chance: random.Random) -> Call:
    customer = chance.choice((*crowd.people, crowd.victim))
    return api.invoice_items.create, (
        {"customer": customer, "amount": chance.randrange(-300, 700), "currency": "usd"},
    )


def repeats_a_key(crowd: Crowd, api: Any, chance: random.Random) -> Call:
    key = f"key-{chance.randrange(3)}"
    return api.products.create, ({"name": key, "metadata": {"key": key}}, {"idempotency_key": key})


MOVES: list[Move] = [
    changes, changes, pauses, ends, redeems, moves_an_invoice, moves_an_invoice,
    credits_an_invoice, refunds, deletes, adds_to_the_next, repeats_a_key,
]  # fmt: skip


def play(seed: int, wanted: settings | None = None, calls: int = CALLS) -> dict[str, int]:
    """Let the crowd of one seed in; raise AssertionError for what no order of calls explains."""
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database())
        if url == "sqlite://":
            # Both servers are to open the same one.
            url += f"/{stack.enter_context(TemporaryDirectory())}/crowd.db"
        servers = [stack.enter_context(running(url, now=BEGINNING)) for _ in range(HOUSES)]
        crowd = Crowd(servers)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            first = [pool.submit(crowd.ask, seed * 10_000 + each) for each in range(calls)]
            first[calls // 2].result()
            crowd.month_passes()
            for each in first:
                each.result()
        with ExitStack() as rest:
            crowd.calms_down(rest)
            wrong = list(crowd.problems())
        assert not wrong, "\n".join(wrong)
        return {f"answers {status}": number for status, number in crowd.answers.items()}
