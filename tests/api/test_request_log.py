"""The request log says who asked for what and how it went, and nothing that is secret."""

from __future__ import annotations

import io
import json
import logging
import secrets
from collections.abc import Iterator
from typing import Any

import hypothesis.strategies as st
import pytest
import structlog
from hypothesis import given

from badinput.asking import Asker
from prorata.api.request_log import RequestLog, line_of
from prorata.api.served import Served
from prorata.model.redaction import redacted
from prorata.server.logs import configure_logs
from servers import running

CARDS = ("4242424242424242", "4242 4242 4242 4242", "5555-5555-5555-4444", "378282246310005")
KEY = "sk_live_" + "Ab1" * 12 + "wxyz"
Log = list[dict[str, Any]]


@pytest.fixture
def logged(store: str) -> Iterator[tuple[Any, Asker, Any]]:
    """Give a server, the asking, and a function that returns the lines logged so far."""
    stream = io.StringIO()
    with running(worker=False) as server:
        notes = server.server.application.notes
        notes.hearers.append(RequestLog(stream))
        asker = Asker(server.url, server.secret_key)

        def lines() -> Log:
            until = secrets.token_hex(8)
            asker.ask("POST", "/v1/nothing", headers={"Idempotency-Key": until})
            while until not in stream.getvalue():
                pass
            return [json.loads(each) for each in stream.getvalue().splitlines()][:-1]

        yield server, asker, lines
        asker.close()


def test_a_request_is_one_line(logged: Any) -> None:
    server, asker, lines = logged
    made = asker.ask("POST", "/v1/customers", {"name": "Ada"}, {"Idempotency-Key": "order 7"})
    older = {"Stripe-Version": "2024-09-30.acacia"}
    asker.ask("GET", f"/v1/customers/{made.body['id']}", headers=older)
    asker.ask("POST", "/v1/customers", {"name": "Ada"}, {"Idempotency-Key": "order 7"})
    asker.ask("GET", "/v1/customers/cus_none")
    first, second, third, fourth = lines()
    assert {name: first[name] for name in (
        "event", "level", "method", "route", "status", "request", "livemode", "key",
        "idempotency_key", "version",
    )} == {
        "event": "request", "level": "info", "method": "POST", "route": "/v1/customers",
        "status": 200, "request": made.headers["request-id"], "livemode": False,
        "key": server.secret_key[-4:], "idempotency_key": "order 7",
        "version": "2026-10-28.endive",
    }  # fmt: skip
    assert first["account"].startswith("acct_")
    assert 0 < first["milliseconds"] < 60_000
    assert first["bytes"] == len(made.content)
    assert first["timestamp"].endswith("Z")
    assert (second["route"], second["version"]) == ("/v1/customers/{id}", "2024-09-30.acacia")
    assert third["replayed"] is True
    assert (fourth["status"], fourth["error_code"]) == (404, "resource_missing")
    assert fourth["error_type"] == "invalid_request_error"


def test_a_request_that_is_refused_early_is_a_line_too(logged: Any) -> None:
    server, asker, lines = logged
    stranger = Asker(server.url, "sk_test_" + "x" * 24)
    stranger.ask("GET", "/v1/customers")
    asker.ask("POST", "/v1/customers", {"nonsense": "1"})
    asker.send("POST", "/v1/customers", b"x" * (2 << 20), {"Content-Type": "text/plain"})
    browser = Asker(server.url, server.publishable_key)
    browser.ask("GET", "/v1/customers")
    browser.ask("OPTIONS", "/v1/customers")
    refused, unknown, large, forbidden, asked_first = lines()
    assert (refused["status"], refused["route"], refused.get("key")) == (401, "unknown", None)
    assert (unknown["status"], unknown["route"]) == (400, "/v1/customers")
    assert unknown["key"] == server.secret_key[-4:]
    assert large["status"] == 413
    assert forbidden["status"] == 403
    assert (asked_first["method"], asked_first["status"]) == ("OPTIONS", 200)
    stranger.close()
    browser.close()


def test_no_secret_of_any_request_is_in_the_log(logged: Any) -> None:
    server, asker, lines = logged
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "987"}
    asker.ask("POST", "/v1/tokens", {"card": card}, {"Idempotency-Key": "4242 4242 4242 4242"})
    asker.ask("POST", "/v1/payment_methods", {"type": "card", "card": card},
              {"Idempotency-Key": f"key {server.secret_key}"})  # fmt: skip
    intent = asker.ask("POST", "/v1/payment_intents", {"amount": 500, "currency": "usd"}).body
    browser = Asker(server.url, None)
    browser.ask("GET", f"/v1/payment_intents/{intent['id']}", {
        "client_secret": intent["client_secret"], "key": server.publishable_key})
    hook = asker.ask("POST", "/v1/webhook_endpoints", {
        "url": "https://user:pass@example.com/h", "enabled_events": ["*"]}).body
    asker.ask("GET", f"/v1/{server.secret_key}/4242424242424242?key={KEY}")
    asker.ask("GET", f"/_prorata/challenge/{intent['id']}", {"client_secret": "x"})
    browser.ask("GET", "/links/test_aVerySecretLink")
    # In a time, or in how long it took, any three digits may stand.
    numbers = {"timestamp", "milliseconds", "bytes", "request"}
    text = json.dumps([
        {name: value for name, value in line.items() if name not in numbers} for line in lines()
    ])  # fmt: skip
    for secret in (
        server.secret_key, server.publishable_key, intent["client_secret"], hook["secret"],
        "4242424242424242", "4242 4242", "987", "pass@", KEY, "aVerySecretLink", intent["id"],
    ):  # fmt: skip
        assert secret not in text
    browser.close()


def test_a_log_that_cannot_be_written_keeps_nobody_from_an_answer(logged: Any) -> None:
    server, asker, _ = logged

    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError("no space left on device")

    server.server.application.notes.hearers.append(RequestLog(Full()))
    for _ in range(3):
        assert asker.ask("GET", "/v1/customers").status == 200


@pytest.mark.parametrize(("text", "shown"), [
    (f"key {KEY}!", "key sk_live_****wxyz!"),
    ("rk_test_abcdefghijklmnopqrstuvwx", "rk_test_****uvwx"),
    (f"order_{KEY}_7", "order_sk_live_****wxyz_7"),
    (f"?key%3D{KEY}%26", "?key%3Dsk_live_****wxyz%26"),
    ("ek_test_abcdefghijkl and mes_live_abcdefghijkl", "ek_test_****ijkl and mes_live_****ijkl"),
    ("for_whsec_abcdefghijkl", "for_whsec_****"),
    ("pay_pi_1Abc_secret_XyZ12345_1", "pay_pi_1Abc_secret_****_1"),
    ("whsec_abcdefghijkl", "whsec_****"),
    ("pi_1Abc_secret_XyZ12345 and more", "pi_1Abc_secret_**** and more"),
    ("seti_1Abc_secret_XyZ12345", "seti_1Abc_secret_****"),
    ("Authorization: Bearer abcdefgh.ijkl", "Authorization: Bearer ****"),
    ("Basic c2tfdGVzdF9hYmM6", "Basic ****"),
    ("https://ada:pass@example.com:8/h?a=b:c@d", "https://ada:****@example.com:8/h?a=b:c@d"),
    ("postgresql://db/shop?user=a&password=hunter2&sslmode=require",
     "postgresql://db/shop?user=a&password=****&sslmode=require"),
    *((f"with {card}.", "with [card number].") for card in CARDS),
    ("order 4242424242424241", "order 4242424242424241"),
    ("2026-11-26T01:46:37.617Z took 12345 of 1795657597", "2026-11-26T01:46:37.617Z took 12345 of"
     " 1795657597"),
    ("cus_1GQPImGTnsdPeH sk_test_", "cus_1GQPImGTnsdPeH sk_test_"),
])  # fmt: skip
def test_what_is_secret_is_taken_out(text: str, shown: str) -> None:
    assert redacted(text) == shown


@given(st.text(), st.sampled_from(CARDS), st.text())
def test_no_card_number_survives_between_words(before: str, card: str, after: str) -> None:
    # Spaces twice: one alone would make a longer number of it.
    assert redacted(f"{before}  {card}  {after}").count(card) <= f"{before}{after}".count(card)


def test_errors_in_the_log_are_redacted_too(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        configure_logs(json=True)
        try:
            raise ValueError(f"unique constraint: {KEY} 4242424242424242")
        except ValueError:
            structlog.get_logger("test").exception("it failed", url=f"https://x/?key={KEY}")
    finally:
        configure_logs(json=False)
    line = json.loads(capsys.readouterr().err)
    assert "ValueError" in line["exception"]
    assert KEY not in json.dumps(line)
    assert "4242424242424242" not in json.dumps(line)


def test_what_libraries_say_is_a_line_too(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        configure_logs(json=True)
        logging.getLogger("a.library").warning("It failed: %s", f"?key={KEY}")
        logging.getLogger("a.library").info("of no interest")
    finally:
        configure_logs(json=False)
    line = json.loads(capsys.readouterr().err)
    assert (line["level"], line["logger"]) == ("warning", "a.library")
    assert line["event"].startswith("It failed") and KEY not in line["event"]


def test_a_line_is_made_of_any_answer() -> None:
    served = Served(1.5, 0.25, "req_1", "GET", "/v1/x", 500, 2, error=b"not json")
    line = line_of(served)
    assert (line.level, line.milliseconds, line.error_type) == ("error", 250.0, None)
    assert line.timestamp == "1970-01-01T00:00:01.500Z"
