"""Exporter: the address at which Prometheus reads a process's metrics, apart from the API's."""

import hmac
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import structlog

from prorata.model.errors import Refused

log = structlog.get_logger("prorata.metrics")


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Log what went wrong as any other line; that a reader has gone is no error of ours."""
        if not isinstance(sys.exception(), OSError):
            log.exception("metrics cannot be given")


class Exporter:
    """Answers GET /metrics at `address` (HOST:PORT) until closed.

    token: what a reader must show as a bearer, None lets everybody read who reaches the address.
    Raises Refused for an address that cannot be listened on.
    """

    def __init__(self, address: str, text: Callable[[], str], token: str | None = None) -> None:
        host, _, port = address.rpartition(":")
        try:
            self._server = _Server(
                (host.strip("[]") or "127.0.0.1", int(port)), _handler(text, token)
            )
        except (OSError, ValueError, OverflowError) as error:
            raise Refused(f"cannot give metrics at {address}: {error}.") from None
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="metrics", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(text: Callable[[], str], token: str | None) -> type[BaseHTTPRequestHandler]:
    wanted = None if token is None else f"Bearer {token}".encode()

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            shown = self.headers.get("Authorization", "").encode("latin-1", "replace")
            if wanted is not None and not hmac.compare_digest(shown, wanted):
                self._answer(401, "text/plain", "A bearer token is needed.\n")
            elif self.path.partition("?")[0] != "/metrics":
                self._answer(404, "text/plain", "The metrics are at /metrics.\n")
            else:
                self._metrics()

        def _metrics(self) -> None:
            try:
                shown = text()
            except Exception:
                log.exception("metrics cannot be read")
                self._answer(503, "text/plain", "The figures cannot be read now.\n")
                return
            self._answer(200, "text/plain; version=0.0.4; charset=utf-8", shown)

        def _answer(self, status: int, kind: str, body: str) -> None:
            content = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing of a reader that comes every few seconds."""

    return Handler
