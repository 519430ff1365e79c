"""Schedules as the command line's fixtures post them: old names, numbered phases, texts for all."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from acceptance.lives import SeenLife
from subscriptions.life import at, first

FAR = 1_893_456_000
FIRST = {"iterations": 1, "items": [{"price": "PRICE", "quantity": 1}]}
SECOND = {"iterations": 1, "items": [{"price": "PRICE", "quantity": 2}]}


def form(params: Any, path: str = "") -> list[tuple[str, str]]:
    """Return parameters as the fixtures write them: lists without numbers, hashes by key."""
    if isinstance(params, dict):
        return [
            pair for key, value in params.items()
            for pair in form(value, f"{path}[{key}]" if path else key)
        ]
    if isinstance(params, list):
        return [pair for each in params for pair in form(each, f"{path}[]")]
    return [(path, str(params))]


@pytest.fixture
def shop(client, server):
    """Give what posts to the server as the command line does, and a customer with a card."""
    return Shop(SeenLife(client, on="2020-01-01"), server)


class Shop:
    def __init__(self, life: SeenLife, server: Any) -> None:
        self.life, self.server = life, server
        self.price = self.post("/v1/prices", {
            "product": life.client.products.create({"name": "myproduct"}).id,
            "unit_amount": "1500", "currency": "usd", "recurring[interval]": "month"})["id"]

    def post(self, path: str, params: dict[str, Any]) -> dict[str, Any]:
        """Post without a version, as the fixtures do."""
        text = json.dumps(params).replace("PRICE", getattr(self, "price", ""))
        request = Request(
            self.server.url + path, urlencode(form(json.loads(text))).encode(),
            {"Authorization": f"Bearer {self.server.secret_key}"})
        with urlopen(request) as answer:
            return json.load(answer)

    def plan(self, **params: Any) -> dict[str, Any]:
        return self.post(
            "/v1/subscription_schedules", {"customer": self.life.customer.id, **params})


def test_two_phases_of_one_iteration(shop):
    schedule = shop.plan(start_date="now", phases={"0": FIRST, "1": SECOND})
    assert [(each["start_date"], each["end_date"]) for each in schedule["phases"]] == [
        (at("2020-01-01"), at("2020-02-01")), (at("2020-02-01"), at("2020-03-01"))]
    assert [each["items"][0]["quantity"] for each in schedule["phases"]] == [1, 2]
    found = shop.life.subscription(shop.life.schedule_of(schedule))
    assert first(found).quantity == 1
    changed = shop.post(
        f"/v1/subscription_schedules/{schedule['id']}", {"metadata": {"foo": "bar"}})
    assert changed["metadata"] == {"foo": "bar"} and len(changed["phases"]) == 2


@pytest.mark.parametrize(("verb", "status"), [("cancel", "canceled"), ("release", "released")])
def test_they_end(shop, verb, status):
    schedule = shop.plan(start_date="now", phases={"0": FIRST, "1": SECOND})
    ended = shop.post(f"/v1/subscription_schedules/{schedule['id']}/{verb}", {})
    assert ended["status"] == status


def test_a_phase_without_a_length_that_starts_in_2030(client, server):
    shop = Shop(SeenLife(client, on="2026-11-25"), server)
    schedule = shop.plan(start_date=FAR, phases={
        "0": {"items": [{"price": "PRICE", "quantity": 1}]}})
    assert (schedule["status"], schedule["phases"][0]["start_date"]) == ("not_started", FAR)
    assert schedule["phases"][0]["end_date"] == at("2030-02-01")
    ended = shop.post(f"/v1/subscription_schedules/{schedule['id']}/cancel",
                      {"prorate": "false", "invoice_now": "false"})
    assert ended["status"] == "canceled"


def test_one_that_is_released_after_a_month(shop):
    schedule = shop.plan(start_date=1_577_836_800, end_behavior="release", phases={"0": FIRST})
    shop.life.advance(1_580_515_200)
    assert shop.life.schedule_of(schedule).status == "completed"


def test_one_that_ends_at_a_date(shop):
    schedule = shop.plan(start_date=1_577_836_800, end_behavior="cancel", phases={
        "0": {"items": [{"price": "PRICE", "quantity": 1}], "end_date": 1_580_256_000}})
    shop.life.advance(1_580_256_000 - 7 * 86_400)
    assert "subscription_schedule.expiring" in shop.life.told()
    shop.life.advance(1_580_256_000)
    assert shop.life.schedule_of(schedule).status == "completed"
