"""Trials and freemium: nothing is due today, and what is asked for all the same."""

from __future__ import annotations

import pytest

from checkout.desk import refused_by_api

DAY = 86_400


def test_a_trial_with_a_card(desk):
    session = desk.subscribe(1500, subscription_data={
        "trial_period_days": 14,
        "trial_settings": {"end_behavior": {"missing_payment_method": "pause"}},
    })  # fmt: skip
    assert (session.amount_subtotal, session.amount_total) == (0, 0)
    page = desk.page(session)
    assert page["collects"]["payment_method"] == "required"
    assert page["recurring"]["trial"] == {
        "end": page["recurring"]["next_at"], "days": 14, "missing_payment_method": "pause",
    }  # fmt: skip
    assert page["recurring"]["next"]["total"] == 1500
    assert desk.refused("confirm", session, None).param == "payment_method"
    done = desk.confirm(session, expected_amount=0)
    assert (done["payment_status"], done["recurring"]["trial"]["days"]) == (
        "no_payment_required",
        14,
    )
    subscription = desk.read(session, "subscription.latest_invoice").subscription
    assert (subscription.status, subscription.pending_setup_intent) == ("trialing", None)
    assert subscription.default_payment_method is not None
    assert subscription.latest_invoice.total == 0
    assert subscription.trial_settings.end_behavior.missing_payment_method == "pause"


@pytest.mark.parametrize("by", ["window", "seller", "code", "tax"])
def test_a_trial_leads_to_what_the_page_showed(desk, by):
    item = {"price": desk.price(1500), "quantity": 1, "adjustable_quantity": {"enabled": True}}
    session = desk.open(
        item, subscription_data={"trial_period_days": 14}, allow_promotion_codes=True
    )
    seen = desk.page(session)
    [line] = seen["line_items"]
    if by == "window":
        desk.change(session, line_items=[{"id": line["id"], "quantity": 9}])
    elif by == "seller":
        # It costs the same, by the year.
        yearly = desk.price(1500, recurring={"interval": "year"})
        desk.client.checkout.sessions.update(
            session.id, {"line_items": [{"price": yearly, "quantity": 1}]}
        )
    elif by == "code":
        coupon = desk.client.coupons.create({"percent_off": 10, "duration": "forever"}).id
        desk.client.promotion_codes.create(
            {"promotion": {"type": "coupon", "coupon": coupon}, "code": "LESS"}
        )
        desk.change(session, promotion_code="LESS")
    else:
        rate = desk.client.tax_rates.create(
            {"display_name": "VAT", "percentage": 20, "inclusive": False}
        ).id
        desk.client.checkout.sessions.update(
            session.id, {"line_items": [{"id": line["id"], "tax_rates": [rate]}]}
        )
    agreed = {"expected_amount": 0, "expected_mark": seen["mark"]}
    refusal = desk.refused("confirm", session, **agreed)
    assert (refusal.status, refusal.code, refusal.param) == (
        400, "checkout_page_outdated", "expected_mark",
    )  # fmt: skip
    assert desk.read(session).subscription is None
    now = desk.page(session)
    assert now["total"]["due"] == 0
    done = desk.confirm(session, expected_amount=0, expected_mark=now["mark"])
    assert done["status"] == "complete"
    assert done["recurring"]["next"] == now["recurring"]["next"]


@pytest.mark.parametrize("offer", ["trial", "free", "coupon"])
def test_no_card_is_asked_for_where_none_is_needed(desk, offer):
    params = {"payment_method_collection": "if_required"}
    if offer == "trial":
        params["subscription_data"] = {"trial_period_days": 7}
    if offer == "coupon":
        coupon = desk.client.coupons.create({"percent_off": 100, "duration": "forever"}).id
        params["discounts"] = [{"coupon": coupon}]
    session = desk.subscribe(0 if offer == "free" else 1500, **params)
    assert desk.page(session)["collects"]["payment_method"] == "none"
    done = desk.confirm(session, None, expected_amount=0)
    assert (done["status"], done["payment_status"]) == ("complete", "no_payment_required")
    shown = desk.read(session, "subscription")
    assert shown.subscription.status == ("trialing" if offer == "trial" else "active")
    assert shown.subscription.default_payment_method is None
    assert shown.customer is not None


def test_a_card_is_asked_for_where_something_is_due(desk):
    session = desk.subscribe(1500, payment_method_collection="if_required")
    assert desk.page(session)["collects"]["payment_method"] == "required"
    assert desk.refused("confirm", session, None).param == "payment_method"


def test_a_trial_until_a_moment(desk):
    now = desk.server.system.clock.now()
    early = refused_by_api(desk.subscribe, subscription_data={"trial_end": now + DAY})
    assert early.param == "subscription_data[trial_end]"
    session = desk.subscribe(subscription_data={"trial_end": now + 5 * DAY})
    desk.confirm(session)
    assert desk.read(session, "subscription").subscription.trial_end == now + 5 * DAY
    both = {"trial_end": now + 5 * DAY, "trial_period_days": 3}
    assert (
        refused_by_api(desk.subscribe, subscription_data=both).param
        == "subscription_data[trial_end]"
    )


def test_a_trial_with_a_one_time_fee_charges_the_fee(desk):
    session = desk.open(
        desk.price(1500), desk.price(900, recurring=None),
        subscription_data={"trial_period_days": 14},
    )  # fmt: skip
    assert session.amount_total == 900
    done = desk.confirm(session, expected_amount=900)
    assert done["payment_status"] == "paid"
    assert desk.read(session, "subscription").subscription.status == "trialing"


def test_everything_free_in_payment_mode(desk):
    coupon = desk.client.coupons.create({"percent_off": 100, "duration": "once"}).id
    session = desk.sell(2000, discounts=[{"coupon": coupon}])
    assert session.amount_total == 0
    done = desk.confirm(session, None, expected_amount=0)
    assert done["payment_status"] == "no_payment_required"
    shown = desk.read(session)
    assert (shown.payment_intent, shown.status) == (None, "complete")
    assert desk.client.coupons.retrieve(coupon).times_redeemed == 1


def test_a_billing_cycle_anchor_prorates(desk):
    now = desk.server.system.clock.now()
    session = desk.subscribe(3000, subscription_data={"billing_cycle_anchor": now + 10 * DAY})
    assert 0 < session.amount_total < 3000
    assert desk.page(session)["recurring"]["prorated"] is True
    desk.confirm(session)
    subscription = desk.read(session, "subscription").subscription
    assert subscription.billing_cycle_anchor == now + 10 * DAY
    free = desk.subscribe(3000, payment_method_collection="if_required", subscription_data={
        "billing_cycle_anchor": now + 10 * DAY, "proration_behavior": "none",
    })  # fmt: skip
    assert free.amount_total == 0
    config = desk.subscribe(
        3000, subscription_data={"billing_cycle_anchor_config": {"day_of_month": 1}}
    )
    desk.confirm(config)


@pytest.mark.parametrize(
    ("data", "param"),
    [
        ({"billing_cycle_anchor": 1, "trial_period_days": 3}, "billing_cycle_anchor"),
        ({"proration_behavior": "none"}, "proration_behavior"),
        ({"application_fee_percent": 2}, "application_fee_percent"),
        ({"transfer_data": {"destination": "acct_x"}}, "transfer_data"),
        ({"on_behalf_of": "acct_other"}, "on_behalf_of"),
        ({"default_tax_rates": ["txr_none"]}, "default_tax_rates][0"),
        ({"billing_cycle_anchor": 4_000_000_000}, "billing_cycle_anchor"),
        ({"trial_period_days": 731}, "trial_period_days"),
    ],
)
def test_terms_that_cannot_be(desk, data, param):
    error = refused_by_api(desk.subscribe, subscription_data=data)
    assert (error.http_status, error.param) == (400, f"subscription_data[{param}]")


def test_what_a_subscription_is_given(desk):
    session = desk.subscribe(subscription_data={
        "description": "Photos", "billing_mode": {"type": "classic"},
        "pending_invoice_item_interval": {"interval": "week"},
        "invoice_settings": {
            "description": "Thanks", "footer": "Bye", "issuer": {"type": "self"},
            "custom_fields": [{"name": "PO", "value": "12"}],
        },
    })  # fmt: skip
    desk.confirm(session)
    shown = desk.read(session, "subscription", "invoice")
    subscription = shown.subscription
    assert (subscription.description, subscription.billing_mode.type) == ("Photos", "classic")
    assert subscription.pending_invoice_item_interval.interval == "week"
    assert (shown.invoice.description, shown.invoice.footer) == ("Thanks", "Bye")


def test_customers_on_a_test_clock_check_out(desk):
    clock = desk.client.test_helpers.test_clocks.create({"frozen_time": 1_800_000_000}).id
    customer = desk.client.customers.create({"test_clock": clock, "email": "t@example.com"}).id
    session = desk.subscribe(customer=customer)
    assert (session.created, session.expires_at) == (1_800_000_000, 1_800_000_000 + DAY)
    desk.confirm(session)
    subscription = desk.read(session, "subscription").subscription
    assert (subscription.test_clock, subscription.start_date) == (clock, 1_800_000_000)


def test_sessions_on_a_test_clock_expire_in_its_time(desk):
    clock = desk.client.test_helpers.test_clocks.create({"frozen_time": 1_800_000_000}).id
    customer = desk.client.customers.create({"test_clock": clock, "email": "t@example.com"}).id
    session = desk.subscribe(customer=customer, expires_at=1_800_000_000 + 3600)
    desk.live_until(clock, 1_800_000_000 + 3601)
    assert desk.read(session).status == "expired"
    assert desk.refused("confirm", session).code == "checkout_session_expired"


def test_one_subscription_for_each_customer(desk):
    desk.ask("POST", "/v1/prorata/settings", {"one_subscription_per_customer": True},
             desk.server.secret_key)  # fmt: skip
    try:
        first = desk.subscribe(customer_email="one@example.com")
        assert desk.page(first)["already_subscribed"] is False
        desk.confirm(first)
        second = desk.subscribe(customer_email="one@example.com")
        assert desk.page(second)["already_subscribed"] is True
        assert desk.refused("confirm", second).code == "customer_already_subscribed"
    finally:
        desk.ask("POST", "/v1/prorata/settings", {"one_subscription_per_customer": False},
                 desk.server.secret_key)  # fmt: skip
