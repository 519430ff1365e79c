"""A development server's time is frozen and moved, its store emptied, kept and brought back."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe

from .conftest import client_of, dev, stop
from .receiver import eventually

JANUARY_31 = 1_769_853_600


@pytest.fixture
def client(frozen: Any) -> Iterator[Any]:
    dev(frozen, "POST reset")
    yield client_of(frozen)
    dev(frozen, "POST clock/release")


def refusal(server: Any, call: str, **body: Any) -> tuple[int, str]:
    with pytest.raises(urllib.error.HTTPError) as caught:
        dev(server, call, **body)
    with caught.value as answer:
        return answer.code, answer.read().decode()


def test_time_is_frozen_and_moved(frozen: Any, client: Any) -> None:
    dev(frozen, "POST clock/freeze", at="2026-01-31T10:00Z")
    assert client.v1.products.create({"name": "Basic"}).created == JANUARY_31
    moved = dev(frozen, "POST clock/advance", by="1mo")
    assert (moved["iso"], moved["frozen"]) == ("2026-02-28T10:00:00Z", True)
    moved = dev(frozen, "POST clock/advance", to="2026-03-31")
    assert moved["iso"] == "2026-03-31T00:00:00Z"
    assert dev(frozen, "GET clock")["now"] == moved["now"]
    assert client.v1.products.create({"name": "Basic"}).created == moved["now"]


def test_time_that_runs_is_frozen_by_an_advance(frozen: Any, client: Any) -> None:
    before = dev(frozen, "GET clock")
    assert before["frozen"] is False
    after = dev(frozen, "POST clock/advance", by="12mo")
    assert after["frozen"] is True
    assert 365 * 86_400 <= after["now"] - before["now"] <= 366 * 86_400 + 60


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"by": "9000y"}, "no further than the year 2286"),
        ({"by": "999999999999d"}, "no further than the year 2286"),
        ({"to": 99_999_999_999_999}, "no further than the year 2286"),
        ({"to": "9999-12-31"}, "no further than the year 2286"),
        ({"to": -1}, "Not a time"),
        ({"to": "2020-01-01"}, "it is 2026-01-31T10:00:00Z now"),
        ({"by": "12"}, "Not a span of time"),
        ({"bye": "12mo"}, "Received unknown parameter: bye"),
        ({}, "Missing required param: by"),
    ],
)
def test_time_is_moved_by_what_makes_sense_only(
    frozen: Any, client: Any, sent: dict[str, Any], said: str
) -> None:
    dev(frozen, "POST clock/freeze", at="2026-01-31T10:00Z")
    status, body = refusal(frozen, "POST clock/advance", **sent)
    assert status == 400 and said in body
    assert dev(frozen, "GET clock")["now"] == JANUARY_31


def test_what_begins_in_the_last_second_has_an_end(frozen: Any, client: Any) -> None:
    refused, body = refusal(frozen, "POST clock/freeze", at="9999-12-01")
    assert refused == 400 and "no further than the year 2286" in body
    dev(frozen, "POST clock/freeze", at=9_999_999_999)
    customer = client.v1.customers.create({"name": "Late"})
    item = {"price_data": {
        "currency": "usd", "product": client.v1.products.create({"name": "Long"}).id,
        "recurring": {"interval": "year", "interval_count": 3}, "unit_amount": 0,
    }}  # fmt: skip
    made = client.v1.subscriptions.create({"customer": customer.id, "items": [item]})
    assert made["items"].data[0].current_period_end > 9_999_999_999


def test_a_subscription_lives_through_a_year(frozen: Any, client: Any) -> None:
    dev(frozen, "POST clock/freeze", at="2026-01-31T10:00Z")
    price = client.v1.prices.create({
        "currency": "eur", "unit_amount": 1000, "recurring": {"interval": "month"},
        "product_data": {"name": "Basic"},
    })
    customer = client.v1.customers.create({
        "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    })
    client.v1.subscriptions.create({"customer": customer.id, "items": [{"price": price.id}]})
    moved = dev(frozen, "POST clock/advance", by="12mo")
    assert moved["failed"] == []

    invoices = sorted(client.v1.invoices.list({"limit": 100}), key=lambda each: each.created)
    days = [time.strftime("%m-%d", time.gmtime(each.created)) for each in invoices]
    assert days == ["01-31", "02-28", "03-31", "04-30", "05-31", "06-30", "07-31", "08-31",
                    "09-30", "10-31", "11-30", "12-31", "01-31"]
    assert {each.status for each in invoices[:12]} == {"paid"}
    assert invoices[12].status == "draft", "its hour of waiting is not over"


@pytest.mark.parametrize(("body", "said"), [
    ({"by": "soon"}, "Not a span of time: soon"),
    ({"by": "3 fortnights"}, "Not a span of time"),
    ({"to": "yesterday"}, "Not a time: yesterday"),
    ({"to": 1}, "Time only moves forward"),
    ({}, "Missing required param: by"),
])
def test_time_is_not_moved_by_what_is_no_time(
    frozen: Any, client: Any, body: dict[str, Any], said: str
) -> None:
    status, text = refusal(frozen, "POST clock/advance", **body)
    assert status == 400
    assert said in text


def test_a_server_that_ends_stops_in_the_middle_of_an_advance(frozen: Any, client: Any) -> None:
    dev(frozen, "POST clock/freeze", at="2026-01-31T10:00Z")
    customer = client.v1.customers.create({
        "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    })  # fmt: skip
    daily = {"currency": "usd", "unit_amount": 100, "recurring": {"interval": "day"},
             "product": client.v1.products.create({"name": "Daily"}).id}  # fmt: skip
    client.v1.subscriptions.create({"customer": customer.id, "items": [{"price_data": daily}]})
    frozen.system.ending = True
    status, said = refusal(frozen, "POST clock/advance", by="10y")
    frozen.system.ending = False
    assert status == 503 and "go on from there" in said
    reached = dev(frozen, "GET clock")["now"]
    assert JANUARY_31 < reached < JANUARY_31 + 30 * 86_400
    dev(frozen, "POST clock/advance", to=reached + 5 * 86_400)
    assert len(client.v1.invoices.list({"customer": customer.id, "limit": 100}).data) >= 6


def test_a_reset_empties_the_store_and_the_keys_go_on_working(frozen: Any, client: Any) -> None:
    product = client.v1.products.create({"name": "Basic"})
    client.v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["*"]})
    dev(frozen, "POST reset")
    assert list(client.v1.products.list()) == []
    assert list(client.v1.webhook_endpoints.list()) == []
    assert list(client.v1.events.list()) == []
    with pytest.raises(stripe.InvalidRequestError, match="No such product"):
        client.v1.products.retrieve(product.id)
    assert client.v1.accounts.retrieve_current().id


def test_a_snapshot_brings_everything_back(frozen: Any, client: Any) -> None:
    dev(frozen, "POST clock/freeze", at="2026-01-31T10:00Z")
    kept = client.v1.products.create({"name": "Kept"})
    dev(frozen, "POST snapshots", name="start")
    client.v1.products.update(kept.id, {"name": "Changed"})
    lost = client.v1.products.create({"name": "Lost"})
    dev(frozen, "POST clock/advance", by="3d")

    for _ in range(2):
        restored = dev(frozen, "POST snapshots/start/restore")
        assert restored["name"] == "start"
        assert client.v1.products.retrieve(kept.id).name == "Kept"
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.products.retrieve(lost.id)
        assert [event.type for event in client.v1.events.list()] == ["product.created"]
        assert dev(frozen, "GET clock")["now"] == JANUARY_31
        client.v1.products.update(kept.id, {"name": "Changed again"})


def test_snapshots_are_listed_replaced_and_deleted(frozen: Any, client: Any) -> None:
    for name in ("one", "two", "one"):
        dev(frozen, f"POST snapshots/{name}")
    names = [each["name"] for each in dev(frozen, "GET snapshots")["data"]]
    assert {"one", "two"} <= set(names)
    assert names.count("one") == 1
    assert dev(frozen, "GET snapshots/one")["name"] == "one"
    dev(frozen, "DELETE snapshots/one")
    assert refusal(frozen, "GET snapshots/one")[0] == 404
    assert refusal(frozen, "POST snapshots/one/restore")[0] == 404
    assert refusal(frozen, "DELETE snapshots/one")[0] == 404
    dev(frozen, "DELETE snapshots")
    assert dev(frozen, "GET snapshots")["data"] == []


@pytest.mark.parametrize("name", ["", "../evil", "a b", "x" * 41, ".hidden"])
def test_a_snapshot_needs_a_plain_name(frozen: Any, client: Any, name: str) -> None:
    assert refusal(frozen, "POST snapshots", name=name)[0] == 400


@pytest.mark.parametrize(("method", "status"), [("GET", 404), ("POST", 400), ("DELETE", 400)])
def test_a_star_is_a_name_like_any_other(
    frozen: Any, client: Any, method: str, status: int
) -> None:
    assert refusal(frozen, f"{method} snapshots/*")[0] == status
    assert refusal(frozen, f"{method} snapshots/a%20b")[0] == status


def test_snapshots_work_on_every_database(database_url: str, start: Any) -> None:
    server = start(database_url)
    client = client_of(server)
    product = client.v1.products.create({"name": "Kept"})
    dev(server, "POST snapshots/here")
    dev(server, "POST reset")
    assert list(client.v1.products.list()) == []
    dev(server, "POST snapshots/here/restore")
    assert client.v1.products.retrieve(product.id).name == "Kept"
    assert [each["name"] for each in dev(server, "GET snapshots")["data"]] == ["here"]
    dev(server, "DELETE snapshots/here")
    assert dev(server, "GET snapshots")["data"] == []


def test_each_snapshot_is_brought_back_as_it_was_taken_last(
    database_url: str, start: Any
) -> None:
    first, second = start(database_url), start(database_url)
    client = client_of(first)
    product = client.v1.products.create({"name": "Early"})

    def restored(name: str) -> str:
        dev(first, f"POST snapshots/{name}/restore")
        return client.v1.products.retrieve(product.id).name

    dev(first, "POST snapshots/one")
    client.v1.products.update(product.id, {"name": "Late"})
    dev(first, "POST snapshots/two")
    assert [restored(each) for each in ("one", "one", "two", "one")] == [
        "Early", "Early", "Late", "Early",
    ]  # fmt: skip
    for name, server in (("By itself", first), ("By another", second)):
        client.v1.products.update(product.id, {"name": name})
        dev(server, "POST snapshots/one")
        client.v1.products.update(product.id, {"name": "Changed"})
        assert restored("one") == name
    dev(second, "DELETE snapshots/one")
    assert refusal(first, "POST snapshots/one/restore")[0] == 404
    assert restored("two") == "Late"


def test_a_store_that_was_brought_back_is_one_file_again_at_the_end(
    start: Any, tmp_path: Path
) -> None:
    server = start(f"sqlite:///{tmp_path / 'prorata.db'}")
    dev(server, "POST snapshots/here")
    client_of(server).v1.products.create({"name": "Lost"})
    dev(server, "POST snapshots/here/restore")
    stop(server)
    assert not list(tmp_path.glob("*-wal"))


def test_events_of_a_restored_state_are_delivered_as_they_stood(
    start: Any, receiver: Any
) -> None:
    server = start("sqlite://")
    client = client_of(server)
    client.v1.webhook_endpoints.create({"url": receiver.url(), "enabled_events": ["*"]})
    client.v1.products.create({"name": "Delivered"})
    receiver.wait(1)
    eventually(lambda: server.system.database.read(
        lambda connection: connection.query("SELECT 1 FROM delivery WHERE attempts = 1")
    ))
    dev(server, "POST snapshots/after")
    dev(server, "POST snapshots/after/restore")
    client.v1.products.create({"name": "Next"})
    assert b"Next" in receiver.wait(2)[1].body


@pytest.mark.parametrize("origin", ["https://evil.example", "https://[", "null"])
@pytest.mark.parametrize(("method", "path"), [("POST", "reset"), ("GET", "outbox")])
def test_pages_of_other_origins_are_refused(
    frozen: Any, client: Any, method: str, path: str, origin: str
) -> None:
    if (path, origin) == ("outbox", "null"):
        pytest.skip("mails are shown in a sandbox of the outbox's own")
    request = urllib.request.Request(
        f"{frozen.url}/_prorata/{path}", method=method, headers={"Origin": origin}
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    with caught.value as answer:
        assert answer.code == 403


def test_what_does_not_exist_is_not_found(frozen: Any, client: Any) -> None:
    assert refusal(frozen, "POST clock/rewind")[0] == 404


def test_production_servers_have_no_development_endpoints(
    database_url: str, start: Any
) -> None:
    from prorata.server.migrate import migrate

    migrate(database_url)
    server = start(database_url, dev=False)
    assert refusal(server, "POST reset")[0] in (401, 404)
