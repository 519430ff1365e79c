"""Limits: how much may be asked at once, how large it may be, and what is said beyond that."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
import stripe

import prorata.server.http
from badinput.asking import Asker
from badinput.conftest import OTHER_KEY, open_books
from prorata.api.limits import Limiter, Limits
from prorata.model.errors import RateLimited
from prorata.testing import running as running_alone
from servers import running


class Time:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Stopped(Time):
    """A clock that has stopped."""

    def __init__(self) -> None:
        self.now = time.monotonic()


def admitted(limiter: Limiter, book: int, route: str, tries: int) -> int:
    """Return how many of so many requests at one moment are let in."""
    found = 0
    for _ in range(tries):
        try:
            limiter.admit(book, route)
        except RateLimited:
            continue
        found += 1
    return found


def test_a_second_is_filled_again_as_it_passes() -> None:
    clock = Time()
    limiter = Limiter(Limits(per_second=10), clock)
    assert admitted(limiter, 1, "GET /v1/customers", 50) == 10
    clock.now += 0.35
    assert admitted(limiter, 1, "GET /v1/customers", 50) == 3
    clock.now += 3600
    assert admitted(limiter, 1, "GET /v1/customers", 50) == 10


def test_books_and_routes_have_limits_of_their_own() -> None:
    clock = Time()
    limiter = Limiter(Limits(per_second=10, per_second_and_route=4), clock)
    assert admitted(limiter, 1, "GET /v1/customers", 6) == 4
    assert admitted(limiter, 1, "GET /v1/prices", 3) == 3
    # The six and the three were asked; one more of any kind is the tenth.
    assert admitted(limiter, 1, "GET /v1/plans", 3) == 1
    assert admitted(limiter, 2, "GET /v1/customers", 6) == 4


def test_open_requests_are_counted_until_they_are_answered() -> None:
    limiter = Limiter(Limits(open_requests=2))
    limiter.enter()
    limiter.enter()
    with pytest.raises(RateLimited) as refused:
        limiter.enter()
    assert refused.value.reason == "global-concurrency"
    limiter.leave()
    limiter.enter()


@pytest.fixture(scope="module")
def limited(store: str) -> Iterator[Any]:
    """Give a server with narrow limits and time for its buckets to stay as they are."""
    with running(worker=False, limits=Limits(per_second=6, per_second_and_route=4)) as server:
        open_books(server)
        yield server


@pytest.fixture
def stop_filling(limited: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give what makes a second last for the rest of a test: a busy machine asks slowly."""
    limiter = limited.server.application._limiter
    return lambda: monkeypatch.setattr(limiter, "_clock", Stopped())


def test_too_many_requests_are_told_so(limited: Any, stop_filling: Any) -> None:
    stop_filling()
    asker = Asker(limited.url, limited.secret_key)
    answers = [asker.ask("GET", "/v1/customers") for _ in range(40)]
    refused = [each for each in answers if each.status != 200]
    assert refused
    assert {each.status for each in refused} == {429}
    reasons = {each.headers["stripe-rate-limited-reason"] for each in refused}
    assert reasons <= {"endpoint-rate", "global-rate"}
    for each in refused:
        assert (each.code, each.error["type"]) == ("rate_limit", "invalid_request_error")
        assert each.message.startswith("Request rate limit exceeded.")
        assert each.headers["stripe-should-retry"] == "true"
    other = Asker(limited.url, OTHER_KEY)
    assert other.ask("GET", "/v1/customers").status == 200
    asker.close()
    other.close()


def test_the_sdk_tries_again_until_it_is_let_in(limited: Any, stop_filling: Any) -> None:
    client = stripe.StripeClient(
        limited.secret_key, base_addresses={"api": limited.url}, max_network_retries=6
    )
    for _ in range(8):
        assert client.v1.products.list().data == []
    impatient = stripe.StripeClient(
        limited.secret_key, base_addresses={"api": limited.url}, max_network_retries=0
    )
    stop_filling()
    with pytest.raises(stripe.RateLimitError) as refused:
        for _ in range(40):
            impatient.v1.products.list()
    assert refused.value.error is not None and refused.value.error.code == "rate_limit"


def test_a_limited_request_is_not_remembered_as_the_answer(limited: Any) -> None:
    asker = Asker(limited.url, limited.secret_key)
    headers = {"Idempotency-Key": "again"}
    status = 429
    seen = set()
    while status == 429:
        answer = asker.ask("POST", "/v1/coupons", {"percent_off": 5}, headers)
        status = answer.status
        seen.add(status)
    assert status == 200
    asker.close()


def test_only_so_many_requests_are_open_at_once() -> None:
    with running_alone(worker=False, limits=Limits(open_requests=1)) as server:
        busy, free = threading.Event(), threading.Event()

        def hold(connection: Any) -> None:
            busy.set()
            free.wait(60)

        held = server.system.database.submit(hold)
        busy.wait(60)
        first = Asker(server.url, server.secret_key)
        waiting = threading.Thread(target=first.ask, args=("POST", "/v1/customers"))
        waiting.start()
        second = Asker(server.url, server.secret_key)
        answer = second.ask("GET", "/v1/customers")
        while answer.status == 200:
            answer = second.ask("GET", "/v1/customers")
        free.set()
        held.result()
        waiting.join()
        assert (answer.status, answer.code) == (429, "rate_limit")
        assert answer.headers["stripe-rate-limited-reason"] == "global-concurrency"
        assert second.ask("GET", "/v1/customers").status == 200
        first.close()
        second.close()


def test_a_request_that_is_still_arriving_is_not_open() -> None:
    with running_alone(worker=False, limits=Limits(open_requests=2)) as server:
        parts = urlsplit(server.url)
        slow = [socket.create_connection((parts.hostname, parts.port), 60) for _ in range(4)]
        key = f"Authorization: Bearer {server.secret_key}".encode()
        for each in slow:
            each.sendall(
                b"POST /v1/customers HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n"
                + key + b"\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\nnam"
            )  # fmt: skip
        asker = Asker(server.url, server.secret_key)
        # Its answer comes after the heads of the others were read.
        assert {asker.ask("GET", "/v1/customers").status for _ in range(5)} == {200}
        for each in slow:
            each.sendall(b"e=a")
            assert each.recv(65_536).startswith(b"HTTP/1.1 200")
            each.close()
        asker.close()


def uploading(server: Any, key: str | None, sent: int, whole: int) -> socket.socket:
    """Return a connection on which so much of an upload of that size has been sent."""
    parts = urlsplit(server.url)
    connection = socket.create_connection((parts.hostname, parts.port), 60)
    shown = f"Authorization: Bearer {key}\r\n" if key else ""
    connection.sendall(
        f"POST /v1/files HTTP/1.1\r\nHost: a\r\n{shown}Content-Length: {whole}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n".encode() + b"x" * sent
    )
    return connection


@pytest.mark.parametrize("key", [None, "sk_test_" + "nobodys" * 14])
def test_a_large_body_is_read_for_who_has_a_key(server: Any, key: str | None) -> None:
    with uploading(server, key, 40_000, 10_000_000) as connection:
        connection.settimeout(1)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        connection.settimeout(60)
        connection.sendall(b"x" * 40_000)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 401")
    with uploading(server, server.secret_key, 900_000, 1_000_000) as connection:
        connection.sendall(b"x" * 100_000)
        assert b"multipart body could not be read" in connection.recv(65_536)


def test_large_bodies_have_so_much_room_together() -> None:
    with running_alone(worker=False, limits=Limits(large_body_bytes=300_000)) as server:
        asker = Asker(server.url, server.secret_key)
        large = {"Content-Type": "text/plain"}, b"x" * 150_000

        def answered() -> Any:
            return asker.send("POST", "/v1/customers", large[1], large[0])

        first = uploading(server, server.secret_key, 200_000, 250_000)
        answer = answered()
        while answer.status == 400:
            # The first one is still on its way.
            answer = answered()
        assert (answer.status, answer.code) == (429, "rate_limit")
        assert answer.headers["stripe-rate-limited-reason"] == "global-concurrency"
        assert answer.headers["stripe-should-retry"] == "true"
        assert asker.ask("POST", "/v1/customers", {"description": "small"}).status == 200
        first.sendall(b"x" * 50_000)
        assert first.recv(65_536).startswith(b"HTTP/1.1 400")
        first.close()
        # Who goes away in the middle leaves no less room.
        uploading(server, server.secret_key, 250_000, 260_000).close()
        answer = answered()
        while answer.status == 429:
            answer = answered()
        assert answer.status == 400
        asker.close()


def heard(server: Any, *pieces: bytes) -> bytes:
    """Return what comes back when pieces are sent one after the other, until the end."""
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
        for piece in pieces:
            try:
                connection.sendall(piece)
            except OSError:
                break
        answer = b""
        # What was sent and not read any more may end it with an error, behind the answer.
        with suppress(ConnectionError):
            while piece := connection.recv(65_536):
                answer += piece
    return answer


@pytest.mark.parametrize("pieces", [
    pytest.param([b"x: " + b"y" * 8_000 + b"\r\n"] * 12, id="many headers"),
    pytest.param([b"x: " + b"y" * 90_000], id="one long header"),
    pytest.param([b"x: " + b"y" * 66_000 + b"\r\n\r\n"], id="all at once"),
])  # fmt: skip
def test_a_head_has_a_size(
    server: Any, pieces: list[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING", "uvicorn.error")
    answer = heard(server, b"GET /v1/customers HTTP/1.1\r\nHost: a\r\n", *pieces)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b"invalid_request_error" in answer
    assert len([each for each in caplog.messages if "head" in each]) == 1


@pytest.mark.parametrize("pieces", [
    pytest.param([b"0\r\n", *[b"x: " + b"y" * 8_000 + b"\r\n"] * 50], id="many fields behind it"),
    pytest.param([b"0\r\nx: ", *[b"y" * 8_000] * 50], id="one long field behind it"),
    pytest.param([b"1;", *[b"x" * 8_000] * 50], id="what a chunk has beside it"),
])  # fmt: skip
def test_what_stands_beside_a_body_has_a_size(server: Any, pieces: list[bytes]) -> None:
    head = b"POST /v1/customers HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert heard(server, head, *pieces).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("rest", [b"x" * 90_000, b"x" * 66_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n"])
def test_a_path_has_a_size(server: Any, rest: bytes) -> None:
    answer = heard(server, b"GET /v1/customers/", rest)
    assert answer.startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("request_bytes", [
    b"",
    b"GET /v1/customers HTTP/1.1\r\nHost: a\r\n",
    b"POST /v1/customers HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\nname",
])  # fmt: skip
def test_a_request_that_does_not_arrive_is_given_up(
    monkeypatch: pytest.MonkeyPatch, server: Any, request_bytes: bytes
) -> None:
    monkeypatch.setattr(prorata.server.http, "PATIENCE_SECONDS", 0.2)
    assert heard(server, request_bytes) == b""


def test_a_connection_that_waits_between_requests_is_kept(
    monkeypatch: pytest.MonkeyPatch, server: Any
) -> None:
    monkeypatch.setattr(prorata.server.http, "PATIENCE_SECONDS", 0.1)
    asker = Asker(server.url, server.secret_key)
    threading.Event().wait(0.5)
    assert asker.ask("GET", "/v1/customers").status == 200
    threading.Event().wait(0.5)
    assert asker.ask("GET", "/v1/customers").status == 200
    asker.close()
