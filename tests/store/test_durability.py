"""What was answered is on the disk; longer by `python -m tests.storms kill --power`."""

from __future__ import annotations

import json
import random
import sqlite3
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ports import free_port
from prorata.engine.doctor import examine
from prorata.server.assemble import assemble
from prorata.server.settings import Settings
from prorata.store.database import open_database
from storms.power import forget, power_of_file, unsynced
from storms.victims import SECRETS, Victim

KEY = "sk_test_durable0secret0key000000000"


class Loses(random.Random):
    """The lot by which whatever is not on the disk is lost."""

    def choice(self, seq: Any) -> Any:
        return "lost" if "lost" in seq else super().choice(seq)


def post(port: int, path: str, body: str | dict[str, Any], key: str = KEY) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {key}"}
    if not isinstance(body, str):
        body, headers["Content-Type"] = json.dumps(body), "application/json"
    url = f"http://127.0.0.1:{port}{path}"
    request = urllib.request.Request(url, body.encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        return dict(json.load(response))


def use(port: int, customer: str) -> int:
    """Tell of what a customer uses, in batches and one by one; return how much that was."""
    form = "display_name=Calls&event_name=calls&default_aggregation[formula]=sum"
    post(port, "/v1/billing/meters", form)
    token = post(port, "/v2/billing/meter_event_session", {})["authentication_token"]
    event = {"event_name": "calls", "payload": {"stripe_customer_id": customer, "value": "1"}}
    for _ in range(5):
        post(port, "/v2/billing/meter_event_stream", {"events": [event] * 100}, token)
        post(port, "/v2/billing/meter_events", event)
    return 505


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_was_answered_survives_a_power_cut(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    url, path = database_url, Path(database_url.removeprefix("sqlite:///"))
    assemble(Settings(database=url, worker=False, secret_key=KEY)).close()
    with power_of_file(path, Loses()) as power:
        if power is None:
            pytest.skip("strace is needed to know what the disk has")
        port = free_port()
        command = ["serve", "--database", url, "--port", str(port), "--no-request-log"]
        server = Victim(command, under=power.watched())
        server.wait_until_at_work()
        ids = {post(port, "/v1/customers", f"name=C{number}")["id"] for number in range(25)}
        used = use(port, min(ids))
        power.cut([server])
    after = assemble(Settings(database=url, worker=False, dev=False))
    try:
        found = after.system.database.read(lambda each: each.query("SELECT id FROM doc_customer"))
        assert {id for (id,) in found} == ids
        counted = (
            "SELECT SUM(whole) FROM"
            " (SELECT whole FROM usage_fresh UNION ALL SELECT whole FROM usage_event)"
        )
        assert after.system.database.read(lambda each: each.query(counted)) == [(used,)]
        assert [each for check in examine(after.system) for each in check.findings] == []
    finally:
        after.close()


def test_a_write_that_nothing_has_synced_is_noticed_and_lost(tmp_path: Path) -> None:
    lines = [
        '2.5 pwrite64(4</b/books.db-wal>, ""..., 4096, 0) = 4096',
        "2.6 fdatasync(4</b/books.db-wal>) = 0",
        '2.9 pwrite64(7</b/books.db>, ""..., 512, 1024) = 512',
        '2.7 pwrite64(4</b/books.db-wal>, ""..., 4096, 8192 <unfinished ...>',
        "2.8 fdatasync(4</b/books.db-wal> <unfinished ...>",
    ]
    assert unsynced(iter(lines)) == {
        "/b/books.db-wal": [(8192, 4096)], "/b/books.db": [(1024, 512)],
    }  # fmt: skip
    file = tmp_path / "file"
    file.write_bytes(b"x" * 2048)
    forget(file, [(1024, 512), (4096, 512)], Loses())
    assert file.read_bytes() == b"x" * 1024 + bytes(512) + b"x" * 512


def test_no_connection_waits_less_for_the_disk_than_its_server_says(database_url: str) -> None:
    with closing(open_database(database_url)) as database:
        if database.dialect == "postgresql":
            asked = "SELECT source FROM pg_settings WHERE name = 'synchronous_commit'"
            [[source]] = database.write(lambda each: each.query(asked))
            assert source != "session"
        else:
            assert database.write(lambda each: each.query("PRAGMA synchronous")) == [(2,)]
            assert database.write(lambda each: each.query("PRAGMA journal_mode")) == [("wal",)]


def test_a_database_of_development_may_lose_its_last_moments_and_no_more(tmp_path: Path) -> None:
    with closing(open_database(f"sqlite:///{tmp_path}/dev.db", durable=False)) as database:
        assert database.write(lambda each: each.query("PRAGMA synchronous")) == [(1,)]
    with closing(sqlite3.connect(tmp_path / "dev.db")) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
