"""A book of one subscription, with its first payment."""

from __future__ import annotations

from typing import Any


def subscribed(client: Any) -> Any:
    """Return a subscription that has been paid for its first month."""
    customer = client.v1.customers.create({
        "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    })  # fmt: skip
    price = client.v1.prices.create({
        "currency": "usd", "unit_amount": 1500, "recurring": {"interval": "month"},
        "product_data": {"name": "Basic"},
    })  # fmt: skip
    return client.v1.subscriptions.create(
        {"customer": customer.id, "items": [{"price": price.id}]}
    )
