"""The life of a session: changed by its seller, expired, recovered; its events in order."""

from __future__ import annotations

import pytest
import requests

from checkout.desk import Refusal, refused_by_api
from prorata.engine.checkout.expire import recover
from prorata.model.errors import InvalidRequest
from prorata.store.books import all_books

DAY = 86_400


def book_of(desk):
    books = desk.server.system.database.read(all_books)
    return next(each for each in books if not each.livemode)


def recovered(desk, session):
    token = session.after_expiration.recovery.url.rpartition("/")[2]
    system = desk.server.system
    done = system.write(book_of(desk), lambda uow: recover(uow, token).id)
    return desk.read(done.result)


def test_a_session_is_expired(desk):
    session = desk.subscribe()
    gone = desk.client.checkout.sessions.expire(session.id)
    assert (gone.status, gone.payment_status, gone.url) == ("expired", "unpaid", None)
    assert "checkout.session.expired" in desk.told(session)
    again = refused_by_api(desk.client.checkout.sessions.expire, session.id)
    assert "`expired`" in again.user_message
    assert desk.refused("confirm", session).code == "checkout_session_expired"
    done = desk.sell()
    desk.confirm(done)
    assert (
        "`complete`" in refused_by_api(desk.client.checkout.sessions.expire, done.id).user_message
    )


def test_what_was_begun_ends_with_the_session(desk):
    session = desk.subscribe()
    desk.refused("confirm", session, "chargeDeclined")
    intent = desk.page(session)["intent"]["id"]
    customer = desk.client.payment_intents.retrieve(intent).customer
    desk.client.checkout.sessions.expire(session.id)
    [subscription] = desk.client.subscriptions.list({"customer": customer, "status": "all"}).data
    assert subscription.status == "incomplete_expired"
    assert desk.client.payment_intents.retrieve(intent).status == "canceled"
    payment = desk.sell()
    desk.confirm(payment, "authenticationRequired")
    intent = desk.page(payment)["intent"]["id"]
    desk.client.checkout.sessions.expire(payment.id)
    assert desk.client.payment_intents.retrieve(intent).status == "canceled"
    setup = desk.open(mode="setup", currency="usd")
    desk.client.checkout.sessions.expire(setup.id)
    assert desk.client.setup_intents.retrieve(setup.setup_intent).status == "canceled"


def test_an_expired_session_is_recovered(desk):
    session = desk.subscribe(
        1500, after_expiration={"recovery": {"enabled": True, "allow_promotion_codes": True}},
        client_reference_id="r1", metadata={"a": "b"},
    )  # fmt: skip
    assert session.after_expiration.recovery.url is None
    gone = desk.client.checkout.sessions.expire(session.id)
    recovery = gone.after_expiration.recovery
    assert recovery.expires_at >= gone.created + 30 * DAY
    assert desk.page(session)["recovery_url"] == recovery.url
    assert requests.head(recovery.url, timeout=60).status_code == 200
    newest = desk.client.checkout.sessions.list({"limit": 1}).data[0]
    assert newest.id == session.id
    fresh = recovered(desk, gone)
    assert (fresh.status, fresh.recovered_from, fresh.amount_total) == ("open", session.id, 1500)
    assert (fresh.client_reference_id, fresh.allow_promotion_codes) == ("r1", True)
    assert fresh.metadata.to_dict() == {"a": "b"}
    assert desk.confirm(fresh)["status"] == "complete"
    assert desk.read(fresh, "line_items").line_items.data[0].id != (
        desk.read(session, "line_items").line_items.data[0].id
    )


def test_a_set_up_is_recovered_with_an_intent_of_its_own(desk):
    customer = desk.client.customers.create({"email": "ada@example.com"}).id
    session = desk.open(
        mode="setup", currency="usd", customer=customer,
        after_expiration={"recovery": {"enabled": True}},
        setup_intent_data={"description": "later", "metadata": {"a": "b"}},
    )  # fmt: skip
    fresh = recovered(desk, desk.client.checkout.sessions.expire(session.id))
    intent = desk.client.setup_intents.retrieve(fresh.setup_intent)
    assert intent.id != session.setup_intent
    assert (intent.status, intent.description) == ("requires_payment_method", "later")
    assert (intent.customer, intent.metadata.to_dict()) == (customer, {"a": "b"})
    assert desk.confirm(fresh, silent=True)["status"] == "complete"
    done = desk.read(fresh, "setup_intent").setup_intent
    assert (done.id, done.status) == (intent.id, "succeeded")


@pytest.mark.parametrize("mode", ["payment", "subscription"])
def test_a_code_that_holds_no_more_keeps_nobody_from_recovering(desk, mode):
    codes = desk.client.promotion_codes
    coupon = desk.client.coupons.create({"percent_off": 50})
    code = codes.create({"promotion": {"type": "coupon", "coupon": coupon.id}})
    opened = desk.sell if mode == "payment" else desk.subscribe
    session = opened(
        1500, after_expiration={"recovery": {"enabled": True}}, allow_promotion_codes=True
    )
    desk.change(session, promotion_code=code.code)
    gone = desk.client.checkout.sessions.expire(session.id)
    assert recovered(desk, gone).amount_total == 750
    codes.update(code.id, {"active": False})
    fresh = recovered(desk, gone)
    assert (fresh.amount_total, fresh.discounts, fresh.allow_promotion_codes) == (1500, [], True)
    assert desk.confirm(fresh)["status"] == "complete"


def test_recoveries_end(desk):
    system, book = desk.server.system, book_of(desk)
    with pytest.raises(InvalidRequest, match="not known"):
        system.write(book, lambda uow: recover(uow, "nothing"))
    error = refused_by_api(
        desk.subscribe, ui_mode="elements", return_url="https://a.example",
        after_expiration={"recovery": {"enabled": True}},
    )  # fmt: skip
    assert error.param == "after_expiration[recovery]"


def test_a_cart_is_changed_by_its_seller(desk):
    price, other = desk.price(1500), desk.price(900)
    session = desk.open({"price": price, "quantity": 2})
    [item] = desk.client.checkout.sessions.line_items.list(session.id).data
    update = desk.client.checkout.sessions.update
    changed = update(session.id, {
        "line_items": [{"id": item.id, "quantity": 1}, {"price": other, "quantity": 3}],
        "metadata": {"a": "b"},
    })  # fmt: skip
    assert (changed.amount_total, changed.metadata.to_dict()) == (4200, {"a": "b"})
    changed = update(session.id, {"line_items": [{"price": other, "quantity": 1}]})
    assert changed.amount_total == 900
    for items, param in (
        ([{"id": item.id, "quantity": 1}], "line_items[0][id]"),
        ([{"price": desk.price(currency="eur"), "quantity": 1}], "line_items[0]"),
        ([{"price": desk.price(recurring=None), "quantity": 1}], "line_items"),
    ):
        assert refused_by_api(update, session.id, {"line_items": items}).param == param
    desk.confirm(session, expected_amount=900)
    assert (
        refused_by_api(update, session.id, {"line_items": [{"price": price, "quantity": 1}]}).param
        == "line_items"
    )
    assert update(session.id, {"metadata": ""}).metadata.to_dict() == {}


def test_shipping_and_texts_are_changed_by_the_seller(desk):
    post = desk.client.shipping_rates.create({
        "display_name": "Post", "fixed_amount": {"amount": 500, "currency": "usd"},
    }).id  # fmt: skip
    session = desk.sell(
        2000, shipping_address_collection={"allowed_countries": ["FR"]},
        permissions={"update_shipping_details": "server_only"},
    )  # fmt: skip
    address = {"line1": "1 X", "city": "Paris", "country": "FR", "postal_code": "75001"}
    refusal = desk.refused("change", session, shipping={"name": "Jo", "address": address})
    assert refusal.param == "shipping"
    update = desk.client.checkout.sessions.update
    changed = update(session.id, {
        "shipping_options": [{"shipping_rate": post}],
        "collected_information": {"shipping_details": {"name": "Jo", "address": address}},
        "payment_intent_data": {"description": "A mug", "metadata": {"a": "b"}},
    })  # fmt: skip
    assert (changed.amount_total, changed.collected_information.shipping_details.name) == (
        2500,
        "Jo",
    )
    assert update(session.id, {"shipping_options": ""}).amount_total == 2000
    desk.confirm(session)
    intent = desk.read(session, "payment_intent").payment_intent
    assert (intent.description, intent.metadata.to_dict()) == ("A mug", {"a": "b"})


def test_events_of_a_subscription_that_is_paid_at_once(desk):
    session = desk.subscribe()
    desk.confirm(session)
    told = desk.told(session)
    assert told == [
        "charge.succeeded", "payment_method.attached", "customer.created",
        "checkout.session.completed", "customer.subscription.created", "payment_intent.succeeded",
        "payment_intent.created", "invoice.created", "invoice.finalized", "invoice.paid",
        "invoice.payment_succeeded", "invoice_payment.paid",
    ]  # fmt: skip


def test_events_of_a_payment(desk):
    session = desk.sell()
    desk.confirm(session)
    assert desk.told(session) == [
        "charge.succeeded", "payment_intent.succeeded", "payment_intent.created",
        "checkout.session.completed",
    ]  # fmt: skip


@pytest.mark.parametrize("terms", [{}, {"subscription_data": {"trial_period_days": 14}}])
def test_a_method_is_told_of_as_it_may_be_shown_again(desk, terms):
    session = desk.subscribe(**terms)
    desk.confirm(session)
    customer = desk.read(session).customer
    [method] = desk.client.customers.payment_methods.list(customer).data
    attached = desk.client.events.list({"type": "payment_method.attached", "limit": 100}).data
    [told] = [each for each in attached if each.data.object["id"] == method.id]
    assert method.allow_redisplay == "limited"
    assert told.data.object.to_dict() == method.to_dict()


def test_a_set_up_intent_is_told_of_with_the_customer_that_it_is_for(desk):
    session = desk.subscribe(subscription_data={"trial_period_days": 14})
    desk.confirm(session)
    customer = desk.read(session).customer
    succeeded = desk.client.events.list({"type": "setup_intent.succeeded", "limit": 1}).data[0]
    intent = desk.client.setup_intents.retrieve(succeeded.data.object["id"])
    assert intent.customer == customer
    assert succeeded.data.object.to_dict() == intent.to_dict()


def test_events_after_a_decline(desk):
    session = desk.subscribe()
    desk.refused("confirm", session, "chargeDeclined")
    desk.confirm(session)
    told = desk.told(session)
    assert told.index("invoice.payment_failed") < told.index("invoice.paid")
    assert told.index("customer.subscription.updated") < told.index("checkout.session.completed")
    assert told.count("customer.subscription.created") == 1


def test_events_of_a_trial(desk):
    session = desk.subscribe(subscription_data={"trial_period_days": 14})
    desk.confirm(session)
    told = [each for each in desk.told(session) if "setup" not in each]
    assert told == [
        "payment_method.attached", "customer.created", "checkout.session.completed",
        "customer.subscription.created", "invoice.created", "invoice.finalized", "invoice.paid",
        "invoice.payment_succeeded",
    ]  # fmt: skip


def test_the_event_shows_the_session_as_it_ended(desk):
    session = desk.subscribe(client_reference_id="ref-1")
    desk.confirm(session)
    [event] = [
        each for each in desk.client.events.list({"type": "checkout.session.completed"}).data
        if each.data.object.id == session.id
    ]  # fmt: skip
    seen = event.data.object
    assert (seen.status, seen.payment_status, seen.client_reference_id) == (
        "complete",
        "paid",
        "ref-1",
    )
    assert seen.subscription and seen.customer and seen.invoice


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ("2025-12-15.clover", "custom"),
        ("2026-03-25.dahlia", "elements"),
    ],
)
def test_older_versions_have_older_names(desk, client, version, mode):
    body = {
        "mode": "subscription", "ui_mode": mode, "return_url": "https://a.example",
        "line_items": [{"price": desk.price(), "quantity": 1}], "payment_method_types": ["card"],
    }  # fmt: skip
    made = client.raw_request("post", "/v1/checkout/sessions", **body, stripe_version=version).data
    assert (made["ui_mode"], made["payment_method_types"]) == (mode, ["card"])
    assert desk.read(made["id"]).ui_mode == "elements"


def test_the_newest_version_refuses_the_older_list_of_types(desk):
    error = refused_by_api(desk.sell, payment_method_types=["card"])
    assert error.param == "payment_method_types"


def test_the_intents_of_a_session_are_its_pages_own(desk):
    payment = desk.sell()
    desk.refused("confirm", payment, "chargeDeclined")
    intent = desk.page(payment)["intent"]["id"]
    for verb in (desk.client.payment_intents.cancel, desk.client.payment_intents.confirm):
        assert "created by Checkout" in refused_by_api(verb, intent).user_message
    setup = desk.open(mode="setup", currency="usd")
    for verb in (desk.client.setup_intents.cancel, desk.client.setup_intents.confirm):
        assert "created by Checkout" in refused_by_api(verb, setup.setup_intent).user_message


def test_what_was_said_beside_the_card_stands_on_the_charge(desk):
    session = desk.sell()
    desk.confirm(session, name="Jenny Rosen")
    charge = desk.read(session, "payment_intent.latest_charge").payment_intent.latest_charge
    assert charge.billing_details.email == "jenny@example.com"
    assert charge.billing_details.name == "Jenny Rosen"


def test_strangers_find_nothing(desk):
    for ask in (lambda: desk.page("cs_test_a1none"), lambda: desk.confirm("cs_test_a1none")):
        with pytest.raises(Refusal) as caught:
            ask()
        assert (caught.value.status, caught.value.code) == (404, "resource_missing")
    with pytest.raises(Refusal) as caught:
        desk.ask("GET", f"/v1/checkout/sessions/{desk.sell().id}", {})
    assert caught.value.status == 403


def test_intervals_are_not_mixed(desk):
    yearly = desk.price(9000, recurring={"interval": "year"})
    error = refused_by_api(desk.open, desk.price(), yearly)
    assert (error.param, "different billing intervals" in error.user_message) == (
        "line_items",
        True,
    )


def test_sessions_on_test_clocks_are_listed_for_their_customer_alone(desk):
    clock = desk.client.test_helpers.test_clocks.create({"frozen_time": 1_800_000_000}).id
    customer = desk.client.customers.create({"test_clock": clock, "email": "l@example.com"}).id
    session = desk.subscribe(customer=customer)
    listed = desk.client.checkout.sessions.list
    assert session.id not in [each.id for each in listed({"limit": 100}).data]
    assert session.id in [each.id for each in listed({"customer": customer}).data]
