"""Receiver: a web server that takes deliveries and answers them as a test says."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import stripe

# What comes at once where nothing else is done; on a busy machine it takes its time.
PATIENCE_SECONDS = 60.0


class Received:
    """One delivery as it arrived; `at` is real time."""

    def __init__(self, path: str, body: bytes, headers: Any) -> None:
        self.path = path
        self.body = body
        self.headers = headers
        self.at = time.monotonic()

    def event(self, secret: str) -> stripe.Event:
        """Return the event, its signature checked by the official SDK."""
        return stripe.Webhook.construct_event(self.body, self.headers["Stripe-Signature"], secret)


class Receiver:
    """Listens on a free port; `answer` decides what a delivery is answered: (status, headers).

    Deliveries to `path` are kept apart: a receiver can play several endpoints.
    """

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answer: Callable[[Received], int | tuple[int, dict[str, str], bytes]] = lambda _: 200
        self._arrived = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                received = Received(self.path, body, self.headers)
                with receiver._arrived:
                    receiver.received.append(received)
                    receiver._arrived.notify_all()
                answer = receiver.answer(received)
                plain = (answer, {}, b"") if isinstance(answer, int) else answer
                status, headers, content = plain
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 204:
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                """Stay silent."""

            def handle(self) -> None:
                try:
                    super().handle()
                except OSError:
                    # The sender gave up waiting.
                    return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={
            "poll_interval": 0.02
        })
        self._thread.start()

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def at(self, path: str = "/hook") -> list[Received]:
        return [each for each in self.received if each.path == path]

    def wait(self, count: int, path: str = "/hook") -> list[Received]:
        """Return the deliveries to a path once there are so many."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        with self._arrived:
            while len(self.at(path)) < count:
                left = deadline - time.monotonic()
                assert left > 0, f"{len(self.at(path))} deliveries to {path}, not {count}"
                self._arrived.wait(left)
            return self.at(path)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def usually_within(seconds: float, take: Callable[[], float]) -> bool:
    """Tell whether most of five tries take less: a busy machine is late once or twice."""
    taken: list[bool] = []
    while max(taken.count(True), taken.count(False)) < 3:
        taken.append(take() < seconds)
    return taken.count(True) == 3


def eventually(condition: Callable[[], Any], patience: float = PATIENCE_SECONDS) -> Any:
    """Return what a condition gives once it is true."""
    deadline = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)
    return found
