"""What a renewal needs is worked out once: the terms of a price, the sums of its invoice."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

import servers
from prorata.engine.invoices import compose
from prorata.engine.subscriptions.terms import tariff
from prorata.resources.core.account import ensure_account
from prorata.store.books import all_books
from subscriptions.life import Life


def test_the_terms_of_a_price_are_worked_out_once_in_a_transaction() -> None:
    with servers.running() as house:
        life = Life(_client(house))
        price = life.client.prices.create({
            "currency": "usd", "unit_amount": 1_000, "product_data": {"name": "Basic"},
            "recurring": {"interval": "month"},
            "currency_options": {"eur": {"unit_amount": 900}},
        }).id  # fmt: skip

        def work(uow: Any) -> None:
            first = tariff(uow, [price, price], "usd")
            assert list(first) == [price]
            assert first[price].amount(3) == 3_000
            assert tariff(uow, [price], "usd")[price] is first[price]
            assert tariff(uow, [price], "eur")[price].amount(3) == 2_700
            assert tariff(uow, ["price_unknown"], "usd") == {}

        house.system.write(house.system.database.read(all_books)[0], work)


def test_a_renewal_that_is_charged_at_once_is_summed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    summed: list[str] = []
    add_up = compose.add_up

    def noting(invoice: Any, terms: Any) -> None:
        summed.append(invoice.billing_reason)
        add_up(invoice, terms)

    monkeypatch.setattr(compose, "add_up", noting)
    with servers.running() as house:
        house.system.write(house.system.database.read(all_books)[0], _waive_the_hour)
        life = Life(_client(house))
        coupon = life.client.coupons.create({"percent_off": 10, "duration": "forever"}).id
        subscription = life.subscribe(discounts=[{"coupon": coupon}])
        life.advance("2026-02-01")
        renewed = life.latest(subscription)
    assert (renewed.status, renewed.amount_paid) == ("paid", 900)
    assert summed.count("subscription_cycle") == 1


def _client(house: Any) -> stripe.StripeClient:
    return stripe.StripeClient(house.secret_key, base_addresses={"api": house.url})


def _waive_the_hour(uow: Any) -> None:
    ensure_account(uow).private.draft_seconds = 0
