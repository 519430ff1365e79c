"""Listeners: sessions of the Stripe CLI, and what each is to hear of events and requests."""

import asyncio
import contextlib
import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Literal

from prorata.model.errors import InvalidRequest, NotSupported

Feature = Literal["webhooks", "v2_events", "request_logs"]

# What a session that is not connected just now keeps, newest last.
MOST_KEPT = 1_000
STATUS_GROUPS = {"SUCCEEDED": range(200, 300), "FAILED": range(400, 600)}
SHOWN_OF_ERROR = ("type", "charge", "code", "decline_code", "message", "param")


@dataclass(frozen=True, slots=True)
class Answered:
    """A request and how it was answered; created_at: real seconds UTC."""

    request: str
    method: str
    path: str
    status: int
    body: bytes
    created_at: int

    def message(self, livemode: bool) -> dict[str, Any]:
        """Return what `stripe logs tail` reads: the request, and its error without details."""
        error: dict[str, Any] = {}
        if self.status >= 400:
            with contextlib.suppress(ValueError, AttributeError):
                error = json.loads(self.body).get("error", {})
        payload = {
            "created_at": self.created_at,
            "livemode": livemode,
            "method": self.method,
            "request_id": self.request,
            "status": self.status,
            "url": self.path,
            "error": {name: error.get(name) or "" for name in SHOWN_OF_ERROR},
        }
        return {
            "type": "request_log_event",
            "request_log_id": self.request,
            "event_payload": json.dumps(payload),
        }


class LogFilter:
    """Which requests `stripe logs tail` shows: those that pass each filter it was given."""

    def __init__(self, text: str | None) -> None:
        try:
            wanted = json.loads(text) if text else {}
            self._wanted = {name: set(map(str, values)) for name, values in wanted.items()}
        except (AttributeError, TypeError, ValueError):
            raise InvalidRequest("Invalid JSON.", param="filters") from None
        for name in ("filter_account", "filter_ip_address"):
            if self._wanted.pop(name, set()) - {"self"}:
                raise NotSupported(
                    f"Logs cannot be filtered by `{name}`: requests are of one account, on this"
                    " machine.",
                    param="filters",
                )

    def passes(self, answered: Answered) -> bool:
        status = answered.status
        groups = {name for name, codes in STATUS_GROUPS.items() if status in codes}
        facts = {
            "filter_http_method": {answered.method},
            "filter_request_path": {answered.path},
            "filter_request_status": groups,
            "filter_source": {"API"},
            "filter_status_code": {str(status)},
            "filter_status_code_type": {str(status // 100 * 100)},
        }
        return all(facts.get(name, set()) & values for name, values in self._wanted.items())


@dataclass(slots=True)
class Session:
    """A CLI that listens; what it is to hear waits here, also while it connects anew.

    waiting: events by their ids, or messages as they are sent. Touched on the server's loop alone.
    """

    id: str
    book: int
    livemode: bool
    secret: str
    features: tuple[Feature, ...]
    filter: LogFilter
    waiting: deque[str | dict[str, Any]] = field(default_factory=lambda: deque(maxlen=MOST_KEPT))
    more: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, *told: str | dict[str, Any]) -> None:
        self.waiting.extend(told)
        self.more.set()

    async def next(self) -> str | dict[str, Any]:
        """Return what is to be sent next, as soon as there is something; it waits until `done`."""
        while not self.waiting:
            self.more.clear()
            await self.more.wait()
        return self.waiting[0]

    def done(self, told: str | dict[str, Any]) -> None:
        """Let go of what was sent, unless newer ones have pushed it out already."""
        if self.waiting and self.waiting[0] is told:
            self.waiting.popleft()
