"""Asking: requests without an SDK between, and what is wrong with an answer as such."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from badinput.parameters import pairs_of

V2 = "/v2/"
STREAM, SESSION = "/v2/billing/meter_event_stream", "/v2/billing/meter_event_session"
ERROR_TYPES = frozenset({
    "api_error", "card_error", "idempotency_error", "invalid_request_error",
    "temporary_session_expired",
})
ERROR_KEYS = frozenset({
    "advice_code", "charge", "code", "decline_code", "doc_url", "message",
    "network_advice_code", "network_decline_code", "param", "payment_intent", "payment_method",
    "payment_method_type", "request_log_url", "setup_intent", "source", "type",
})


@dataclass(frozen=True)
class Answer:
    """A status, headers in lower case, and the body as it came."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.content)

    @property
    def error(self) -> dict[str, Any]:
        return self.body["error"]

    @property
    def message(self) -> str:
        return self.error["message"]

    @property
    def code(self) -> str | None:
        return self.error.get("code")

    @property
    def param(self) -> str | None:
        return self.error.get("param")


class Asker:
    """Requests over one kept connection, with one key."""

    def __init__(self, url: str, key: str | None) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        self._key = key
        self._token: str | None = None

    def ask(
        self, method: str, path: str, tree: Any = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """Send a tree as a form (in the query of a GET or DELETE) and return what comes back.

        Below /v2 it is sent as JSON.
        """
        if path.startswith(V2) and method == "POST":
            sent = {"Content-Type": "application/json", **(headers or {})}
            return self.send(method, path, json.dumps(tree or {}).encode(), sent)
        form = urlencode(list(pairs_of(tree))) if tree else ""
        if method in ("GET", "DELETE"):
            return self.send(method, f"{path}?{form}" if form else path, None, headers)
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.send(method, path, form.encode(), {**kind, **(headers or {})})

    def send(
        self, method: str, target: str, body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:  # fmt: skip
        """Send a request as it is."""
        sent = dict(headers or {})
        if self._key is not None:
            key = self.session() if target.startswith(STREAM) else self._key
            sent.setdefault("Authorization", f"Bearer {key}")
        try:
            return self._exchange(method, target, body, sent)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # Kept open too long without a request.
            self._connection.close()
            return self._exchange(method, target, body, sent)

    def session(self) -> str:
        """Return the key of a session, the same each time: nothing else opens the stream."""
        if self._token is None:
            answer = self.ask("POST", SESSION)
            self._token = answer.body["authentication_token"] if answer.status == 200 else "none"
        return self._token

    def _exchange(
        self, method: str, target: str, body: bytes | None, headers: dict[str, str]
    ) -> Answer:
        self._connection.request(method, target, body, headers)
        response = self._connection.getresponse()
        names = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, names, response.read())

    def close(self) -> None:
        self._connection.close()


def faults(answer: Answer, wrote: bool, path: str = "") -> list[str]:
    """Return what is wrong with an answer as such: no 5xx, a whole error, nothing half-done."""
    if answer.status < 400:
        return []
    found = []
    if answer.status >= 500:
        found.append(f"status {answer.status}")
    try:
        error = answer.error
    except (ValueError, KeyError, TypeError):
        return [*found, f"no error object: {answer.content[:200]!r}"]
    if set(answer.body) != {"error"}:
        found.append(f"beside the error: {sorted(answer.body)}")
    if not error.get("message") or error.get("type") not in ERROR_TYPES:
        found.append(f"type {error.get('type')}, message {error.get('message')!r}")
    if not set(error) <= ERROR_KEYS:
        found.append(f"keys {sorted(set(error) - ERROR_KEYS)}")
    if list(error) != sorted(error):
        found.append("the keys are not in order")
    if ("code" in error) != ("doc_url" in error) and not path.startswith(V2):
        found.append("code and doc_url do not go together")
    # A payment that was declined stays as an attempt; nothing else does.
    if wrote and answer.status != 402:
        found.append("it wrote to the store")
    return found
