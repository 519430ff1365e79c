"""Features of products: created, listed, attached, renamed, archived, taken off."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from entitlements.plans import refused


def test_a_feature_is_created_and_read(plans):
    features = plans.client.entitlements.features
    made = features.create({"name": "Export", "lookup_key": "export", "metadata": {"a": "b"}})
    assert made.id.startswith("feat_test_") and len(made.id) == len("feat_test_") + 32
    assert made.to_dict() == {
        "id": made.id, "object": "entitlements.feature", "active": True, "livemode": False,
        "lookup_key": "export", "metadata": {"a": "b"}, "name": "Export",
    }
    assert features.retrieve(made.id).to_dict() == made.to_dict()


def test_a_lookup_key_is_one_active_features_own(plans):
    features = plans.client.entitlements.features
    first = features.create({"name": "One", "lookup_key": "single"})
    error = refused(features.create, {"name": "Two", "lookup_key": "single"})
    assert (error.param, error.http_status) == ("lookup_key", 400)
    assert first.id in error.user_message
    features.update(first.id, {"active": False})
    second = features.create({"name": "Two", "lookup_key": "single"})
    assert [each.id for each in features.list({"lookup_key": "single"}).data] == [second.id]
    archived = features.list({"lookup_key": "single", "archived": True}).data
    assert [each.id for each in archived] == [first.id]
    error = refused(features.update, first.id, {"active": True})
    assert error.param == "active"


@pytest.mark.parametrize(("params", "param"), [
    ({"name": "A"}, "lookup_key"),
    ({"lookup_key": "b"}, "name"),
    ({"name": "A", "lookup_key": "x" * 81}, "lookup_key"),
    ({"name": "A", "lookup_key": ""}, "lookup_key"),
    ({"name": "A", "lookup_key": "c", "active": False}, "active"),
])
def test_a_feature_needs_a_name_and_a_key(plans, params: dict[str, Any], param: str):
    assert refused(plans.client.entitlements.features.create, params).param == param


def test_a_key_never_changes(plans):
    error = refused(plans.client.entitlements.features.update, plans.feature("fixed").id,
                    {"lookup_key": "other"})  # fmt: skip
    assert error.code == "parameter_unknown"


def test_a_feature_comes_with_a_product_once(plans):
    plans.plan("Pro")
    attached = plans.attach("Pro", "chat")
    feature = plans.feature("chat")
    assert attached.id.startswith("prodft_")
    assert attached.to_dict() == {
        "id": attached.id, "object": "product_feature", "livemode": False,
        "entitlement_feature": feature.to_dict(),
    }
    error = refused(plans.attach, "Pro", "chat")
    assert error.param == "entitlement_feature"
    found = plans.client.products.features.retrieve(plans.products["Pro"], attached.id)
    assert found.to_dict() == attached.to_dict()


def test_the_features_of_a_product_are_listed_and_taken_off(plans):
    plans.plan("Pro", "chat", "video")
    product, features = plans.products["Pro"], plans.client.products.features
    page = features.list(product, {"limit": 1})
    assert page.has_more and page.url == f"/v1/products/{product}/features"
    found = [each.entitlement_feature.name for each in page.auto_paging_iter()]
    assert found == ["Video", "Chat"]
    gone = features.delete(product, page.data[0].id)
    assert gone.to_dict() == {"id": page.data[0].id, "object": "product_feature", "deleted": True}
    assert [each.entitlement_feature.name for each in features.list(product)] == ["Chat"]
    assert refused(features.retrieve, product, page.data[0].id).http_status == 404
    assert refused(features.delete, product, page.data[0].id).http_status == 404
    plans.attach("Pro", "video")


def test_another_products_feature_is_not_found(plans):
    plans.plan("Pro", "chat")
    plans.plan("Max")
    features = plans.client.products.features
    attached = features.list(plans.products["Pro"]).data[0].id
    for call in (features.retrieve, features.delete):
        assert refused(call, plans.products["Max"], attached).http_status == 404
    assert refused(features.list, "prod_none").http_status == 404


def test_a_renamed_feature_is_renamed_wherever_it_is_shown(plans):
    plans.plan("Pro", "chat")
    features = plans.client.entitlements.features
    features.update(plans.feature("chat").id, {"name": "Talk", "metadata": {"a": "b"}})
    [attached] = plans.client.products.features.list(plans.products["Pro"]).data
    assert attached.entitlement_feature.name == "Talk"
    assert attached.entitlement_feature.metadata.to_dict() == {"a": "b"}
    features.update(plans.feature("chat").id, {"metadata": ""})
    [attached] = plans.client.products.features.list(plans.products["Pro"]).data
    assert attached.entitlement_feature.metadata.to_dict() == {}


def test_an_archived_feature_is_attached_to_nothing_more(plans):
    plans.plan("Pro", "chat")
    plans.plan("Max")
    plans.client.entitlements.features.update(plans.feature("chat").id, {"active": False})
    error = refused(plans.attach, "Max", "chat")
    assert (error.http_status, error.param) == (400, "entitlement_feature")
    [attached] = plans.client.products.features.list(plans.products["Pro"]).data
    assert attached.entitlement_feature.active is False


def test_an_unknown_feature_is_a_bad_parameter(plans):
    plans.plan("Pro")
    error = refused(plans.client.products.features.create, plans.products["Pro"],
                    {"entitlement_feature": "feat_test_none"})  # fmt: skip
    assert (error.code, error.param, error.http_status) == (
        "resource_missing", "entitlement_feature", 400)


def test_a_product_that_is_made_anew_has_no_features_of_the_former(plans):
    products = plans.client.products
    product = products.create({"id": f"again_{plans.run}", "name": "Again"})
    plans.products["Again"] = product.id
    plans.attach("Again", "chat")
    products.delete(product.id)
    assert refused(products.features.list, product.id).http_status == 404
    products.create({"id": product.id, "name": "Again"})
    assert products.features.list(product.id).data == []
    plans.attach("Again", "chat")


def test_publishable_keys_see_nothing(server, plans):
    page = stripe.StripeClient(server.publishable_key, base_addresses={"api": server.url}).v1
    for call in (
        lambda: page.entitlements.features.list(),
        lambda: page.entitlements.active_entitlements.list({"customer": plans.customer.id}),
        lambda: page.entitlements.features.create({"name": "A", "lookup_key": "page"}),
    ):
        with pytest.raises(stripe.StripeError) as caught:
            call()
        assert caught.value.http_status in (401, 403)
