"""Plans: recurring prices as older clients see them."""

import pytest
import stripe

from .errors import refused


@pytest.fixture
def product(client):
    return client.v1.products.create({"name": "Thing"}).id


def test_a_plan_is_a_price_under_a_chosen_id(client, product):
    plan = client.v1.plans.create({
        "id": "gold", "product": product, "currency": "usd", "interval": "month", "amount": 999,
        "nickname": "Gold", "trial_period_days": 14,
    })  # fmt: skip
    assert plan.to_dict() | {"created": 0, "amount_decimal": None} == {
        "id": "gold", "object": "plan", "active": True, "amount": 999, "amount_decimal": None,
        "billing_scheme": "per_unit", "created": 0, "currency": "usd", "interval": "month",
        "interval_count": 1, "livemode": False, "metadata": {}, "meter": None, "nickname": "Gold",
        "product": product, "tiers_mode": None, "transform_usage": None, "trial_period_days": 14,
        "usage_type": "licensed",
    }  # fmt: skip
    price = client.v1.prices.retrieve("gold")
    assert (price.unit_amount, price.recurring.trial_period_days) == (999, 14)
    with refused("Plan already exists.", code="resource_already_exists", param="id"):
        client.v1.plans.create({
            "id": "gold", "product": product, "currency": "usd", "interval": "month", "amount": 1,
        })  # fmt: skip


def test_a_plan_makes_its_product(client):
    plan = client.v1.plans.create({
        "product": {"name": "From plan"}, "currency": "usd", "interval": "year", "amount": 0,
        "expand": ["product"],
    })  # fmt: skip
    assert plan.product.name == "From plan"


def test_every_recurring_price_is_listed_as_a_plan(client, product):
    price = client.v1.prices.create({
        "product": product, "currency": "usd", "unit_amount": 1, "recurring": {"interval": "week"},
    })  # fmt: skip
    client.v1.prices.create({"product": product, "currency": "usd", "unit_amount": 1})
    plans = client.v1.plans.list({"product": product, "expand": ["data.product"]})
    assert [each.id for each in plans] == [price.id]
    assert plans.data[0].product.id == product
    assert client.v1.plans.retrieve(price.id).interval == "week"


def test_tiers_of_a_plan(client, product):
    plan = client.v1.plans.create({
        "product": product, "currency": "usd", "interval": "month", "billing_scheme": "tiered",
        "tiers_mode": "volume", "tiers": [{"up_to": 1, "unit_amount": 5},
                                          {"up_to": "inf", "flat_amount": 9}],
    })  # fmt: skip
    assert plan.tiers_mode == "volume"
    assert plan.amount is None


def test_a_plan_is_changed_and_told_of(client, product):
    plan = client.v1.plans.create({
        "product": product, "currency": "usd", "interval": "month", "amount": 1,
    })  # fmt: skip
    changed = client.v1.plans.update(plan.id, {"nickname": "Silver", "metadata": {"a": "1"}})
    assert (changed.nickname, changed.metadata.to_dict()) == ("Silver", {"a": "1"})
    told = {each.type: each for each in client.v1.events.list({"limit": 2}).data}
    assert set(told) == {"plan.updated", "price.updated"}
    assert told["plan.updated"].data.previous_attributes.to_dict() == {
        "metadata": {"a": None}, "nickname": None,
    }  # fmt: skip


def test_a_deleted_plan_is_gone_for_newcomers(client, product):
    plan = client.v1.plans.create({
        "product": product, "currency": "usd", "interval": "month", "amount": 1,
    })  # fmt: skip
    assert client.v1.plans.delete(plan.id).to_dict() == {
        "id": plan.id, "object": "plan", "deleted": True,
    }  # fmt: skip
    told = {each.type for each in client.v1.events.list({"limit": 2}).data}
    assert told == {"plan.deleted", "price.deleted"}
    with refused(f"No such plan: '{plan.id}'", code="resource_missing", param="plan", status=404):
        client.v1.plans.retrieve(plan.id)
    with refused(
        f"No such price: '{plan.id}'", code="resource_missing", param="price", status=404
    ):
        client.v1.prices.retrieve(plan.id)
    assert client.v1.plans.list({"product": product}).data == []
    assert client.v1.prices.list({"product": product}).data == []
    client.v1.products.delete(product)


def test_a_one_time_price_is_no_plan(client, product):
    price = client.v1.prices.create({"product": product, "currency": "usd", "unit_amount": 1})
    with pytest.raises(stripe.InvalidRequestError, match="No such plan"):
        client.v1.plans.retrieve(price.id)


def test_what_a_plan_refuses(client, product):
    with refused("Missing required param: interval.", code="parameter_missing", param="interval"):
        client.v1.plans.create({"currency": "usd", "product": product})
    with refused(
        "Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set."
    ):
        client.v1.plans.create({"currency": "usd", "product": product, "interval": "day"})
    metered = {"currency": "usd", "product": product, "interval": "day", "amount": 1}
    with refused("`meter` can only be set on prices with `usage_type=metered`.", param="meter"):
        client.v1.plans.create({**metered, "meter": "mtr_1"})


@pytest.mark.parametrize(("terms", "param"), [
    ({"amount": 1, "interval_count": 2_000}, "interval_count"),
    ({"amount_decimal": "1", "amount": 1}, "amount"),
    ({"tiers": [{"up_to": "inf", "unit_amount": 1}], "billing_scheme": "tiered",
      "tiers_mode": "volume", "transform_usage": {"divide_by": 2, "round": "up"}},
     "transform_usage"),
])  # fmt: skip
def test_what_is_wrong_is_named_as_plans_name_it(client, product, terms, param):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.plans.create(
            {"currency": "usd", "product": product, "interval": "day", **terms}
        )
    assert caught.value.param == param
