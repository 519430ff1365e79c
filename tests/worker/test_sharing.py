"""Several workers share a database: nothing is done twice, a dead worker's part is taken over."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
import stripe

from prorata.store import claims
from prorata.store.claims import Claims
from prorata.store.database import Database, open_database
from prorata.store.deliveries import Attempt, Delivery, give_up, lease, put_off, record_attempts
from prorata.worker.loop import Worker

from .conftest import client_of
from .receiver import PATIENCE_SECONDS, Receiver, eventually, usually_within
from .test_delivery import time_to_arrive

NOW = 1_790_000_000
READY_SECONDS = 90
shared = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    found = open_database(database_url, pool=2)
    yield found
    found.close()


@shared
def test_a_leased_delivery_is_nobody_elses_until_the_lease_ends(database: Database) -> None:
    database.write(lambda connection: connection.insert(
        "delivery", ("event", "endpoint", "book", "next_attempt_at"),
        [(f"evt_{number}", "we_1", 1, NOW) for number in range(5)],
    ))

    def take(limit: int, real_now: int) -> list[str]:
        found = database.write(lambda connection: lease(connection, "we_1", NOW, limit, real_now))
        return [each.event for each in found]

    assert take(3, 1_000) == ["evt_0", "evt_1", "evt_2"]
    assert take(3, 1_000) == ["evt_3", "evt_4"]
    assert take(3, 1_001) == []
    assert take(9, 1_060) == ["evt_0", "evt_1", "evt_2", "evt_3", "evt_4"]


@shared
def test_what_is_put_off_while_that_before_it_ends_is_called(database: Database) -> None:
    database.write(lambda connection: connection.insert(
        "delivery", ("event", "endpoint", "book", "next_attempt_at", "object", "turn"),
        [(f"evt_{number}", "we_1", 1, NOW, "prod_1", number) for number in range(3)],
    ))  # fmt: skip

    def take() -> Delivery:
        (found,) = database.write(lambda connection: lease(connection, "we_1", NOW, 9, 1_000))
        return found

    def end(taken: Delivery) -> None:
        arrived = Attempt(taken, 200, delivered_at=NOW)
        database.write(lambda connection: record_attempts(connection, [arrived], NOW))

    def put_off_others() -> None:
        database.write(lambda connection: put_off(connection, "we_1", ["evt_1", "evt_2"], NOW))

    with ThreadPoolExecutor(1) as other:
        first = take()
        assert first.event == "evt_0"

        def end_meanwhile(connection: Any) -> Future[None]:
            put_off(connection, "we_1", ["evt_1", "evt_2"], NOW)
            ending = other.submit(end, first)
            with pytest.raises(TimeoutError):
                ending.result(0.5)
            return ending

        database.write(end_meanwhile).result(PATIENCE_SECONDS)
        second = take()
        assert second.event == "evt_1"

        def put_off_meanwhile(connection: Any) -> None:
            record_attempts(connection, [Attempt(second, 200, delivered_at=NOW)], NOW)
            other.submit(put_off_others).result(PATIENCE_SECONDS)

        database.write(put_off_meanwhile)
        assert take().event == "evt_2"


@shared
def test_a_lease_ends_with_the_outcome(database: Database) -> None:
    database.write(lambda connection: connection.insert(
        "delivery", ("event", "endpoint", "book", "next_attempt_at"), [("evt_0", "we_1", 1, NOW)],
    ))
    (taken,) = database.write(lambda connection: lease(connection, "we_1", NOW, 9, 1_000))
    failed = Attempt(taken, 500, "HTTP 500", next_attempt_at=NOW + 300)
    database.write(lambda connection: record_attempts(connection, [failed], NOW))
    assert database.write(lambda connection: lease(connection, "we_1", NOW, 9, 1_001)) == []
    (again,) = database.write(lambda connection: lease(connection, "we_1", NOW + 300, 9, 1_001))
    assert again.attempts == 1


@shared
def test_a_closed_endpoint_is_given_up_beside_those_who_have_some_of_it_in_hand(
    database: Database,
) -> None:
    database.write(lambda connection: connection.insert(
        "delivery", ("event", "endpoint", "book", "next_attempt_at"),
        [(f"evt_{number}", "we_1", 1, NOW) for number in range(4)],
    ))
    late, *_ = database.write(lambda connection: lease(connection, "we_1", NOW, 1, 900))
    taken = database.write(lambda connection: lease(connection, "we_1", NOW, 2, 950))

    def closed() -> None:
        database.write(lambda connection: give_up(connection, ["we_1"], NOW, 1_000))

    def waiting() -> list[str]:
        return database.read(lambda connection: [
            event for event, in connection.query(
                "SELECT event FROM delivery WHERE next_attempt_at IS NOT NULL ORDER BY event"
            )
        ])

    with ThreadPoolExecutor(1) as other:

        def write_down(connection: Any) -> None:
            # Of one whose lease has ended, and meanwhile another worker gives up the rest.
            record_attempts(connection, [Attempt(late, 200, delivered_at=NOW)], NOW)
            other.submit(closed).result(PATIENCE_SECONDS)
            failed = [Attempt(each, 500, "HTTP 500", None, NOW + 300) for each in taken]
            record_attempts(connection, failed, NOW)

        database.write(write_down)
    assert waiting() == ["evt_1", "evt_2"]
    # What has failed since is given up when it is due.
    database.write(lambda connection: give_up(connection, ["we_1"], NOW + 300, 1_001))
    assert waiting() == []


def test_a_claim_is_held_by_one_and_freed_by_death(database: Database) -> None:
    one, two = Claims(database), Claims(database)
    try:
        with one.hold("due") as held:
            assert held
            with two.hold("due") as also, one.hold("due") as twice, two.hold("another") as other:
                assert (also, twice, other) == (False, False, True)
        with two.hold("due") as held, one.hold("another") as freed:
            assert (held, freed) == (True, True)
        with one.hold("due"):
            one.close()

            def freed_by_death() -> bool:
                with two.hold("due") as held:
                    return held

            # The server takes notice a moment later.
            eventually(freed_by_death)
    finally:
        one.close()
        two.close()


@shared
def test_who_stands_still_loses_what_it_holds(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "SILENCE", "500ms")
    one, two = Claims(database), Claims(database)

    def free() -> bool:
        with two.hold("due") as held:
            return held

    try:
        with one.hold("due"):
            for _ in range(20):
                one.keep()
                two.keep()
                assert not free()
                time.sleep(0.05)
            eventually(free)
            # It hears of it, and goes on.
            one.keep()
        with one.hold("due") as held:
            assert held
    finally:
        one.close()
        two.close()


@shared
def test_a_worker_says_that_it_goes_on(
    database_url: str, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[Claims] = []
    monkeypatch.setattr(Claims, "keep", lambda claims: said.append(claims))
    start(database_url, now=NOW)
    eventually(lambda: bool(said))


@shared
def test_the_server_misses_a_machine_that_is_gone(database: Database) -> None:
    """It would keep what such a machine has locked for hours."""
    one = Claims(database)

    def patience(ask: Any) -> list[Any]:
        return [int(ask(f"SELECT setting::int FROM pg_settings WHERE name = '{name}'")[0][0])
                for name in ("tcp_keepalives_idle", "tcp_user_timeout")]

    try:
        with one.hold("due"):
            session = one._place._session
            assert patience(lambda sql: session.execute(sql).fetchall()) == [10, 20_000]
        for once in (True, False):
            assert database.read(lambda each: patience(each.query), one_query=once) == [10, 20_000]
    finally:
        one.close()


def test_a_file_is_locked_only_where_its_locks_are_laid_out_as_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'books.db'}")
    one, two = Claims(database), Claims(database)
    # Python names these locks there too, but their system wants them in another order.
    monkeypatch.setattr(sys, "platform", "darwin")
    try:
        with one.hold("due") as held, two.hold("due") as also:
            assert (held, also) == (True, True)
    finally:
        monkeypatch.undo()
        one.close()
        two.close()
        database.close()


def test_two_workers_bill_each_subscription_once(database_url: str, start: Any) -> None:
    both = [start(database_url, worker=False, now=NOW) for _ in range(2)]
    client = client_of(both[0])
    price = client.v1.prices.create({
        "currency": "eur", "unit_amount": 1000, "recurring": {"interval": "month"},
        "product_data": {"name": "Basic"},
    })
    customers = [
        client.v1.customers.create({
            "email": f"{number}@example.com", "payment_method": "pm_card_visa",
            "invoice_settings": {"default_payment_method": "pm_card_visa"},
        }).id
        for number in range(24)
    ]
    for customer in customers:
        client.v1.subscriptions.create({
            "customer": customer, "items": [{"price": price.id}], "trial_end": NOW + 3,
        })

    def renewed() -> list[Any]:
        return [each.customer for each in client.v1.invoices.list({"limit": 100})
                if each.billing_reason == "subscription_cycle"]

    # The subscriptions are all there before, however busy the machine is.
    workers = [Worker(each.system) for each in both]
    for worker in workers:
        worker.start()
    try:
        for each in both:
            each.system.clock.move_to(NOW + 3)
        eventually(lambda: len(renewed()) >= 24)
        time.sleep(1)
        assert sorted(renewed()) == sorted(customers)
        rows = both[1].system.database.read(
            lambda connection: connection.query("SELECT id, reason FROM set_aside")
        )
        assert rows == []
    finally:
        for worker in workers:
            worker.stop()


def test_two_workers_deliver_each_event_once(
    database_url: str, start: Any, receiver: Receiver
) -> None:
    first = start(database_url, worker=False)
    second = start(database_url, worker=False)
    client = client_of(first)
    client.v1.webhook_endpoints.create({"url": receiver.url(), "enabled_events": ["*"]})
    workers = [Worker(each.system) for each in (first, second)]
    for worker in workers:
        worker.start()
    try:
        makers = [
            threading.Thread(target=lambda: [
                client.v1.products.create({"name": "Basic"}) for _ in range(25)
            ])
            for _ in range(2)
        ]
        for maker in makers:
            maker.start()
        for maker in makers:
            maker.join()
        receiver.wait(50)
        time.sleep(0.5)
        ids = [json.loads(each.body)["id"] for each in receiver.received]
        assert len(ids) == len(set(ids)) == 50
    finally:
        for worker in workers:
            worker.stop()


def test_a_worker_in_another_process_delivers_within_a_second(
    database_url: str, start: Any, receiver: Receiver
) -> None:
    api = start(database_url, worker=False)
    start(database_url, worker=True)
    client = client_of(api)
    client.v1.webhook_endpoints.create({"url": receiver.url(), "enabled_events": ["*"]})
    assert usually_within(1, lambda: time_to_arrive(client, receiver))


@shared
def test_the_worker_outlives_a_lost_database(
    database_url: str, start: Any, receiver: Receiver
) -> None:
    server = start(database_url)
    client = client_of(server)
    client.v1.webhook_endpoints.create({"url": receiver.url(), "enabled_events": ["*"]})
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    def create() -> bool:
        try:
            return bool(client.v1.products.create({"name": "Basic"}))
        except stripe.APIError:
            return False

    eventually(create)
    receiver.wait(1)
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": NOW})
    client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": NOW + 1})
    eventually(lambda: client.v1.test_helpers.test_clocks.retrieve(clock.id).status == "ready")


def test_a_killed_server_loses_no_delivery(tmp_path: Path, receiver: Receiver) -> None:
    """The process dies by SIGKILL while a delivery is open; the next start makes it again."""
    released = threading.Event()
    receiver.answer = lambda _: 200 if released.wait(PATIENCE_SECONDS) else 500
    database = f"sqlite:///{tmp_path / 'shop.db'}"
    first, url, key = dev_process(database)
    try:
        client = client_at(url, key)
        client.v1.webhook_endpoints.create({"url": receiver.url(), "enabled_events": ["*"]})
        product = client.v1.products.create({"name": "Basic"})
        receiver.wait(1)
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
        first.stdout.close()
    released.set()
    second, url, key = dev_process(database)
    try:
        again = receiver.wait(2)[1]
        assert json.loads(again.body)["data"]["object"]["id"] == product.id
        client = client_at(url, key)
        event = json.loads(again.body)["id"]
        eventually(lambda: client.v1.events.retrieve(event).pending_webhooks == 0)
    finally:
        second.terminate()
        second.wait()
        second.stdout.close()


def dev_process(database: str) -> tuple[Any, str, str]:
    """Start `prorata dev` on a free port and return it with its address and key."""
    process = subprocess.Popen(
        [sys.executable, "-m", "prorata.cli.main", "dev", "--port", "0", "--database", database],
        stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    said: dict[str, str] = {}
    for line in process.stdout:  # type: ignore[union-attr]
        name, _, value = line.strip().partition("  ")
        said[name] = value.strip()
        if "Secret key" in said:
            break
    address, key = said["API"], said["Secret key"]

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"{address}/healthz"):
                return True
        except urllib.error.URLError:
            return False

    eventually(answers, READY_SECONDS)
    return process, address, key


def client_at(url: str, key: str) -> Any:
    return stripe.StripeClient(key, base_addresses={"api": url})
