"""Words of lines: the description of every kind of line, and of payments."""

from __future__ import annotations

import pytest

from acceptance.lives import DAY, SeenLife
from subscriptions.life import at, first, lines


@pytest.fixture
def life(client) -> SeenLife:
    return SeenLife(client)


def price(life, **params):
    """Return the id of a monthly price; `product` gives the product's fields."""
    product = params.pop("product", {"name": "Basic"})
    recurring = params.pop("recurring", {"interval": "month"})
    return life.client.prices.create({
        "currency": "usd", "product_data": product, "recurring": recurring, **params}).id


def texts(life, *items, **params):
    """Return the lines of the first invoice of a new subscription."""
    found = life.client.subscriptions.create(
        {"customer": life.customer.id, "items": list(items), **params})
    return lines(life.latest(found))


@pytest.mark.parametrize(("unit", "recurring", "quantity", "text", "amount"), [
    (2_000, {"interval": "month"}, 1, "1 × Basic (at $20.00 / month)", 2_000),
    (3_252, {"interval": "month"}, 1, "1 × Basic (at $32.52 / month)", 3_252),
    (500, {"interval": "week"}, 3, "3 × Basic (at $5.00 / week)", 1_500),
    (500, {"interval": "day"}, 2, "2 × Basic (at $5.00 / day)", 1_000),
    (12_000, {"interval": "year"}, 1, "1 × Basic (at $120.00 / year)", 12_000),
    (10_000, {"interval": "month", "interval_count": 3}, 1,
     "1 × Basic (at $100.00 every 3 months)", 10_000),
    (3_000, {"interval": "week", "interval_count": 2}, 1,
     "1 × Basic (at $30.00 every 2 weeks)", 3_000),
    (0, {"interval": "month"}, 1, "1 × Basic (at $0.00 / month)", 0),
])
def test_licensed_per_unit(life, unit, recurring, quantity, text, amount):
    id = price(life, unit_amount=unit, recurring=recurring)
    assert texts(life, {"price": id, "quantity": quantity}) == [(text, amount)]


@pytest.mark.parametrize(("currency", "unit", "text"), [
    ("eur", 2_050, "1 × Basic (at €20.50 / month)"),
    ("gbp", 2_000, "1 × Basic (at £20.00 / month)"),
    ("jpy", 2_000, "1 × Basic (at ¥2,000 / month)"),
])
def test_other_currencies(client, currency, unit, text):
    life = SeenLife(client)
    id = life.client.prices.create({
        "currency": currency, "unit_amount": unit, "product_data": {"name": "Basic"},
        "recurring": {"interval": "month"}}).id
    [(found, amount)] = texts(life, {"price": id})
    assert found in (text, text.replace(",", "")) and amount == unit


def test_a_unit_label_stands_as_it_is_stored(life):
    id = price(life, unit_amount=1_800, product={"name": "Pro", "unit_label": "seat"})
    assert texts(life, {"price": id, "quantity": 3}) == [
        ("3 seat × Pro (at $18.00 / month)", 5_400)]


def test_amounts_below_a_cent_have_all_their_decimals(life):
    id = price(life, unit_amount_decimal="3.6", product={"name": "P"})
    assert texts(life, {"price": id, "quantity": 31}) == [("31 × P (at $0.036 / month)", 112)]
    id = price(life, unit_amount_decimal="0.000381", product={"name": "Q"})
    assert texts(life, {"price": id, "quantity": 1_000_000}) == [
        ("1000000 × Q (at $0.00000381 / month)", 381)]


def test_packages_show_the_raw_quantity(life):
    id = price(life, unit_amount=8, product={"name": "Voice"},
               transform_quantity={"divide_by": 60, "round": "up"})
    assert texts(life, {"price": id, "quantity": 9_892}) == [
        ("9892 × Voice (at $0.08 per 60 units / month)", 165 * 8)]


def test_graduated_tiers_as_recorded(life):
    id = price(
        life, billing_scheme="tiered", tiers_mode="graduated",
        product={"name": "P", "unit_label": "credit"},
        tiers=[{"up_to": 1_000, "unit_amount": 0, "flat_amount": 900},
               {"up_to": "inf", "unit_amount_decimal": "3.6", "flat_amount": 0}])
    found = life.client.subscriptions.create(
        {"customer": life.customer.id, "items": [{"price": id, "quantity": 1_031}]})
    invoice = life.latest(found)
    assert [(each.description, each.amount, each.quantity) for each in invoice.lines.data] == [
        ("1000 credit × P (Tier 1 at $0.00 / month)", 0, 1_000),
        ("P (Tier 1 at $9.00 / month)", 900, 0),
        ("31 credit × P (Tier 2 at $0.036 / month)", 112, 31),
        ("P (Tier 2 at $0.00 / month)", 0, 0)]


def test_a_volume_has_one_line_in_the_tier_that_holds_it(life):
    id = price(life, billing_scheme="tiered", tiers_mode="volume", product={"name": "V"},
               tiers=[{"up_to": 5, "unit_amount": 700}, {"up_to": "inf", "unit_amount": 650}])
    assert texts(life, {"price": id, "quantity": 6}) == [
        ("6 × V (Tier 2 at $6.50 / month)", 3_900)]


def test_usage_of_nothing_is_printed_on_a_renewal(life):
    found = life.subscribe(life.metered(250, name="Calls"))
    life.advance("2026-02-01")
    assert lines(life.latest(found)) == [("0 × Calls (at $2.50 / month)", 0)]


@pytest.mark.parametrize(("mode", "licensed", "metered"), [
    ("flexible", "Free trial for 3 × Basic", "Free trial for 0 × Calls"),
    ("classic", "Trial period for Basic", "0 × Calls (Free trial)")])
def test_trials(life, mode, licensed, metered):
    found = life.client.subscriptions.create({
        "customer": life.customer.id, "trial_period_days": 7, "billing_mode": {"type": mode},
        "items": [{"price": life.price(), "quantity": 3}, {"price": life.metered()}]})
    said = {line.description for line in life.latest(found).lines.data}
    assert said == {licensed, metered}


def test_prorations_print_a_quantity_from_two_on_and_the_day(client):
    life = SeenLife(client, on="2026-10-01")
    found = life.subscribe(life.price(1_000))
    life.advance("2026-10-20")
    life.update(found, items=life.item(found, quantity=2), proration_date=at("2026-10-09 23:59:59"))
    assert [item.description for item in life.pending()] == [
        "Unused time on Basic after 09 Oct 2026", "Remaining time on 2 × Basic after 09 Oct 2026"]
    life.update(found, items=life.item(found, quantity=0), proration_date=at("2026-10-11"))
    assert [item.description for item in life.pending()][:2] == [
        "Unused time on 2 × Basic after 11 Oct 2026",
        "Remaining time on 0 × Basic after 11 Oct 2026"]


@pytest.mark.parametrize(("percent", "said"), [(10, "10.0"), (33.33, "33.33"), (12.5, "12.5")])
def test_a_percentage_inside_a_proration(life, percent, said):
    coupon = life.client.coupons.create({"percent_off": percent, "duration": "forever"})
    found = life.client.subscriptions.create({
        "customer": life.customer.id, "items": [{"price": life.price(), "quantity": 2}],
        "discounts": [{"coupon": coupon.id}]})
    life.advance("2026-01-11")
    life.update(found, items=life.item(found, quantity=3))
    assert [item.description for item in life.pending()] == [
        f"Unused time on 2 × Basic (with {said}% off) after 11 Jan 2026",
        f"Remaining time on 3 × Basic (with {said}% off) after 11 Jan 2026"]


def test_what_is_added_is_called_by_its_product(life):
    once = life.client.prices.create(
        {"currency": "usd", "unit_amount": 500, "product_data": {"name": "Setup"}}).id
    found = life.subscribe(add_invoice_items=[{"price": once, "quantity": 2}])
    assert ("Setup", 1_000) in lines(life.latest(found))
    item = life.client.invoice_items.create(
        {"customer": life.customer.id, "pricing": {"price": once}})
    assert item.description == "Setup"
    bare = life.client.invoice_items.create(
        {"customer": life.customer.id, "amount": 100, "currency": "usd"})
    assert bare.description is None


def intent_of(life, invoice):
    found = life.client.invoices.retrieve(invoice, {"expand": ["payments"]})
    return life.client.payment_intents.retrieve(
        found.payments.data[0].payment.payment_intent, {"expand": ["latest_charge"]})


def test_what_payments_are_called(life):
    found = life.subscribe()
    created = intent_of(life, found.latest_invoice)
    assert created.description == created.latest_charge.description == "Subscription creation"
    life.advance("2026-01-11")
    changed = life.update(found, items=life.item(found, quantity=3),
                          proration_behavior="always_invoice")
    assert intent_of(life, changed.latest_invoice).description == "Subscription update"
    life.advance(at("2026-02-01") + DAY)
    assert intent_of(life, life.read(found).latest_invoice).description == "Subscription update"
    life.client.invoice_items.create(
        {"customer": life.customer.id, "amount": 700, "currency": "usd"})
    one_off = life.client.invoices.create(
        {"customer": life.customer.id, "pending_invoice_items_behavior": "include"})
    life.client.invoices.pay(one_off.id)
    assert intent_of(life, one_off.id).description == "Payment for Invoice"


def test_another_name_of_the_product_is_for_later_lines(life):
    found = life.subscribe(life.price(1_000))
    product = first(found).price.product
    life.client.products.update(product, {"name": "Renamed"})
    life.advance("2026-02-01")
    assert lines(life.latest(found)) == [("1 × Renamed (at $10.00 / month)", 1_000)]
    assert lines(life.invoices()[0]) == [("1 × Basic (at $10.00 / month)", 1_000)]
