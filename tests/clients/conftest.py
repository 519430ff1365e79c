"""Fixtures of the official clients: the CLI and Node, pointed at the running server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clients.stripe_cli import StripeCli


@pytest.fixture
def cli(server: Any, tmp_path: Path) -> StripeCli:
    """Give the Stripe CLI for the running server."""
    return StripeCli(tmp_path, server.url, server.secret_key)
