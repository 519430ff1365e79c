"""Whatever changes when, what is billed is what the time was worth, up to rounding."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from prorata.rules.calendar import period_containing
from subscriptions.life import DAY, HOUR, at, first

START = at("2026-01-31 10:00")
PRICES = {"Low": 700, "Middle": 1_999, "High": 12_345}


def worth(history: list[tuple[int, int]], until: int) -> Fraction:
    """Return what time was worth: (moment, monthly amount) from each moment on."""
    total = Fraction(0)
    for (since, amount), (to, _) in zip(history, [*history[1:], (until, 0)], strict=True):
        while since < to:
            start, end = period_containing(since, START, "month", 1)
            stop = min(end, to)
            total += Fraction(amount * (stop - since), end - start)
            since = stop
    return total


@pytest.mark.parametrize("mode", ["classic", "flexible"])
@pytest.mark.parametrize("seed", range(3))
def test_random_changes_bill_what_the_time_was_worth(live, mode, seed):
    dice = random.Random(seed)
    life = live(on="2026-01-31 10:00")
    prices = {name: life.price(amount, name=name) for name, amount in PRICES.items()}
    subscription = life.subscribe(prices["Low"], billing_mode={"type": mode})
    history = [(START, PRICES["Low"])]
    for _ in range(8):
        life.advance(life.now + dice.randrange(2 * HOUR, 20 * DAY))
        name, quantity = dice.choice(list(PRICES)), dice.randrange(1, 4)
        life.update(
            subscription,
            items=[{"id": first(subscription).id, "price": prices[name], "quantity": quantity}],
            proration_behavior=dice.choice(["always_invoice", "create_prorations"]),
        )
        history.append((life.now, PRICES[name] * quantity))
    life.update(subscription, cancel_at_period_end=True)
    end = first(life.read(subscription)).current_period_end
    life.advance(end + 2 * HOUR)
    assert life.read(subscription).status == "canceled"
    assert life.pending() == []
    invoices = life.invoices(subscription)
    lines = sum(invoice.lines.total_count for invoice in invoices)
    billed = sum(invoice.total for invoice in invoices)
    assert abs(billed - worth(history, end)) <= lines
    balance = life.client.customers.retrieve(life.customer.id).balance
    paid = sum(invoice.amount_paid for invoice in invoices)
    assert paid + balance == billed
