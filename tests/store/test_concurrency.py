"""Many at once on PostgreSQL: one key makes one object, one debt is paid once, no 500."""

from __future__ import annotations

import json
import random
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from functools import partial
from typing import Any

import psycopg
import pytest
import stripe

import servers
from prorata.engine.doctor import examine
from prorata.engine.subscriptions.subscribe import subscribe
from prorata.gateways.sandbox.books import SandboxBooks
from prorata.model.errors import NotFound
from prorata.resources.billing.subscription_verbs import SubscriptionCreateParams
from prorata.store.books import all_books
from prorata.store.connection import Conflict, UniqueViolation
from prorata.store.database import open_database
from prorata.store.postgres import TRIES, TWINS, retry_pauses
from prorata.wire.decode import decode

CARD = "pm_card_visa"
SHOPPER = {"payment_method": CARD, "invoice_settings": {"default_payment_method": CARD}}
shared = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


class Houses:
    """Two servers with a worker each on one database, and what they answered."""

    def __init__(self, first: Any, second: Any, database: str) -> None:
        self.servers = (first, second)
        self.database = database
        self.answers: list[tuple[int, dict[str, Any], str]] = []
        addresses = {"api": first.url}
        self.client = stripe.StripeClient(first.secret_key, base_addresses=addresses).v1

    def post(
        self, house: int, path: str, form: dict[str, str] | None = None, key: str | None = None
    ) -> tuple[int, dict[str, Any], str]:
        """Send one request, without trying again, and keep its (status, body, should retry)."""
        server = self.servers[house % 2]
        headers = {"Authorization": f"Bearer {server.secret_key}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        data = urllib.parse.urlencode(form or {}).encode()
        request = urllib.request.Request(f"{server.url}/v1/{path}", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                answer = response.status, json.load(response), ""
        except urllib.error.HTTPError as error:
            with error:
                retry = error.headers["Stripe-Should-Retry"]
                answer = error.code, json.load(error), retry
        self.answers.append(answer)
        return answer

    def rush(self, calls: Sequence[Callable[[], Any]], at_once: int = 16) -> list[Any]:
        """Make all calls, many at a time."""
        with ThreadPoolExecutor(at_once) as pool:
            return [each.result() for each in [pool.submit(call) for call in calls]]

    def assert_sound(self) -> None:
        """Expect no failure of ours, sound books, no double charge, and no deadlock."""
        for status, body, retry in self.answers:
            assert status < 500, body
            assert status not in (409, 429) or retry == "true", body
        system = self.servers[0].system
        assert [each for check in examine(system) for each in check.findings] == []
        network = SandboxBooks(self.database)
        try:
            taken = Counter(
                (each.request.customer, each.captured - each.refunded)
                for each in network.charges()
            )
        finally:
            network.close()
        charges = [each for each in self.all(self.client.charges) if each.status == "succeeded"]
        assert taken == Counter(
            (each.customer, each.amount_captured - each.amount_refunded) for each in charges
        )
        paid = Counter()
        for each in self.all(self.client.invoices):
            paid[each.customer] += each.amount_paid
        for (customer, amount), times in taken.items():
            paid[customer] -= amount * times
        assert not any(paid.values()), paid
        with psycopg.connect(self.database) as admin:
            asked = admin.execute(
                "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
            )
            assert asked.fetchone() == (0,)
            assert admin.execute("SELECT id, reason FROM set_aside").fetchall() == []

    def all(self, service: Any) -> list[Any]:
        return list(service.list({"limit": 100}).auto_paging_iter())


@pytest.fixture
def houses(database_url: str) -> Iterator[Houses]:
    with ExitStack() as stack:
        first, second = (stack.enter_context(servers.running(database_url)) for _ in range(2))
        yield Houses(first, second, database_url)


@shared
def test_one_key_makes_one_object(houses: Houses) -> None:
    answers = houses.rush(
        [partial(houses.post, number, "customers", {"name": "Ada"}, "once")
         for number in range(100)]
    )
    assert {status for status, *_ in answers} <= {200, 409}
    assert len({body["id"] for status, body, _ in answers if status == 200}) == 1
    assert len(houses.all(houses.client.customers)) == 1
    houses.assert_sound()


@shared
def test_events_of_two_processes_are_listed_as_they_happened(houses: Houses) -> None:
    _, customer, _ = houses.post(0, "customers", {"name": "Ada"})
    names = [f"Ada {number}" for number in range(40)]
    for number, name in enumerate(names):
        houses.post(number % 2, f"customers/{customer['id']}", {"name": name})
    events = houses.all(houses.client.events)
    told = [each.data.object.name for each in events if each.type == "customer.updated"]
    assert told == names[::-1]


@shared
def test_one_key_pays_once(houses: Houses) -> None:
    customer = houses.client.customers.create(SHOPPER).id
    form = {
        "amount": "700", "currency": "usd", "confirm": "true", "customer": customer,
        "payment_method": houses.client.customers.retrieve(
            customer
        ).invoice_settings.default_payment_method,
        "off_session": "true",
    }  # fmt: skip
    answers = houses.rush(
        [partial(houses.post, number, "payment_intents", form, "once") for number in range(40)]
    )
    assert not [body for status, body, _ in answers if status not in (200, 409)]
    assert {status for status, *_ in answers} <= {200, 409}
    assert len({body["id"] for status, body, _ in answers if status == 200}) == 1
    assert [each.amount for each in houses.all(houses.client.charges)] == [700]


@shared
def test_an_invoice_that_many_pay_is_paid_once(houses: Houses) -> None:
    customer = houses.client.customers.create(SHOPPER).id
    invoice = houses.client.invoices.create({"customer": customer}).id
    houses.client.invoice_items.create(
        {"customer": customer, "invoice": invoice, "amount": 900, "currency": "usd"}
    )
    houses.client.invoices.finalize_invoice(invoice)
    answers = houses.rush(
        [partial(houses.post, number, f"invoices/{invoice}/pay") for number in range(24)]
    )
    assert {status for status, *_ in answers} <= {200, 400, 429}
    assert houses.client.invoices.retrieve(invoice).status == "paid"
    houses.assert_sound()


@shared
def test_many_change_renew_and_end_the_same_subscriptions(houses: Houses) -> None:
    """Both workers renew what both servers change, pay and cancel at the same time."""
    api, begun = houses.client, time.time()
    product = api.products.create({"name": "Basic"}).id
    prices = [
        api.prices.create({
            "product": product, "currency": "usd", "unit_amount": amount,
            "recurring": {"interval": "month"},
        }).id
        for amount in (1000, 2500)
    ]  # fmt: skip
    # All have begun before, however busy the machine is.
    ends = int(time.time() + 3 + 6 * (time.time() - begun))
    lives = houses.rush([partial(begin, api, prices[0], ends) for _ in range(6)], 4)

    def goes_on() -> bool:
        done = sum(status == 200 for status, *_ in list(houses.answers))
        # On a busy machine little is done in two seconds.
        return time.time() < ends + (2 if done > 30 else 60)

    def live(number: int) -> None:
        chance = random.Random(number)
        while goes_on():
            subscription, item = chance.choice(lives)
            path = f"subscriptions/{subscription}"
            move = chance.randrange(10)
            if move < 5:
                houses.post(number, path, {
                    "items[0][id]": item, "items[0][price]": chance.choice(prices),
                    "proration_behavior": chance.choice(("create_prorations", "always_invoice")),
                })  # fmt: skip
            elif move < 7:
                houses.post(number, path, {"items[0][id]": item, "items[0][quantity]": "3"})
            elif move < 9:
                houses.post(number, path, {"metadata[seen]": str(number)})
            else:
                open_ = api.invoices.list({"subscription": subscription, "status": "open"}).data
                for each in open_:
                    houses.post(number, f"invoices/{each.id}/pay")

    houses.rush([partial(live, number) for number in range(6)], 6)
    ended = houses.rush(
        [partial(houses.post, number, f"subscriptions/{subscription}/cancel")
         for number, (subscription, _) in enumerate(lives * 2)]
    )
    assert ended
    settle_down(houses)
    houses.assert_sound()
    assert Counter(status for status, *_ in houses.answers)[200] > 20


@shared
def test_who_is_deleted_has_no_subscription_that_lives(houses: Houses) -> None:
    """The subscription is made while its customer is deleted elsewhere: one of them comes first."""
    api = houses.client
    price = api.prices.create({
        "product_data": {"name": "Basic"}, "currency": "usd", "unit_amount": 1000,
        "recurring": {"interval": "month"},
    }).id  # fmt: skip
    customer = api.customers.create(SHOPPER).id
    # The first one gives the customer its currency, and the second bills nothing yet: it has no
    # reason to write the customer.
    first = api.subscriptions.create({"customer": customer, "items": [{"price": price}]}).id
    tries = []

    def meanwhile(uow: Any) -> None:
        tries.append(uow)
        subscribe(uow, decode(SubscriptionCreateParams, {
            "customer": customer, "items": [{"price": price}], "proration_behavior": "none",
            "billing_cycle_anchor": str(int(time.time()) + 86_400),
        }))  # fmt: skip
        if len(tries) == 1:
            api.customers.delete(customer)

    system = houses.servers[0].system
    with pytest.raises(NotFound, match="No such customer"):
        system.write(system.database.read(all_books)[0], meanwhile)
    assert len(tries) == 2
    found = api.subscriptions.list({"status": "all"}).data
    assert [(each.id, each.status) for each in found] == [(first, "canceled")]
    houses.assert_sound()


def begin(api: Any, price: str, ends: int) -> tuple[str, str]:
    """Make a customer with a subscription whose trial ends soon; return it and its item."""
    customer = api.customers.create(SHOPPER).id
    made = api.subscriptions.create(
        {"customer": customer, "items": [{"price": price}], "trial_end": ends}
    )
    return made.id, made["items"].data[0].id


def settle_down(houses: Houses) -> None:
    """Wait until no payment waits for its outcome."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found = houses.all(houses.client.payment_intents)
        if all(each.status != "processing" for each in found):
            return
        time.sleep(0.1)


@shared
def test_a_unit_that_others_outrun_says_so_in_the_end(database_url: str) -> None:
    tries = []

    def outrun(connection: Any) -> None:
        tries.append(connection)
        raise Conflict("somebody was faster")

    def taken(connection: Any) -> None:
        tries.append(connection)
        raise UniqueViolation("somebody has it")

    with closing(open_database(database_url, pool=1)) as database:
        with pytest.raises(Conflict):
            database.write(outrun)
        assert len(tries) == TRIES and sum(retry_pauses()) < 3
        tries.clear()
        with pytest.raises(UniqueViolation):
            database.write(taken)
        assert len(tries) == TWINS


@shared
def test_a_unit_sees_one_moment(database_url: str) -> None:
    count = "SELECT COUNT(*) FROM book"
    add = "INSERT INTO book (key, account, livemode) VALUES (1, 'acct_1', 0)"

    with closing(open_database(database_url, pool=2)) as database:

        def look(connection: Any) -> list[Any]:
            before = connection.query(count)
            if before == [(0,)]:
                database.submit(lambda other: other.run(add)).result()
            return [before, connection.query(count)]

        assert database.read(look) == [[(0,)], [(0,)]]
        assert database.read(look) == [[(1,)], [(1,)]]


@shared
def test_a_unit_whose_connection_is_lost_is_done_on_another(database_url: str) -> None:
    with closing(open_database(database_url, pool=2)) as database:
        database.read(lambda connection: connection.query("SELECT 1"))
        with psycopg.connect(database_url, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert database.write(lambda connection: connection.query("SELECT 1")) == [(1,)]


@shared
def test_a_unit_that_goes_on_after_a_failed_statement_is_not_taken_for_done(
    database_url: str,
) -> None:
    def stumble(connection: Any) -> None:
        with suppress(psycopg.Error):
            connection.query("SELECT nothing FROM nowhere")

    with closing(open_database(database_url, pool=1)) as database:
        with pytest.raises(RuntimeError, match="a statement failed"):
            database.write(stumble)
        assert database.read(lambda connection: connection.query("SELECT 1")) == [(1,)]
