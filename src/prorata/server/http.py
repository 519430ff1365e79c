"""HTTP: how the server speaks it: with bounds on what a client may send, and websockets."""

import asyncio
from collections.abc import Callable
from typing import Any

import uvicorn
from httptools import HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from prorata.model.errors import APIError, InvalidRequest
from prorata.server.assemble import Server
from prorata.wire.encode import to_bytes

# Of one request: its line and headers together.
MOST_HEAD_BYTES = 64 << 10
# A request that has not arrived whole after one to two of these is given up.
PATIENCE_SECONDS = 60.0
# An answer of which nothing is taken for so many of them is given up. They are more, as the system
# takes nothing for a slow reader before much of what it has is read.
UNREAD_PATIENCE = 5
# Of a server that ends: how long it waits for whoever takes nothing, or does not send the rest.
LEAVE_SECONDS = 10.0
LEAVE_LOOK_SECONDS = 0.5
LINGER_SECONDS = 1.0
# A quiet connection is kept for so long; before its end what has come of late is read.
QUIET_SECONDS = 75
LAST_LOOK_SECONDS = 0.05
# Of a websocket's handshake: more is none, to the library that reads it.
MOST_FIELDS = 100
MOST_FIELD_BYTES = 8_000


def http_config(server: Server, log_level: str = "warning") -> uvicorn.Config:
    """Return the settings of the HTTP server for an assembled Prorata."""
    # Only a development server has any; others answer a handshake as the request that it is.
    websockets: Any = _websocket if server.application.sockets else "none"
    return uvicorn.Config(
        server.application,
        log_level=log_level,
        log_config=None,
        access_log=False,
        lifespan="off",
        http=BoundedProtocol,
        ws=websockets,
        server_header=False,
        timeout_keep_alive=QUIET_SECONDS,
    )


class _Parser(HttpRequestParser):
    """A parser that has its protocol go on in HTTP where nothing else comes of a request.

    With the head of one that asks for another protocol its work is done: the body would be gone.
    """

    def __init__(self, protocol: "BoundedProtocol") -> None:
        super().__init__(protocol)
        self._protocol = protocol
        # What comes after a request that is the last one does not cost its answer.
        self.set_dangerous_leniencies(lenient_data_after_close=True)

    def feed_data(self, data: Any) -> None:
        try:
            super().feed_data(data)
        except HttpParserUpgrade as upgrade:
            if not self._protocol.goes_on():
                raise
            self._protocol.go_on(data[upgrade.args[0] :])


class BoundedProtocol(HttpToolsProtocol):
    """HTTP/1.1, where a head has a size, and what arrives or is taken has an end."""

    _in_head = False
    _refused = False
    _head_bytes = 0
    # Whether anything was made of the newest piece, and how much has come of which nothing was yet:
    # of a head, of the line of a chunk, of the fields behind the last one.
    _made = False
    _barren_bytes = 0
    # Whether a request has come to its end with the newest piece.
    _came_whole = False
    # What is said last, once the requests before it are answered.
    _last_words: Callable[[], None] | None = None
    # How many requests have begun, and how many had when time was last looked at.
    _begun = 0
    _seen_open = 0
    # How many answers were written, how much of them waits, and for how many looks it has.
    _answered = 0
    _seen_unread = 0, 0
    _looks_unread = 0
    # Not the newest, where the next ones came before it was answered.
    _running: RequestResponseCycle | None = None
    _watch: asyncio.TimerHandle | None = None
    _leaving: asyncio.TimerHandle | None = None

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.parser = _Parser(self)

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._watch = self.loop.call_later(PATIENCE_SECONDS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        for each in (self._watch, self._leaving):
            if each is not None:
                each.cancel()
        if self._running is not None and not self._running.response_complete:
            self._running.disconnected = True
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._made = self._came_whole = False
        super().data_received(data)
        if self._made:
            self._barren_bytes = 0
        # How much of a piece is of a head that begins behind a whole request is not known.
        if not self._made or (self._in_head and not self._came_whole):
            self._barren_bytes += len(data)
        if self._barren_bytes > MOST_HEAD_BYTES and not self.transport.is_closing():
            self._refuse(_too_large())

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head_bytes, self._made = True, 0, True
        self._begun += 1

    def on_body(self, body: bytes) -> None:
        self._made = True
        super().on_body(body)

    def on_headers_complete(self) -> None:
        self._in_head, self._made = False, True
        fields = sum(len(name) + len(value) + len(": \r\n") for name, value in self.headers)
        self._head_bytes = len(self.url) + fields
        if self._head_bytes > MOST_HEAD_BYTES:
            # It came with the last piece. The parser stops, and asks for an answer.
            raise _too_large()
        self.scope["method"] = self.parser.get_method().decode("ascii")
        if not self.goes_on():
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._made = self._came_whole = True
        if not self.goes_on():
            super().on_message_complete()

    def goes_on(self) -> bool:
        """Return whether what has come asks for another protocol in vain: it comes once more."""
        asks = self.parser.should_upgrade() and self._get_upgrade() is not None
        return asks and not self._should_upgrade()

    def go_on(self, rest: bytes) -> None:
        """Read the head once more, as one that asks for nothing else, and what came behind it."""
        version = self.parser.get_http_version().encode()
        line = b"%b %b HTTP/%b\r\n" % (self.scope["method"].encode(), self.url, version)
        fields = (b"%b: %b\r\n" % each for each in self.headers if each[0] != b"upgrade")
        self.parser = _Parser(self)
        self.parser.feed_data(b"".join((line, *fields, b"\r\n", rest)))

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, or too much of it."""
        if self._head_bytes > MOST_HEAD_BYTES:
            self._refuse(_too_large())
        else:
            self._say_last(lambda: super(BoundedProtocol, self).send_400_response(msg))

    def _should_upgrade(self) -> bool:
        """Return whether this becomes a websocket: what else asks for one is answered as it is.

        The library has the connection then, and would leave what it cannot read without an answer,
        and without an end.
        """
        return super()._should_upgrade() and self._is_handshake()

    def _is_handshake(self) -> bool:
        fields = [(b"url", self.url), *self.headers]
        return (
            self.scope["method"] == "GET"
            and (self.cycle is None or self.cycle.response_complete)
            and len(fields) <= MOST_FIELDS
            and all(
                value.isascii() and len(name) + len(value) <= MOST_FIELD_BYTES
                for name, value in fields
            )
            and not {b"content-length", b"transfer-encoding"}.intersection(dict(self.headers))
        )

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        self._answered += 1
        super().on_response_complete()
        if self._last_words is not None:
            self._say_last(self._last_words)

    def timeout_keep_alive_handler(self) -> None:
        """End a quiet connection, but not upon a request that a busy server has not read yet."""
        self.timeout_keep_alive_task = self.loop.call_later(
            LAST_LOOK_SECONDS, super().timeout_keep_alive_handler
        )

    def eof_received(self) -> Any:
        """Keep the connection for the answers to what has come whole: its client sends no more."""
        expects = (
            self.cycle is not None
            and not self.cycle.more_body
            and not self.cycle.response_complete
        )
        if expects:
            self.cycle.keep_alive = False
        return expects

    def shutdown(self) -> None:
        """End with what is under way, for which a server that ends waits; not for its client."""
        super().shutdown()
        self._leave(LEAVE_SECONDS)

    def _leave(self, seconds: float) -> None:
        if seconds <= 0:
            self.transport.abort()
            return
        left = LEAVE_SECONDS if self._is_at_work() else seconds - LEAVE_LOOK_SECONDS
        self._leaving = self.loop.call_later(LEAVE_LOOK_SECONDS, self._leave, left)

    def _is_at_work(self) -> bool:
        """Return whether a request has come whole, and its answer is made."""
        running = self._running
        done = running is None or running.more_body or running.response_complete
        return not done and not self.flow.write_paused

    def _look(self) -> None:
        """End the connection if nothing came at all, or a request has not come whole since then.

        Where nobody reads the answers it is cut off: to close it would be to wait for a reader.
        """
        if self.transport.get_protocol() is not self:
            # It has become a websocket.
            return
        if self._is_unread():
            self.transport.abort()
            return
        body = self.cycle is not None and self.cycle.more_body and not self.cycle.response_complete
        arriving = self._begun if self._in_head or body else 0
        if not self._begun or (arriving and arriving == self._seen_open):
            self.transport.close()
        self._seen_open = arriving
        self._watch = self.loop.call_later(PATIENCE_SECONDS, self._look)

    def _is_unread(self) -> bool:
        """Return whether nobody takes the answers: for long it is as much that waits."""
        unread = self._answered, self.transport.get_write_buffer_size()
        waits = unread[1] > 0 and unread == self._seen_unread
        self._looks_unread = self._looks_unread + 1 if waits else 0
        self._seen_unread = unread
        return self._looks_unread >= UNREAD_PATIENCE

    def _refuse(self, error: APIError) -> None:
        self.logger.warning("Too large a head of a request received.")
        self._say_last(lambda: self._write_refusal(error))

    def _say_last(self, words: Callable[[], None]) -> None:
        """Read nothing more, and say why; whoever asked before has that answer first."""
        self._refused, self._in_head = True, False
        running = self._running
        owed = running is not None and not running.more_body and not running.response_complete
        self._last_words = words if owed else None
        if not owed and not self.transport.is_closing():
            words()

    def _write_refusal(self, error: APIError) -> None:
        content = to_bytes(error.body())
        self.transport.write(
            b"HTTP/1.1 %d Request Header Fields Too Large\r\ncontent-type: application/json\r\n"
            b"content-length: %d\r\nconnection: close\r\n\r\n%b"
            % (error.status, len(content), content)
        )
        # What is still on its way is read and dropped, or the answer might be dropped with it.
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)


def _too_large() -> APIError:
    return InvalidRequest(
        f"The request's headers are too large: at most {MOST_HEAD_BYTES} bytes are read.",
        status=431,
    )


def _websocket(**settings: Any) -> asyncio.Protocol:
    """Return the protocol of one websocket; its library is loaded with the first of them."""
    from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

    return WebSocketsSansIOProtocol(**settings)
