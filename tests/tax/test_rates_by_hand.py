"""Tax rates by hand: what is archived stays where it is in use, and is not applied anew."""

import pytest
import stripe

MONTH = {"interval": "month", "interval_count": 1}


@pytest.fixture
def rate(client):
    """Give the making of exclusive rates."""

    def make(percentage=10, **params):
        return client.v1.tax_rates.create(
            {"display_name": "VAT", "percentage": percentage, "inclusive": False, **params}
        ).id

    return make


def refused(call, params):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        call(params)
    return caught.value.param


def test_an_archived_rate_is_not_applied_anew(shop, customer, price, rate):
    made, monthly = customer().id, price().id
    gone = rate(active=False)
    item = {"price": monthly, "tax_rates": [gone]}
    v1, plain = shop.v1, [{"price": monthly}]
    for call, params, param in (
        (v1.invoices.create, {"default_tax_rates": [gone]}, "default_tax_rates[0]"),
        (v1.invoice_items.create, {"amount": 1, "currency": "eur", "tax_rates": [gone]},
         "tax_rates[0]"),
        (v1.subscriptions.create, {"items": [item]}, "items[0][tax_rates][0]"),
        (v1.subscriptions.create, {"items": plain, "default_tax_rates": [gone]},
         "default_tax_rates[0]"),
        (v1.quotes.create, {"line_items": [item]}, "line_items[0][tax_rates][0]"),
        (v1.checkout.sessions.create,
         {"mode": "subscription", "line_items": [{**item, "quantity": 1}],
          "success_url": "https://shop.example/"}, "line_items[0][tax_rates][0]"),
        (v1.subscription_schedules.create,
         {"start_date": "now", "phases": [{"items": [item], "duration": MONTH}]},
         "phases[0][items][0][tax_rates][0]"),
    ):  # fmt: skip
        assert refused(call, {"customer": made, **params}) == param


def test_an_archived_rate_stays_where_it_is(shop, customer, price, rate):
    made, monthly, dearer = customer().id, price().id, price(3000).id
    of_all, of_one = rate(), rate(5)
    terms = {"default_tax_rates": [of_all]}
    item = {"price": monthly, "tax_rates": [of_one]}
    subscription = shop.v1.subscriptions.create({"customer": made, "items": [item], **terms})
    quote = shop.v1.quotes.create({"customer": made, "line_items": [item], **terms})
    schedule = shop.v1.subscription_schedules.create(
        {
            "customer": made,
            "start_date": "now",
            "phases": [{"items": [item], "duration": MONTH, **terms}],
        }
    )
    for each in (of_all, of_one):
        shop.v1.tax_rates.update(each, {"active": False})

    kept = {"id": subscription["items"].data[0].id, "price": dearer, "tax_rates": [of_one]}
    changed = shop.v1.subscriptions.update(subscription.id, {"items": [kept], **terms})
    assert changed["items"].data[0].price.id == dearer
    shop.v1.quotes.finalize_quote(quote.id)
    accepted = shop.v1.quotes.accept(quote.id).subscription
    assert shop.v1.subscriptions.retrieve(accepted).default_tax_rates[0].id == of_all
    [phase] = schedule.phases
    again = {"start_date": phase.start_date, "end_date": phase.end_date, **terms}
    item["quantity"] = 2
    shop.v1.subscription_schedules.update(schedule.id, {"phases": [{**again, "items": [item]}]})
    preview = shop.v1.invoices.create_preview({"subscription": subscription.id})
    assert [t.amount for t in preview.lines.data[-1].taxes] == [150]


def test_a_rate_is_applied_once(shop, customer, rate):
    twice = [rate()] * 2
    params = {"customer": customer().id, "default_tax_rates": twice}
    assert refused(shop.v1.invoices.create, params) == "default_tax_rates[1]"


def test_a_line_that_brings_its_taxes_need_not_say_whether_it_includes_any(shop, customer):
    params = {"customer": customer().id, "currency": "eur", "automatic_tax": {"enabled": True}}
    invoice = shop.v1.invoices.create(params)
    taxes = [{"amount": 77, "taxable_amount": 1000, "tax_rate_data": {
        "display_name": "MwSt", "percentage": 7.7, "inclusive": False}}]  # fmt: skip
    line = {"description": "Fee", "amount": 1000}
    with pytest.raises(stripe.InvalidRequestError, match="does not say whether it includes tax"):
        shop.v1.invoices.add_lines(invoice.id, {"lines": [line]})
    line["tax_amounts"] = taxes
    invoice = shop.v1.invoices.add_lines(invoice.id, {"lines": [line]})
    assert (invoice.automatic_tax.status, invoice.total) == ("complete", 1077)


def test_older_versions_expand_the_rates_of_their_taxes(shop, customer, rate):
    made, vat = customer().id, rate(20)
    invoice = shop.v1.invoices.create({"customer": made, "default_tax_rates": [vat]})
    shop.v1.invoices.add_lines(invoice.id, {"lines": [{"description": "Fee", "amount": 1000}]})
    shop.v1.invoices.finalize_invoice(invoice.id)
    note = shop.v1.credit_notes.create(
        {
            "invoice": invoice.id,
            "lines": [{
                "type": "custom_line_item", "description": "Fee", "quantity": 1,
                "unit_amount": 100, "tax_rates": [vat],
            }],
        }
    )  # fmt: skip
    old = {"stripe_version": "2024-06-20"}
    paths = ["total_tax_amounts.tax_rate", "lines.data.tax_amounts.tax_rate"]
    shown = shop.v1.invoices.retrieve(invoice.id, {"expand": paths}, old)
    assert (shown.tax, shown.total_tax_amounts[0].tax_rate.percentage) == (200, 20)
    assert shown.lines.data[0].tax_amounts[0].tax_rate.id == vat
    paths = [f"data.{path}" for path in paths[:1]]
    [listed] = shop.v1.invoices.list({"customer": made, "expand": paths}, old).data
    assert listed.total_tax_amounts[0].tax_rate.id == vat
    shown = shop.v1.credit_notes.retrieve(note.id, {"expand": ["tax_amounts.tax_rate"]}, old)
    assert (shown.tax_amounts[0].amount, shown.tax_amounts[0].tax_rate.id) == (20, vat)
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        shop.v1.invoices.retrieve(invoice.id, {"expand": ["total_tax_amounts.tax_rate"]})


def test_a_phase_with_automatic_tax_has_no_rates_by_hand(shop, customer, price, rate):
    made, monthly, once = customer().id, price(), price(700, recurring=None).id
    silent = price(1500, tax_behavior="unspecified").id
    item = {"price": monthly.id}
    first = {"items": [item], "duration": MONTH}
    taxed = {**first, "automatic_tax": {"enabled": True}}
    conflicts = [
        {**taxed, "default_tax_rates": [rate()]},
        {**taxed, "items": [{**item, "tax_rates": [rate()]}]},
        {**taxed, "add_invoice_items": [{"price": once, "tax_rates": [rate()]}]},
        {**taxed, "items": [{"price": silent}]},
    ]
    start = {"customer": made, "start_date": "now"}
    schedules = shop.v1.subscription_schedules
    schedule = schedules.create({**start, "phases": [first, taxed]})
    for each in conflicts:
        refused(schedules.create, {**start, "phases": [first, each]})
        kept = {"items": [item], "start_date": schedule.phases[0].start_date,
                "end_date": schedule.phases[0].end_date}  # fmt: skip
        refused(lambda params: schedules.update(schedule.id, params), {"phases": [kept, each]})
        by_hand = {**each, "automatic_tax": {"enabled": False}}
        schedules.create({**start, "phases": [first, by_hand]})
    settings = {"automatic_tax": {"enabled": True}}
    by_hand = {**first, "default_tax_rates": [rate()]}
    refused(schedules.create, {**start, "default_settings": settings, "phases": [first, by_hand]})


@pytest.mark.parametrize(("exempt", "line"), [("none", (-1_000, -200)), ("reverse", (-1_000, 0))])
def test_a_credit_of_rates_by_hand_gives_back_what_was_paid(shop, customer, exempt, line):
    """Who was exempt paid no tax, and gets none back when taxes are automatic by then."""
    rate = shop.v1.tax_rates.create(
        {"display_name": "VAT", "percentage": 20, "inclusive": False}).id
    plan = shop.v1.prices.create({
        "currency": "eur", "unit_amount": 1_000, "recurring": {"interval": "month"},
        "product_data": {"name": "Plan"}, "tax_behavior": "exclusive"}).id
    ada = customer("FR", tax_exempt=exempt)
    subscription = shop.v1.subscriptions.create(
        {"customer": ada.id, "items": [{"price": plan}], "default_tax_rates": [rate]})
    shop.v1.customers.update(ada.id, {"tax_exempt": "none"})
    shop.v1.subscriptions.update(
        subscription.id, {"default_tax_rates": "", "automatic_tax": {"enabled": True}})
    item = subscription["items"].data[0]
    changed = shop.v1.subscriptions.update(subscription.id, {
        "items": [{"id": item.id, "quantity": 2}], "proration_behavior": "always_invoice",
        "proration_date": item.current_period_start, "expand": ["latest_invoice"]})
    credit, debit = changed.latest_invoice.lines.data
    assert (credit.amount, sum(tax.amount for tax in credit.taxes)) == line
    assert (debit.amount, sum(tax.amount for tax in debit.taxes)) == (2_000, 400)
    if exempt == "reverse":
        assert [tax.taxability_reason for tax in credit.taxes] == ["reverse_charge"]
