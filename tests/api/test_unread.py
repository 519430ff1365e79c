"""Answers that nobody reads, and requests that never come: nobody waits for them for ever."""

from __future__ import annotations

import logging
import socket
import time
from contextlib import ExitStack, closing
from typing import Any
from urllib.parse import urlsplit

import pytest

from badinput.asking import Asker
from prorata.server.http import PATIENCE_SECONDS
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


def test_a_server_ends_although_a_request_does_not_come_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("prorata.server.http.LEAVE_SECONDS", 1.0)
    with running() as server:
        parts = urlsplit(server.url)
        with closing(socket.create_connection((parts.hostname, parts.port), 60)) as connection:
            connection.sendall(
                b"POST /v1/products HTTP/1.1\r\nContent-Length: 9\r\n"
                b"Expect: 100-continue\r\n\r\n"
            )
            assert connection.recv(1000).startswith(b"HTTP/1.1 100")
            started = time.monotonic()
            server.stop()
            # Not the patience of a server that stays.
            assert time.monotonic() - started < PATIENCE_SECONDS / 2


def test_what_is_asked_before_nonsense_is_answered(server: Any) -> None:
    parts = urlsplit(server.url)
    head = f"Host: a\r\nAuthorization: Bearer {server.secret_key}\r\n"
    made = f"POST /v1/products HTTP/1.1\r\n{head}Content-Length: 6\r\n\r\nname=B"
    for behind in (
        "and more",
        f"POST /v1/products HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\nx\r\n",
    ):
        with closing(socket.create_connection((parts.hostname, parts.port), 60)) as connection:
            connection.sendall((2 * made + behind).encode())
            answers = b""
            while piece := connection.recv(1 << 20):
                answers += piece
        statuses = [each[:3] for each in answers.split(b"HTTP/1.1 ")[1:]]
        assert statuses == [b"200", b"200", b"400"]


def test_many_requests_may_come_at_once(server: Any) -> None:
    requests = 2_000
    parts = urlsplit(server.url)
    request = b"GET /healthz HTTP/1.1\r\nX-Pad: %b\r\n\r\n" % (b"a" * 200)
    with closing(socket.create_connection((parts.hostname, parts.port), 60)) as connection:
        connection.sendall(request * requests)
        taken = b""
        while taken.count(b'{"status":"ok"}') < requests:
            piece = connection.recv(1 << 20)
            assert piece, f"it ended after {taken[-1000:]!r}"
            taken += piece


def test_who_sends_no_more_is_answered(server: Any) -> None:
    parts = urlsplit(server.url)
    head = f"Host: a\r\nAuthorization: Bearer {server.secret_key}\r\n\r\n"
    with closing(socket.create_connection((parts.hostname, parts.port), 60)) as connection:
        connection.sendall(f"GET /v1/products HTTP/1.1\r\n{head}".encode() * 3)
        connection.shutdown(socket.SHUT_WR)
        answers = b""
        while piece := connection.recv(1 << 20):
            answers += piece
    assert answers.count(b"HTTP/1.1 200") == 3
