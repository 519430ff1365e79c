"""Running: a whole server inside the test's process, on a free port, with a fresh store."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn

from prorata.server.assemble import Server, assemble
from prorata.server.http import http_config
from prorata.server.settings import Settings

START_TIMEOUT_SECONDS = 15
LOOK_SECONDS = 0.002


class PromptServer(uvicorn.Server):
    """The HTTP server, ended as soon as it is told to: a test's server lives for a moment."""

    _stopping: asyncio.Event
    _loop: asyncio.AbstractEventLoop

    def stop(self) -> None:
        # To stop twice is to stop.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._stopping.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping, self._loop = asyncio.Event(), asyncio.get_running_loop()
        await super().startup(sockets)

    async def main_loop(self) -> None:
        while not self._stopping.is_set():
            # Once a second it looks at the time, for the answers' Date.
            await self.on_tick(0)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), 1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer the requests under way, and end."""
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        while state.connections or state.tasks:
            await asyncio.sleep(LOOK_SECONDS)


class RunningServer:
    """A server that answers at `url`; `secret_key` and `publishable_key` open its account."""

    def __init__(
        self, server: Server, thread: threading.Thread, uvicorn_server: PromptServer
    ) -> None:
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
        self._uvicorn.stop()
        self._thread.join()
        self.server.close()


def start(database: str = "sqlite://", **settings: Any) -> RunningServer:
    """Start a server on a free port of 127.0.0.1 and return it when it answers."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    options = Settings(database=database, port=listener.getsockname()[1], **settings)
    server = assemble(options)
    uvicorn_server = PromptServer(http_config(server, log_level="error"))
    thread = threading.Thread(
        target=uvicorn_server.run, kwargs={"sockets": [listener]}, name="prorata-server"
    )
    thread.start()
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not uvicorn_server.started:
        if time.monotonic() > deadline or not thread.is_alive():
            raise RuntimeError("the server did not start")
        time.sleep(LOOK_SECONDS)
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
