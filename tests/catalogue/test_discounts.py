"""Discounts: redeemed by customers and subscriptions, counted, spent and ended."""

import time

import pytest
import stripe

from clocks import arrived

from .errors import refused

OLD = {"stripe_version": "2024-06-20"}
DAY = 86_400


@pytest.fixture
def price(client):
    product = client.v1.products.create({
        "name": "Basic",
        "default_price_data": {
            "currency": "usd", "unit_amount": 2000, "recurring": {"interval": "month"},
        },
    })  # fmt: skip
    return product.default_price


@pytest.fixture
def payer(client):
    return client.v1.customers.create({
        "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    })  # fmt: skip


def subscribe(client, customer, price, discounts, **more):
    return client.v1.subscriptions.create({
        "customer": customer.id, "items": [{"price": price}], "discounts": discounts,
        "expand": ["latest_invoice"], **more,
    })  # fmt: skip


def told(client, about):
    """Return the events of discounts of this customer, oldest first, as (type, discount)."""
    events = client.v1.events.list({"type": "customer.discount.*", "limit": 100}).data
    mine = [each for each in events if each.data.object["customer"] == about.id]
    return [(each.type.rpartition(".")[2], each.data.object["id"]) for each in reversed(mine)]


def test_a_customer_has_one_discount_at_a_time(client):
    ten = client.v1.coupons.create({"percent_off": 10, "duration": "forever"}).id
    twenty = client.v1.coupons.create({"percent_off": 20, "duration": "forever"}).id
    customer = client.v1.customers.create({"coupon": ten}, OLD)
    first = client.v1.customers.retrieve(customer.id).discount
    assert (first.source.coupon, first.end, first.subscription) == (ten, None, None)
    client.v1.customers.update(customer.id, {"coupon": twenty}, OLD)
    expanded = client.v1.customers.retrieve(
        customer.id, {"expand": ["discount.source.coupon"]}
    ).discount
    assert expanded.source.coupon.percent_off == 20

    removed = client.v1.customers.delete_discount(customer.id)
    assert (removed.id, removed.deleted) == (expanded.id, True)
    assert client.v1.customers.retrieve(customer.id).discount is None
    assert told(client, customer) == [
        ("created", first.id), ("updated", expanded.id), ("deleted", expanded.id),
    ]  # fmt: skip
    with refused(f"No active discount for customer: {customer.id}", code="resource_missing",
                 status=404):  # fmt: skip
        client.v1.customers.delete_discount(customer.id)


def test_a_once_coupon_is_spent_by_the_first_invoice(client, payer, price):
    coupon = client.v1.coupons.create({"percent_off": 50, "duration": "once"})
    subscription = subscribe(client, payer, price, [{"coupon": coupon.id}])
    invoice = subscription.latest_invoice
    assert (subscription.status, subscription.discounts) == ("active", [])
    assert (invoice.subtotal, invoice.total) == (2000, 1000)
    assert client.v1.coupons.retrieve(coupon.id).times_redeemed == 1
    [discount] = invoice.discounts
    assert told(client, payer) == [("created", discount), ("deleted", discount)]


def test_discounts_apply_in_their_order(client, payer, price):
    percent = client.v1.coupons.create({"percent_off": 20, "duration": "forever"}).id
    amount = client.v1.coupons.create({
        "amount_off": 1000, "currency": "usd", "duration": "forever",
    }).id  # fmt: skip
    first = subscribe(client, payer, price, [{"coupon": percent}, {"coupon": amount}])
    assert first.latest_invoice.total == 600
    second = subscribe(client, payer, price, [{"coupon": amount}, {"coupon": percent}])
    assert second.latest_invoice.total == 800


def test_a_discount_outlives_its_coupon(client, payer, price):
    coupon = client.v1.coupons.create({"percent_off": 50, "duration": "forever"})
    subscription = subscribe(client, payer, price, [{"coupon": coupon.id}])
    client.v1.coupons.delete(coupon.id)
    preview = client.v1.invoices.create_preview({"subscription": subscription.id})
    assert preview.total == 1000
    expanded = client.v1.subscriptions.retrieve(
        subscription.id, {"expand": ["discounts.source.coupon"]}
    )
    assert expanded.discounts[0].source.coupon.valid is False


def test_a_coupon_used_up_ends_with_its_codes(client, payer, price):
    coupon = client.v1.coupons.create({"percent_off": 50, "max_redemptions": 1})
    code = client.v1.promotion_codes.create({
        "promotion": {"type": "coupon", "coupon": coupon.id}, "code": "LAST",
    })  # fmt: skip
    subscription = subscribe(client, payer, price, [{"promotion_code": code.id}])
    assert subscription.latest_invoice.total == 1000
    assert client.v1.coupons.retrieve(coupon.id).valid is False
    after = client.v1.promotion_codes.retrieve(code.id)
    assert (after.active, after.times_redeemed) == (False, 1)
    with refused(f"Coupon expired: {coupon.id}", code="coupon_expired",
                 param="discounts[0][coupon]"):  # fmt: skip
        subscribe(client, payer, price, [{"coupon": coupon.id}])
    with refused("The promotion code LAST is inactive and cannot be redeemed.",
                 param="discounts[0][promotion_code]"):  # fmt: skip
        subscribe(client, payer, price, [{"promotion_code": code.id}])


def test_a_code_for_first_purchases_is_refused_later(client, payer, price):
    coupon = client.v1.coupons.create({"percent_off": 10})
    code = client.v1.promotion_codes.create({
        "promotion": {"type": "coupon", "coupon": coupon.id},
        "restrictions": {"first_time_transaction": True},
    })  # fmt: skip
    subscribe(client, payer, price, [{"promotion_code": code.id}])
    with refused(
        "This promotion code cannot be redeemed because the associated customer has prior"
        " transactions.",
        code="promotion_code_customer_not_first_time", param="discounts[0][promotion_code]",
    ):  # fmt: skip
        subscribe(client, payer, price, [{"promotion_code": code.id}])


def test_a_code_asks_for_a_minimum(client, payer, price):
    coupon = client.v1.coupons.create({"percent_off": 10})

    def code(least):
        return client.v1.promotion_codes.create({
            "promotion": {"type": "coupon", "coupon": coupon.id},
            "restrictions": {"minimum_amount": least, "minimum_amount_currency": "usd"},
        }).id  # fmt: skip

    with refused(
        "This promotion code cannot be redeemed because the associated purchase does not meet the"
        " minimum amount requirement.",
        param="discounts[0][promotion_code]",
    ):
        subscribe(client, payer, price, [{"promotion_code": code(2001)}])
    subscription = subscribe(client, payer, price, [{"promotion_code": code(2000)}])
    assert subscription.latest_invoice.total == 1800
    with pytest.raises(stripe.InvalidRequestError, match="only be redeemed with a first payment"):
        client.v1.subscriptions.update(
            subscription.id, {"discounts": [{"promotion_code": code(1)}]}
        )


def test_a_code_for_one_customer_is_refused_to_others(client, payer, price):
    coupon = client.v1.coupons.create({"percent_off": 10})
    other = client.v1.customers.create({"name": "Other"})
    code = client.v1.promotion_codes.create({
        "promotion": {"type": "coupon", "coupon": coupon.id}, "customer": other.id,
    })  # fmt: skip
    with refused(
        "This promotion code cannot be redeemed because it belongs to another customer.",
        param="discounts[0][promotion_code]",
    ):
        subscribe(client, payer, price, [{"promotion_code": code.id}])


def test_what_discounts_refuse(client, payer, price):
    coupon = client.v1.coupons.create({"percent_off": 10}).id
    euros = client.v1.coupons.create({"amount_off": 1, "currency": "eur"}).id
    code = client.v1.promotion_codes.create({
        "promotion": {"type": "coupon", "coupon": coupon},
    }).id  # fmt: skip
    with refused("No such coupon: 'nope'", code="resource_missing", param="discounts[1][coupon]"):
        subscribe(client, payer, price, [{"coupon": coupon}, {"coupon": "nope"}])
    with refused("No such promotion code: 'promo_x'", code="resource_missing",
                 param="discounts[0][promotion_code]"):  # fmt: skip
        subscribe(client, payer, price, [{"promotion_code": "promo_x"}])
    with refused("No such discount: 'di_x'", code="resource_missing",
                 param="discounts[0][discount]"):  # fmt: skip
        subscribe(client, payer, price, [{"discount": "di_x"}])
    with refused(
        f"The coupon {coupon} is applied more than once in `discounts`: a coupon, and each"
        " promotion code and discount of it, can be applied once.",
        param="discounts[1][promotion_code]",
    ):
        subscribe(client, payer, price, [{"coupon": coupon}, {"promotion_code": code}])
    with refused(
        "You may only specify one of these parameters: discounts[0][coupon],"
        " discounts[0][promotion_code].",
        param="discounts[0][coupon]",
    ):
        subscribe(client, payer, price, [{"coupon": coupon, "promotion_code": code}])
    with refused(
        f"The coupon {euros} has no amount in usd: it can be applied to eur only.",
        param="discounts[0][coupon]",
    ):
        subscribe(client, payer, price, [{"coupon": euros}])
    with refused("You can apply at most 20 discounts; you passed 21.", param="discounts"):
        subscribe(client, payer, price, [{"coupon": str(n)} for n in range(21)])
    assert client.v1.coupons.retrieve(coupon).times_redeemed == 0


def test_an_update_keeps_what_it_names_and_ends_the_rest(client, payer, price):
    kept = client.v1.coupons.create({"percent_off": 10, "duration": "forever"}).id
    dropped = client.v1.coupons.create({"percent_off": 20, "duration": "forever"}).id
    subscription = subscribe(client, payer, price, [{"coupon": kept}, {"coupon": dropped}])
    first, second = subscription.discounts
    changed = client.v1.subscriptions.update(
        subscription.id, {"discounts": [{"discount": first}]}
    )
    assert changed.discounts == [first]
    assert told(client, payer)[-1] == ("deleted", second)
    assert client.v1.coupons.retrieve(kept).times_redeemed == 1


def test_a_repeating_coupon_lasts_its_months(client, price):
    now = int(time.time())
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": now})
    customer = client.v1.customers.create({
        "test_clock": clock.id, "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    })  # fmt: skip
    coupon = client.v1.coupons.create({
        "percent_off": 50, "duration": "repeating", "duration_in_months": 2,
    })  # fmt: skip
    subscription = subscribe(client, customer, price, [{"coupon": coupon.id}])
    [discount] = subscription.discounts
    client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": now + 95 * DAY})
    arrived(client.v1.test_helpers.test_clocks, clock.id)
    invoices = client.v1.invoices.list({"subscription": subscription.id}).data
    assert [each.total for each in reversed(invoices)][:4] == [1000, 1000, 2000, 2000]
    assert client.v1.subscriptions.retrieve(subscription.id).discounts == []
    assert told(client, customer) == [("created", discount), ("deleted", discount)]
