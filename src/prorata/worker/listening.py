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
from prorata.model.transaction import Book
from prorata.store.books import ApiKey
from prorata.store.connection import Connection
from prorata.wire.asgi import read_body, send_json
from prorata.wire.forms import parse_form
from prorata.wire.versions.chain import NEWEST
from prorata.worker.listeners import Answered, Feature, LogFilter, Session
from prorata.worker.payloads import event_bodies
from prorata.worker.post import HEADERS
from prorata.worker.signing import HEADER, signature

SESSIONS = "/v1/stripecli/sessions"
SOCKET = "/v1/stripecli/socket"
SUBPROTOCOL = "stripecli-devproxy-v1"
# A CLI that meets these words asks for a new session.
UNKNOWN_SESSION = "Unknown WebSocket ID."
MOST_SESSIONS = 100
RECONNECT_SECONDS = 3_600
MAX_BODY_BYTES = 1 << 16
# Returns the secret key of a request and what it opens; raises APIError.
OpenKey = Callable[[dict[str, str]], tuple[str, ApiKey]]
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
            feature=_feature(form),
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
            "websocket_authorized_feature": session.feature,
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
            try:
                messages = (
                    await asyncio.to_thread(self._deliveries, session, told)
                    if isinstance(told, str)
                    else [told]
                )
            except Exception:
                log.exception("event cannot be told", id=told)
                continue
            for message in messages:
                await send({"type": "websocket.send", "text": json.dumps(message)})

    def _deliveries(self, session: Session, event: str) -> list[dict[str, Any]]:
        """Return an event as the CLI expects it: in the account's version and in the newest.

        The CLI drops the one that it was not asked to show.
        """
        default = self._system.default_version or NEWEST
        book = Book(session.book, "", session.livemode)

        def rendered(connection: Connection) -> list[tuple[str | None, bytes | None]]:
            found = {
                version: event_bodies(self._system, connection, book, [event], version).get(event)
                for version in {default, NEWEST}
            }
            return [(None, found[default]), (NEWEST, found[NEWEST])]

        conversation = secrets.token_hex(12)
        now = int(time.time())
        return [
            {
                "type": "webhook_event",
                "webhook_id": f"wh_{event.removeprefix('evt_')}",
                "webhook_conversation_id": f"wc_{conversation}",
                "endpoint": {"api_version": version},
                "event_payload": body.decode(),
                "http_headers": {**HEADERS, HEADER: signature(body, [session.secret], now)},
            }
            for version, body in self._system.database.read(rendered)
            if body is not None
        ]

    # What happens

    def _told(self, book: Book, events: list[str]) -> None:
        """Let sessions hear of events just committed; called from any thread."""
        self._for_sessions("webhooks", book, lambda session: events)

    def answered(self, headers: dict[str, str], **facts: Any) -> None:
        """Let sessions hear of a request just answered, with the facts of `Answered`."""
        if not any(each.feature == "request_logs" for each in self._sessions.values()):
            return
        with contextlib.suppress(APIError):
            _, key = self._open_key(headers)
            answered = Answered(**facts, created_at=int(time.time()))
            message = answered.message(key.book.livemode)
            self._for_sessions(
                "request_logs",
                key.book,
                lambda session: [message] if session.filter.passes(answered) else [],
            )

    def _for_sessions(
        self, feature: Feature, book: Book, told: Callable[[Session], Iterable[Any]]
    ) -> None:
        loop = self._loop
        if loop is None:
            return
        for session in list(self._sessions.values()):
            if session.feature == feature and session.book == book.key:
                # The server may be gone already.
                with contextlib.suppress(RuntimeError):
                    loop.call_soon_threadsafe(session.hear, *told(session))


def _feature(form: dict[str, Any]) -> Feature:
    for feature in ("webhooks", "request_logs"):
        if feature in form.get("websocket_features", []):
            return feature
    raise NotSupported(
        "Only snapshot events and request logs can be listened to. Use `--all-snapshot` or name"
        " snapshot events with `--events`.",
        param="websocket_features",
    )


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


async def _refuse(scope: Scope, send: Send) -> None:
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close"})
        return
    body = InvalidRequest(UNKNOWN_SESSION).body()
    await send_json(send, 400, body, kind="websocket.http.response")
