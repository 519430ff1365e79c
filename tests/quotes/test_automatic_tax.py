"""Quotes ask for the taxes that their invoices will bear."""

from __future__ import annotations

import time

import pytest

from quotes.seller import Seller, refused

GERMANY = {"country": "DE", "city": "Berlin", "postal_code": "10115", "line1": "Allee 1"}


@pytest.fixture
def taxed(seller: Seller) -> Seller:
    """Give a seller at home in Germany, and registered there."""
    seller.client.tax.settings.update(
        {"head_office": {"address": GERMANY}, "defaults": {"tax_code": "txcd_10103001"}}
    )
    if not seller.client.tax.registrations.list().data:
        seller.client.tax.registrations.create({
            "country": "DE", "country_options": {"de": {"type": "standard"}}, "active_from": "now",
        })  # fmt: skip
    return seller


def test_automatic_tax_needs_a_head_office(seller: Seller) -> None:
    sent = {"automatic_tax": {"enabled": True}, "customer": seller.customer()}
    assert refused(seller.quotes.create, sent).param == "automatic_tax[enabled]"


@pytest.mark.parametrize("once", [False, True])
def test_a_quote_has_the_taxes_of_its_invoice(taxed: Seller, once: bool) -> None:
    make = taxed.once if once else taxed.price
    quote = taxed.open(
        make(1000, tax_behavior="exclusive"), customer=taxed.payer(address=GERMANY),
        automatic_tax={"enabled": True},
    )  # fmt: skip
    assert (quote.automatic_tax.status, quote.automatic_tax.liability.type) == (
        "complete", "self",
    )  # fmt: skip
    assert (quote.amount_total, quote.total_details.amount_tax) == (1190, 190)
    shown = taxed.quotes.retrieve(quote.id, {"expand": ["total_details.breakdown"]})
    [tax] = shown.total_details.breakdown.taxes
    assert (tax.rate.percentage, tax.taxability_reason) == (19, "standard_rated")
    invoice = taxed.first_invoice(taxed.quotes.accept(quote.id))
    assert invoice.automatic_tax.enabled and invoice.automatic_tax.status == "complete"
    assert invoice.total == 1190


def test_it_must_be_known_where_a_customer_is_before_a_quote_is_final(taxed: Seller) -> None:
    customer = taxed.payer()
    quote = taxed.quote(
        taxed.price(1000, tax_behavior="exclusive"), customer=customer,
        automatic_tax={"enabled": True},
    )  # fmt: skip
    assert quote.automatic_tax.status == "requires_location_inputs"
    assert quote.amount_total == 1000
    error = refused(taxed.quotes.finalize_quote, quote.id)
    assert error.code == "customer_tax_location_invalid"
    taxed.client.customers.update(customer, {"address": GERMANY})
    final = taxed.quotes.finalize_quote(quote.id)
    assert (final.automatic_tax.status, final.amount_total) == ("complete", 1190)


def test_rates_by_hand_and_automatic_tax_do_not_mix(taxed: Seller) -> None:
    error = refused(taxed.quotes.create, {
        "customer": taxed.payer(address=GERMANY), "automatic_tax": {"enabled": True},
        "default_tax_rates": [taxed.rate()],
        "line_items": [{"price": taxed.price(1000, tax_behavior="exclusive")}],
    })  # fmt: skip
    assert error.param == "default_tax_rates"
    off = taxed.quote(taxed.price(), automatic_tax={"enabled": False})
    assert (off.automatic_tax.enabled, off.automatic_tax.status) == (False, None)


def test_a_schedule_is_taxed_too(taxed: Seller) -> None:
    quote = taxed.quotes.create({
        "customer": taxed.payer(address=GERMANY), "automatic_tax": {"enabled": True},
        "line_items": [{"price": taxed.price(1000, tax_behavior="inclusive")}],
        "subscription_data": {"effective_date": int(time.time()) + 86_400},
    })  # fmt: skip
    accepted = taxed.quotes.accept(taxed.quotes.finalize_quote(quote.id).id)
    schedule = taxed.client.subscription_schedules.retrieve(accepted.subscription_schedule)
    assert schedule.phases[0].automatic_tax.enabled
    assert (quote.amount_total, quote.total_details.amount_tax) == (1000, 160)
