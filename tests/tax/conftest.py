"""Fixtures of taxes: a shop at home in Germany, registered in many places."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sound import assert_sound

REGISTRATIONS: list[tuple[str, dict[str, Any]]] = [
    ("DE", {"type": "standard"}),
    ("DE", {"type": "oss_union"}),
    ("GB", {"type": "standard"}),
    ("CH", {"type": "standard"}),
    ("NO", {"type": "standard"}),
    ("AU", {"type": "standard"}),
    ("NZ", {"type": "standard"}),
    ("SG", {"type": "standard"}),
    ("JP", {"type": "standard"}),
    ("IN", {"type": "simplified"}),
    ("CA", {"type": "standard"}),
    ("CA", {"type": "province_standard", "province_standard": {"province": "QC"}}),
    ("US", {"type": "state_sales_tax", "state": "TX"}),
]


@pytest.fixture(autouse=True, scope="module")
def books(server: Any) -> Iterator[None]:
    """Prove, once a module is done, that the books balance and every invoice adds up."""
    yield
    assert_sound(server.system)


def register(client: Any, country: str, options: dict[str, Any], **params: Any) -> Any:
    """Register in a country."""
    return client.v1.tax.registrations.create(
        {
            "country": country,
            "country_options": {country.lower(): options},
            "active_from": "now",
            **params,
        }
    )


@pytest.fixture
def shop(client: Any) -> Any:
    """Give a client whose account is set up for automatic tax."""
    client.v1.tax.settings.update(
        {
            "head_office": {"address": {"country": "DE", "city": "Berlin", "postal_code": "10115"}},
            "defaults": {"tax_code": "txcd_10103001"},
        }
    )
    if not client.v1.tax.registrations.list().data:
        for country, options in REGISTRATIONS:
            register(client, country, options)
    return client


@pytest.fixture
def price(shop: Any) -> Callable[..., Any]:
    """Give the making of monthly prices."""

    def make(amount: int = 1000, behavior: str = "exclusive", **params: Any) -> Any:
        return shop.v1.prices.create(
            {
                "currency": "eur",
                "unit_amount": amount,
                "recurring": {"interval": "month"},
                "product_data": {"name": "Pro"},
                "tax_behavior": behavior,
                **params,
            }
        )

    return make


@pytest.fixture
def customer(shop: Any) -> Callable[..., Any]:
    """Give the making of customers who live somewhere and can pay."""

    def make(
        country: str | None = "DE", tax_id: tuple[str, str] | None = None, **params: Any
    ) -> Any:
        address = params.pop("address", {"country": country} if country else None)
        return shop.v1.customers.create(
            {
                "payment_method": "pm_card_visa",
                "invoice_settings": {"default_payment_method": "pm_card_visa"},
                **({"address": address} if address else {}),
                **({"tax_id_data": [{"type": tax_id[0], "value": tax_id[1]}]} if tax_id else {}),
                **params,
            }
        )

    return make


@pytest.fixture
def subscribe(shop: Any) -> Callable[..., Any]:
    """Give subscribing with automatic tax."""

    def make(customer: Any, price: Any, **params: Any) -> Any:
        return shop.v1.subscriptions.create(
            {
                "customer": customer.id,
                "items": [{"price": price.id}],
                "automatic_tax": {"enabled": True},
                "expand": ["latest_invoice"],
                **params,
            }
        )

    return make


def taxes_of(document: Any) -> list[tuple[int, str, str]]:
    """Return an invoice's taxes as (amount, behavior, reason)."""
    return [(t.amount, t.tax_behavior, t.taxability_reason) for t in document.total_taxes]
