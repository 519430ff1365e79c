"""Running: a whole server inside the test's process, on a free port, with a fresh store."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from prorata.server.assemble import Server, assemble
from prorata.server.http import http_config
from prorata.server.settings import Settings

START_TIMEOUT_SECONDS = 15


class RunningServer:
    """A server that answers at `url`; `secret_key` and `publishable_key` open its account."""

    def __init__(self, server: Server, thread: threading.Thread, uvicorn_server: Any) -> None:
        self.server = server
        self.system = server.system
        self._thread = thread
        self._uvicorn = uvicorn_server

    @property
    def url(self) -> str:
        return self.server.settings.base_url

    @property
    def secret_key(self) -> str:
        return self.server.settings.secret_key

    @property
    def publishable_key(self) -> str:
        return self.server.settings.publishable_key

    def stop(self) -> None:
        self._uvicorn.should_exit = True
        self._thread.join()
        self.server.close()


def start(database: str = "sqlite://", **settings: Any) -> RunningServer:
    """Start a server on a free port of 127.0.0.1 and return it when it answers."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    options = Settings(database=database, port=listener.getsockname()[1], **settings)
    server = assemble(options)
    uvicorn_server = uvicorn.Server(http_config(server, log_level="error"))
    thread = threading.Thread(
        target=uvicorn_server.run, kwargs={"sockets": [listener]}, name="prorata-server"
    )
    thread.start()
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not uvicorn_server.started:
        if time.monotonic() > deadline or not thread.is_alive():
            raise RuntimeError("the server did not start")
        time.sleep(0.002)
    server.start()
    return RunningServer(server, thread, uvicorn_server)


@contextmanager
def running(database: str = "sqlite://", **settings: Any) -> Iterator[RunningServer]:
    """Run a server for the length of a `with` block."""
    server = start(database, **settings)
    try:
        yield server
    finally:
        server.stop()
