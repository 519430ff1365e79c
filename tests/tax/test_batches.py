"""Batches: taxes of many renewals take the same few queries as those of one."""

import pytest
import stripe

from asked import queries
from prorata.engine.advance import run_due
from prorata.testing import running

START = 1_790_000_000
DAY = 86_400
COUNTRIES = ("DE", "FR", "HU", "IT", "ES", "PL")


@pytest.fixture(autouse=True, scope="module")
def books():
    """Run no other server here: what its worker asks meanwhile would be counted too."""


def queries_of(customers: int, *, taxed: bool) -> int:
    """Return how many queries it takes to renew so many subscriptions, all in one batch."""
    with running(worker=False, now=START) as server:
        client = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url})
        client.v1.tax.settings.update({"head_office": {"address": {"country": "DE"}}})
        for options in ({"type": "standard"}, {"type": "oss_union"}):
            client.v1.tax.registrations.create(
                {"country": "DE", "country_options": {"de": options}, "active_from": "now"}
            )
        price = client.v1.prices.create(
            {
                "currency": "eur",
                "unit_amount": 1000,
                "recurring": {"interval": "month"},
                "product_data": {"name": "Pro"},
                "tax_behavior": "exclusive",
            }
        )
        for place in range(customers):
            ada = client.v1.customers.create(
                {"address": {"country": COUNTRIES[place % len(COUNTRIES)]}}
            )
            client.v1.subscriptions.create(
                {
                    "customer": ada.id,
                    "items": [{"price": price.id}],
                    "collection_method": "send_invoice",
                    "days_until_due": 30,
                    "automatic_tax": {"enabled": taxed},
                }
            )
        run_due(server.system, START + 25 * DAY, virtual=True)
        with queries() as asked:
            done = run_due(server.system, START + 33 * DAY, virtual=True)
        assert not done.failed
        renewed = [
            each for each in client.v1.invoices.list({"limit": 100}).data
            if each.billing_reason == "subscription_cycle"
        ]  # fmt: skip
        assert len(renewed) == customers
        assert all(each.status == "open" for each in renewed)
        assert all((each.total > 1000) is taxed for each in renewed)
        return len(asked)


def test_taxes_take_the_same_queries_however_many_are_renewed():
    # Two customers who share a bucket make a batch more, now and then.
    with_taxes = min(queries_of(9, taxed=True) for _ in range(3))
    without = min(queries_of(9, taxed=False) for _ in range(2))
    # One for each invoice would be nine more at the draft, and nine when it is finalized.
    assert with_taxes - without <= 6


def test_a_calculation_takes_the_same_queries_however_many_products_it_names():
    with running(worker=False, now=START) as server:
        client = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url}).v1
        client.tax.settings.update({"head_office": {"address": {"country": "DE"}}})
        lines = [
            {
                "amount": 1000,
                "product": client.products.create({"name": "Fair"}).id,
                "performance_location": client.tax.locations.create(
                    {"type": "performance", "address": {"country": "DE", "city": city}}
                ).id,
            }
            for city in ("Berlin", "Bonn", "Hof", "Kiel")
        ]

        def asked_for(lines):
            with queries() as asked:
                client.tax.calculations.create(
                    {
                        "currency": "eur",
                        "line_items": lines,
                        "customer_details": {
                            "address": {"country": "DE"},
                            "address_source": "billing",
                        },
                    }
                )
            named = ("doc_product ", "doc_tax_location ")
            return sum(any(table in sql for table in named) for sql in asked)

        assert asked_for(lines) == asked_for(lines[:1]) == 2


def test_registrations_begin_and_end_by_themselves():
    with running(worker=False, now=START) as server:
        client = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url})
        made = client.v1.tax.registrations.create(
            {
                "country": "GB",
                "country_options": {"gb": {"type": "standard"}},
                "active_from": START + DAY,
                "expires_at": START + 3 * DAY,
            }
        )
        seen = []
        for days in (0, 2, 4):
            run_due(server.system, START + days * DAY, virtual=True)
            seen.append(client.v1.tax.registrations.retrieve(made.id).status)
        assert seen == ["scheduled", "active", "expired"]
