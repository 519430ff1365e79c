"""Access: what a customer may use follows its subscriptions, and in time the catalogue."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
import stripe

from entitlements.plans import UPDATED, Plans, refused
from servers import running
from subscriptions.life import DAY, first


def test_a_paid_start_entitles(plans):
    plans.subscribe(plans.plan("Pro", "chat", "video"))
    assert plans.entitled() == {"chat", "video"}
    [one, other] = plans.client.entitlements.active_entitlements.list(
        {"customer": plans.customer.id, "expand": ["data.feature"]}).data
    assert {one.feature.name, other.feature.name} == {"Chat", "Video"}
    assert one.id.startswith("ent_test_") and one.livemode is False
    found = plans.client.entitlements.active_entitlements.retrieve(one.id)
    assert (found.feature, found.lookup_key) == (one.feature.id, one.feature.lookup_key)


def test_nothing_is_entitled_before_the_first_payment(plans):
    plans.use_card("authenticationRequired")
    subscription = plans.subscribe(
        plans.plan("Pro", "chat"), payment_behavior="default_incomplete",
        expand=["latest_invoice.payments"])
    assert plans.entitled() == set() and plans.told() == []
    plans.client.invoices.pay(subscription.latest_invoice.id, {"payment_method": "pm_card_visa"})
    assert plans.entitled() == {"chat"} and plans.told() == [{"chat"}]


def test_a_start_that_is_never_paid_entitles_nobody(plans):
    plans.use_card("chargeCustomerFail")
    plans.subscribe(plans.plan("Pro", "chat"))
    plans.advance(plans.now + 2 * DAY)
    assert plans.entitled() == set() and plans.told() == []


def test_a_trial_entitles_and_a_trial_that_ends_unpaid_pauses(live_plans):
    plans = live_plans(card=None)
    subscription = plans.subscribe(
        plans.plan("Pro", "chat"), trial_period_days=10,
        trial_settings={"end_behavior": {"missing_payment_method": "pause"}})
    assert plans.entitled() == {"chat"}
    plans.advance(plans.now + 11 * DAY)
    assert plans.read(subscription).status == "paused"
    assert plans.entitled() == set()
    assert plans.events()[-2:] == ["customer.subscription.paused", UPDATED]
    plans.use_card("visa")
    plans.client.subscriptions.resume(
        subscription.id, {"payment_behavior": "resume_on_payment_success"})
    assert plans.entitled() == {"chat"}
    assert plans.told() == [{"chat"}, set(), {"chat"}]


def test_an_upgrade_brings_features_and_a_downgrade_takes_them(plans):
    basic, pro = plans.plan("Basic", "chat"), plans.plan("Pro", "chat", "video", amount=3_000)
    subscription = plans.subscribe(basic)
    [before] = plans.client.entitlements.active_entitlements.list(
        {"customer": plans.customer.id}).data
    subscription = plans.change(subscription, pro)
    assert plans.entitled() == {"chat", "video"}
    found = plans.client.entitlements.active_entitlements.list({"customer": plans.customer.id})
    assert before.id in {each.id for each in found.data}, "what stays is the same entitlement"
    plans.change(subscription, basic)
    assert plans.entitled() == {"chat"}
    assert plans.told() == [{"chat"}, {"chat", "video"}, {"chat"}]


def test_items_that_come_and_go(plans):
    extra = plans.plan("Extra", "video")
    subscription = plans.subscribe(plans.plan("Basic", "chat"))
    item = plans.client.subscription_items.create(
        {"subscription": subscription.id, "price": extra})
    assert plans.entitled() == {"chat", "video"}
    plans.client.subscription_items.delete(item.id)
    assert plans.entitled() == {"chat"}


def test_a_change_that_waits_for_payment_entitles_when_it_is_paid(plans):
    basic, pro = plans.plan("Basic", "chat"), plans.plan("Pro", "video", amount=3_000)
    subscription = plans.subscribe(basic)
    plans.use_card("chargeCustomerFail")
    waiting = plans.change(subscription, pro, payment_behavior="pending_if_incomplete",
                           proration_behavior="always_invoice")
    assert waiting.pending_update is not None and plans.entitled() == {"chat"}
    plans.client.invoices.pay(waiting.latest_invoice, {"payment_method": "pm_card_visa"})
    assert plans.entitled() == {"video"}
    assert plans.told() == [{"chat"}, {"video"}]


def test_a_change_that_is_refused_with_its_payment_changes_nothing(plans):
    basic, pro = plans.plan("Basic", "chat"), plans.plan("Pro", "video", amount=3_000)
    subscription = plans.subscribe(basic)
    plans.use_card("chargeCustomerFail")
    with pytest.raises(Exception, match="declined"):
        plans.change(subscription, pro, payment_behavior="error_if_incomplete",
                     proration_behavior="always_invoice")
    assert plans.entitled() == {"chat"} and plans.told() == [{"chat"}]
    plans.use_card("visa")
    plans.change(subscription, pro, payment_behavior="error_if_incomplete",
                 proration_behavior="always_invoice")
    assert plans.entitled() == {"video"} and plans.told() == [{"chat"}, {"video"}]


def test_pausing_withdraws_and_resuming_gives_back(plans):
    subscription = plans.subscribe(plans.plan("Pro", "chat"))
    plans.client.subscriptions.pause(subscription.id)
    assert plans.entitled() == set()
    assert plans.events()[-3:] == [
        "customer.subscription.updated", "customer.subscription.paused", UPDATED]
    plans.client.subscriptions.resume(subscription.id)
    paid = plans.read(subscription)
    if paid.status == "paused":
        plans.client.invoices.pay(paid.latest_invoice)
    assert plans.entitled() == {"chat"}


def test_paused_collection_keeps_access(plans):
    subscription = plans.subscribe(plans.plan("Pro", "chat"))
    plans.update(subscription, pause_collection={"behavior": "void"})
    plans.advance("2026-03-02")
    assert plans.entitled() == {"chat"} and plans.told() == [{"chat"}]


@pytest.mark.parametrize(("state", "left"), [("cancel", "canceled"), ("unpaid", "unpaid")])
def test_failed_payments_keep_access_until_they_are_given_up(live_plans, state, left):
    plans = live_plans()
    plans.raw("post", "/v1/prorata/settings", subscription_final_state=state)
    subscription = plans.subscribe(plans.plan("Pro", "chat"))
    plans.use_card("chargeCustomerFail")
    plans.advance("2026-02-03")
    assert plans.read(subscription).status == "past_due" and plans.entitled() == {"chat"}
    plans.advance("2026-02-26")
    assert plans.read(subscription).status == left and plans.entitled() == set()
    assert plans.told() == [{"chat"}, set()]
    if left == "unpaid":
        plans.client.invoices.pay(
            plans.read(subscription).latest_invoice, {"payment_method": "pm_card_visa"})
        assert plans.read(subscription).status == "active" and plans.entitled() == {"chat"}


def test_cancellation_takes_access_away_when_it_comes_true(plans):
    price = plans.plan("Pro", "chat")
    subscription = plans.subscribe(price)
    plans.update(subscription, cancel_at_period_end=True)
    assert plans.entitled() == {"chat"}
    plans.advance("2026-02-02")
    assert plans.entitled() == set()
    assert plans.events()[-2:] == ["customer.subscription.deleted", UPDATED]
    again = plans.subscribe(price)
    assert plans.entitled() == {"chat"}
    plans.client.subscriptions.cancel(again.id)
    assert plans.entitled() == set()


def test_several_subscriptions_entitle_once(plans):
    one = plans.subscribe(plans.plan("Basic", "chat"))
    other = plans.subscribe(plans.plan("Pro", "chat", "video"))
    assert plans.entitled() == {"chat", "video"}
    plans.client.subscriptions.cancel(one.id)
    assert plans.entitled() == {"chat", "video"}
    plans.client.subscriptions.cancel(other.id)
    assert plans.entitled() == set()
    assert plans.told() == [{"chat"}, {"chat", "video"}, set()]


def test_the_catalogue_reaches_subscriptions_with_their_next_period(plans):
    subscription = plans.subscribe(plans.plan("Pro", "chat", "video"))
    plans.attach("Pro", "export")
    plans.detach("Pro", "video")
    assert plans.entitled() == {"chat", "video"} and plans.told() == [{"chat", "video"}]
    plans.advance("2026-02-02")
    assert plans.entitled() == {"chat", "export"}
    assert plans.told() == [{"chat", "video"}, {"chat", "export"}]
    assert plans.read(subscription).status == "active"


def test_the_catalogue_reaches_subscriptions_with_their_next_update(plans):
    subscription = plans.subscribe(plans.plan("Pro", "chat"))
    plans.attach("Pro", "export")
    plans.update(subscription, items=[{"id": first(subscription).id, "quantity": 2}])
    assert plans.entitled() == {"chat", "export"}


def test_a_plan_that_moves_to_another_product_grants_what_that_one_does(plans):
    plan = plans.plan("Pro", "chat", "export")
    plans.subscribe(plan)
    plans.plan("Max", "chat", "video")
    plans.client.plans.update(plan, {"product": plans.products["Max"]})
    assert plans.entitled() == {"chat", "video"}
    assert plans.told() == [{"chat", "export"}, {"chat", "video"}]
    assert "customer.subscription.updated" not in plans.events()


def test_an_archived_feature_entitles_as_before(plans):
    subscription = plans.subscribe(plans.plan("Pro", "chat"))
    plans.client.entitlements.features.update(plans.feature("chat").id, {"active": False})
    plans.advance("2026-02-02")
    assert plans.entitled() == {"chat"}
    plans.client.subscriptions.cancel(subscription.id)
    plans.subscribe(plans.client.prices.list({"product": plans.products["Pro"]}).data[0].id)
    assert plans.entitled() == {"chat"}


def test_a_schedule_changes_access_with_its_phases(plans):
    basic, pro = plans.plan("Basic", "chat"), plans.plan("Pro", "video")
    plans.client.subscription_schedules.create({
        "customer": plans.customer.id, "start_date": "now", "end_behavior": "cancel",
        "phases": [
            {"items": [{"price": basic}], "duration": {"interval": "month"}},
            {"items": [{"price": pro}], "duration": {"interval": "month"}},
        ],
    })
    assert plans.entitled() == {"chat"}
    plans.advance("2026-02-02")
    assert plans.entitled() == {"video"}
    plans.advance("2026-03-02")
    assert plans.entitled() == set()
    assert plans.told() == [{"chat"}, {"video"}, set()]


def test_a_customer_that_there_never_was_is_refused(plans):
    error = refused(plans.entitled, "cus_never")
    assert (error.http_status, error.code, error.param) == (400, "resource_missing", "customer")


def test_whoever_is_deleted_may_use_nothing(plans):
    plans.subscribe(plans.plan("Pro", "chat"))
    [entitlement] = plans.client.entitlements.active_entitlements.list(
        {"customer": plans.customer.id}).data
    plans.client.customers.delete(plans.customer.id)
    assert plans.entitled() == set() and plans.told() == [{"chat"}, set()]
    missing = refused(plans.client.entitlements.active_entitlements.retrieve, entitlement.id)
    assert missing.http_status == 404


def test_a_sent_invoice_entitles_at_once_and_while_it_is_overdue(plans):
    subscription = plans.subscribe(
        plans.plan("Pro", "chat"), collection_method="send_invoice", days_until_due=5)
    assert plans.entitled() == {"chat"}
    plans.advance(plans.now + 8 * DAY)
    assert plans.read(subscription).status == "past_due" and plans.entitled() == {"chat"}


@pytest.fixture
def live_plans():
    """Give the maker of shops whose settings may be changed: `live_plans(card=None)`."""
    with ExitStack() as opened:
        def make(card: str | None = "visa") -> Plans:
            own = opened.enter_context(running())
            client = stripe.StripeClient(own.secret_key, base_addresses={"api": own.url})
            return Plans(client, "2026-01-01", card)

        yield make
