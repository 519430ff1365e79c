"""Answers that nobody reads: they are kept neither for ever nor from those who read slowly."""

from __future__ import annotations

import logging
import socket
import time
from contextlib import ExitStack, closing
from typing import Any
from urllib.parse import urlsplit

import pytest

from badinput.asking import Asker
from servers import running

# More than what the system itself keeps on its way.
REQUESTS = 200
BYTES = 40_000
PRODUCTS = 10


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("prorata.server.http.PATIENCE_SECONDS", 0.2)
    with running() as found:
        asker = Asker(found.url, found.secret_key)
        product = {"name": "A", "description": "d" * (BYTES // PRODUCTS)}
        for _ in range(PRODUCTS):
            assert asker.ask("POST", "/v1/products", product).status == 200
        asker.close()
        yield found


def asked(server: Any) -> socket.socket:
    """Return a connection on which much is asked for at once."""
    parts = urlsplit(server.url)
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 15)
    connection.settimeout(60)
    connection.connect((parts.hostname, parts.port))
    head = f"Host: a\r\nAuthorization: Bearer {server.secret_key}\r\n\r\n"
    connection.sendall(f"GET /v1/products HTTP/1.1\r\n{head}".encode() * REQUESTS)
    return connection


def test_a_server_ends_although_nobody_reads_its_answers(
    server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    connections = server._uvicorn.server_state.connections
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(closing(asked(server)))
        deadline = time.monotonic() + 60
        while connections and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not connections, "what nobody takes is dropped"
        stack.enter_context(closing(asked(server)))
        server.stop()
    assert not [each for each in caplog.records if each.levelno >= logging.ERROR]


def test_who_reads_slowly_reads_all(server: Any) -> None:
    with closing(asked(server)) as connection:
        taken = 0
        while taken < REQUESTS * BYTES:
            piece = connection.recv(1 << 20)
            assert piece, f"it ended after {taken} bytes"
            taken += len(piece)
            time.sleep(0.01)
