"""Desk: the API answered without HTTP, one request after another, in the caller's own thread.

Nothing is random and no clock is read, so what is asked in the same order is answered the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec

from prorata.api import dispatch
from prorata.api.call import Call, HttpRequest, Reception
from prorata.api.derived import all_operations
from prorata.api.routes import RouteTable
from prorata.api.v2 import PREFIX
from prorata.engine.counsel import informed
from prorata.engine.runtime import System
from prorata.model.errors import APIError
from prorata.wire.encode import to_bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """A status and the body that came with it; `replayed`: it was given to this key before."""

    status: int
    body: dict[str, Any]
    replayed: bool = False

    @property
    def refusal(self) -> str:
        """Return what a refused request was told."""
        error: dict[str, Any] = self.body.get("error", {})
        return str(error.get("message", ""))


class Desk:
    """Answers requests on a system with one secret key; `name` keeps request ids apart."""

    def __init__(self, system: System, secret_key: str, name: str = "desk") -> None:
        self.system = system
        operations = [each for each in all_operations() if system.dev or not each.dev_only]
        self._reception = Reception(system.database, RouteTable(operations), system.default_version)
        self._key = secret_key
        self._name = name
        self._count = 0

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        """Return what is there; raise LookupError when the answer is no 200."""
        reply = self.ask("GET", path, params)
        if reply.status != 200:
            raise LookupError(f"GET {path}: {reply.status} {reply.refusal}")
        return reply.body

    def post(self, path: str, **params: Any) -> dict[str, Any]:
        """Return what was made or changed; raise ValueError when it was refused."""
        reply = self.ask("POST", path, params)
        if reply.status != 200:
            raise ValueError(f"POST {path}: {reply.status} {reply.refusal}")
        return reply.body

    def ask(self, method: str, path: str, params: dict[str, Any], key: str | None = None) -> Reply:
        """Answer a request as the server would. key: of idempotency.

        A fault of ours is raised, not answered with a 500.
        """
        self._count += 1
        form = "&".join(f"{name}={quote_plus(value)}" for name, value in pairs_of(params))
        body = form.encode()
        headers = {"authorization": f"Bearer {self._key}"}
        if key is not None:
            headers["idempotency-key"] = key
        posts = method == "POST"
        if posts and path.startswith(PREFIX):
            headers["content-type"], body = "application/json", to_bytes(params)
        request = HttpRequest(
            method, quote(path), "" if posts else form, headers, body if posts else b"",
            f"req_{self._name}{self._count:08d}",
        )  # fmt: skip
        answer = self._answer(request)
        told: dict[str, Any] = msgspec.json.decode(answer.body)
        return Reply(answer.status, told, answer.replayed_from is not None)

    def _answer(self, request: HttpRequest) -> dispatch.Answer:
        call: Call | None = None
        try:
            call = self._reception.receive(request)
            if call.operation.reads:
                return dispatch.read(self.system, call)
            counsel = self.system.counsel(call.book.livemode)
            decide = partial(dispatch.start, self.system, call)
            done = informed(counsel, lambda: decide(counsel).result())
            return dispatch.finish(self.system, call, done)
        except APIError as error:
            if call is None:
                return dispatch.Answer(error.status, to_bytes(error.body()))
            return dispatch.fail(self.system, call, error)


def pairs_of(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield a tree of parameters as the bracketed names and texts of a form."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from pairs_of(each, f"{name}[{key}]" if name else str(key))
    elif isinstance(value, list | tuple):
        for place, each in enumerate(value):
            yield from pairs_of(each, f"{name}[{place}]")
    elif isinstance(value, bool):
        yield name, "true" if value else "false"
    else:
        yield name, str(value)
