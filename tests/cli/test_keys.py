"""Keys on the command line: made, listed, rolled, and exchanged."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import stripe

from cli.test_commands import client_of, prorata, started
from prorata.cli.main import app
from prorata.model.errors import Refused


@pytest.fixture
def database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give a database with every table; on SQLite its keys are in a file beside it."""
    if database_url.startswith("sqlite"):
        monkeypatch.delenv("PRORATA_SECRET_KEYS", raising=False)
    yield database_url


def ids(database: str) -> list[str]:
    return re.findall(r"key_\w+", prorata("keys", "list", "--database", database))


def test_a_restricted_key_opens_what_it_was_made_for(database: str) -> None:
    key = prorata("keys", "create", "--database", database, "--restricted", "--allow",
                  "products:write,customers:read", "--expires", "90d").strip()  # fmt: skip
    assert key.startswith("rk_test_")
    listed = prorata("keys", "list", "--database", database)
    assert "customer:read product:write" in listed
    assert key not in listed
    with started("serve", "--database", database, "--port", "0", until="serves") as (_, printed):
        client = client_of(printed, key)
        assert client.v1.products.create({"name": "Basic"}).name == "Basic"
        assert client.v1.customers.list().data == []
        with pytest.raises(stripe.PermissionError, match="rak_customer_write"):
            client.v1.customers.create({"name": "Ada"})


def test_a_key_is_rolled(database: str) -> None:
    old = prorata("keys", "create", "--database", database, "--name", "shop").strip()
    [id] = ids(database)
    new = prorata("keys", "roll", id, "--database", database, "--grace", "1h").strip()
    assert new != old
    with started("serve", "--database", database, "--port", "0", until="serves") as (_, printed):
        for key in (old, new):
            assert client_of(printed, key).v1.products.list().data == []
    prorata("keys", "roll", ids(database)[1], "--database", database)
    assert prorata("keys", "list", "--database", database).count("revoked") == 1
    assert "no key in use" in prorata("keys", "roll", "key_none", "--database", database, code=1)


@pytest.mark.parametrize(("arguments", "said"), [
    (["--restricted"], "needs --allow"),
    (["--restricted", "--allow", "nobody:read"], "no resource is called nobody"),
    (["--restricted", "--allow", "customers:all"], "customers:all is not"),
    (["--allow", "customers:read"], "made with --restricted"),
    (["--restricted", "--publishable", "--allow", "customers:read"], "not both"),
    (["--expires", "soon"], "not a span of time"),
    (["--expires", "0d"], "would open nothing"),
])  # fmt: skip
def test_what_makes_no_key_is_said(
    sqlite_template: Path, arguments: list[str], said: str
) -> None:
    database = f"sqlite:///{sqlite_template}"
    with pytest.raises(Refused, match=said):
        app(["keys", "create", "--database", database, *arguments], exit_on_error=False)


def test_secrets_are_encrypted_anew_while_a_server_runs(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = prorata("keys", "create", "--database", database).strip()
    with started("serve", "--database", database, "--port", "0", until="serves") as (_, printed):
        client = client_of(printed, key)
        params = {"url": "https://example.com/h", "enabled_events": ["*"]}
        hook = client.v1.webhook_endpoints.create(params)  # type: ignore[arg-type]
        if database.startswith("sqlite"):
            done = prorata("keys", "rotate-encryption", "--database", database, "--new-key")
        else:
            new = prorata("keys", "new-encryption").strip()
            old = os.environ["PRORATA_SECRET_KEYS"]
            monkeypatch.setenv("PRORATA_SECRET_KEYS", f"{new},{old}")
            done = prorata("keys", "rotate-encryption", "--database", database)
        # The endpoint's, and that in the answer kept for the SDK's idempotency key.
        assert done.startswith("2 secrets are encrypted anew")
        assert client.v1.webhook_endpoints.list().data[0].id == hook.id
        thin = client.v2.core.event_destinations.create({
            "name": "Thin", "type": "webhook_endpoint", "event_payload": "thin",
            "enabled_events": ["*"], "webhook_endpoint": {"url": "https://example.com/thin"},
        })  # fmt: skip
    assert "The books balance." in prorata("doctor", "--database", database)
    rolled = prorata("keys", "roll-webhook", hook.id, "--database", database, "--grace", "1h")
    assert rolled.startswith("whsec_")
    assert rolled.strip() != hook.secret
    assert prorata("keys", "roll-webhook", thin.id, "--database", database).startswith("whsec_")
    missing = prorata("keys", "roll-webhook", "we_none", "--database", database, code=1)
    assert "no webhook endpoint" in missing


def test_a_server_without_keys_for_secrets_does_not_begin(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PRORATA_SECRET_KEYS", raising=False)
    if database_url.startswith("sqlite"):
        pytest.skip("an SQLite file has its keys beside it")
    for command in ("serve", "worker"):
        assert "PRORATA_SECRET_KEYS" in prorata(command, "--database", database_url, code=1)
