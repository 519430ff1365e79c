"""Subscriptions that a bank account pays for: the debit is on its way when the request ends."""

from __future__ import annotations

import stripe

from subscriptions.life import Life


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
