"""Items that are billed at once: the request pays, and answers what came of it."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from subscriptions.life import Life, first


@pytest.fixture
def life(client: stripe.StripeClient) -> Life:
    return Life(client)


def test_an_item_that_is_added_is_paid_for_before_the_answer(life: Life) -> None:
    subscription = life.subscribe(life.price(1_000))
    life.client.subscription_items.create({
        "subscription": subscription.id, "price": life.price(3_000, name="More"),
        "proration_behavior": "always_invoice"})
    invoice = life.latest(subscription)
    assert (invoice.billing_reason, invoice.status) == ("subscription_update", "paid")


@pytest.mark.parametrize("verb", ["create", "update"])
def test_an_item_that_is_not_paid_for_is_refused(life: Life, verb: str) -> None:
    subscription = life.subscribe(life.price(1_000))
    life.use_card("chargeCustomerFail")
    params: dict[str, Any] = {
        "payment_behavior": "error_if_incomplete", "proration_behavior": "always_invoice"}
    items = life.client.subscription_items
    with pytest.raises(stripe.CardError):
        if verb == "create":
            items.create({"subscription": subscription.id,
                          "price": life.price(3_000, name="More"), **params})
        else:
            items.update(first(subscription).id, {"quantity": 5, **params})
    after = life.read(subscription)
    assert [item.quantity for item in after["items"].data] == [1]
    assert after.latest_invoice == subscription.latest_invoice


def test_one_key_adds_one_item_that_is_paid_once(life: Life) -> None:
    subscription = life.subscribe(life.price(1_000))
    params = {"subscription": subscription.id, "price": life.price(3_000, name="More"),
              "proration_behavior": "always_invoice"}
    options: Any = {"idempotency_key": f"item of {subscription.id}"}
    made = [life.client.subscription_items.create(params, options).id for _ in range(2)]
    assert made[0] == made[1]
    assert [each.status for each in life.invoices(subscription)] == ["paid", "paid"]
