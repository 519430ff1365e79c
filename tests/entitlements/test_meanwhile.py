"""Meanwhile: what two processes do to one customer's subscriptions at once adds up."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import stripe

from entitlements.plans import Plans
from servers import running
from sound import assert_sound

ROUNDS = 6


def test_subscriptions_that_come_and_go_side_by_side(database_url: str) -> None:
    with running(database_url) as one, running(database_url) as other:
        shops = [
            Plans(stripe.StripeClient(each.secret_key, base_addresses={"api": each.url}))
            for each in (one, other)
        ]
        mine, theirs = shops
        basic, pro = mine.plan("Basic", "chat"), mine.plan("Pro", "chat", "video")
        customer = mine.client.customers.create({
            "payment_method": "pm_card_visa",
            "invoice_settings": {"default_payment_method": "pm_card_visa"}}).id

        def start(shop: Any, price: str) -> str:
            return shop.client.subscriptions.create(
                {"customer": customer, "items": [{"price": price}]}).id

        with ThreadPoolExecutor(2) as hands:
            for _ in range(ROUNDS):
                begun = list(hands.map(start, shops, (basic, pro)))
                assert mine.entitled(customer) == {"chat", "video"}
                list(hands.map(lambda shop, id: shop.client.subscriptions.cancel(id),
                               (theirs, mine), begun))
                assert mine.entitled(customer) == set()
        assert_sound(one.system)
