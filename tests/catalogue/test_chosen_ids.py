"""Ids that clients choose: one may name a product, a plan and a coupon at once."""

from __future__ import annotations

import pytest
import stripe


@pytest.mark.parametrize("id", ["gold", "x", "\N{LATIN SMALL LETTER U WITH DIAERESIS}%/"])
def test_nouns_may_share_an_id(client, id):
    client.v1.products.create({"id": id, "name": "Gold"})
    client.v1.coupons.create({"id": id, "percent_off": 50, "duration": "forever"})
    client.v1.plans.create({
        "id": id, "product": id, "amount": 500, "currency": "usd", "interval": "month",
    })
    for step in ("1", "2"):
        for noun in (client.v1.products, client.v1.coupons, client.v1.plans):
            assert noun.update(id, {"metadata": {"step": step}}).metadata["step"] == step

    customer = client.v1.customers.create({
        "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    })
    subscription = client.v1.subscriptions.create({
        "customer": customer.id, "items": [{"plan": id}], "discounts": [{"coupon": id}],
        "expand": ["latest_invoice", "discounts"],
    })
    assert subscription.latest_invoice.total == 250
    assert subscription.discounts[0].source.coupon == id

    changed = [
        event for event in client.v1.events.list({"limit": 100}).auto_paging_iter()
        if event.data.object.id == id and "object" in event.data.object
    ]
    for kind in ("product", "plan", "coupon"):
        steps = [
            event.data.object.metadata["step"] for event in reversed(changed)
            if event.type == f"{kind}.updated"
        ]
        assert steps == ["1", "2"]
        shown = [each.data.object.object for each in changed if each.type.startswith(kind)]
        assert set(shown) == {kind}

    for noun in (client.v1.coupons, client.v1.plans):
        assert noun.delete(id).deleted is True
    assert client.v1.products.retrieve(id).name == "Gold"


def test_an_id_is_no_longer_than_a_database_can_find_it_by(client):
    # Of letters that take four bytes each, and of which nothing can be packed.
    longest = "".join(chr(0x20000 + (place * place * 7919) % 0xA000) for place in range(255))
    client.v1.products.create({"id": longest, "name": "Gold"})
    client.v1.coupons.create({"id": longest, "percent_off": 50, "duration": "forever"})
    plan = {"product": longest, "amount": 500, "currency": "usd", "interval": "month"}
    client.v1.plans.create({"id": longest, **plan})
    assert client.v1.prices.list({"product": longest}).data[0].id == longest
    for noun, params in (
        (client.v1.products, {"name": "Gold"}), (client.v1.plans, plan),
        (client.v1.coupons, {"percent_off": 50, "duration": "forever"}),
    ):
        with pytest.raises(stripe.InvalidRequestError, match="at most 255 characters") as refused:
            noun.create({"id": longest + "x", **params})
        assert refused.value.param == "id"
