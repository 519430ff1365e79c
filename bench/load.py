"""Load: a client that costs so little that the server is what is measured.

One connection per client, requests one after another, bytes prepared beforehand, answers read by
their Content-Length. Traffic goes to 127.0.0.1 only.
"""

import base64
import socket
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run measured: requests per second, and latencies in milliseconds."""

    per_second: float
    p50: float
    p99: float
    requests: int
    failed: int


def request(method: str, path: str, key: str, body: str = "", headers: str = "") -> bytes:
    """Return the bytes of a request."""
    authorization = base64.b64encode(f"{key}:".encode()).decode()
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Basic {authorization}\r\n"
        f"{headers}"
    )
    if method == "POST":
        head += (
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body.encode())}\r\n"
        )
    return f"{head}\r\n{body}".encode()


class Connection:
    """A kept-alive connection."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((HOST, port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def ask(self, data: bytes) -> tuple[int, bytes]:
        """Send a request; return the status and body of its answer."""
        self._socket.sendall(data)
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            self._receive()
        head = self._buffer[:end].lower()
        status = int(head[9:12])
        start = head.index(b"content-length:") + 15
        length = int(head[start : head.find(b"\r\n", start) if b"\r\n" in head[start:] else None])
        whole = end + 4 + length
        while len(self._buffer) < whole:
            self._receive()
        body, self._buffer = self._buffer[end + 4 : whole], self._buffer[whole:]
        return status, body

    def _receive(self) -> None:
        data = self._socket.recv(262_144)
        if not data:
            raise ConnectionError("the server closed the connection")
        self._buffer += data

    def close(self) -> None:
        self._socket.close()


def measure(
    port: int, make: Callable[[int], bytes], *, requests: int, connections: int = 1
) -> Figures:
    """Send a number of requests over some connections and return the figures.

    make: the bytes of the n-th request.
    """
    latencies: list[float] = []
    failed = 0
    lock = threading.Lock()
    share = requests // connections

    def run(number: int) -> None:
        nonlocal failed
        connection = Connection(port)
        mine: list[float] = []
        wrong = 0
        for n in range(number * share, (number + 1) * share):
            data = make(n)
            begun = time.perf_counter()
            status, _ = connection.ask(data)
            mine.append(time.perf_counter() - begun)
            wrong += status != 200
        connection.close()
        with lock:
            latencies.extend(mine)
            failed += wrong

    threads = [threading.Thread(target=run, args=(number,)) for number in range(connections)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - begun
    cuts = statistics.quantiles(latencies, n=100) if len(latencies) > 1 else [latencies[0]] * 99
    return Figures(len(latencies) / elapsed, cuts[49] * 1000, cuts[98] * 1000, requests, failed)


def best_of(runs: list[Figures]) -> Figures:
    """Return the best of several runs: what the machine could do while nobody disturbed it."""
    best = max(runs, key=lambda each: each.per_second)
    return Figures(
        best.per_second, min(each.p50 for each in runs), min(each.p99 for each in runs),
        best.requests, sum(each.failed for each in runs),
    )  # fmt: skip
