"""Usage: metered items bill what a meter counted, when their time ends or they go."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from prorata.engine.subscriptions import usage
from subscriptions.life import DAY, HOUR, at, first, lines, period

PER_DAY = 2


@pytest.fixture(autouse=True)
def meter() -> Iterator[None]:
    """Count two units for each whole day of any metered item."""
    def count(tx, subscription, item, start, end):
        return PER_DAY * ((end - start) // DAY)

    usage.measures(count)
    yield
    usage.METERS.remove(count)


def test_usage_is_billed_in_arrears(life):
    subscription = life.subscribe(life.metered(100))
    life.advance("2026-02-01 02:00")
    invoice = life.latest(subscription)
    assert lines(invoice) == [("62 × Calls (at $1.00 / month)", 6_200)]
    assert (invoice.lines.data[0].period.start, invoice.lines.data[0].period.end) == (
        at("2026-01-01"), at("2026-02-01"))
    assert invoice.amount_paid == 6_200
    life.advance("2026-03-01 02:00")
    assert lines(life.latest(subscription)) == [("56 × Calls (at $1.00 / month)", 5_600)]


def test_usage_of_a_trial_is_free(life):
    subscription = life.subscribe(life.metered(100), trial_end=at("2026-01-11"))
    life.advance("2026-01-11 02:00")
    assert life.latest(subscription).total == 0
    life.advance("2026-02-11 02:00")
    assert life.latest(subscription).total == 6_200


@pytest.mark.parametrize(("how", "billed"), [
    ({}, 0), ({"invoice_now": True}, 2_000), ("period_end", 6_200),
])
def test_usage_at_the_end(life, how, billed):
    subscription = life.subscribe(life.metered(100))
    life.advance("2026-01-11")
    if how == "period_end":
        life.update(subscription, cancel_at_period_end=True)
    else:
        life.client.subscriptions.cancel(subscription.id, how)
    life.advance("2026-02-01 02:00")
    assert sum(each.amount_paid for each in life.invoices(subscription)) == billed


def test_another_price_is_for_later_usage(life):
    subscription = life.subscribe(life.metered(100))
    life.advance("2026-01-11")
    life.update(subscription, items=[{"id": first(subscription).id, "price": life.metered(200)}])
    assert [item.amount for item in life.pending()] == [2_000]
    life.advance("2026-02-01 02:00")
    assert life.latest(subscription).total == 2_000 + 42 * 200


def test_classic_forgets_the_usage_before_another_price(life):
    subscription = life.subscribe(life.metered(100), billing_mode={"type": "classic"})
    life.advance("2026-01-11")
    life.update(subscription, items=[{"id": first(subscription).id, "price": life.metered(200)}])
    assert life.pending() == []
    life.advance("2026-02-01 02:00")
    assert life.latest(subscription).total == 42 * 200


def test_usage_of_a_removed_item(life):
    subscription = life.subscribe(life.price(1_000), life.metered(100))
    life.advance("2026-01-11")
    metered = next(item for item in subscription["items"].data if "quantity" not in item)
    life.update(subscription, items=[{"id": metered.id, "deleted": True}],
                proration_behavior="always_invoice")
    assert lines(life.latest(subscription)) == [("20 × Calls (at $1.00 / month)", 2_000)]


def test_a_cycle_that_begins_now_bills_usage_so_far(life):
    subscription = life.subscribe(life.metered(100))
    life.advance("2026-01-11")
    found = life.update(subscription, billing_cycle_anchor={"type": "now"},
                        proration_behavior="always_invoice")
    assert life.latest(found).total == 2_000
    assert period(first(found)) == (at("2026-01-11"), at("2026-02-11"))
    life.advance(at("2026-02-11") + 2 * HOUR)
    assert life.latest(found).total == 6_200


def test_pausing_bills_usage_and_what_follows_is_free(life):
    subscription = life.subscribe(life.metered(100))
    life.advance("2026-01-11")
    life.client.subscriptions.pause(subscription.id)
    assert [item.amount for item in life.pending()] == [2_000]
    life.advance("2026-02-11")
    life.client.subscriptions.resume(subscription.id)
    life.advance("2026-03-11 02:00")
    assert life.latest(subscription).total == 2_000 + 5_600


def test_the_usage_of_a_last_period_is_seen_beforehand(life):
    subscription = life.subscribe(life.metered(100), life.price())
    life.update(subscription, cancel_at_period_end=True)
    seen = life.client.invoices.create_preview({"subscription": subscription.id})
    assert lines(seen) == [("62 × Calls (at $1.00 / month)", 6_200)]
    life.advance("2026-02-01 02:00")
    billed = life.latest(subscription)
    assert (lines(billed), billed.total) == (lines(seen), seen.total)
