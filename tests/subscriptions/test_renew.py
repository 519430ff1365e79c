"""Renewals: periods advance from the anchor, drafts wait an hour, then they are charged."""

from __future__ import annotations

from itertools import pairwise

import pytest

from subscriptions.life import HOUR, at, first, lines, period


def test_a_renewal_is_drafted_at_the_period_end_and_charged_an_hour_later(life):
    subscription = life.subscribe(life.price(2_000))
    life.advance("2026-02-01")

    renewed = life.read(subscription)
    assert period(first(renewed)) == (at("2026-02-01"), at("2026-03-01"))
    draft = life.latest(subscription)
    assert draft.status == "draft"
    assert draft.billing_reason == "subscription_cycle"
    assert draft.auto_advance is True
    assert draft.number is None
    assert draft.automatically_finalizes_at == at("2026-02-01") + HOUR + 1
    assert draft.next_payment_attempt == at("2026-02-01") + HOUR
    assert (draft.period_start, draft.period_end) == (at("2026-01-01"), at("2026-02-01"))
    assert lines(draft) == [("1 × Basic (at $20.00 / month)", 2_000)]
    assert draft.lines.data[0].period.start == at("2026-02-01")
    assert draft.lines.data[0].period.end == at("2026-03-01")

    life.advance(at("2026-02-01") + HOUR + 1)
    paid = life.latest(subscription)
    assert (paid.status, paid.amount_paid, paid.attempt_count) == ("paid", 2_000, 1)
    assert life.read(subscription).status == "active"


def test_the_events_of_a_renewal_come_in_the_documented_order(life):
    subscription = life.subscribe()
    life.advance("2026-02-02")
    types = life.events()
    since = types.index("invoice.upcoming")
    after = [each for each in types[since:] if each != "invoice.updated"]
    assert after == [
        "invoice.upcoming", "invoice.created", "customer.subscription.updated",
        "invoice.finalized", "payment_intent.created", "customer.updated", "charge.succeeded",
        "payment_intent.succeeded", "invoice.paid", "invoice.payment_succeeded",
    ]  # fmt: skip
    assert subscription.status == "active"


def test_boundaries_are_counted_from_the_anchors_own_day(live):
    life = live(on="2026-01-31 10:30")
    subscription = life.subscribe()
    ends = [first(subscription).current_period_end]
    for month in ("2026-03-01", "2026-04-01", "2026-05-01"):
        life.advance(month)
        ends.append(first(life.read(subscription)).current_period_end)
    assert ends == [at(f"2026-{day} 10:30") for day in ("02-28", "03-31", "04-30", "05-31")]


def test_a_year_of_months_leaves_no_gap(life):
    subscription = life.subscribe()
    life.advance("2027-01-01")
    invoices = life.invoices(subscription)
    spans = [(line.period.start, line.period.end) for each in invoices for line in each.lines.data]
    assert len(invoices) == 13
    assert all(left[1] == right[0] for left, right in pairwise(spans))


def test_upcoming_is_announced_a_week_before_and_has_no_id(life):
    life.subscribe(life.price(2_000))
    life.advance("2026-01-26")
    [event] = [each for each in life.events_whole() if each.type == "invoice.upcoming"]
    assert event.created == at("2026-01-25")
    invoice = event.data.object
    assert "id" not in invoice
    assert invoice.amount_due == 2_000
    assert invoice.period_end == at("2026-02-01")
    assert invoice.next_payment_attempt == at("2026-02-01") + HOUR


def test_a_metered_item_renews_with_a_line_of_nothing(life):
    subscription = life.subscribe(life.metered())
    assert subscription.latest_invoice is None
    assert "quantity" not in first(subscription)
    life.advance("2026-02-02")
    invoice = life.latest(subscription)
    assert lines(invoice) == [("0 × Calls (at $1.00 / month)", 0)]
    assert invoice.status == "paid"


def test_licensed_and_metered_share_the_renewal(life):
    subscription = life.subscribe(life.price(2_000), life.metered())
    life.advance("2026-02-01")
    invoice = life.latest(subscription)
    assert [(line.description, line.period.start) for line in invoice.lines.data] == [
        ("0 × Calls (at $1.00 / month)", at("2026-01-01")),
        ("1 × Basic (at $20.00 / month)", at("2026-02-01")),
    ]


def test_items_of_several_intervals_meet_on_one_invoice(life):
    subscription = life.subscribe(
        life.price(1_000), life.price(10_000, "year", "Support")
    )
    assert {item.current_period_end for item in subscription["items"].data} == {
        at("2026-02-01"), at("2027-01-01")
    }
    life.advance("2026-02-02")
    assert lines(life.latest(subscription)) == [("1 × Basic (at $10.00 / month)", 1_000)]
    life.advance("2027-01-02")
    assert lines(life.latest(subscription)) == [
        ("1 × Support (at $100.00 / year)", 10_000),
        ("1 × Basic (at $10.00 / month)", 1_000),
    ]


@pytest.mark.parametrize(("behavior", "status"), [
    ("keep_as_draft", "draft"), ("mark_uncollectible", "uncollectible"), ("void", "void"),
])
def test_paused_collection(life, behavior, status):
    subscription = life.subscribe()
    life.update(subscription, pause_collection={"behavior": behavior})
    life.advance("2026-02-05")
    invoice = life.latest(subscription)
    assert invoice.status == status
    assert invoice.auto_advance is False
    assert life.read(subscription).status == "active"
    assert "invoice.upcoming" not in life.events()


def test_collection_resumes_by_itself(life):
    subscription = life.subscribe()
    life.update(
        subscription, pause_collection={"behavior": "void", "resumes_at": at("2026-02-15")}
    )
    life.advance("2026-03-02")
    assert life.read(subscription).pause_collection is None
    assert [each.status for each in life.invoices(subscription)] == ["paid", "void", "paid"]


def test_a_sent_renewal_is_finalized_and_sent(life):
    subscription = life.subscribe(collection_method="send_invoice", days_until_due=10)
    life.advance("2026-02-02")
    invoice = life.latest(subscription)
    assert invoice.status == "open"
    assert invoice.due_date == at("2026-02-11 01:00") + 1
    assert "invoice.sent" in life.events()


def test_a_renewal_collects_pending_items(life):
    subscription = life.subscribe()
    life.client.invoice_items.create({
        "customer": life.customer.id, "amount": 700, "currency": "usd", "description": "Setup",
    })
    life.advance("2026-02-01")
    assert lines(life.latest(subscription)) == [
        ("Setup", 700), ("1 × Basic (at $10.00 / month)", 1_000)
    ]


def test_pending_items_can_be_invoiced_more_often(life):
    yearly = life.price(12_000, "year")
    subscription = life.subscribe(
        yearly, pending_invoice_item_interval={"interval": "month"}
    )
    assert subscription.next_pending_invoice_item_invoice == at("2026-02-01")
    life.client.invoice_items.create({
        "customer": life.customer.id, "amount": 700, "currency": "usd",
        "subscription": subscription.id,
    })
    life.advance("2026-02-02")
    invoice = life.latest(subscription)
    assert invoice.billing_reason == "automatic_pending_invoice_item_invoice"
    assert invoice.amount_paid == 700
    assert life.read(subscription).next_pending_invoice_item_invoice == at("2026-03-01")


def test_pending_items_may_fall_due_with_the_renewal(life):
    subscription = life.subscribe(pending_invoice_item_interval={"interval": "month"})
    life.advance("2026-03-15")
    assert period(first(life.read(subscription))) == (at("2026-03-01"), at("2026-04-01"))
    assert life.read(subscription).next_pending_invoice_item_invoice == at("2026-04-01")
    assert [invoice.total for invoice in life.invoices(subscription)] == [1_000] * 3
