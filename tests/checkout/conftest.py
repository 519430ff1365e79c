"""Fixtures of Checkout: a shop, its visitors, and sound books at the end of each module."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from checkout.desk import Desk
from servers import running
from sound import assert_sound


@pytest.fixture(scope="module")
def server(store: str) -> Iterator[Any]:
    """Give a server for this module; its books must be sound when the module is done."""
    with running() as found:
        yield found
        assert_sound(found.system)


@pytest.fixture
def desk(server: Any, client: stripe.StripeClient) -> Desk:
    return Desk(server, client)
