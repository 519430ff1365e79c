"""Lists: which subscriptions a filter shows, items by themselves, search."""

from __future__ import annotations

import stripe

from subscriptions.life import Life, at, first
from subscriptions.test_subscribe import refused


def test_those_on_a_clock_are_listed_with_customer_or_clock_only(client: stripe.StripeClient):
    life = Life(client)
    subscription = life.subscribe()
    ids = lambda **params: [each.id for each in life.client.subscriptions.list(params).data]  # noqa: E731
    assert subscription.id not in ids(limit=100)
    assert ids(customer=life.customer.id) == [subscription.id]
    assert ids(test_clock=life.clock.id) == [subscription.id]


def test_filters(client: stripe.StripeClient):
    life = Life(client)
    one = life.subscribe(life.price(100))
    two = life.subscribe(
        life.price(200, "year", "Yearly"), collection_method="send_invoice", days_until_due=1)

    def ids(**params):
        found = life.client.subscriptions.list({"customer": life.customer.id, **params})
        return [each.id for each in found.data]

    assert ids() == [two.id, one.id]
    assert ids(price=life.price(100)) == [one.id]
    assert ids(plan=life.price(200, "year", "Yearly")) == [two.id]
    assert ids(collection_method="send_invoice") == [two.id]
    assert ids(current_period_end={"gt": at("2026-03-01")}) == [two.id]
    assert ids(current_period_end={"lte": at("2026-02-01")}) == [one.id]
    assert ids(current_period_start={"lt": at("2026-01-01")}) == []
    assert ids(created={"gte": at("2026-01-01")}) == [two.id, one.id]
    assert ids(automatic_tax={"enabled": True}) == []


def test_an_unknown_status(client: stripe.StripeClient):
    assert refused(lambda: client.v1.subscriptions.list({"status": "lost"}), param="status") == (
        "Invalid status: must be one of active, past_due, unpaid, canceled, incomplete,"
        " incomplete_expired, trialing, paused, all, or ended")


def test_items_by_themselves(life):
    subscription = life.subscribe(life.price(1_000))
    items = life.client.subscription_items
    added = items.create({
        "subscription": subscription.id, "price": life.price(500, name="Extra"), "quantity": 2,
        "metadata": {"a": "b"}, "proration_behavior": "none",
    })
    assert (added.quantity, added.metadata["a"], added.subscription) == (2, "b", subscription.id)
    listed = items.list({"subscription": subscription.id})
    assert [each.id for each in listed.data] == [first(subscription).id, added.id]
    assert items.retrieve(added.id).quantity == 2
    assert items.update(added.id, {"quantity": 3}).quantity == 3
    gone = items.delete(added.id)
    assert (gone.deleted, gone.object) == (True, "subscription_item")
    assert refused(lambda: items.retrieve(added.id), status=404) == (
        f"Invalid subscription_item id: {added.id}")
    refused(lambda: items.delete(first(subscription).id), param="items")


def test_search_by_metadata(client: stripe.StripeClient):
    customer = client.v1.customers.create({
        "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    })
    subscription = client.v1.subscriptions.create({
        "customer": customer.id, "items": [{"price": Life(client).price()}],
        "metadata": {"order": "6735"},
    })
    found = client.v1.subscriptions.search({"query": "metadata['order']:'6735'"})
    assert subscription.id in [each.id for each in found.data]
    found = client.v1.subscriptions.search({"query": "status:'active' AND metadata['order']:'1'"})
    assert found.data == []


def test_migrating_to_flexible(life):
    subscription = life.subscribe(billing_mode={"type": "classic"})
    moved = life.client.subscriptions.migrate(
        subscription.id, {"billing_mode": {"type": "flexible"}})
    assert moved.billing_mode.type == "flexible"
    assert moved.billing_mode.updated_at == life.now
    refused(lambda: life.client.subscriptions.migrate(
        subscription.id, {"billing_mode": {"type": "flexible"}}), param="billing_mode[type]")


def test_a_discount_is_deleted(life):
    coupon = life.client.coupons.create({"percent_off": 50, "duration": "forever"})
    subscription = life.subscribe(discounts=[{"coupon": coupon.id}])
    gone = life.client.subscriptions.delete_discount(subscription.id)
    assert gone.deleted is True
    assert life.read(subscription).discounts == []
