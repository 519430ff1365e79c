"""What cannot be done just now is no refusal: nothing is made of it, and later it is done."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from checkout.desk import Desk
from payments.test_live_gateways import LiveWorld
from payments.world import START, World, wait
from prorata.engine.clock_advance import advance_clock
from prorata.engine.payments import settle
from prorata.model.errors import (
    InvalidRequest,
    LockTimeout,
    Momentary,
    NoGateway,
    RateLimited,
    Silent,
    TaxesUnknown,
)
from servers import running
from sound import assert_sound

DAY = 86400


@pytest.mark.parametrize(
    ("error", "status", "type", "code"),
    [
        (LockTimeout(), 429, "invalid_request_error", "lock_timeout"),
        (NoGateway(), 400, "invalid_request_error", None),
        (RateLimited("endpoint-rate"), 429, "invalid_request_error", "rate_limit"),
        (Silent("It does not answer."), 503, "api_error", None),
        (TaxesUnknown(), 400, "invalid_request_error", None),
    ],
)
def test_what_is_of_the_moment_is_written_as_ever_and_taken_for_no_refusal(
    error, status, type, code
):
    body = error.body()["error"]
    assert (error.status, body["type"], body.get("code")) == (status, type, code)
    assert isinstance(error, Momentary)
    assert not isinstance(error, InvalidRequest)


def first_purchase(v1: Any) -> str:
    coupon = v1.coupons.create({"percent_off": 50, "duration": "forever"}).id
    code: str = v1.promotion_codes.create({
        "promotion": {"type": "coupon", "coupon": coupon}, "code": "FIRST",
        "restrictions": {"first_time_transaction": True},
    }).id
    return code


def pay_in_silence(world: World, customer: str) -> None:
    """Let a payment begin that will be declined, whose outcome is not known yet."""
    method = world.client.v1.payment_methods.attach(
        "pm_card_chargeCustomerFail", {"customer": customer}
    )
    world.gateway.go_down()
    assert world.pay(customer=customer, payment_method=method.id).status == "processing"
    world.gateway.come_up()


@pytest.fixture
def shop():
    with running(worker=False, now=START) as server:
        world = World(server)
        yield world, Desk(server, world.client)


def test_a_session_is_completed_once_another_payment_lets_it(shop):
    world, desk = shop
    v1 = world.client.v1
    customer = v1.customers.create({"email": "ada@example.com"}).id
    session = desk.subscribe(
        1500, customer=customer, subscription_data={"trial_period_days": 14},
        discounts=[{"promotion_code": first_purchase(v1)}],
    )
    page = desk.confirm(session, "authenticationRequiredOnSetup")
    pay_in_silence(world, customer)

    assert desk.refused("pass_challenge", page).status == 429
    assert desk.page(session)["last_error"]["code"] == "lock_timeout"
    wait(world, 3_600, 2)

    done = desk.read(session, "subscription")
    assert (done.status, done.subscription.status) == ("complete", "trialing")
    assert len(done.subscription.discounts) == 1
    assert_sound(world.system)


def test_a_code_that_waits_for_a_payment_is_not_called_invalid(shop):
    world, desk = shop
    v1 = world.client.v1
    customer = v1.customers.create({"email": "ada@example.com"}).id
    first_purchase(v1)
    session = desk.subscribe(1500, customer=customer, allow_promotion_codes=True)
    pay_in_silence(world, customer)

    busy = desk.refused("change", session, promotion_code="FIRST")
    assert (busy.status, busy.code, busy.type) == (429, "lock_timeout", "invalid_request_error")
    wait(world, 3_600, 2)
    assert desk.change(session, promotion_code="FIRST")["total"]["total"] == 750


def test_what_no_gateway_was_there_for_is_done_under_its_key_by_who_has_it():
    with running(worker=False, now=START) as server:
        world = LiveWorld(server)
        v1 = world.client.v1
        method = v1.payment_methods.create(world.card()).id
        asked = {"amount": 2000, "currency": "usd", "payment_method": method, "confirm": True}
        live, world.system.gateway = world.gateway, world.sandbox
        with pytest.raises(stripe.InvalidRequestError, match="Live mode needs a payment gateway"):
            v1.payment_intents.create(asked, {"idempotency_key": "once"})

        world.system.gateway = live
        assert v1.payment_intents.create(asked, {"idempotency_key": "once"}).status == "succeeded"
        assert len(v1.charges.list().data) == 1


def on_a_clock(v1):
    """Return a test clock, a customer of its who pays by card, and a price."""
    clock = v1.test_helpers.test_clocks.create({"frozen_time": START}).id
    customer = v1.customers.create({
        "test_clock": clock, "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    }).id
    price = v1.prices.create({
        "product_data": {"name": "Basic"}, "currency": "usd", "unit_amount": 1000,
        "recurring": {"interval": "month"},
    }).id
    return clock, customer, price


def test_a_test_clock_has_arrived_when_what_waits_for_a_payment_is_done():
    with running(worker=False, now=START) as server:
        world = World(server)
        v1 = world.client.v1
        clock, customer, price = on_a_clock(v1)
        schedule = v1.subscription_schedules.create({
            "customer": customer, "start_date": START + DAY,
            "phases": [{
                "items": [{"price": price}], "discounts": [{"promotion_code": first_purchase(v1)}],
                "duration": {"interval": "month", "interval_count": 1},
            }],
        }).id
        pay_in_silence(world, customer)
        v1.test_helpers.test_clocks.advance(clock, {"frozen_time": START + 2 * DAY})

        advance_clock(world.system, world.book, clock)
        waiting = v1.test_helpers.test_clocks.retrieve(clock)
        assert waiting.status == "advancing"
        wait(world, 3_600, 2)
        advance_clock(world.system, world.book, clock)

        assert v1.test_helpers.test_clocks.retrieve(clock).status == "ready"
        begun = v1.subscription_schedules.retrieve(schedule, {"expand": ["subscription"]})
        assert (begun.status, len(begun.subscription.discounts)) == ("active", 1)


def test_what_waits_for_a_payment_on_a_test_clock_keeps_its_place_in_its_customers_life():
    with running(worker=False, now=START) as server:
        world = World(server)
        v1 = world.client.v1
        clock, customer, price = on_a_clock(v1)
        for begin, discounts in (1, [{"promotion_code": first_purchase(v1)}]), (2, []):
            v1.subscription_schedules.create({
                "customer": customer, "start_date": START + begin * DAY,
                "phases": [{
                    "items": [{"price": price}], "discounts": discounts,
                    "duration": {"interval": "month", "interval_count": 2},
                }],
            })
        pay_in_silence(world, customer)
        v1.test_helpers.test_clocks.advance(clock, {"frozen_time": START + 40 * DAY})

        advance_clock(world.system, world.book, clock)
        assert v1.test_helpers.test_clocks.retrieve(clock).status == "advancing"
        wait(world, 3_600, 2)
        advance_clock(world.system, world.book, clock)

        moved = v1.test_helpers.test_clocks.retrieve(clock)
        assert (moved.status, moved.frozen_time) == ("ready", START + 40 * DAY)
        invoices = v1.invoices.list({"customer": customer}).data
        numbers = [each.number for each in sorted(invoices, key=lambda each: each.created)]
        assert numbers == sorted(numbers)
        assert [each.total for each in invoices] == [1000, 500, 1000, 500]
        assert_sound(world.system)


def test_nothing_is_built_on_what_an_outcome_may_yet_undo(shop, monkeypatch):
    world, _ = shop
    v1 = world.client.v1
    customer = v1.customers.create({"email": "ada@example.com"}).id
    method = v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer}).id
    price = v1.prices.create({
        "product_data": {"name": "Basic"}, "currency": "usd", "unit_amount": 1000,
        "recurring": {"interval": "month"},
    }).id

    def busy(*_):
        raise LockTimeout

    with monkeypatch.context() as patch:
        patch.setattr(settle, "_apply", busy)
        with pytest.raises(stripe.RateLimitError):
            v1.subscriptions.create({
                "customer": customer, "items": [{"price": price}],
                "default_payment_method": method, "payment_behavior": "error_if_incomplete",
            })
        wait(world, 20, 3)
    [made] = v1.subscriptions.list({"customer": customer, "status": "all"}).data
    with pytest.raises(stripe.RateLimitError):
        v1.invoice_items.create({
            "customer": customer, "subscription": made.id, "amount": 500, "currency": "usd",
        })

    wait(world, 3_600)
    assert v1.subscriptions.list({"customer": customer, "status": "all"}).data == []
    assert_sound(world.system)
