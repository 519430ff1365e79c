"""Where a volume tier makes a period cheaper than thresholds billed it: back goes what was paid."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest

from subscriptions.life import DAY, HOUR
from usage_billing.metering import MeteredLife, quantities, tiers

# 1 000 units cost 100.00; from 1 001 on, all of them cost a tenth of that.
VOLUME = tiers((1_000, 10), ("inf", 1), mode="volume")


def billed_early(life: MeteredLife, **terms: Any) -> tuple[Any, Any, Any]:
    """Return a meter, a subscription and the open invoice that its threshold made."""
    calls = life.meter(**VOLUME)
    subscription = life.subscribe(
        calls.price, billing_thresholds={"amount_gte": terms.pop("threshold", 5_000)},
        collection_method="send_invoice", days_until_due=30, **terms)
    calls.use(1_000)
    life.advance("2026-01-03")
    [early] = life.invoices()
    return calls, subscription, early


def take_back(life: MeteredLife, early: Any, how: str) -> None:
    invoices, notes = life.client.invoices, life.client.credit_notes
    if how == "voided":
        invoices.void_invoice(early.id)
        return
    if how == "noted unpaid":
        notes.create({"invoice": early.id, "amount": early.total})
        return
    if how == "refunded":
        invoices.pay(early.id)
        [payment] = life.client.invoice_payments.list({"invoice": early.id}).data
        life.client.refunds.create(
            {"payment_intent": payment.payment.payment_intent, "amount": 7_500})
        return
    invoices.pay(early.id, {"paid_out_of_band": True})
    if how == "half noted":
        half = early.total // 2
        notes.create({"invoice": early.id, "amount": half, "out_of_band_amount": half})
    elif how == "a line noted":
        line = {"type": "invoice_line_item", "invoice_line_item": early.lines.data[0].id,
                "amount": 2_500}
        notes.create({"invoice": early.id, "lines": [line], "credit_amount": 2_500})


@pytest.mark.parametrize(("how", "back"), [
    ("paid", 8_000), ("voided", 0), ("noted unpaid", 0), ("half noted", 4_000),
    ("a line noted", 6_000), ("refunded", 2_000),
])
def test_what_was_taken_back_is_not_given_back(life, how, back):
    calls, subscription, early = billed_early(life)
    take_back(life, early, how)
    balance = life.client.customers.retrieve(life.customer.id).balance
    calls.use(1_000)
    shown = life.client.invoices.create_preview({"subscription": subscription.id})
    life.advance("2026-02-01 02:00")
    last = life.latest(subscription)
    assert shown.total == last.total == -back
    assert quantities(last) == [(2_000, 2_000), (1_000, -2_000 - back)]
    assert life.client.customers.retrieve(life.customer.id).balance == balance - back


@pytest.mark.parametrize(("granted", "back"), [(10_000, 0), (4_000, 4_800)])
def test_what_credits_paid_is_not_given_back(life, granted, back):
    life.client.billing.credit_grants.create({
        "customer": life.customer.id, "category": "promotional",
        "amount": {"type": "monetary", "monetary": {"currency": "usd", "value": granted}},
        "applicability_config": {"scope": {"price_type": "metered"}}})
    calls = life.meter(**VOLUME)
    subscription = life.client.subscriptions.create({
        "customer": life.customer.id,
        "items": [{"price": calls.price, "billing_thresholds": {"usage_gte": 1_000}}]})
    calls.use(1_000)
    life.advance("2026-01-03")
    calls.use(500)
    life.advance("2026-02-01 02:00")
    assert life.latest(subscription).total == -(8_500 * back // 8_000)
    assert life.client.customers.retrieve(life.customer.id).balance == -(8_500 * back // 8_000)


@pytest.mark.parametrize(("off", "back"), [(100, 0), (50, 4_000)])
def test_a_discount_that_is_used_up_is_not_given_back(life, off, back):
    coupon = life.client.coupons.create({"percent_off": off, "duration": "once"})
    calls = life.meter(**VOLUME)
    subscription = life.client.subscriptions.create({
        "customer": life.customer.id, "discounts": [],
        "items": [{"price": calls.price, "billing_thresholds": {"usage_gte": 1_000}}]})
    life.update(subscription, discounts=[{"coupon": coupon.id}])
    calls.use(1_000)
    life.advance("2026-01-03")
    calls.use(999)
    calls.use(1)
    life.advance("2026-02-01 02:00")
    paid = sum(each.total for each in life.invoices())
    assert life.client.customers.retrieve(life.customer.id).balance == -back
    assert paid == 10_000 * (100 - off) // 100 - back


def test_an_invoice_may_be_voided_while_the_last_one_is_a_draft(life):
    calls, subscription, early = billed_early(life)
    calls.use(1_000)
    life.advance("2026-02-01")
    assert life.latest(subscription).status == "draft"
    assert life.latest(subscription).total == -8_000
    life.client.invoices.void_invoice(early.id)
    assert life.latest(subscription).total == 0
    calls.use(1_000, "2026-01-31")
    assert quantities(life.latest(subscription)) == [(3_000, 3_000), (1_000, -3_000)]
    calls.use(9_000, "2026-01-31")
    life.advance("2026-02-01 02:00")
    assert quantities(life.latest(subscription)) == [(12_000, 12_000), (1_000, -10_000)]
    assert life.client.customers.retrieve(life.customer.id).balance == 0


def test_what_a_note_took_off_is_not_given_back_as_late_usage(life):
    life.settings(late_usage="bill")
    calls = life.meter()
    subscription = life.subscribe(calls.price)
    life.advance("2026-01-31 23:00")
    mistake = calls.use(30)
    calls.use(10)
    life.advance("2026-02-01 02:00")
    billed = life.latest(subscription)
    life.client.credit_notes.create(
        {"invoice": billed.id, "amount": 3_000, "out_of_band_amount": 3_000})
    calls.take_back(mistake)
    life.advance("2026-03-01 02:00")
    assert life.latest(subscription).total == -750
    life.settings(late_usage="show")


class Bought:
    """A customer of random use, thresholds and generosity, and what it has paid."""

    def __init__(self, life: MeteredLife, seed: int) -> None:
        self.life, self.source = life, random.Random(seed)
        draw = self.source.choice
        self.mode = draw(["volume", "volume", "graduated"])
        self.off = draw([0, 0, 50, 20])
        steps = ((100, 50), (400, draw([5, 20])), ("inf", draw([1, 2])))
        self.steps = [(up_to if isinstance(up_to, int) else 10**9, unit) for up_to, unit in steps]
        self.calls = life.meter(**tiers(*steps, mode=self.mode))
        terms: dict[str, Any] = {}
        if self.off:
            coupon = life.client.coupons.create({"percent_off": self.off, "duration": "forever"})
            terms["discounts"] = [{"coupon": coupon.id}]
        self.generous = self.source.random() < 0.7
        if self.generous and self.source.random() < 0.4:
            life.client.billing.credit_grants.create({
                "customer": life.customer.id, "category": draw(["paid", "promotional"]),
                "amount": {"type": "monetary",
                           "monetary": {"currency": "usd", "value": draw([700, 3_000, 20_000])}},
                "applicability_config": {"scope": {"price_type": "metered"}}})
        self.subscription = life.client.subscriptions.create({
            "customer": life.customer.id, "collection_method": "send_invoice", "days_until_due": 30,
            "items": [{"price": self.calls.price,
                       "billing_thresholds": {"usage_gte": draw([50, 90])}}], **terms})
        self.used = [0]

    def cost(self, used: int) -> int:
        """Return what this much costs, by a reckoning of its own."""
        total = before = 0
        for up_to, unit in self.steps:
            if self.mode == "volume" and used <= up_to:
                return used * unit
            if self.mode == "graduated":
                total += max(0, min(used, up_to) - before) * unit
                before = up_to
        return total

    def settle(self) -> None:
        """Pay, void or credit what is open."""
        client = self.life.client
        for each in client.invoices.list({"customer": self.life.customer.id, "status": "open"}):
            deed = self.source.choice(["pay", "void", "note"]) if self.generous else "pay"
            if deed == "void":
                client.invoices.void_invoice(each.id)
                continue
            if deed == "note":
                part = self.source.randrange(1, min(each.total, each.amount_remaining) + 1)
                client.credit_notes.create({"invoice": each.id, "amount": part})
            if client.invoices.retrieve(each.id).status == "open":
                client.invoices.pay(each.id, {"paid_out_of_band": True})

    def kept(self) -> int:
        """Return what the customer has paid and does not have on its balance."""
        customer = self.life.client.customers.retrieve(self.life.customer.id)
        return sum(each.amount_paid for each in self.life.invoices()) + customer.balance


@pytest.mark.parametrize("seed", range(12))
def test_nobody_is_given_back_what_nobody_paid(life, seed):
    bought = Bought(life, seed)
    for _ in range(2):
        for _ in itertools.repeat(None, 4):
            use = bought.source.choice([30, 60, 95, 310, 700])
            bought.calls.use(use)
            bought.used[-1] += use
            life.advance(life.now + 3 * DAY)
            bought.settle()
            assert bought.kept() >= 0
        period = life.read(bought.subscription)["items"].data[0].current_period_end
        life.advance(period + 2 * HOUR)
        bought.settle()
        assert bought.kept() >= 0
        bought.used.append(0)
    if not bought.generous:
        costs = [bought.cost(each) * (100 - bought.off) / 100 for each in bought.used]
        assert abs(bought.kept() - sum(costs)) <= 1
