"""Delayed methods: a session is complete before its money has come."""

from __future__ import annotations

import pytest

FAILS = "AT861904300235473202"


def euro(desk, mode):
    price = desk.price(1500, currency="eur", recurring={"interval": "month"}
                       if mode == "subscription" else None)  # fmt: skip
    return desk.open(price, mode=mode, payment_intent_data={"setup_future_usage": "off_session"}
                     ) if mode == "payment" else desk.open(price)  # fmt: skip


@pytest.mark.parametrize("mode", ["payment", "subscription"])
def test_a_debit_that_comes(desk, mode):
    session = euro(desk, mode)
    done = desk.confirm(session, desk.bank())
    assert (done["status"], done["payment_status"]) == ("complete", "unpaid")
    if mode == "subscription":
        assert desk.read(session, "subscription").subscription.status == "active"
    desk.wait(lambda: desk.read(session).payment_status == "paid")
    told = desk.told(session)
    assert told.index("checkout.session.completed") < told.index(
        "checkout.session.async_payment_succeeded"
    )
    shown = desk.read(session, "subscription")
    assert desk.client.payment_methods.list({"customer": shown.customer}).data
    if mode == "subscription":
        assert shown.subscription.default_payment_method is not None


@pytest.mark.parametrize("mode", ["payment", "subscription"])
def test_a_debit_that_fails(desk, mode):
    session = euro(desk, mode)
    desk.confirm(session, desk.bank(FAILS))
    desk.wait(lambda: "checkout.session.async_payment_failed" in desk.told(session))
    shown = desk.read(session, "subscription.latest_invoice")
    assert (shown.status, shown.payment_status) == ("complete", "unpaid")
    assert "checkout.session.async_payment_succeeded" not in desk.told(session)
    if mode == "subscription":
        # It is still owed, and tried again.
        owed = shown.subscription.latest_invoice
        assert (shown.subscription.status, owed.status) == ("past_due", "open")
        assert owed.next_payment_attempt is not None


def test_an_invoice_of_a_delayed_payment_comes_with_the_money(desk):
    price = desk.price(1500, currency="eur", recurring=None)
    session = desk.open(price, mode="payment", invoice_creation={"enabled": True})
    desk.confirm(session, desk.bank())
    assert desk.read(session).invoice is None
    desk.wait(lambda: desk.read(session).payment_status == "paid")
    assert desk.read(session, "invoice").invoice.status == "paid"


@pytest.mark.parametrize("end", ["deleted", "switched off"])
def test_a_debit_is_invoiced_as_it_was_agreed_whatever_became_of_its_coupon(desk, end):
    coupon = desk.client.coupons.create({"percent_off": 50, "duration": "once"})
    code = desk.client.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon.id}}
    )
    price = desk.price(1500, currency="eur", recurring=None)
    session = desk.open(
        price, mode="payment", invoice_creation={"enabled": True}, customer_creation="always",
        discounts=[{"promotion_code": code.id}],
    )  # fmt: skip
    desk.confirm(session, desk.bank())
    if end == "deleted":
        desk.client.coupons.delete(coupon.id)
    else:
        desk.client.promotion_codes.update(code.id, {"active": False})
    desk.wait(lambda: desk.read(session).payment_status == "paid")

    shown = desk.read(session, "invoice")
    assert shown.invoice is not None
    assert (shown.invoice.status, shown.invoice.total, shown.invoice.amount_paid) == (
        "paid", 750, 750,
    )  # fmt: skip
    waiting = desk.client.invoice_items.list({"customer": shown.customer, "pending": True})
    assert waiting.data == [], "nothing of it is billed once more"
    assert desk.client.promotion_codes.retrieve(code.id).times_redeemed == 1


def test_cards_pay_at_once(desk):
    session = euro(desk, "payment")
    desk.confirm(session)
    assert desk.read(session).payment_status == "paid"
    assert not any("async" in each for each in desk.told(session))


def test_a_bank_account_is_set_up(desk):
    session = desk.open(mode="setup", currency="eur", customer_creation="always")
    done = desk.confirm(session, desk.bank())
    assert done["status"] == "complete"
    intent = desk.read(session, "setup_intent").setup_intent
    assert intent.mandate is not None


def test_a_trial_with_a_bank_account(desk):
    price = desk.price(1500, currency="eur")
    session = desk.open(price, subscription_data={"trial_period_days": 7})
    desk.confirm(session, desk.bank())
    subscription = desk.read(session, "subscription").subscription
    assert subscription.status == "trialing"
    method = desk.client.payment_methods.retrieve(subscription.default_payment_method)
    assert (method.type, method.allow_redisplay) == ("sepa_debit", "limited")
