"""The commands, as a person types them: each in a process of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import stripe

from prorata.cli import serving

PATIENCE_SECONDS = 120


def prorata(*arguments: str, code: int = 0) -> str:
    """Run a command to its end and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "prorata.cli.main", *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@contextmanager
def started(*arguments: str, until: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a command that stays, for the length of a block; yields what it printed first."""
    process = subprocess.Popen(
        [sys.executable, "-m", "prorata.cli.main", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    printed = ""
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while until not in printed and time.monotonic() < deadline:
            line = process.stdout.readline()
            if not line:
                break
            printed += line
        assert until in printed, printed
        yield process, printed
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)
        process.stdout.close()


def address_of(printed: str) -> str:
    address = re.search(r"http://127\.0\.0\.1:\d+", printed)
    assert address is not None, printed
    return address[0]


def client_of(printed: str, key: str) -> stripe.StripeClient:
    return stripe.StripeClient(key, base_addresses={"api": address_of(printed)})


def subscribe(client: stripe.StripeClient) -> stripe.Subscription:
    price = client.v1.prices.create(
        {
            "currency": "eur",
            "unit_amount": 900,
            "recurring": {"interval": "month"},
            "product_data": {"name": "Plan"},
        }
    )
    customer = client.v1.customers.create(
        {
            "payment_method": "pm_card_visa",
            "invoice_settings": {"default_payment_method": "pm_card_visa"},
        }
    )
    return client.v1.subscriptions.create(
        {"customer": customer.id, "items": [{"price": price.id}]}
    )


def test_dev_keeps_its_books_in_a_file_and_the_doctor_proves_them(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/books.db"
    key = "sk_test_" + "a1B2" * 6
    with started(
        "dev", "--port", "0", "--database", database, "--secret-key", key, until="Ctrl-C"
    ) as (_, printed):
        assert subscribe(client_of(printed, key)).status == "active"

    with started(
        "dev", "--port", "0", "--database", database, "--secret-key", key, until="Ctrl-C"
    ) as (_, printed):
        assert len(client_of(printed, key).v1.subscriptions.list().data) == 1

    assert "The books balance." in prorata("doctor", "--database", database)


def test_a_key_of_another_form_is_refused_with_a_sentence(tmp_path: Path) -> None:
    printed = prorata(
        "dev", "--port", "0", "--database", f"sqlite:///{tmp_path}/x.db",
        "--secret-key", "secret", code=1,
    )  # fmt: skip
    assert "24 or more letters and digits" in printed
    assert "Traceback" not in printed


def test_production_runs_on_a_migrated_database_with_made_keys(empty_database_url: str) -> None:
    database = empty_database_url
    refused = prorata("serve", "--database", database, "--port", "0", code=1)
    assert "prorata migrate" in refused and "Traceback" not in refused

    assert "Applied" in prorata("migrate", "--database", database)
    assert "up to date" in prorata("migrate", "--database", database)
    key = prorata("keys", "create", "--database", database, "--name", "shop").split()[-1]
    assert re.fullmatch(r"sk_test_[A-Za-z0-9]{99}", key)

    with (
        started("serve", "--database", database, "--port", "0", until="serves") as (_, printed),
        started("worker", "--database", database, until="at work"),
    ):
        client = client_of(printed, key)
        assert subscribe(client).status == "active"
        assert client.v1.accounts.retrieve_current().id.startswith("acct_")

    listed = prorata("keys", "list", "--database", database)
    id = re.search(r"key_\w+", listed)
    assert id is not None and "shop" in listed and key not in listed
    assert "Revoked" in prorata("keys", "revoke", id[0], "--database", database)
    serving = started("serve", "--database", database, "--port", "0", until="serves")
    with serving as (_, printed), pytest.raises(stripe.AuthenticationError):
        client_of(printed, key).v1.customers.list()


def test_a_frozen_server_is_moved_by_command(tmp_path: Path) -> None:
    key = "sk_test_" + "a1B2" * 6
    with started(
        "dev", "--port", "0", "--database", f"sqlite:///{tmp_path}/x.db",
        "--secret-key", key, "--now", "2026-01-31T10:00Z", until="Ctrl-C",
    ) as (_, printed):  # fmt: skip
        client, url = client_of(printed, key), address_of(printed)
        subscription = subscribe(client)
        assert "2026-01-31 10:00:00 UTC (frozen)" in prorata("clock", "show", "--url", url)
        moved = prorata("clock", "advance", "12mo", "--url", url)
        assert "2027-01-31 10:00:00 UTC" in moved
        invoices = client.v1.invoices.list({"subscription": subscription.id, "limit": 100})
        assert len(invoices.data) == 13


def test_every_route_is_printed_with_its_function() -> None:
    printed = prorata("routes")
    assert re.search(r"POST\s+/v1/subscriptions\s+engine\.subscriptions\.subscribe", printed)
    assert re.search(r"GET\s+/v1/customers/\{id\}\s", printed)


@contextmanager
def hangup(handling: Any) -> Iterator[None]:
    """Have commands begin with another way to take a closed terminal."""
    before = signal.signal(signal.SIGHUP, handling)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_worker_ends_whichever_thread_takes_the_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a process that stood still, any thread may take what came meanwhile."""
    main, woken = threading.get_ident(), threading.Event()

    class Server:
        def start(self) -> None:
            threading.Thread(target=self._take_it, daemon=True).start()

        def _take_it(self) -> None:
            time.sleep(0.2)
            signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
            if not self.closed.wait(20):
                woken.set()
                signal.pthread_kill(main, signal.SIGTERM)

        closed = threading.Event()

        def close(self) -> None:
            self.closed.set()

    monkeypatch.setattr(serving, "_assembled", lambda settings: Server())
    kept = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        serving.run_worker(
            database="sqlite:///books.db", gateway="sandbox", tax_engine="", base_url="",
            metrics=None,
        )  # fmt: skip
    finally:
        for each, handler in kept.items():
            signal.signal(each, handler)
    assert not woken.is_set()


@pytest.mark.parametrize("end", [signal.SIGHUP, signal.SIGTERM])
@pytest.mark.parametrize("way", ["dev", "serve", "worker"])
def test_a_command_ends_in_order(tmp_path: Path, way: str, end: signal.Signals) -> None:
    database = ("--database", f"sqlite:///{tmp_path}/books.db")
    prorata("migrate", *database)
    port = () if way == "worker" else ("--port", "0")
    ready = {"dev": "Ctrl-C", "serve": "serves", "worker": "at work"}[way]
    # Whoever runs the tests may be meant to outlast a terminal.
    with hangup(signal.SIG_DFL), started(way, *database, *port, until=ready) as (process, printed):
        if way == "worker":
            process.send_signal(end)
            assert process.wait(PATIENCE_SECONDS) == 0
            assert not (tmp_path / "books.db-wal").exists()
            return
        host, _, number = address_of(printed).removeprefix("http://").partition(":")
        with socket.create_connection((host, int(number)), PATIENCE_SECONDS) as connection:
            connection.sendall(b"POST /v1/customers HTTP/1.1\r\nContent-Length: 1\r\n")
            connection.sendall(b"Expect: 100-continue\r\n\r\n")
            assert connection.recv(1000).startswith(b"HTTP/1.1 100")
            process.send_signal(end)
            connection.sendall(b"a")
            assert connection.recv(1000).startswith(b"HTTP/1.1 401")
        assert process.wait(PATIENCE_SECONDS) == 0
        assert way == "dev" or process.stdout.read().count('"event":"request"') == 1
    # Its log is closed: what was written stands in the file itself.
    assert not (tmp_path / "books.db-wal").exists()


def test_a_command_that_is_to_outlast_its_terminal_does(tmp_path: Path) -> None:
    database = ("--database", f"sqlite:///{tmp_path}/books.db")
    with (
        hangup(signal.SIG_IGN),
        started("dev", *database, "--port", "0", until="Ctrl-C") as (process, printed),
    ):
        process.send_signal(signal.SIGHUP)
        address = address_of(printed)
        with urllib.request.urlopen(address + "/healthz", timeout=PATIENCE_SECONDS) as answer:
            assert answer.status == 200
        assert process.poll() is None
