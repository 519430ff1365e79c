"""Automatic tax in Checkout: taxes follow what the visitor says, and are what is paid."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from checkout.desk import Desk, refused_by_api
from checkout.test_links import visit
from checkout.test_tables import TABLES
from servers import running

BERLIN = {"country": "DE", "city": "Berlin", "postal_code": "10115", "line1": "Markt 1"}
PARIS = {"country": "FR", "city": "Paris", "postal_code": "75001", "line1": "Rue 2"}
TEXAS = {"country": "US", "state": "TX", "city": "Austin", "postal_code": "78701", "line1": "1 St"}
AUTOMATIC: dict[str, Any] = {"automatic_tax": {"enabled": True}}


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """Give a desk whose account is at home in Germany, and registered there and for the EU."""
    desk.client.tax.settings.update({
        "head_office": {"address": {"country": "DE", "postal_code": "10115"}},
        "defaults": {"tax_behavior": "exclusive", "tax_code": "txcd_10103001"},
    })  # fmt: skip
    if not desk.client.tax.registrations.list().data:
        for type in ("standard", "oss_union"):
            desk.client.tax.registrations.create({
                "country": "DE", "country_options": {"de": {"type": type}}, "active_from": "now",
            })  # fmt: skip
    return desk


def test_needs_a_head_office(store: str) -> None:
    with running(worker=False) as server:
        client = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url})
        error = refused_by_api(Desk(server, client).sell, **AUTOMATIC)
    assert error.param == "automatic_tax[enabled]" and "head office" in str(error)


def test_a_payments_taxes_follow_the_address(shop: Desk) -> None:
    session = shop.sell(2000, **AUTOMATIC)
    assert session.automatic_tax.enabled and session.automatic_tax.provider == "stripe"
    assert session.automatic_tax.status == "requires_location_inputs"
    assert (session.amount_total, session.total_details.amount_tax) == (2000, 0)
    page = shop.page(session)
    assert "billing_address" in page["missing"] and not page["can_confirm"]
    assert page["collects"]["billing_address"] == "required"
    page = shop.change(session, billing_address=BERLIN)
    assert (page["total"]["tax_exclusive"], page["total"]["due"]) == (380, 2380)
    assert [each["percentage"] for each in page["taxes"]] == [19.0]
    assert "billing_address" not in page["missing"]
    page = shop.change(session, billing_address=PARIS)
    assert page["total"]["due"] == 2400
    shop.confirm(session, expected_amount=2400)
    done = shop.read(session, "payment_intent", "line_items.data.taxes", "total_details.breakdown")
    assert (done.status, done.automatic_tax.status) == ("complete", "complete")
    assert (done.amount_total, done.total_details.amount_tax) == (2400, 400)
    assert done.payment_intent.amount_received == 2400
    [tax] = done.total_details.breakdown.taxes
    assert (tax.amount, tax.rate.country, tax.rate.percentage) == (400, "FR", 20.0)
    assert done.line_items.data[0].taxes[0].rate.id == tax.rate.id
    assert done.line_items.data[0].amount_tax == 400


def test_a_card_that_says_where_is_enough_once_the_amount_is_agreed(shop: Desk) -> None:
    session = shop.sell(1000, **AUTOMATIC)
    method = shop.client.payment_methods.create({
        "type": "card", "card": {"token": "tok_visa"},
        "billing_details": {"address": BERLIN, "email": "ada@example.com"},
    }).id  # fmt: skip
    refusal = shop.refused("confirm", session, method=method, expected_amount=1000)
    assert refusal.code == "checkout_amount_mismatch"
    done = shop.confirm(session, method=method, expected_amount=1190)
    assert done["status"] == "complete"


def test_without_a_place_nothing_is_sold(shop: Desk) -> None:
    session = shop.subscribe(1000, **AUTOMATIC)
    refusal = shop.refused("confirm", session)
    assert refusal.param == "billing_address"
    refusal = shop.refused("confirm", session, billing_address={"country": "US"})
    assert refusal.param == "billing_address"
    assert shop.read(session).status == "open"


def test_a_subscription_is_taxed_now_and_at_its_renewals(shop: Desk) -> None:
    session = shop.subscribe(1000, **AUTOMATIC)
    page = shop.change(session, billing_address=BERLIN)
    assert page["total"]["due"] == 1190
    assert page["recurring"]["next"]["total"] == 1190
    shop.confirm(session, expected_amount=1190)
    done = shop.read(session, "subscription", "invoice")
    assert done.subscription.automatic_tax.enabled
    assert done.invoice.automatic_tax.status == "complete"
    assert (done.invoice.total, done.invoice.amount_paid) == (1190, 1190)


def test_a_trial_asks_for_the_place_as_well(shop: Desk) -> None:
    session = shop.subscribe(1000, subscription_data={"trial_period_days": 7}, **AUTOMATIC)
    assert "billing_address" in shop.page(session)["missing"]
    shop.confirm(session, billing_address=BERLIN)
    done = shop.read(session, "subscription")
    assert (done.status, done.subscription.status) == ("complete", "trialing")
    assert done.subscription.automatic_tax.enabled


def test_an_address_that_changes_after_a_decline_makes_the_order_anew(shop: Desk) -> None:
    session = shop.subscribe(1000, **AUTOMATIC)
    refusal = shop.refused("confirm", session, method="chargeDeclined", billing_address=BERLIN)
    assert refusal.code == "card_declined"
    page = shop.change(session, billing_address=PARIS)
    assert page["total"]["due"] == 1200
    shop.confirm(session, expected_amount=1200)
    done = shop.read(session, "invoice", "subscription")
    assert done.invoice.amount_paid == 1200
    wanted = {"customer": done.customer, "status": "active"}
    living = shop.client.subscriptions.list(wanted).data
    assert [each.id for each in living] == [done.subscription.id]


def test_a_business_abroad_pays_no_tax_with_its_number(shop: Desk) -> None:
    session = shop.sell(1000, tax_id_collection={"enabled": True}, **AUTOMATIC)
    assert shop.change(session, billing_address=PARIS)["total"]["due"] == 1200
    page = shop.change(session, tax_id={"type": "eu_vat", "value": "FR40303265045"})
    assert page["total"]["due"] == 1000
    shop.confirm(session, business_name="Zed", expected_amount=1000)
    done = shop.read(session, "total_details.breakdown")
    assert (done.amount_total, done.total_details.amount_tax) == (1000, 0)
    [tax] = done.total_details.breakdown.taxes
    assert tax.taxability_reason == "reverse_charge"


def test_known_customers_are_taxed_where_they_are_known_to_be(shop: Desk) -> None:
    customers = shop.client.customers
    nowhere = customers.create({"email": "no@example.com"}).id
    error = refused_by_api(shop.sell, customer=nowhere, **AUTOMATIC)
    assert (error.code, error.param) == ("customer_tax_location_invalid", "customer")
    session = shop.sell(1000, customer=nowhere, customer_update={"address": "auto"}, **AUTOMATIC)
    shop.change(session, billing_address=PARIS)
    assert shop.read(session).amount_total == 1200
    somewhere = customers.create({"email": "in@example.com", "address": BERLIN}).id
    session = shop.sell(1000, customer=somewhere, **AUTOMATIC)
    assert (session.amount_total, session.automatic_tax.status) == (1190, "complete")
    page = shop.change(session, billing_address=PARIS)
    assert page["total"]["due"] == 1190, "what is not saved on the customer does not count"
    assert page["collects"]["billing_address"] == "auto"
    error = refused_by_api(
        shop.sell, customer=somewhere, shipping_address_collection={"allowed_countries": ["FR"]},
        **AUTOMATIC,
    )  # fmt: skip
    assert error.param == "customer_update[shipping]"


def test_goods_and_their_shipping_are_taxed_where_they_are_sent(shop: Desk) -> None:
    rate = shop.client.shipping_rates.create({
        "display_name": "Post", "type": "fixed_amount", "tax_behavior": "exclusive",
        "fixed_amount": {"amount": 500, "currency": "usd"},
    }).id  # fmt: skip
    session = shop.sell(
        1000, shipping_options=[{"shipping_rate": rate}],
        shipping_address_collection={"allowed_countries": ["DE", "FR"]},
        invoice_creation={"enabled": True}, **AUTOMATIC,
    )  # fmt: skip
    page = shop.change(session, shipping={"name": "Ada", "address": PARIS})
    assert page["total"]["due"] == 1800
    shop.confirm(session, billing_address=BERLIN, expected_amount=1800)
    done = shop.read(session, "invoice")
    assert (done.total_details.amount_shipping, done.total_details.amount_tax) == (500, 300)
    cost = done.shipping_cost
    assert (cost.amount_subtotal, cost.amount_tax, cost.amount_total) == (500, 100, 600)
    assert (done.amount_total, done.invoice.total, done.invoice.amount_paid) == (1800, 1800, 1800)


def test_taxes_inside_of_the_price_change_no_amount(shop: Desk) -> None:
    price = shop.price(1190, recurring=None, tax_behavior="inclusive")
    session = shop.open(price, mode="payment", **AUTOMATIC)
    page = shop.change(session, billing_address=BERLIN)
    assert (page["total"]["due"], page["total"]["tax_inclusive"]) == (1190, 190)


def test_where_nobody_collects_nothing_is_added(shop: Desk) -> None:
    session = shop.sell(1000, **AUTOMATIC)
    assert shop.change(session, billing_address=TEXAS)["total"]["due"] == 1000
    shop.confirm(session, expected_amount=1000)
    assert shop.read(session).automatic_tax.status == "complete"


def test_rates_by_hand_are_not_mixed_in(shop: Desk) -> None:
    rate = shop.client.tax_rates.create({
        "display_name": "VAT", "percentage": 7, "inclusive": False,
    }).id  # fmt: skip
    item = {"price": shop.price(recurring=None), "quantity": 1, "tax_rates": [rate]}
    assert refused_by_api(shop.open, item, mode="payment", **AUTOMATIC).param == (
        "line_items[0][tax_rates]"
    )
    error = refused_by_api(shop.subscribe, subscription_data={"default_tax_rates": [rate]},
                           **AUTOMATIC)  # fmt: skip
    assert error.param == "subscription_data[default_tax_rates]"
    assert refused_by_api(shop.open, mode="setup", currency="usd", **AUTOMATIC).param == (
        "automatic_tax[enabled]"
    )


def test_links_sell_with_automatic_tax(shop: Desk) -> None:
    link = shop.client.payment_links.create({
        "line_items": [{"price": shop.price(), "quantity": 1}], **AUTOMATIC,
    })  # fmt: skip
    assert link.automatic_tax.enabled and link.automatic_tax.liability.type == "self"
    assert visit(shop, link).automatic_tax.status == "requires_location_inputs"
    changed = shop.client.payment_links.update(link.id, {"automatic_tax": {"enabled": False}})
    assert (changed.automatic_tax.enabled, changed.automatic_tax.liability) == (False, None)
    assert not visit(shop, link).automatic_tax.enabled


def test_tables_sell_with_automatic_tax(shop: Desk) -> None:
    price = shop.price()
    plans = [{"product": shop.product, "prices": [price]}]
    table = shop.ask("POST", TABLES, {"products": plans, **AUTOMATIC}, shop.server.secret_key)
    assert table["automatic_tax"]["enabled"]
    choice = shop.ask("POST", f"{TABLES}/{table['id']}/checkout", {"price": price})
    assert shop.read(choice["session"]).automatic_tax.enabled
