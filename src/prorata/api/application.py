"""The application: plain ASGI around the dispatch, with the headers that clients read."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from starlette.types import Receive, Scope, Send

from prorata.api import dispatch
from prorata.api.access import secret_of
from prorata.api.arriving import Arrival, Room
from prorata.api.call import MULTIPART, Call, HttpRequest, Reception
from prorata.api.derived import all_operations
from prorata.api.dispatch import Answer
from prorata.api.limits import Limiter, Limits
from prorata.api.routes import RouteTable
from prorata.api.served import Notes, Served
from prorata.engine.counsel import Question
from prorata.engine.runtime import Done, System
from prorata.model.errors import APIError, LockTimeout
from prorata.model.ids import ALPHABET
from prorata.store.connection import Conflict, UnknownCommit, is_outage
from prorata.store.lanes import LanedThreads, ready_threads
from prorata.store.seals import CannotOpen
from prorata.wire.asgi import MAX_BODY_BYTES, disposition, media_type_of, read_body

# A page is tried before the API: it returns whether it answered. A socket likewise.
Page = Callable[[Scope, Receive, Send], Awaitable[bool]]
# Hears of every request and its answer.
Witness = Callable[[HttpRequest, Answer], None]

MAX_UPLOAD_BYTES = 16 << 20
UNKNOWN_ROUTE = "unknown"
# Bytes at random to letters and digits.
_LETTERS = bytes(ord(ALPHABET[byte % len(ALPHABET)]) for byte in range(256))
CORS = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, HEAD, PUT, PATCH, POST, DELETE"),
    (
        b"access-control-expose-headers",
        b"Request-Id, Stripe-Manage-Version, Stripe-Should-Retry,"
        b" X-Stripe-External-Auth-Required, X-Stripe-Privileged-Session-Required",
    ),
    (b"access-control-max-age", b"300"),
]
log = structlog.get_logger("prorata.api")


class Application:
    """The HTTP face of a system."""

    def __init__(
        self,
        system: System,
        pages: list[Page] | None = None,
        threads: int = 16,
        limits: Limits | None = None,
    ) -> None:
        self.system = system
        self.pages = pages or []
        self.sockets: list[Page] = []
        self.witnesses: list[Witness] = []
        self.notes = Notes()
        limits = limits or Limits()
        self._limiter = Limiter(limits)
        self._room = Room(limits.large_body_bytes)
        operations = [each for each in all_operations() if system.dev or not each.dev_only]
        self.reception = Reception(
            system.database,
            RouteTable(operations),
            system.default_version,
            self._limiter if limits.counts_requests else None,
        )
        self._threads = ready_threads(threads, "api")
        # Payments may wait for a slow gateway: nobody else waits behind them.
        self._payers = LanedThreads(threads, "pay", of_one_lane=threads // 2)
        # Reads of a local file are shorter than the way to a thread and back.
        self._reads_inline = system.database.dialect == "sqlite"

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] == "websocket":
            await self._connect(scope, receive, send)
            return
        path = scope["path"]
        if path == "/healthz":
            await _send(send, 200, b'{"status":"ok"}', [])
            return
        noted = bool(self.notes.hearers)
        begun = time.perf_counter()
        paged = _Watched(send) if noted else send
        for page in self.pages:
            if await page(scope, receive, paged):
                if isinstance(paged, _Watched):
                    self.notes.add(_served_page(scope, paged, begun))
                return
        if scope["method"] == "OPTIONS":
            await _send(send, 200, b"", [(b"access-control-allow-headers", b"*"), *CORS])
            if noted:
                asked = Answer(200, b"")
                self.notes.add(_served(scope, "", None, None, asked, begun))
            return
        request_id = "req_" + secrets.token_bytes(14).translate(_LETTERS).decode()
        request = call = None
        headers = _headers(scope)
        arrival = Arrival(self._room, partial(self._identify, headers, request_id))
        try:
            request = await _read(scope, headers, receive, request_id, arrival)
            # What is still arriving costs nobody else an answer, however long it takes.
            self._limiter.enter()
            try:
                answer, call = await self._answer(request)
            finally:
                self._limiter.leave()
        except APIError as error:
            answer = dispatch.refusal(error, request)
        finally:
            arrival.end()
        await self._respond(send, request_id, answer, call, request)
        if noted:
            self.notes.add(_served(scope, request_id, request, call, answer, begun))

    async def _identify(self, headers: dict[str, str], request_id: str) -> None:
        """Raise an APIError unless the headers of a request have a key that opens something."""
        secret = secret_of(headers.get("authorization"), {})
        try:
            await self._in_thread(self.reception.key_of, secret)
        except Exception as fault:
            if not is_outage(fault):
                raise
            raise _unusable(fault, request_id, _Way()) from None

    async def _connect(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        for socket in self.sockets:
            if await socket(scope, receive, send):
                return
        await send({"type": "websocket.close"})

    async def _answer(self, request: HttpRequest) -> tuple[Answer, Call | None]:
        way = _Way()
        try:
            return await self._attempt(request, way), way.call
        except Exception as fault:
            if isinstance(fault, Conflict) and not way.decided:
                # Others were always faster: nothing was changed, and soon it may be.
                return dispatch.refusal(LockTimeout(), request), way.call
            if is_outage(fault):
                return dispatch.refusal(_unusable(fault, request.id, way), request), way.call
            if isinstance(fault, CannotOpen):
                log.error("a secret cannot be decrypted", request=request.id, reason=str(fault))
                return dispatch.refusal(_sealed(fault), request), way.call
            log.exception("request failed", request=request.id, path=request.path)
            if way.call is not None:
                crashed = partial(dispatch.crashed, decided=way.decided)
                return await self._in_thread(crashed, self.system, way.call), way.call
            return dispatch.refusal(APIError(
                f"Something went wrong on our side. The log names the request {request.id}."
            ), request), None  # fmt: skip

    async def _attempt(self, request: HttpRequest, way: "_Way") -> Answer:
        try:
            if self._reads_inline:
                call = self.reception.receive(request)
            else:
                call = await self._in_thread(self.reception.receive, request)
            way.call = call
            if call.operation.reads:
                # A search may have to go through everything.
                if self._reads_inline and call.search is None:
                    return dispatch.read(self.system, call)
                answer: Answer = await self._in_thread(dispatch.read, self.system, call)
                return answer
            done = await self._begin(call)
            way.decided = True
            if dispatch.finished(done):
                answer = done.result
                return answer
            finish = partial(dispatch.finish, self.system, call, done)
            return await asyncio.wrap_future(self._payers.submit(finish, call.lane))
        except APIError as error:
            if way.call is None:
                return dispatch.refusal(error, request)
            failed: Answer = await self._in_thread(dispatch.fail, self.system, way.call, error)
            return failed

    async def _begin(self, call: Call) -> Done:
        """Commit the first transaction of a call, when all is known that it asks the gateway."""
        counsel = self.system.counsel(call.book.livemode)
        while True:
            try:
                return await asyncio.wrap_future(dispatch.start(self.system, call, counsel))
            except Question as question:
                asking = self._payers.submit(partial(counsel.ask, question), call.lane)
                await asyncio.wrap_future(asking)

    async def _in_thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: function(*arguments))

    async def _respond(
        self,
        send: Send,
        request_id: str,
        answer: Answer,
        call: Call | None,
        request: HttpRequest | None,
    ) -> None:
        headers = [(b"request-id", request_id.encode()), *CORS]
        if call is not None:
            headers.append((b"stripe-version", call.version.encode()))
        if request is not None and (key := request.idempotency_key):
            # Byte for byte as it came: headers are read as Latin-1.
            headers.append((b"idempotency-key", key.encode("latin-1")))
            headers.append((b"original-request", (answer.replayed_from or request_id).encode()))
            if answer.replayed_from:
                headers.append((b"idempotent-replayed", b"true"))
        if answer.status >= 400:
            again = answer.status in (409, 429) or answer.status >= 500
            retry = b"true" if again and not answer.final else b"false"
            headers.append((b"stripe-should-retry", retry))
            if answer.rate_limited is not None:
                headers.append((b"stripe-rate-limited-reason", answer.rate_limited.encode()))
        if answer.filename:
            headers.append((b"content-disposition", disposition(answer.filename)))
        if answer.media_type != "application/json":
            # Somebody's upload: a browser must not run it as ours.
            headers.append((b"content-security-policy", b"sandbox; default-src 'none'"))
        await _send(send, answer.status, answer.body, headers, answer.media_type)
        if request is not None:
            for witness in self.witnesses:
                witness(request, answer)

    def close(self) -> None:
        self._payers.shutdown()
        self._threads.shutdown(wait=True)
        self.notes.hand_on()


@dataclass(slots=True)
class _Way:
    """How far a request has come: its call, and whether its first transaction was committed."""

    call: Call | None = None
    decided: bool = False


def _sealed(fault: CannotOpen) -> APIError:
    """Return what is said where this server's keys do not open what is asked for."""
    return APIError(
        f"What is asked for is encrypted in the database, and cannot be decrypted: {fault}. Where a"
        " key is missing, give it to the server after the newest one; `prorata doctor` names"
        " everything that needs it. This request has changed nothing.",
        # Others may have the key, and this one will: keys are exchanged one process at a time.
        status=503,
    )


def _unusable(fault: Exception, request: str, way: _Way) -> APIError:
    """Log why the database is away, full or cut off, and return what is said meanwhile."""
    reason = str(fault) or type(fault).__name__
    log.error("the database cannot be used", request=request, reason=reason)
    if way.decided:
        effect = "What was begun goes on by itself; ask for it again in a moment."
    elif isinstance(fault, UnknownCommit):
        effect = (
            "Whether the request was carried out is not known: repeat it with the same"
            " idempotency key, or look before you repeat it."
        )
    else:
        effect = "Nothing was changed. Try again in a moment."
    return APIError(f"The database cannot be used right now. {effect}", status=503)


class _Watched:
    """A way to send that sees the status and the size of what is sent."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status, self.size = 0, 0

    async def __call__(self, message: Any) -> None:
        self.status = message.get("status", self.status)
        self.size += len(message.get("body", b""))
        await self._send(message)


def _served_page(scope: dict[str, Any], sent: _Watched, begun: float) -> Served:
    # What follows the first part of a page's path may be a secret.
    route = "/" + "/".join(scope["path"].split("/", 3)[1:2])
    seconds = time.perf_counter() - begun
    return Served(
        time.time() - seconds, seconds, "", scope["method"], route, sent.status, sent.size
    )


def _served(
    scope: dict[str, Any],
    request_id: str,
    request: HttpRequest | None,
    call: Call | None,
    answer: Answer,
    begun: float,
) -> Served:
    operation = key = idempotency_key = None
    if request is not None:
        operation, key = request.operation, request.key
        idempotency_key = request.headers.get("idempotency-key")
    seconds = time.perf_counter() - begun
    return Served(
        time.time() - seconds,
        seconds,
        request_id,
        scope["method"],
        UNKNOWN_ROUTE if operation is None else operation.path,
        answer.status,
        len(answer.body),
        None if key is None else key.book.account,
        None if key is None else key.book.livemode,
        None if key is None else key.hint,
        None if call is None else call.version,
        idempotency_key,
        answer.replayed_from is not None,
        answer.body if answer.status >= 400 else None,
        answer.rate_limited,
    )


def _headers(scope: dict[str, Any]) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


async def _read(
    scope: dict[str, Any],
    headers: dict[str, str],
    receive: Receive,
    request_id: str,
    arrival: Arrival,
) -> HttpRequest:
    files = media_type_of(headers.get("content-type", "")) == MULTIPART
    limit = MAX_UPLOAD_BYTES if files else MAX_BODY_BYTES
    body = await read_body(receive, limit, arrival.grow)
    return HttpRequest(
        # The server keeps the body of an answer to HEAD to itself.
        "GET" if scope["method"] == "HEAD" else scope["method"],
        # Still escaped: an id may hold a slash.
        scope["raw_path"].decode("latin-1"),
        scope["query_string"].decode("latin-1"),
        headers,
        body,
        request_id,
    )


async def _send(
    send: Send,
    status: int,
    body: bytes,
    headers: list[tuple[bytes, bytes]],
    media_type: str = "application/json",
) -> None:
    base = [
        (b"content-type", media_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-cache, no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": base + headers})
    await send({"type": "http.response.body", "body": body})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
