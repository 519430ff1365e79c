"""Sender: one try to deliver one body to one address."""

import asyncio
import errno
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import HttpProcessingError, RawResponseMessage
from aiohttp.streams import StreamReader

from prorata.rules.mail_addresses import one_line
from prorata.worker.addresses import Reach, dialing
from prorata.worker.post import HEADERS, TIMEOUT_SECONDS, Reply
from prorata.worker.signing import HEADER, signature

MOST_ANSWER_BYTES = 64 << 10
# Of one header; there may be 128 of them.
MOST_HEADER_BYTES = 32 << 10
# Shorter than what receivers commonly allow, so that none closes a connection just being used.
KEEPALIVE_SECONDS = 2.0
SHOWN_CHARACTERS = 200
END_OF_HEAD = b"\r\n\r\n"
PIECE_BYTES = 4 << 10
# Answers that only say that one will come (1xx): so many, and the others are a flood.
MOST_INTERIM = 32
SWITCHING = 101
# What says that a connection was not left as it should be for the next request.
LEFT_BADLY = (aiohttp.ClientConnectionError, aiohttp.ClientResponseError)
# This process, or its machine, has no descriptors or memory left for a connection.
NO_ROOM = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


@dataclass(slots=True)
class _Way:
    """Whether a try goes over a connection that another one has left open."""

    used_before: bool = False


def _noticing_reuse() -> aiohttp.TraceConfig:
    async def reused(session: Any, context: Any, params: Any) -> None:
        context.trace_request_ctx.used_before = True

    traced = aiohttp.TraceConfig()
    traced.on_connection_reuseconn.append(reused)
    return traced


class _Answer(ResponseHandler):
    """Reads one answer to each request, which stands whatever comes behind it.

    Of a piece in which something is no HTTP, the parser would give nothing at all: what a receiver
    adds to a 204 is a piece of its own. A second answer ends the connection, since whoever is sent
    something over it would take that for its own.
    """

    _interim = 0
    _answered = False

    def set_response_params(self, **params: Any) -> None:
        self._interim, self._answered = 0, False
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        head, end, behind = data.partition(END_OF_HEAD)
        super().data_received(head + end)
        # In small ones, as a flood is noticed between them, and nobody else is served meanwhile.
        for start in range(0, len(behind), PIECE_BYTES):
            if self.is_connected():
                super().data_received(behind[start : start + PIECE_BYTES])

    def feed_data(self, data: tuple[RawResponseMessage, StreamReader], size: int = 0) -> None:
        interim = 100 <= data[0].code < 200 and data[0].code != SWITCHING
        self._interim += interim
        if self._answered or self._interim > MOST_INTERIM:
            self.set_exception(HttpProcessingError(message="More than one answer"))
            if self.transport is not None:
                self.transport.close()
            return
        self._answered = not interim
        super().feed_data(data, size)


class _Connector(aiohttp.TCPConnector):
    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        reader: type[ResponseHandler] = _Answer
        self._factory = partial(reader, loop=self._loop)


class Sender:
    """Sends from inside a running event loop; `close` when done."""

    def __init__(self, reach: Reach, timeout: float = TIMEOUT_SECONDS) -> None:
        self._timeout = timeout
        self._session = aiohttp.ClientSession(
            connector=_Connector(
                limit=0, keepalive_timeout=KEEPALIVE_SECONDS, socket_factory=dialing(reach)
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            max_field_size=MOST_HEADER_BYTES,
            trace_configs=[_noticing_reuse()],
        )

    async def send(self, url: str, body: bytes, secrets: Iterable[str]) -> Reply:
        """Post a signed body and return what came back; any 2xx is a success, a redirect is not."""
        headers = {**HEADERS, HEADER: signature(body, secrets, int(time.time()))}
        # Of one try, over however many connections: leases and turns count on it.
        ends = time.monotonic() + self._timeout
        while True:
            way = _Way()
            left = ends - time.monotonic()
            if left <= 0:
                return self._too_late()
            try:
                async with self._session.post(
                    url, data=body, headers=headers, allow_redirects=False, trace_request_ctx=way,
                    timeout=aiohttp.ClientTimeout(total=left),
                ) as response:  # fmt: skip
                    return await self._reply(response)
            except TimeoutError:
                return self._too_late()
            except (aiohttp.ClientError, OSError, ValueError) as error:
                if way.used_before and isinstance(error, LEFT_BADLY):
                    # The receiver ended it since, as it may, or had not said all before: a new one
                    # shows whether it is there.
                    continue
                unsent = isinstance(error, OSError) and error.errno in NO_ROOM
                return Reply(None, _shown(f"{type(error).__name__}: {error}"), unsent)

    def _too_late(self) -> Reply:
        return Reply(None, f"No answer within {self._timeout:g} seconds.")

    async def _reply(self, response: aiohttp.ClientResponse) -> Reply:
        status = response.status
        succeeded = 200 <= status < 300
        try:
            answer = await _first_bytes(response.content)
        except (TimeoutError, aiohttp.ClientError):
            # The status stands, whatever becomes of the body.
            answer = b""
            response.close()
        if not response.content.at_eof():
            response.close()
        if succeeded:
            return Reply(status, None)
        shown = _shown(answer[:SHOWN_CHARACTERS].decode("utf-8", "replace"))
        return Reply(status, f"HTTP {status}: {shown}" if shown else f"HTTP {status}")

    async def close(self) -> None:
        await self._session.close()
        # The transports of TLS connections end a moment later.
        await asyncio.sleep(0)


def _shown(text: str) -> str:
    """Return the beginning of a text without controls: a database takes no text with a NUL."""
    return one_line(text[:SHOWN_CHARACTERS], SHOWN_CHARACTERS)


async def _first_bytes(stream: aiohttp.StreamReader) -> bytes:
    parts: list[bytes] = []
    left = MOST_ANSWER_BYTES
    while left > 0 and (part := await stream.read(left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
