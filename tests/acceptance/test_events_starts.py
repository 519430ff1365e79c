"""Which events a start tells, in which order: subscriptions, payments, one-off invoices."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from .tape import Tape, one, previous
from .till import Till

PAID_AT_ONCE = [
    "customer.subscription.created", "payment_intent.succeeded", "payment_intent.created",
    "invoice.created", "invoice.finalized", "invoice.paid", "invoice.payment_succeeded",
    "invoice_payment.paid",
]  # fmt: skip


@pytest.fixture(scope="module")
def price(server: Any) -> str:
    client = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url})
    return client.v1.prices.create({
        "currency": "usd", "unit_amount": 1_500, "recurring": {"interval": "month"},
        "product_data": {"name": "Basic"},
    }).id


@pytest.fixture
def till(client: stripe.StripeClient) -> Till:
    return Till(client)


@pytest.fixture
def tape(server: Any, till: Till) -> Tape:
    return Tape(server)


def subscribe(till: Till, price: str, card: str | None = None, **params: Any) -> Any:
    if card is not None:
        method = till.client.payment_methods.attach(card, {"customer": till.customer})
        params["default_payment_method"] = method.id
    return till.client.subscriptions.create(
        {"customer": till.customer, "items": [{"price": price}], **params}
    )


def intent_of(till: Till, subscription: Any) -> str:
    invoice = till.read(subscription.latest_invoice, "payments")
    return invoice.payments.data[0].payment.payment_intent


def test_a_subscription_that_pays_is_told_as_active(till: Till, tape: Tape, price: str) -> None:
    subscribe(till, price)
    first = tape.play()
    types = [event.type for event in first]
    assert types == ["charge.succeeded", "customer.updated", *PAID_AT_ONCE]
    assert previous(first[1]) == {"currency": None, "next_invoice_sequence": 1}
    assert one(first, "customer.subscription.created").data.object.status == "active"
    assert one(first, "invoice.created").data.object.status == "draft"
    assert one(first, "invoice.finalized").data.object.status == "open"
    assert one(first, "payment_intent.created").data.object.status == "succeeded"


def test_an_incomplete_subscription_is_told_before_and_after_its_payment(
    till: Till, tape: Tape, price: str
) -> None:
    subscription = subscribe(till, price, payment_behavior="default_incomplete")
    made = tape.play()
    assert [event.type for event in made] == [
        "customer.subscription.created", "invoice.created", "invoice.finalized",
        "payment_intent.created", "customer.updated",
    ]  # fmt: skip
    assert made[0].data.object.status == "incomplete"

    till.client.payment_intents.confirm(
        intent_of(till, subscription),
        {"payment_method": "pm_card_visa", "setup_future_usage": "off_session"},
    )
    paid = tape.play()
    assert [event.type for event in paid] == [
        "charge.succeeded", "payment_intent.succeeded", "invoice.updated", "invoice.paid",
        "invoice.payment_succeeded", "customer.subscription.updated", "payment_method.attached",
        "invoice_payment.paid",
    ]  # fmt: skip
    assert previous(one(paid, "customer.subscription.updated")) == {"status": "incomplete"}


def test_a_declined_start_tells_what_failed(till: Till, tape: Tape, price: str) -> None:
    subscribe(till, price, "pm_card_chargeCustomerFail")
    told = tape.play()
    assert [event.type for event in told] == [
        "payment_method.attached", "customer.subscription.created", "invoice.created",
        "invoice.finalized", "payment_intent.created", "charge.failed",
        "payment_intent.payment_failed", "invoice.updated", "invoice.payment_failed",
        "customer.updated",
    ]  # fmt: skip
    assert previous(one(told, "invoice.updated")) == {"attempt_count": 0, "attempted": False}
    assert one(told, "customer.subscription.created").data.object.status == "incomplete"
    assert one(told, "invoice.payment_failed").data.object.attempt_count == 1


def test_a_refused_start_leaves_no_event(till: Till, tape: Tape, price: str) -> None:
    method = till.client.payment_methods.attach(
        "pm_card_chargeCustomerFail", {"customer": till.customer}
    )
    tape.play()
    with pytest.raises(stripe.CardError):
        subscribe(
            till, price, default_payment_method=method.id, payment_behavior="error_if_incomplete"
        )
    assert tape.types() == []


def test_a_challenge_is_told_and_so_is_what_follows_it(
    server: Any, till: Till, tape: Tape, price: str
) -> None:
    from prorata.engine.payments.authenticate import complete_challenge
    from prorata.store.books import all_books

    subscription = subscribe(till, price, "pm_card_threeDSecure2Required")
    asked = tape.types()[1:]
    assert asked == [
        "customer.subscription.created", "invoice.created", "invoice.finalized",
        "payment_intent.created", "payment_intent.requires_action", "invoice.updated",
        "invoice.payment_failed", "invoice.payment_action_required", "customer.updated",
    ]  # fmt: skip

    (book,) = [each for each in server.system.database.read(all_books) if not each.livemode]
    complete_challenge(server.system, book, intent_of(till, subscription), True)
    passed = tape.play()
    assert [event.type for event in passed] == [
        "charge.succeeded", "payment_intent.succeeded", "invoice.updated", "invoice.paid",
        "invoice.payment_succeeded", "customer.subscription.updated", "invoice_payment.paid",
    ]  # fmt: skip
    # A page, not a request, made it happen.
    assert {event.request.id for event in passed} == {None}


def test_a_trial_tells_an_invoice_of_nothing(
    server: Any, client: stripe.StripeClient, price: str
) -> None:
    till = Till(client, card=None)
    tape = Tape(server)
    subscribe(till, price, trial_period_days=14)
    told = tape.play()
    assert [event.type for event in told] == [
        "customer.updated", "customer.subscription.created", "invoice.created",
        "invoice.finalized", "invoice.paid", "invoice.payment_succeeded", "setup_intent.created",
    ]  # fmt: skip
    assert one(told, "customer.subscription.created").data.object.status == "trialing"
    assert one(told, "invoice.paid").data.object.total == 0

    subscribe(till, price, trial_period_days=2)
    assert "customer.subscription.trial_will_end" in tape.types()


def test_a_draft_that_is_paid_tells_the_charge_first(till: Till, tape: Tape) -> None:
    till.item(900)
    invoice = till.client.invoices.create(
        {"customer": till.customer, "pending_invoice_items_behavior": "include"}
    )
    till.client.invoices.pay(invoice.id)
    assert tape.types() == [
        "invoiceitem.created", "customer.updated", "invoice.created", "charge.succeeded",
        "customer.updated", "payment_intent.succeeded", "payment_intent.created",
        "invoice.finalized", "invoice.updated", "invoice.paid", "invoice.payment_succeeded",
        "invoice_payment.paid",
    ]  # fmt: skip


def test_a_draft_whose_payment_is_declined_stays_open(
    server: Any, client: stripe.StripeClient
) -> None:
    till = Till(client, card="pm_card_chargeCustomerFail")
    invoice = till.draft(900)
    tape = Tape(server)
    with pytest.raises(stripe.CardError):
        till.client.invoices.pay(invoice.id)
    told = tape.play()
    assert [event.type for event in told] == [
        "customer.updated", "payment_intent.created", "invoice.finalized", "charge.failed",
        "payment_intent.payment_failed", "invoice.updated", "invoice.payment_failed",
    ]  # fmt: skip
    assert previous(one(told, "invoice.updated"))["status"] == "draft"
    assert one(told, "invoice.payment_failed").data.object.status == "open"


def test_an_invoice_paid_elsewhere_has_no_payment_that_succeeded(till: Till, tape: Tape) -> None:
    invoice = till.open(900, collection_method="send_invoice", days_until_due=3)
    tape.play()
    till.client.invoices.pay(invoice.id, {"paid_out_of_band": True})
    types = tape.types()
    assert "invoice.paid" in types and "invoice.payment_succeeded" not in types


def test_states_of_an_invoice_are_told(till: Till, tape: Tape) -> None:
    first, second, third = (
        till.open(900, collection_method="send_invoice", days_until_due=3) for _ in range(3)
    )
    draft = till.draft(100)
    tape.play()
    till.client.invoices.void_invoice(first.id)
    assert tape.types() == ["invoice.updated", "invoice.voided", "payment_intent.canceled"]
    till.client.invoices.mark_uncollectible(second.id)
    assert tape.types() == ["invoice.updated", "invoice.marked_uncollectible"]
    till.client.invoices.send_invoice(third.id)
    assert tape.types() == ["invoice.sent"]
    till.client.invoices.delete(draft.id)
    assert tape.types() == ["invoice.deleted"]


@pytest.mark.parametrize(("card", "told"), [
    ("pm_card_visa", ["charge.succeeded", "payment_intent.succeeded"]),
    ("pm_card_createDispute", [
        "charge.succeeded", "charge.dispute.created", "charge.dispute.funds_withdrawn",
        "payment_intent.succeeded",
    ]),
    ("pm_card_chargeDeclined", ["charge.failed", "payment_intent.payment_failed"]),
])  # fmt: skip
def test_a_payment_tells_its_charge_first(
    server: Any, client: stripe.StripeClient, card: str, told: list[str]
) -> None:
    tape = Tape(server)
    intent = client.v1.payment_intents.create({"amount": 1_000, "currency": "usd"})
    assert tape.types() == ["payment_intent.created"]
    try:
        client.v1.payment_intents.confirm(
            intent.id, {"payment_method": card, "return_url": "https://example.com"}
        )
    except stripe.CardError:
        assert card == "pm_card_chargeDeclined"
    assert tape.types() == told


def test_a_payment_captured_later_tells_both_steps(
    server: Any, client: stripe.StripeClient
) -> None:
    tape = Tape(server)
    intent = client.v1.payment_intents.create({
        "amount": 1_000, "currency": "usd", "capture_method": "manual", "confirm": True,
        "payment_method": "pm_card_visa", "return_url": "https://example.com",
    })
    assert tape.types() == [
        "payment_intent.created", "charge.succeeded", "payment_intent.amount_capturable_updated",
    ]  # fmt: skip
    client.v1.payment_intents.capture(intent.id)
    assert tape.types() == ["charge.captured", "payment_intent.succeeded"]


def test_a_credit_note_tells_the_refund_first(till: Till, tape: Tape) -> None:
    invoice = till.paid(1_500)
    tape.play()
    till.client.credit_notes.create({"invoice": invoice.id, "amount": 300, "refund_amount": 300})
    told = tape.play()
    assert [event.type for event in told] == [
        "charge.refunded", "refund.created", "credit_note.created", "invoice.updated"
    ]
    assert previous(told[0]) == {"amount_refunded": 0}
    assert previous(told[3]) == {"post_payment_credit_notes_amount": 0}


def test_the_catalogue_tells_the_product_then_the_plan_then_the_price(
    server: Any, client: stripe.StripeClient
) -> None:
    tape = Tape(server)
    product = client.v1.products.create({
        "name": "Plus",
        "default_price_data": {
            "currency": "usd", "unit_amount": 500, "recurring": {"interval": "month"},
        },
    })  # fmt: skip
    told = tape.play()
    assert [event.type for event in told] == ["product.created", "plan.created", "price.created"]
    assert told[0].data.object.default_price == product.default_price

    client.v1.prices.create({"currency": "usd", "unit_amount": 1, "product": product.id})
    assert tape.types() == ["price.created"]
