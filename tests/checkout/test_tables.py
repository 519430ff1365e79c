"""Pricing tables: plans side by side; a choice leads straight to Checkout."""

from __future__ import annotations

import pytest

TABLES = "/v1/prorata/pricing_tables"


@pytest.fixture
def plans(desk):
    """Two products with a monthly and a yearly price each."""
    made = []
    for name, amount in (("Basic", 500), ("Pro", 1500)):
        product = desk.client.products.create(
            {"name": name, "marketing_features": [{"name": f"{name} storage"}]}
        ).id
        prices = [
            desk.price(amount, product=product),
            desk.price(amount * 10, product=product, recurring={"interval": "year"}),
        ]
        made.append({"product": product, "prices": prices})
    return made


def own(desk, path, method="POST", **tree):
    return desk.ask(method, TABLES + path, tree, desk.server.secret_key)


def test_a_table_is_shown(desk, plans):
    plans[1] |= {"highlighted": True, "label": "Most popular", "trial": {"days": 14},
                 "features": ["Everything"]}  # fmt: skip
    table = own(desk, "", products=plans, name="Plans")
    assert (table["object"], table["active"]) == ("prorata.pricing_table", True)
    seen = desk.ask("GET", f"{TABLES}/{table['id']}/view", {})
    assert [each["name"] for each in seen["plans"]] == ["Basic", "Pro"]
    assert [each["features"] for each in seen["plans"]] == [["Basic storage"], ["Everything"]]
    assert [(each["interval"], each["saving"]) for each in seen["intervals"]] == [
        ("month", None), ("year", 16),
    ]  # fmt: skip
    pro = seen["plans"][1]
    assert (pro["highlighted"], pro["label"], pro["trial"]["days"]) == (True, "Most popular", 14)
    assert [each["price"]["unit_amount"] for each in pro["prices"]] == [1500, 15000]
    assert "metadata" not in seen


def test_a_choice_leads_to_checkout(desk, plans):
    plans[1] |= {"trial": {"days": 14, "missing_payment_method": "pause"}}
    after = {"type": "redirect", "redirect": {"url": "https://a.example"}}
    table = own(desk, "", products=plans, allow_promotion_codes=True, after_completion=after)
    path = f"{TABLES}/{table['id']}/checkout"
    choice = desk.ask("POST", path, {
        "price": plans[1]["prices"][0], "client_reference_id": "user-1",
        "customer_email": "t@example.com", "locale": "fr",
    })  # fmt: skip
    session = desk.read(choice["session"])
    assert choice["url"] == session.url
    assert (session.client_reference_id, session.customer_email, session.locale) == (
        "user-1", "t@example.com", "fr",
    )  # fmt: skip
    assert (session.amount_total, session.allow_promotion_codes) == (0, True)
    assert desk.confirm(session)["completion"]["redirect_url"] == "https://a.example"
    other = desk.price(1)
    assert desk.refused("ask", "POST", path, {"price": other}).param == "price"


def test_a_choice_for_a_known_customer(desk, plans):
    customer = desk.client.customers.create({"email": "k@example.com"}).id
    secret = desk.client.customer_sessions.create(
        {"customer": customer, "components": {"pricing_table": {"enabled": True}}}
    ).client_secret
    table = own(desk, "", products=plans)
    choice = desk.ask("POST", f"{TABLES}/{table['id']}/checkout", {
        "price": plans[0]["prices"][1], "customer_session_client_secret": secret,
    })  # fmt: skip
    assert desk.read(choice["session"]).customer == customer


def test_a_table_is_changed_and_switched_off(desk, plans):
    table = own(desk, "", products=plans)
    path = f"/{table['id']}"
    changed = own(desk, path, products=plans[:1], name="One")
    assert (len(changed["products"]), changed["name"]) == (1, "One")
    assert own(desk, path, "GET")["name"] == "One"
    assert table["id"] in [each["id"] for each in own(desk, "", "GET", limit=100)["data"]]
    own(desk, path, active=False)
    view = f"{TABLES}{path}/view"
    assert desk.refused("ask", "GET", view, {}).code == "pricing_table_inactive"


def test_what_is_archived_is_not_shown(desk, plans):
    table = own(desk, "", products=plans)
    desk.client.prices.update(plans[0]["prices"][1], {"active": False})
    seen = desk.ask("GET", f"{TABLES}/{table['id']}/view", {})
    assert [len(each["prices"]) for each in seen["plans"]] == [1, 2]
    desk.client.products.update(plans[1]["product"], {"active": False})
    seen = desk.ask("GET", f"{TABLES}/{table['id']}/view", {})
    assert [each["name"] for each in seen["plans"]] == ["Basic"]


def test_tables_that_cannot_be(desk, plans):
    first = plans[0]
    five = [{"product": desk.client.products.create({"name": "P"}).id, "button_url": "https://a.example"}
            for _ in range(5)]  # fmt: skip
    week = desk.price(100, product=first["product"], recurring={"interval": "week"})
    day = desk.price(10, product=first["product"], recurring={"interval": "day"})
    twin = desk.price(501, product=first["product"])
    for products, param in (
        ([], "products"),
        (five, "products"),
        ([first, first], "products"),
        ([{**each, "highlighted": True} for each in plans], "products"),
        ([{**first, "prices": [*first["prices"], week, day]}], "products[0][prices]"),
        ([{**first, "prices": [first["prices"][0], twin]}], "products[0][prices]"),
        ([{**first, "prices": plans[1]["prices"]}], "products[0][prices][0]"),
        ([{"product": first["product"]}], "products[0][prices]"),
        ([{"product": "prod_none"}], "products[0][product]"),
    ):
        error = desk.refused("ask", "POST", TABLES, {"products": products or ""},
                             desk.server.secret_key)  # fmt: skip
        assert error.param == param, (products, error.error)


def test_a_table_is_not_the_browsers_to_make(desk, plans):
    assert desk.refused("ask", "POST", TABLES, {"products": plans}).status == 403
