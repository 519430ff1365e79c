"""Subscriptions that a bank account pays for: the debit is on its way when the request ends."""

from __future__ import annotations

from typing import Any

import stripe

from badinput.asking import Asker
from prorata.engine.advance import run_due
from prorata.engine.doctor import examine
from servers import running
from subscriptions.life import DAY, Life


def test_the_events_tell_that_the_first_debit_was_tried(client: stripe.StripeClient) -> None:
    life = Life(client, card=None)
    method = life.client.payment_methods.attach(
        "pm_usBankAccount_processing", {"customer": life.customer.id}
    )
    subscription = life.subscribe(default_payment_method=method.id)
    invoice = life.latest(subscription)
    assert (subscription.status, invoice.status, invoice.attempt_count) == ("active", "open", 1)
    told = [
        event for event in life.events_whole()
        if event.type.startswith("invoice.") and event.data.object.id == invoice.id
    ]  # fmt: skip
    assert [event.type for event in told] == [
        "invoice.created", "invoice.finalized", "invoice.updated"]
    last = told[-1].data
    assert (last.object.attempt_count, last.object.auto_advance) == (1, True)
    assert last.previous_attributes.to_dict() == {
        "attempt_count": 0, "attempted": False, "auto_advance": False}


def test_a_debit_ends_when_nothing_is_owed_and_its_customer_is_gone(
    client: stripe.StripeClient, server: Any
) -> None:
    life = Life(client, card=None)
    method = life.client.payment_methods.attach(
        "pm_usBankAccount_success", {"customer": life.customer.id}
    )
    subscription = life.subscribe(default_payment_method=method.id)
    life.client.credit_notes.create({"invoice": subscription.latest_invoice, "amount": 1_000})
    life.client.customers.delete(life.customer.id)
    life.advance(life.now + 10 * DAY)
    invoice = life.client.invoices.retrieve(subscription.latest_invoice)
    assert (invoice.status, invoice.amount_paid, invoice.amount_overpaid) == ("paid", 0, 1_000)
    [charge] = life.client.charges.list({"customer": life.customer.id}).data
    assert (charge.status, charge.amount_captured) == ("succeeded", 1_000)
    assert [each for check in examine(server.system) for each in check.findings] == []


def test_a_debit_whose_answer_was_lost_is_no_fault_of_the_books_while_it_is_asked_about() -> None:
    with running(worker=False, now=1_790_000_000) as server:
        client = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url}).v1
        method = client.payment_methods.attach(
            "pm_usBankAccount_success", {"customer": client.customers.create({}).id}
        )
        intent = client.payment_intents.create({
            "amount": 900, "currency": "usd", "customer": method.customer,
            "payment_method": method.id, "confirm": True,
            "allowed_payment_method_types": ["us_bank_account"],
        })  # fmt: skip
        assert intent.status == "processing"
        [order] = server.system.gateway.books.orders()
        server.system.gateway.poll(order.outcome.reference, 1_790_000_000 + DAY)
        assert client.payment_intents.retrieve(intent.id).status == "processing"
        assert [each for check in examine(server.system) for each in check.findings] == []
        forget = "UPDATE doc_payment_intent SET due_at = {} WHERE id = ?"
        [[due_at]] = server.system.database.read(lambda each: each.query(
            "SELECT due_at FROM doc_payment_intent WHERE id = ?", (intent.id,)))
        server.system.database.write(lambda each: each.run(forget.format("NULL"), (intent.id,)))
        found = [each for check in examine(server.system) for each in check.findings]
        assert "the gateway took 900, charges show 0" in [each.problem for each in found]
        server.system.database.write(lambda each: each.run(forget.format(due_at), (intent.id,)))
        server.system.clock.move_to(1_790_000_000 + DAY)
        assert run_due(server.system, server.system.clock.now()).failed == []
        assert client.payment_intents.retrieve(intent.id).status == "succeeded"
        assert [each for check in examine(server.system) for each in check.findings] == []


def test_a_debit_is_asked_about_again_and_again_in_the_servers_own_time() -> None:
    with running(worker=False, now=1_790_000_000) as server:
        addresses = dict.fromkeys(("api", "files"), server.url)
        client = stripe.StripeClient(server.secret_key, base_addresses=addresses).v1
        customer = client.customers.create({})
        price = client.prices.create({
            "currency": "usd", "unit_amount": 900, "product_data": {"name": "Daily"},
            "recurring": {"interval": "day"}})
        for method in ("pm_usBankAccount_processing", "pm_card_visa"):
            kept = client.payment_methods.attach(method, {"customer": customer.id})
            client.subscriptions.create({
                "customer": customer.id, "items": [{"price": price.id}],
                "default_payment_method": kept.id})
        asker = Asker(server.url, server.secret_key)
        for _ in range(8):
            moved: Any = asker.ask("POST", "/_prorata/clock/advance", {"by": "2d"}).body
            assert moved["failed"] == []
        asker.close()
