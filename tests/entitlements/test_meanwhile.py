"""Meanwhile: what two processes do at once to one customer, or to one feature, adds up."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import stripe

from entitlements.plans import Plans
from servers import running
from sound import assert_sound

ROUNDS = 6


def test_quotas_made_side_by_side_count_by_one_meter(database_url: str) -> None:
    with running(database_url) as one, running(database_url) as other:
        shops = [
            Plans(stripe.StripeClient(each.secret_key, base_addresses={"api": each.url}))
            for each in (one, other)
        ]
        for turn in range(ROUNDS):
            words = {f"calls{turn}": shops[0].feature(f"calls{turn}")}
            for place, shop in enumerate(shops):
                shop.features |= words
                shop.plan(f"Plan {place}", *words)

            def limit(place: int, word: str = f"calls{turn}") -> str | None:
                shop = shops[place]
                meter = shop.client.billing.meters.create({
                    "display_name": word, "event_name": f"{word} {place}",
                    "default_aggregation": {"formula": "sum"}}).id
                try:
                    made = shop.quota(f"Plan {place}", word, 5, meter=meter)
                except stripe.InvalidRequestError as error:
                    assert error.param == "meter"
                    return None
                return str(made["meter"])

            with ThreadPoolExecutor(2) as hands:
                assert len({each for each in hands.map(limit, range(2)) if each}) == 1


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
