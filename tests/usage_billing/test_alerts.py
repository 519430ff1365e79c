"""Alerts: events that tell when a customer has used so much of a meter."""

from __future__ import annotations

import itertools
import time
from typing import Any

import pytest
import stripe

from servers import running

NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def client() -> Any:
    """Give a client of a server whose worker looks at what has come."""
    with running() as server:
        yield stripe.StripeClient(server.secret_key, base_addresses={"api": server.url})


class Watching:
    """A meter, customers, and alerts on it."""

    def __init__(self, client: stripe.StripeClient, formula: str = "sum") -> None:
        self.client = client.v1
        self.meter = self.client.billing.meters.create({
            "display_name": "Calls", "event_name": f"alert_{next(NUMBERS)}",
            "default_aggregation": {"formula": formula},
        })
        self.ada = self.client.customers.create({"name": "Ada"}).id
        self.bob = self.client.customers.create({"name": "Bob"}).id

    def alert(self, gte: int, customer: str | None = None, **terms: Any) -> Any:
        threshold: dict[str, Any] = {
            "gte": gte, "meter": self.meter.id, "recurrence": "one_time", **terms}
        if customer is not None:
            threshold["filters"] = [{"type": "customer", "customer": customer}]
        return self.client.billing.alerts.create({
            "alert_type": "usage_threshold", "title": f"{gte} calls",
            "usage_threshold": threshold,
        })

    def use(self, customer: str, value: int = 1, **more: Any) -> None:
        self.client.billing.meter_events.create({
            "event_name": self.meter.event_name,
            "payload": {"stripe_customer_id": customer, "value": str(value)}, **more,
        })

    def told(self, expected: int) -> list[tuple[str, str, int]]:
        """Return the (alert, customer, value) of what was told, once it is as much as expected."""
        found: list[tuple[str, str, int]] = []
        for _ in range(2_000):
            listed = self.client.events.list({"type": "billing.alert.triggered", "limit": 100})
            objects = [event.data.object for event in listed.data]
            found = sorted(
                (each.alert.id, each.customer, each.value) for each in objects
                if each.alert.usage_threshold.meter == self.meter.id
            )
            if len(found) >= expected:
                break
            time.sleep(0.05)
        return found


@pytest.fixture
def watching(client: Any) -> Watching:
    return Watching(client)


def test_an_alert_is_told_once_for_each_customer(watching):
    alert = watching.alert(10)
    watching.use(watching.ada, 9)
    watching.use(watching.bob, 12)
    watching.use(watching.ada, 3)
    expected = sorted([(alert.id, watching.ada, 12), (alert.id, watching.bob, 12)])
    assert watching.told(2) == expected
    watching.use(watching.ada, 30)
    later = watching.alert(1, watching.ada)
    watching.use(watching.ada, 1)
    assert watching.told(3) == sorted([*expected, (later.id, watching.ada, 1)])


def test_only_what_is_used_from_its_creation_on_counts(watching):
    watching.use(watching.ada, 100)
    alert = watching.alert(10)
    watching.use(watching.ada, 9)
    watching.use(watching.ada, 50, timestamp=int(time.time()) - 86_400)
    time.sleep(0.3)
    assert watching.told(0) == []
    watching.use(watching.ada, 1)
    assert watching.told(1) == [(alert.id, watching.ada, 10)]


def test_an_alert_for_one_customer(watching):
    alert = watching.alert(5, watching.bob)
    watching.use(watching.ada, 50)
    watching.use(watching.bob, 6)
    assert watching.told(1) == [(alert.id, watching.bob, 6)]


def test_an_alert_counts_by_the_meters_formula(client):
    watching = Watching(client, "count")
    alert = watching.alert(2)
    watching.use(watching.ada, 50)
    watching.use(watching.ada, 50)
    assert watching.told(1) == [(alert.id, watching.ada, 2)]


def test_one_that_rests_is_not_told(watching):
    alert = watching.alert(5)
    alerts = watching.client.billing.alerts
    assert alerts.deactivate(alert.id).status == "inactive"
    # One that does not rest shows that it was looked at what came.
    awake = watching.alert(6)
    watching.use(watching.ada, 6)
    assert watching.told(1) == [(awake.id, watching.ada, 6)]
    assert alerts.activate(alert.id).status == "active"
    watching.use(watching.ada, 1)
    expected = sorted([(alert.id, watching.ada, 7), (awake.id, watching.ada, 6)])
    assert watching.told(2) == expected
    assert alerts.archive(alert.id).status == "archived"
    for deed in (alerts.activate, alerts.deactivate, alerts.archive):
        with pytest.raises(stripe.InvalidRequestError):
            deed(alert.id)


def test_what_is_told_is_the_sdks_object(watching):
    alert = watching.alert(1)
    watching.use(watching.ada, 1)
    watching.told(1)
    listed = watching.client.events.list({"type": "billing.alert.triggered", "limit": 1})
    told = listed.data[0].data.object
    assert told.object == "billing.alert_triggered"
    assert (told.alert.to_dict(), told.livemode) == (alert.to_dict(), False)


def test_alerts_are_listed(watching):
    ids = [watching.alert(gte).id for gte in (1, 2, 3)]
    alerts = watching.client.billing.alerts
    listed = alerts.list({"meter": watching.meter.id, "alert_type": "usage_threshold"})
    assert [each.id for each in listed.data] == ids[::-1]
    assert alerts.retrieve(ids[0]).title == "1 calls"
    expanded = alerts.retrieve(ids[0], {"expand": ["usage_threshold.meter"]})
    assert expanded.usage_threshold.meter.object == "billing.meter"


def test_no_more_than_25_of_one_meter_and_customer(watching):
    for gte in range(1, 26):
        watching.alert(gte, watching.ada)
    with pytest.raises(stripe.InvalidRequestError, match="at most 25"):
        watching.alert(30, watching.ada)
    assert watching.alert(30, watching.bob)


@pytest.mark.parametrize(("change", "param"), [
    ({"usage_threshold": {"gte": 0, "meter": "@", "recurrence": "one_time"}},
     "usage_threshold[gte]"),
    ({"usage_threshold": {"gte": 1, "meter": "mtr_no", "recurrence": "one_time"}},
     "usage_threshold[meter]"),
    ({"usage_threshold": {"gte": 1, "meter": "@", "recurrence": "one_time",
                          "filters": [{"type": "customer", "customer": "cus_no"}]}},
     "usage_threshold[filters][0][customer]"),
    ({"usage_threshold": {"gte": 1, "meter": "@", "recurrence": "one_time",
                          "filters": [{"type": "customer"}]}},
     "usage_threshold[filters][0][customer]"),
    ({}, "usage_threshold"),
    ({"title": ""}, "title"),
])
def test_alerts_that_are_refused(watching, change, param):
    params: dict[str, Any] = {"alert_type": "usage_threshold", "title": "Much", **change}
    if params.get("usage_threshold", {}).get("meter") == "@":
        params["usage_threshold"]["meter"] = watching.meter.id
    with pytest.raises(stripe.InvalidRequestError) as caught:
        watching.client.billing.alerts.create(params)
    assert caught.value.param == param


def test_not_on_test_clocks(watching):
    clock = watching.client.test_helpers.test_clocks.create({"frozen_time": int(time.time())})
    customer = watching.client.customers.create({"test_clock": clock.id}).id
    watching.alert(1)
    watching.use(customer, 5)
    watching.use(watching.ada, 5)
    assert [who for _, who, _ in watching.told(1)] == [watching.ada]
    with pytest.raises(stripe.InvalidRequestError, match="test clock"):
        watching.alert(1, customer)


def test_a_threshold_is_billed_in_real_time(watching):
    """Without a test clock the worker looks, a moment later."""
    client, customer = watching.client, watching.ada
    method = client.payment_methods.attach("pm_card_visa", {"customer": customer})
    client.customers.update(
        customer, {"invoice_settings": {"default_payment_method": method.id}})
    price = client.prices.create({
        "currency": "usd", "unit_amount": 100, "product_data": {"name": "Calls"},
        "recurring": {
            "interval": "month", "usage_type": "metered", "meter": watching.meter.id}})
    client.subscriptions.create({
        "customer": customer, "items": [{"price": price.id}],
        "billing_thresholds": {"amount_gte": 1_000}})
    for _ in range(3):
        watching.use(customer, 5)
    found: list[Any] = []
    for _ in range(2_000):
        found = client.invoices.list({"customer": customer}).data
        if found:
            break
        time.sleep(0.05)
    [invoice] = found
    assert invoice.billing_reason == "subscription_threshold"
    assert invoice.total in (1_000, 1_500)
