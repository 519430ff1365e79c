"""Summaries: a customer's entitlements are told of whole, in their place, and once."""

from __future__ import annotations

from typing import Any

import stripe

from entitlements.plans import UPDATED
from reading import events_about, read_events
from subscriptions.life import DAY


def summaries(plans: Any) -> list[Any]:
    return [event for event in plans.events_whole() if event.type == UPDATED]


def test_what_is_told(plans, assert_shape):
    plans.subscribe(plans.plan("Pro", "chat"))
    [event] = summaries(plans)
    [entitlement] = plans.client.entitlements.active_entitlements.list(
        {"customer": plans.customer.id}).data
    cus = plans.customer.id
    assert event.data.object.to_dict() == {
        "object": "entitlements.active_entitlement_summary",
        "customer": cus,
        "entitlements": {
            "object": "list", "data": [entitlement.to_dict()], "has_more": False,
            "url": f"/v1/customer/{cus}/entitlements",
        },
        "livemode": False,
    }
    assert event.data.previous_attributes.to_dict() == {"entitlements": {"data": []}}
    assert event.request.to_dict() == {"id": None, "idempotency_key": None}
    assert event.created == plans.now
    assert_shape(event.data.object.to_dict())


def test_it_stands_between_the_payment_and_what_is_told_later(plans):
    plans.subscribe(plans.plan("Pro", "chat"))
    whole = [each["type"] for each in read_events(plans.whole_client, created={"lte": plans.now})]
    assert whole[:6][::-1] == [
        "invoice.created", "invoice.finalized", "invoice.paid", "invoice.payment_succeeded",
        UPDATED, "invoice_payment.paid",
    ]


def test_of_a_confirmed_start(plans):
    subscription = plans.subscribe(
        plans.plan("Pro", "chat"), payment_behavior="default_incomplete")
    plans.client.invoices.pay(subscription.latest_invoice)
    types = plans.events()
    told = types[types.index("customer.subscription.updated"):]
    assert told == ["customer.subscription.updated", UPDATED]


def test_of_a_start_by_trial(plans):
    plans.subscribe(plans.plan("Pro", "chat"), trial_period_days=20)
    types = plans.events()
    start = types.index("customer.subscription.created")
    assert types[start:] == [
        "customer.subscription.created", "invoice.created", "invoice.finalized", "invoice.paid",
        "invoice.payment_succeeded", UPDATED,
    ]


def test_of_a_change_that_is_paid_at_once(plans):
    subscription = plans.subscribe(plans.plan("Basic", "chat"))
    plans.advance(plans.now + 5 * DAY)
    plans.change(subscription, plans.plan("Pro", "video", amount=5_000),
                 proration_behavior="always_invoice")
    types = plans.events()
    assert types[-3:] == ["invoice.paid", "invoice.payment_succeeded", UPDATED]
    assert types.count(UPDATED) == 2


def test_of_a_cancellation(plans):
    subscription = plans.subscribe(plans.plan("Pro", "chat"))
    plans.client.subscriptions.cancel(subscription.id)
    assert plans.events()[-2:] == ["customer.subscription.deleted", UPDATED]


def test_ten_are_shown_and_the_url_pages_the_rest(plans):
    words = [f"word{number}" for number in range(23)]
    subscription = plans.subscribe(plans.plan("Pro", *words))
    [event] = summaries(plans)
    told = event.data.object.entitlements
    assert len(told.data) == 10 and told.has_more
    assert event.data.previous_attributes.entitlements.to_dict() == {
        "data": [], "has_more": False}
    found, last = [each.id for each in told.data], told.data[-1].id
    while True:
        page = plans.raw("get", told.url, starting_after=last, limit=10)
        found += [each["id"] for each in page["data"]]
        if not page["has_more"]:
            break
        last = found[-1]
    listed = plans.client.entitlements.active_entitlements.list(
        {"customer": plans.customer.id, "limit": 100})
    assert found == [each.id for each in listed.data] and len(found) == 23
    plans.client.subscriptions.cancel(subscription.id)
    before = summaries(plans)[-1].data.previous_attributes.entitlements
    assert [each.id for each in before.data] == found[:10] and before.has_more


def test_what_changes_nothing_tells_nothing(plans):
    price = plans.plan("Pro", "chat")
    subscription = plans.subscribe(price)
    plans.advance("2026-03-02")
    plans.update(subscription, metadata={"a": "b"})
    plans.subscribe(plans.plan("Twin", "chat"))
    plans.subscribe(plans.plan("Plain"))
    assert len(summaries(plans)) == 1


def test_older_versions_are_told_the_same(plans, server):
    plans.subscribe(plans.plan("Pro", "chat"))
    old = stripe.StripeClient(
        server.secret_key, base_addresses={"api": server.url}, stripe_version="2024-06-20")
    found = events_about(plans.customer.id, read_events(old, type=UPDATED))
    assert found[0].data.object.to_dict() == summaries(plans)[0].data.object.to_dict()
