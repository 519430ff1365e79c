"""The cart: quantities, optional items, chosen amounts, longer intervals, one thing more."""

from __future__ import annotations

import pytest

from checkout.desk import refused_by_api


def adjustable(price, quantity=1, **bounds):
    return {
        "price": price,
        "quantity": quantity,
        "adjustable_quantity": {"enabled": True, **bounds},
    }


def test_a_quantity_is_changed_within_its_bounds(desk):
    session = desk.open(adjustable(desk.price(1500), 2, minimum=1, maximum=5))
    [item] = desk.page(session)["line_items"]
    assert item["adjustable_quantity"] == {"enabled": True, "maximum": 5, "minimum": 1}
    assert item["removable"] is False
    page = desk.change(session, line_items=[{"id": item["id"], "quantity": 5}])
    assert page["total"]["due"] == 7500
    assert desk.read(session, "line_items").line_items.data[0].quantity == 5
    for quantity in (0, 6):
        error = desk.refused(
            "change", session, line_items=[{"id": item["id"], "quantity": quantity}]
        )
        assert error.param == "line_items[0][quantity]"
    desk.confirm(session, expected_amount=7500)
    subscription = desk.read(session, "subscription").subscription
    assert subscription["items"].data[0].quantity == 5


def test_the_last_item_cannot_be_removed(desk):
    session = desk.open(adjustable(desk.price(1500)), adjustable(desk.price(900)))
    first, second = (each["id"] for each in desk.page(session)["line_items"])
    page = desk.change(session, line_items=[{"id": first, "quantity": 0}])
    assert page["total"]["due"] == 900
    assert [each["removable"] for each in page["line_items"]] == [False, False]
    error = desk.refused("change", session, line_items=[{"id": second, "quantity": 0}])
    assert error.message == "The last remaining item can't be removed."
    desk.confirm(session, expected_amount=900)
    subscription = desk.read(session, "subscription").subscription
    assert len(subscription["items"].data) == 1


@pytest.mark.parametrize("mode", ["payment", "subscription"])
def test_something_is_left_to_buy(desk, mode):
    """Also where what the visitor added goes last, or nothing but that would recur."""
    recurs = {} if mode == "subscription" else {"recurring": None}
    extra = desk.price(300, recurring=None)
    session = desk.open(
        adjustable(desk.price(1500, **recurs)), mode=mode,
        optional_items=[{"price": extra, "quantity": 1}],
    )  # fmt: skip
    page = desk.change(session, optional_items=[{"price": extra, "quantity": 1}])
    first, added = page["line_items"]
    assert (first["removable"], added["removable"]) == (mode == "payment", True)
    none = [{"id": first["id"], "quantity": 0}]
    if mode == "payment":
        assert desk.change(session, line_items=none)["total"]["due"] == 300
        error = desk.refused("change", session, optional_items=[{"price": extra, "quantity": 0}])
        assert error.param == "optional_items[0][quantity]"
    else:
        error = desk.refused("change", session, line_items=none)
        assert error.param == "line_items[0][quantity]"
    assert error.message == "The last remaining item can't be removed."
    desk.confirm(session)
    assert desk.read(session).amount_total == (300 if mode == "payment" else 1800)


def test_fixed_quantities_are_fixed(desk):
    session = desk.subscribe()
    id = desk.page(session)["line_items"][0]["id"]
    error = desk.refused("change", session, line_items=[{"id": id, "quantity": 2}])
    assert error.param == "line_items[0][quantity]"
    error = desk.refused("change", session, line_items=[{"id": "li_none", "quantity": 2}])
    assert error.param == "line_items[0][id]"


@pytest.mark.parametrize(
    ("bounds", "quantity", "param"),
    [
        ({"minimum": 2, "maximum": 1}, 2, "adjustable_quantity][maximum"),
        ({"maximum": 0}, 1, "adjustable_quantity][maximum"),
        ({"minimum": 2}, 1, "quantity"),
        ({}, 100, "quantity"),
    ],
)
def test_bounds_that_cannot_be(desk, bounds, quantity, param):
    error = refused_by_api(desk.open, adjustable(desk.price(), quantity, **bounds))
    assert error.param == f"line_items[0][{param}]"


def test_optional_items(desk):
    extra = desk.price(400, recurring=None)
    more = desk.price(300)
    session = desk.open(
        desk.price(1500),
        optional_items=[
            {"price": extra, "quantity": 1},
            {"price": more, "quantity": 2, "adjustable_quantity": {"enabled": True, "maximum": 4}},
        ],
    )
    assert [each.price for each in session.optional_items] == [extra, more]
    page = desk.change(session, optional_items=[{"price": extra, "quantity": 1}])
    assert page["total"]["due"] == 1900
    assert [each["added"] for each in page["optional_items"]] == [True, False]
    page = desk.change(session, optional_items=[{"price": more, "quantity": 3}])
    assert (page["total"]["due"], page["recurring"]["next"]["total"]) == (2800, 2400)
    page = desk.change(session, optional_items=[{"price": extra, "quantity": 0}])
    assert page["total"]["due"] == 2400
    assert desk.refused(
        "change", session, optional_items=[{"price": extra, "quantity": 3}]
    ).param == ("optional_items[0][quantity]")
    assert (
        desk.refused(
            "change", session, optional_items=[{"price": desk.price(5), "quantity": 1}]
        ).param
        == "optional_items[0][price]"
    )
    desk.confirm(session, expected_amount=2400)
    items = desk.client.checkout.sessions.line_items.list(session.id).data
    assert [(each.price.id, each.quantity) for each in items][1:] == [(more, 3)]


def test_optional_items_that_cannot_be(desk):
    price, once = desk.price(), desk.price(5, recurring=None)
    twice = [{"price": once, "quantity": 1}] * 2
    for items, mode, at in (
        ([{"price": price, "quantity": 1}], "subscription", "optional_items[0][price]"),
        (twice, "subscription", "optional_items[1][price]"),
        ([{"price": desk.price(), "quantity": 1}], "payment", "optional_items[0][price]"),
        (
            [{"price": desk.price(), "quantity": 1} for _ in range(11)],
            "subscription",
            "optional_items",
        ),
    ):
        first = price if mode == "subscription" else desk.price(recurring=None)
        error = refused_by_api(desk.open, first, mode=mode, optional_items=items)
        assert error.param == at


def test_the_customer_chooses_what_to_pay(desk):
    price = desk.price(recurring=None, custom_unit_amount={
        "enabled": True, "minimum": 500, "maximum": 5000, "preset": 1000,
    })  # fmt: skip
    session = desk.open(price, mode="payment")
    assert session.amount_total == 1000
    [item] = desk.page(session)["line_items"]
    assert item["price"]["choice"] == {"minimum": 500, "maximum": 5000, "preset": 1000}
    page = desk.change(session, line_items=[{"id": item["id"], "amount": 2345}])
    assert page["total"]["due"] == 2345
    for amount in (499, 5001):
        error = desk.refused("change", session, line_items=[{"id": item["id"], "amount": amount}])
        assert error.param == "line_items[0][amount]"
    desk.confirm(session, expected_amount=2345)
    assert desk.read(session, "payment_intent").payment_intent.amount_received == 2345


def test_a_chosen_amount_is_one_that_the_currency_has(desk):
    price = desk.price(recurring=None, currency="bhd", custom_unit_amount={"enabled": True})
    session = desk.open(price, mode="payment")
    [item] = desk.page(session)["line_items"]
    entry = {"id": item["id"], "amount": 1235}
    refusal = desk.refused("change", session, line_items=[entry])
    assert (refusal.param, "multiples of 10" in refusal.message) == ("line_items[0][amount]", True)
    desk.change(session, line_items=[{**entry, "amount": 1230}])
    desk.confirm(session, expected_amount=1230)


def test_a_chosen_amount_is_sold_alone_and_once(desk):
    price = desk.price(recurring=None, custom_unit_amount={"enabled": True})
    assert refused_by_api(desk.open, {"price": price, "quantity": 2}, mode="payment").param == (
        "line_items[0]"
    )
    assert refused_by_api(desk.open, price, desk.price(recurring=None), mode="payment").param == (
        "line_items[0]"
    )
    assert refused_by_api(desk.open, price, desk.price()).param == "line_items[0][price]"
    many = {"price": price, "quantity": 1, "adjustable_quantity": {"enabled": True}}
    assert refused_by_api(desk.open, many, mode="payment").param == "line_items[0]"


def own(desk, verb, **tree):
    return desk.ask("POST", f"/v1/prorata/{verb}", tree, desk.server.secret_key)


def test_an_upsell_to_a_longer_interval(desk):
    month, year = desk.price(1000), desk.price(9600, recurring={"interval": "year"})
    made = own(desk, "upsells", price=month, upsells_to=year)
    assert made["object"] == "prorata.upsell"
    session = desk.open(month)
    offer = desk.page(session)["upsell"]
    assert (offer["price"]["price"], offer["saving"], offer["taken"]) == (year, 20, False)
    page = desk.change(session, upsell=True)
    assert (page["total"]["due"], page["upsell"]["taken"]) == (9600, True)
    assert page["recurring"]["interval"] == "year"
    assert desk.change(session, upsell=False)["total"]["due"] == 1000
    desk.change(session, upsell=True)
    desk.confirm(session, expected_amount=9600)
    subscription = desk.read(session, "subscription").subscription
    assert subscription["items"].data[0].price.id == year
    # Not where the quantity is the visitor's choice, or two prices recur.
    assert desk.page(desk.open(adjustable(month)))["upsell"] is None
    assert desk.page(desk.open(month, desk.price()))["upsell"] is None
    assert desk.refused("change", desk.open(desk.price()), upsell=True).param == "upsell"
    desk.ask("DELETE", f"/v1/prorata/upsells/{made['id']}", {}, desk.server.secret_key)
    assert desk.page(desk.open(month))["upsell"] is None


def test_upsells_that_cannot_be(desk):
    month = desk.price(1000)
    other = desk.client.products.create({"name": "Other"}).id
    for target in (
        desk.price(100), desk.price(10, recurring={"interval": "week"}),
        desk.price(9600, product=other, recurring={"interval": "year"}),
        desk.price(9600, currency="eur", recurring={"interval": "year"}),
        desk.price(9600, recurring=None),
    ):  # fmt: skip
        error = desk.refused(
            "ask", "POST", "/v1/prorata/upsells", {"price": month, "upsells_to": target},
            desk.server.secret_key,
        )  # fmt: skip
        assert error.param == "upsells_to"


def test_a_cross_sell(desk):
    book = desk.client.products.create({"name": "Photo book"}).id
    once = desk.price(900, recurring=None, product=book)
    product = desk.client.products.create({"name": "Album plus"}).id
    month = desk.price(1000, product=product)
    own(desk, "cross_sells", product=product, price=once)
    session = desk.open(month)
    offer = desk.page(session)["cross_sell"]
    assert (offer["price"]["name"], offer["total"], offer["taken"]) == ("Photo book", 900, False)
    page = desk.change(session, cross_sell=once)
    assert (page["total"]["due"], page["cross_sell"]["taken"]) == (1900, True)
    assert desk.change(session, cross_sell="")["total"]["due"] == 1000
    desk.change(session, cross_sell=once)
    desk.confirm(session, expected_amount=1900)
    yearly = desk.price(5000, recurring={"interval": "year"}, product=book)
    own(desk, "cross_sells", product=product, price=yearly)
    assert desk.page(desk.open(month))["cross_sell"] is None
    monthly = desk.price(50, product=book)
    own(desk, "cross_sells", product=product, price=monthly)
    assert desk.page(desk.open(month))["cross_sell"]["price"]["price"] == monthly
    assert desk.refused("change", session, cross_sell=once).code == "checkout_session_complete"


def test_archived_prices_are_not_sold_anew_but_where_they_were_chosen(desk):
    price = desk.price()
    session = desk.open(price)
    desk.client.prices.update(price, {"active": False})
    assert refused_by_api(desk.open, price).param == "line_items[0][price]"
    assert desk.confirm(session)["status"] == "complete"


@pytest.mark.parametrize(
    ("items", "mode", "param"),
    [
        ([], "subscription", "line_items"),
        ([{"quantity": 1}], "subscription", "line_items[0][price]"),
        ([{"price": "price_none", "quantity": 1}], "payment", "line_items[0][price]"),
    ],
)
def test_carts_that_cannot_be(desk, items, mode, param):
    assert refused_by_api(desk.open, *items, mode=mode).param == param


def test_modes_and_prices_must_fit(desk):
    assert refused_by_api(desk.open, desk.price(), mode="payment").param == "mode"
    assert refused_by_api(desk.open, desk.price(recurring=None)).param == "line_items"
    mixed = refused_by_api(desk.open, desk.price(), desk.price(recurring={"interval": "week"}))
    assert mixed.http_status == 400
    assert refused_by_api(desk.sell, 20).code == "amount_too_small"
