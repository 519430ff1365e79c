"""Proxy: a way to a PostgreSQL server that is cut, closed, or cut in the middle of a commit."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

# Before the server hears of it, or when it has done it and nobody was told.
Moment = Literal["before", "after"]
COMMIT = b"COMMIT\0"


class Proxy:
    """Listens on a free port and passes everything on to the server of a URL."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        assert self._parts.hostname is not None and self._parts.port is not None
        self._server = (self._parts.hostname, self._parts.port)
        self._lock = threading.Lock()
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._at_commit: list[Moment] = []
        self.commits_cut = 0
        self._open = True
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        port = self._listener.getsockname()[1]
        user = f"{self._parts.username}@" if self._parts.username else ""
        return urlunsplit(self._parts._replace(netloc=f"{user}127.0.0.1:{port}"))

    def cut(self) -> None:
        """End every connection there is; new ones are welcome."""
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            self._end(pair)

    def close_door(self) -> None:
        """End every connection, and turn away who comes."""
        self._open = False
        self.cut()

    def open_door(self) -> None:
        self._open = True

    def cut_commit(self, *moments: Moment) -> None:
        """Cut the next commits, each at such a moment."""
        with self._lock:
            self._at_commit.extend(moments)

    def close(self) -> None:
        self._open = False
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if not self._open:
                    client.close()
                    continue
                try:
                    server = socket.create_connection(self._server)
                except OSError:
                    client.close()
                    continue
                self._join(client, server)

    def _join(self, client: socket.socket, server: socket.socket) -> None:
        pair = client, server
        for each in pair:
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._pairs.add(pair)
        muted = threading.Event()
        for way in (self._forth, self._back):
            threading.Thread(target=way, args=(pair, muted), daemon=True).start()

    def _forth(self, pair: tuple[socket.socket, socket.socket], muted: threading.Event) -> None:
        client, server = pair
        with contextlib.suppress(OSError):
            while data := client.recv(1 << 16):
                moment = self._moment(data)
                if moment == "before":
                    break
                if moment == "after":
                    muted.set()
                server.sendall(data)
        if not muted.is_set():
            self._end(pair)

    def _back(self, pair: tuple[socket.socket, socket.socket], muted: threading.Event) -> None:
        client, server = pair
        with contextlib.suppress(OSError):
            while data := server.recv(1 << 16):
                if muted.is_set():
                    # It is done; nobody hears of it.
                    break
                client.sendall(data)
        self._end(pair)

    def _moment(self, data: bytes) -> Moment | None:
        with self._lock:
            if not self._at_commit or COMMIT not in data:
                return None
            self.commits_cut += 1
            return self._at_commit.pop(0)

    def _end(self, pair: tuple[socket.socket, socket.socket]) -> None:
        with self._lock:
            self._pairs.discard(pair)
        for each in pair:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
