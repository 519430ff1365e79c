"""Steps of currencies: what is reckoned in KWD ends in 0, in ISK and UGX in 00, and adds up."""

import pytest

from acceptance.till import Till, at, refused
from badinput.asking import Asker

START = "2026-01-01"
SETTINGS = "/v1/prorata/settings"
STEPS = [("kwd", 10), ("isk", 100), ("ugx", 100)]
each_currency = pytest.mark.parametrize(("currency", "step"), STEPS)


@pytest.fixture
def make_till(client):
    return lambda currency, **more: Till(client, on=START, currency=currency, **more)


@pytest.fixture
def rate(client):
    def make(percentage, inclusive=False):
        return client.v1.tax_rates.create(
            {"display_name": "VAT", "percentage": percentage, "inclusive": inclusive}
        ).id

    return make


def subscribe(till, *amounts, **params):
    prices = [
        till.client.prices.create(
            {"currency": till.currency, "unit_amount": amount, "recurring": {"interval": "month"},
             "product_data": {"name": f"P{amount}"}}
        ).id
        for amount in amounts
    ]
    return till.client.subscriptions.create(
        {"customer": till.customer, "items": [{"price": each} for each in prices], **params}
    )


def amounts_of(invoice):
    """Return every amount that an invoice shows."""
    found = [invoice.subtotal, invoice.total, invoice.amount_due, invoice.total_excluding_tax]
    for line in invoice.lines.data:
        found += [line.amount, line.subtotal]
        found += [each.amount for each in line.discount_amounts or ()]
        found += [each.amount for each in line.taxes or ()]
        found += [each.taxable_amount for each in line.taxes or ()]
    return found


def assert_steps(invoice, step):
    assert [each for each in amounts_of(invoice) if each % step] == []
    taken = sum(
        amount.amount for line in invoice.lines.data for amount in line.discount_amounts or ()
    )
    added = sum(
        tax.amount for line in invoice.lines.data for tax in line.taxes or ()
        if tax.tax_behavior == "exclusive"
    )  # fmt: skip
    assert invoice.total == sum(line.amount for line in invoice.lines.data) - taken + added


@each_currency
def test_prorations_are_rounded_to_the_step(make_till, currency, step):
    till = make_till(currency)
    subscription = subscribe(till, 100_000)
    item = subscription["items"].data[0].id
    till.advance(to="2026-01-11")
    till.client.subscriptions.update(
        subscription.id,
        {"items": [{"id": item, "quantity": 2}], "proration_behavior": "always_invoice"},
    )
    invoice = till.invoices()[-1]
    assert_steps(invoice, step)
    # 21 of 31 days: 67741.9…
    half = round(100_000 * 21 / 31 / step) * step
    credit, debit = [line.amount for line in invoice.lines.data]
    assert (credit, debit) == (-half, round(200_000 * 21 / 31 / step) * step)
    assert invoice.status == "paid"


@each_currency
def test_percentages_and_taxes_are_rounded_to_the_step(client, make_till, rate, currency, step):
    till = make_till(currency)
    third = client.v1.coupons.create({"percent_off": 33.33, "duration": "forever"}).id
    subscription = subscribe(
        till, 1_000_000, 777_700,
        discounts=[{"coupon": third}], default_tax_rates=[rate(7.77), rate(5.5, inclusive=True)],
    )  # fmt: skip
    invoice = till.invoices()[-1]
    assert_steps(invoice, step)
    assert invoice.status == "paid"
    assert till.read(subscription.latest_invoice).amount_paid == invoice.total
    off = {line.amount: line.discount_amounts[0].amount for line in invoice.lines.data}
    assert off == {
        1_000_000: round(333_300 / step) * step, 777_700: round(777_700 * 0.3333 / step) * step
    }  # fmt: skip


@each_currency
def test_an_amount_off_is_shared_in_steps(client, make_till, currency, step):
    till = make_till(currency)
    coupon = client.v1.coupons.create({"amount_off": 50_000, "currency": currency}).id
    invoice = till.draft(100_000, 200_000, 40_000, discounts=[{"coupon": coupon}])
    assert_steps(invoice, step)
    assert invoice.total == 290_000
    status, code, param, _ = refused(
        client.v1.coupons.create, {"amount_off": 50_001, "currency": currency}
    )
    assert (status, code, param) == (400, "parameter_invalid_integer", "amount_off")


@each_currency
def test_tax_of_the_whole_invoice_is_rounded_to_the_step(client, till_of_invoice_rounding,
                                                         currency, step, rate):
    till = till_of_invoice_rounding(currency)
    invoice = till.draft(10_000, 20_000, 30_000, default_tax_rates=[rate(3.33)])
    assert_steps(invoice, step)
    assert sum(tax.amount for tax in invoice.total_taxes) == round(1_998 / step) * step


@pytest.fixture
def till_of_invoice_rounding(server, make_till):
    asker = Asker(server.url, server.secret_key)
    assert asker.ask("POST", SETTINGS, {"tax_rounding": "invoice"}).status == 200
    yield make_till
    assert asker.ask("POST", SETTINGS, {"tax_rounding": "line"}).status == 200
    asker.close()


@each_currency
def test_decimal_prices_are_rounded_once_to_the_step(client, make_till, currency, step):
    till = make_till(currency)
    item = till.item(unit_amount_decimal="1234.567", quantity=7)
    assert item.amount == round(1234.567 * 7 / step) * step
    status, code, param, _ = refused(till.item, 100_001)
    assert (status, code, param) == (400, "parameter_invalid_integer", "amount")


@each_currency
def test_credit_notes_take_steps_and_refuse_others(client, make_till, rate, currency, step):
    till = make_till(currency)
    invoice = till.open(1_000_000, 300_000, default_tax_rates=[rate(7.77)])
    line = invoice.lines.data[0]
    notes = client.v1.credit_notes
    for way, params in {
        "amount": {"amount": 50_001},
        "lines[0][amount]": {"lines": [
            {"type": "invoice_line_item", "invoice_line_item": line.id, "amount": 1_001}]},
        "lines[0][tax_amounts][0][amount]": {"lines": [
            {"type": "invoice_line_item", "invoice_line_item": line.id, "amount": 10_000,
             "tax_amounts": [{"amount": 7, "taxable_amount": 10_000,
                              "tax_rate": line.taxes[0].tax_rate_details.tax_rate}]}]},
    }.items():  # fmt: skip
        assert refused(notes.create, {"invoice": invoice.id, **params})[:3] == (
            400, "parameter_invalid_integer", way)  # fmt: skip
    for amount in (33_300, 33_300):
        note = notes.create({"invoice": invoice.id, "lines": [
            {"type": "invoice_line_item", "invoice_line_item": line.id, "amount": amount}]})
        assert [each for each in (note.total, note.subtotal, note.total_taxes[0].amount)
                if each % step] == []  # fmt: skip
    rest = till.read(invoice).amount_remaining
    notes.create({"invoice": invoice.id, "amount": rest})
    assert till.read(invoice).status == "paid"


@each_currency
def test_refunds_and_captures_off_the_step_are_refused(client, make_till, currency, step):
    make_till(currency)
    v1 = client.v1
    wrong = (400, "parameter_invalid_integer")
    intent = {"amount": 1_000_000, "currency": currency, "payment_method": "pm_card_visa",
              "confirm": True, "allowed_payment_method_types": ["card"]}  # fmt: skip
    assert refused(v1.payment_intents.create, {**intent, "amount": 1_000_001})[:3] == (
        *wrong, "amount")  # fmt: skip
    paid = v1.payment_intents.create(intent)
    assert refused(v1.refunds.create, {"payment_intent": paid.id, "amount": 1_001})[:3] == (
        *wrong, "amount")  # fmt: skip
    assert v1.refunds.create({"payment_intent": paid.id, "amount": 1_000}).status == "succeeded"
    held = v1.payment_intents.create({**intent, "capture_method": "manual"})
    assert refused(v1.payment_intents.capture, held.id, {"amount_to_capture": 1_001})[:3] == (
        *wrong, "amount_to_capture")  # fmt: skip
    taken = v1.payment_intents.capture(held.id, {"amount_to_capture": 500_000})
    assert taken.amount_received == 500_000


@each_currency
def test_balances_off_the_step_are_refused(client, make_till, currency, step):
    till = make_till(currency)
    assert refused(
        client.v1.customers.balance_transactions.create,
        till.customer, {"amount": -1_001, "currency": currency},
    )[:3] == (400, "parameter_invalid_integer", "amount")  # fmt: skip
    client.v1.customers.balance_transactions.create(
        till.customer, {"amount": -50_000, "currency": currency}
    )
    assert refused(client.v1.customers.update, till.customer, {"balance": -1})[:3] == (
        400, "parameter_invalid_integer", "balance")  # fmt: skip
    invoice = till.paid(600_000)
    assert (invoice.amount_due, invoice.amount_paid) == (550_000, 550_000)


@each_currency
def test_a_cancelled_backdated_and_cut_period_adds_up_in_steps(make_till, currency, step):
    till = make_till(currency)
    subscription = subscribe(
        till, 100_000, 33_300, backdate_start_date=at("2025-12-20"),
        billing_cycle_anchor=at("2026-01-17"),
    )  # fmt: skip
    assert_steps(till.invoices()[-1], step)
    till.advance(to="2026-01-20")
    till.client.subscriptions.cancel(subscription.id, {"invoice_now": True, "prorate": True})
    for invoice in till.invoices():
        assert_steps(invoice, step)
    assert till.balance % step == 0
