"""SDK: its clients make one for asyncio each, which few tests need: it is made when it is used."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import stripe._api_requestor
import stripe._http_client
import stripe._stripe_client

_make = stripe._http_client.new_http_client_async_fallback


class Awaited:
    """The client for asyncio, as soon as something is asked of it; it reads all certificates."""

    def __init__(self, *args: Any, **named: Any) -> None:
        self._given = (args, named)

    @cached_property
    def _client(self) -> Any:
        args, named = self._given
        return _make(*args, **named)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


def make_late() -> None:
    """Let every SDK client of this process make its client for asyncio when it is used."""
    for module in (stripe._stripe_client, stripe._api_requestor):
        module.new_http_client_async_fallback = Awaited  # type: ignore[attr-defined]
