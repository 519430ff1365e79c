"""Late usage: never silently lost; shown, and billed where the account wants that."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stripe

from subscriptions.life import HOUR, at, first
from usage_billing.metering import quantities, tiers

DONE = "2026-02-01 02:00"


@pytest.fixture
def billing_late(life) -> Iterator[None]:
    life.settings(late_usage="bill")
    yield
    life.settings(late_usage="show")


def billings(life, **named):
    return life.ask("get", "/v1/prorata/usage_billings", **named)["data"]


def balance(life, subscription):
    return life.ask("get", "/v1/prorata/usage_balance", subscription=subscription.id)["items"]


def test_late_usage_is_not_billed_and_is_shown(life):
    calls = life.meter()
    subscription = life.subscribe(calls.price)
    calls.use(3)
    life.advance(DONE)
    calls.use(4, "2026-01-30")
    life.advance("2026-03-01 02:00")
    assert [each.amount_paid for each in life.invoices()] == [300, 0]
    newest, oldest = billings(life, subscription=subscription.id)
    assert (oldest["used"], oldest["quantity"], oldest["late"]) == ("7", "3", "4")
    assert oldest["billed"] == [{
        "amount": 300, "invoice": life.invoices()[0].id, "invoice_item": None, "quantity": "3"}]
    assert (newest["used"], newest["late"], newest["outcome"]) == ("0", "0", "billed")
    assert newest["period"] == {"start": at("2026-02-01"), "end": at("2026-03-01")}
    [item] = balance(life, subscription)
    assert (item["used"], item["billed"], item["late"], item["open"]) == ("7", "3", "4", "0")


def test_one_is_retrieved_and_pages_are_read(life):
    calls = life.meter()
    subscription = life.subscribe(calls.price)
    life.advance("2026-04-01")
    found = billings(life, customer=life.customer.id)
    assert len(found) == 3
    one = life.ask("get", f"/v1/prorata/usage_billings/{found[1]['id']}")
    assert one["id"] == found[1]["id"]
    page = life.ask("get", "/v1/prorata/usage_billings", subscription=subscription.id, limit=2)
    assert (page["has_more"], [each["id"] for each in page["data"]]) == (
        True, [each["id"] for each in found[:2]])
    rest = billings(life, subscription=subscription.id, starting_after=found[1]["id"])
    assert [each["id"] for each in rest] == [found[2]["id"]]


@pytest.mark.parametrize(("terms", "before", "late", "amount"), [
    ({"unit_amount": 100}, 3, 4, 400),
    (tiers((10, 50), ("inf", 40)), 8, 4, 2 * 50 + 2 * 40),
    (tiers((10, 50), ("inf", 40), mode="volume"), 8, 4, 12 * 40 - 8 * 50),
    ({"unit_amount": 10, "transform_quantity": {"divide_by": 100, "round": "up"}}, 50, 100, 10),
])
def test_the_next_invoice_bills_what_came_late(life, billing_late, terms, before, late, amount):
    calls = life.meter(**terms)
    subscription = life.subscribe(calls.price)
    calls.use(before)
    life.advance(DONE)
    calls.use(late, "2026-01-30")
    life.advance("2026-02-10")
    preview = life.client.invoices.create_preview({"subscription": subscription.id})
    life.advance("2026-03-01 02:00")
    line = life.latest(subscription).lines.data[-1]
    assert (line.description, line.amount, line.quantity) == (
        f"Late usage: {late} × Calls (01 Jan 2026 – 01 Feb 2026)", amount, late)
    assert (line.period.start, line.period.end) == (at("2026-01-01"), at("2026-02-01"))
    assert preview.lines.data[-1].amount == amount
    [item] = balance(life, subscription)
    assert (item["late"], item["billed"]) == ("0", str(before + late))
    life.advance("2026-04-01 02:00")
    assert len(life.latest(subscription).lines.data) == 1


def test_what_was_taken_back_after_it_was_billed_is_credited(life, billing_late):
    coupon = life.client.coupons.create({"percent_off": 50, "duration": "forever"})
    calls = life.meter()
    subscription = life.subscribe(calls.price, discounts=[{"coupon": coupon.id}])
    life.advance("2026-01-31 23:00")
    mistake = calls.use(30)
    calls.use(10)
    life.advance(DONE)
    calls.take_back(mistake)
    [shown] = billings(life, subscription=subscription.id)
    assert (shown["used"], shown["late"]) == ("10", "-30")
    calls.use(100)
    life.advance("2026-03-01 02:00")
    invoice = life.latest(subscription)
    assert quantities(invoice) == [(100, 10_000), (30, -3_000)]
    assert (invoice.total, invoice.amount_paid) == (3_500, 3_500)
    assert invoice.lines.data[1].description.startswith("Usage taken back: 30 × Calls")


@pytest.mark.parametrize(("off", "granted", "taken_back", "back"), [
    (None, 4_000, (30,), [0]),              # credits paid all of it
    (None, 1_000, (30,), [-2_250]),         # a quarter
    (None, 1_000, (30, 10), [-2_250, -750]),
    (50, 1_000, (30,), [-750]),             # half of what the discount left
    (100, 1_000, (30,), [0]),
])  # fmt: skip
def test_what_credits_had_paid_is_not_given_back(
    life, billing_late, off, granted, taken_back, back
):
    calls = life.meter()
    terms = {}
    if off is not None:
        coupon = life.client.coupons.create({"percent_off": off, "duration": "forever"})
        terms["discounts"] = [{"coupon": coupon.id}]
    life.client.billing.credit_grants.create({
        "customer": life.customer.id, "category": "promotional",
        "amount": {"type": "monetary", "monetary": {"currency": "usd", "value": granted}},
        "applicability_config": {"scope": {"price_type": "metered"}}})
    subscription = life.subscribe(calls.price, **terms)
    calls.use(40)
    life.advance(DONE)
    totals = []
    for month, quantity in zip(("03", "04"), taken_back, strict=False):
        calls.use(-quantity, "2026-01-31 23:00")
        life.advance(f"2026-{month}-01 02:00")
        totals.append(life.latest(subscription).total)
    assert totals == back
    assert life.client.customers.retrieve(life.customer.id).balance == sum(back)


def test_nothing_is_given_back_of_an_invoice_that_was_voided(life, billing_late):
    calls = life.meter()
    subscription = life.subscribe(
        calls.price, collection_method="send_invoice", days_until_due=30)
    life.advance("2026-01-31 23:00")
    mistake = calls.use(30)
    calls.use(10)
    life.advance(DONE)
    life.client.invoices.void_invoice(life.latest(subscription).id)
    calls.take_back(mistake)
    life.advance("2026-03-01 02:00")
    invoice = life.latest(subscription)
    assert quantities(invoice) == [(0, 0), (30, 0)]
    assert life.client.customers.retrieve(life.customer.id).balance == 0


def test_what_a_revision_asks_for_is_given_back(life, billing_late):
    calls = life.meter()
    subscription = life.subscribe(
        calls.price, collection_method="send_invoice", days_until_due=30)
    life.advance("2026-01-31 23:00")
    mistake = calls.use(30)
    calls.use(10)
    life.advance(DONE)
    revision = life.client.invoices.create({
        "from_invoice": {"invoice": life.latest(subscription).id, "action": "revision"}})
    life.client.invoices.finalize_invoice(revision.id)
    life.client.invoices.pay(revision.id, {"paid_out_of_band": True})
    calls.take_back(mistake)
    life.advance("2026-03-01 02:00")
    assert life.client.customers.retrieve(life.customer.id).balance == -3_000


def test_late_usage_of_an_earlier_price_is_billed_at_that_price(life, billing_late):
    calls = life.meter()
    subscription = life.subscribe(calls.price)
    calls.use(1)
    life.advance("2026-01-16")
    dearer = calls.another(unit_amount=200)
    life.update(subscription, items=[{"id": first(subscription).id, "price": dearer.price}])
    calls.use(5, "2026-01-10")
    calls.use(2)
    life.advance(DONE)
    assert sorted(quantities(life.latest(subscription))) == [(1, 100), (2, 400), (5, 500)]


def test_the_last_invoice_bills_what_came_late(life, billing_late):
    calls = life.meter()
    subscription = life.subscribe(calls.price)
    calls.use(1)
    life.advance(DONE)
    calls.use(5, "2026-01-10")
    life.client.subscriptions.cancel(subscription.id, {"invoice_now": True})
    life.advance(life.now + 2 * HOUR)
    assert [each.amount_paid for each in life.invoices(subscription)] == [100, 500]


@pytest.mark.parametrize(("more", "total", "due"), [(5, 500, 500), (0.3, 30, 0), (-4, -400, 0)])
def test_what_comes_when_a_subscription_has_ended_is_billed_once(
    life, billing_late, more, total, due
):
    calls = life.meter()
    subscription = life.subscribe(calls.price)
    calls.use(10)
    life.update(subscription, cancel_at_period_end=True)
    life.advance(DONE)
    calls.use(more, "2026-01-20")
    # Events may be 35 days old, and be taken back for a day.
    life.advance("2026-03-08 23:59")
    assert len(life.invoices(subscription)) == 1
    life.advance("2026-03-09 02:00")
    last = life.latest(subscription)
    assert (last.status, last.total, last.amount_due) == ("paid", total, due)
    assert last.ending_balance == total - due
    [item] = balance(life, subscription)
    assert (item["late"], item["billed"], item["used"]) == ("0", *[f"{10 + more:g}"] * 2)
    life.advance("2026-06-01")
    assert len(life.invoices(subscription)) == 2


def test_what_comes_late_of_one_that_ended_unpaid_is_a_draft(life, billing_late):
    life.settings(subscription_final_state="unpaid")
    calls = life.meter()
    subscription = life.subscribe(
        calls.price, life.price(), cancel_at=at("2026-03-01"), proration_behavior="none")
    calls.use(10)
    life.use_card("chargeCustomerFail")
    life.advance("2026-02-28")
    assert life.read(subscription).status == "unpaid"
    life.use_card("visa")
    calls.use(5, "2026-01-30")
    life.advance("2026-03-02")
    calls.use(3, "2026-02-20")
    life.advance("2026-04-07")
    life.settings(subscription_final_state="cancel")
    last = life.latest(subscription)
    assert (last.total, last.status, last.auto_advance) == (300, "draft", False)
    assert last.automatically_finalizes_at is None


def test_nothing_comes_of_an_ended_subscription_without_late_usage(life, billing_late):
    calls = life.meter()
    kept = life.subscribe(calls.price)
    calls.use(10)
    life.advance(DONE)
    calls.use(2)
    life.client.subscriptions.cancel(kept.id)
    life.advance("2026-06-01")
    assert [each.total for each in life.invoices(kept)] == [1_000]


def test_periods_follow_the_setting_of_their_time(life):
    calls = life.meter()
    subscription = life.subscribe(calls.price)
    life.advance(DONE)
    life.settings(late_usage="bill")
    calls.use(5, "2026-01-10")
    life.advance("2026-03-01 02:00")
    assert life.latest(subscription).total == 0
    calls.use(6, "2026-02-10")
    life.settings(late_usage="show")
    life.advance("2026-04-01 02:00")
    assert life.latest(subscription).total == 600


@pytest.mark.parametrize(("deed", "outcome"), [
    ("cancel", "canceled"), ("pause", "paused"), ("trial", "trial"), ("classic", "price_changed"),
    ("remove", "removed"), ("waive", "waived"),
])
def test_what_is_free_says_why(life, deed, outcome):
    calls = life.meter()
    mode = {"type": "classic" if deed in ("classic", "remove") else "flexible"}
    terms = {"trial_end": at("2026-01-11")} if deed == "trial" else {}
    subscription = life.subscribe(calls.price, life.price(), billing_mode=mode, **terms)
    metered = next(item for item in subscription["items"].data if "quantity" not in item)
    subscriptions = life.client.subscriptions
    if deed == "pause":
        subscriptions.pause(subscription.id)
    life.advance("2026-01-05")
    calls.use(7)
    life.advance("2026-01-06")
    if deed == "cancel":
        subscriptions.cancel(subscription.id)
    elif deed == "pause":
        subscriptions.resume(subscription.id)
    elif deed == "classic":
        other = calls.another(unit_amount=200).price
        life.update(subscription, items=[{"id": metered.id, "price": other}])
    elif deed == "remove":
        life.update(subscription, items=[{"id": metered.id, "deleted": True}])
    elif deed == "waive":
        subscriptions.pause(
            subscription.id, {"bill_for": {"outstanding_usage_through": {"type": "none"}}})
    life.advance("2026-01-12")
    found = {each["outcome"]: each for each in billings(life, subscription=subscription.id)}
    assert (found[outcome]["used"], found[outcome]["quantity"], found[outcome]["late"]) == (
        "7", "0", "0")
    [item] = balance(life, subscription)
    assert (item["used"], item["free"]) == ("7", "7")


@pytest.mark.parametrize(("path", "params", "code"), [
    ("usage_billings", {}, "parameter_missing"),
    ("usage_billings", {"customer": "cus_no"}, "resource_missing"),
    ("usage_billings", {"subscription": "sub_no"}, "resource_missing"),
    ("usage_billings/usgb_no", {}, "resource_missing"),
    ("usage_balance", {}, "parameter_missing"),
])
def test_bad_requests(life, path, params, code):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        life.ask("get", f"/v1/prorata/{path}", **params)
    assert caught.value.code == code
