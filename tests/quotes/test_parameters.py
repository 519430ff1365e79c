"""What quotes take, refuse by name, list, show on request and print."""

from __future__ import annotations

import time
from typing import Any

import pytest
import stripe

from quotes.seller import DAY, MONTH, Seller, refused

NOW = int(time.time())


@pytest.mark.parametrize(("sent", "param"), [
    ({"application_fee_amount": 5}, "application_fee_amount"),
    ({"application_fee_percent": 5}, "application_fee_percent"),
    ({"transfer_data": {"destination": "acct_1"}}, "transfer_data"),
    ({"on_behalf_of": "acct_1"}, "on_behalf_of"),
    ({"customer_account": "acct_1"}, "customer_account"),
    ({"customer": "cus_none"}, "customer"),
    ({"expires_at": 1_000_000_000}, "expires_at"),
    ({"header": "x" * 51}, "header"),
    ({"footer": "x" * 501}, "footer"),
    ({"description": "x" * 501}, "description"),
    ({"test_clock": "clock_none"}, "test_clock"),
    ({"collection_method": "send_invoice"}, "invoice_settings[days_until_due]"),
    ({"invoice_settings": {"days_until_due": 5}}, "invoice_settings[days_until_due]"),
    ({"invoice_settings": {"issuer": {"type": "account", "account": "acct_1"}}},
     "invoice_settings[issuer][account]"),
    ({"invoice_settings": {"custom_fields": [{"name": str(n), "value": "v"} for n in range(5)]}},
     "invoice_settings[custom_fields]"),
    ({"automatic_tax": {"enabled": False, "liability": {"type": "account", "account": "acct_1"}}},
     "automatic_tax[liability][account]"),
    ({"subscription_data": {"effective_date": "current_period_end"}},
     "subscription_data[effective_date]"),
    ({"subscription_data": {"effective_date": 1_000_000_000}}, "subscription_data[effective_date]"),
    ({"subscription_data": {"trial_period_days": 731}}, "subscription_data[trial_period_days]"),
    ({"subscription_data": {"billing_mode": {"type": "classic", "flexible": {
        "proration_discounts": "itemized"}}}}, "subscription_data[billing_mode][flexible]"),
    ({"default_tax_rates": ["txr_none"]}, "default_tax_rates[0]"),
    ({"discounts": [{"coupon": "none"}]}, "discounts[0][coupon]"),
    ({"discounts": [{"promotion_code": "promo_none"}]}, "discounts[0][promotion_code]"),
    ({"discounts": [{"discount": "di_none"}]}, "discounts[0][discount]"),
    ({"from_quote": {"quote": "qt_none"}}, "from_quote[quote]"),
    ({"line_items": [{"quantity": 1}]}, "line_items[0][price]"),
    ({"line_items": [{"price": "price_none"}]}, "line_items[0][price]"),
])  # fmt: skip
def test_what_cannot_be_is_refused_by_name(seller: Seller, sent: Any, param: str) -> None:
    assert refused(seller.quotes.create, sent).param == param


def test_prices_and_discounts_are_checked_where_they_are_sold(seller: Seller) -> None:
    chosen = seller.client.prices.create({
        "product": seller.product, "currency": "usd", "custom_unit_amount": {"enabled": True},
    }).id  # fmt: skip
    archived = seller.once()
    seller.client.prices.update(archived, {"active": False})
    euros = seller.client.coupons.create(
        {"amount_off": 5, "currency": "eur", "duration": "once"}
    ).id
    price = seller.price()
    for lines, param in (
        ([{"price": chosen}], "line_items[0][price]"),
        ([{"price": archived}], "line_items[0][price]"),
        ([{"price": price}, {"price": price}], "line_items"),
        ([{"price": seller.once(), "discounts": [{"coupon": euros}]}],
         "line_items[0][discounts][0][coupon]"),
        ([{"price": seller.once()}, {"price": price, "discounts": [{"coupon": euros}]}],
         "line_items[1][discounts][0][coupon]"),
        ([{"price": price, "tax_rates": ["txr_none"]}], "line_items[0][tax_rates][0]"),
        ([{"price": price, "price_data": {"currency": "usd", "product": seller.product,
                                          "unit_amount": 5}}], "line_items[0][price]"),
        ([{"price": price, "quantity": 10**12}], "line_items[0][quantity]"),
    ):  # fmt: skip
        assert refused(seller.quotes.create, {"line_items": lines}).param == param, lines
    mixed = {
        "line_items": [{"price": price}, {"price": seller.price(recurring={"interval": "year"})}],
        "subscription_data": {"billing_mode": {"type": "classic"}},
    }
    assert refused(seller.quotes.create, mixed).param == "line_items"
    many = {"line_items": [{"price": seller.price(n)} for n in range(1, 22)]}
    assert refused(seller.quotes.create, many).param == "line_items"


def test_a_customer_with_another_currency_is_told(seller: Seller) -> None:
    customer = seller.payer()
    seller.client.subscriptions.create({"customer": customer, "items": [
        {"price": seller.price(currency="eur")}]})  # fmt: skip
    error = refused(lambda: seller.quote(seller.price(), customer=customer))
    assert "You cannot combine currencies on a single customer" in str(error)


def test_terms_of_a_subscription_need_one(seller: Seller) -> None:
    quote = seller.quote(seller.once(), subscription_data={"trial_period_days": 3})
    assert refused(seller.quotes.finalize_quote, quote.id).param == (
        "subscription_data[trial_period_days]"
    )
    seller.quotes.update(quote.id, {"subscription_data": {"trial_period_days": ""}})
    assert seller.quotes.finalize_quote(quote.id).status == "open"


def test_a_draft_is_changed_part_by_part(seller: Seller) -> None:
    quote = seller.quote(
        seller.price(100), seller.once(50), header="H", footer="F", description="D",
        metadata={"a": "1", "b": "2"}, subscription_data={"metadata": {"x": "1"}},
    )  # fmt: skip
    first, second = (each.id for each in seller.quotes.line_items.list(quote.id).data)
    changed = seller.quotes.update(quote.id, {
        "header": "", "metadata": {"a": ""}, "default_tax_rates": [seller.rate(10)],
        "subscription_data": {"metadata": {"y": "2"}, "trial_period_days": 9},
        "line_items": [{"id": second, "quantity": 4}, {"price": seller.price(7)}],
        "collection_method": "send_invoice", "invoice_settings": {"days_until_due": 3},
    })  # fmt: skip
    assert (changed.header, changed.footer, changed.metadata.to_dict()) == (None, "F", {"b": "2"})
    assert changed.subscription_data.metadata.to_dict() == {"y": "2"}
    assert changed.invoice_settings.days_until_due == 3
    assert (changed.amount_subtotal, changed.amount_total) == (207, 228)
    items = seller.quotes.line_items.list(quote.id).data
    assert [each.amount_subtotal for each in items] == [200, 7]
    assert items[0].id == second
    error = refused(seller.quotes.update, quote.id, {"line_items": [{"id": first}]})
    assert error.param == "line_items[0][id]"
    back = seller.quotes.update(quote.id, {
        "collection_method": "charge_automatically", "default_tax_rates": "", "discounts": "",
    })  # fmt: skip
    assert back.invoice_settings.days_until_due is None
    assert (back.default_tax_rates, back.amount_total) == ([], 207)


def test_discounts_are_kept_by_their_id_and_taken_off(seller: Seller) -> None:
    coupon = seller.coupon(50)
    quote = seller.quote(seller.price(), discounts=[{"coupon": coupon}], expand=["discounts"])
    [discount] = quote.discounts
    assert (discount.source.coupon, discount.end) == (coupon, None)
    other = seller.coupon(10)
    kept = seller.quotes.update(quote.id, {
        "discounts": [{"discount": discount.id}, {"coupon": other}]})  # fmt: skip
    assert kept.discounts[0] == discount.id and kept.amount_total == 450
    assert seller.quotes.update(quote.id, {"discounts": ""}).amount_total == 1000
    assert "redeem" not in " ".join(seller.events(discount.id))


def test_a_promotion_code_is_kept_with_what_it_demands(seller: Seller) -> None:
    code = seller.client.promotion_codes.create({
        "promotion": {"type": "coupon", "coupon": seller.coupon(20)},
        "restrictions": {"minimum_amount": 5000, "minimum_amount_currency": "usd"},
    }).id  # fmt: skip
    sent = {"line_items": [{"price": seller.price()}], "discounts": [{"promotion_code": code}]}
    assert refused(seller.quotes.create, sent).param == "discounts[0][promotion_code]"
    quote = seller.accepted(
        {"price": seller.price(), "quantity": 5}, customer=seller.payer(),
        discounts=[{"promotion_code": code}],
    )  # fmt: skip
    assert seller.first_invoice(quote).total == 4000


def test_lists_are_filtered(seller: Seller) -> None:
    customer, price = seller.payer(), seller.price()
    draft, opened = (
        seller.quote(price, customer=customer), seller.open(price, customer=customer),
    )  # fmt: skip
    accepted = seller.accepted(price, customer=customer)
    listed = seller.quotes.list
    assert [each.id for each in listed({"customer": customer}).data] == [
        accepted.id, opened.id, draft.id,
    ]  # fmt: skip
    for status, quote in (("draft", draft), ("open", opened), ("accepted", accepted)):
        found = listed({"customer": customer, "status": status}).data
        assert [each.id for each in found] == [quote.id]
    assert listed({"customer": customer, "status": "canceled"}).data == []
    assert refused(listed, {"status": "lost"}).param == "status"
    page = listed({"customer": customer, "limit": 1, "starting_after": accepted.id})
    assert (page.data[0].id, page.has_more) == (opened.id, True)
    whole = listed({"customer": customer, "expand": ["data.line_items", "data.customer"]}).data
    assert whole[0].line_items.data[0].price.id == price and whole[0].customer.name == "Ann"


def test_quotes_hang_on_test_clocks(seller: Seller) -> None:
    clock = seller.clock(NOW)
    alone = seller.quotes.create({"test_clock": clock})
    customer = seller.customer(test_clock=clock)
    theirs = seller.quotes.create({"customer": customer})
    listed = seller.quotes.list
    assert {each.id for each in listed({"test_clock": clock}).data} == {alone.id, theirs.id}
    assert alone.id not in [each.id for each in listed({"limit": 100}).data]
    assert seller.quotes.update(alone.id, {"customer": customer}).customer == customer
    sent = {"customer": seller.customer(), "test_clock": clock}
    assert refused(seller.quotes.create, sent).param == "customer"
    plain = seller.quotes.create({})
    assert refused(seller.quotes.update, plain.id, {"customer": customer}).param == "customer"
    seller.advance(clock, NOW + 31 * DAY)
    assert {each.status for each in listed({"test_clock": clock}).data} == {"canceled"}
    seller.client.test_helpers.test_clocks.delete(clock)
    assert refused(seller.quotes.retrieve, alone.id).code == "resource_missing"


def test_an_archived_price_is_still_what_was_offered(seller: Seller) -> None:
    price, once = seller.price(), seller.once()
    quote = seller.open(price, once, customer=seller.payer())
    for each in (price, once):
        seller.client.prices.update(each, {"active": False})
    assert seller.first_invoice(seller.quotes.accept(quote.id)).total == 1500


def test_prices_described_in_place_are_sold(seller: Seller) -> None:
    data = {"currency": "usd", "product": seller.product}
    quote = seller.accepted(
        {"price_data": {**data, "unit_amount": 700, "recurring": MONTH}},
        {"price_data": {**data, "unit_amount_decimal": "12.5"}, "quantity": 2},
        customer=seller.payer(),
    )  # fmt: skip
    assert seller.first_invoice(quote).total == 725 == quote.amount_total


def test_a_quote_is_printed_once_it_is_final(seller: Seller) -> None:
    quote = seller.quote(
        seller.price(), customer=seller.payer(preferred_locales=["de"]), header="Angebot",
        subscription_data={"trial_period_days": 3}, discounts=[{"coupon": seller.coupon()}],
        default_tax_rates=[seller.rate()],
    )  # fmt: skip
    assert "finalize" in str(refused(seller.quotes.pdf, quote.id))
    seller.quotes.finalize_quote(quote.id)
    paper = seller.quotes.pdf(quote.id)
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.io.read().startswith(b"%PDF")


def test_a_page_can_do_nothing_with_quotes(server: Any, seller: Seller) -> None:
    quote = seller.open(seller.price(), customer=seller.payer())
    page = stripe.StripeClient(
        server.publishable_key, base_addresses={"api": server.url}
    ).v1.quotes
    for call in (page.retrieve, page.accept):
        with pytest.raises((stripe.PermissionError, stripe.AuthenticationError)):
            call(quote.id)


def test_old_versions_make_classic_subscriptions(server: Any, seller: Seller) -> None:
    old = stripe.StripeClient(
        server.secret_key, base_addresses={"api": server.url}, stripe_version="2022-11-15"
    ).v1
    customer, price = seller.payer(), seller.price()
    made = old.quotes.create({
        "customer": customer, "line_items": [{"price": price}],
        "discounts": [{"coupon": seller.coupon(50)}],
        "expand": ["discounts", "total_details.breakdown"],
    })  # fmt: skip
    assert made.discounts[0].coupon.percent_off == 50
    copy = old.quotes.create({"from_quote": {"quote": made.id}})
    accepted = old.quotes.accept(old.quotes.finalize_quote(copy.id).id)
    found = seller.client.subscriptions.retrieve(accepted.subscription)
    assert found.billing_mode.type == "classic"
    bill = old.quotes.create({"customer": customer, "line_items": [{"price": seller.once()}]})
    accepted = old.quotes.accept(old.quotes.finalize_quote(bill.id).id)
    assert old.invoices.retrieve(accepted.invoice).quote == bill.id
