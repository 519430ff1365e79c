"""An end that was planned without prorations and is taken back: its time was billed already."""

from __future__ import annotations

import pytest

from prorata.engine.doctor import examine
from subscriptions.life import DAY, at, first

MODES = pytest.mark.parametrize("mode", ["classic", "flexible"])


def ending(live, mode):
    """Give a life on April 6, paid for April at 30.00, whose end is April 16 at no credit."""
    life = live(on="2026-04-01")
    subscription = life.subscribe(life.price(3_000), billing_mode={"type": mode})
    life.update(subscription, cancel_at=at("2026-04-16"), proration_behavior="none")
    life.advance("2026-04-06")
    return life, subscription


def billed(life):
    return (sum(invoice.total for invoice in life.invoices())
            + sum(item.amount for item in life.pending()))


@MODES
def test_what_was_billed_is_not_billed_again(live, mode):
    life, subscription = ending(live, mode)
    found = life.update(subscription, cancel_at="")
    assert first(found).current_period_end == at("2026-05-01")
    assert billed(life) == 3_000


@MODES
def test_nor_where_the_end_is_moved_first(live, mode):
    life, subscription = ending(live, mode)
    life.update(subscription, cancel_at=at("2026-04-21"))
    assert billed(life) == 3_000
    life.advance(life.now + DAY)
    life.update(subscription, cancel_at="")
    assert billed(life) == 3_000


@MODES
@pytest.mark.parametrize("kind", ["price", "quantity", "another item"])
def test_a_change_with_it_gives_all_of_it_back(live, mode, kind):
    life, subscription = ending(live, mode)
    item, dear = first(subscription).id, life.price(6_000, name="Dear")
    items = {
        "price": [{"id": item, "price": dear}],
        "quantity": [{"id": item, "quantity": 2}],
        "another item": [{"id": item, "deleted": True}, {"price": dear}],
    }[kind]
    life.update(subscription, cancel_at="", items=items)
    assert billed(life) == 500 + 5_000


@MODES
def test_so_does_a_cycle_that_begins_now(live, mode):
    life, subscription = ending(live, mode)
    life.update(subscription, cancel_at="", billing_cycle_anchor={"type": "now"})
    assert billed(life) == 500 + 3_000


def test_a_change_before_it_leaves_the_rest_as_it_was_billed(live):
    life, subscription = ending(live, "flexible")
    life.change(subscription, life.price(6_000, name="Dear"))
    assert billed(life) == 3_000 - 1_000 + 2_000
    life.update(subscription, cancel_at="")
    assert billed(life) == 500 + 5_000


@MODES
def test_what_was_given_back_is_billed_anew(live, mode):
    life = live(on="2026-04-01")
    subscription = life.subscribe(life.price(3_000), billing_mode={"type": mode})
    life.update(subscription, cancel_at=at("2026-04-16"))
    assert billed(life) == 1_500
    life.update(subscription, cancel_at="")
    assert billed(life) == 3_000


def test_nor_where_the_change_counts_from_an_earlier_period(live):
    life = live(on="2026-04-01")
    monthly, yearly = life.price(3_000), life.price(36_500, interval="year", name="Year")
    subscription = life.subscribe(monthly, yearly)
    life.advance("2026-05-06")
    item = next(each for each in subscription["items"].data if each.price.id == monthly)
    life.update(subscription, cancel_at=at("2026-05-16"), proration_behavior="none")
    life.update(subscription, cancel_at="", proration_date=at("2026-04-20"),
                items=[{"id": item.id, "quantity": 2}])
    assert billed(life) == 36_500 + 3_000 + 6_000


@pytest.mark.parametrize("way", ["longer price", "cycle begins now"])
def test_time_behind_a_shortened_period_is_credited_as_it_is_billed_anew(life, server, way):
    year, month = life.price(36_600, "year"), life.price(3_000)
    subscription = life.subscribe(year, life.price(100, name="Other"))
    item = next(each for each in subscription["items"].data if each.price.id == year)
    life.advance("2026-01-10")
    life.update(subscription, items=[{"id": item.id, "price": month}], proration_behavior="none")
    life.advance("2026-01-16 12:00")
    if way == "longer price":
        change = {"items": [{"id": item.id, "price": life.price(73_000, "year")}]}
        start, end = at("2026-01-16 12:00"), at("2027-01-01")
    else:
        change = {"billing_cycle_anchor": {"type": "now"}}
        start, end = at("2026-02-01"), at("2026-02-16 12:00")
    life.update(subscription, proration_behavior="always_invoice", **change)
    credited = [
        (line.amount, line.period.start, line.period.end)
        for line in life.latest(subscription).lines.data
        if line.amount < 0 and "Basic" in line.description
    ]
    whole = at("2027-01-01") - at("2026-01-01")
    assert credited == [(-round(36_600 * (end - start) / whole), start, end)]
    findings = [each for check in examine(server.system) for each in check.findings]
    assert [each for each in findings if each.id in (item.id, subscription.id)] == []
