"""Counsel: whatever a gateway is asked, it is asked with no transaction open."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest
import stripe

from prorata.engine.advance import run_due
from prorata.engine.doctor import examine
from prorata.gateways.protocol import GatewayTimeout
from servers import running

START = 1_700_000_000
MONTH = 32 * 86_400
CARD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123"}
OPEN = (
    "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    " AND xact_start IS NOT NULL"
)
# The network's own books are beside ours, and not the transaction meant.
QUESTIONS = ("attach", "tokenize_card", "tokenize_bank", "from_test_token", "virtual_accounts")


class FarGateway:
    """The sandbox as if it were far away; it notes at every call whether a transaction is open."""

    immediate = False

    def __init__(self, inner: Any, database: str) -> None:
        self._inner = inner
        self._database = database
        self.asked: Counter[str] = Counter()
        self.inside: list[str] = []
        self.silent: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return self._watched(name, found) if callable(found) else found

    def _watched(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any, **named: Any) -> Any:
            self.asked[name] += 1
            if self._is_open():
                self.inside.append(name)
            if name in self.silent:
                raise GatewayTimeout("nobody is there")
            return call(*arguments, **named)

        return watched

    def _is_open(self) -> bool:
        if self._database.startswith("postgresql"):
            with psycopg.connect(self._database, autocommit=True) as admin:
                return admin.execute(OPEN).fetchone() != (0,)
        path = self._database.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as other:
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
            other.execute("ROLLBACK")
        return False


class World:
    """A server without a worker whose gateway is far away."""

    def __init__(self, server: Any) -> None:
        self.system = server.system
        self.gateway = FarGateway(self.system.gateway, self.system.database.url)
        self.system.gateway = self.gateway
        self.api = stripe.StripeClient(
            server.secret_key, base_addresses={"api": server.url}, max_network_retries=0
        ).v1

    def later(self, seconds: int) -> None:
        self.system.clock.move_to(self.system.clock.now() + seconds)
        assert run_due(self.system, self.system.clock.now()).failed == []

    def assert_sound(self) -> None:
        assert self.gateway.inside == []
        assert [each for check in examine(self.system) for each in check.findings] == []


@pytest.fixture(scope="module")
def world(store: str) -> Iterator[World]:
    with running(worker=False, now=START) as server:
        yield World(server)


def test_no_transaction_is_open_while_cards_are_saved(world: World) -> None:
    api = world.api
    customer = api.customers.create({
        "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    })  # fmt: skip
    assert customer.invoice_settings.default_payment_method
    method = api.payment_methods.create({"type": "card", "card": CARD})
    assert api.payment_methods.attach(method.id, {"customer": customer.id}).customer == customer.id
    assert api.payment_methods.attach(method.id, {"customer": customer.id}).customer == customer.id
    token = api.tokens.create({"card": CARD})
    source = api.customers.payment_sources.create(customer.id, {"source": token.id})
    assert source.customer == customer.id
    api.setup_intents.create({
        "customer": customer.id, "payment_method": "pm_card_mastercard", "confirm": True,
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
    })  # fmt: skip
    assert world.gateway.asked.keys() >= {"attach", "tokenize_card", "from_test_token", "setup"}
    world.assert_sound()


def test_no_transaction_is_open_while_money_moves(world: World) -> None:
    api = world.api
    customer = api.customers.create({
        "source": "tok_visa", "tax_id_data": [{"type": "eu_vat", "value": "DE123456789"}],
    })  # fmt: skip
    price = api.prices.create({
        "currency": "usd", "unit_amount": 1000, "recurring": {"interval": "month"},
        "product_data": {"name": "Basic"},
    })  # fmt: skip
    made = api.subscriptions.create({"customer": customer.id, "items": [{"price": price.id}]})
    assert made.status == "active"
    world.later(MONTH)
    world.later(7_200)
    assert len(api.invoices.list({"subscription": made.id, "status": "paid"}).data) == 2
    held = api.payment_intents.create({
        "amount": 900, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True,
        "capture_method": "manual",
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
    })  # fmt: skip
    api.payment_intents.capture(held.id, {"amount_to_capture": 500})
    api.refunds.create({"payment_intent": held.id})
    assert world.gateway.asked.keys() >= {"charge", "capture", "refund"}
    world.assert_sound()


def test_no_transaction_is_open_while_accounts_are_asked_for(world: World) -> None:
    api = world.api
    customer = api.customers.create({})
    form = {
        "currency": "eur", "funding_type": "bank_transfer",
        "bank_transfer": {"type": "eu_bank_transfer", "eu_bank_transfer": {"country": "DE"}},
    }  # fmt: skip
    told = api.customers.funding_instructions.create(customer.id, form)
    assert told.bank_transfer.country == "DE"
    waits = api.payment_intents.create({
        "amount": 5000, "currency": "eur", "customer": customer.id, "confirm": True,
        "allowed_payment_method_types": ["customer_balance"],
        "payment_method_data": {"type": "customer_balance"},
        "payment_method_options": {"customer_balance": {
            "funding_type": "bank_transfer", "bank_transfer": form["bank_transfer"],
        }},
    })  # fmt: skip
    assert waits.status == "requires_action"
    account = api.payment_methods.create({
        "type": "us_bank_account", "billing_details": {"name": "Ada"},
        "us_bank_account": {
            "account_holder_type": "individual", "account_number": "000123456789",
            "routing_number": "110000000",
        },
    })  # fmt: skip
    assert account.us_bank_account.last4 == "6789"
    assert world.gateway.asked.keys() >= {"virtual_accounts", "tokenize_bank"}
    world.assert_sound()


def test_what_the_gateway_refuses_leaves_nothing_behind(world: World) -> None:
    before = len(world.api.customers.list({"limit": 100}).data)
    with pytest.raises(stripe.CardError) as declined:
        world.api.customers.create({"payment_method": "pm_card_chargeDeclined"})
    assert declined.value.code == "card_declined"
    with pytest.raises(stripe.CardError) as wrong:
        world.api.payment_methods.create(
            {"type": "card", "card": CARD | {"number": "4242424242424241"}}
        )
    assert wrong.value.code == "incorrect_number"
    assert len(world.api.customers.list({"limit": 100}).data) == before
    world.assert_sound()


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_silent_gateway_changes_nothing_and_the_same_key_is_answered_later(
    world: World, question: str
) -> None:
    calls: dict[str, Callable[[Any], Any]] = {
        "attach": lambda key: api.customers.create({"payment_method": "pm_card_visa"}, key),
        "from_test_token": lambda key: api.customers.create({"source": "tok_visa"}, key),
        "tokenize_card": lambda key: api.tokens.create({"card": CARD}, key),
        "tokenize_bank": lambda key: api.tokens.create({"bank_account": {
            "country": "US", "currency": "usd", "account_number": "000123456789",
            "routing_number": "110000000",
        }}, key),
        "virtual_accounts": lambda key: api.customers.funding_instructions.create(buyer, {
            "currency": "jpy", "funding_type": "bank_transfer",
            "bank_transfer": {"type": "jp_bank_transfer"},
        }, key),
    }  # fmt: skip
    api = world.api
    buyer = api.customers.create({}).id
    before = len(api.customers.list({"limit": 100}).data)
    world.gateway.silent = {question}
    key: Any = {"idempotency_key": f"once {question}"}
    with pytest.raises(stripe.APIError) as silence:
        calls[question](key)
    assert silence.value.http_status == 503
    assert "Nothing was changed" in str(silence.value)
    assert silence.value.headers["stripe-should-retry"] == "true"
    assert len(api.customers.list({"limit": 100}).data) == before
    world.gateway.silent = set()
    calls[question](key)
    world.assert_sound()


def test_a_transfer_waits_for_a_gateway_that_is_silent(world: World) -> None:
    api = world.api
    customer = api.customers.create({}).id
    world.gateway.silent = {"virtual_accounts"}
    waits = api.payment_intents.create({
        "amount": 5000, "currency": "gbp", "customer": customer, "confirm": True,
        "allowed_payment_method_types": ["customer_balance"],
        "payment_method_data": {"type": "customer_balance"},
        "payment_method_options": {"customer_balance": {
            "funding_type": "bank_transfer", "bank_transfer": {"type": "gb_bank_transfer"},
        }},
    })  # fmt: skip
    assert waits.status == "processing"
    world.gateway.silent = set()
    world.later(120)
    assert api.payment_intents.retrieve(waits.id).status == "requires_action"
    world.assert_sound()
