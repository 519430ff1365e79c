"""Weight: each page that a customer sees, with its styles and scripts and without pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin

import pytest
import requests
import stripe

from servers import running

MOST_BYTES = 60_000
ASSETS = re.compile(r'(?:href|src)="(/assets/[^"]+\.(?:css|js))"')
LATER = re.compile(r'data-at="([^"]*)" data-runs="([^"]*)" data-loads="([^"]*)"')
IMPORTS = re.compile(r"""^(?:import|export)[^;]*?from\s+['"](\.[^'"]+)['"]""", re.MULTILINE)


def weight(url: str) -> int:
    """Return how many bytes a page is with all that it loads by itself, as a browser gets them."""
    page = requests.get(url, timeout=60)
    assert page.status_code == 200, page.text[:300]
    assert page.headers["content-encoding"] == "gzip" and 'rel="stylesheet"' not in page.text
    waiting = [urljoin(page.url, each) for each in ASSETS.findall(page.text)]
    for at, runs, loads in LATER.findall(page.text):
        waiting += [urljoin(page.url, at + name) for name in f"{runs} {loads}".split()]
    seen: dict[str, int] = {}
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        asset = requests.get(address, timeout=60)
        assert asset.headers["content-encoding"] == "gzip"
        seen[address] = asset.raw.tell()
        waiting += [urljoin(address, each) for each in IMPORTS.findall(asset.text)]
    return page.raw.tell() + sum(seen.values())


@pytest.fixture(scope="module")
def pages() -> Iterator[dict[str, str]]:
    """Give the addresses of a customer's pages, by what they are."""
    with running(dev=True) as server:
        client = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url})
        v1 = client.v1
        products = [v1.products.create({"name": f"Plan {each}"}).id for each in range(4)]
        prices = [
            v1.prices.create({
                "currency": "eur", "unit_amount": 1500, "recurring": {"interval": each},
                "product": product,
            }).id
            for product in products for each in ("month", "year")
        ]  # fmt: skip
        ada = v1.customers.create({
            "email": "ada@example.com", "name": "Ada", "payment_method": "pm_card_visa",
            "invoice_settings": {"default_payment_method": "pm_card_visa"},
        })  # fmt: skip
        paid = v1.subscriptions.create({"customer": ada.id, "items": [{"price": prices[0]}]})
        v1.invoice_items.create({"customer": ada.id, "amount": 900, "currency": "eur"})
        owed = v1.invoices.create({
            "customer": ada.id, "collection_method": "send_invoice", "days_until_due": 9,
            "pending_invoice_items_behavior": "include",
        })  # fmt: skip
        owed = v1.invoices.finalize_invoice(owed.id)
        receipt = v1.invoices.retrieve(str(paid.latest_invoice)).hosted_invoice_url
        checkout = v1.checkout.sessions.create({
            "mode": "subscription", "line_items": [{"price": prices[0], "quantity": 1}],
            "success_url": "https://shop.example/", "allow_promotion_codes": True,
            "billing_address_collection": "required", "tax_id_collection": {"enabled": True},
            "shipping_address_collection": {"allowed_countries": ["DE", "FR", "US"]},
        })  # fmt: skip
        portal = v1.billing_portal.sessions.create({"customer": ada.id}).url
        charge = v1.charges.list({"customer": ada.id}).data[0]
        link = v1.payment_links.create({"line_items": [{"price": prices[0], "quantity": 1}]})
        table = client.raw_request("post", "/v1/prorata/pricing_tables", products=[
            {"product": product, "prices": prices[2 * place : 2 * place + 2],
             "features": ["Unlimited albums", "Prints at cost", "Help by people"]}
            for place, product in enumerate(products)
        ]).data  # fmt: skip
        yield {
            "checkout": str(checkout.url),
            "invoice": str(owed.hosted_invoice_url),
            "paid invoice": str(receipt),
            "portal": portal,
            "portal, card": f"{portal}/payment-methods/add",
            "portal, details": f"{portal}/details",
            "receipt": str(charge.receipt_url),
            "outbox": f"{server.url}/_prorata/outbox",
            "payment link": str(link.url),
            "pricing table": f"{server.url}/pricing/{table['id']}",
        }


def test_every_page_is_small(pages: dict[str, str]) -> None:
    weights = {name: weight(url) for name, url in pages.items()}
    assert weights["checkout"] > weights["receipt"] > 4_000
    assert not {name: each for name, each in weights.items() if each > MOST_BYTES}
