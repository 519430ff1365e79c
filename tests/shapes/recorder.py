"""Recorder: checks every answer that the official SDK receives while a test runs.

The SDK's transport is wrapped once. An answer in the newest API version is held against the SDK's
annotations; the test that received a wrong one fails at its end with the whole list.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import msgspec
import stripe
from stripe import HTTPClient
from stripe._api_version import _ApiVersion

from .checker import violations

_KEPT = 40
# What Stripe lacks has a place and objects of its own, of which the SDK knows nothing.
STREAM = "/v2/billing/meter_event_stream"
OWN = "/v1/prorata/"


class Recorder:
    """The complaints about the answers received since the last `start`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: list[str] = []
        self._sound_events: set[str] = set()
        self.checked = 0

    def start(self) -> None:
        """Forget what was found before."""
        with self._lock:
            self._found = []
            self.checked = 0

    def answer(self, method: str, url: str, answer: tuple[Any, int, Mapping[str, str]]) -> None:
        """Check one answer: its decoded body, unless it is in an older API version."""
        body, status, headers = answer
        version = {name.lower(): value for name, value in headers.items()}.get("stripe-version")
        if version not in (None, _ApiVersion.CURRENT):
            return
        path = urlsplit(url).path
        if path.startswith(OWN) and status == 200:
            return
        if (path, status, body) == (STREAM, 200, b"{}"):
            # The SDK gives its caller nothing of it.
            return
        request = f"{method.upper()} {path} -> {status}"
        # One check at a time.
        with self._lock:
            try:
                found = self._violations(msgspec.json.decode(body))
            except ValueError:
                found = [f"not JSON: {body!r:.60}"]
            self.checked += 1
            self._found.extend(f"{request}  {each}" for each in found)

    def _violations(self, payload: Any) -> list[str]:
        """Return what is wrong; an event that was sound is not looked at again in a list."""
        listed = payload.get("data") if payload.get("object") == "list" else None
        if not listed or listed[0].get("object") != "event":
            return violations(payload)
        new = [each for each in listed if each["id"] not in self._sound_events]
        found = violations({**payload, "data": new})
        if not found:
            self._sound_events.update(each["id"] for each in new)
        return found

    def report(self) -> str:
        """Return the complaints, each once with how often it came; empty when there are none."""
        with self._lock:
            counted: dict[str, int] = {}
            for each in self._found:
                counted[each] = counted.get(each, 0) + 1
        lines = [each + (f"  ({n} times)" if n > 1 else "") for each, n in counted.items()]
        if len(lines) > _KEPT:
            lines[_KEPT:] = [f"and {len(lines) - _KEPT} more"]
        return "\n".join(lines)


@contextmanager
def recording(recorder: Recorder) -> Iterator[Recorder]:
    """Show the recorder every answer that any SDK client in this process receives."""
    plain, awaited = HTTPClient.request_with_retries, HTTPClient.request_with_retries_async

    def request(self: HTTPClient, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        answer = plain(self, method, url, *args, **kwargs)
        recorder.answer(method, url, answer)
        return answer

    async def request_async(
        self: HTTPClient, method: str, url: str, *args: Any, **kwargs: Any
    ) -> Any:
        answer = await awaited(self, method, url, *args, **kwargs)
        recorder.answer(method, url, answer)
        return answer

    stripe.HTTPClient.request_with_retries = request  # type: ignore[method-assign]
    stripe.HTTPClient.request_with_retries_async = request_async  # type: ignore[method-assign]
    try:
        yield recorder
    finally:
        stripe.HTTPClient.request_with_retries = plain  # type: ignore[method-assign]
        stripe.HTTPClient.request_with_retries_async = awaited  # type: ignore[method-assign]
