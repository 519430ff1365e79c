"""Hostile: a receiver of webhooks that answers in every way that is wrong."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections import Counter, defaultdict

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
HUGE = 1 << 30
# Ways to answer: what stands in the path of the URL.
WAYS = (
    "hang", "close", "drip", "headers", "line", "huge", "chunks", "redirect", "error", "garbage",
    "continue", "half",
)  # fmt: skip


class Hostile:
    """Listens on a free port; `ways` maps a path to how it is answered, `ok` where it is not."""

    def __init__(self) -> None:
        self.ways: dict[str, str] = {}
        self.taken: dict[str, list[str]] = defaultdict(list)
        self.tries: Counter[str] = Counter()
        self.closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, path: str, scheme: str = "http") -> str:
        return f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}/{path}"

    def close(self) -> None:
        self.closing.set()
        self._listener.close()

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
                self.tries[path] += 1
                way = self.ways.get(path, "ok")
                if way in ("ok", "brief"):
                    self.taken[path].append(json.loads(body)["id"])
                    peer.sendall(OK)
                    if way == "ok":
                        continue
                    # It ends the connection without having said so.
                    return
                getattr(self, f"_{way}")(peer)
                return

    def _hang(self, peer: socket.socket) -> None:
        self.closing.wait(60)

    def _close(self, peer: socket.socket) -> None:
        """Say nothing, and be gone."""

    def _drip(self, peer: socket.socket) -> None:
        for byte in OK * 1000:
            peer.sendall(bytes([byte]))
            if self.closing.wait(0.1):
                return

    def _headers(self, peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\n")
        while not self.closing.is_set():
            peer.sendall(b"X-Pad: " + b"a" * 1000 + b"\r\n")

    def _line(self, peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 ")
        while not self.closing.is_set():
            peer.sendall(b"a" * 65536)

    def _huge(self, peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 500 No\r\nContent-Length: %d\r\n\r\n" % HUGE)
        for _ in range(HUGE >> 16):
            peer.sendall(b"a" * 65536)

    def _chunks(self, peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not self.closing.is_set():
            peer.sendall(b"10000\r\n" + b"a" * 65536 + b"\r\n")

    def _redirect(self, peer: socket.socket) -> None:
        where = self.url("private").encode()
        peer.sendall(b"HTTP/1.1 307 There\r\nContent-Length: 0\r\nLocation: " + where + b"\r\n\r\n")

    def _error(self, peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 500 No\r\nContent-Length: 256\r\n\r\n" + bytes(range(256)))

    def _garbage(self, peer: socket.socket) -> None:
        peer.sendall(bytes(range(256)) * 64)

    def _continue(self, peer: socket.socket) -> None:
        while not self.closing.is_set():
            peer.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            time.sleep(0.001)

    def _half(self, peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 500 No\r\nContent-Length: 100\r\n\r\nhalf")


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
