"""Hostile: a receiver of webhooks that answers in every way that is wrong.

It runs in a process of its own: what it does for one try holds up neither the sender nor another
receiver.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.managers import BaseManager
from typing import Any

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
HUGE = 1 << 30
# Ways to answer: what stands in the path of the URL.
WAYS = (
    "hang", "close", "drip", "headers", "line", "huge", "chunks", "redirect", "error", "garbage",
    "continue", "half",
)  # fmt: skip


class Hostile:
    """Listens on a free port; `answer` says how each path is answered, `ok` where it does not."""

    def __init__(self) -> None:
        self._ways: dict[str, str] = {}
        self._taken: dict[str, list[str]] = defaultdict(list)
        self._tries: Counter[str] = Counter()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, path: str, scheme: str = "http") -> str:
        return f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}/{path}"

    def answer(self, ways: dict[str, str]) -> None:
        self._ways = ways

    def taken(self, path: str) -> list[str]:
        """Return the events that a path has taken, in the order of their arrival."""
        return self._taken[path]

    def tries(self) -> Counter[str]:
        return self._tries

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), peer:
            peer.settimeout(30)
            while True:
                path, body = _request(peer)
                self._tries[path] += 1
                way = self._ways.get(path, "ok")
                if way in ("ok", "brief"):
                    self._taken[path].append(json.loads(body)["id"])
                    peer.sendall(OK)
                    if way == "ok":
                        continue
                    # It ends the connection without having said so.
                    return
                getattr(self, f"_{way}")(peer)
                return

    def _hang(self, peer: socket.socket) -> None:
        time.sleep(60)

    def _close(self, peer: socket.socket) -> None:
        """Say nothing, and be gone."""

    def _drip(self, peer: socket.socket) -> None:
        for byte in OK * 1000:
            peer.sendall(bytes([byte]))
            time.sleep(0.1)

    def _headers(self, peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            peer.sendall(b"X-Pad: " + b"a" * 1000 + b"\r\n")

    def _line(self, peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 ")
        while True:
            peer.sendall(b"a" * 65536)

    def _huge(self, peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 500 No\r\nContent-Length: %d\r\n\r\n" % HUGE)
        for _ in range(HUGE >> 16):
            peer.sendall(b"a" * 65536)

    def _chunks(self, peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            peer.sendall(b"10000\r\n" + b"a" * 65536 + b"\r\n")

    def _redirect(self, peer: socket.socket) -> None:
        where = self.url("private").encode()
        peer.sendall(b"HTTP/1.1 307 There\r\nContent-Length: 0\r\nLocation: " + where + b"\r\n\r\n")

    def _error(self, peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 500 No\r\nContent-Length: 256\r\n\r\n" + bytes(range(256)))

    def _garbage(self, peer: socket.socket) -> None:
        peer.sendall(bytes(range(256)) * 64)

    def _continue(self, peer: socket.socket) -> None:
        while True:
            peer.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            time.sleep(0.001)

    def _half(self, peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 500 No\r\nContent-Length: 100\r\n\r\nhalf")


class _Processes(BaseManager):
    """Starts a process that has a receiver, and asks it."""


_Processes.register("hostile", Hostile, exposed=("url", "answer", "taken", "tries"))


@contextlib.contextmanager
def apart() -> Iterator[Any]:
    """Give a receiver in a process of its own, which ends with the block."""
    with _Processes(ctx=get_context("spawn")) as process:
        yield process.hostile()  # type: ignore[attr-defined]


def _request(peer: socket.socket) -> tuple[str, bytes]:
    """Return the path and the body of the next request; raise OSError when there is none."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = peer.recv(65536)
        if not part:
            raise OSError("the sender has gone")
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length")
    )  # fmt: skip
    while len(body) < length:
        part = peer.recv(65536)
        if not part:
            raise OSError("the sender has gone")
        body += part
    return head.split()[1].decode().strip("/"), body
