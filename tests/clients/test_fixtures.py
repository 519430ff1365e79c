"""`stripe fixtures`: files that describe a shop's contents are played against the server."""

from __future__ import annotations

import json
from pathlib import Path

import stripe

from clients.stripe_cli import StripeCli

SHOP = Path(__file__).with_name("shop.json")
USAGE = Path(__file__).with_name("usage.json")


def test_a_file_of_fixtures_fills_the_shop(cli: StripeCli, client: stripe.StripeClient) -> None:
    done = cli.run("fixtures", str(SHOP), SHOP_EMAIL="fixture@example.com")
    assert done.code == 0, done.said
    found = client.v1.customers.list(params={"email": "fixture@example.com", "limit": 1})
    customer = found.data[0]
    assert customer.name == "Fixture Customer" and customer.metadata["shelf"] == "3"
    subscription = client.v1.subscriptions.list(
        params={"customer": customer.id, "expand": ["data.latest_invoice"]}
    ).data[0]
    item = subscription["items"].data[0]
    assert (subscription.status, item.quantity, item.price.unit_amount) == ("active", 3, 1500)
    invoice = subscription.latest_invoice
    assert isinstance(invoice, stripe.Invoice)
    assert (invoice.status, invoice.total) == ("paid", 3000)
    assert invoice.metadata is not None and invoice.metadata["number"] == invoice.number
    assert isinstance(item.price.product, str)
    product = client.v1.products.retrieve(item.price.product)
    assert product.name == "Box for Fixture Customer"
    assert product.metadata["city"] == "1 Main Street"


def test_meters_credits_alerts_and_features_are_filled_in(
    cli: StripeCli, client: stripe.StripeClient
) -> None:
    done = cli.run("fixtures", str(USAGE))
    assert done.code == 0, done.said
    customer = client.v1.subscriptions.list().data[0].customer
    assert isinstance(customer, str)
    preview = client.v1.invoices.create_preview({
        "customer": customer, "subscription": client.v1.subscriptions.list().data[0].id})
    # 25 by v1 were taken back, 25 by v2 are used: ten of them free, 15 at half a cent.
    assert preview.total == 8
    told = client.v1.entitlements.active_entitlements.list({"customer": customer}).data
    assert [each.lookup_key for each in told] == ["fk"]
    [grant] = client.v1.billing.credit_grants.list({"customer": customer}).data
    assert grant.expires_at is not None
    assert client.v1.billing.alerts.list().data[0].status == "archived"


def test_an_unexpected_error_ends_the_run_and_says_why(cli: StripeCli, tmp_path: Path) -> None:
    file = tmp_path / "wrong.json"
    step = {"name": "price", "path": "/v1/prices", "method": "post", "params": {"currency": "usd"}}
    file.write_text(json.dumps({"_meta": {"template_version": 0}, "fixtures": [step]}))
    done = cli.run("fixtures", str(file))
    assert done.code != 0
    assert "status=400" in done.said and "product" in done.said


def test_steps_of_a_file_can_be_skipped_and_changed(
    cli: StripeCli, client: stripe.StripeClient, tmp_path: Path
) -> None:
    file = tmp_path / "two.json"
    steps = [
        {"name": name, "path": "/v1/products", "method": "post", "params": {"name": f"two {name}"}}
        for name in ("first", "second")
    ]
    file.write_text(json.dumps({"_meta": {"template_version": 0}, "fixtures": steps}))
    done = cli.run(
        "fixtures", str(file), "--skip", "first", "--override", "second:name=two changed"
    )
    assert done.code == 0, done.said
    names = [each.name for each in client.v1.products.list().data if each.name.startswith("two")]
    assert names == ["two changed"]
