"""One key, one effect, one answer: repeated, changed, too long and simultaneous requests."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from badinput.asking import Answer, Asker
from badinput.conftest import OTHER_KEY, open_books
from prorata.api import dispatch

MISMATCH = (
    "Keys for idempotent requests can only be used with the same parameters they were first used"
    " with. Try using a key other than '{key}' if you meant to execute a different request."
)
PAYMENT = {"amount": 2000, "currency": "usd", "confirm": True}
CARD = {"payment_method": "pm_card_visa"}
DECLINED = {"payment_method": "pm_card_visa_chargeDeclined"}


@pytest.fixture
def key() -> str:
    return str(uuid.uuid4())


def post(asker: Asker, path: str, tree: Any, key: str) -> Answer:
    return asker.ask("POST", path, tree, {"Idempotency-Key": key})


def count(asker: Asker, path: str) -> int:
    return len(asker.ask("GET", path, {"limit": 100}).body["data"])


@pytest.mark.parametrize(("path", "tree"), [
    ("/v1/customers", {"name": "Ada"}),
    ("/v1/payment_intents", {**PAYMENT, **CARD}),
    ("/v1/payment_intents", {**PAYMENT, **DECLINED}),
    ("/v1/customers", {"payment_method": "pm_none"}),
], ids=["written", "paid", "declined", "refused"])  # fmt: skip
def test_a_repeated_request_gets_the_first_answer(
    asker: Asker, key: str, path: str, tree: dict[str, Any]
) -> None:
    first = post(asker, path, tree, key)
    made, events = count(asker, path), count(asker, "/v1/events")
    again = post(asker, path, tree, key)
    assert (again.status, again.content) == (first.status, first.content)
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert first.headers["original-request"] == first.headers["request-id"]
    assert again.headers["original-request"] == first.headers["request-id"]
    assert again.headers["request-id"] != first.headers["request-id"]
    assert first.headers["idempotency-key"] == again.headers["idempotency-key"] == key
    assert (count(asker, path), count(asker, "/v1/events")) == (made, events)


@pytest.mark.parametrize(("path", "tree"), [
    ("/v1/customers", {"name": "Bob"}),
    ("/v1/customers", {}),
    ("/v1/customers?name=Ada", {}),
    ("/v1/products", {"name": "Ada"}),
])  # fmt: skip
def test_a_key_is_for_one_request(
    asker: Asker, key: str, path: str, tree: dict[str, Any]
) -> None:
    first = post(asker, "/v1/customers", {"name": "Ada"}, key)
    other = post(asker, path, tree, key)
    assert other.status == 400
    assert other.error["type"] == "idempotency_error"
    assert other.message == MISMATCH.format(key=key)
    assert other.code is None
    again = post(asker, "/v1/customers", {"name": "Ada"}, key)
    assert (again.status, again.content) == (200, first.content)


@pytest.mark.parametrize(("first", "again", "same"), [
    ("name=Ada&email=a@b.co", "email=a@b.co&name=Ada", True),
    ("name=Ada&metadata[a]=1&metadata[b]=2", "metadata[b]=2&metadata[a]=1&name=Ada", True),
    ("name=Ada+L&metadata[a]=1", "name=Ada%20L&metadata%5Ba%5D=1", True),
    ("preferred_locales[0]=en&preferred_locales[1]=fr",
     "preferred_locales[1]=fr&preferred_locales[0]=en", True),
    ("preferred_locales[]=en&preferred_locales[]=fr",
     "preferred_locales[]=fr&preferred_locales[]=en", False),
    ("metadata[a]=1&metadata[b]=2", "metadata[a]=2&metadata[b]=1", False),
    ("name=Ada", "name=Ada&metadata[a]=", False),
    ("description=name&name=Ada", "name=name&description=Ada", False),
])  # fmt: skip
def test_the_order_and_the_spelling_of_parameters_make_no_other_request(
    asker: Asker, key: str, first: str, again: str, same: bool
) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Idempotency-Key": key}
    made = asker.send("POST", "/v1/customers", first.encode(), kind)
    assert made.status == 200, made.content
    answer = asker.send("POST", "/v1/customers", again.encode(), kind)
    if same:
        assert (answer.status, answer.content) == (200, made.content)
        assert answer.headers["idempotent-replayed"] == "true"
    else:
        assert (answer.status, answer.error["type"]) == (400, "idempotency_error")


def test_a_key_kept_by_a_server_of_an_earlier_state_is_known_after_the_upgrade(
    asker: Asker, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = dispatch._mark
    with monkeypatch.context() as before:
        before.setattr(dispatch, "_mark", lambda call, said=None: mark(call, call.request.body))
        first = post(asker, "/v1/customers", {"name": "Ada", "email": "a@b.co"}, key)
    again = post(asker, "/v1/customers", {"name": "Ada", "email": "a@b.co"}, key)
    assert (again.status, again.content) == (200, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    other = post(asker, "/v1/customers", {"name": "Eve", "email": "a@b.co"}, key)
    assert (other.status, other.error["type"]) == (400, "idempotency_error")


def test_a_key_comes_back_byte_for_byte(asker: Asker, key: str) -> None:
    # What the client puts into a header as UTF-8 it reads there as UTF-8 again.
    sent = f"{key} café".encode()
    tree: Any = ("POST", "/v1/customers", b"name=Ada", {"Idempotency-Key": sent})
    for answer in (asker.send(*tree), asker.send(*tree)):
        assert answer.status == 200, answer.content
        assert answer.headers["idempotency-key"].encode("latin-1") == sent


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_key_is_told_as_its_client_wrote_it(asker: Asker, key: str, encoding: str) -> None:
    # Go, curl and Node's fetch write UTF-8; Python's requests and Node's http write Latin-1.
    written = f"{key} Größe"
    headers = {"Idempotency-Key": written.encode(encoding)}
    made = asker.send("POST", "/v1/customers", b"name=Ada", headers).body
    [event] = asker.ask("GET", "/v1/events", {"type": "customer.created", "limit": 1}).body["data"]
    assert event["data"]["object"]["id"] == made["id"]
    assert event["request"]["idempotency_key"] == written
    other = asker.send("POST", "/v1/customers", b"name=Eve", headers)
    assert other.message == MISMATCH.format(key=written)


def test_a_file_that_is_sent_again_has_another_boundary(asker: Asker, key: str) -> None:
    def upload(content: bytes, boundary: str) -> Answer:
        parts = (
            b'name="purpose"\r\n\r\ndispute_evidence',
            b'name="file"; filename="a.png"\r\n\r\n\x89PNG\r\n\x1a\n' + content,
        )
        between = f"--{boundary}".encode()
        body = b"".join(
            between + b"\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts
        )
        headers = {"Content-Type": f'multipart/form-data; boundary="{boundary}"'}
        sent = {**headers, "Idempotency-Key": key}
        return asker.send("POST", "/v1/files", body + between + b"--\r\n", sent)

    first = upload(b"paid", "1234567890")
    assert first.status == 200, first.content
    again = upload(b"paid", "0987654321")
    assert (again.status, again.content) == (200, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    other = upload(b"sent", "1234567890")
    assert (other.status, other.error["type"]) == (400, "idempotency_error")


@pytest.mark.parametrize("tree", [
    {"nope": 1}, {"email": "none"}, {"name": {"a": "b"}}, {"balance": "much"},
])  # fmt: skip
def test_a_malformed_request_does_not_use_its_key_up(
    asker: Asker, key: str, tree: dict[str, Any]
) -> None:
    assert post(asker, "/v1/customers", tree, key).status == 400
    mended = post(asker, "/v1/customers", {"name": "Ada"}, key)
    assert mended.status == 200
    assert "idempotent-replayed" not in mended.headers


def test_a_key_is_ignored_unless_something_is_posted(asker: Asker, key: str) -> None:
    header = {"Idempotency-Key": key}
    first = asker.ask("GET", "/v1/customers", headers=header)
    made = post(asker, "/v1/customers", {"name": "Ada"}, key).body["id"]
    assert made not in str(first.body)
    assert made in str(asker.ask("GET", "/v1/customers", headers=header).body)
    assert asker.ask("DELETE", f"/v1/customers/{made}", headers=header).body["deleted"] is True


@pytest.mark.parametrize(("length", "status"), [(255, 200), (256, 400), (5_000, 400)])
def test_a_key_has_at_most_255_characters(asker: Asker, length: int, status: int) -> None:
    before = count(asker, "/v1/products")
    key = str(uuid.uuid4()).ljust(length, "k")
    answer = post(asker, "/v1/products", {"name": "P"}, key)
    assert answer.status == status
    assert count(asker, "/v1/products") == before + (status == 200)


def test_an_empty_key_is_none(asker: Asker) -> None:
    made = {post(asker, "/v1/products", {"name": "P"}, "").body["id"] for _ in range(2)}
    assert len(made) == 2


def test_keys_of_accounts_do_not_meet(server: Any, asker: Asker, key: str) -> None:
    open_books(server)
    other = Asker(server.url, OTHER_KEY)
    ours = post(asker, "/v1/customers", {"name": "Ada"}, key)
    theirs = post(other, "/v1/customers", {"name": "Bob"}, key)
    assert ours.status == theirs.status == 200
    assert ours.body["id"] != theirs.body["id"]
    other.close()


def test_simultaneous_requests_with_one_key_have_one_effect(server: Any, key: str) -> None:
    threads = 8
    start = threading.Barrier(threads)

    def ask(_: int) -> Answer:
        asker = Asker(server.url, server.secret_key)
        start.wait()
        answer = post(asker, "/v1/payment_intents", {**PAYMENT, **CARD, "amount": 777}, key)
        asker.close()
        return answer

    with ThreadPoolExecutor(threads) as pool:
        answers = list(pool.map(ask, range(threads)))
    assert {answer.status for answer in answers} <= {200, 409}
    assert len({answer.content for answer in answers if answer.status == 200}) == 1
    firsts = [
        each for each in answers
        if each.status == 200 and "idempotent-replayed" not in each.headers
    ]  # fmt: skip
    assert len(firsts) == 1
    asker = Asker(server.url, server.secret_key)
    charges = asker.ask("GET", "/v1/charges", {"limit": 100}).body["data"]
    assert [charge["amount"] for charge in charges].count(777) == 1
    asker.close()


class SlowGateway:
    """A gateway that lets go of a charge only when it is told to."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.asked, self.answer = threading.Event(), threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def charge(self, order: Any) -> Any:
        self.asked.set()
        assert self.answer.wait(60)
        return self._inner.charge(order)


@pytest.fixture
def slow(server: Any) -> Iterator[SlowGateway]:
    """Let the server's gateway wait."""
    gateway = server.system.gateway
    server.system.gateway = SlowGateway(gateway)
    yield server.system.gateway
    server.system.gateway.answer.set()
    server.system.gateway = gateway


def test_a_request_that_is_under_way_is_not_begun_again(
    server: Any, asker: Asker, slow: SlowGateway, key: str
) -> None:
    path, tree = "/v1/payment_intents", {**PAYMENT, **CARD}
    first = Asker(server.url, server.secret_key)
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(post, first, path, tree, key)
        assert slow.asked.wait(60)
        second = post(asker, path, tree, key)
        assert second.status == 409
        assert second.error["type"] == "idempotency_error"
        assert second.code == "idempotency_key_in_use"
        assert key in second.message
        assert second.headers["stripe-should-retry"] == "true"
        other = post(asker, path, {**tree, "amount": 1}, key)
        assert (other.status, other.message) == (400, MISMATCH.format(key=key))
        slow.answer.set()
        paid = future.result(60)
    assert (paid.status, paid.body["status"]) == (200, "succeeded")
    again = post(asker, path, tree, key)
    assert (again.status, again.content) == (200, paid.content)
    first.close()


def test_a_refusal_that_comes_late_does_not_answer_for_who_was_faster(
    server: Any, asker: Asker, slow: SlowGateway, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    came, goes = threading.Event(), threading.Event()
    fail = dispatch.fail

    def fail_late(*arguments: Any) -> Any:
        came.set()
        assert goes.wait(60)
        return fail(*arguments)

    monkeypatch.setattr(dispatch, "fail", fail_late)
    customer = asker.ask("POST", "/v1/customers", {"name": "Ada"}).body["id"]
    price = asker.ask("POST", "/v1/prices", {
        "currency": "usd", "unit_amount": 2000, "recurring": {"interval": "month"},
        "product_data": {"name": "Basic"},
    }).body["id"]  # fmt: skip
    path, tree = "/v1/subscriptions", {"customer": customer, "items": [{"price": price}]}
    one, two = (Asker(server.url, server.secret_key) for _ in range(2))
    with ThreadPoolExecutor(2) as pool:
        without_card = pool.submit(post, one, path, tree, key)
        assert came.wait(60)
        asker.ask("POST", f"/v1/customers/{customer}", {"source": "tok_visa"})
        with_card = pool.submit(post, two, path, tree, key)
        assert slow.asked.wait(60)
        goes.set()
        assert without_card.result(60).status == 400
        slow.answer.set()
        paid = with_card.result(60)
    assert (paid.status, paid.body["status"]) == (200, "active")
    again = post(asker, path, tree, key)
    assert (again.status, again.content) == (200, paid.content)
    one.close()
    two.close()
