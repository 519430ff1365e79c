"""Calculations, transactions, reversals, registrations, settings, locations: the tax API itself."""

import pytest
import stripe

from .conftest import register


def calculate(shop, country="FR", *lines, **params):
    return shop.v1.tax.calculations.create(
        {
            "currency": "eur",
            "line_items": list(lines) or [{"amount": 1000, "reference": "a"}],
            "customer_details": {"address": {"country": country}, "address_source": "billing"},
            "expand": ["line_items"],
            **params,
        }
    )


def record(shop, calculation, reference):
    return shop.v1.tax.transactions.create_from_calculation(
        {"calculation": calculation.id, "reference": reference, "expand": ["line_items"]}
    )


def test_a_calculation_adds_up(shop):
    found = calculate(
        shop, "FR", {"amount": 1000}, {"amount": 1200, "tax_behavior": "inclusive"},
        shipping_cost={"amount": 500},
    )  # fmt: skip

    assert (found.amount_total, found.tax_amount_exclusive, found.tax_amount_inclusive) == (
        3000, 300, 200,
    )  # fmt: skip
    assert [line.amount_tax for line in found.line_items.data] == [200, 200]
    assert [line.reference for line in found.line_items.data] == ["L1", "L2"]
    assert found.shipping_cost.amount_tax == 100
    exclusive, inclusive = found.tax_breakdown
    assert (exclusive.amount, exclusive.taxable_amount, exclusive.inclusive) == (300, 1500, False)
    assert (inclusive.amount, inclusive.taxable_amount, inclusive.inclusive) == (200, 1000, True)
    details = exclusive.tax_rate_details
    assert (details.country, details.percentage_decimal, details.tax_type) == ("FR", "20.0", "vat")
    assert exclusive.taxability_reason == "standard_rated"
    [tax] = shop.v1.tax.calculations.line_items.list(found.id).data[0].tax_breakdown
    assert (tax.jurisdiction.display_name, tax.sourcing) == ("France", "destination")
    assert shop.v1.tax.calculations.retrieve(found.id).id == found.id


def test_a_calculation_is_of_its_day(shop):
    then = calculate(shop, "EE", tax_date=1_705_000_000)
    now = calculate(shop, "EE")
    assert (then.tax_amount_exclusive, now.tax_amount_exclusive) == (220, 240)


def test_a_calculation_for_a_customer(shop, customer):
    french = customer("FR", ("eu_vat", "FRAB123456789"))
    found = shop.v1.tax.calculations.create(
        {"currency": "eur", "customer": french.id, "line_items": [{"amount": 1000}]}
    )
    assert found.customer == french.id
    assert found.customer_details.tax_ids[0].type == "eu_vat"
    assert found.customer_details.address_source == "billing"
    assert found.tax_breakdown[0].taxability_reason == "reverse_charge"
    assert found.amount_total == 1000


@pytest.mark.parametrize(("details", "code", "param"), [
    ({"address": {"country": "FR"}}, "parameter_missing", "customer_details[address_source]"),
    ({"address": {"country": "US"}, "address_source": "billing"},
     "customer_tax_location_invalid", "customer_details[address]"),
    ({"tax_ids": [{"type": "eu_vat", "value": "x"}]}, "tax_id_invalid",
     "customer_details[tax_ids][0][value]"),
    ({"ip_address": "1.2.3.4"}, "customer_tax_location_invalid", "customer_details[address]"),
])  # fmt: skip
def test_who_buys_must_be_clear(shop, details, code, param):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        calculate(shop, customer_details=details)
    assert (refused.value.code, refused.value.param) == (code, param)


def test_references_are_used_once(shop):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        calculate(shop, "FR", *[{"amount": 1, "reference": "a"}] * 2)
    assert refused.value.param == "line_items[1][reference]"


def test_a_calculation_becomes_one_transaction(shop):
    found = calculate(shop)
    sale = record(shop, found, "order-1")
    assert (sale.type, sale.reference, sale.reversal) == ("transaction", "order-1", None)
    line = sale.line_items.data[0]
    assert (line.amount, line.amount_tax, line.type) == (1000, 200, "transaction")

    with pytest.raises(stripe.InvalidRequestError) as refused:
        record(shop, found, "order-2")
    assert refused.value.param == "calculation"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        record(shop, calculate(shop), "order-1")
    assert refused.value.param == "reference"


def test_a_full_reversal_makes_zero(shop):
    sale = record(shop, calculate(shop, shipping_cost={"amount": 333}), "order-3")
    back = shop.v1.tax.transactions.create_reversal(
        {
            "mode": "full", "original_transaction": sale.id, "reference": "back-3",
            "expand": ["line_items"],
        }
    )  # fmt: skip
    assert (back.type, back.reversal.original_transaction) == ("reversal", sale.id)
    pairs = zip(sale.line_items.data, back.line_items.data, strict=True)
    for line, reverse in pairs:
        assert (line.amount + reverse.amount, line.amount_tax + reverse.amount_tax) == (0, 0)
        assert reverse.reversal.original_line_item == line.id
    assert back.shipping_cost.amount == -333

    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.tax.transactions.create_reversal(
            {
                "mode": "partial", "original_transaction": sale.id, "reference": "back-4",
                "flat_amount": -1,
            }
        )  # fmt: skip


def test_parts_are_reversed_and_never_more_than_there_is(shop):
    sale = record(shop, calculate(shop, "FR", {"amount": 1000}, {"amount": 500}), "order-5")

    def reverse(reference, **params):
        return shop.v1.tax.transactions.create_reversal(
            {
                "mode": "partial", "original_transaction": sale.id, "reference": reference,
                "expand": ["line_items"], **params,
            }
        )  # fmt: skip

    flat = reverse("part-1", flat_amount=-900)
    assert sum(each.amount + each.amount_tax for each in flat.line_items.data) == -900
    line = sale.line_items.data[1].id
    named = {"original_line_item": line, "reference": "x"}
    reverse("part-2", line_items=[{"amount": -100, "amount_tax": -20, **named}])
    with pytest.raises(stripe.InvalidRequestError):
        reverse("part-3", line_items=[{"amount": -500, "amount_tax": 0, **named}])
    with pytest.raises(stripe.InvalidRequestError) as refused:
        reverse("part-4", line_items=[{"amount": 1, "amount_tax": 0, **named}])
    assert refused.value.param == "line_items[0][amount]"
    with pytest.raises(stripe.InvalidRequestError):
        reverse("part-5", flat_amount=-781)
    reverse("part-6", flat_amount=-780)


def test_registrations_begin_and_end(shop):
    later = register(shop, "KR", {"type": "simplified"}, active_from=4_000_000_000)
    assert later.status == "scheduled"
    assert calculate(shop, "KR").tax_breakdown[0].taxability_reason == "not_collecting"
    now = shop.v1.tax.registrations.update(later.id, {"active_from": "now"})
    assert now.status == "active"
    assert calculate(shop, "KR").tax_amount_exclusive == 100
    gone = shop.v1.tax.registrations.update(later.id, {"expires_at": "now"})
    assert gone.status == "expired"
    assert calculate(shop, "KR").tax_amount_exclusive == 0
    expired = shop.v1.tax.registrations.list({"status": "expired"}).data
    assert later.id in [each.id for each in expired]
    assert shop.v1.tax.registrations.retrieve(later.id).country_options.kr.type == "simplified"


@pytest.mark.parametrize(("country", "options", "param"), [
    ("DE", {"fr": {"type": "standard"}}, "country_options[de]"),
    ("HK", {"hk": {"type": "standard"}}, "country_options[hk]"),
    ("DE", {"de": {"type": "standard"}, "fr": {"type": "standard"}}, "country_options[fr]"),
    ("CA", {"ca": {"type": "province_standard"}},
     "country_options[ca][province_standard][province]"),
    ("US", {"us": {"type": "parking_tax", "state": "CA"}}, "country_options[us][type]"),
    ("US", {"us": {"type": "state_sales_tax", "state": "ZZ"}}, "country_options[us][state]"),
])  # fmt: skip
def test_a_registration_is_of_its_country(shop, country, options, param):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.v1.tax.registrations.create(
            {"country": country, "country_options": options, "active_from": "now"}
        )
    assert refused.value.param == param


def test_settings_tell_what_changed(shop):
    shop.v1.tax.settings.update({"defaults": {"tax_code": "txcd_10000000"}})
    after = shop.v1.tax.settings.update({"defaults": {"tax_code": "txcd_10103001"}})
    assert (after.status, after.defaults.tax_code) == ("active", "txcd_10103001")
    [event] = shop.v1.events.list({"type": "tax.settings.updated", "limit": 1}).data
    assert event.data.object.defaults.tax_code == "txcd_10103001"
    assert event.data.previous_attributes["defaults"]["tax_code"] == "txcd_10000000"


def test_locations_of_performance(shop):
    here = shop.v1.tax.locations.create(
        {"type": "performance", "address": {"country": "FR", "city": "Paris"}}
    )
    assert shop.v1.tax.locations.retrieve(here.id).address.city == "Paris"
    assert here.id in [each.id for each in shop.v1.tax.locations.list({"type": "performance"}).data]
    found = calculate(shop, "DE", {"amount": 1000, "performance_location": here.id})
    assert found.line_items.data[0].performance_location == here.id
    # What is performed somewhere is taxed there.
    assert found.tax_amount_exclusive == 200
    assert found.line_items.data[0].tax_breakdown[0].sourcing == "performance"


def test_customers_show_whether_they_are_taxed(shop, customer):
    def answer(*args, **params):
        made = customer(*args, **params)
        return shop.v1.customers.retrieve(made.id, {"expand": ["tax"]}).tax

    assert answer("FR").automatic_tax == "supported"
    assert answer("BR").automatic_tax == "not_collecting"
    assert answer("XX").automatic_tax == "unrecognized_location"
    assert answer("KZ").automatic_tax == "not_collecting"
    assert answer(None).automatic_tax == "unrecognized_location"
    there = answer("DE", shipping={"name": "A", "address": {"country": "FR"}})
    assert (there.location.country, there.location.source) == ("FR", "shipping_destination")


def test_transactions_are_of_the_time_of_their_calculation_s_test_clock(shop):
    # In real time the calculation would have expired long ago.
    clock = shop.v1.test_helpers.test_clocks.create({"frozen_time": 1_700_000_000})
    customer = shop.v1.customers.create({"test_clock": clock.id, "address": {"country": "FR"}})
    calculation = shop.v1.tax.calculations.create({
        "currency": "eur", "customer": customer.id,
        "line_items": [{"amount": 1000, "reference": "one"}],
    })  # fmt: skip
    sold = record(shop, calculation, "sold on a clock")
    back = shop.v1.tax.transactions.create_reversal({
        "mode": "full", "original_transaction": sold.id, "reference": "back on a clock",
    })  # fmt: skip
    assert (sold.created, back.created) == (clock.frozen_time, clock.frozen_time)

    shop.v1.test_helpers.test_clocks.delete(clock.id)
    for each in (sold, back):
        with pytest.raises(stripe.InvalidRequestError, match="No such tax transaction"):
            shop.v1.tax.transactions.retrieve(each.id)
