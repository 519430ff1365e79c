"""Bank transfers that meet something else: changes, other methods, subscriptions, one another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from acceptance.test_payments_transfers import Sender, missing
from acceptance.till import DAY, refused

BY_TRANSFER = {"payment_method_types": ["customer_balance"]}


@pytest.fixture
def sender(client: stripe.StripeClient) -> Sender:
    return Sender(client, card=None)


def test_another_amount_gives_the_cash_back_until_it_is_confirmed(sender):
    intent = sender.intent(2_000)
    sender.send(700)
    changed = sender.client.payment_intents.update(intent.id, {"amount": 1_500})
    assert (changed.status, changed.next_action) == ("requires_confirmation", None)
    assert sender.cash == 700
    again = sender.client.payment_intents.confirm(intent.id)
    assert (again.status, missing(again), sender.cash) == ("requires_action", 800, 0)
    noted = sender.client.payment_intents.update(intent.id, {"metadata": {"order": "17"}})
    assert (noted.status, missing(noted), sender.cash) == ("requires_action", 800, 0)


def test_who_pays_by_card_after_all_keeps_the_cash(sender):
    intent = sender.intent(2_000)
    sender.send(700)
    card = sender.client.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    confirm = sender.client.payment_intents.confirm
    assert refused(confirm, intent.id, {"payment_method": card.id})[1] == (
        "payment_intent_incompatible_payment_method"
    )
    types = {"allowed_payment_method_types": ["card", "customer_balance"]}
    assert confirm(intent.id, {"payment_method": card.id, **types}).status == "succeeded"
    assert sender.movements()[-1] == ("unapplied_from_payment", 700, 700)


def test_an_error_is_told_where_nobody_can_wait_for_a_transfer(sender):
    sender.send(700)
    assert refused(sender.intent, 2_000, error_on_requires_action=True)[:2] == (
        402, "authentication_required",
    )  # fmt: skip
    assert sender.cash == 700
    assert sender.intent(700, error_on_requires_action=True).status == "succeeded"


def test_a_voided_invoice_waits_for_no_money(sender):
    draft = sender.draft(3_000, payment_settings=BY_TRANSFER)
    assert refused(sender.client.invoices.pay, draft.id)[0] == 402
    sender.client.invoices.void_invoice(draft.id)
    sender.send(3_000)
    assert (sender.read(draft).status, sender.cash) == ("void", 3_000)


def test_a_note_lowers_what_is_to_be_sent(sender):
    invoice = sender.bill(3_000)
    sender.client.credit_notes.create({"invoice": invoice.id, "amount": 1_000})
    sender.send(2_000)
    assert (sender.read(invoice).status, sender.cash) == ("paid", 0)


def test_a_subscription_is_paid_from_cash_as_long_as_it_lasts(client):
    sender = Sender(client, card=None, on="2026-01-01")
    price = client.v1.prices.create({
        "currency": "usd", "unit_amount": 1_500, "recurring": {"interval": "month"},
        "product_data": {"name": "Basic"},
    })  # fmt: skip
    sender.send(4_000)
    subscription = client.v1.subscriptions.create({
        "customer": sender.customer, "items": [{"price": price.id}], "days_until_due": 5,
        "collection_method": "send_invoice", "payment_settings": BY_TRANSFER,
    })  # fmt: skip
    sender.advance(70 * DAY)
    assert [each.status for each in sender.invoices()] == ["paid", "paid", "open"]
    assert sender.cash == 1_000
    assert client.v1.subscriptions.retrieve(subscription.id).status == "past_due"
    sender.send(500)
    assert [each.status for each in sender.invoices()] == ["paid"] * 3
    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"


def test_an_incomplete_subscription_begins_when_its_money_comes(client, sender):
    price = client.v1.prices.create({
        "currency": "usd", "unit_amount": 1_500, "recurring": {"interval": "month"},
        "product_data": {"name": "Basic"},
    })  # fmt: skip
    subscription = client.v1.subscriptions.create({
        "customer": sender.customer, "items": [{"price": price.id}],
        "payment_behavior": "default_incomplete", "payment_settings": BY_TRANSFER,
    })  # fmt: skip
    assert subscription.status == "incomplete"
    sender.send(1_500)
    assert client.v1.subscriptions.retrieve(subscription.id).status == "active"


def test_money_that_comes_at_once_from_many_sides_is_used_once(sender):
    intent = sender.intent(800)
    with ThreadPoolExecutor(5) as pool:
        sent = list(pool.map(lambda _: sender.send(100).net_amount, range(10)))
    assert sent == [100] * 10
    assert (sender.again(intent).status, sender.cash) == ("succeeded", 200)


def test_cash_is_applied_once_however_often_it_is_asked_for(sender):
    sender.client.customers.cash_balance.update(
        sender.customer, {"settings": {"reconciliation_mode": "manual"}}
    )
    sender.send(1_000)
    intents = [sender.intent(800), sender.intent(800)]

    def apply(id: str) -> str:
        try:
            return sender.client.payment_intents.apply_customer_balance(id).status
        except stripe.InvalidRequestError:
            return "refused"

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(apply, [each.id for each in intents * 2]))
    assert sorted(answers) == ["refused", "refused", "refused", "succeeded"]
    assert sender.cash == 200
