"""Who may ask: keys, accounts and versions, and what refuses them."""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest

from badinput.asking import Asker
from prorata.api.access import KNOWN_SECONDS, Keyring
from prorata.model.api_versions import API_VERSIONS
from prorata.model.errors import AuthenticationError
from prorata.store.books import add_key, all_books
from prorata.store.connection import Connection
from prorata.store.keys import expire, roll, stored_keys

NEWEST = "2026-10-28.endive"
NO_KEY = "You did not provide an API key. You need to provide your API key in the Authorization"


def basic(user: str) -> str:
    return "Basic " + base64.b64encode(user.encode()).decode()


@pytest.mark.parametrize("authorization", [
    None, "", "Bearer", "Bearer ", "Token x", "Basic", "Basic !!!", "Basic /w==", "sk_test_x",
])  # fmt: skip
def test_without_a_key_nothing_is_answered(nobody: Asker, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    for method, path in (("GET", "/v1/customers"), ("POST", "/v1/customers"), ("GET", "/v1/no")):
        answer = nobody.ask(method, path, headers=headers)
        assert answer.status == 401
        assert answer.error["type"] == "invalid_request_error"
        assert answer.message.startswith(NO_KEY)
        assert answer.headers["stripe-should-retry"] == "false"


@pytest.mark.parametrize(("key", "shown"), [
    ("sk_test_abcdefghijklmnop1234", "sk_test_****1234"),
    ("rk_test_abcdefghijklmnop1234", "rk_test_****1234"),
    ("sk_live_abcdefghijklmnop1234", "sk_live_****1234"),
    ("short", "****"),
    ("' OR 1=1; --", "****"),
])  # fmt: skip
def test_a_key_that_opens_nothing_is_not_printed_whole(
    nobody: Asker, key: str, shown: str
) -> None:
    for authorization in (f"Bearer {key}", basic(f"{key}:")):
        answer = nobody.ask("GET", "/v1/customers", headers={"Authorization": authorization})
        assert answer.status == 401
        assert answer.message == f"Invalid API Key provided: {shown}"


def test_a_key_may_be_a_bearer_or_a_user(server: Any, nobody: Asker) -> None:
    key = server.secret_key
    for authorization in (f"Bearer {key}", f"bearer   {key}", basic(f"{key}:"), basic(key)):
        answer = nobody.ask("GET", "/v1/customers", headers={"Authorization": authorization})
        assert answer.status == 200


@pytest.mark.parametrize("path", [
    "customer", "payment_method.customer", "payment_method.customer.subscriptions",
    "latest_charge", "latest_charge.customer",
])  # fmt: skip
def test_a_page_expands_what_it_pays_with_and_nothing_beyond(
    server: Any, asker: Asker, path: str
) -> None:
    customer = asker.ask("POST", "/v1/customers", {
        "email": "ada@example.com", "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    }).body["id"]  # fmt: skip
    [method] = asker.ask("GET", f"/v1/customers/{customer}/payment_methods").body["data"]
    intent = asker.ask("POST", "/v1/payment_intents", {
        "amount": 500, "currency": "usd", "customer": customer, "payment_method": method["id"]
    }).body  # fmt: skip
    browser = Asker(server.url, server.publishable_key)
    route, proof = f"/v1/payment_intents/{intent['id']}", {"client_secret": intent["client_secret"]}
    seen = browser.ask("GET", route, {**proof, "expand": ["payment_method"]})
    assert seen.body["payment_method"]["card"]["last4"] == "4242"
    answers = [
        browser.ask("GET", route, {**proof, "expand": [path]}),
        browser.ask("POST", f"{route}/confirm", {**proof, "expand": [path]}),
    ]
    assert [(each.status, each.code) for each in answers] == [(403, "secret_key_required")] * 2
    assert not any(b"ada@example.com" in each.content for each in answers)
    assert asker.ask("GET", route).body["status"] == "requires_confirmation"
    browser.close()


@pytest.mark.parametrize(("param", "said"), [
    ("allowed_payment_method_types", {"allowed_payment_method_types": ["card"]}),
    ("capture_method", {"capture_method": "manual"}),
    ("excluded_payment_method_types", {"excluded_payment_method_types": ["sepa_debit"]}),
    ("payment_method_options[card][capture_method]",
     {"payment_method_options": {"card": {"capture_method": "manual"}}}),
])  # fmt: skip
def test_a_page_does_not_say_how_the_seller_is_paid(
    server: Any, asker: Asker, param: str, said: dict[str, Any]
) -> None:
    intent = asker.ask("POST", "/v1/payment_intents", {"amount": 500, "currency": "usd"}).body
    browser = Asker(server.url, server.publishable_key)
    route = f"/v1/payment_intents/{intent['id']}/confirm"
    form = {"client_secret": intent["client_secret"], "payment_method": "pm_card_visa",
            "return_url": "https://example.com"}  # fmt: skip
    answer = browser.ask("POST", route, {**form, **said})
    assert (answer.status, answer.code, answer.param) == (400, "secret_key_required", param)
    assert browser.ask("POST", route, form).body["status"] == "succeeded"
    browser.close()


def test_a_publishable_key_opens_only_what_a_browser_needs(server: Any, asker: Asker) -> None:
    browser = Asker(server.url, server.publishable_key)
    for method, path in (
        ("GET", "/v1/customers"), ("POST", "/v1/customers"), ("POST", "/v1/payment_intents"),
        ("DELETE", "/v1/customers/cus_1"), ("POST", "/v1/refunds"), ("GET", "/v1/events"),
    ):  # fmt: skip
        answer = browser.ask(method, path)
        assert answer.status in (401, 403)
        assert answer.code == "secret_key_required"
    intent = asker.ask("POST", "/v1/payment_intents", {"amount": 500, "currency": "usd"}).body
    path = f"/v1/payment_intents/{intent['id']}"
    for secret in (None, "nonsense", intent["client_secret"][:-1], "", {"a": "b"}):
        tree = {} if secret is None else {"client_secret": secret}
        answer = browser.ask("GET", path, tree)
        assert answer.status in (400, 401, 403, 404), tree
        assert intent["client_secret"].encode() not in answer.content
    answer = browser.ask("GET", path, {"client_secret": intent["client_secret"]})
    assert answer.status == 200
    browser.close()


def test_the_own_account_may_be_named_and_no_other(asker: Asker) -> None:
    own = asker.ask("GET", "/v1/account").body["id"]
    assert asker.ask("GET", "/v1/customers", headers={"Stripe-Account": own}).status == 200
    answer = asker.ask("GET", "/v1/customers", headers={"Stripe-Account": "acct_1Stranger"})
    assert (answer.status, answer.code) == (403, "account_invalid")
    assert "acct_1Stranger" in answer.message


@pytest.mark.parametrize("version", API_VERSIONS)
def test_every_released_version_is_spoken(asker: Asker, version: str) -> None:
    answer = asker.ask("GET", "/v1/customers", headers={"Stripe-Version": version})
    assert answer.status == 200
    assert answer.headers["stripe-version"] == version


@pytest.mark.parametrize("version", [
    "2026-10-28", "2026-10-28.ENDIVE", "2019-01-01", "latest", "2026-10-28.endive; x=v1", "-", "0",
])  # fmt: skip
def test_an_unknown_version_is_refused(asker: Asker, version: str) -> None:
    for method in ("GET", "POST"):
        answer = asker.ask(method, "/v1/customers", headers={"Stripe-Version": version})
        assert answer.status == 400
        assert answer.message == f"Invalid Stripe API version: {version}"
        assert answer.code is None


def test_without_a_version_the_newest_is_spoken(asker: Asker) -> None:
    assert asker.ask("GET", "/v1/customers").headers["stripe-version"] == NEWEST


def test_a_revoked_key_soon_opens_nothing(server: Any) -> None:
    database, now = server.system.database, [1_000.0]
    keyring = Keyring(clock=lambda: now[0])
    secret = "sk_test_" + "r" * 24

    def add(connection: Connection) -> None:
        add_key(connection, all_books(connection)[0], secret, id="key_gone", now=1)

    database.write(add)
    assert database.read(lambda connection: keyring.open(connection, secret)).id == "key_gone"
    database.write(lambda each: each.run("UPDATE api_key SET revoked_at = 2 WHERE id = 'key_gone'"))
    now[0] += KNOWN_SECONDS
    assert keyring.known(secret) is None
    with pytest.raises(AuthenticationError):
        database.read(lambda connection: keyring.open(connection, secret))


def test_keys_that_nobody_uses_any_more_are_not_kept(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every meter event session has one.
    monkeypatch.setattr("prorata.api.access.MOST_KNOWN", 5)
    database, keyring = server.system.database, Keyring()
    secrets = [f"sk_test_{number:024}" for number in range(20)]

    def add(connection: Connection) -> None:
        book = all_books(connection)[0]
        for secret in secrets:
            add_key(connection, book, secret, id=f"key_{secret[-2:]}", now=1)

    database.write(add)
    for secret in secrets:
        database.read(lambda connection, secret=secret: keyring.open(connection, secret))
        assert keyring.known(secret) is not None
    assert sum(keyring.known(secret) is not None for secret in secrets) <= 5


def test_an_expired_key_opens_nothing_and_says_so(server: Any, nobody: Asker) -> None:
    database, now, wall = server.system.database, [1_000.0], [5_000.0]
    keyring = Keyring(clock=lambda: now[0], wall_clock=lambda: wall[0])
    secret = "sk_test_" + "e" * 24

    def add(connection: Connection) -> None:
        add_key(connection, all_books(connection)[0], secret, id="key_ends", now=1)
        expire(connection, "key_ends", 5_003)

    database.write(add)
    opened = database.read(lambda connection: keyring.open(connection, secret))
    assert (opened.id, opened.expires_at) == ("key_ends", 5_003)
    now[0] += 2.9
    assert keyring.known(secret) is not None
    now[0] += 0.2
    wall[0] += 3.1
    assert keyring.known(secret) is None
    with pytest.raises(AuthenticationError) as refused:
        database.read(lambda connection: keyring.open(connection, secret))
    assert refused.value.code == "api_key_expired"
    answer = nobody.ask("GET", "/v1/customers", headers={"Authorization": f"Bearer {secret}"})
    assert (answer.status, answer.code) == (401, "api_key_expired")
    assert answer.message == "Expired API Key provided: sk_test_****eeee"


def test_a_rolled_key_may_do_what_the_old_one_may_and_both_open_for_a_while(server: Any) -> None:
    database, keyring = server.system.database, Keyring()
    first, second = ("rk_test_" + letter * 24 for letter in "fg")
    soon = int(time.time()) + 3_600

    def add(connection: Connection) -> None:
        book = all_books(connection)[0]
        permissions = frozenset({"customer_read"})
        add_key(connection, book, first, id="key_old", now=1, permissions=permissions)
        [old] = [each for each in stored_keys(connection) if each.id == "key_old"]
        roll(connection, old, second, id="key_new", now=2, ends_at=soon)

    database.write(add)
    for secret in (first, second):
        opened = database.read(lambda connection, secret=secret: keyring.open(connection, secret))
        assert opened.permissions == {"customer_read"}
    assert opened.expires_at is None
    stored = {each.id: each for each in database.read(stored_keys)}
    assert (stored["key_old"].expires_at, stored["key_old"].ended(soon)) == (soon, True)


def test_a_restricted_key_that_was_given_nothing_may_do_nothing(server: Any) -> None:
    database, secret = server.system.database, "rk_test_" + "n" * 24
    database.write(
        lambda each: add_key(each, all_books(each)[0], secret, id="key_nothing", now=1)
    )
    opened = database.read(lambda connection: Keyring().open(connection, secret))
    assert opened.permissions == frozenset()
