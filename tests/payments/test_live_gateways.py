"""Live gateways: real money is asked for by a process that has the gateway it moves through."""

from __future__ import annotations

import threading
from contextlib import closing
from types import SimpleNamespace

import msgspec
import pytest
import stripe

from payments.world import START, World
from prorata.engine.due import HANDLERS
from prorata.engine.invoices.advance import advance_invoice
from prorata.engine.line import Line
from prorata.gateways.browser_fields import BrowserFields
from prorata.gateways.faults import FaultyGateway
from prorata.gateways.protocol import CardRefused
from prorata.server.settings import DEV_ACCOUNT
from prorata.store.books import add_key, open_book
from prorata.worker import loop
from prorata.worker.loop import Worker
from servers import running

DAY = 86400
SECRET = "sk_live_" + "0" * 24


class Fields(FaultyGateway):
    """A gateway that serves live mode; a token of its fields is the name of a test card."""

    test_only = False

    def browser_fields(self, livemode):
        return BrowserFields(script="https://fields.example.com/fields.js")

    def method_of_fields(self, token, fingerprint_salt, now):
        return self.inner.from_test_token(token, fingerprint_salt, now)


class LiveWorld(World):
    """A World in live mode, and the sandbox that a process has which was not told its gateway."""

    def __init__(self, server):
        self.sandbox, self.test_key = server.system.gateway, server.secret_key
        self.url = server.url
        super().__init__(server)

        def add(connection):
            book = open_book(connection, DEV_ACCOUNT, livemode=True)
            add_key(connection, book, SECRET, id="key_live", now=0)
            return book

        self.book = self.system.database.write(add)
        self.client = stripe.StripeClient(
            SECRET, base_addresses={"api": server.url}, max_network_retries=0
        )
        self.system.gateway = Fields(self.sandbox, seed=7)

    def card(self, name="pm_card_visa"):
        said = self.client.raw_request("post", "/v1/prorata/tokens", token=name)
        return {"type": "card", "card": {"token": said.data["id"]}}

    def pay(self, card="pm_card_visa", **params):
        return self.client.v1.payment_intents.create({
            "amount": 2000, "currency": "usd", "confirm": True,
            "payment_method_data": self.card(card), **params,
        })


@pytest.fixture
def world():
    with running(worker=False, now=START) as server:
        yield LiveWorld(server)


def test_a_renewal_waits_for_a_worker_that_has_the_gateway(world):
    v1 = world.client.v1
    customer = v1.customers.create({"email": "a@example.com"}).id
    method = v1.payment_methods.create(world.card()).id
    v1.payment_methods.attach(method, {"customer": customer})
    price = v1.prices.create({
        "currency": "usd", "unit_amount": 1000, "recurring": {"interval": "month"},
        "product_data": {"name": "Basic"},
    })
    subscription = v1.subscriptions.create({
        "customer": customer, "items": [{"price": price.id}], "default_payment_method": method,
    })
    live = world.gateway

    world.system.gateway = world.sandbox
    for days in (31, 1, 1):
        assert world.later(days * DAY).failed == []
    draft, first = v1.invoices.list({"subscription": subscription.id}).data
    assert (draft.status, first.status) == ("draft", "paid")

    world.system.gateway = live
    assert world.later(60).failed == []
    assert v1.invoices.retrieve(draft.id).status == "paid"


def test_a_worker_without_the_gateway_comes_back_to_live_mode_after_a_rest(world, monkeypatch):
    v1, system = world.client.v1, world.system
    customer = v1.customers.create({"email": "a@example.com"}).id
    method = v1.payment_methods.create(world.card()).id
    v1.payment_methods.attach(method, {"customer": customer})
    v1.customers.update(customer, {"invoice_settings": {"default_payment_method": method}})
    invoice = v1.invoices.create({"customer": customer, "auto_advance": True}).id
    v1.invoice_items.create({
        "customer": customer, "invoice": invoice, "amount": 500, "currency": "usd",
    })
    system.gateway, live = world.sandbox, system.gateway
    tried = []
    monkeypatch.setitem(
        HANDLERS, "invoice", lambda tx, found: tried.append(found.id) or advance_invoice(tx, found)
    )
    system.clock.move_to(system.clock.now() + 2 * 3600)
    worker, passed = Worker(system), [0.0]
    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: passed[0]))
    with closing(worker._claims):
        for _ in range(3):
            worker._attend_to_due()
        once = len(tried)
        assert once > 0
        passed[0] += loop.REST_SECONDS + 1
        worker._attend_to_due()
        assert len(tried) == 2 * once

        system.gateway = live
        worker._attend_to_due()
        assert v1.invoices.retrieve(invoice).status == "draft"
        passed[0] += loop.REST_SECONDS + 1
        worker._attend_to_due()
        assert v1.invoices.retrieve(invoice).status == "paid"


def test_a_live_payment_without_an_answer_is_not_put_to_the_sandbox(world):
    live = world.gateway
    live.go_down()
    intent = world.pay()
    live.come_up()

    # As attempts of a former version are, this one is not told from the sandbox's by its name.
    assert live.name == world.sandbox.name
    world.system.gateway = world.sandbox
    for _ in range(6):
        world.later(DAY)
    assert world.client.v1.payment_intents.retrieve(intent.id).status == "processing"

    # Nobody was asked meanwhile, and so whoever has its gateway need not wait.
    world.system.gateway = live
    world.later(1)
    assert world.client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_what_a_former_gateway_charged_is_given_back_taken_and_answered_by_it_alone(world):
    v1, former, asked = world.client.v1, world.gateway, []
    paid, reserved, given_up = (
        world.pay(capture_method=method).id for method in ("automatic", "manual", "manual")
    )
    disputed = world.pay("pm_card_createDispute").id
    [dispute] = v1.disputes.list({"payment_intent": disputed}).data

    other = Fields(world.sandbox, seed=8)
    other.name = "other"
    for name in ("refund", "capture", "cancel", "respond_dispute"):
        setattr(other, name, lambda *order: asked.append(order))
    world.system.gateway = other
    refund = v1.refunds.create({"payment_intent": paid, "amount": 500})
    v1.payment_intents.capture(reserved)
    v1.payment_intents.cancel(given_up)
    v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "winning_evidence"}})
    world.later(DAY)
    assert asked == []
    assert v1.refunds.retrieve(refund.id).status == "pending"

    world.system.gateway = former
    assert world.later(DAY).failed == []
    assert v1.refunds.retrieve(refund.id).status == "succeeded"
    assert v1.payment_intents.retrieve(reserved).status == "succeeded"
    assert v1.disputes.retrieve(dispute.id).status == "won"


def test_what_another_gateway_waits_for_is_not_pushed_back_by_those_who_cannot_ask_it(world):
    """Two serve side by side while one takes over: what is open at the former one goes on."""
    former = world.gateway
    former.go_down()
    intent = world.pay().id
    other = Fields(world.sandbox, seed=8)
    other.name = "other"
    for _ in range(6):
        # Whichever worker comes first to what is due has it.
        world.system.gateway = other
        world.later(DAY)
    former.come_up()
    world.system.gateway = former
    world.later(300)
    assert world.client.v1.payment_intents.retrieve(intent).status == "succeeded"


def test_a_gateway_that_is_silent_in_test_mode_is_asked_in_live_mode(world, monkeypatch):
    gate = threading.Event()

    class HalfThere(Fields):
        """A network whose test environment hangs."""

        immediate = False

        def charge(self, order):
            return gate.wait(60) if order.amount == 666 else super().charge(order)

    monkeypatch.setitem(Line.__init__.__kwdefaults__, "patience", 3.0)
    world.system.gateway = HalfThere(world.sandbox, seed=9)
    test = stripe.StripeClient(world.test_key, base_addresses={"api": world.url})
    token = test.raw_request("post", "/v1/prorata/tokens", token="pm_card_visa").data["id"]
    try:
        hanging = test.v1.payment_intents.create({
            "amount": 666, "currency": "usd", "confirm": True,
            "payment_method_data": {"type": "card", "card": {"token": token}},
        })
        assert hanging.status == "processing"
        assert world.pay().status == "succeeded"
    finally:
        gate.set()


@pytest.mark.parametrize("wrong", [{"last4": None}, {"exp_month": "12"}, {"brand": "a\0b"}])
def test_a_method_whose_fields_make_no_sense_is_not_kept(world, wrong):
    def strange(token, fingerprint_salt, now):
        details = world.sandbox.from_test_token(token, fingerprint_salt, now)
        return msgspec.structs.replace(details, **wrong)

    world.gateway.method_of_fields = strange
    with pytest.raises(stripe.APIError) as raised:
        world.card()
    assert raised.value.http_status == 503


def test_a_card_that_is_refused_when_it_is_attached_is_a_402(world):
    def refuse(*question):
        raise CardRefused("expired_card", "Your card has expired.", "exp_year")

    world.gateway.attach = refuse
    v1 = world.client.v1
    customer = v1.customers.create({}).id
    method = v1.payment_methods.create(world.card()).id
    with pytest.raises(stripe.CardError) as raised:
        v1.payment_methods.attach(method, {"customer": customer})
    assert (raised.value.code, raised.value.param) == ("expired_card", "exp_year")
    assert v1.payment_methods.retrieve(method).customer is None
