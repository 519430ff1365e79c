"""Older SDKs, with the API versions that they pin: their programs see the fields of their time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from clients.installed import npm_package, python_package

HERE = Path(__file__).parent
RUN_SECONDS = 300

PYTHON = {
    "7.14.0": "2023-10-16",
    "9.12.0": "2024-04-10",
    "10.12.0": "2024-06-20",
    "11.6.0": "2025-02-24.acacia",
    "12.5.1": "2025-08-27.basil",
    "13.2.0": "2025-10-29.clover",
    "14.4.1": "2026-02-25.clover",
    "15.0.0": "2026-03-25.dahlia",
}
NODE = {
    "14.25.0": "2023-10-16",
    "15.12.0": "2024-04-10",
    "17.7.0": "2025-02-24.acacia",
    "18.5.0": "2025-08-27.basil",
    "20.4.1": "2026-02-25.clover",
    "22.0.0": "2026-03-25.dahlia",
}


@pytest.mark.parametrize(("sdk", "version"), PYTHON.items(), ids=PYTHON.keys())
def test_a_program_for_an_older_python_sdk_works(server: Any, sdk: str, version: str) -> None:
    installed = python_package(f"stripe=={sdk}")
    seen = run(
        server,
        [sys.executable, str(HERE / "python" / "life.py")],
        PYTHONPATH=f"{installed}{os.pathsep}{HERE / 'python'}",
    )
    assert seen.pop("complaints") == []
    assert seen.pop("judges")
    old, flexible = version < "2025-03", version >= "2025-09-30.clover"
    assert seen == {
        "version": version,
        "created": ["active", "paid", 900],
        "period": old,
        "item_period": True,
        "invoice_fields": (
            ["charge", "paid", "payment_intent", "subscription", "tax"] if old else ["parent"]
        ),
        "upcoming": 1000,
        # Flexible billing gives back what was paid, classic what the price says.
        "upgraded": 2100 if flexible else 2000,
        "refunded": 100,
        "ending": True,
        "canceled": "canceled",
        "declined": "incomplete",
        "decline": [402, "card_declined"],
        "recovered": "active",
        "confirmed": "active",
        "invoices": [["paid", 1000], ["paid", 1250], ["paid", 1000]],
        "note": 100,
        "events": True,
    }


@pytest.mark.parametrize(("sdk", "version"), NODE.items(), ids=NODE.keys())
def test_a_program_for_an_older_node_sdk_works(server: Any, sdk: str, version: str) -> None:
    modules = npm_package(f"stripe@{sdk}")
    seen = run(
        server,
        ["node", str(HERE / "node" / "older.mjs")],
        STRIPE_MODULES=str(modules),
        STRIPE_PINNED=version,
        PRORATA_PUBLISHABLE_KEY=server.publishable_key,
    )
    assert seen == {
        "version": version,
        "created": ["active", "paid", 1000],
        "paid": "succeeded" if version < "2025-03" else "paid",
        "period": version < "2025-03",
        "subscription": True,
        "upgraded": 2000,
        "upcoming": 3000,
        "canceled": "canceled",
        "declined": "incomplete",
        "error": ["StripeCardError", "card_declined", 402],
        "recovered": ["paid", "active"],
        "pages": 2,
        "key": True,
    }


def run(server: Any, command: list[str], **environment: str) -> Any:
    """Run a program against the server and return what it says that it saw."""
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        env={
            "PATH": os.environ["PATH"],
            "PRORATA_URL": server.url,
            "PRORATA_SECRET_KEY": server.secret_key,
            **environment,
        },
        timeout=RUN_SECONDS,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"{done.stdout}\n{done.stderr}", pytrace=False)
    return json.loads(done.stdout)
