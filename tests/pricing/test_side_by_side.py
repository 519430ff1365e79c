"""Prices side by side: several processes take one key, or change a price that many use."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import stripe

from acceptance.till import refused
from pricing.shop import Shopper
from subscriptions.life import first


def at_once(call, count):
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(call, range(count)))


def test_one_of_many_gets_a_key(shopper):
    def make(_):
        try:
            return shopper.sell(unit_amount=5, lookup_key="raced")
        except stripe.InvalidRequestError as error:
            return error.user_message

    found = Counter(at_once(make, 16))
    [winner] = [each for each in found if each.startswith("price_")]
    assert found == {winner: 1, f"A price (`{winner}`) already uses that lookup key.": 15}
    moved = at_once(
        lambda _: shopper.sell(unit_amount=5, lookup_key="raced", transfer_lookup_key=True), 16
    )
    [holder] = shopper.client.prices.list({"lookup_keys": ["raced"]}).data
    assert holder.id in moved
    assert refused(shopper.sell, unit_amount=5, lookup_key="raced")[2] == "lookup_key"


def test_a_price_is_renamed_while_its_subscriptions_change(client):
    shopper = Shopper(client)
    price = shopper.sell(unit_amount=500)
    subscribers = [Shopper(client) for _ in range(6)]
    bought = [each.buy(price) for each in subscribers]

    def change(turn):
        if turn % 4 == 0:
            return shopper.client.prices.update(price, {"nickname": f"Name {turn}"}).nickname
        place = turn % len(bought)
        item = {"id": first(bought[place]).id, "quantity": turn}
        return subscribers[place].update(bought[place], items=[item]).id

    assert all(at_once(change, 48))
    shown = {first(each.read(subscription)).price.nickname
             for each, subscription in zip(subscribers, bought, strict=True)}  # fmt: skip
    assert shown == {shopper.client.prices.retrieve(price).nickname}
