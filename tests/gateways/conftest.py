"""Fixtures of the gateway tests: a sandbox in memory, one on each database, and short orders."""

from collections.abc import Iterator

import pytest

from prorata.gateways.orders import ChargeOrder, SetupOrder
from prorata.gateways.sandbox.network import Sandbox
from prorata.gateways.sandbox.tokens import token_details

NOW = 1_790_000_000


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Give a sandbox whose books are in memory."""
    sandbox = Sandbox()
    yield sandbox
    sandbox.close()


@pytest.fixture
def stored(empty_database_url: str) -> Iterator[Sandbox]:
    """Give a sandbox whose books are on disk, on each database."""
    sandbox = Sandbox(empty_database_url)
    yield sandbox
    sandbox.close()


def order(token: str, key: str = "pa_1", amount: int = 1_000, **fields: object) -> ChargeOrder:
    """Return an order for a documented test name or a token."""
    return ChargeOrder(key, amount, "usd", method(token), **{"now": NOW, **fields})  # type: ignore[arg-type]


def setup_order(token: str, key: str = "sa_1", **fields: object) -> SetupOrder:
    """Return a set-up order for a documented test name or a token."""
    return SetupOrder(key, method(token), **{"now": NOW, **fields})  # type: ignore[arg-type]


def method(token: str) -> str:
    """Return the private token that a documented test name stands for."""
    details = token_details(token, "salt", NOW)
    return token if details is None else details.token
