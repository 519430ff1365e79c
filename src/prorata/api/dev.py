"""Development endpoints: the server's time, an empty store, and states to come back to.

They answer under /_prorata, without a key, on a development server alone.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import structlog
from starlette.types import Receive, Scope, Send

from prorata.api.spans import parse_moment, parse_span
from prorata.api.stir import fates_of
from prorata.engine.chaos import Chaos
from prorata.engine.runtime import System
from prorata.engine.system_time import advance_time, freeze_time, release_time, wake
from prorata.model.errors import APIError, InvalidRequest, NotFound, PermissionDenied, missing_param
from prorata.store.snapshots import NAME, Snapshot, UnknownSnapshot, snapshots_of
from prorata.wire.asgi import read_body, send_json
from prorata.wire.decode import unknown_parameters
from prorata.wire.forms import parse_form, parse_json

PREFIX = "/_prorata/"
# Operations and pages of payments, which have their own ways in.
ELSEWHERE = ("/_prorata/challenge/", "/_prorata/mails", "/_prorata/outbox")
MAX_BODY_BYTES = 1 << 16
Answer = dict[str, Any]
# The parameters of those that take any.
TAKES = {
    "_advance": frozenset({"by", "to"}),
    "_freeze": frozenset({"at", "to"}),
    "_stir": frozenset({"delay", "duplicate", "seed", "shuffle"}),
    "_take": frozenset({"name"}),
}
log = structlog.get_logger("prorata.api")


class DevEndpoints:
    """A page of the application: it answers what stands under /_prorata.

    forget: called when the store was exchanged, for whoever remembers anything of it.
    prepare: makes what a new development store holds, where it is missing.
    """

    def __init__(
        self, system: System, *, forget: Callable[[], None], prepare: Callable[[], None]
    ) -> None:
        self._system = system
        self._forget = forget
        self._prepare = prepare
        self._snapshots = snapshots_of(system.database)
        self._one_at_a_time = threading.Lock()
        self._routes: dict[tuple[str, ...], Callable[..., Answer]] = {
            ("GET", "openapi.json"): self._describe,
            ("GET", "clock"): self._show_clock,
            ("POST", "clock", "advance"): self._advance,
            ("POST", "clock", "freeze"): self._freeze,
            ("POST", "clock", "release"): self._release,
            ("GET", "chaos"): self._show_chaos,
            ("POST", "chaos"): self._stir,
            ("DELETE", "chaos"): self._calm,
            ("POST", "reset"): self._reset,
            ("GET", "snapshots"): self._list,
            ("POST", "snapshots"): self._take,
            ("POST", "snapshots", "*"): self._take,
            ("POST", "snapshots", "*", "restore"): self._restore,
            ("GET", "snapshots", "*"): self._show,
            ("DELETE", "snapshots"): self._delete_all,
            ("DELETE", "snapshots", "*"): self._delete,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> bool:
        if not scope["path"].startswith(PREFIX) or scope["path"].startswith(ELSEWHERE):
            return False
        try:
            _refuse_strangers(scope)
            function, arguments = self._find(scope["method"], scope["path"])
            params = await _params(scope, receive)
            answer = await asyncio.to_thread(self._call, function, params, arguments)
            await send_json(send, 200, answer)
        except APIError as error:
            await send_json(send, error.status, error.body())
        except Exception as error:
            log.exception("development endpoint failed", path=scope["path"])
            await send_json(send, 500, APIError(f"{type(error).__name__}: {error}").body())
        return True

    def _find(self, method: str, path: str) -> tuple[Callable[..., Answer], list[str]]:
        segments = [unquote(each) for each in path.removeprefix(PREFIX).strip("/").split("/")]
        starred = (method, segments[0], "*", *segments[2:])
        # A name may be a star.
        if len(segments) > 1 and starred in self._routes:
            return self._routes[starred], segments[1:2]
        function = self._routes.get((method, *segments))
        if function is not None:
            return function, []
        raise NotFound(f"Unrecognized request URL ({method}: {path}).")

    def _call(
        self, function: Callable[..., Answer], params: dict[str, Any], arguments: list[str]
    ) -> Answer:
        unknown = [each for each in params if each not in TAKES.get(function.__name__, ())]
        if unknown:
            raise unknown_parameters(unknown)
        with self._one_at_a_time:
            return function(params, *arguments)

    def _describe(self, params: dict[str, Any]) -> Answer:
        from prorata.api.openapi.document import openapi_document

        return openapi_document()

    # Time

    def _show_clock(self, params: dict[str, Any]) -> Answer:
        clock = self._system.clock
        now = clock.now()
        return {
            "object": "clock",
            "frozen": clock.frozen,
            "iso": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "now": now,
        }

    def _advance(self, params: dict[str, Any]) -> Answer:
        if "to" in params:
            target = parse_moment(params["to"], "to")
        elif "by" in params:
            target = parse_span(str(params["by"])).after(self._system.clock.now())
        else:
            raise missing_param("by")
        progress = advance_time(self._system, target)
        failed = [{"id": item.id, "reason": reason} for item, reason in progress.failed]
        return {**self._show_clock({}), "attended": progress.attended, "failed": failed}

    def _freeze(self, params: dict[str, Any]) -> Answer:
        at = params.get("at", params.get("to"))
        freeze_time(self._system, None if at is None else parse_moment(at, "at"))
        return self._show_clock({})

    def _release(self, params: dict[str, Any]) -> Answer:
        release_time(self._system)
        return self._show_clock({})

    # Deliveries

    def _show_chaos(self, params: dict[str, Any]) -> Answer:
        chaos = self._system.chaos
        return {"object": "chaos", "fates": None if chaos is None else asdict(chaos.fates)}

    def _stir(self, params: dict[str, Any]) -> Answer:
        self._system.chaos = Chaos(fates_of(params))
        return self._show_chaos({})

    def _calm(self, params: dict[str, Any]) -> Answer:
        self._system.chaos = None
        return self._show_chaos({})

    # The store

    def _reset(self, params: dict[str, Any]) -> Answer:
        started = time.perf_counter()
        self._system.chaos = None
        with self._system.due_work:
            self._snapshots.empty()
            self._prepare()
        self._exchanged()
        return {"object": "reset", "milliseconds": _milliseconds(started)}

    def _list(self, params: dict[str, Any]) -> Answer:
        return {"object": "list", "data": [_shown(each) for each in self._snapshots.all()]}

    def _show(self, params: dict[str, Any], name: str) -> Answer:
        for each in self._snapshots.all():
            if each.name == name:
                return _shown(each)
        raise _unknown(name)

    def _take(self, params: dict[str, Any], name: str | None = None) -> Answer:
        started = time.perf_counter()
        clock = self._system.clock
        frozen_at = clock.now() if clock.frozen else None
        snapshot = Snapshot(_name(name or params.get("name")), int(time.time()), frozen_at)
        with self._system.due_work:
            self._snapshots.take(snapshot)
        return {**_shown(snapshot), "milliseconds": _milliseconds(started)}

    def _restore(self, params: dict[str, Any], name: str) -> Answer:
        started = time.perf_counter()
        with self._system.due_work:
            try:
                snapshot = self._snapshots.restore(_name(name))
            except UnknownSnapshot:
                raise _unknown(name) from None
            if snapshot.frozen_at is not None:
                self._system.clock.move_to(snapshot.frozen_at)
            else:
                self._system.clock.release()
            self._prepare()
        self._exchanged()
        return {**_shown(snapshot), "milliseconds": _milliseconds(started)}

    def _delete_all(self, params: dict[str, Any]) -> Answer:
        found = [each.name for each in self._snapshots.all()]
        for name in found:
            self._snapshots.delete(name)
        return {"object": "list", "data": found, "deleted": True}

    def _delete(self, params: dict[str, Any], name: str) -> Answer:
        try:
            self._snapshots.delete(_name(name))
        except UnknownSnapshot:
            raise _unknown(name) from None
        return {"object": "snapshot", "name": name, "deleted": True}

    def _exchanged(self) -> None:
        self._forget()
        wake(self._system)


def _shown(snapshot: Snapshot) -> Answer:
    return {
        "object": "snapshot",
        "name": snapshot.name,
        "created": snapshot.taken_at,
        "frozen_at": snapshot.frozen_at,
    }


def _name(name: Any) -> str:
    if name is None:
        raise missing_param("name")
    if not isinstance(name, str) or NAME.fullmatch(name) is None:
        raise InvalidRequest(
            "A snapshot's name has at most 40 letters, digits, dots, hyphens and underscores, and"
            " begins with a letter or digit.",
            param="name",
        )
    return name


def _unknown(name: str) -> NotFound:
    return NotFound(f"No such snapshot: '{name}'", code="resource_missing", param="name")


def _milliseconds(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)


def _refuse_strangers(scope: Scope) -> None:
    """Refuse what a page of another origin sends from the developer's browser."""
    headers = dict(scope["headers"])
    origin = headers.get(b"origin")
    if origin and origin.partition(b"://")[2] != headers.get(b"host"):
        raise PermissionDenied("Pages of other origins may not use the development endpoints.")


async def _params(scope: Scope, receive: Receive) -> dict[str, Any]:
    body = await read_body(receive, MAX_BODY_BYTES)
    headers = dict(scope["headers"])
    if headers.get(b"content-type", b"").startswith(b"application/json"):
        return parse_json(body)
    # curl -d '{"by": "3d"}' says that it sends a form.
    return parse_json(body) if body.lstrip().startswith(b"{") else parse_form(body)
