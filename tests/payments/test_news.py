"""News: a gateway tells of disputes and failed refunds long after the money has moved."""

from __future__ import annotations

import threading

import msgspec
import pytest

from payments.test_live_gateways import DAY, Fields, LiveWorld
from payments.world import START
from prorata.engine.doctor import examine
from prorata.engine.payments import news
from prorata.engine.payments.news import hear_news
from prorata.gateways.outcomes import DisputeFact, RefundOutcome
from prorata.gateways.protocol import GatewayError, GatewayTimeout
from prorata.worker.loop import Worker
from servers import running
from sound import assert_sound


class Telling(Fields):
    """A gateway that tells what has changed; `changed` are keys, and disputes by their charge."""

    def __init__(self, inner, seed):
        super().__init__(inner, seed)
        self.keys, self.changed, self.asked_since = [], [], []
        self.disputes, self.heard = {}, threading.Event()

    def charge(self, order):
        self.keys.append(order.key)
        return super().charge(order)

    def refund(self, order):
        self.keys.append(order.key)
        return super().refund(order)

    def news(self, since):
        self.asked_since.append(since)
        self.heard.set()
        return self.changed

    def disputes_of(self, reference, now):
        return self.disputes.get(reference, [])

    def disputed(self, key, status, name="d_1"):
        """Have a charge disputed that was made under a key."""
        reference = self.lookup(key).reference
        fact = DisputeFact(
            reference=name, charge_reference=reference, amount=2000, currency="usd",
            reason="fraudulent", status=status, evidence_due_by=START + 70 * DAY,
            created=START + 30 * DAY, fee=1500,
        )
        self.disputes[reference] = [fact]
        self.changed = ["pa_unknown", None, key, "no key", ["pa_"], "pa_\0", key]


@pytest.fixture
def world():
    with running(worker=False, now=START) as server:
        found = LiveWorld(server)
        found.system.gateway = Telling(found.sandbox, seed=7)
        yield found


def told(world, part):
    """Return the types of events that tell of something, the first one first."""
    events = world.client.v1.events.list({"limit": 100}).data
    return [each.type for each in reversed(events) if part in each.type]


def pay_invoice(world):
    v1 = world.client.v1
    customer = v1.customers.create({"email": "a@example.com"}).id
    method = v1.payment_methods.create(world.card()).id
    v1.payment_methods.attach(method, {"customer": customer})
    v1.invoice_items.create({"customer": customer, "amount": 2000, "currency": "usd"})
    invoice = v1.invoices.create({
        "customer": customer, "default_payment_method": method,
        "pending_invoice_items_behavior": "include",
    })
    assert v1.invoices.pay(invoice.id).status == "paid"


@pytest.mark.parametrize("pay", [LiveWorld.pay, pay_invoice])
def test_a_dispute_that_is_opened_weeks_later_is_written_once(world, pay):
    pay(world)
    world.later(30 * DAY)
    [key] = world.gateway.keys
    world.gateway.disputed(key, "needs_response")
    for _ in range(2):
        assert hear_news(world.system, START)

    [dispute] = world.client.v1.disputes.list({}).data
    assert (dispute.status, dispute.amount) == ("needs_response", 2000)
    assert sum(each.net for each in dispute.balance_transactions) == -3500
    opened = ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    assert told(world, "dispute") == opened
    assert world.client.v1.charges.retrieve(dispute.charge).disputed
    assert_sound(world.system)

    world.gateway.disputed(key, "won")
    for _ in range(2):
        assert hear_news(world.system, START)
    dispute = world.client.v1.disputes.retrieve(dispute.id)
    assert dispute.status == "won"
    assert sum(each.net for each in dispute.balance_transactions) == -1500
    assert told(world, "dispute").count("charge.dispute.closed") == 1
    assert_sound(world.system)


@pytest.mark.parametrize(("status", "net"), [("lost", -3500), ("won", -1500)])
def test_a_dispute_that_is_closed_when_it_is_told_has_been_opened(world, status, net):
    world.pay()
    [key] = world.gateway.keys
    world.gateway.disputed(key, status)
    assert hear_news(world.system, START)
    [dispute] = world.client.v1.disputes.list({}).data
    assert (dispute.status, sum(each.net for each in dispute.balance_transactions)) == (status, net)
    events = told(world, "dispute")
    assert events[:2] == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    assert events.count("charge.dispute.closed") == 1
    assert_sound(world.system)


@pytest.mark.parametrize(("status", "net"), [("lost", -3500), ("won", -1500)])
def test_a_dispute_that_is_closed_when_its_charge_is_told_has_been_opened(world, status, net):
    gateway = world.gateway
    charge = gateway.charge

    def forgotten(order):
        # Weeks later it is asked again for what it has taken, and knows what became of it.
        outcome = charge(order)
        gateway.disputed(order.key, status)
        return msgspec.structs.replace(outcome, disputed=True)

    gateway.charge = forgotten
    assert world.pay().status == "succeeded"
    [dispute] = world.client.v1.disputes.list({}).data
    assert (dispute.status, sum(each.net for each in dispute.balance_transactions)) == (status, net)
    events = told(world, "dispute")
    assert events[:2] == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    assert events.count("charge.dispute.closed") == 1
    assert events.count("charge.dispute.funds_reinstated") == (status == "won")
    assert_sound(world.system)


def test_a_refund_that_fails_weeks_later_has_failed(world):
    v1, intent = world.client.v1, world.pay()
    refund = v1.refunds.create({"payment_intent": intent.id, "amount": 500})
    assert refund.status == "succeeded"
    world.gateway.changed = world.gateway.keys
    assert hear_news(world.system, START)
    assert v1.refunds.retrieve(refund.id).status == "succeeded"

    world.gateway.poll_refund = lambda reference, now: RefundOutcome(
        "failed", reference, failure_reason="lost_or_stolen_card"
    )
    for _ in range(2):
        assert hear_news(world.system, START)
    failed = v1.refunds.retrieve(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "lost_or_stolen_card")
    [charge] = world.charges(intent.id)
    assert charge.amount_refunded == 0
    assert told(world, "refund.failed") == ["refund.failed"]
    assert_sound(world.system)


@pytest.mark.parametrize("fault", [GatewayTimeout, GatewayError, KeyError])
@pytest.mark.parametrize("silent", ["news", "disputes_of"])
def test_what_was_not_answered_is_asked_again(world, fault, silent):
    world.pay()
    [key] = world.gateway.keys
    world.gateway.disputed(key, "needs_response")
    answers = getattr(world.gateway, silent)

    def fail(*question):
        raise fault("Not today.")

    setattr(world.gateway, silent, fail)
    assert not hear_news(world.system, START)
    assert world.client.v1.disputes.list({}).data == []
    setattr(world.gateway, silent, answers)
    assert hear_news(world.system, START)
    assert len(world.client.v1.disputes.list({}).data) == 1


@pytest.mark.parametrize("said", [None, 5, "pa_1"])
def test_news_that_make_no_sense_are_asked_for_again(world, said):
    world.gateway.news = lambda since: said
    assert hear_news(world.system, START) is False


@pytest.mark.parametrize(
    "wrong",
    [{"currency": "eur"}, {"currency": "USD"}, {"charge_reference": "another"}, {"amount": -1}],
)
def test_a_dispute_that_is_not_its_charges_is_asked_about_again(world, wrong):
    world.pay()
    [key] = world.gateway.keys
    world.gateway.disputed(key, "needs_response")
    [(reference, [right])] = world.gateway.disputes.items()
    world.gateway.disputes[reference] = [msgspec.structs.replace(right, **wrong)]
    assert not hear_news(world.system, START)
    assert world.client.v1.disputes.list({}).data == []
    world.gateway.disputes[reference] = [right]
    assert hear_news(world.system, START)
    [dispute] = world.client.v1.disputes.list({}).data

    world.gateway.close_dispute = lambda *_: msgspec.structs.replace(
        right, status="lost", **({"reference": "d_2"} if "amount" in wrong else wrong)
    )
    assert world.client.v1.disputes.close(dispute.id).status == "needs_response"
    assert_sound(world.system)


@pytest.mark.parametrize(
    ("table", "column", "before", "after", "said"),
    [
        ("dispute", "document", '"currency":"usd"', '"currency":"eur"', "it is about"),
        ("dispute", "private", '"charge_reference":"', '"charge_reference":"x', "it is about"),
        ("balance_transaction", "currency", "usd", "eur", "eur of the held money"),
    ],
)
def test_the_doctor_finds_a_dispute_that_is_not_its_charges(
    world, table, column, before, after, said
):
    world.pay()
    world.gateway.disputed(world.gateway.keys[0], "needs_response")
    hear_news(world.system, START)
    [dispute] = world.client.v1.disputes.list({}).data
    world.system.database.write(
        lambda connection: connection.run(
            f"UPDATE doc_{table} SET {column} = REPLACE({column}, ?, ?)", (before, after)
        )
    )
    found = [each for check in examine(world.system) for each in check.findings]
    assert any(dispute.id == each.id and said in each.problem for each in found), found


@pytest.mark.parametrize("pay", [LiveWorld.pay, pay_invoice])
def test_a_network_may_take_the_whole_back_of_what_was_refunded_in_part(world, pay):
    pay(world)
    [key] = world.gateway.keys
    charge = world.client.v1.charges.list({}).data[0].id
    world.client.v1.refunds.create({"charge": charge, "amount": 375})
    world.gateway.disputed(key, "lost")
    assert hear_news(world.system, START)
    [dispute] = world.client.v1.disputes.list({}).data
    assert (dispute.status, dispute.amount) == ("lost", 2000)
    assert world.client.v1.charges.retrieve(charge).amount_refunded == 375
    assert_sound(world.system)


def test_the_doctor_finds_what_was_refunded_of_money_that_its_network_had_taken(world):
    world.pay()
    charge = world.client.v1.charges.list({}).data[0].id
    world.client.v1.refunds.create({"charge": charge, "amount": 375})
    world.gateway.disputed(world.gateway.keys[0], "lost")
    hear_news(world.system, START)
    world.system.database.write(
        lambda connection: connection.run(
            "UPDATE doc_charge SET document ="
            " REPLACE(document, '\"amount_refunded\":375', '\"amount_refunded\":376')"
        )
    )
    found = [each for check in examine(world.system) for each in check.findings]
    assert any(each.problem == "2376 went back of 2000" for each in found), found


def test_another_gateways_charges_are_no_news(world):
    world.pay()
    former = world.gateway
    other = world.system.gateway = Telling(world.sandbox, seed=8)
    other.name = "other"
    other.disputed(former.keys[0], "needs_response")
    assert hear_news(world.system, START)
    assert world.client.v1.disputes.list({}).data == []


def test_a_worker_asks_for_news_of_the_last_month_when_it_begins(world):
    worker = Worker(world.system)
    worker.start()
    try:
        assert world.gateway.heard.wait(60)
    finally:
        worker.stop()
    assert world.gateway.asked_since == [START - 30 * DAY]


def test_a_worker_that_is_to_end_leaves_the_rest_of_the_news_to_another_time(world, monkeypatch):
    """A month's news of a large company, at a slow gateway, takes longer than an end may."""
    monkeypatch.setattr(news, "PART", 1)
    for _ in range(3):
        world.pay()
    world.gateway.changed = world.gateway.keys
    asked, worker = [], Worker(world.system)

    def disputes_of(reference, now):
        asked.append(reference)
        worker._stopping = True
        return []

    world.gateway.disputes_of = disputes_of
    since = worker._news_since
    worker._hear_news()
    worker.stop()
    assert len(asked) == 1
    assert worker._news_since == since
    assert hear_news(world.system, since)
    assert len(asked) == 4
