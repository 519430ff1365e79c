"""Subscriptions with automatic tax: renewals, changes, previews, customers who move."""

import pytest
import stripe

from clocks import arrived
from prorata.testing import running

from .conftest import taxes_of

DAY = 86_400
START = 1_790_000_000


@pytest.fixture
def clock(shop):
    return shop.v1.test_helpers.test_clocks.create({"frozen_time": START})


def advance(shop, clock, to):
    shop.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": to})
    arrived(shop.v1.test_helpers.test_clocks, clock.id)


def invoices_of(shop, customer):
    return shop.v1.invoices.list({"customer": customer.id}).data


def test_a_subscription_is_taxed_from_its_first_invoice_on(shop, customer, price, subscribe, clock):
    ada = customer("FR", test_clock=clock.id)
    subscription = subscribe(ada, price(1000))
    assert subscription.automatic_tax.enabled
    assert subscription.automatic_tax.liability.type == "self"
    assert subscription.latest_invoice.total == 1200
    preview = shop.v1.invoices.create_preview({"subscription": subscription.id})
    assert preview.total == 1200

    advance(shop, clock, START + 33 * DAY)
    first, second = reversed(invoices_of(shop, ada))
    assert (first.status, first.total) == ("paid", 1200)
    assert (second.status, second.total, second.billing_reason) == (
        "paid", 1200, "subscription_cycle",
    )  # fmt: skip
    assert taxes_of(second) == taxes_of(preview) == [(200, "exclusive", "standard_rated")]
    assert second.automatic_tax.status == "complete"


def test_a_subscription_in_a_price_s_other_currency_is_taxed_from_a_change_on(shop, customer):
    product = shop.v1.products.create({"name": "Plan"}).id
    clear, unclear = (
        shop.v1.prices.create({
            "currency": "usd", "unit_amount": 1000, "product": product, "tax_behavior": "exclusive",
            "recurring": {"interval": "month"},
            "currency_options": {"eur": {"unit_amount": 900, "tax_behavior": behavior}},
        }).id
        for behavior in ("inclusive", "unspecified")
    )  # fmt: skip
    ada = customer("FR")
    made = [
        shop.v1.subscriptions.create(
            {"customer": ada.id, "currency": "eur", "items": [{"price": each}]}
        )
        for each in (clear, unclear)
    ]
    taxed = {"automatic_tax": {"enabled": True}}
    shop.v1.subscriptions.update(made[0].id, taxed)
    preview = shop.v1.invoices.create_preview({"subscription": made[0].id})
    assert (preview.total, taxes_of(preview)) == (900, [(150, "inclusive", "standard_rated")])
    with pytest.raises(stripe.InvalidRequestError, match="does not say whether it includes tax"):
        shop.v1.subscriptions.update(made[1].id, taxed)


def test_who_moves_is_taxed_elsewhere_from_then_on(shop, customer, price, subscribe, clock):
    ada = customer("FR", test_clock=clock.id)
    subscribe(ada, price(1000))
    shop.v1.customers.update(ada.id, {"address": {"country": "HU"}})
    advance(shop, clock, START + 33 * DAY)
    assert [each.total for each in invoices_of(shop, ada)] == [1270, 1200]

    shop.v1.customers.update(ada.id, {"tax_exempt": "reverse"})
    advance(shop, clock, START + 64 * DAY)
    assert invoices_of(shop, ada)[0].total == 1000


def test_whose_subscription_is_taxed_cannot_lose_its_location(shop, customer, price, subscribe):
    ada = customer("FR")
    subscribe(ada, price(1000))
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.v1.customers.update(ada.id, {"address": {"country": "US"}})
    assert refused.value.code == "customer_tax_location_invalid"
    shop.v1.customers.update(
        ada.id, {"address": {"country": "US"}, "tax": {"validate_location": "deferred"}}
    )


def test_a_renewal_without_a_location_goes_out_without_taxes(
    shop, customer, price, subscribe, clock
):
    ada = customer("FR", test_clock=clock.id)
    subscription = subscribe(ada, price(1000))
    shop.v1.customers.update(ada.id, {"address": "", "tax": {"validate_location": "deferred"}})
    advance(shop, clock, START + 30 * DAY + 600)
    draft = invoices_of(shop, ada)[0]
    if draft.status == "draft":
        assert draft.automatic_tax.status == "requires_location_inputs"
    advance(shop, clock, START + 33 * DAY)

    renewal = invoices_of(shop, ada)[0]
    assert (renewal.status, renewal.total) == ("paid", 1000)
    assert renewal.automatic_tax.enabled is False
    assert renewal.automatic_tax.disabled_reason == "finalization_requires_location_inputs"
    found = shop.v1.subscriptions.retrieve(subscription.id).automatic_tax
    assert (found.enabled, found.disabled_reason) == (False, "requires_location_inputs")


def test_prorations_give_back_the_tax_that_was_paid(shop, customer, price, subscribe, clock):
    ada = customer("FR", test_clock=clock.id)
    small, large = price(1000), price(3000)
    subscription = subscribe(ada, small)
    shop.v1.customers.update(ada.id, {"address": {"country": "DE"}})
    advance(shop, clock, START + 15 * DAY)
    change = {
        "items": [{"id": subscription["items"].data[0].id, "price": large.id}],
        "proration_behavior": "always_invoice",
    }
    preview = shop.v1.invoices.create_preview(
        {"subscription": subscription.id, "subscription_details": change}
    )
    changed = shop.v1.subscriptions.update(
        subscription.id, {**change, "expand": ["latest_invoice"]}
    )
    invoice = changed.latest_invoice

    assert invoice.total == preview.total
    by_sign = {line.amount < 0: line for line in invoice.lines.data}
    credit, debit = by_sign[True], by_sign[False]
    # What was taxed in France goes back with French tax; what is new is taxed in Germany.
    assert credit.taxes[0].amount == round(credit.amount * 0.2)
    assert debit.taxes[0].amount == round(debit.amount * 0.19)


def test_previews_suppose_where_somebody_is(shop, price):
    monthly = price(1000)
    common = {
        "automatic_tax": {"enabled": True},
        "subscription_details": {"items": [{"price": monthly.id}]},
    }
    french = shop.v1.invoices.create_preview(
        {"customer_details": {"address": {"country": "FR"}}, **common}
    )
    assert (french.total, french.automatic_tax.status) == (1200, "complete")
    business = {"address": {"country": "FR"},
                "tax_ids": [{"type": "eu_vat", "value": "FRAB123456789"}]}  # fmt: skip
    reverse = shop.v1.invoices.create_preview({"customer_details": business, **common})
    assert taxes_of(reverse) == [(0, "exclusive", "reverse_charge")]
    assert [each.type for each in reverse.customer_tax_ids] == ["eu_vat"]
    nowhere = shop.v1.invoices.create_preview({"customer_details": {}, **common})
    assert nowhere.automatic_tax.status == "requires_location_inputs"
    assert nowhere.total == 1000


def test_a_trial_needs_no_tax_yet(shop, customer, price, subscribe):
    subscription = subscribe(customer("FR"), price(1000), trial_period_days=7)
    assert subscription.latest_invoice.total == 0
    assert subscription.latest_invoice.automatic_tax.status == "complete"


def test_subscriptions_refuse_what_automatic_tax_cannot_do(shop, customer, price, subscribe):
    rate = shop.v1.tax_rates.create({"display_name": "X", "percentage": 5, "inclusive": False})
    ada, monthly = customer("DE"), price(1000)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        subscribe(ada, monthly, default_tax_rates=[rate.id])
    assert refused.value.param == "default_tax_rates"
    with pytest.raises(stripe.InvalidRequestError):
        subscribe(ada, monthly, items=[{"price": monthly.id, "tax_rates": [rate.id]}])
    with pytest.raises(stripe.InvalidRequestError) as refused:
        subscribe(customer(None), monthly)
    assert refused.value.code == "customer_tax_location_invalid"

    plain = subscribe(ada, monthly, automatic_tax={"enabled": False})
    turned = shop.v1.subscriptions.update(plain.id, {"automatic_tax": {"enabled": True}})
    assert turned.automatic_tax.enabled
    assert shop.v1.invoices.create_preview({"subscription": plain.id}).total == 1190
    off = shop.v1.subscriptions.update(plain.id, {"automatic_tax": {"enabled": False}})
    assert off.automatic_tax.liability is None


def test_schedules_turn_automatic_tax_on(shop, customer, price, clock):
    ada, monthly = customer("IT", test_clock=clock.id), price(1000)
    schedule = shop.v1.subscription_schedules.create(
        {
            "customer": ada.id,
            "start_date": "now",
            "default_settings": {"automatic_tax": {"enabled": True}},
            "phases": [
                {"items": [{"price": monthly.id}],
                 "duration": {"interval": "month", "interval_count": 1}},
                {"items": [{"price": monthly.id}], "automatic_tax": {"enabled": False},
                 "duration": {"interval": "month", "interval_count": 1}},
            ],
        }
    )  # fmt: skip
    assert schedule.default_settings.automatic_tax.enabled
    advance(shop, clock, START + 33 * DAY)
    assert [each.total for each in invoices_of(shop, ada)] == [1000, 1220]


def test_nothing_is_taxed_before_there_is_a_head_office():
    with running(worker=False) as other:
        fresh = stripe.StripeClient(other.secret_key, base_addresses={"api": other.url})
        ada = fresh.v1.customers.create({"address": {"country": "DE"}})
        with pytest.raises(stripe.InvalidRequestError) as refused:
            fresh.v1.invoices.create({"customer": ada.id, "automatic_tax": {"enabled": True}})
        assert refused.value.param == "automatic_tax[enabled]"
        assert "head office" in refused.value.user_message
