"""Quotas: how much of a feature a plan grants, and what is left of it."""

from __future__ import annotations

import time
from typing import Any

import pytest

from entitlements.plans import refused
from subscriptions.life import DAY, first


def test_a_feature_without_a_quota_is_not_limited(plans):
    plans.subscribe(plans.plan("Pro", "chat"))
    found = plans.check("chat")
    assert found == {
        "object": "prorata.entitlement_check", "allowed": True, "customer": plans.customer.id,
        "entitled": True, "feature": plans.feature("chat").id, "livemode": False,
        "lookup_key": plans.feature("chat").lookup_key, "quota": None,
    }


def test_who_does_not_have_a_feature(plans):
    plans.subscribe(plans.plan("Pro", "chat"))
    plans.feature("video")
    found = plans.check("video")
    assert (found["entitled"], found["allowed"], found["quota"]) == (False, False, None)


def test_a_check_takes_the_id_too(plans):
    subscription = plans.subscribe(plans.plan("Pro", "chat"))
    path, feature = "/v1/prorata/entitlements/check", plans.feature("chat")
    ask = {"customer": plans.customer.id, "feature": feature.id}
    assert plans.raw("get", path, **ask) == plans.check("chat")
    plans.client.subscriptions.cancel(subscription.id)
    assert plans.raw("get", path, **ask) == plans.check("chat")
    assert plans.raw("get", path, **ask)["entitled"] is False


@pytest.mark.parametrize(("changed", "param", "code"), [
    ({"customer": "cus_none"}, "customer", "resource_missing"),
    ({"feature": "nothing"}, "feature", "resource_missing"),
    ({"customer": None}, "customer", "parameter_missing"),
    ({"feature": None}, "feature", "parameter_missing"),
])
def test_a_check_of_what_does_not_exist(plans, changed: dict[str, Any], param: str, code: str):
    ask = {"customer": plans.customer.id, "feature": plans.feature("chat").id} | changed
    sent = {name: value for name, value in ask.items() if value is not None}
    error = refused(plans.raw, "get", "/v1/prorata/entitlements/check", **sent)
    assert (error.param, error.code, error.http_status) == (param, code, 400)


def test_a_deleted_customer_is_none(plans):
    plans.feature("chat")
    plans.client.customers.delete(plans.customer.id)
    assert refused(plans.check, "chat").code == "resource_missing"


def test_of_two_features_with_one_key_the_active_one_is_meant(plans):
    former = plans.feature("chat")
    plans.client.entitlements.features.update(former.id, {"active": False})
    newer = plans.client.entitlements.features.create(
        {"name": "Chat", "lookup_key": former.lookup_key})
    assert plans.check("chat")["feature"] == newer.id


def test_whoever_has_both_features_with_one_key_is_told_of_the_active_one(plans):
    price = plans.plan("Pro", "chat")
    subscription, former = plans.subscribe(price), plans.feature("chat")
    plans.client.entitlements.features.update(former.id, {"active": False})
    newer = plans.features["chat"] = plans.client.entitlements.features.create(
        {"name": "Chat", "lookup_key": former.lookup_key})
    assert (plans.check("chat")["entitled"], plans.check("chat")["feature"]) == (True, former.id)
    plans.attach("Pro", "chat")
    plans.quota("Pro", "chat", 5)
    plans.update(subscription, metadata={"seen": "yes"})
    assert plans.check("chat")["feature"] == newer.id
    assert plans.check("chat")["quota"]["limit"] == 5


def test_a_quota_is_made_changed_and_taken_off(plans):
    plans.plan("Pro", "seats")
    made = plans.quota("Pro", "seats", 5)
    assert dict(made) == {
        "id": made["id"], "object": "prorata.quota", "created": made["created"],
        "feature": plans.feature("seats").id, "limit": 5, "livemode": False, "meter": None,
        "per_unit": False, "period": "subscription_period", "product": plans.products["Pro"],
    }
    path = f"/v1/prorata/quotas/{made['id']}"
    assert plans.raw("post", path, limit=7, per_unit=True)["limit"] == 7
    listed = plans.raw("get", "/v1/prorata/quotas", product=plans.products["Pro"])["data"]
    assert [(each["id"], each["per_unit"]) for each in listed] == [(made["id"], True)]
    assert plans.raw("delete", path)["deleted"] is True
    assert refused(plans.raw, "get", path).http_status == 404
    plans.quota("Pro", "seats", 9)
    plans.detach("Pro", "seats")
    assert plans.raw("get", "/v1/prorata/quotas", product=plans.products["Pro"])["data"] == []
    plans.attach("Pro", "seats")
    plans.quota("Pro", "seats", 3)


def test_a_quota_needs_its_feature_on_the_product(plans):
    plans.plan("Pro", "seats")
    assert refused(plans.quota, "Pro", "chat", 5).param == "feature"
    assert refused(plans.quota, "Pro", "seats", -1).param == "limit"
    assert refused(plans.quota, "Pro", "seats", 5, meter="mtr_none").param == "meter"
    stopped = meter(plans)
    plans.client.billing.meters.deactivate(stopped)
    assert refused(plans.quota, "Pro", "seats", 5, meter=stopped).param == "meter"
    plans.quota("Pro", "seats", 5)
    assert refused(plans.quota, "Pro", "seats", 6).param == "feature"


def test_all_quotas_for_a_feature_count_by_one_meter(plans):
    plans.plan("Pro", "calls")
    plans.plan("Max", "calls")
    plans.quota("Pro", "calls", 10)
    assert refused(plans.quota, "Max", "calls", 10, meter=meter(plans)).param == "meter"


def meter(plans: Any) -> str:
    """Return a new meter of calls; `plans.event_name` names its events."""
    plans.event_name = f"calls_{time.monotonic_ns()}"
    return plans.client.billing.meters.create({
        "display_name": "Calls", "event_name": plans.event_name,
        "default_aggregation": {"formula": "sum"},
    }).id


def use(plans: Any, value: Any, timestamp: int | None = None) -> None:
    more = {} if timestamp is None else {"timestamp": timestamp}
    plans.client.billing.meter_events.create({
        "event_name": plans.event_name, **more,
        "payload": {"stripe_customer_id": plans.customer.id, "value": str(value)},
    })


def test_a_limit_that_nothing_counts(plans):
    price = plans.plan("Team", "seats")
    plans.quota("Team", "seats", 5)
    plans.subscribe(price)
    assert plans.check("seats")["quota"] == {
        "left": None, "limit": 5, "meter": None, "resets_at": None, "used": None,
        "used_decimal": None,
    }


def test_a_quota_for_each_unit_follows_the_quantity(plans):
    price = plans.plan("Team", "seats")
    plans.quota("Team", "seats", 5, per_unit=True)
    subscription = plans.client.subscriptions.create(
        {"customer": plans.customer.id, "items": [{"price": price, "quantity": 3}]})
    assert plans.check("seats")["quota"]["limit"] == 15
    plans.update(subscription, items=[{"id": first(subscription).id, "quantity": 4}])
    assert plans.check("seats")["quota"]["limit"] == 20


def test_quotas_of_several_subscriptions_add_up(plans):
    basic, more = plans.plan("Basic", "seats"), plans.plan("More", "seats")
    plans.quota("Basic", "seats", 5)
    plans.quota("More", "seats", 50)
    plans.subscribe(basic)
    extra = plans.subscribe(more)
    assert plans.check("seats")["quota"]["limit"] == 55
    plans.client.subscriptions.cancel(extra.id)
    assert plans.check("seats")["quota"]["limit"] == 5
    plans.subscribe(plans.plan("Endless", "seats"))
    assert plans.check("seats")["quota"] is None


def test_a_changed_quota_reaches_subscriptions_with_their_next_period(plans):
    price = plans.plan("Team", "seats")
    quota = plans.quota("Team", "seats", 5)
    plans.subscribe(price)
    plans.raw("post", f"/v1/prorata/quotas/{quota['id']}", limit=8)
    assert plans.check("seats")["quota"]["limit"] == 5
    plans.advance("2026-02-02")
    assert plans.check("seats")["quota"]["limit"] == 8
    assert plans.told() == [{"seats"}]


@pytest.fixture
def now_plans(client):
    """Give a customer who lives in real time."""
    from entitlements.plans import Plans

    plans = Plans(client)
    plans.customer = plans.client.customers.create({
        "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    })
    return plans


def test_what_is_left_of_what_a_meter_counts(now_plans):
    plans = now_plans
    price = plans.plan("Pro", "calls")
    plans.quota("Pro", "calls", 100, meter=meter(plans))
    subscription = plans.subscribe(price)
    end = first(subscription).current_period_end
    untouched = plans.check("calls")["quota"]
    assert (untouched["used"], untouched["left"], untouched["resets_at"]) == (0, 100, end)
    use(plans, 30)
    use(plans, "12.5")
    found = plans.check("calls")
    assert found["allowed"] and found["quota"]["used"] == 43
    assert (found["quota"]["used_decimal"], found["quota"]["left"]) == ("42.5", 57)
    use(plans, 57.5)
    spent = plans.check("calls")
    assert (spent["entitled"], spent["allowed"], spent["quota"]["left"]) == (True, False, 0)
    plans.update(subscription, items=[{"price": plans.plan_with("More", "calls", 50)}])
    again = plans.check("calls")
    assert again["allowed"] and again["quota"]["limit"] == 150
    assert again["quota"]["left"] == 50


def test_what_was_used_before_the_period_does_not_count(now_plans):
    plans = now_plans
    price = plans.plan("Pro", "calls")
    plans.quota("Pro", "calls", 100, meter=meter(plans))
    use(plans, 70, int(time.time()) - 5 * DAY)
    plans.subscribe(price)
    assert plans.check("calls")["quota"]["used"] == 0
