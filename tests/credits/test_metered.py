"""Credits and meters: what meters have counted is paid for by credits, however late it comes."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from credits.spending import SpendingLife, credits_of
from subscriptions.life import at


class MeteredLife(SpendingLife):
    """A life whose usage is told by meter events."""

    def counted(self, unit_amount: int, **terms: Any) -> str:
        """Return a price of what the meter of this life counts, in the lines' order of use."""
        event_name = f"calls_{self.customer.id}"
        meter = self.billing.meters.create({
            "display_name": "Calls", "event_name": event_name,
            "default_aggregation": {"formula": "sum"},
        })
        return self.client.prices.create({
            "currency": "usd", "unit_amount": unit_amount, "product_data": {"name": "Calls"},
            "recurring": {"interval": "month", "usage_type": "metered", "meter": meter.id},
            **terms,
        }).id

    def use(self, value: int, moment: str) -> None:
        self.billing.meter_events.create({
            "event_name": f"calls_{self.customer.id}", "timestamp": at(moment),
            "payload": {"stripe_customer_id": self.customer.id, "value": str(value)},
        })


@pytest.fixture
def life(client: stripe.StripeClient) -> MeteredLife:
    """Give a customer with a good card on a clock that stands at 2026-01-01."""
    return MeteredLife(client)


def test_a_preview_shows_at_once_what_credits_pay(life):
    life.grant(1_000)
    subscription = life.subscribe(life.counted(10))
    seen = []
    for day, value in (("2026-01-05", 50), ("2026-01-10", 70)):
        life.advance(day)
        life.use(value, day)
        preview = life.client.invoices.create_preview({"subscription": subscription.id})
        seen.append((preview.subtotal, credits_of(preview.lines.data[0]), preview.total))
    assert seen == [(500, [500], 0), (1_200, [1_000], 200)]


def test_usage_that_comes_while_the_invoice_is_a_draft_is_paid_for_too(life):
    grant = life.grant(1_000)
    subscription = life.subscribe(life.counted(10))
    life.advance("2026-02-01 00:10")
    draft = life.latest(subscription)
    assert (draft.total, credits_of(draft.lines.data[0])) == (0, [])
    life.use(150, "2026-01-31 23:00")
    life.advance("2026-02-01 02:00")
    invoice = life.latest(subscription)
    assert (invoice.subtotal, invoice.total, invoice.amount_paid) == (1_500, 500, 500)
    assert life.moves(grant)[1:] == [("credits_applied", 1_000)]


def test_a_change_of_price_leaves_credits_to_each_part_in_its_order(life):
    """Flexible billing bills both parts; the grant is for the earlier price alone."""
    cheap = life.counted(10)
    meter = life.client.prices.retrieve(cheap).recurring.meter
    dear = life.client.prices.create({
        "currency": "usd", "unit_amount": 20, "product_data": {"name": "Calls"},
        "recurring": {"interval": "month", "usage_type": "metered", "meter": meter},
    }).id
    for_cheap, for_all = life.grant(10_000, cheap), life.grant(500, priority=60)
    subscription = life.subscribe(cheap)
    life.advance("2026-01-10")
    life.use(40, "2026-01-09")
    life.change(subscription, dear)
    life.advance("2026-01-20")
    life.use(60, "2026-01-19")
    life.advance("2026-02-01 02:00")
    invoice = life.latest(subscription)
    assert (invoice.subtotal, invoice.total) == (400 + 1_200, 700)
    assert life.moves(for_cheap)[1:] == [("credits_applied", 400)]
    assert life.moves(for_all)[1:] == [("credits_applied", 500)]


def test_credits_of_another_currency_of_the_price_are_used_in_it(life):
    price = life.counted(10, currency_options={"eur": {"unit_amount": 9}})
    dollars, euros = life.grant(5_000), life.grant(700, currency="eur")
    subscription = life.subscribe(price, currency="eur")
    life.advance("2026-01-10")
    life.use(100, "2026-01-10")
    life.advance("2026-02-01 02:00")
    invoice = life.latest(subscription)
    assert (invoice.currency, invoice.subtotal, invoice.total) == ("eur", 900, 200)
    assert len(life.moves(dollars)) == 1
    assert life.moves(euros)[1:] == [("credits_applied", 700)]


def test_after_a_threshold_credits_pay_for_the_difference_alone(life):
    """100 calls are billed at a threshold, of 150 by the end of the month: 50 are left to pay."""
    price = life.counted(100)
    subscription = life.subscribe(price, billing_thresholds={"amount_gte": 10_000})
    life.advance("2026-01-05")
    life.use(100, "2026-01-05")
    life.advance("2026-01-06")
    [reached] = [
        each for each in life.invoices() if each.billing_reason == "subscription_threshold"
    ]
    assert (reached.total, reached.status) == (10_000, "paid")
    grant = life.grant(20_000)
    life.use(50, "2026-01-06")
    life.advance("2026-02-01 02:00")
    invoice = life.latest(subscription)
    assert [(line.amount, credits_of(line)) for line in invoice.lines.data] == [
        (15_000, [5_000]), (-10_000, []),
    ]
    assert (invoice.total, invoice.ending_balance) == (0, 0)
    assert life.moves(grant)[1:] == [("credits_applied", 5_000)]


def test_a_threshold_is_reached_by_what_credits_do_not_pay(life):
    life.grant(4_000)
    price = life.counted(100)
    life.subscribe(price, billing_thresholds={"amount_gte": 10_000})
    reached = []
    for day, value in (("2026-01-05", 139), ("2026-01-06", 1)):
        life.advance(day)
        life.use(value, day)
        life.advance(at(day) + 7_200)
        reached.append([
            each.total for each in life.invoices()
            if each.billing_reason == "subscription_threshold"
        ])
    assert reached == [[], [10_000]]
