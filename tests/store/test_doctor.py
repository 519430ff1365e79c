"""The doctor finds whatever is damaged by hand, and names the document."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import stripe

from prorata.engine.doctor import examine
from prorata.gateways.sandbox.network import Sandbox
from prorata.testing import RunningServer
from servers import running
from store.damages import DAMAGES, altered, first


@pytest.fixture(scope="module")
def server(store: str) -> Iterator[RunningServer]:
    """Run a shop that has lived two months: renewals, a refund and a credit note."""
    with running(now=1_769_853_600, worker=False) as server:
        client = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url})
        dev(server, "reset")
        price = client.v1.prices.create({
            "currency": "usd", "unit_amount": 1500, "recurring": {"interval": "month"},
            "product_data": {"name": "Basic"},
        })  # fmt: skip
        ada = client.v1.customers.create({
            "payment_method": "pm_card_visa",
            "invoice_settings": {"default_payment_method": "pm_card_visa"},
        })  # fmt: skip
        client.v1.subscriptions.create({"customer": ada.id, "items": [{"price": price.id}]})
        dev(server, "clock/advance", by="2mo")
        dev(server, "clock/advance", by="2h")
        [charge, *_] = client.v1.charges.list({"customer": ada.id}).data
        client.v1.refunds.create({"charge": charge.id, "amount": 100})
        [invoice, *_] = client.v1.invoices.list({"customer": ada.id}).data
        client.v1.credit_notes.create(
            {"invoice": invoice.id, "amount": 200, "credit_amount": 200}
        )
        client.v1.payment_intents.create({
            "customer": ada.id, "amount": 900, "currency": "usd", "confirm": True,
            "payment_method": "pm_card_createDispute",
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        })  # fmt: skip
        client.v1.billing.credit_grants.create({
            "customer": ada.id, "category": "paid",
            "amount": {"type": "monetary", "monetary": {"currency": "usd", "value": 500}},
            "applicability_config": {"scope": {"price_type": "metered"}},
        })  # fmt: skip
        client.v1.customers.create({"name": "Bob"})
        dev(server, "clock/advance", by="1h")
        dev(server, "snapshots", name="whole")
        yield server


@pytest.fixture(autouse=True)
def whole(server: RunningServer) -> None:
    dev(server, "snapshots/whole/restore")


def dev(server: RunningServer, call: str, **body: Any) -> None:
    request = urllib.request.Request(
        f"{server.url}/_prorata/{call}",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    urllib.request.urlopen(request).close()


def findings(server: RunningServer) -> str:
    return "\n".join(
        f"{each.check}: {each.id}: {each.problem}"
        for check in examine(server.system)
        for each in check.findings
    )


def test_a_shop_that_nobody_damaged_is_whole(server: RunningServer) -> None:
    assert findings(server) == ""


def test_what_ends_is_told_by_its_end_alone(server: RunningServer) -> None:
    v1 = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url}).v1
    product = v1.products.create({"name": "Pro"}).id
    plan = v1.plans.create(
        {"product": product, "currency": "usd", "amount": 900, "interval": "month"}
    )
    v1.plans.delete(plan.id)
    schedule = v1.subscription_schedules.create({
        "customer": v1.customers.list().data[0].id, "start_date": "now",
        "phases": [{"items": [{"price": v1.prices.list({"active": True}).data[0].id}]}],
    })  # fmt: skip
    v1.subscription_schedules.cancel(schedule.id)
    assert findings(server) == ""


@pytest.mark.parametrize("name", DAMAGES)
def test_what_is_damaged_is_named(server: RunningServer, name: str) -> None:
    id = server.system.database.write(DAMAGES[name])
    found = findings(server)
    # A refund is named by its charge.
    assert id in found or (id.startswith("re_") and "refunds make 107" in found)


def test_another_gateway_s_charges_are_not_looked_for_in_the_sandbox(
    server: RunningServer,
) -> None:
    def move(connection: Any) -> None:
        prefixes = ("reference\":\"sandbox_", "reference\":\"voucher_")
        for kind in ("charge", "dispute"):
            connection.run(f"UPDATE doc_{kind} SET private = REPLACE(private, ?, ?)", prefixes)
        connection.run(
            "UPDATE doc_payment_attempt SET document = REPLACE(document, ?, ?)", prefixes
        )

    def found() -> list[str]:
        # As `prorata doctor` begins, whatever gateway the servers have.
        sandbox = Sandbox()
        try:
            checks = examine(replace(server.system, gateway=sandbox))
        finally:
            sandbox.close()
        return [each.problem for check in checks for each in check.findings]

    assert set(found()) == {"no gateway knows this charge"}
    server.system.database.write(move)
    assert found() == []


UNBILLED = "Every period that a subscription renewed into was billed"


def unbilled_of(server: RunningServer) -> list[str]:
    [check] = [each for each in examine(server.system) if each.name == UNBILLED]
    assert check.looked_at == 1
    return [each.id for each in check.findings]


def test_a_renewal_without_an_invoice_is_found(server: RunningServer) -> None:
    def lose(connection: Any) -> str:
        query = "SELECT id, subscription FROM doc_invoice ORDER BY id"
        _, (renewal, subscription), _ = connection.query(query)
        connection.run("DELETE FROM doc_invoice WHERE id = ?", (renewal,))
        return str(subscription)

    assert unbilled_of(server) == []
    lost = server.system.database.write(lose)
    assert unbilled_of(server) == [lost]


def test_a_period_that_was_skipped_is_found(server: RunningServer) -> None:
    def skip(connection: Any) -> str:
        id, document = first(connection, "subscription")
        [item] = document["items"]["data"]
        item["current_period_start"] += 61 * 86_400
        item["current_period_end"] += 61 * 86_400
        connection.run(
            "UPDATE doc_subscription SET document = ? WHERE id = ?", (json.dumps(document), id)
        )
        return id

    skipped = server.system.database.write(skip)
    assert unbilled_of(server) == [skipped]


def test_a_document_that_makes_no_sense_ends_no_other_check(server: RunningServer) -> None:
    id = server.system.database.write(altered("price", "unit_amount_decimal", None))
    server.system.database.write(altered("price", "unit_amount", None))
    checks = examine(server.system)
    [found] = [each for each in checks if each.name.startswith("Every customer's monthly")]
    assert "cannot be proven" in found.findings[0].problem
    assert any(id in each.problem or each.id == id for check in checks for each in check.findings)
