"""A request that promises to leave nothing behind keeps its word, on every kind of document."""

import pytest
import stripe


def test_a_refused_subscription_leaves_no_redemption_and_no_event(client) -> None:
    api = client.v1
    price = api.prices.create(
        {
            "currency": "usd",
            "unit_amount": 2000,
            "recurring": {"interval": "month"},
            "product_data": {"name": "Basic"},
        }
    )
    coupon = api.coupons.create({"percent_off": 25, "duration": "once", "max_redemptions": 1})
    customer = api.customers.create(
        {
            "payment_method": "pm_card_chargeCustomerFail",
            "invoice_settings": {"default_payment_method": "pm_card_chargeCustomerFail"},
        }
    )
    before = [event.id for event in api.events.list({"limit": 100}).data]

    with pytest.raises(stripe.CardError):
        api.subscriptions.create(
            {
                "customer": customer.id,
                "items": [{"price": price.id}],
                "discounts": [{"coupon": coupon.id}],
                "payment_behavior": "error_if_incomplete",
            }
        )

    assert [event.id for event in api.events.list({"limit": 100}).data] == before
    assert api.coupons.retrieve(coupon.id).times_redeemed == 0
    assert api.coupons.retrieve(coupon.id).valid
    assert api.customers.retrieve(customer.id) == customer
    assert not api.subscriptions.list({"customer": customer.id, "status": "all"}).data
    assert not api.invoices.list({"customer": customer.id}).data
    assert not api.payment_intents.list({"customer": customer.id}).data
