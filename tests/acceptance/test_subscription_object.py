"""The subscription object, its lists and its limits."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import Request, urlopen

import pytest

from acceptance.lives import SeenLife
from acceptance.till import refused
from subscriptions.life import DAY, at, first

MANY = "Invalid status: must be one of active, past_due, unpaid, canceled, incomplete," \
    " incomplete_expired, trialing, paused, all, or ended"


@pytest.fixture
def life(client) -> SeenLife:
    return SeenLife(client)


def raw(server: Any, path: str) -> dict[str, Any]:
    """Return an answer as it is on the wire."""
    headers = {"Authorization": f"Bearer {server.secret_key}"}
    with urlopen(Request(server.url + path, headers=headers)) as answer:
        return json.load(answer)


def test_periods_are_the_items_and_nothing_is_null_that_may_not_be(life, server):
    subscription = life.subscribe(life.price(1_500))
    found = raw(server, f"/v1/subscriptions/{subscription.id}")
    for gone in ("current_period_start", "current_period_end", "discount"):
        assert gone not in found
    item = found["items"]["data"][0]
    assert (item["current_period_start"], item["current_period_end"]) == (
        at("2026-01-01"), at("2026-02-01"))
    assert item["price"]["id"] == item["plan"]["id"] == life.price(1_500)
    assert (item["quantity"], item["tax_rates"], item["discounts"]) == (1, [], [])
    assert item["billing_thresholds"] is None
    assert found["items"]["total_count"] == 1
    assert found["discounts"] == [] and found["billing_schedules"] == []
    assert found["billing_mode"] == {
        "type": "flexible", "flexible": {"proration_discounts": "included"}}
    assert found["automatic_tax"]["enabled"] is False
    assert found["invoice_settings"] == {
        "account_tax_ids": None, "custom_fields": None, "description": None, "footer": None,
        "issuer": {"type": "self"}}
    assert found["trial_settings"] == {
        "end_behavior": {"billing_cycle_anchor": "now", "missing_payment_method": "create_invoice"}}
    assert found["cancellation_details"] == {
        "comment": None, "feedback": None, "feedback_option": None, "reason": None}
    assert found["payment_settings"] == {
        "payment_method_options": None, "payment_method_types": None,
        "save_default_payment_method": "off"}
    assert found["managed_payments"] == {"enabled": False}
    assert found["collection_method"] == "charge_automatically"
    assert found["default_payment_method"] is None
    assert found["start_date"] == found["created"] == found["billing_cycle_anchor"]
    assert found["metadata"] == {}


def test_a_metered_item_has_no_quantity(life, server):
    subscription = life.subscribe(life.metered())
    item = raw(server, f"/v1/subscriptions/{subscription.id}")["items"]["data"][0]
    assert "quantity" not in item
    assert subscription.latest_invoice is None
    assert refused(
        life.client.subscription_items.update, item["id"], {"quantity": 2})[0] == 400


def test_ids_have_their_prefixes(life):
    coupon = life.client.coupons.create({"percent_off": 10, "duration": "forever"})
    subscription = life.subscribe(discounts=[{"coupon": coupon.id}])
    life.advance("2026-01-11")
    life.update(subscription, items=life.item(subscription, quantity=2))
    assert subscription.id.startswith("sub_1") and len(subscription.id) == 4 + 24
    assert first(subscription).id.startswith("si_") and len(first(subscription).id) == 3 + 14
    assert life.pending()[0].id.startswith("ii_")
    assert subscription.discounts[0].startswith("di_")
    assert life.adopt(subscription).id.startswith("sub_sched_")


def test_items_are_listed_oldest_first(life):
    names = ["A", "B", "C"]
    prices = [life.price(100 + place, name=name) for place, name in enumerate(names)]
    subscription = life.subscribe(*prices)
    life.advance("2026-01-05")
    added = life.client.subscription_items.create(
        {"subscription": subscription.id, "price": life.price(500, name="D")})
    listed = life.client.subscription_items.list({"subscription": subscription.id})
    assert [item.price.id for item in listed.data][:3] == prices
    assert listed.data[3].id == added.id
    inline = life.read(subscription)["items"]
    assert [item.id for item in inline.data] == [item.id for item in listed.data]
    assert listed.url == f"/v1/subscription_items?subscription={subscription.id}"
    assert inline.total_count == 4
    two = life.client.subscription_items.list({"subscription": subscription.id, "limit": 2})
    assert [item.price.id for item in two.data] == prices[:2] and two.has_more
    rest = life.client.subscription_items.list(
        {"subscription": subscription.id, "starting_after": two.data[1].id})
    assert [item.id for item in rest.data] == [item.id for item in listed.data[2:]]


def test_a_prices_own_trial_starts_none_unless_asked_for(life):
    price = life.client.prices.create({
        "currency": "usd", "unit_amount": 900, "product_data": {"name": "Tried"},
        "recurring": {"interval": "month", "trial_period_days": 10}}).id
    assert life.subscribe(price).status == "active"
    tried = life.subscribe(price, trial_from_plan=True)
    assert (tried.status, tried.trial_end) == ("trialing", life.now + 10 * DAY)


def test_only_an_explicit_method_is_stored(life):
    assert life.subscribe().default_payment_method is None
    method = life.use_card("mastercard")
    assert life.subscribe(default_payment_method=method).default_payment_method == method


def test_status_all_ended_and_none(life):
    life.use_card("visa")
    kept = life.subscribe()
    gone = life.client.subscriptions.cancel(life.subscribe().id)
    life.use_card("chargeCustomerFail")
    expired = life.subscribe()
    life.client.invoices.void_invoice(expired.latest_invoice)
    started = life.subscribe()

    def listed(**params):
        found = life.client.subscriptions.list({"customer": life.customer.id, **params})
        return {each.id for each in found.data}

    assert listed() == {kept.id, expired.id, started.id}
    assert listed(status="all") == {kept.id, gone.id, expired.id, started.id}
    assert listed(status="ended") == {gone.id, expired.id}
    assert listed(status="canceled") == {gone.id}
    assert listed(status="incomplete") == {started.id}
    assert refused(life.client.subscriptions.list, {"status": "gone"}) == (
        400, None, "status", MANY)


def test_lists_by_period_take_the_earliest_end_and_the_latest_start(life):
    mixed = life.subscribe(life.price(100), life.price(1_000, "year", name="Year"))
    life.advance("2026-02-02")

    def listed(**params):
        found = life.client.subscriptions.list({"customer": life.customer.id, **params})
        return [each.id for each in found.data]

    assert listed(current_period_end={"lte": at("2026-03-01")}) == [mixed.id]
    assert listed(current_period_end={"gt": at("2026-03-01")}) == []
    assert listed(current_period_start={"gte": at("2026-02-01")}) == [mixed.id]
    assert listed(current_period_start={"lt": at("2026-02-01")}) == []
    assert listed(price=life.price(100)) == [mixed.id]
    assert listed(plan=life.price(100)) == [mixed.id]
    assert listed(collection_method="send_invoice") == []


def test_those_on_a_clock_are_listed_by_customer_or_clock(life):
    subscription = life.subscribe()

    def listed(**params):
        return [each.id for each in life.client.subscriptions.list({"limit": 100, **params}).data]

    assert subscription.id not in listed()
    assert listed(customer=life.customer.id) == [subscription.id]
    assert listed(test_clock=life.clock.id) == [subscription.id]


def test_start_date_is_created_unless_backdated(life):
    found = life.subscribe(backdate_start_date=at("2025-12-15"))
    assert (found.start_date, found.created) == (at("2025-12-15"), at("2026-01-01"))


def test_at_most_twenty_items(life):
    prices = [life.price(100 + n, name=f"P{n}") for n in range(21)]
    status, _, param, _ = refused(life.subscribe, *prices)
    assert (status, param) == (400, "items")
    subscription = life.subscribe(*prices[:20])
    assert subscription["items"].total_count == 20
    assert refused(life.client.subscription_items.create, {
        "subscription": subscription.id, "price": prices[20]})[0] == 400
    assert life.read(subscription)["items"].total_count == 20
    inline = life.read(subscription)["items"]
    assert len(inline.data) == 20 or inline.has_more


def test_at_most_twenty_added_invoice_items(life):
    once = life.client.prices.create(
        {"currency": "usd", "unit_amount": 5, "product_data": {"name": "Bit"}}).id
    found = life.subscribe(add_invoice_items=[{"price": once}] * 20)
    assert life.latest(found).total == 1_000 + 100
    assert refused(life.subscribe, add_invoice_items=[{"price": once}] * 21)[0] == 400


@pytest.mark.parametrize(("interval", "most"), [
    ("year", 3), ("month", 36), ("week", 156), ("day", 1_095)])
def test_intervals_of_three_years_at_most(life, interval, most):
    assert life.price(100, interval, name="Long", interval_count=most)
    assert refused(life.price, 100, interval, name="Long", interval_count=most + 1)[0] == 400


def test_trials_of_two_years_at_most(life):
    assert life.subscribe(trial_period_days=730).status == "trialing"
    assert refused(life.subscribe, trial_period_days=731)[2] == "trial_period_days"
    assert life.subscribe(trial_end=life.now + 730 * DAY).status == "trialing"
    assert refused(life.subscribe, trial_end=life.now + 732 * DAY)[2] == "trial_end"


def test_pending_items_are_invoiced_at_least_once_a_year(life):
    each = {"interval": "month", "interval_count": 12}
    found = life.subscribe(pending_invoice_item_interval=each)
    assert found.next_pending_invoice_item_invoice == at("2027-01-01")
    each = {"interval": "month", "interval_count": 13}
    assert refused(life.subscribe, pending_invoice_item_interval=each)[0] == 400


def test_at_most_ten_phases(life):
    phases = [{"items": [{"price": life.price()}], "duration": {"interval": "month"}}] * 11
    assert refused(life.plan, *phases)[0] == 400
    assert len(life.plan(*phases[:10]).phases) == 10


def test_canceled_at_is_the_last_request_and_ended_at_the_end(life):
    subscription = life.subscribe()
    life.advance("2026-01-05")
    found = life.update(subscription, cancel_at_period_end=True)
    assert (found.canceled_at, found.ended_at) == (at("2026-01-05"), None)
    assert found.cancellation_details.reason == "cancellation_requested"
    life.advance("2026-01-07")
    found = life.update(subscription, cancel_at=at("2026-01-20"), cancel_at_period_end=False)
    assert found.canceled_at == at("2026-01-07")
    life.advance("2026-01-21")
    found = life.read(subscription)
    assert (found.status, found.canceled_at, found.ended_at) == (
        "canceled", at("2026-01-07"), at("2026-01-20"))


@pytest.mark.parametrize("feedback", [
    "customer_service", "low_quality", "missing_features", "other", "switched_service",
    "too_complex", "too_expensive", "unused"])
def test_every_feedback_is_kept(life, feedback):
    found = life.client.subscriptions.cancel(
        life.subscribe(life.price(0, name="Free")).id,
        {"cancellation_details": {"feedback": feedback, "comment": "bye"}})
    details = found.cancellation_details
    assert (details.feedback, details.comment) == (feedback, "bye")
    assert details.reason == "cancellation_requested"
