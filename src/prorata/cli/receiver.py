"""Receiver: the webhook endpoint of the story's shop, which checks every signature."""

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import stripe

ARRIVAL_TIMEOUT_SECONDS = 20.0


class Receiver:
    """A web server that takes events and keeps them in the order of their creation."""

    def __init__(self) -> None:
        self.secret = ""
        self.deliveries = 0
        self._events: list[Any] = []
        self._told = 0
        self._arrived = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                try:
                    event = stripe.Webhook.construct_event(
                        body, self.headers["Stripe-Signature"], receiver.secret
                    )
                except stripe.SignatureVerificationError:
                    self.send_response(400)
                    self.end_headers()
                    return
                receiver._take(event)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Stay silent: the story is told elsewhere."""

        class Server(ThreadingHTTPServer):
            # Deliveries come many at once; a full queue would cost each a second.
            request_queue_size = 128

        self._server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/webhooks"

    def _take(self, event: Any) -> None:
        with self._arrived:
            self.deliveries += 1
            if all(event.id != known.id for known in self._events):
                self._events.append(event)
            self._arrived.notify_all()

    def wait_for(self, matches: Callable[[Any], bool]) -> Any:
        """Return the first new event that matches; raise TimeoutError when none comes."""
        deadline = time.monotonic() + ARRIVAL_TIMEOUT_SECONDS
        with self._arrived:
            while True:
                for event in self._events[self._told :]:
                    if matches(event):
                        return event
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    raise TimeoutError("the webhook did not arrive")
                self._arrived.wait(remaining)

    def wait_for_deliveries(self, count: int) -> None:
        """Return once so many have come, repeated ones too; raise TimeoutError when they don't."""
        with self._arrived:
            if not self._arrived.wait_for(
                lambda: self.deliveries >= count, ARRIVAL_TIMEOUT_SECONDS
            ):
                raise TimeoutError("the webhook did not arrive")

    def new_types(self, expected: int) -> list[str]:
        """Return the types that came since the last call, when as many as expected have."""
        deadline = time.monotonic() + ARRIVAL_TIMEOUT_SECONDS
        with self._arrived:
            while len(self._events) - self._told < expected:
                if not self._arrived.wait(max(deadline - time.monotonic(), 0.01)):
                    break
            fresh = sorted(self._events[self._told :], key=lambda event: event.id)
            self._told = len(self._events)
        return [event.type for event in fresh]

    @property
    def count(self) -> int:
        """Return how many events have been told."""
        return self._told

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
