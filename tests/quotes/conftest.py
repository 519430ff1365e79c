"""Fixtures of quotes: a seller's desk, and sound books at the end of each module."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from quotes.seller import Seller
from servers import running
from sound import assert_sound


@pytest.fixture(scope="module")
def server(store: str) -> Iterator[Any]:
    """Give a server for this module; its books must be sound when the module is done."""
    with running() as found:
        yield found
        assert_sound(found.system)


@pytest.fixture
def seller(server: Any) -> Seller:
    addresses = dict.fromkeys(("api", "files"), server.url)
    return Seller(stripe.StripeClient(server.secret_key, base_addresses=addresses).v1)
