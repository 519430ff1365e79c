"""Changes of a subscription that are not paid, are refused, or prorate in a way of their own."""

from __future__ import annotations

from subscriptions.life import first, lines
from subscriptions.test_subscribe import refused

CLASSIC = {"type": "classic"}


def items(life):
    return [(item.description, item.amount) for item in life.pending()]


def test_a_change_that_cannot_be_paid_makes_it_past_due(life):
    subscription = life.subscribe(life.price(1_000))
    life.use_card("chargeCustomerFail")
    life.advance("2026-01-16")
    found = life.change(
        subscription, life.price(3_000, name="Pro"), proration_behavior="always_invoice")
    assert found.status == "past_due"
    assert first(found).price.id == life.price(3_000, name="Pro")
    assert life.latest(found).status == "open"


def test_error_if_incomplete_changes_nothing(life):
    subscription = life.subscribe(life.price(1_000))
    life.use_card("chargeCustomerFail")
    life.advance("2026-01-16 12:00")
    refused(lambda: life.change(
        subscription, life.price(3_000, name="Pro"), proration_behavior="always_invoice",
        payment_behavior="error_if_incomplete"), code="card_declined", status=402)
    found = life.read(subscription)
    assert (found.status, first(found).price.id) == ("active", life.price(1_000))
    assert found.latest_invoice == subscription.latest_invoice
    assert life.pending() == []
    # What was paid for is still credited in full by a later change.
    life.use_card("visa")
    found = life.change(
        subscription, life.price(3_000, name="Pro"), proration_behavior="always_invoice",
        payment_behavior="error_if_incomplete")
    assert [line.amount for line in life.latest(found).lines.data] == [-500, 1_500]
    assert first(found).price.id == life.price(3_000, name="Pro")


def test_default_incomplete_leaves_the_invoice_to_be_paid(life):
    subscription = life.subscribe(life.price(1_000))
    life.advance("2026-01-16")
    found = life.change(
        subscription, life.price(3_000, name="Pro"), proration_behavior="always_invoice",
        payment_behavior="default_incomplete")
    assert found.status == "past_due"
    assert life.latest(found).attempted is False
    life.client.invoices.pay(found.latest_invoice)
    assert life.read(found).status == "active"


def test_metered_items_never_prorate(life):
    subscription = life.subscribe(life.metered())
    life.advance("2026-01-16")
    life.update(subscription, items=[{"id": first(subscription).id, "price": life.metered(200)}])
    assert life.pending() == []


def test_what_may_change_after_the_end(life):
    subscription = life.subscribe()
    life.client.subscriptions.cancel(subscription.id)
    assert life.update(subscription, metadata={"a": "b"}).metadata["a"] == "b"
    assert refused(
        lambda: life.update(subscription, description="late"),
        code="invalid_canceled_subscription_fields",
    ) == "A canceled subscription can only update its cancellation_details and metadata."


def test_what_may_change_while_incomplete(live):
    life = live(card="chargeCustomerFail")
    subscription = life.subscribe()
    method = life.use_card("visa")
    found = life.update(subscription, default_payment_method=method, metadata={"a": "b"})
    assert found.default_payment_method == method
    assert life.update(found, default_payment_method="").default_payment_method is None
    refused(lambda: life.update(subscription, proration_behavior="none"),
            param="proration_behavior")


def test_discounts_alone_never_prorate(life):
    subscription = life.subscribe(life.price(1_000))
    coupon = life.client.coupons.create({"percent_off": 50, "duration": "forever"})
    life.advance("2026-01-16")
    found = life.update(subscription, discounts=[{"coupon": coupon.id}])
    assert len(found.discounts) == 1
    assert life.pending() == []
    life.advance("2026-02-02")
    assert life.latest(found).amount_paid == 500
    assert life.update(found, discounts="").discounts == []


def test_currency_of_another_item(life):
    subscription = life.subscribe()
    euro = life.client.prices.create({
        "currency": "eur", "unit_amount": 500, "product_data": {"name": "Euro"},
        "recurring": {"interval": "month"},
    }).id
    assert refused(lambda: life.update(subscription, items=[{"price": euro}]), param="price") == (
        "The price specified only supports `eur`. This doesn't match the expected currency: `usd`."
    )


def test_sent_invoices_of_a_change_are_drafts(life):
    subscription = life.subscribe(
        life.price(1_000), collection_method="send_invoice", days_until_due=30)
    life.advance("2026-01-16")
    found = life.change(
        subscription, life.price(3_000, name="Pro"), proration_behavior="always_invoice")
    assert life.latest(found).status == "draft"
    assert found.status == "active"


def test_items_added_with_an_invoice_are_billed_on_it(life):
    subscription = life.subscribe(life.price(1_000))
    setup = life.client.prices.create(
        {"currency": "usd", "unit_amount": 500, "product_data": {"name": "Setup"}}).id
    found = life.update(subscription, add_invoice_items=[{"price": setup}],
                        proration_behavior="always_invoice")
    assert lines(life.latest(found)) == [("Setup", 500)]
    life.update(subscription, add_invoice_items=[{"price": setup}])
    assert items(life) == [("Setup", 500)]


def test_nothing_is_prorated_while_paused(life):
    subscription = life.subscribe(life.price(1_000))
    life.client.subscriptions.pause(
        subscription.id, {"bill_for": {"unused_time_from": {"type": "none"}}})
    life.change(subscription, life.price(3_000, name="Pro"))
    assert life.pending() == []


def test_tax_rates_of_the_subscription_are_on_prorations_too(life):
    rate = life.client.tax_rates.create(
        {"display_name": "VAT", "percentage": 10, "inclusive": False}).id
    subscription = life.subscribe(life.price(1_000), default_tax_rates=[rate])
    assert life.latest(subscription).total == 1_100
    life.advance("2026-01-16 12:00")
    found = life.change(
        subscription, life.price(3_000, name="Pro"), proration_behavior="always_invoice")
    assert life.latest(found).total == 1_100
    assert found.default_tax_rates[0].id == rate


def test_tiers_are_prorated_as_a_whole(life):
    tiered = life.client.prices.create({
        "currency": "usd", "product_data": {"name": "Seats"}, "billing_scheme": "tiered",
        "tiers_mode": "graduated", "recurring": {"interval": "month"},
        "tiers": [{"up_to": 2, "unit_amount": 1_000}, {"up_to": "inf", "unit_amount": 500}],
    }).id
    subscription = life.client.subscriptions.create(
        {"customer": life.customer.id, "items": [{"price": tiered, "quantity": 3}]})
    assert lines(life.latest(subscription)) == [
        ("2 × Seats (Tier 1 at $10.00 / month)", 2_000),
        ("1 × Seats (Tier 2 at $5.00 / month)", 500),
    ]
    life.advance("2026-01-16 12:00")
    life.update(subscription, items=[{"id": first(subscription).id, "quantity": 1}])
    assert items(life) == [
        ("Unused time on 3 × Seats after 16 Jan 2026", -1_250),
        ("Remaining time on Seats after 16 Jan 2026", 500),
    ]


def test_another_currency_of_the_price(life):
    price = life.client.prices.create({
        "currency": "usd", "unit_amount": 1_000, "product_data": {"name": "World"},
        "recurring": {"interval": "month"}, "currency_options": {"eur": {"unit_amount": 900}},
    }).id
    subscription = life.subscribe(price, currency="eur")
    assert subscription.currency == "eur"
    assert lines(life.latest(subscription)) == [("1 × World (at €9.00 / month)", 900)]
