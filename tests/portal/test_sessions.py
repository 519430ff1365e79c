"""Sessions of the portal are opened through the API, for everything or for one thing."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from portal.seller import BACK, Seller


def refused(call: Any, *arguments: Any, **more: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        call(*arguments, **more)
    return caught.value


def test_a_session_has_an_address_that_cannot_be_guessed(seller: Seller) -> None:
    ada = seller.customer()
    one, two = seller.session(ada, locale="fr"), seller.session(ada)
    assert one.url.startswith(f"{seller.server.url}/p/session/test_")
    assert len(one.url.rpartition("_")[2]) >= 40 and one.url != two.url
    assert (one.customer, one.return_url, one.locale, two.locale) == (ada.id, BACK, "fr", None)
    assert one.configuration == seller.default
    assert one.flow is None and one.on_behalf_of is None and one.after_expiration is None
    expanded = seller.v1.billing_portal.sessions.create(
        {"customer": ada.id, "expand": ["configuration"]}
    )
    assert expanded.configuration.object == "billing_portal.configuration"
    assert seller.events("billing_portal.session.created")[-1]


def test_the_default_return_url_is_taken_where_none_is_sent(seller: Seller) -> None:
    api = seller.v1.billing_portal
    ada = seller.customer()
    assert api.sessions.create({"customer": ada.id}).return_url is None
    api.configurations.update(seller.default, {"default_return_url": BACK})
    assert api.sessions.create({"customer": ada.id}).return_url == BACK


def test_every_flow_is_answered_as_it_was_asked_for(seller: Seller) -> None:
    seller.allow_updates()
    seller.allow(subscription_pause={"enabled": True})
    ada = seller.customer()
    plan = seller.subscribe(ada, billing_mode={"type": "flexible"})
    item = plan["items"].data[0].id
    coupon = seller.v1.coupons.create({"percent_off": 20, "duration": "once"})
    about = {"subscription": plan.id}
    after = {"type": "redirect", "redirect": {"return_url": f"{BACK}?done"}}
    flow = seller.flow(ada, "payment_method_update", after).flow
    assert flow.type == "payment_method_update"
    assert flow.after_completion.redirect.return_url == f"{BACK}?done"
    assert flow.after_completion.hosted_confirmation is None
    flow = seller.flow(ada, "customer_update", {
        "type": "hosted_confirmation", "hosted_confirmation": {"custom_message": "Thanks"}
    }).flow  # fmt: skip
    assert flow.after_completion.hosted_confirmation.custom_message == "Thanks"
    flow = seller.flow(
        ada, "subscription_cancel", **about,
        retention={"type": "coupon_offer", "coupon_offer": {"coupon": coupon.id}},
    ).flow  # fmt: skip
    assert flow.after_completion.type == "portal_homepage"
    assert flow.subscription_cancel.subscription == plan.id
    assert flow.subscription_cancel.retention.coupon_offer.coupon == coupon.id
    assert flow.subscription_update is None and flow.subscription_pause is None
    assert seller.flow(ada, "subscription_update", **about).flow.subscription_update
    assert seller.flow(ada, "subscription_pause", **about).flow.subscription_pause
    wanted = [{"id": item, "price": seller.pro.id, "quantity": 1}]
    flow = seller.flow(
        ada, "subscription_update_confirm", **about, items=wanted,
        discounts=[{"coupon": coupon.id}],
    ).flow.subscription_update_confirm  # fmt: skip
    assert [each.to_dict() for each in flow["items"]] == wanted
    assert flow.discounts[0].coupon == coupon.id and flow.discounts[0].promotion_code is None


def test_flows_that_cannot_be_gone_are_refused_in_the_documented_words(seller: Seller) -> None:
    ada, bob = seller.customer(), seller.customer(name="Bob")
    plan, other = seller.subscribe(ada), seller.subscribe(bob)
    item = plan["items"].data[0].id
    error = refused(seller.flow, ada, "subscription_update", subscription=plan.id)
    assert error.user_message == (
        "This subscription cannot be updated because the subscription update feature in the portal"
        " configuration is disabled."
    )
    seller.allow_updates()
    confirm = {"subscription": plan.id}
    error = refused(seller.flow, ada, "subscription_update_confirm", **confirm, items=[
        {"id": item, "price": seller.basic.id, "quantity": 1}])  # fmt: skip
    assert error.user_message == (
        "Cannot update the subscription because there are no changes to confirm."
    )
    error = refused(seller.flow, ada, "subscription_update_confirm", **confirm, items=[
        {"id": item, "price": seller.seats.id, "quantity": 11}])  # fmt: skip
    assert error.param == "flow_data[subscription_update_confirm][items][0][quantity]"
    strange = seller._price("Secret", 100, "month")
    error = refused(seller.flow, ada, "subscription_update_confirm", **confirm, items=[
        {"id": item, "price": strange.id}])  # fmt: skip
    assert "features[subscription_update][products]" in str(error)
    error = refused(seller.flow, ada, "subscription_update_confirm", **confirm, items=[
        {"id": other["items"].data[0].id, "price": seller.pro.id}])  # fmt: skip
    assert "does not belong" in str(error)
    error = refused(seller.flow, ada, "subscription_cancel", subscription=other.id)
    assert "does not belong to the customer" in str(error)
    error = refused(seller.flow, ada, "subscription_cancel", subscription="sub_none")
    assert error.param == "flow_data[subscription_cancel][subscription]"
    seller.v1.subscriptions.update(plan.id, {"cancel_at_period_end": True})
    error = refused(seller.flow, ada, "subscription_cancel", subscription=plan.id)
    assert error.user_message == (
        f"The subscription {plan.id} is already set to be canceled at period end."
    )
    seller.allow(subscription_cancel={"enabled": False},
                 customer_update={"enabled": False})  # fmt: skip
    error = refused(seller.flow, bob, "subscription_cancel", subscription=other.id)
    assert error.user_message == (
        "This subscription cannot be canceled because the subscription cancel feature in the portal"
        " configuration is disabled."
    )
    assert "customer update feature" in str(refused(seller.flow, ada, "customer_update"))
    error = refused(seller.flow, ada, "subscription_pause", subscription=plan.id)
    assert "subscription pause feature" in str(error)


@pytest.mark.parametrize(
    ("flow", "param"),
    [
        ({"type": "subscription_cancel"}, "flow_data[subscription_cancel]"),
        (
            {"type": "customer_update", "subscription_cancel": {"subscription": "sub_x"}},
            "flow_data[subscription_cancel]",
        ),
        (
            {"type": "customer_update", "after_completion": {"type": "redirect"}},
            "flow_data[after_completion][redirect]",
        ),
        (
            {
                "type": "customer_update",
                "after_completion": {"type": "redirect", "redirect": {"return_url": "nowhere"}},
            },
            "flow_data[after_completion][redirect][return_url]",
        ),
        (
            {
                "type": "customer_update",
                "after_completion": {"type": "portal_homepage", "redirect": {"return_url": BACK}},
            },
            "flow_data[after_completion][redirect]",
        ),
    ],
)
def test_flows_need_what_their_type_says(seller: Seller, flow: Any, param: str) -> None:
    assert refused(seller.session, seller.customer(), flow_data=flow).param == param


def test_what_is_wrong_with_a_session_is_named(seller: Seller) -> None:
    create = seller.v1.billing_portal.sessions.create
    ada = seller.customer()
    assert refused(create, {}).code == "parameter_missing"
    assert refused(create, {"customer": "cus_none"}).param == "customer"
    error = refused(create, {"customer": ada.id, "configuration": "bpc_none"})
    assert error.user_message == "No such configuration: 'bpc_none'"
    assert refused(create, {"customer": ada.id, "return_url": "javascript:alert(1)"}).code == (
        "url_invalid"
    )
    assert refused(create, {"customer": ada.id, "after_expiration": {
        "type": "customer_login", "customer_login": {"expires_at": 1}}}).param == (
        "after_expiration[customer_login][expires_at]")  # fmt: skip
    seller.v1.customers.delete(ada.id)
    assert refused(create, {"customer": ada.id}).param == "customer"


def test_plans_that_the_portal_cannot_update_can_only_be_canceled(seller: Seller) -> None:
    seller.allow_updates()
    ada = seller.customer()
    both = seller.v1.subscriptions.create({
        "customer": ada.id, "items": [{"price": seller.basic.id}, {"price": seller.seats.id}],
    })  # fmt: skip
    sent = seller.subscribe(ada, collection_method="send_invoice", days_until_due=5)
    for plan, reason in ((both, "multiple products"), (sent, "sent")):
        error = refused(seller.flow, ada, "subscription_update", subscription=plan.id)
        assert reason in str(error)
        assert seller.flow(ada, "subscription_cancel", subscription=plan.id).flow


def test_a_restricted_key_needs_the_portals_permission(seller: Seller) -> None:
    from prorata.api.permissions import granted

    assert "customer_portal_write" in granted(["billing_portal/sessions:write"])
