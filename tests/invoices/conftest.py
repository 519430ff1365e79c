"""Fixtures of invoices: a customer who can pay, and drafts made by hand."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from prorata.engine.doctor import examine


@pytest.fixture(autouse=True, scope="module")
def books(server: Any) -> Iterator[None]:
    """Prove, once a module is done, that the books balance and every invoice adds up."""
    yield
    found = [each for check in examine(server.system) for each in check.findings]
    assert not found, "\n".join(f"{each.check}: {each.id}: {each.problem}" for each in found)


@pytest.fixture
def ada(client: Any) -> Any:
    """Give a customer with a card that works."""
    return client.v1.customers.create(
        {
            "name": "Ada",
            "email": "ada@example.com",
            "payment_method": "pm_card_visa",
            "invoice_settings": {"default_payment_method": "pm_card_visa"},
        }
    )


@pytest.fixture
def draft(client: Any) -> Callable[..., Any]:
    """Give the making of drafts: a line in dollars for each amount of minor units."""

    def make(customer: Any, *amounts: int, **params: Any) -> Any:
        invoice = client.v1.invoices.create({"customer": customer.id, "currency": "usd", **params})
        for amount in amounts:
            client.v1.invoice_items.create(
                {
                    "customer": customer.id,
                    "invoice": invoice.id,
                    "amount": amount,
                    "currency": "usd",
                }
            )
        return client.v1.invoices.retrieve(invoice.id)

    return make
