"""Pauses of a subscription together with a pause of its collection, and with nothing to bill."""

from __future__ import annotations

import pytest

from acceptance.lives import SeenLife
from subscriptions.life import at, first, period


def test_a_pause_that_gives_nothing_back_makes_no_invoice(client):
    life = SeenLife(client)
    found = life.subscribe()
    life.advance("2026-01-11")
    paused = life.client.subscriptions.pause(found.id, {
        "type": "subscription", "bill_for": {"unused_time_from": {"type": "none"}},
        "invoicing_behavior": "invoice"})
    assert (paused.status, paused.latest_invoice) == ("paused", found.latest_invoice)
    assert (len(life.invoices()), life.pending()) == (1, [])


@pytest.mark.parametrize("behavior", ["void", "mark_uncollectible", "keep_as_draft"])
def test_who_is_not_to_pay_resumes_at_once(client, behavior):
    life = SeenLife(client)
    found = life.subscribe()
    life.update(found, pause_collection={"behavior": behavior})
    life.advance("2026-01-11")
    life.client.subscriptions.pause(found.id, {
        "type": "subscription", "bill_for": {"unused_time_from": {"type": "none"}}})
    life.client.subscriptions.resume(found.id, {"payment_behavior": "resume_on_payment_success"})
    found = life.read(found)
    expected = {"void": "void", "mark_uncollectible": "uncollectible", "keep_as_draft": "draft"}
    billed = life.latest(found)
    assert (found.status, billed.status, billed.amount_paid) == ("active", expected[behavior], 0)
    assert period(first(found)) == (at("2026-01-11"), at("2026-02-11"))
