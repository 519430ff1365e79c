"""Invoices with automatic tax: drafts, one-off invoices, shipping, corrections."""

import pytest
import stripe

from .conftest import register, taxes_of

EU = ("eu_vat", "FRAB123456789")


def one_off(shop, customer, *items, **params):
    invoice = shop.v1.invoices.create(
        {
            "customer": customer.id, "currency": "eur", "automatic_tax": {"enabled": True},
            **params,
        }
    )  # fmt: skip
    for item in items:
        shop.v1.invoice_items.create({"customer": customer.id, "invoice": invoice.id, **item})
    return shop.v1.invoices.retrieve(invoice.id)


def test_an_invoice_is_taxed_line_by_line_and_adds_up(shop, customer):
    ada = customer("FR")
    item = {"currency": "eur", "tax_behavior": "exclusive"}
    invoice = one_off(shop, ada, {"amount": 1000, **item}, {"amount": 555, **item})

    assert invoice.automatic_tax.status == "complete"
    assert invoice.automatic_tax.provider == "stripe"
    assert invoice.automatic_tax.liability.type == "self"
    assert (invoice.subtotal, invoice.total, invoice.total_excluding_tax) == (1555, 1866, 1555)
    assert taxes_of(invoice) == [(311, "exclusive", "standard_rated")]
    [tax] = invoice.total_taxes
    rate = shop.v1.tax_rates.retrieve(tax.tax_rate_details.tax_rate)
    assert (rate.display_name, rate.percentage, rate.country, rate.jurisdiction) == (
        "VAT", 20.0, "FR", "France",
    )  # fmt: skip
    assert (rate.tax_type, rate.active, rate.inclusive) == ("vat", False, False)
    paid = shop.v1.invoices.pay(invoice.id)
    assert (paid.status, paid.amount_paid) == ("paid", 1866)


def test_the_same_tax_has_one_rate(shop, customer, price, subscribe):
    first = subscribe(customer("IT"), price(1000)).latest_invoice
    second = subscribe(customer("IT"), price(2000)).latest_invoice

    named = {i.total_taxes[0].tax_rate_details.tax_rate for i in (first, second)}
    assert len(named) == 1


def test_taxes_are_rounded_over_the_whole_invoice(shop, customer):
    ada = customer("DE")
    item = {"currency": "eur", "tax_behavior": "exclusive", "amount": 13}
    invoice = one_off(shop, ada, item, item, item)

    # 13 × 19 % = 2.47 each: 2 by line, but 7.41 together.
    assert taxes_of(invoice)[0][0] == 7
    assert sum(t.amount for line in invoice.lines.data for t in line.taxes) == 7


def test_an_inclusive_price_stays_what_it_is(shop, customer):
    item = {"currency": "eur", "amount": 11900, "tax_behavior": "inclusive"}
    german = one_off(shop, customer("DE"), item)
    french = one_off(shop, customer("FR", EU), item)

    assert (german.total, german.total_excluding_tax) == (11900, 10000)
    assert taxes_of(german) == [(1900, "inclusive", "standard_rated")]
    assert (french.total, french.total_excluding_tax) == (11900, 11900)
    assert taxes_of(french) == [(0, "inclusive", "reverse_charge")]


def test_discounts_come_before_taxes(shop, customer):
    half = shop.v1.coupons.create({"percent_off": 50})
    item = {"currency": "eur", "amount": 2000, "tax_behavior": "exclusive"}
    invoice = one_off(shop, customer("DE"), item, discounts=[{"coupon": half.id}])

    assert (invoice.subtotal, invoice.total) == (2000, 1190)
    assert invoice.total_taxes[0].taxable_amount == 1000


def test_exempt_customers(shop, customer):
    item = {"currency": "eur", "amount": 1000, "tax_behavior": "exclusive"}
    for exempt, reason in (("exempt", "customer_exempt"), ("reverse", "reverse_charge")):
        invoice = one_off(shop, customer("DE", tax_exempt=exempt), item)
        assert taxes_of(invoice) == [(0, "exclusive", reason)]
        assert invoice.total_taxes[0].taxable_amount == 0


def test_the_product_says_what_is_sold(shop, customer, price):
    book = shop.v1.products.create({"name": "Book", "tax_code": "txcd_10302000"})
    nothing = shop.v1.products.create({"name": "Gift", "tax_code": "txcd_00000000"})
    common = {"currency": "eur", "unit_amount": 1000, "tax_behavior": "exclusive"}
    ada = customer("DE")
    invoice = one_off(
        shop, ada,
        *({"pricing": {"price": shop.v1.prices.create({"product": each.id, **common}).id}}
          for each in (book, nothing)),
    )  # fmt: skip

    assert [
        (line.taxes[0].amount, line.taxes[0].taxability_reason) for line in invoice.lines.data
    ] == [(70, "reduced_rated"), (0, "not_subject_to_tax")]
    assert invoice.total == 2070


def test_shipping_is_taxed(shop, customer):
    rate = shop.v1.shipping_rates.create(
        {
            "display_name": "Post", "type": "fixed_amount", "tax_behavior": "inclusive",
            "fixed_amount": {"amount": 595, "currency": "eur"},
        }
    )  # fmt: skip
    item = {"currency": "eur", "amount": 1000, "tax_behavior": "exclusive"}
    invoice = one_off(shop, customer("DE"), item, shipping_cost={"shipping_rate": rate.id})

    cost = invoice.shipping_cost
    assert (cost.amount_subtotal, cost.amount_tax, cost.amount_total) == (595, 95, 595)
    assert (invoice.total, invoice.total_excluding_tax) == (1190 + 595, 1500)
    finalized = shop.v1.invoices.finalize_invoice(invoice.id)
    assert finalized.status == "open"


def test_credit_notes_give_taxes_back(shop, customer):
    item = {"currency": "eur", "amount": 999, "tax_behavior": "exclusive"}
    invoice = one_off(shop, customer("DE"), item)
    invoice = shop.v1.invoices.finalize_invoice(invoice.id)
    line = invoice.lines.data[0].id
    seen = 0
    for amount in (333, 333, 333):
        note = shop.v1.credit_notes.create(
            {
                "invoice": invoice.id,
                "lines": [{"type": "invoice_line_item", "invoice_line_item": line,
                           "amount": amount}],
            }
        )  # fmt: skip
        seen += note.total_taxes[0].amount
        assert note.total_taxes[0].taxability_reason == "standard_rated"
    assert seen == invoice.total_taxes[0].amount == 190
    assert shop.v1.invoices.retrieve(invoice.id).amount_remaining == 0


def test_shipping_is_credited_with_its_tax(shop, customer):
    rate = shop.v1.shipping_rates.create(
        {
            "display_name": "Post",
            "type": "fixed_amount",
            "tax_behavior": "exclusive",
            "fixed_amount": {"amount": 500, "currency": "eur"},
        }
    )
    item = {"currency": "eur", "amount": 1000, "tax_behavior": "exclusive"}
    shipped = {"shipping_cost": {"shipping_rate": rate.id}}
    invoice = one_off(shop, customer("DE"), item, **shipped)
    invoice = shop.v1.invoices.finalize_invoice(invoice.id)
    assert (invoice.shipping_cost.amount_tax, invoice.total) == (95, 1785)

    note = shop.v1.credit_notes.create({"invoice": invoice.id, **shipped})
    assert (note.total, note.total_excluding_tax) == (595, 500)
    assert shop.v1.invoices.retrieve(invoice.id).amount_remaining == 1190


def test_a_revision_is_taxed_as_its_original(shop, customer):
    item = {"currency": "eur", "amount": 1000, "tax_behavior": "exclusive"}
    ada = customer("DE")
    invoice = shop.v1.invoices.finalize_invoice(one_off(shop, ada, item).id)
    shop.v1.customers.update(ada.id, {"address": {"country": "FR"}})
    revision = shop.v1.invoices.create(
        {"from_invoice": {"invoice": invoice.id, "action": "revision"}}
    )
    assert revision.automatic_tax.status == "complete"
    assert (invoice.total, revision.total) == (1190, 1200)
    assert shop.v1.invoices.finalize_invoice(revision.id).status == "open"
    assert shop.v1.invoices.retrieve(invoice.id).status == "void"


def test_amounts_that_are_taken_off_are_refused(shop, customer):
    item = {"currency": "eur", "tax_behavior": "exclusive"}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        one_off(shop, customer("DE"), {"amount": 1000, **item}, {"amount": -100, **item})
    assert "negative" in refused.value.user_message


def test_a_location_is_needed(shop, customer):
    nobody = customer(None)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        one_off(shop, nobody)
    assert refused.value.code == "customer_tax_location_invalid"

    american = customer("US")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        one_off(shop, american)
    assert refused.value.code == "customer_tax_location_invalid"


def test_a_location_that_is_lost_keeps_a_draft_from_being_finalized(shop, customer):
    ada = customer("DE")
    item = {"currency": "eur", "amount": 1000, "tax_behavior": "exclusive"}
    invoice = one_off(shop, ada, item)
    shop.v1.customers.update(ada.id, {"address": ""})

    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.v1.invoices.finalize_invoice(invoice.id)
    assert refused.value.code == "customer_tax_location_invalid"

    shop.v1.customers.update(ada.id, {"address": {"country": "FR"}})
    assert shop.v1.invoices.finalize_invoice(invoice.id).total == 1200


def test_where_goods_go_counts_before_where_the_bill_goes(shop, customer):
    item = {"currency": "eur", "amount": 1000, "tax_behavior": "exclusive"}
    ada = customer("DE", shipping={"name": "Ada", "address": {"country": "FR"}})
    assert one_off(shop, ada, item).total == 1200
    there = {"name": "Bob", "address": {"country": "HU"}}
    assert one_off(shop, ada, item, shipping_details=there).total == 1270


def test_the_address_of_a_payment_method_is_the_last_resort(shop, customer):
    ada = customer(None)
    method = shop.v1.customers.retrieve(ada.id).invoice_settings.default_payment_method
    shop.v1.payment_methods.update(method, {"billing_details": {"address": {"country": "IT"}}})
    item = {"currency": "eur", "amount": 1000, "tax_behavior": "exclusive"}
    assert one_off(shop, ada, item).total == 1220
    found = shop.v1.customers.retrieve(ada.id, {"expand": ["tax"]}).tax
    assert (found.location.country, found.location.source) == ("IT", "payment_method")


def test_a_price_must_say_whether_it_includes_tax(shop, customer, price):
    ada = customer("DE")
    silent = shop.v1.prices.create(
        {"currency": "eur", "unit_amount": 1000, "product_data": {"name": "Silent"}}
    )
    with pytest.raises(stripe.InvalidRequestError) as refused:
        one_off(shop, ada, {"pricing": {"price": silent.id}})
    assert "tax_behavior" in refused.value.user_message

    shop.v1.tax.settings.update({"defaults": {"tax_behavior": "inferred_by_currency"}})
    try:
        assert one_off(shop, ada, {"pricing": {"price": silent.id}}).total == 1000
    finally:
        # There is no way back to none.
        shop.v1.tax.settings.update({"defaults": {"tax_behavior": "exclusive"}})


def test_rates_by_hand_do_not_mix_with_automatic_tax(shop, customer):
    ada = customer("DE")
    rate = shop.v1.tax_rates.create({"display_name": "X", "percentage": 5, "inclusive": False})
    with pytest.raises(stripe.InvalidRequestError):
        one_off(shop, ada, default_tax_rates=[rate.id])
    item = {"currency": "eur", "amount": 1000, "tax_rates": [rate.id]}
    with pytest.raises(stripe.InvalidRequestError):
        one_off(shop, ada, item)


@pytest.mark.parametrize("party", [{"type": "account"}, {"type": "account", "account": "acct_x"}])
def test_nobody_else_owes_the_tax(shop, customer, party):
    taxed = {"automatic_tax": {"enabled": True, "liability": party}}
    for params, param in ((taxed, "automatic_tax[liability][account]"),
                          ({"issuer": party}, "issuer[account]")):  # fmt: skip
        with pytest.raises(stripe.InvalidRequestError) as refused:
            shop.v1.invoices.create({"customer": customer("DE").id, **params})
        assert refused.value.param == param


def test_automatic_tax_is_turned_off_again(shop, customer):
    item = {"currency": "eur", "amount": 1000, "tax_behavior": "exclusive"}
    invoice = one_off(shop, customer("DE"), item)
    invoice = shop.v1.invoices.update(invoice.id, {"automatic_tax": {"enabled": False}})
    assert (invoice.total, invoice.automatic_tax.status) == (1000, None)
    assert invoice.automatic_tax.liability is None


def test_taxes_given_by_amount_stand(shop, customer):
    item = {"currency": "eur", "amount": 1000, "tax_behavior": "exclusive"}
    invoice = one_off(shop, customer("DE"), item)
    invoice = shop.v1.invoices.update_lines(
        invoice.id,
        {
            "lines": [{
                "id": invoice.lines.data[0].id,
                "tax_amounts": [{
                    "amount": 55, "taxable_amount": 1000, "taxability_reason": "reduced_rated",
                    "tax_rate_data": {
                        "display_name": "TVA", "percentage": 5.5, "inclusive": False,
                    },
                }],
            }],
        },
    )  # fmt: skip
    assert taxes_of(invoice) == [(55, "exclusive", "reduced_rated")]


def test_the_united_states_by_a_rate_of_ones_own(shop, customer):
    registration = register(shop, "US", {"type": "state_sales_tax", "state": "CA"})
    item = {"currency": "usd", "amount": 1000, "tax_behavior": "exclusive"}
    ada = customer(address={"country": "US", "postal_code": "94107"})
    first = one_off(shop, ada, item, currency="usd")
    assert taxes_of(first) == [(0, "exclusive", "not_supported")]

    path = f"/v1/prorata/tax_registrations/{registration.id}"
    shop.raw_request("post", path, percentage=8.625)
    second = one_off(shop, ada, item, currency="usd")
    assert taxes_of(second) == [(86, "exclusive", "standard_rated")]
    shown = shop.v1.tax_rates.retrieve(second.total_taxes[0].tax_rate_details.tax_rate)
    assert (shown.state, shown.tax_type, shown.jurisdiction_level) == ("CA", "sales_tax", "state")
