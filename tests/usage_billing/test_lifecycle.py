"""Usage through a subscription's life: billed in arrears, once, at the price of its time."""

from __future__ import annotations

import re

import pytest
import stripe

from prorata.engine.doctor import examine
from prorata.store.due import retry_set_aside
from subscriptions.life import at, lines
from usage_billing.metering import quantities, tiers


def test_usage_is_billed_at_the_end_of_its_period(life):
    calls = life.meter()
    subscription = life.subscribe(calls.price)
    calls.use(3)
    life.advance("2026-01-20")
    calls.use("4")
    life.advance("2026-02-01")
    invoice = life.latest(subscription)
    assert lines(invoice) == [("7 × Calls (at $1.00 / month)", 700)]
    line = invoice.lines.data[0].period
    assert (line.start, line.end) == (at("2026-01-01"), at("2026-02-01"))
    life.advance("2026-02-10")
    calls.use(2)
    life.advance("2026-03-01 02:00")
    assert [each.amount_paid for each in life.invoices(subscription)] == [700, 200]


def test_what_arrives_before_the_draft_is_final_goes_on_it(life):
    calls = life.meter()
    subscription = life.subscribe(calls.price)
    calls.use(3)
    life.advance("2026-02-01 00:10")
    assert life.latest(subscription).total == 300
    calls.use(5, "2026-01-31 23:59:59")
    calls.use(7, "2026-02-01 00:00")
    draft = life.latest(subscription)
    assert (quantities(draft), draft.total, draft.amount_due) == ([(8, 800)], 800, 800)
    [shown] = life.client.invoices.list({"subscription": subscription.id}).data
    assert shown.to_dict() == draft.to_dict()
    expanded = life.client.subscriptions.retrieve(
        subscription.id, {"expand": ["latest_invoice", "customer"]})
    assert expanded.latest_invoice.to_dict() == draft.to_dict()
    listed = life.client.invoices.line_items.list(draft.id)
    assert [line.to_dict() for line in listed.data] == [
        line.to_dict() for line in draft.lines.data]
    life.advance("2026-02-01 02:00")
    invoice = life.latest(subscription)
    assert (quantities(invoice), invoice.amount_paid) == ([(8, 800)], 800)
    life.advance("2026-03-01 02:00")
    assert life.latest(subscription).total == 700


def test_a_draft_that_is_changed_bills_what_has_been_used_by_then(life):
    calls = life.meter()
    subscription = life.subscribe(calls.price)
    calls.use(3)
    life.advance("2026-02-01 00:10")
    id = life.latest(subscription).id
    invoices = life.client.invoices
    calls.use(5, "2026-01-31 23:59:59")
    changed = invoices.update(id, {"description": "January"})
    assert (quantities(changed), changed.total) == ([(8, 800)], 800)
    calls.use(2, "2026-01-31 23:59:59")
    changed = invoices.add_lines(id, {"lines": [{"amount": 50}]})
    assert (quantities(changed)[1:], changed.total) == ([(10, 1_000)], 1_050)
    assert changed.to_dict() == invoices.retrieve(id).to_dict()
    life.advance("2026-02-01 02:00")
    invoice = life.latest(subscription)
    assert (invoice.amount_paid, invoice.total) == (1_050, 1_050)


def test_what_is_taken_back_before_the_draft_is_final_is_not_billed(life):
    calls = life.meter()
    subscription = life.subscribe(calls.price)
    life.advance("2026-01-31 20:00")
    mistake = calls.use(30)
    calls.use(3)
    life.advance("2026-02-01 00:10")
    assert life.latest(subscription).total == 3_300
    calls.take_back(mistake)
    life.advance("2026-02-01 02:00")
    assert life.latest(subscription).amount_paid == 300


def test_tiers_are_laid_anew_when_more_arrives(life):
    calls = life.meter(**tiers((10, 50), ("inf", 40)))
    subscription = life.subscribe(calls.price)
    calls.use(4)
    life.advance("2026-02-01 00:10")
    assert quantities(life.latest(subscription)) == [(4, 200)]
    calls.use(8, "2026-01-15")
    life.advance("2026-02-01 02:00")
    invoice = life.latest(subscription)
    assert quantities(invoice) == [(10, 500), (2, 80)]
    assert (invoice.subtotal, invoice.total, invoice.amount_paid) == (580, 580, 580)


def test_discounts_and_taxes_follow_what_arrives(life):
    calls = life.meter()
    rate = life.client.tax_rates.create(
        {"display_name": "VAT", "percentage": 10, "inclusive": False})
    coupon = life.client.coupons.create({"percent_off": 50, "duration": "forever"})
    subscription = life.subscribe(calls.price, default_tax_rates=[rate.id],
                                  discounts=[{"coupon": coupon.id}])
    calls.use(10)
    life.advance("2026-02-01 00:10")
    assert life.latest(subscription).total == 550
    calls.use(10, "2026-01-15")
    life.advance("2026-02-01 02:00")
    invoice = life.latest(subscription)
    assert (invoice.subtotal, invoice.total, invoice.amount_paid) == (2_000, 1_100, 1_100)
    assert invoice.lines.data[0].taxes[0].amount == 100


def test_a_line_that_was_set_by_hand_stays(life):
    calls = life.meter()
    subscription = life.subscribe(calls.price)
    calls.use(10)
    life.advance("2026-02-01 00:10")
    draft = life.latest(subscription)
    life.client.invoices.line_items.update(draft.id, draft.lines.data[0].id, {"quantity": 4})
    calls.use(10, "2026-01-15")
    life.advance("2026-02-01 02:00")
    assert life.latest(subscription).amount_paid == 400


def test_when_a_tiers_line_was_taken_off_by_hand_the_others_stay(life):
    """The doctor, who looks when a life is over, holds the books to it as well."""
    calls = life.meter(**tiers((10, 50), ("inf", 40)))
    subscription = life.subscribe(calls.price)
    calls.use(15)
    life.advance("2026-02-01 00:10")
    draft = life.latest(subscription)
    assert quantities(draft) == [(10, 500), (5, 200)]
    life.client.invoices.remove_lines(
        draft.id, {"lines": [{"id": draft.lines.data[1].id, "behavior": "delete"}]})
    calls.use(20, "2026-01-15")
    life.advance("2026-02-01 02:00")
    assert quantities(life.latest(subscription)) == [(10, 500)]
    assert life.latest(subscription).amount_paid == 500


def test_a_preview_shows_what_was_just_used(life):
    calls = life.meter()
    subscription = life.subscribe(life.price(), calls.price)
    for value, total in ((5, 1_500), (1, 1_600)):
        calls.use(value)
        preview = life.client.invoices.create_preview({"subscription": subscription.id})
        assert preview.total == total


@pytest.mark.parametrize(("value", "quantity", "amount"), [
    ("0.5", "0.5", 50), ("-3", "0", 0), ("1.234567890123", "1.234567890123", 123),
])
def test_fractions_and_totals_below_zero(life, value, quantity, amount):
    calls = life.meter()
    subscription = life.subscribe(calls.price)
    calls.use(value)
    life.advance("2026-02-01 02:00")
    [line] = life.latest(subscription).lines.data
    assert (str(line.quantity_decimal), line.amount) == (quantity, amount)


@pytest.mark.parametrize(("formula", "amount"), [("sum", 900), ("count", 200), ("last", 500)])
def test_formulas(life, formula, amount):
    calls = life.meter(formula)
    subscription = life.subscribe(calls.price)
    calls.use(4)
    life.advance("2026-01-11")
    calls.use(5)
    life.advance("2026-02-01 02:00")
    assert life.latest(subscription).amount_paid == amount
    life.advance("2026-03-01 02:00")
    assert life.latest(subscription).total == 0


def test_within_a_window_the_last_event_counts(life):
    calls = life.meter(window="day")
    subscription = life.subscribe(calls.price)
    for value, moment in ((9, "2026-01-01 01:00"), (2, "2026-01-01 02:00"), (3, "2026-01-02")):
        life.advance(moment)
        calls.use(value)
    life.advance("2026-02-01 02:00")
    assert life.latest(subscription).amount_paid == 500


def test_two_items_by_one_meter_bill_it_twice(life):
    calls = life.meter()
    subscription = life.subscribe(calls.price, calls.another(unit_amount=30).price)
    calls.use(2)
    life.advance("2026-02-01 02:00")
    assert sorted(quantities(life.latest(subscription))) == [(2, 60), (2, 200)]


def test_a_deactivated_meter_bills_what_it_has_counted(life):
    calls = life.meter()
    subscription = life.subscribe(calls.price)
    calls.use(2)
    life.client.billing.meters.deactivate(calls.meter.id)
    life.advance("2026-02-01 02:00")
    assert life.latest(subscription).amount_paid == 200


@pytest.mark.parametrize(("mode", "shown"), [("classic", [(0, 0)]), ("flexible", None)])
def test_the_first_invoice(life, mode, shown):
    calls = life.meter()
    subscription = life.subscribe(calls.price, billing_mode={"type": mode})
    if shown is None:
        assert subscription.latest_invoice is None
    else:
        assert quantities(life.latest(subscription)) == shown
    calls.use(1)
    life.advance("2026-02-01 02:00")
    assert life.latest(subscription).amount_paid == 100


def test_usage_before_the_subscription_is_not_billed(life):
    calls = life.meter()
    calls.use(50)
    life.advance("2026-01-05")
    subscription = life.subscribe(calls.price)
    calls.use(1)
    life.advance("2026-02-05 02:00")
    assert life.latest(subscription).amount_paid == 100


def test_usage_of_a_trial_is_free(life):
    calls = life.meter()
    subscription = life.subscribe(calls.price, trial_end=at("2026-01-11"))
    calls.use(40)
    life.advance("2026-01-11 02:00")
    assert life.latest(subscription).total == 0
    calls.use(2)
    life.advance("2026-02-11 02:00")
    assert life.latest(subscription).amount_paid == 200


def test_usage_of_a_trial_that_ends_early_is_free(life):
    calls = life.meter()
    subscription = life.subscribe(calls.price, trial_end=at("2026-01-21"))
    calls.use(40)
    life.advance("2026-01-11")
    life.update(subscription, trial_end="now")
    calls.use(2)
    life.advance("2026-02-11 02:00")
    assert life.latest(subscription).amount_paid == 200


@pytest.mark.parametrize(("how", "billed"), [
    ({}, 0), ({"invoice_now": True}, 500), ("period_end", 700),
])
def test_usage_at_the_end(life, how, billed):
    calls = life.meter()
    subscription = life.subscribe(calls.price)
    calls.use(3)
    life.advance("2026-01-11")
    calls.use(2)
    if how == "period_end":
        life.update(subscription, cancel_at_period_end=True)
    else:
        life.client.subscriptions.cancel(subscription.id, how)
    life.advance("2026-01-12")
    calls.use(2)
    life.advance("2026-02-01 02:00")
    assert sum(each.amount_paid for each in life.invoices(subscription)) == billed


@pytest.mark.parametrize("how", ["now", "period_end"])
def test_a_tier_that_costs_nothing_is_shown_at_the_end_too(life, how):
    calls = life.meter(**tiers((10, 0), ("inf", 5)))
    subscription = life.subscribe(calls.price)
    calls.use(12)
    if how == "now":
        life.advance("2026-01-11")
        life.client.subscriptions.cancel(subscription.id, {"invoice_now": True})
    else:
        life.update(subscription, cancel_at_period_end=True)
        life.advance("2026-02-01")
    assert quantities(life.invoices(subscription)[-1]) == [(10, 0), (2, 10)]


def test_more_than_an_invoice_can_ask_for_is_told_when_it_is_finalized(life):
    calls = life.meter()
    subscription = life.subscribe(calls.price)
    calls.use(5)
    life.advance("2026-02-01 00:10")
    wrong = calls.use(10**15 - 1, "2026-01-31")
    draft = life.latest(subscription)
    assert draft.total == 500
    life.advance("2026-02-01 02:00")
    draft = life.latest(subscription)
    assert (draft.status, draft.last_finalization_error.code) == ("draft", "amount_too_large")
    calls.take_back(wrong)
    assert life.client.invoices.finalize_invoice(draft.id).total == 500


def test_a_renewal_that_asks_too_much_says_whose_usage_it_is(life, server):
    calls = life.meter()
    subscription = life.subscribe(calls.price)
    calls.use(5)
    wrong = calls.use(10**15 - 1)
    told = rf"{subscription.id} by the meter {calls.meter.id} from 01 Jan 2026 .*\(1\d+\) costs"
    with pytest.raises(stripe.InvalidRequestError, match=told):
        life.client.invoices.create_preview({"subscription": subscription.id})
    with pytest.raises(AssertionError, match="internal_failure"):
        life.advance("2026-02-01 02:00")
    found = [each for check in examine(server.system) for each in check.findings]
    assert [each.id for each in found] == [subscription.id]
    assert re.search(told, found[0].problem), found
    calls.take_back(wrong)
    assert server.system.database.write(retry_set_aside) == 1
    life.advance("2026-02-01 04:00")
    assert [each.amount_paid for each in life.invoices(subscription)] == [500]
