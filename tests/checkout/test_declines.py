"""Declines and challenges: a person mends them at the same page; nothing is made twice."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from checkout.desk import Desk, Refusal
from prorata.gateways.sandbox.network import Sandbox
from servers import running
from sound import assert_sound


def subscriptions(desk, session):
    customer = desk.read(session).customer
    return [
        each.status
        for each in desk.client.subscriptions.list({"customer": customer, "status": "all"}).data
    ]


@pytest.mark.parametrize("mode", ["subscription", "payment"])
def test_a_decline_is_mended_with_another_card(desk, mode):
    session = desk.subscribe(1500) if mode == "subscription" else desk.sell(1500)
    refusal = desk.refused("confirm", session, "chargeDeclinedInsufficientFunds")
    assert (refusal.status, refusal.code, refusal.decline_code) == (
        402, "card_declined", "insufficient_funds",
    )  # fmt: skip
    assert "customer" not in refusal.payment_intent
    page = desk.page(session)
    assert (page["status"], page["can_confirm"]) == ("open", True)
    assert page["last_error"]["decline_code"] == "insufficient_funds"
    first = page["intent"]["id"]
    done = desk.confirm(session, "visa")
    assert (done["status"], done["intent"]["id"]) == ("complete", first)
    assert done["last_error"] is None
    if mode == "subscription":
        assert subscriptions(desk, session) == ["active"]


def test_a_changed_cart_after_a_decline_is_a_new_order(desk):
    item = {
        "price": desk.price(1500),
        "quantity": 1,
        "adjustable_quantity": {"enabled": True},
    }
    session = desk.open(item)
    desk.refused("confirm", session, "chargeDeclined")
    line = desk.page(session)["line_items"][0]["id"]
    page = desk.change(session, line_items=[{"id": line, "quantity": 3}])
    assert page["total"]["due"] == 4500
    assert desk.refused("confirm", session, expected_amount=1500).code == "checkout_amount_mismatch"
    desk.confirm(session, expected_amount=4500)
    assert sorted(subscriptions(desk, session)) == ["active", "incomplete_expired"]
    shown = desk.read(session, "invoice")
    assert shown.invoice.amount_paid == 4500
    invoices = desk.client.invoices.list({"customer": shown.customer}).data
    assert sorted(each.status for each in invoices) == ["paid", "void"]


@pytest.mark.parametrize("mode", ["subscription", "payment", "setup"])
def test_a_challenge_is_passed(desk, mode):
    session = {
        "subscription": lambda: desk.subscribe(1500),
        "payment": lambda: desk.sell(1500),
        "setup": lambda: desk.open(mode="setup", currency="usd"),
    }[mode]()
    page = desk.confirm(session, "authenticationRequired", return_url="https://shop.example/back")
    assert (page["status"], page["intent"]["status"]) == ("open", "requires_action")
    assert page["intent"]["next_action"]["redirect_to_url"]["return_url"] == (
        "https://shop.example/back"
    )
    desk.pass_challenge(page)
    shown = desk.read(session)
    assert shown.status == "complete"
    assert shown.payment_status == ("no_payment_required" if mode == "setup" else "paid")
    if mode == "subscription":
        assert subscriptions(desk, session) == ["active"]


def test_a_challenge_for_the_script(desk):
    session = desk.subscribe(ui_mode="elements")
    page = desk.confirm(session, "authenticationRequired", use_stripe_sdk=True)
    assert page["intent"]["next_action"]["type"] == "use_stripe_sdk"


def test_a_failed_challenge_can_be_tried_again(desk):
    session = desk.subscribe(1500)
    page = desk.confirm(session, "authenticationRequired")
    desk.pass_challenge(page, success=False)
    page = desk.page(session)
    assert page["last_error"]["code"] == "payment_intent_authentication_failure"
    assert desk.confirm(session, "visa")["status"] == "complete"
    assert subscriptions(desk, session) == ["active"]


def test_another_card_instead_of_the_challenge(desk):
    session = desk.subscribe(1500)
    desk.confirm(session, "authenticationRequired")
    assert desk.confirm(session, "visa")["status"] == "complete"
    assert subscriptions(desk, session) == ["active"]


def test_a_decline_at_a_trial_leaves_no_subscription(desk):
    session = desk.subscribe(1500, subscription_data={"trial_period_days": 14})
    refusal = desk.refused("confirm", session, "chargeDeclined")
    assert (refusal.status, refusal.code) == (402, "card_declined")
    shown = desk.read(session)
    assert (shown.status, shown.customer) == ("open", None)
    assert desk.page(session)["last_error"]["code"] == "card_declined"
    desk.confirm(session)
    assert subscriptions(desk, session) == ["trialing"]


def test_a_challenge_at_a_trial_comes_before_the_subscription(desk):
    session = desk.subscribe(1500, subscription_data={"trial_period_days": 14})
    page = desk.confirm(session, "authenticationRequiredOnSetup")
    assert page["intent"]["kind"] == "setup_intent"
    assert desk.read(session).customer is None
    desk.pass_challenge(page)
    assert subscriptions(desk, session) == ["trialing"]


def test_cards_of_a_kind_that_is_blocked(desk):
    restrictions = {"brands_blocked": ["american_express"], "funding_types_blocked": ["prepaid"]}
    session = desk.sell(payment_method_options={"card": {"restrictions": restrictions}})
    refusal = desk.refused("confirm", session, "amex")
    assert (refusal.status, refusal.decline_code) == (402, "card_not_supported")
    assert desk.refused("confirm", session, "visa_debit", payment_method=desk.bank()).status == 400
    assert desk.confirm(session)["status"] == "complete"


def test_three_d_secure_can_be_asked_for(desk):
    session = desk.sell(payment_method_options={"card": {"request_three_d_secure": "any"}})
    page = desk.confirm(session, "threeDSecureOptional")
    assert page["intent"]["status"] == "requires_action"
    desk.pass_challenge(page)
    assert desk.read(session).status == "complete"


def test_money_that_is_only_reserved(desk):
    session = desk.sell(2000, payment_intent_data={"capture_method": "manual"})
    done = desk.confirm(session)
    assert (done["status"], done["payment_status"]) == ("complete", "unpaid")
    intent = desk.read(session).payment_intent
    desk.client.payment_intents.capture(intent)
    assert desk.read(session).payment_status == "paid"


def test_two_confirmations_at_once_pay_once(desk):
    session = desk.subscribe(1500)

    def confirm(_: int) -> object:
        try:
            return desk.confirm(session, expected_amount=1500)["status"]
        except Refusal as refusal:
            return refusal.code

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(confirm, range(4)))
    assert "complete" in answers
    assert set(answers) <= {"complete", "lock_timeout"}
    assert subscriptions(desk, session) == ["active"]
    customer = desk.read(session).customer
    assert len(desk.client.charges.list({"customer": customer}).data) == 1


def test_an_invoice_paid_on_its_own_page_completes_the_session(desk):
    session = desk.subscribe(1500)
    desk.refused("confirm", session, "chargeDeclined")
    intent = desk.page(session)["intent"]["id"]
    customer = desk.client.payment_intents.retrieve(intent).customer
    invoice = desk.client.invoices.list({"customer": customer}).data[0]
    desk.client.invoices.pay(invoice.id, {"paid_out_of_band": True})
    assert desk.confirm(session)["status"] == "complete"
    assert subscriptions(desk, session) == ["active"]
    assert len(desk.client.charges.list({"customer": customer}).data) == 1


def test_a_browser_pays_with_card_data_of_its_own(desk):
    session = desk.sell(1500)
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}
    made = desk.ask("POST", "/v1/payment_methods", {
        "type": "card", "card": card, "billing_details": {"email": "own@example.com", "name": "J"},
    })  # fmt: skip
    desk.confirm(session, made["id"], silent=True)
    details = desk.read(session).customer_details
    assert (details.email, details.name) == ("own@example.com", "J")
    described = desk.sell(1500)
    desk.confirm(described, None, payment_method_data={"type": "card", "card": card})
    assert desk.read(described).status == "complete"


def test_a_stranger_cannot_pay_with_a_saved_card(desk):
    owner = desk.client.customers.create(
        {"email": "o@example.com", "payment_method": "pm_card_visa"}
    )
    card = desk.client.payment_methods.list({"customer": owner.id}).data[0].id
    session = desk.sell(1500)
    assert desk.refused("confirm", session, card).status == 400
    own = desk.sell(1500, customer=owner.id)
    # The visitor was not shown it: its customer never said that it may be.
    assert desk.refused("confirm", own, card).param == "payment_method"
    desk.client.payment_methods.update(card, {"allow_redisplay": "always"})
    assert [each["id"] for each in desk.page(own)["payment_methods"]["saved"]] == [card]
    assert desk.confirm(own, card)["status"] == "complete"


def test_a_visitor_removes_a_saved_card(desk):
    owner = desk.client.customers.create(
        {"email": "r@example.com", "payment_method": "pm_card_visa"}
    )
    card = desk.client.payment_methods.list({"customer": owner.id}).data[0].id
    desk.client.payment_methods.update(card, {"allow_redisplay": "always"})
    session = desk.sell(customer=owner.id)
    path = f"/v1/payment_pages/{session.id}/remove_payment_method"
    with pytest.raises(Refusal):
        desk.ask("POST", path, {"payment_method": card})
    session = desk.sell(
        customer=owner.id, saved_payment_method_options={"payment_method_remove": "enabled"}
    )
    path = f"/v1/payment_pages/{session.id}/remove_payment_method"
    page = desk.ask("POST", path, {"payment_method": card})
    assert page["payment_methods"]["saved"] == []


def test_a_visitor_saves_a_card(desk):
    owner = desk.client.customers.create({"email": "s@example.com"})
    plain = desk.sell(customer=owner.id)
    assert desk.refused("change", plain, save_payment_method=True).param == "save_payment_method"
    session = desk.sell(
        customer=owner.id, saved_payment_method_options={"payment_method_save": "enabled"}
    )
    desk.confirm(session, save_payment_method=True)
    [saved] = desk.client.payment_methods.list({"customer": owner.id}).data
    assert saved.allow_redisplay == "always"


@pytest.mark.parametrize("by", ["window", "seller", "code"])
@pytest.mark.parametrize("kind", ["subscription", "payment", "trial"])
def test_what_the_bank_is_asked_about_is_what_is_sold(desk, kind, by):
    recurring = None if kind == "payment" else {"interval": "month"}
    item = {
        "price": desk.price(1000, recurring=recurring), "quantity": 2,
        "adjustable_quantity": {"enabled": True},
    }  # fmt: skip
    more = {"subscription_data": {"trial_period_days": 7}} if kind == "trial" else {}
    mode = "payment" if kind == "payment" else "subscription"
    session = desk.open(item, mode=mode, allow_promotion_codes=True, **more)
    asked = desk.confirm(session, "authenticationRequired")
    assert asked["intent"]["status"] == "requires_action"
    [line] = asked["line_items"]
    if by == "window":
        desk.change(session, line_items=[{"id": line["id"], "quantity": 7}])
    elif by == "seller":
        desk.client.checkout.sessions.update(
            session.id, {"line_items": [{"id": line["id"], "quantity": 7}]}
        )
    else:
        coupon = desk.client.coupons.create({"percent_off": 50, "duration": "forever"}).id
        desk.client.promotion_codes.create(
            {"promotion": {"type": "coupon", "coupon": coupon}, "code": f"HALF{kind}"}
        )
        desk.change(session, promotion_code=f"HALF{kind}")
    with contextlib.suppress(Refusal):
        desk.pass_challenge(asked)
    assert desk.read(session).status == "open"
    due = {"trial": 0}.get(kind, 1000 if by == "code" else 7000)
    assert desk.confirm(session, expected_amount=due)["status"] == "complete"
    paid = desk.read(session, "subscription.latest_invoice", "payment_intent")
    assert paid.amount_total == due
    if kind == "payment":
        assert paid.payment_intent.amount_received == due
    else:
        assert paid.subscription.latest_invoice.amount_paid == due
        assert paid.subscription["items"].data[0].quantity == (2 if by == "code" else 7)


def test_who_is_deleted_while_the_gateway_is_asked_has_bought_it(monkeypatch):
    with running(worker=False) as server:
        client = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url})
        desk, gone = Desk(server, client), list[str]()
        session = desk.subscribe(1500)
        charge = Sandbox.charge

        def meanwhile(gateway, order):
            for each in desk.client.customers.list().data:
                gone.append(desk.client.customers.delete(each.id).id)
            return charge(gateway, order)

        monkeypatch.setattr(Sandbox, "immediate", False)
        monkeypatch.setattr(Sandbox, "charge", meanwhile)
        assert desk.confirm(session)["status"] == "complete"
        assert [desk.read(session).customer] == gone
        assert_sound(server.system)
