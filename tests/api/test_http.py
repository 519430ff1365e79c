"""What is not quite HTTP, or not quite a form, is refused and harms nobody."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import threading
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pytest

from badinput.asking import Asker
from servers import running

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
MEBIBYTE = 1 << 20
ENDPOINT = json.dumps({
    "name": "New", "enabled_events": ["v1.billing.meter.no_meter_found"], "event_payload": "thin",
    "type": "webhook_endpoint", "webhook_endpoint": {"url": "https://example.com/h"},
}).encode()  # fmt: skip


def multipart(*parts: bytes, boundary: str = "b") -> tuple[bytes, dict[str, str]]:
    lines = [b"--" + boundary.encode() + b"\r\n" + part + b"\r\n" for part in parts]
    body = b"".join(lines) + b"--" + boundary.encode() + b"--\r\n"
    return body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def raw(server: Any, request: bytes) -> bytes:
    """Return what comes back over a connection of its own."""
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65_536):
            answer += piece
    return answer


@pytest.mark.parametrize(("method", "target"), [
    ("GET", "/v1/nothing"), ("GET", "/v2/customers"), ("PUT", "/v1/customers"),
    ("PATCH", "/v1/customers/cus_1"), ("DELETE", "/v1/customers"), ("POST", "/v1/events"),
    ("GET", "/v1"), ("GET", "/v1/customers/cus_1/nothing"), ("GET", "/v1//customers"),
    ("TRACE", "/v1/customers"), ("GET", "/v1/customers/cus_1/sources/a/b/c"),
    ("GET", "/V1/CUSTOMERS"), ("GET", "/%2e%2e/%2e%2e/etc/passwd"),
])  # fmt: skip
def test_an_unknown_route_is_named(asker: Asker, method: str, target: str) -> None:
    answer = asker.send(method, target)
    assert answer.status == 404
    assert answer.error["type"] == "invalid_request_error"
    assert answer.message.startswith(f"Unrecognized request URL ({method}: /")


def test_a_quiet_connection_does_not_end_upon_a_request() -> None:
    # Its time may be over while a busy server has not read yet what came.
    busy, sent = threading.Event(), threading.Event()

    def time_is_over() -> None:
        busy.set()
        assert sent.wait(60)
        for each in list(http_server.server_state.connections):
            each.timeout_keep_alive_handler()

    with running() as server:
        http_server = server._uvicorn
        headers = {"Authorization": f"Bearer {server.secret_key}"}
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
        with closing(connection):
            connection.request("GET", "/v1/customers", headers=headers)
            assert json.loads(connection.getresponse().read())["data"] == []
            http_server._loop.call_soon_threadsafe(time_is_over)
            assert busy.wait(60)
            connection.request("GET", "/v1/customers", headers=headers)
            sent.set()
            assert json.loads(connection.getresponse().read())["data"] == []
            # Where nothing has come, it is the end.
            http_server._loop.call_soon_threadsafe(time_is_over)
            assert connection.sock.recv(1) == b""


def test_head_is_answered_without_a_body(asker: Asker) -> None:
    answer = asker.send("HEAD", "/v1/customers")
    assert (answer.status, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 0
    assert asker.send("HEAD", "/v1/customers/cus_none").status == 404
    assert asker.send("GET", "/v1/customers").status == 200


def test_a_browser_may_ask_first(asker: Asker) -> None:
    answer = asker.send("OPTIONS", "/v1/payment_intents/pi_1/confirm")
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("body", [
    b"name=%ff", b"name=\xff\xfe", b"n%ffme=1", b"name=%00", b"name=a%00b", b"na%00me=1",
    b"name[=1", b"name]=1", b"[name]=1", b"name[a=1", b"=1&&&=", b"&", b"name[a]=1&name=2",
    b"name=2&name[a]=1", b"name[]=1&name[a]=2", b"a[b]" * 400 + b"=1", b"name[0]=1&name[x]=2",
    b"items" + b"[0]" * 40 + b"=1", b"preferred_locales[99999999999999]=en",
    b"preferred_locales[-1]=en", b"&".join(b"metadata[k%d]=1" % each for each in range(6_000)),
    b"preferred_locales[]=" + b"&preferred_locales[]=".join([b"en"] * 2_000),
    b"address[line1][line2]=1", b"email=%F0%9F%92%A5", b"name=%", b"%=1", b"name=%zz",
    b"\xef\xbb\xbfname=1", b"{\"name\": 1}", b"<xml/>",
])  # fmt: skip
def test_a_form_that_cannot_be_read_is_refused(asker: Asker, body: bytes) -> None:
    answer = asker.send("POST", "/v1/customers", body, FORM)
    assert answer.status in (200, 400), answer.content
    if answer.status == 400:
        assert answer.error["type"] == "invalid_request_error"
    # Nothing is left over on the connection.
    assert asker.send("GET", "/v1/customers?limit=1").status == 200


@pytest.mark.parametrize("query", [
    "limit=%ff", "limit=1%00", "limit[]=1", "limit", "limit=", "expand=1", "expand[0][1]=a",
    "created[gte]=", "created[]=1", "created[gte][gte]=1", "%", "?", "limit=1?limit=2",
    "starting_after[]=a", "starting_after=", "email=", "limit=1e9", "x=1",
])  # fmt: skip
def test_a_query_that_cannot_be_read_is_refused(asker: Asker, query: str) -> None:
    answer = asker.send("GET", f"/v1/customers?{query}")
    assert answer.status in (200, 400), answer.content
    if answer.status == 400:
        assert answer.error["type"] == "invalid_request_error"


@pytest.mark.parametrize("body", [
    b"{", b"[]", b"null", b"1", b'"a"', b'{"name": NaN}', b'{"name": "\\ud800"}', b"\xff",
    b'{"balance": 1e999}', b'{"metadata": ' + b"[" * 2_000 + b"]" * 2_000 + b"}",
    b'{"metadata": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
    b'{"name": null, "nope": 1}', b'{"balance": 1.5}', b'{"balance": true}', b'{"name": ["a"]}',
    b'{"balance": 1' + b"0" * 5_000 + b"}", b'{"name": "a\\u0000"}', b'{"a": 1,}', b"{}{}",
    b'{"preferred_locales": {"a": 1}}', b'{"invoice_settings": []}', b'{"expand": {"a": 1}}',
    b'{"name": "\xf7"}', b'{"na\xf7": 1}', b'{"metadata": {"\xff": "1"}}',
    b'{"expand": [1]}', b'{"address": {"line1": {"a": 1}}}', b'{"metadata": {"a": [1]}}',
])  # fmt: skip
def test_json_that_cannot_be_read_is_refused(asker: Asker, body: bytes) -> None:
    answer = asker.send("POST", "/v2/core/event_destinations", body, JSON)
    assert answer.status == 400, answer.content


@pytest.mark.parametrize("target", ["/v1/customers", "/v2/billing/meter_events"])
@pytest.mark.parametrize("coding", ["gzip", "x-gzip, identity", "Deflate", "zstd"])
def test_a_compressed_body_is_refused_by_name(asker: Asker, target: str, coding: str) -> None:
    kind = JSON if target.startswith("/v2") else FORM
    body = gzip.compress(b"name=Ada")
    answer = asker.send("POST", target, body, {**kind, "Content-Encoding": coding})
    assert answer.status == 400
    assert f"unsupported Content-Encoding {coding}" in answer.message
    plain = {**FORM, "Content-Encoding": "identity"}
    taken = asker.send("POST", "/v1/customers", b"name=Ada", plain)
    assert taken.body["name"] == "Ada"


def test_a_compressed_transfer_is_refused_by_name(server: Any) -> None:
    head = b"POST /v1/customers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"
    coding = b"Transfer-Encoding: gzip, chunked\r\nConnection: close\r\n\r\n"
    chunks = b"8\r\nname=Ada\r\n0\r\n\r\n"
    answer = raw(server, head % server.secret_key.encode() + coding + chunks)
    assert b"unsupported Transfer-Encoding gzip, chunked" in answer


@pytest.mark.parametrize("kind", [
    "", "application/x-www-form-urlencoded; charset=latin-1", "Application/X-WWW-Form-URLEncoded",
    "application/x-www-form-urlencoded ;charset=UTF-8",
])  # fmt: skip
def test_a_body_is_a_form_unless_it_says_otherwise(asker: Asker, kind: str) -> None:
    answer = asker.send("POST", "/v1/customers", b"name=Ada", {"Content-Type": kind})
    assert (answer.status, answer.body["name"]) == (200, "Ada")


@pytest.mark.parametrize("kind", [
    "text/plain", "application/json", "application/json; charset=utf-8", "Application/JSON",
    "application/octet-stream", "application/xml", "image/png", "multipart/mixed; boundary=b",
    "application/x-www-form-urlencoded-too",
])  # fmt: skip
def test_any_other_kind_of_body_is_refused_by_name(asker: Asker, kind: str) -> None:
    # What is written in JSON, and taken here, would be refused at Stripe.
    before = asker.ask("GET", "/v1/customers", {"limit": 100}).body["data"]
    for body in (b"name=Ada", b'{"name": "Ada"}'):
        answer = asker.send("POST", "/v1/customers", body, {"Content-Type": kind})
        assert (answer.status, answer.error["type"]) == (400, "invalid_request_error")
        assert f"unsupported Content-Type {kind}." in answer.message
    assert asker.ask("GET", "/v1/customers", {"limit": 100}).body["data"] == before


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8"])
def test_below_v2_a_body_is_json_in_any_spelling(asker: Asker, kind: str) -> None:
    made = asker.send("POST", "/v2/core/event_destinations", ENDPOINT, {"Content-Type": kind})
    assert made.status == 200, made.content
    as_form = asker.send("POST", "/v2/core/event_destinations", ENDPOINT, FORM)
    assert (as_form.status, "written in JSON" in as_form.message) == (400, True)


def test_a_file_may_come_as_multipart_in_any_spelling(asker: Asker) -> None:
    whole, headers = multipart(
        b'Content-Disposition: form-data; name="purpose"\r\n\r\ndispute_evidence',
        b'Content-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n\x89PNG\r\n\x1a\n'
        + bytes(2 * MEBIBYTE),
    )
    kind = headers["Content-Type"].replace("multipart/form-data", "Multipart/Form-Data")
    # Two mebibytes are more than a form without files may have.
    answer = asker.send("POST", "/v1/files", whole, {"Content-Type": kind})
    assert answer.status == 200, answer.content


def test_multipart_that_cannot_be_read_is_refused(asker: Asker) -> None:
    whole, headers = multipart(
        b'Content-Disposition: form-data; name="purpose"\r\n\r\nbusiness_logo',
        b'Content-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n\x89PNG\r\n\x1a\n',
    )
    assert asker.send("POST", "/v1/files", whole, headers).status == 200
    plain = {"Content-Type": "multipart/form-data"}
    empty = {"Content-Type": "multipart/form-data; boundary="}
    other = {"Content-Type": "multipart/form-data; boundary=other"}
    named = multipart(b'Content-Disposition: form-data; name="nope"\r\n\r\n1')[0]
    nameless = multipart(b"Content-Disposition: form-data\r\n\r\n1")[0]
    text = multipart(b'Content-Disposition: form-data; name="file"\r\n\r\ntext')[0]
    many = multipart(
        *(b'Content-Disposition: form-data; name="a%d"\r\n\r\n1' % each for each in range(3_000))
    )[0]
    for body, sent in (
        (whole, plain), (whole, empty), (whole, other), (b"", headers), (b"--b", headers),
        (whole[:-20], headers), (whole[:60], headers), (b"nonsense", headers), (named, headers),
        (nameless, headers), (text, headers), (many, headers), (whole, FORM), (whole, JSON),
    ):  # fmt: skip
        answer = asker.send("POST", "/v1/files", body, sent)
        assert answer.status == 400, (body[:80], sent, answer.content)
        assert answer.error["type"] == "invalid_request_error"
    # A form of fields alone is a form, wherever it is sent.
    fields, headers = multipart(b'Content-Disposition: form-data; name="name"\r\n\r\nAda')
    assert asker.send("POST", "/v1/customers", fields, headers).body["name"] == "Ada"


@pytest.mark.parametrize(("path", "disposition"), [
    ("/v1/customers", b'name="name"; filename="a.txt"'),
    ("/v1/customers", b'name="metadata[a]"; filename="a.txt"'),
    ("/v1/customers", b'name="address[line1]"; filename=""'),
    ("/v1/customers", b'name="balance"; filename="1"'),
    ("/v1/files", b'name="purpose"; filename="a.txt"'),
    ("/v1/products", b'name="images[0]"; filename="a.png"'),
    ("/v1/products", b'name="expand[0]"; filename="a.png"'),
])  # fmt: skip
def test_a_file_where_text_is_wanted_is_refused(
    asker: Asker, path: str, disposition: bytes
) -> None:
    body, headers = multipart(b"Content-Disposition: form-data; " + disposition + b"\r\n\r\nAda")
    answer = asker.send("POST", path, body, headers)
    assert answer.status == 400, answer.content


def test_a_body_has_a_size(server: Any, asker: Asker) -> None:
    fits = b"description=" + b"x" * 5_000 + b"&metadata[a]=" + b"y" * 500
    assert asker.send("POST", "/v1/customers", fits, FORM).status == 200
    for kind in (FORM, JSON, {"Content-Type": "text/plain"}):
        asker = Asker(server.url, server.secret_key)
        answer = asker.send("POST", "/v1/customers", b"a=" + b"x" * (MEBIBYTE + 1), kind)
        assert answer.status == 413
        assert answer.error["type"] == "invalid_request_error"
        asker.close()
    asker = Asker(server.url, server.secret_key)
    assert asker.send("POST", "/v1/customers", b"name=" + b"x" * (MEBIBYTE - 9), FORM).status == 400
    assert asker.send("GET", "/v1/customers").status == 200
    asker.close()


@pytest.mark.parametrize("length", [b"Content-Length: 60", b"Transfer-Encoding: chunked"])
def test_a_body_that_ends_too_soon_is_not_carried_out(
    server: Any, asker: Asker, length: bytes
) -> None:
    begun = b"email=cut@example.com&name=Ada"
    head = b"POST /v1/customers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n%s\r\n\r\n"
    chunk = b"" if b"60" in length else b"%x\r\n" % len(begun)
    raw(server, head % (server.secret_key.encode(), length) + chunk + begun)
    found = asker.ask("GET", "/v1/customers", {"email": "cut@example.com"})
    assert found.body["data"] == []


def test_a_connection_outlives_errors(asker: Asker) -> None:
    for _ in range(3):
        assert asker.send("POST", "/v1/customers", b"nope=1", FORM).status == 400
        assert asker.send("GET", "/v1/customers/cus_none").status == 404
        assert asker.send("POST", "/v1/customers", b"{", JSON).status == 400
        assert asker.send("DELETE", "/v1/nothing").status == 404
        assert asker.send("POST", "/v1/customers", b"name=Ada", FORM).status == 200


def test_a_body_may_come_in_chunks(server: Any) -> None:
    parts = urlsplit(server.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    headers = {**FORM, "Authorization": f"Bearer {server.secret_key}"}
    chunks = iter([b"na", b"me=A", b"d", b"a"])
    connection.request("POST", "/v1/customers", chunks, headers, encode_chunked=True)
    assert json.loads(connection.getresponse().read())["name"] == "Ada"
    connection.close()


@pytest.mark.parametrize("request_bytes", [
    b"NONSENSE\r\n\r\n", b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00", b"GET / HTTP/9.9\r\n\r\n",
    b"POST /v1/customers HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    b"POST /v1/customers HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
    b"POST /v1/customers HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET /v1/customers HTTP/1.1\r\nHost: a\r\nX-Bad: " + b"x" * 200_000 + b"\r\n\r\n",
    b"GET /v1/customers?" + b"x" * 200_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /v1/customers\xff HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /v1/customers HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \xff\xfe\r\n\r\n",
    b"GET /v1/customers HTTP/1.1\r\nHost: a\r\nStripe-Version: \xff\r\n\r\n",
    b"POST /v1/customers HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\nname=A",
])  # fmt: skip
def test_what_is_not_http_harms_nobody(
    server: Any, asker: Asker, request_bytes: bytes
) -> None:
    before = len(asker.ask("GET", "/v1/customers", {"limit": 100}).body["data"])
    try:
        answer = raw(server, request_bytes)
    except ConnectionError:
        answer = b""
    assert not answer or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4")), answer[:200]
    assert len(asker.ask("GET", "/v1/customers", {"limit": 100}).body["data"]) == before


@pytest.mark.parametrize("header", [
    {"Idempotency-Key": "\xff\xfe"}, {"Idempotency-Key": "a\tb"}, {"Stripe-Account": "\xff"},
    {"Stripe-Version": "\xff"}, {"Content-Type": "\xff"}, {"X-Stripe-Client-User-Agent": "{"},
    {"Stripe-Context": "none"}, {"Content-Type": "application/json; charset=\xff"},
])  # fmt: skip
def test_a_header_may_be_anything(asker: Asker, header: dict[str, str]) -> None:
    answer = asker.send("POST", "/v1/customers", b"{}", header)
    assert answer.status < 500, answer.content
    assert asker.send("GET", "/v1/customers").status == 200


def test_no_answer_is_guessed_at_or_kept(asker: Asker) -> None:
    for path in ("/v1/customers", "/v1/nothing", "/_prorata/clock", "/healthz"):
        headers = asker.send("GET", path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "no-store" in headers["cache-control"]


def test_every_answer_has_the_headers_that_clients_read(asker: Asker) -> None:
    for answer in (
        asker.send("GET", "/v1/customers"), asker.send("GET", "/v1/none"),
        asker.send("POST", "/v1/customers", b"nope=1", FORM),
    ):  # fmt: skip
        assert answer.headers["request-id"].startswith("req_")
        assert answer.headers["cache-control"] == "no-cache, no-store"
        assert answer.headers["content-type"] == "application/json"
        assert "Request-Id" in answer.headers["access-control-expose-headers"]
        if answer.status >= 400:
            assert answer.headers["stripe-should-retry"] == "false"


@pytest.mark.parametrize("id", [
    "a/b", "a%2Fb", "\N{LATIN SMALL LETTER U WITH DIAERESIS}", "a b", "50%", "a+b", "a?b", "a#b",
])  # fmt: skip
def test_an_id_may_hold_anything(client: Any, id: str) -> None:
    assert client.v1.coupons.create({"id": id, "percent_off": 5}).id == id
    assert client.v1.coupons.retrieve(id).id == id
    assert client.v1.coupons.delete(id).id == id


def test_null_characters_are_refused_wherever_they_stand(asker: Asker) -> None:
    field, headers = multipart(b'Content-Disposition: form-data; name="name"\r\n\r\na\0b')
    for answer in (
        asker.send("GET", "/v1/customers/a%00b"),
        asker.send("GET", "/v1/customers?email=a%00b"),
        asker.send("GET", "/v1/customers?a%00b=1"),
        asker.send("POST", "/v1/customers", b"name=a%00b", FORM),
        asker.send("POST", "/v1/customers", b"metadata[a%00b]=1", FORM),
        asker.send("POST", "/v2/core/event_destinations", b'{"name": "a\\u0000b"}', JSON),
        asker.send("POST", "/v1/customers", field, headers),
    ):
        assert answer.status == 400
        assert "null characters" in answer.message
