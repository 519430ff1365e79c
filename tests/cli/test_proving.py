"""Proving: how the doctor tells what it found."""

from pathlib import Path

import pytest
import stripe

from cli.test_commands import prorata
from prorata.testing import running


def test_the_doctor_tells_what_does_not_hold_last_and_keeps_its_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = f"sqlite:///{tmp_path}/books.db"
    with running(database) as server:
        client = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url})
        hook = client.v1.webhook_endpoints.create(
            {"url": "https://example.com/h", "enabled_events": ["*"]}
        )
    monkeypatch.setenv("PRORATA_SECRET_KEYS", prorata("keys", "new-encryption").strip())
    monkeypatch.setenv("COLUMNS", "60")
    lines = prorata("doctor", "--database", database, code=1).splitlines()
    *told, empty, summed_up = [line.rstrip() for line in lines]
    assert (empty, summed_up.startswith("1 of ")) == ("", True)
    # What wraps goes on below its sentence, and its number stands at the end of the first line.
    marks = [line[0] for line in told]
    assert set(marks) == {"✓", "✗", " "}
    assert all(line[1:3] == "  " and line[3] != " " for line in told)
    [failed] = [place for place, mark in enumerate(marks) if mark == "✗"]
    assert "✓" not in marks[failed:]
    assert told[failed].endswith("looked at")
    assert any(line.strip().startswith(hook.id) for line in told[failed:])
