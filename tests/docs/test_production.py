"""The page on production tells the truth: its commands, in its order, on an empty database."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import pytest
import stripe

from docs.pages import ROOT

START_TIMEOUT_SECONDS = 120
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "200"}


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "prorata.cli.main", *words]


def prorata(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(command(*words), capture_output=True, text=True, env=ENVIRONMENT)


@contextmanager
def process(*words: str) -> Iterator[str]:
    """Run a command that stays, give the first line it prints, and end it as an operator does."""
    begun = command(*words)
    with subprocess.Popen(begun, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as it:
        try:
            yield first_line(it.stdout)
        finally:
            it.send_signal(signal.SIGTERM)
            assert it.wait(START_TIMEOUT_SECONDS) in (0, -signal.SIGTERM)


def first_line(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline()


def test_the_commands_of_production(empty_database_url: str) -> None:
    database = ("--database", empty_database_url)
    refused = prorata("serve", *database, "--port", "0")
    assert refused.returncode == 1
    assert "prorata migrate" in refused.stderr

    assert prorata("migrate", *database).stdout.startswith("Applied 0001")
    assert "up to date" in prorata("migrate", *database).stdout
    secret = prorata("keys", "create", "--name", "shop", *database).stdout.strip()
    assert secret.startswith("sk_test_")

    with (
        process("serve", *database, "--port", "0") as said,
        process("worker", *database),
    ):
        [url] = re.findall(r"http://\S+", said)
        client = stripe.StripeClient(secret, base_addresses={"api": url})
        ada = client.v1.customers.create({"name": "Ada", "payment_method": "pm_card_visa"})
        clock = client.v1.test_helpers.test_clocks.create({"frozen_time": 1_769_853_600})
        client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": 1_769_953_600})
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while client.v1.test_helpers.test_clocks.retrieve(clock.id).status == "advancing":
            assert time.monotonic() < deadline, "the worker does no work"
            time.sleep(0.05)
        with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
            client.raw_request("get", "/_prorata/clock")
        assert client.v1.customers.retrieve(ada.id).name == "Ada"

    proven = prorata("doctor", *database)
    assert proven.returncode == 0, proven.stdout
    assert "The books balance." in proven.stdout


def test_a_key_that_was_revoked_is_listed_as_such(empty_database_url: str) -> None:
    database = ("--database", empty_database_url)
    prorata("migrate", *database)
    prorata("keys", "create", "--live", "--name", "a shop with a rather long name", *database)
    [id] = re.findall(r"key_\w+", prorata("keys", "list", *database).stdout)
    assert prorata("keys", "revoke", id, *database).stdout == f"Revoked {id}.\n"
    again = prorata("keys", "revoke", id, *database)
    assert again.returncode == 1
    assert f"no key in use has the id {id}" in again.stderr
