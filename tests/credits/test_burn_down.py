"""Burn-down: which lines of which invoices credits pay for, in which order, and what is left."""

from __future__ import annotations

import re

import pytest
import requests

from credits.spending import credits_of, used_of
from subscriptions.life import DAY, HOUR, at, lines

MONTH_END = "2026-02-01 02:00"


def test_credits_pay_for_usage_before_money_does(life):
    grant = life.grant(5_000)
    subscription = life.subscribe(life.price(1_000), life.usage(3_000))
    life.advance(MONTH_END)
    invoice = life.latest(subscription)
    metered, licensed = invoice.lines.data
    assert lines(invoice) == [
        ("3000 × Calls (at $0.01 / month)", 3_000), ("1 × Basic (at $10.00 / month)", 1_000),
    ]
    assert (credits_of(metered), credits_of(licensed)) == ([3_000], [])
    assert (invoice.subtotal, invoice.total, invoice.amount_paid) == (4_000, 1_000, 1_000)
    [shown] = invoice.total_pretax_credit_amounts
    assert (shown.amount, shown.type) == (3_000, "credit_balance_transaction")
    assert "discount" not in shown
    used = life.billing.credit_balance_transactions.retrieve(
        shown.credit_balance_transaction, {"expand": ["debit.credits_applied.invoice"]}
    )
    assert (used.type, used.debit.type, used.credit) == ("debit", "credits_applied", None)
    assert used.debit.amount.monetary.value == 3_000
    assert used.debit.credits_applied.invoice.id == invoice.id
    assert used.debit.credits_applied.invoice_line_item == metered.id
    assert used.effective_at == invoice.status_transitions.finalized_at
    assert life.balance(grant) == (2_000, 2_000)
    expanded = life.client.invoices.retrieve(invoice.id, {"expand": [
        "total_pretax_credit_amounts.credit_balance_transaction.credit_grant"]})
    [shown] = expanded.total_pretax_credit_amounts
    assert shown.credit_balance_transaction.credit_grant.id == grant.id


def test_an_invoice_that_credits_pay_whole_is_paid_at_once(life):
    life.grant(5_000)
    subscription = life.subscribe(life.usage(3_000))
    life.advance(MONTH_END)
    invoice = life.latest(subscription)
    assert (invoice.status, invoice.total, invoice.amount_due) == ("paid", 0, 0)
    assert (invoice.attempted, invoice.attempt_count) == (True, 0)
    assert invoice.status_transitions.paid_at == invoice.status_transitions.finalized_at


def test_credits_come_after_discounts_and_before_tax_and_balance(life):
    """3000 less 50 % is 1500; 1000 of credits leave 500, taxed 20 %: 600, of which 200 are owed."""
    life.grant(1_000)
    life.client.customers.balance_transactions.create(
        life.customer.id, {"amount": -400, "currency": "usd"}
    )
    half = life.client.coupons.create({"percent_off": 50, "duration": "forever"})
    vat = life.client.tax_rates.create(
        {"display_name": "VAT", "percentage": 20, "inclusive": False}
    )
    subscription = life.subscribe(
        life.usage(3_000), discounts=[{"coupon": half.id}], default_tax_rates=[vat.id]
    )
    life.advance(MONTH_END)
    invoice = life.latest(subscription)
    [line] = invoice.lines.data
    assert [(each.type, each.amount) for each in line.pretax_credit_amounts] == [
        ("discount", 1_500), ("credit_balance_transaction", 1_000),
    ]
    assert [(each.amount, each.taxable_amount) for each in invoice.total_taxes] == [(100, 500)]
    assert (invoice.subtotal, invoice.total_excluding_tax, invoice.total) == (3_000, 500, 600)
    assert (invoice.starting_balance, invoice.ending_balance) == (-400, 0)
    assert (invoice.amount_due, invoice.amount_paid) == (200, 200)
    assert [each.amount for each in invoice.total_discount_amounts] == [1_500]


def test_inclusive_tax_is_of_what_credits_leave(life):
    life.grant(1_800)
    vat = life.client.tax_rates.create({"display_name": "VAT", "percentage": 20, "inclusive": True})
    subscription = life.subscribe(life.usage(3_000), default_tax_rates=[vat.id])
    life.advance(MONTH_END)
    invoice = life.latest(subscription)
    assert (invoice.total, invoice.total_excluding_tax) == (1_200, 1_000)
    assert [each.amount for each in invoice.total_taxes] == [200]


def test_grants_are_used_in_the_documented_order(life):
    """Priority, then the end, then promotional, then the beginning, then the making."""
    soon, late = at("2026-03-01"), at("2026-04-01")
    wanted = [
        life.grant(100, priority=10),
        life.grant(100, expires_at=soon),
        life.grant(100, expires_at=late),
        life.grant(100, category="promotional"),
        life.grant(100),
        life.grant(100),
        life.grant(100, effective_at=life.now + DAY),
        life.grant(100, priority=60, expires_at=soon),
    ]
    subscription = life.subscribe(life.usage(750))
    life.advance(MONTH_END)
    [line] = life.latest(subscription).lines.data
    amounts = [100] * 7 + [50]
    assert used_of(life.client, line) == list(
        zip((each.id for each in wanted), amounts, strict=True)
    )
    assert life.latest(subscription).total == 0


def test_lines_are_paid_in_their_order_by_the_grants_that_are_for_them(life):
    calls, storage = life.usage(1_000, "Calls"), life.usage(800, "Storage")
    for_storage = life.grant(300, storage, priority=0)
    for_all = life.grant(1_200)
    subscription = life.subscribe(calls, storage)
    life.advance(MONTH_END)
    invoice = life.latest(subscription)
    found = {line.pricing.price_details.price: line for line in invoice.lines.data}
    first, second = invoice.lines.data
    assert first.pricing.price_details.price == storage, "the newest item stands first"
    assert used_of(life.client, found[storage]) == [(for_storage.id, 300), (for_all.id, 500)]
    assert used_of(life.client, found[calls]) == [(for_all.id, 700)]
    assert (credits_of(first), credits_of(second)) == ([300, 500], [700])
    assert invoice.total == 300


def test_credits_last_from_month_to_month(life):
    grant = life.grant(5_000)
    subscription = life.subscribe(life.usage(2_000))
    totals = []
    for month in ("2026-02-01", "2026-03-01", "2026-04-01"):
        life.advance(at(month) + 2 * HOUR)
        totals.append(life.latest(subscription).total)
    assert totals == [0, 0, 1_000]
    assert life.moves(grant) == [
        ("credits_granted", 5_000), ("credits_applied", 2_000), ("credits_applied", 2_000),
        ("credits_applied", 1_000),
    ]
    assert life.balance(grant) == (0, 0)


@pytest.mark.parametrize(("terms", "paid"), [
    pytest.param({"effective_at": "2026-02-01"}, 1_000, id="begins as the period ends"),
    pytest.param({"effective_at": "2026-02-01 00:01"}, 0, id="begins after the period"),
    pytest.param({"expires_at": "2026-02-01"}, 0, id="ends with the period"),
    pytest.param({"expires_at": "2026-02-01 00:30"}, 0, id="ends while the draft waits"),
    pytest.param({"expires_at": "2026-02-01 01:30"}, 1_000, id="ends after the finalization"),
    pytest.param({"currency": "eur"}, 0, id="is in another currency"),
])
def test_a_grant_is_for_invoices_whose_period_ends_within_it(life, terms, paid):
    life.grant(1_000, **{
        name: at(value) if name.endswith("_at") else value for name, value in terms.items()
    })  # fmt: skip
    subscription = life.subscribe(life.usage(3_000))
    life.advance(MONTH_END)
    invoice = life.latest(subscription)
    assert invoice.total == 3_000 - paid
    assert sum(each.amount for each in invoice.total_pretax_credit_amounts) == paid


def test_credits_do_not_pay_for_what_is_not_usage(life):
    grant = life.grant(5_000)
    subscription = life.subscribe(life.price(1_000))
    life.client.invoice_items.create(
        {"customer": life.customer.id, "amount": 700, "currency": "usd"}
    )
    life.advance(MONTH_END)
    assert life.latest(subscription).total == 1_700
    one_off = life.client.invoices.create({"customer": life.customer.id, "currency": "usd"})
    life.client.invoice_items.create(
        {"customer": life.customer.id, "invoice": one_off.id, "amount": 500, "currency": "usd"}
    )
    assert life.client.invoices.pay(one_off.id).amount_paid == 500
    assert life.moves(grant) == [("credits_granted", 5_000)]


def test_previews_and_drafts_are_estimates_and_use_nothing(life):
    grant = life.grant(1_000)
    subscription = life.subscribe(life.usage(3_000))
    seen = life.client.invoices.create_preview({"subscription": subscription.id})
    [estimate] = seen.lines.data[0].pretax_credit_amounts
    assert (estimate.amount, estimate.credit_balance_transaction) == (1_000, None)
    assert seen.total == 2_000
    assert life.balance(grant) == (1_000, 1_000)
    life.advance("2026-02-01 00:10")
    draft = life.latest(subscription)
    assert (draft.status, draft.total) == ("draft", 2_000)
    assert [each.credit_balance_transaction for each in draft.total_pretax_credit_amounts] == [None]
    assert life.balance(grant) == (1_000, 0), "a draft is about to use them"
    assert life.moves(grant) == [("credits_granted", 1_000)]
    life.billing.credit_grants.expire(grant.id)
    draft = life.latest(subscription)
    assert (draft.total, draft.total_pretax_credit_amounts) == (3_000, [])


def test_the_invoice_that_is_finalized_first_uses_the_credits(life):
    grant = life.grant(1_000)
    first = life.subscribe(life.usage(800, "Calls"))
    second = life.subscribe(life.usage(900, "Storage"))
    life.advance("2026-02-01 00:10")
    drafts = [life.latest(each) for each in (first, second)]
    assert [each.total for each in drafts] == [0, 0], "both count on the same credits"
    chosen = life.client.invoices.finalize_invoice(drafts[1].id)
    assert (chosen.total, chosen.status) == (0, "paid")
    life.advance(MONTH_END)
    assert life.latest(first).total == 700
    assert life.moves(grant)[1:] == [("credits_applied", 900), ("credits_applied", 100)]


def test_usage_billed_as_a_price_goes_is_paid_for_too(life):
    """Flexible billing bills a removed item's usage with the next invoice."""
    grant = life.grant(1_000)
    metered = life.usage(600)
    subscription = life.subscribe(life.price(2_000), metered)
    life.advance("2026-01-11")
    item = next(each for each in subscription["items"].data if each.price.id == metered)
    life.update(subscription, items=[{"id": item.id, "deleted": True}],
                proration_behavior="always_invoice")
    invoice = life.latest(subscription)
    assert (invoice.subtotal, invoice.total) == (600, 0)
    assert life.moves(grant)[1:] == [("credits_applied", 600)]


def test_the_last_invoice_of_a_subscription_uses_credits(life):
    grant = life.grant(1_000)
    subscription = life.subscribe(life.usage(600))
    life.client.subscriptions.cancel(subscription.id, {"invoice_now": True})
    life.advance(life.now + 2 * HOUR)
    assert life.latest(subscription).total == 0
    assert life.moves(grant)[1:] == [("credits_applied", 600)]


def test_tiers_share_the_credits_in_their_order(life):
    meter = life.client.billing.meters.create({
        "display_name": "Tiers", "event_name": f"tiers_{life.customer.id}",
        "default_aggregation": {"formula": "sum"},
    })
    price = life.client.prices.create({
        "currency": "usd", "product_data": {"name": "Tiers"}, "billing_scheme": "tiered",
        "tiers_mode": "graduated",
        "tiers": [{"up_to": 10, "unit_amount": 100}, {"up_to": "inf", "unit_amount": 50}],
        "recurring": {"interval": "month", "usage_type": "metered", "meter": meter.id},
    }).id
    life.events_of[price] = meter.event_name
    life.used[price] = 20
    life.grant(1_200)
    subscription = life.subscribe(price)
    life.advance(MONTH_END)
    invoice = life.latest(subscription)
    assert [credits_of(line) for line in invoice.lines.data] == [[1_000], [200]]
    assert invoice.total == 300


def test_a_receipt_shows_what_credits_have_paid(life):
    life.grant(1_000)
    life.subscribe(life.usage(3_000))
    life.advance(MONTH_END)
    charge = life.client.charges.list({"customer": life.customer.id}).data[0]
    page = requests.get(charge.receipt_url, timeout=60).text
    words = re.sub(r"<[^>]+>|\s", " ", page).split()
    assert "$30.00 Credits used -$10.00" in " ".join(words)
