"""Tax engines from outside: asked with no transaction open, done without when they are silent."""

from contextlib import contextmanager
from decimal import Decimal

import pytest
import stripe

from prorata.engine.advance import run_due
from prorata.gateways.tax_engine import (
    StandardRates,
    TaxEngine,
    TaxEngineError,
    UnknownTaxEngine,
    names,
    open_tax_engine,
)
from prorata.rules.tax_place import Levy
from prorata.testing import running


class Elsewhere:
    """An engine that somebody else runs: a flat tenth, and a log of what it was asked."""

    name, immediate, provider = "elsewhere", False, "avalara"

    def __init__(self, database):
        self.database = database
        self.orders = []
        self.silent = False

    def assess(self, order):
        self.orders.append(order)
        # A transaction that is still open would keep this one waiting for ever.
        self.database.write(lambda connection: connection.query("SELECT 1"))
        if self.silent:
            raise TaxEngineError("no")
        levy = Levy(
            Decimal(10), "standard_rated", order.buyer.place.country, None, "country",
            "Somewhere", "Tithe", "sales_tax",
        )  # fmt: skip
        return [(levy,) for _ in order.lines]


START, DAY = 1_700_000_000, 86_400


@contextmanager
def taxed_elsewhere(**settings):
    with running(worker=False, **settings) as server:
        engine = server.system.tax_engine = Elsewhere(server.system.database)
        client = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url})
        client.v1.tax.settings.update({"head_office": {"address": {"country": "DE"}}})

        def later(seconds):
            clock = server.system.clock
            clock.move_to(clock.now() + seconds)
            assert run_due(server.system, clock.now()).failed == []

        yield client, engine, later


def monthly(client):
    return client.v1.prices.create(
        {
            "currency": "eur", "unit_amount": 1000, "recurring": {"interval": "month"},
            "product_data": {"name": "Pro"}, "tax_behavior": "exclusive",
        }
    )  # fmt: skip


def test_an_engine_is_asked_and_believed():
    with taxed_elsewhere() as (client, engine, _):
        assert isinstance(engine, TaxEngine)
        ada = client.v1.customers.create(
            {"address": {"country": "ZW"}, "payment_method": "pm_card_visa",
             "invoice_settings": {"default_payment_method": "pm_card_visa"}}
        )  # fmt: skip
        made = client.v1.subscriptions.create(
            {
                "customer": ada.id, "items": [{"price": monthly(client).id}],
                "automatic_tax": {"enabled": True}, "expand": ["latest_invoice"],
            }
        )  # fmt: skip
        assert made.latest_invoice.total == 1100
        assert made.latest_invoice.automatic_tax.provider == "avalara"
        rate = made.latest_invoice.total_taxes[0].tax_rate_details.tax_rate
        assert client.v1.tax_rates.retrieve(rate).display_name == "Tithe"
        [order] = {repr(each): each for each in engine.orders}.values()
        assert (order.buyer.place.country, order.currency, len(order.lines)) == ("ZW", "eur", 1)
        shown = client.v1.customers.retrieve(ada.id, {"expand": ["tax"]}).tax
        assert (shown.automatic_tax, shown.provider) == ("supported", "avalara")


def test_an_engine_that_says_nothing_leaves_a_draft():
    with taxed_elsewhere() as (client, engine, _):
        ada = client.v1.customers.create({"address": {"country": "DE"}})
        engine.silent = True
        invoice = client.v1.invoices.create(
            {"customer": ada.id, "currency": "eur", "automatic_tax": {"enabled": True}}
        )
        client.v1.invoice_items.create(
            {
                "customer": ada.id, "invoice": invoice.id, "amount": 1000, "currency": "eur",
                "tax_behavior": "exclusive",
            }
        )  # fmt: skip
        draft = client.v1.invoices.retrieve(invoice.id)
        assert (draft.automatic_tax.status, draft.total) == ("failed", 1000)
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.invoices.finalize_invoice(invoice.id)
        with pytest.raises(stripe.APIError):
            client.v1.tax.calculations.create(
                {
                    "currency": "eur", "line_items": [{"amount": 1}],
                    "customer_details": {
                        "address": {"country": "DE"}, "address_source": "billing",
                    },
                }
            )  # fmt: skip

        engine.silent = False
        assert client.v1.invoices.finalize_invoice(invoice.id).total == 1100


def test_what_waits_for_an_engine_is_done_once_it_answers_again():
    with taxed_elsewhere(now=START) as (client, engine, later):
        v1 = client.v1
        customer = v1.customers.create({
            "address": {"country": "DE"}, "payment_method": "pm_card_visa",
            "invoice_settings": {"default_payment_method": "pm_card_visa"},
        }).id
        items = [{"price": monthly(client).id}]
        taxed = {"automatic_tax": {"enabled": True}}
        renewed = v1.subscriptions.create({"customer": customer, "items": items, **taxed}).id
        begun = v1.subscription_schedules.create({
            "customer": customer, "start_date": START + 32 * DAY, "default_settings": taxed,
            "phases": [{"items": items, "duration": {"interval": "month", "interval_count": 1}}],
        }).id
        engine.silent = True
        for _ in range(33):
            later(DAY)
        draft = v1.subscriptions.retrieve(renewed, {"expand": ["latest_invoice"]}).latest_invoice
        assert (draft.status, draft.automatic_tax.status) == ("draft", "failed")
        assert "did not answer" in draft.last_finalization_error.message
        assert draft.automatically_finalizes_at is not None

        engine.silent = False
        later(DAY)
        paid = v1.invoices.retrieve(draft.id)
        assert (paid.status, paid.total, paid.last_finalization_error) == ("paid", 1100, None)
        schedule = v1.subscription_schedules.retrieve(begun)
        [first] = v1.invoices.list({"subscription": schedule.subscription}).data
        assert (schedule.status, first.status, first.total) == ("active", "paid", 1100)


def test_a_calculation_is_made_under_its_key_once_the_engine_answers_again():
    with taxed_elsewhere() as (client, engine, _):
        engine.silent = True
        asked = {
            "currency": "eur", "line_items": [{"amount": 1000, "reference": "one"}],
            "customer_details": {"address": {"country": "DE"}, "address_source": "billing"},
        }
        with pytest.raises(stripe.APIError, match="does not answer") as silent:
            client.v1.tax.calculations.create(asked, {"idempotency_key": "once"})
        assert silent.value.http_status == 503

        engine.silent = False
        found = client.v1.tax.calculations.create(asked, {"idempotency_key": "once"})
        assert (found.amount_total, found.tax_amount_exclusive) == (1100, 100)


def test_engines_are_found_by_name():
    assert "standard" in names()
    assert isinstance(open_tax_engine("standard"), StandardRates)
    with pytest.raises(UnknownTaxEngine):
        open_tax_engine("nobody")
