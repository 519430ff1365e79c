"""Outages: a database that is cut off, away or full; clear answers, and it goes on by itself."""

from __future__ import annotations

import json
import resource
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest
import stripe
from psycopg.conninfo import conninfo_to_dict, make_conninfo

import servers
from prorata.engine.advance import run_due
from prorata.server.migrate import migrate
from prorata.store.connection import LostConnection, Unavailable
from prorata.store.database import open_database
from prorata.store.postgres import PostgresDatabase
from storms.cluster import cluster
from storms.money import unmatched, waiting
from storms.proxy import Proxy
from storms.stored import Stored

shared = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
alone = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SHOPPER = {
    "payment_method": "pm_card_visa",
    "invoice_settings": {"default_payment_method": "pm_card_visa"},
}
NOW = 1_790_000_000
# A call while the database is away; the longest is the one that finds out.
BOUND_SECONDS = 15.0


@pytest.fixture
def proxy(database_url: str) -> Iterator[Proxy]:
    with closing(Proxy(database_url)) as found:
        yield found


@pytest.fixture
def cut_off(proxy: Proxy) -> Iterator[Any]:
    """Give a server that reaches its database through the proxy and knows its key already."""
    with servers.running(proxy.url, worker=False, now=NOW) as server:
        client_of(server).products.list()
        yield server


def client_of(server: Any) -> Any:
    return stripe.StripeClient(
        server.secret_key, base_addresses={"api": server.url}, max_network_retries=0
    ).v1


def post(server: Any, path: str, form: dict[str, str], key: str = "") -> tuple[int, Any, str]:
    """Send one request and return its status, body, and whether it is to be sent again."""
    headers = {"Authorization": f"Bearer {server.secret_key}"} | (
        {"Idempotency-Key": key} if key else {}
    )
    request = urllib.request.Request(
        f"{server.url}/v1/{path}", urlencode(form).encode(), headers
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, json.load(response), ""
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error), error.headers["Stripe-Should-Retry"]


def names(server: Any) -> list[str]:
    return [each.name for each in client_of(server).products.list({"limit": 100}).data]


def assert_sound(server: Any) -> None:
    """Expect that both sides tell of the same money when what was left open has been taken up."""
    system = server.system
    for _ in range(2):
        system.clock.move_to(system.clock.now() + 60)
        run_due(system, system.clock.now())
    stored = Stored(system)
    stored.read()
    assert waiting(stored) == []
    assert [*stored.problems(), *unmatched(stored, system.gateway.books)] == []


@shared
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_commit_whose_connection_is_cut_is_done_once(
    proxy: Proxy, cut_off: Any, moment: Any
) -> None:
    for number in range(4):
        proxy.cut_commit(moment)
        status, body, _ = post(cut_off, "products", {"name": f"P{number}"})
        assert (status, body.get("name")) == (200, f"P{number}"), body
    assert proxy.commits_cut == 4
    assert sorted(names(cut_off)) == ["P0", "P1", "P2", "P3"]
    assert_sound(cut_off)


@shared
def test_a_commit_is_asked_about_until_a_connection_lives(
    proxy: Proxy, cut_off: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = []

    def die_once(self: PostgresDatabase, raw: Any) -> None:
        if proxy.commits_cut and not dead:
            dead.append(raw)
            raise LostConnection("it went with the other one")

    monkeypatch.setattr(PostgresDatabase, "_renew_plans", die_once)
    proxy.cut_commit("after")
    status, body, _ = post(cut_off, "products", {"name": "Basic"})
    assert (status, body.get("name"), len(dead)) == (200, "Basic", 1), body
    assert names(cut_off) == ["Basic"]


@shared
def test_a_commit_that_nobody_can_be_asked_about_is_not_called_undone(
    proxy: Proxy, cut_off: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prorata.store.postgres.WAIT_SECONDS", 0.0)
    proxy.cut_commit("after")
    status, body, again = post(cut_off, "products", {"name": "Basic"}, "once")
    assert (status, again) == (503, "true")
    assert "not known" in body["error"]["message"]
    monkeypatch.undo()
    status, body, _ = post(cut_off, "products", {"name": "Basic"}, "once")
    assert (status, body["name"], names(cut_off)) == (200, "Basic", ["Basic"])


@shared
def test_a_payment_whose_commits_are_cut_is_made_once(proxy: Proxy, cut_off: Any) -> None:
    api = client_of(cut_off)
    customer = api.customers.create(SHOPPER).id
    price = api.prices.create({
        "product_data": {"name": "Basic"}, "currency": "usd", "unit_amount": 1000,
        "recurring": {"interval": "month"},
    }).id  # fmt: skip
    # The sandbox makes its tables with the first payment; their commit is not what is cut.
    api.subscriptions.create({"customer": customer, "items": [{"price": price}]})
    for moments in (("after", "after"), ("before", "after", "before"), ("after", "before")):
        proxy.cut_commit(*moments)
        made = api.subscriptions.create({"customer": customer, "items": [{"price": price}]})
        assert made.status == "active"
    assert len(api.charges.list({}).data) == len(api.invoices.list({}).data) == 4
    assert_sound(cut_off)


@shared
def test_requests_while_connections_are_cut_again_and_again(
    proxy: Proxy, cut_off: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing half-made stays, and nothing that was answered is missing or there twice."""
    api = client_of(cut_off)
    customers = [api.customers.create(SHOPPER).id for _ in range(4)]
    price = api.prices.create({
        "product_data": {"name": "Basic"}, "currency": "usd", "unit_amount": 1000,
        "recurring": {"interval": "month"},
    }).id  # fmt: skip
    ended = threading.Event()
    begun = time.monotonic()
    first = api.subscriptions.create({"customer": customers[0], "items": [{"price": price}]}).id
    # On a busy machine nothing would come to its end between two cuts.
    pause = max(0.05, 2 * (time.monotonic() - begun))

    def cut() -> None:
        while not ended.wait(pause):
            proxy.cut()

    def subscribe(number: int) -> tuple[int, Any, str]:
        form = {"customer": customers[number % 4], "items[0][price]": price}
        return post(cut_off, "subscriptions", form, f"key-{number}")

    cutter = threading.Thread(target=cut)
    cutter.start()
    try:
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(subscribe, range(32)))
    finally:
        ended.set()
        cutter.join()
    assert {status for status, *_ in answers} <= {200, 429, 503}
    assert all(again == "true" for status, _, again in answers if status != 200)
    # Asked again with its key, each is there once, whatever became of it before. One that was cut
    # off once its payment was asked for is answered so after two minutes, as if they were over.
    monkeypatch.setattr("prorata.api.idempotency.CUT_OFF_SECONDS", 0)
    made = set()
    for number, (status, body, _) in enumerate(answers):
        again, once, _ = subscribe(number)
        assert again == 200 and (status != 200 or once["id"] == body["id"]), once
        made.add(once["id"])
    there = {each.id for each in api.subscriptions.list({"limit": 100}).data}
    assert len(made) == 32 and there == made | {first}
    assert_sound(cut_off)


@shared
def test_a_database_that_is_away_is_said_to_be_and_missed_only_as_long_as_it_is(
    proxy: Proxy, cut_off: Any
) -> None:
    post(cut_off, "products", {"name": "Before"})
    proxy.close_door()

    def refused(_: int) -> float:
        started = time.monotonic()
        status, body, again = post(cut_off, "products", {"name": "Never"})
        assert (status, body["error"]["type"], again) == (503, "api_error", "true"), body
        assert "Nothing was changed" in body["error"]["message"]
        return time.monotonic() - started

    with ThreadPoolExecutor(8) as pool:
        assert max(pool.map(refused, range(8))) < BOUND_SECONDS
        assert max(pool.map(refused, range(8))) < 4.0
    proxy.open_door()
    until = time.monotonic() + BOUND_SECONDS
    while post(cut_off, "products", {"name": "After"})[0] != 200:
        assert time.monotonic() < until
    assert sorted(names(cut_off)) == ["After", "Before"]
    assert_sound(cut_off)


@shared
def test_a_database_that_may_only_be_read_for_a_while_is_written_to_afterwards(
    database_url: str,
) -> None:
    # What a session may do is settled when it begins, so those of the meantime are of no use.
    setting = "default_transaction_read_only"
    with (
        servers.running(database_url, worker=False, now=NOW) as server,
        psycopg.connect(database_url, autocommit=True) as admin,
    ):
        post(server, "products", {"name": "Before"})
        name = admin.info.dbname
        admin.execute(f'ALTER DATABASE "{name}" SET {setting} = on')
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND pid <> pg_backend_pid()", [name],
        )  # fmt: skip
        for _ in range(20):
            status, body, again = post(server, "products", {"name": "Never"})
            assert (status, again) == (503, "true"), body
        assert names(server) == ["Before"]
        admin.execute(f'ALTER DATABASE "{name}" RESET {setting}')
        until = time.monotonic() + BOUND_SECONDS
        while post(server, "products", {"name": "After"})[0] != 200:
            assert time.monotonic() < until
        assert sorted(names(server)) == ["After", "Before"]


@shared
def test_work_that_lacks_a_permission_waits_until_it_is_granted(database_url: str) -> None:
    # As after a migration by another role, which alone may write to the tables that it made.
    with psycopg.connect(database_url, autocommit=True) as admin:
        role = f"clerk_{admin.info.dbname}"
        admin.execute(f'CREATE ROLE "{role}" LOGIN')
        try:
            admin.execute(f'GRANT ALL ON SCHEMA public TO "{role}"')
            admin.execute(f'GRANT ALL ON ALL TABLES IN SCHEMA public TO "{role}"')
            admin.execute(f'GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO "{role}"')
            clerk = make_conninfo(database_url, user=role)
            url = f"postgresql://?{urlencode(conninfo_to_dict(clerk))}"
            with servers.running(url, worker=False, now=NOW) as server:
                api = client_of(server)
                customer = api.customers.create(SHOPPER).id
                product = api.products.create({"name": "Plan"}).id
                price = {"currency": "usd", "product": product, "unit_amount": 700,
                         "recurring": {"interval": "month"}}  # fmt: skip
                form = {"customer": customer, "items": [{"price_data": price}]}
                subscription = api.subscriptions.create(form).id
                for table in ("doc_product", "doc_invoice"):
                    admin.execute(f'REVOKE INSERT ON {table} FROM "{role}"')
                status, body, again = post(server, "products", {"name": "Never"})
                assert (status, again) == (503, "true"), body
                system = server.system
                system.clock.move_to(NOW + 40 * 86_400)
                with pytest.raises(Unavailable):
                    run_due(system, system.clock.now())
                aside = "SELECT count(*) FROM set_aside"
                assert system.database.read(lambda each: each.query(aside)) == [(0,)]
                admin.execute(f'GRANT INSERT ON doc_product, doc_invoice TO "{role}"')
                run_due(system, system.clock.now())
                assert len(api.invoices.list({"subscription": subscription}).data) == 2
                assert names(server) == ["Plan"]
                assert_sound(server)
        finally:
            admin.execute(f'REASSIGN OWNED BY "{role}" TO CURRENT_USER')
            admin.execute(f'DROP OWNED BY "{role}"')
            admin.execute(f'DROP ROLE "{role}"')


@alone
def test_a_full_database_changes_nothing_and_goes_on_when_there_is_room(
    database_url: str,
) -> None:
    with servers.running(database_url, worker=False, now=NOW) as server:
        api = client_of(server)
        customer = api.customers.create(SHOPPER).id
        write = server.system.database.write

        def limit(spare: int) -> None:
            def work(connection: Any) -> None:
                [[pages]] = connection.query("PRAGMA page_count")
                connection.query(f"PRAGMA max_page_count = {pages + spare}")

            write(work)

        limit(10)
        form = {"amount": "700", "currency": "usd", "confirm": "true", "customer": customer,
                "payment_method": "pm_card_visa"}  # fmt: skip
        answers = [post(server, "payment_intents", form, f"k{each}") for each in range(60)]
        refused = [(body, again) for status, body, again in answers if status == 503]
        assert len(refused) > 10 and {status for status, *_ in answers} == {200, 503}
        assert {again for _, again in refused} == {"true"}
        assert all("database cannot be used" in body["error"]["message"] for body, _ in refused)
        assert api.customers.retrieve(customer).id == customer
        limit(1 << 20)
        status, _, _ = post(server, "payment_intents", form, "afterwards")
        assert status == 200
        assert_sound(server)


@alone
def test_a_disk_without_room_is_outlived(database_url: str, tmp_path: Any) -> None:
    """The file may not grow any more: what the system refuses is not the process's end."""
    from worker.test_sharing import client_at, dev_process

    process, url, key = dev_process(database_url)
    try:
        api = client_at(url, key).v1
        for number in range(20):
            api.products.create({"name": f"P{number}"})
        size = max(each.stat().st_size for each in tmp_path.iterdir())
        everything = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size + 60_000, everything[1]))
        refused = 0
        for number in range(200):
            try:
                api.products.create({"name": f"Q{number}"}, {"max_network_retries": 0})
            except stripe.APIError as error:
                assert error.http_status == 503, error
                refused += 1
                if refused == 5:
                    break
        assert refused == 5
        assert len(api.products.list({"limit": 20}).data) == 20
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, everything)
        assert api.products.create({"name": "Afterwards"}).name == "Afterwards"
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()
    with closing(open_database(database_url)) as found:
        assert found.read(lambda each: each.query("PRAGMA integrity_check")) == [("ok",)]


def test_a_postgresql_whose_disk_is_full_changes_nothing_and_goes_on(store: str) -> None:
    """The server's disk has no byte left, then no room for the server's log, then room again."""
    if store != "postgresql":
        pytest.skip("of PostgreSQL")
    with cluster(small=True, log_megabytes=1) as database:
        if database is None:
            pytest.skip("a small disk for a PostgreSQL server needs a superuser and a server")
        migrate(database.url)
        with servers.running(database.url, worker=False, now=NOW) as server:
            customer = client_of(server).customers.create(SHOPPER).id
            form = {"amount": "700", "currency": "usd", "confirm": "true", "customer": customer,
                    "payment_method": "pm_card_visa"}  # fmt: skip
            database.fill_disk()
            answers = [post(server, "payment_intents", form, f"k{each}") for each in range(80)]
            assert {status for status, *_ in answers} <= {200, 503}
            refused = [(body, again) for status, body, again in answers if status == 503]
            assert len(refused) > 10 and {again for _, again in refused} == {"true"}
            assert all("database cannot be used" in body["error"]["message"] for body, _ in refused)
            database.make_room()
            until = time.monotonic() + 120
            while not database.answers() and time.monotonic() < until:
                if not database.is_up:
                    database.start()
                time.sleep(0.05)
            before = len(server.system.gateway.books.charges())
            again = [post(server, "payment_intents", form, f"k{each}") for each in range(80)]
            assert {status for status, *_ in again} == {200}
            assert len({body["id"] for _, body, _ in again}) == 80
            assert before <= len(server.system.gateway.books.charges()) == 80
            assert_sound(server)
