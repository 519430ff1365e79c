"""Listening: a development server speaks to `stripe listen` and `stripe logs tail`.

The CLI opens a session by a call of the API and then a websocket, on which it receives events as
an endpoint would, signed with the session's secret, or the log of requests. A session lives as
long as the server; nothing of it is stored.
"""

import asyncio
import contextlib
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from starlette.types import Receive, Scope, Send

from prorata.engine.runtime import System
from prorata.model.errors import APIError, InvalidRequest, NotSupported, PermissionDenied
from prorata.model.thin_types import THIN_KIND, thin_type
from prorata.model.transaction import Book
from prorata.store.books import ApiKey
from prorata.store.connection import Connection, is_outage
from prorata.store.event_log import find_events
from prorata.wire.asgi import read_body, send_json
from prorata.wire.forms import parse_form
from prorata.wire.versions.chain import NEWEST
from prorata.worker.listeners import Answered, Feature, LogFilter, Session
from prorata.worker.payloads import THIN, event_bodies
from prorata.worker.post import HEADERS
from prorata.worker.signing import HEADER, signature

SESSIONS = "/v1/stripecli/sessions"
SOCKET = "/v1/stripecli/socket"
SUBPROTOCOL = "stripecli-devproxy-v1"
# A CLI that meets these words asks for a new session.
UNKNOWN_SESSION = "Unknown WebSocket ID."
MOST_SESSIONS = 100
RECONNECT_SECONDS = 3_600
# Between two tries to read an event from a database that is away.
PAUSE_SECONDS = 1.0
MAX_BODY_BYTES = 1 << 16
# Returns the secret key of a request and what it opens; raises APIError.
OpenKey = Callable[[dict[str, str]], tuple[str, ApiKey]]
EVENTS: frozenset[Feature] = frozenset({"webhooks", "v2_events"})
LOGS: frozenset[Feature] = frozenset({"request_logs"})
log = structlog.get_logger("prorata.worker")


class Listening:
    """A page and a socket of the application, told of every event and every answer."""

    def __init__(self, system: System, open_key: OpenKey) -> None:
        self._system = system
        self._open_key = open_key
        self._sessions: dict[str, Session] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        system.on_events.append(self._told)

    # The session

    async def page(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Open a session for a CLI; return whether the request was for that."""
        if scope["path"] != SESSIONS or scope["method"] != "POST":
            return False
        try:
            self._loop = asyncio.get_running_loop()
            form = parse_form(await read_body(receive, MAX_BODY_BYTES))
            opened = await asyncio.to_thread(self._open, _headers(scope), form)
            await send_json(send, 200, opened)
        except APIError as error:
            await send_json(send, error.status, error.body())
        return True

    def _open(self, headers: dict[str, str], form: dict[str, Any]) -> dict[str, Any]:
        secret_key, key = self._open_key(headers)
        if key.kind == "pk":
            raise PermissionDenied("Listening needs a secret key.", code="secret_key_required")
        session = Session(
            id=f"cliws_{secrets.token_hex(12)}",
            book=key.book.key,
            livemode=key.book.livemode,
            # The same each time, so that a program's setting stays valid.
            secret=f"whsec_{hashlib.sha256(f'stripe listen {secret_key}'.encode()).hexdigest()}",
            features=_features(form),
            filter=LogFilter(form.get("filters")),
        )
        while len(self._sessions) >= MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        self._sessions[session.id] = session
        return {
            "default_version": self._system.default_version or NEWEST,
            "display_connect_filter_warning": False,
            "latest_version": NEWEST,
            "reconnect_delay": RECONNECT_SECONDS,
            "secret": session.secret,
            "websocket_authorized_feature": next(iter(session.features)),
            "websocket_id": session.id,
            "websocket_url": self._system.base_url.replace("http", "ws", 1) + SOCKET,
        }

    # The socket

    async def socket(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Speak to a CLI until it leaves; return whether the socket was for that."""
        if scope["path"] != SOCKET:
            return False
        await receive()
        session = self._sessions.get(_headers(scope).get("websocket-id", ""))
        if session is None:
            await _refuse(scope, send)
            return True
        chosen = SUBPROTOCOL if SUBPROTOCOL in scope.get("subprotocols", ()) else None
        await send({"type": "websocket.accept", "subprotocol": chosen})
        speaking = asyncio.create_task(self._speak(session, send))
        try:
            # Acknowledgements and the answers of the CLI's own receiver: nothing waits for them.
            while (await receive())["type"] != "websocket.disconnect":
                pass
        finally:
            speaking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await speaking
        return True

    async def _speak(self, session: Session, send: Send) -> None:
        while True:
            told = await session.next()
            for message in await self._messages(session, told):
                await send({"type": "websocket.send", "text": json.dumps(message)})
            session.done(told)

    async def _messages(
        self, session: Session, told: str | dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Return what a CLI is sent; an event waits for a database that is away."""
        if not isinstance(told, str):
            return [told]
        while True:
            try:
                return await asyncio.to_thread(self._deliveries, session, told)
            except Exception as fault:
                log.exception("event cannot be told", id=told)
                if not is_outage(fault):
                    return []
            await asyncio.sleep(PAUSE_SECONDS)

    def _deliveries(self, session: Session, event: str) -> list[dict[str, Any]]:
        """Return an event as the CLI expects it: whole in two versions, and thin.

        The versions are the account's and the newest; the CLI drops the one that it was not asked
        to show.
        """
        default = self._system.default_version or NEWEST
        book = Book(session.book, "", session.livemode)
        told: list[tuple[str | None, str]] = []

        def rendered(connection: Connection) -> dict[str, bytes | None]:
            for row in find_events(connection, book, [event]):
                if "webhooks" in session.features and row.kind != THIN_KIND:
                    told.extend(((None, default), (NEWEST, NEWEST)))
                if "v2_events" in session.features and thin_type(row.type) is not None:
                    told.append((None, THIN))
            return {
                form: event_bodies(self._system, connection, book, [event], form).get(event)
                for form in {form for _, form in told}
            }

        bodies = self._system.database.read(rendered)
        now = int(time.time())
        headers = {
            form: {**HEADERS, HEADER: signature(body, [session.secret], now)}
            for form, body in bodies.items()
            if body is not None
        }
        conversation = secrets.token_hex(12)
        return [
            _thin_message(bodies[form], headers[form])
            if form == THIN
            else {
                "type": "webhook_event",
                "webhook_id": f"wh_{event.removeprefix('evt_')}",
                "webhook_conversation_id": f"wc_{conversation}",
                "endpoint": {"api_version": version},
                "event_payload": (bodies[form] or b"").decode(),
                "http_headers": headers[form],
            }
            for version, form in told
            if form in headers
        ]

    # What happens

    def _told(self, book: Book, events: list[str]) -> None:
        """Let sessions hear of events just committed; called from any thread."""
        self._for_sessions(EVENTS, book, lambda session: events)

    def answered(self, headers: dict[str, str], **facts: Any) -> None:
        """Let sessions hear of a request just answered, with the facts of `Answered`."""
        if not any("request_logs" in each.features for each in self._sessions.values()):
            return
        with contextlib.suppress(APIError):
            _, key = self._open_key(headers)
            answered = Answered(**facts, created_at=int(time.time()))
            message = answered.message(key.book.livemode)
            self._for_sessions(
                LOGS,
                key.book,
                lambda session: [message] if session.filter.passes(answered) else [],
            )

    def _for_sessions(
        self, features: frozenset[Feature], book: Book, told: Callable[[Session], Iterable[Any]]
    ) -> None:
        loop = self._loop
        if loop is None:
            return
        for session in list(self._sessions.values()):
            if features.intersection(session.features) and session.book == book.key:
                # The server may be gone already.
                with contextlib.suppress(RuntimeError):
                    loop.call_soon_threadsafe(session.hear, *told(session))


def _features(form: dict[str, Any]) -> tuple[Feature, ...]:
    wanted = form.get("websocket_features", [])
    if "request_logs" in wanted:
        return ("request_logs",)
    events: tuple[Feature, ...] = ("webhooks", "v2_events")
    found = tuple(each for each in events if each in wanted)
    if not found:
        raise NotSupported(
            "Only events and request logs can be listened to.", param="websocket_features"
        )
    return found


def _thin_message(body: bytes | None, headers: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "v2_event",
        "payload": (body or b"").decode(),
        "http_headers": headers,
        "destination_id": "",
    }


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


async def _refuse(scope: Scope, send: Send) -> None:
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close"})
        return
    body = InvalidRequest(UNKNOWN_SESSION).body()
    await send_json(send, 400, body, kind="websocket.http.response")
