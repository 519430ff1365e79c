"""Whatever asks for a websocket is answered, and leaves nothing behind on the server."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from servers import running

SOCKET = b"GET /v1/stripecli/socket HTTP/1.1\r\n"
FIELDS = b"""\
Host: a\r
Connection: Upgrade, close\r
Upgrade: websocket\r
Sec-WebSocket-Version: 13\r
Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    with running(worker=False) as server:
        yield server


def asked(server: Any, request: bytes) -> bytes:
    """Return the answer to a request after which the connection ends."""
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
        connection.sendall(request)
        answer = b""
        while piece := connection.recv(65_536):
            answer += piece
    # Connections that are not counted down would be waited for, and fail, at its end.
    until = time.monotonic() + 60
    while server._uvicorn.server_state.connections:
        assert time.monotonic() < until, answer
        time.sleep(0.01)
    return answer


@pytest.mark.parametrize("request_bytes", [
    SOCKET + FIELDS.replace(b"13", b"\xff") + b"\r\n",
    SOCKET + FIELDS.replace(b"AA==", b"\xff==") + b"\r\n",
    SOCKET + FIELDS.replace(b"close", b"close, \xff") + b"\r\n",
    SOCKET + FIELDS + b"Sec-WebSocket-Protocol: \xff\r\n\r\n",
    SOCKET + FIELDS + b"Sec-WebSocket-Extensions: permessage-deflate; \xff\r\n\r\n",
    SOCKET + FIELDS + b"A: b\r\n" * 200 + b"\r\n",
    SOCKET + FIELDS + b"A: " + b"b" * 9_000 + b"\r\n\r\n",
    SOCKET.replace(b" HTTP", b"?" + b"a" * 9_000 + b" HTTP") + FIELDS + b"\r\n",
    SOCKET.replace(b"GET", b"OPTIONS") + FIELDS + b"\r\n",
    SOCKET + FIELDS + b"Content-Length: 1\r\n\r\na",
    SOCKET + FIELDS + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
])  # fmt: skip
def test_what_is_no_handshake_is_answered_as_a_request(server: Any, request_bytes: bytes) -> None:
    answer = asked(server, request_bytes)
    assert answer.startswith((b"HTTP/1.1 2", b"HTTP/1.1 4")), answer


def test_a_request_is_carried_out_without_its_websocket(server: Any) -> None:
    key = b"Authorization: Bearer %b\r\n" % server.secret_key.encode()
    post = b"POST /v1/customers HTTP/1.1\r\n" + key
    upgrading = post + FIELDS + b"Content-Length: 8\r\n\r\nname=Ada"
    assert b'"name":"Ada"' in asked(server, upgrading).replace(b" ", b"")
    # Nor does one take the connection from a request that is under way on it.
    before = post + b"Host: a\r\nContent-Length: 8\r\n\r\nname=Eve"
    both = asked(server, before + SOCKET + FIELDS + b"\r\n")
    assert both.count(b"HTTP/1.1 ") == 2
    assert b'"name":"Eve"' in both.replace(b" ", b"")


def test_a_server_without_sockets_answers_in_http(database_url: str) -> None:
    with running(database_url, dev=False, worker=False) as server:
        assert b"\r\nrequest-id: req_" in asked(server, SOCKET + FIELDS + b"\r\n")
