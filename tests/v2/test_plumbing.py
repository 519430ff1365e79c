"""How requests below /v2 are written and answered: bodies, headers, keys, errors."""

from __future__ import annotations

import json
from typing import Any

import pytest
import stripe

from badinput.asking import Answer, Asker

from .conftest import terms

PATH = "/v2/core/event_destinations"
JSON = {"Content-Type": "application/json"}
MISMATCH = "Keys for idempotent requests can only be used with the same parameters"


def keyed(asker: Asker, method: str, path: str, key: str, tree: Any = None) -> Answer:
    body = None if tree is None else json.dumps(tree).encode()
    return asker.send(method, path, body, {**JSON, "Idempotency-Key": key})


def test_a_body_is_json(asker: Asker) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for body, headers, said in (
        (b"name=Ours", form, "Content-Type: application/json"),
        (b"name=Ours", {}, "Content-Type: application/json"),
        (b"{", JSON, "not valid JSON"), (b"[]", JSON, "must be a JSON object"),
        (b'{"name": "\\u0000"}', JSON, "null characters"),
    ):  # fmt: skip
        answer = asker.send("POST", PATH, body, headers)
        assert answer.status == 400
        assert said in answer.message
        assert answer.error["type"] == "invalid_request_error"
    made = asker.ask("POST", PATH, terms()).body["id"]
    # What needs no parameters needs no body.
    assert asker.send("POST", f"{PATH}/{made}/disable").status == 200
    assert asker.send("POST", f"{PATH}/{made}/enable", b"{}", JSON).status == 200


def test_types_of_json_are_kept_apart(asker: Asker) -> None:
    for change, param in (
        ({"description": 5}, "description"), ({"description": ["a"]}, "description"),
        ({"enabled_events": "v1.customer.created"}, "enabled_events"),
        ({"webhook_endpoint": "https://example.com"}, "webhook_endpoint"),
        ({"metadata": ["a"]}, "metadata"), ({"name": None}, "name"),
    ):  # fmt: skip
        answer = asker.ask("POST", PATH, terms(**change))
        assert (answer.status, answer.code, answer.param) == (400, "invalid_fields", param)


def test_errors_have_no_page_of_v1s_codes(asker: Asker) -> None:
    for answer in (asker.ask("GET", f"{PATH}/ed_none"), asker.ask("POST", PATH, {"nope": 1})):
        assert "doc_url" not in answer.error
        assert set(answer.body) == {"error"}
    unknown = asker.ask("GET", "/v2/core/nothing")
    assert (unknown.status, unknown.code) == (404, "not_found")


def test_a_version_is_taken_or_stands_by_itself(asker: Asker) -> None:
    for version in ("2026-10-28.endive", "2024-09-30.acacia"):
        answer = asker.send("GET", PATH, None, {"Stripe-Version": version})
        assert (answer.status, answer.headers["stripe-version"]) == (200, version)
    assert asker.send("GET", PATH).headers["stripe-version"] == "2026-10-28.endive"
    assert asker.send("GET", PATH, None, {"Stripe-Version": "2031-01-01.x"}).status == 400


@pytest.mark.parametrize("header", ["Stripe-Account", "Stripe-Context"])
def test_the_own_account_may_be_named(asker: Asker, header: str) -> None:
    own = asker.ask("GET", "/v1/account").body["id"]
    assert asker.send("GET", PATH, None, {header: own}).status == 200
    answer = asker.send("GET", PATH, None, {header: "acct_1Another"})
    assert (answer.status, answer.code) == (403, "account_invalid")


def test_a_key_gives_the_same_answer_again(asker: Asker) -> None:
    with_secret = terms(include=["webhook_endpoint.signing_secret"])
    first = keyed(asker, "POST", PATH, "make", with_secret)
    again = keyed(asker, "POST", PATH, "make", with_secret)
    assert first.status == again.status == 200
    assert again.body == first.body
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["original-request"] == first.headers["request-id"]
    assert len(asker.ask("GET", PATH).body["data"]) == 1

    other = keyed(asker, "POST", PATH, "make", terms(name="Another"))
    assert (other.status, other.error["type"]) == (409, "idempotency_error")
    assert other.code == "idempotency_error"
    assert other.message.startswith(MISMATCH)
    # Nothing would change if it were tried again.
    assert other.headers["stripe-should-retry"] == "false"


def test_a_deletion_has_a_key_too(asker: Asker) -> None:
    made = asker.ask("POST", PATH, terms()).body["id"]
    first = keyed(asker, "DELETE", f"{PATH}/{made}", "end it")
    again = keyed(asker, "DELETE", f"{PATH}/{made}", "end it")
    assert (first.status, first.body) == (again.status, again.body) == (
        200, {"id": made, "object": "v2.core.event_destination"})  # fmt: skip
    assert again.headers["idempotent-replayed"] == "true"
    assert keyed(asker, "DELETE", f"{PATH}/{made}", "end it once more").status == 404


def test_what_failed_is_tried_anew_under_its_key(asker: Asker) -> None:
    made = asker.ask("POST", PATH, terms()).body["id"]
    asker.ask("POST", f"{PATH}/{made}/disable")
    failed = keyed(asker, "POST", f"{PATH}/{made}/ping", "ping")
    assert failed.status == 400
    asker.ask("POST", f"{PATH}/{made}/enable")
    assert keyed(asker, "POST", f"{PATH}/{made}/ping", "ping").status == 200


def test_the_sdk_tells_a_key_that_was_used_otherwise(client: stripe.StripeClient) -> None:
    destinations = client.v2.core.event_destinations
    destinations.create(terms(), {"idempotency_key": "sdk"})
    with pytest.raises(stripe.IdempotencyError) as refused:
        destinations.create(terms(name="Another"), {"idempotency_key": "sdk"})
    assert refused.value.http_status == 409


def test_keys_are_kept_for_thirty_days(server: Any, asker: Asker) -> None:
    from prorata.store.kept_answers import FIRST, forget_answers, old_answers

    day = 86_400
    keyed(asker, "POST", PATH, "month", terms())
    asker.send("POST", "/v1/products", b"name=A", {"Idempotency-Key": "day"})
    database = server.system.database
    now = server.system.clock.now()

    def kept() -> set[str]:
        rows = database.read(lambda each: each.query("SELECT key FROM idempotency"))
        return {key for (key,) in rows} & {"month", "day"}

    for later, left in ((0, {"month", "day"}), (2 * day, {"month"}), (31 * day, set())):
        at = now + later
        found = database.read(lambda each, at=at: old_answers(each, FIRST, 100, at))
        database.write(lambda each, at=at, found=found: forget_answers(each, found, at))
        assert kept() == left
