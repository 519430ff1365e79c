"""What customers may do in the portal is configured through the API."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from portal.seller import BACK, Seller


def refused(call: Any, *arguments: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        call(*arguments)
    return caught.value


def test_a_default_configuration_is_there_from_the_beginning(seller: Seller) -> None:
    api = seller.v1.billing_portal.configurations
    [default] = api.list({"is_default": True}).data
    assert default.is_default and default.active and not default.livemode
    assert api.retrieve(default.id).id == default.id
    features = default.features
    assert features.customer_update.enabled
    assert features.invoice_history.enabled
    assert features.payment_method_update.enabled
    assert features.subscription_cancel.enabled
    assert features.subscription_cancel.mode == "at_period_end"
    assert not features.subscription_update.enabled
    assert not features.subscription_pause.enabled
    assert not api.list({"is_default": False}).data
    assert not api.list({"active": False}).data
    assert seller.events("billing_portal.configuration.created") == []


def test_the_default_configuration_keeps_its_id_when_it_is_changed(seller: Seller) -> None:
    api = seller.v1.billing_portal.configurations
    before = seller.default
    changed = api.update(before, {"business_profile": {"headline": "Hello"}})
    assert changed.id == before == seller.default
    assert changed.business_profile.headline == "Hello"
    assert changed.features.subscription_cancel.enabled
    assert seller.events(
        "billing_portal.configuration.created", "billing_portal.configuration.updated"
    ) == ["billing_portal.configuration.created", "billing_portal.configuration.updated"]
    [event, *_] = seller.v1.events.list({"type": "billing_portal.configuration.updated"}).data
    previous = event.data.to_dict()["previous_attributes"]
    assert previous["business_profile"] == {"headline": None}
    refused(api.update, before, {"active": False})


def test_features_that_are_not_named_are_off(seller: Seller) -> None:
    made = seller.v1.billing_portal.configurations.create(
        {"features": {"invoice_history": {"enabled": True}}, "name": "Small",
         "metadata": {"a": "b"}, "default_return_url": BACK}
    )  # fmt: skip
    features = made.features
    assert (made.name, made.metadata.to_dict(), made.default_return_url) == (
        "Small", {"a": "b"}, BACK
    )  # fmt: skip
    assert not made.is_default and made.active
    assert features.invoice_history.enabled
    assert not features.subscription_cancel.enabled
    assert not features.customer_update.enabled and features.customer_update.allowed_updates == []
    assert features.subscription_cancel.mode == "at_period_end"
    assert features.subscription_cancel.proration_behavior == "none"
    assert features.subscription_update.proration_behavior == "none"
    assert features.subscription_update.trial_update_behavior == "end_trial"
    assert features.subscription_update.billing_cycle_anchor == "unchanged"
    [option] = features.subscription_pause.duration.interval_options
    assert (option.interval, option.interval_count) == ("month", 1)


def test_configurations_are_listed_newest_first_and_deactivated(seller: Seller) -> None:
    api = seller.v1.billing_portal.configurations
    old, new = (api.create({"features": {"invoice_history": {"enabled": on}}})
                for on in (True, False))  # fmt: skip
    assert [each.id for each in api.list().data] == [new.id, old.id, seller.default]
    page = api.list({"limit": 1})
    assert page.has_more and page.data[0].id == new.id
    rest = api.list({"starting_after": new.id})
    assert [each.id for each in rest.data] == [old.id, seller.default]
    api.update(old.id, {"active": False})
    assert [each.id for each in api.list({"active": False}).data] == [old.id]
    ada = seller.customer()
    with pytest.raises(stripe.InvalidRequestError, match="inactive"):
        seller.session(ada, configuration=old.id)
    seller.session(ada)
    assert {each.id for each in api.list().data} == {new.id, old.id, seller.default}


def test_only_what_is_sent_of_a_feature_changes(seller: Seller) -> None:
    seller.allow_updates()
    changed = seller.allow(subscription_update={"proration_behavior": "none"})
    update = changed.features.subscription_update
    assert update.enabled and update.proration_behavior == "none"
    assert len(update.products) == 3
    emptied = seller.allow(subscription_update={"products": "", "default_allowed_updates": ""})
    assert emptied.features.subscription_update.products == []
    assert emptied.features.subscription_update.default_allowed_updates == []


def test_offered_products_can_be_asked_for_as_if_expanded(seller: Seller) -> None:
    seller.allow_updates()
    shown = seller.v1.billing_portal.configurations.retrieve(
        seller.default, {"expand": ["features.subscription_update.products"]}
    )
    products = shown.features.subscription_update.products
    assert [each.product for each in products] == [
        seller.basic.product, seller.pro.product, seller.seats.product
    ]  # fmt: skip
    bounds = products[2].adjustable_quantity
    assert (bounds.enabled, bounds.minimum, bounds.maximum) == (True, 1, 10)


def test_what_cannot_be_configured_is_refused(seller: Seller) -> None:
    api = seller.v1.billing_portal.configurations
    once = seller.v1.prices.create(
        {"product": seller.pro.product, "currency": "usd", "unit_amount": 100}
    )
    twice = seller._more(seller.pro, 4000, "month")

    def update(**features: Any) -> stripe.InvalidRequestError:
        return refused(api.update, seller.default, {"features": features})

    def offer(*products: Any) -> stripe.InvalidRequestError:
        return update(subscription_update={"products": list(products)})

    pro = seller.pro.product
    path = "features[subscription_update][products]"
    assert offer({"product": "prod_none", "prices": ["x"]}).param == f"{path}[0][product]"
    assert offer({"product": pro, "prices": ["price_x"]}).param == f"{path}[0][prices][0]"
    assert "No such price" in str(offer({"product": pro, "prices": ["price_x"]}))
    assert "does not belong" in str(offer({"product": pro, "prices": [seller.basic.id]}))
    assert "not recurring" in str(offer({"product": pro, "prices": [once.id]}))
    error = offer({"product": pro, "prices": [seller.pro.id, twice.id]})
    assert "duplicate billing intervals" in str(error)
    assert "more than once" in str(
        offer({"product": pro, "prices": [seller.pro.id]}, {"product": pro, "prices": [twice.id]})
    )
    many = [{"product": pro, "prices": [seller.pro.id]}] * 11
    assert "up to 10" in str(offer(*many))
    assert "always_invoice" in str(
        update(subscription_cancel={"proration_behavior": "always_invoice"})
    )
    error = update(subscription_cancel={"proration_behavior": "create_prorations"})
    assert "mode=immediately" in str(error)
    error = update(
        subscription_pause={
            "duration": {
                "type": "interval_options",
                "interval_options": [{"interval": "year", "interval_count": 4}],
            }
        }
    )
    assert "three years" in str(error)
    assert "Headline" not in str(
        refused(api.update, seller.default, {"business_profile": {"headline": "x" * 61}})
    )
    error = refused(api.update, seller.default, {"default_return_url": "shop.example"})
    assert error.code == "url_invalid"
    error = refused(
        api.create,
        {
            "features": {
                "subscription_update": {
                    "enabled": True,
                    "default_allowed_updates": ["price"],
                    "products": [{"product": pro, "prices": [seller.pro.id]}],
                }
            }
        },
    )
    assert str(error.user_message) == (
        "Cannot enable subscription updates while payment method update is disabled."
    )
    error = refused(api.retrieve, "bpc_none")
    assert error.code == "resource_missing" and error.http_status == 404


def test_a_login_page_has_an_address_while_it_is_enabled(seller: Seller) -> None:
    api = seller.v1.billing_portal.configurations
    page = api.update(seller.default, {"login_page": {"enabled": True}}).login_page
    assert page.enabled and page.url.startswith(f"{seller.server.url}/p/login/test_")
    again = api.update(seller.default, {"login_page": {"enabled": True}}).login_page
    assert again.url == page.url
    gone = api.update(seller.default, {"login_page": {"enabled": False}}).login_page
    assert not gone.enabled and gone.url is None


def test_reasons_of_the_sellers_own_are_offered_to_who_leaves(seller: Seller) -> None:
    api = seller.v1.billing.feedback_options
    moved = api.create({"description": "I moved"})
    gone = api.create({"description": "Gone"})
    assert api.update(moved.id, {"description": "I moved away"}).description == "I moved away"
    assert api.deactivate(gone.id).status == "inactive"
    assert api.retrieve(gone.id).status_transitions.deactivated_at is not None
    assert [each.id for each in api.list({"status": "active"}).data] == [moved.id]
    reason = {"enabled": True, "options": ["unused"], "feedback_options": [moved.id]}
    changed = seller.allow(subscription_cancel={"cancellation_reason": reason})
    asked = changed.features.subscription_cancel.cancellation_reason
    assert asked.feedback_options == [moved.id] and asked.options == ["unused"]
    expanded = seller.v1.billing_portal.configurations.retrieve(seller.default, {
        "expand": ["features.subscription_cancel.cancellation_reason.feedback_options"]
    })  # fmt: skip
    [option] = expanded.features.subscription_cancel.cancellation_reason.feedback_options
    assert option.description == "I moved away"
    reason["feedback_options"] = [gone.id]
    with pytest.raises(stripe.InvalidRequestError, match="inactive"):
        seller.allow(subscription_cancel={"cancellation_reason": reason})
