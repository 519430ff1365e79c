"""Listener: takes webhook deliveries by the thousand and counts how often each event arrived."""

from __future__ import annotations

import asyncio
import re
import threading
from collections import Counter

ID = re.compile(rb'"id"\s*:\s*"(evt_\w+)"')
LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
# A try of so many fails, so that something is sent again.
REFUSED_ONE_OF = 97
TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
REFUSED = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


class Listener:
    """A web server on a free port of 127.0.0.1; `arrived` counts what it took, by event.

    While it `refuses`, one try of so many fails.
    """

    def __init__(self) -> None:
        self.arrived: Counter[str] = Counter()
        self.tries = 0
        self.refuses = True
        self.port = 0
        self.open: set[asyncio.Transport] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)
        self._thread.start()
        self._ready.wait()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def close(self) -> None:
        """End the conversations and the loop."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def take(self, body: bytes) -> bytes:
        """Count one delivery and return the answer to it."""
        self.tries += 1
        found = ID.search(body)
        if found is None or (self.refuses and self.tries % REFUSED_ONE_OF == 0):
            return REFUSED
        self.arrived[found[1].decode()] += 1
        return TAKEN

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            self._loop.create_server(lambda: _Conversation(self), "127.0.0.1", 0)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for each in list(self.open):
            each.abort()
        # What was just ended is told of it.
        self._loop.run_until_complete(asyncio.sleep(0))


class _Conversation(asyncio.Protocol):
    """One connection: requests one after another, each with a body of known length."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport), "TCP"
        self._transport = transport
        self._listener.open.add(transport)

    def connection_lost(self, _: Exception | None) -> None:
        self._listener.open.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._data += data
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            length = LENGTH.search(self._data[:end])
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._data) < whole:
                return
            body, self._data = self._data[end + 4 : whole], self._data[whole:]
            self._transport.write(self._listener.take(body))
