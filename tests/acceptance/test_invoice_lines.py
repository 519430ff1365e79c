"""Invoice lines and items: their exact shape, their order, and how they are edited by hand."""

import pytest

from acceptance.till import Till, at, refused


@pytest.fixture
def till(client):
    return Till(client)


def one_time(client, amount=500, name="Setup", **more):
    return client.v1.prices.create(
        {"currency": "usd", "unit_amount": amount, "product_data": {"name": name}, **more}
    )


def test_an_item_from_an_amount_mints_a_price_to_name(client, till):
    before = till.mark()

    item = till.item(700, description="Advice").to_dict()

    price = item["pricing"]["price_details"]["price"]
    assert item == {
        "id": item["id"], "object": "invoiceitem", "amount": 700, "currency": "usd",
        "customer": till.customer, "customer_account": None, "date": item["date"],
        "description": "Advice", "discountable": True, "discounts": [], "invoice": None,
        "livemode": False, "metadata": {}, "parent": None,
        "period": {"start": item["date"], "end": item["date"]},
        "pricing": {"type": "price_details", "unit_amount_decimal": item["pricing"][
            "unit_amount_decimal"], "price_details": {
            "price": price, "product": item["pricing"]["price_details"]["product"]}},
        "proration": False, "quantity": 1, "quantity_decimal": item["quantity_decimal"],
        "tax_rates": [], "test_clock": None,
    }  # fmt: skip
    assert str(item["pricing"]["unit_amount_decimal"]) == "700"
    assert client.v1.prices.retrieve(price).unit_amount == 700
    assert "invoiceitem.created" in till.told(since=before)
    changed = client.v1.invoice_items.update(item["id"], {"amount": 900})
    assert changed.amount == 900
    assert changed.pricing.price_details.price != price
    assert till.item(5).description is None


def test_an_item_from_a_price_is_named_after_its_product(client, till):
    price = one_time(client, 500)

    item = till.item(pricing={"price": price.id}, quantity=3)

    assert (item.amount, item.quantity, item.description) == (1500, 3, "Setup")
    assert item.pricing.price_details.to_dict() == {"price": price.id, "product": price.product}
    assert str(item.pricing.unit_amount_decimal) == "500"
    by_unit = till.item(unit_amount_decimal="12.5", quantity=3)
    assert by_unit.amount == 38  # 37.5, half up
    assert str(by_unit.pricing.unit_amount_decimal) == "12.5"
    parts = till.item(unit_amount_decimal="100", quantity_decimal="2.5")
    assert (parts.amount, parts.quantity, str(parts.quantity_decimal)) == (250, 2, "2.5")
    data = till.item(
        price_data={"currency": "usd", "product": price.product, "unit_amount": 250}, quantity=2
    )
    assert data.amount == 500
    assert client.v1.prices.retrieve(data.pricing.price_details.price).active is False


def test_a_unit_has_twelve_decimals_at_most(till):
    exact = "0.000000000001"
    item = till.item(unit_amount_decimal=exact, quantity=3)
    assert f"{item.pricing.unit_amount_decimal:f}" == exact
    assert refused(till.item, unit_amount_decimal="1.1234567890123") == (
        400, None, "unit_amount_decimal",
        "Invalid decimal: 1.1234567890123; must contain at maximum 12 decimal places.")


def test_a_negative_item_is_not_discountable(till):
    item = till.item(-500)

    assert (item.amount, item.discountable, item.net_amount) == (-500, False, -500)


def test_an_items_amount_comes_from_one_place(client, till):
    price = one_time(client)
    create = client.v1.invoice_items.create
    base = {"customer": till.customer, "currency": "usd"}
    both = refused(create, {**base, "amount": 5, "pricing": {"price": price.id}})
    assert both[0] == 400 and both[3].startswith("You may only specify one of these parameters:")
    assert refused(create, {**base, "amount": 5, "quantity": 2})[3] == (
        "You may only specify one of these parameters: amount, quantity."
    )
    assert refused(create, base)[0] == 400
    recurring = one_time(client, recurring={"interval": "month"})
    assert refused(create, {**base, "pricing": {"price": recurring.id}})[0] == 400
    assert refused(create, {**base, "pricing": {"price": "price_none"}})[:3] == (
        400, "resource_missing", "pricing[price]"
    )  # fmt: skip
    assert refused(create, {"currency": "usd", "amount": 5})[1] == "parameter_missing"
    assert refused(create, {"customer": "cus_none", "currency": "usd", "amount": 5}) == (
        400, "resource_missing", "customer", "No such customer: 'cus_none'"
    )  # fmt: skip
    assert refused(client.v1.invoice_items.retrieve, "ii_none") == (
        404, "resource_missing", "id", "No such Invoice Item: 'ii_none'(livemode=false)"
    )  # fmt: skip


def test_a_pending_item_can_be_deleted_and_is_gone(client, till):
    item = till.item(700)
    before = till.mark()

    answer = client.v1.invoice_items.delete(item.id)

    assert answer.to_dict() == {"id": item.id, "object": "invoiceitem", "deleted": True}
    assert till.told(since=before) == ["invoiceitem.deleted"]
    assert refused(client.v1.invoice_items.retrieve, item.id)[0] == 404
    invoice = till.draft(300, 400)
    [newest, oldest] = client.v1.invoice_items.list({"invoice": invoice.id}).data
    assert (newest.amount, oldest.amount) == (400, 300)
    client.v1.invoice_items.delete(oldest.id)
    assert till.read(invoice).total == 400


def test_a_line_shows_where_it_comes_from(client, till):
    price = one_time(client, 500)
    item = till.item(pricing={"price": price.id}, quantity=2, metadata={"a": "b"},
                     period={"start": at("2026-01-01"), "end": at("2026-02-01")})  # fmt: skip

    invoice = till.draft(pending_invoice_items_behavior="include")

    [line] = invoice.to_dict()["lines"]["data"]
    assert line == {
        "id": line["id"], "object": "line_item", "amount": 1000, "currency": "usd",
        "description": "Setup", "discount_amounts": [], "discountable": True, "discounts": [],
        "invoice": invoice.id, "livemode": False, "metadata": {"a": "b"},
        "parent": {
            "type": "invoice_item_details", "subscription_item_details": None,
            "invoice_item_details": {
                "invoice_item": item.id, "proration": False, "subscription": None,
                "proration_details": {"credited_items": None},
            },
        },
        "period": {"start": at("2026-01-01"), "end": at("2026-02-01")},
        "pretax_credit_amounts": [],
        "pricing": {
            "type": "price_details", "unit_amount_decimal": line["pricing"]["unit_amount_decimal"],
            "price_details": {"price": price.id, "product": price.product},
        },
        "quantity": 2, "quantity_decimal": line["quantity_decimal"], "subscription": None,
        "subtotal": 1000, "taxes": [],
    }  # fmt: skip
    assert str(line["quantity_decimal"]) == "2"
    assert (invoice.lines.total_count, invoice.lines.has_more) == (1, False)
    assert invoice.lines.url == f"/v1/invoices/{invoice.id}/lines"


def test_lines_come_pending_first_newest_first_and_added_ones_last(client, till):
    for amount in (1, 2, 3):
        till.item(amount)
    invoice = till.draft(pending_invoice_items_behavior="include")
    assert [line.amount for line in invoice.lines.data] == [3, 2, 1]
    for amount in (11, 12):
        till.item(amount, invoice=invoice.id)
    assert [line.amount for line in till.read(invoice).lines.data] == [3, 2, 1, 11, 12]

    added = client.v1.invoices.add_lines(invoice.id, {"lines": [{"amount": 21}]})
    assert [line.amount for line in added.lines.data] == [21, 3, 2, 1, 11, 12]
    listed = client.v1.invoices.line_items.list(invoice.id, {"limit": 2}).data
    assert [line.amount for line in listed] == [21, 3]
    page = client.v1.invoices.line_items.list(
        invoice.id, {"limit": 10, "starting_after": listed[-1].id}
    )
    assert [line.amount for line in page.data] == [2, 1, 11, 12] and page.has_more is False


def test_lines_have_ids_in_their_order(till):
    for amount in range(1, 5):
        till.item(amount)
    lines = till.draft(pending_invoice_items_behavior="include").lines.data

    assert [line.id for line in lines] == sorted(line.id for line in lines)


def test_removing_a_line_deletes_or_releases_its_item(client, till):
    kept, dropped = till.item(100), till.item(200)
    invoice = till.draft(pending_invoice_items_behavior="include")
    of = {line.amount: line.id for line in invoice.lines.data}

    after = client.v1.invoices.remove_lines(
        invoice.id,
        {"lines": [{"id": of[100], "behavior": "unassign"},
                   {"id": of[200], "behavior": "delete"}]},
    )  # fmt: skip

    assert (after.lines.data, after.total) == ([], 0)
    assert client.v1.invoice_items.retrieve(kept.id).invoice is None
    assert refused(client.v1.invoice_items.retrieve, dropped.id)[0] == 404
    remove = client.v1.invoices.remove_lines
    assert refused(remove, invoice.id, {"lines": [{"id": "il_none"}]})[:3] == (
        400, "parameter_missing", "lines[0][behavior]"
    )  # fmt: skip
    unknown = {"lines": [{"id": "il_none", "behavior": "delete"}]}
    assert refused(remove, invoice.id, unknown)[0] == 400


def test_lines_are_changed_one_by_one_or_together(client, till):
    invoice = till.draft(100, 200)
    first, second = invoice.lines.data

    line = client.v1.invoices.line_items.update(
        invoice.id, first.id, {"amount": 150, "description": "better", "metadata": {"a": "b"}}
    )
    assert line.object == "line_item" and line.id == first.id
    assert (line.amount, line.description, line.metadata.to_dict()) == (150, "better", {"a": "b"})
    assert line.pricing.price_details.price != first.pricing.price_details.price
    assert till.read(invoice).total == 350
    assert client.v1.invoice_items.list({"invoice": invoice.id}).data[1].amount == 150
    after = client.v1.invoices.update_lines(
        invoice.id,
        {"lines": [{"id": first.id, "amount": 1}, {"id": second.id, "amount": 2}],
         "invoice_metadata": {"x": "y"}},
    )  # fmt: skip
    assert (after.total, after.metadata.to_dict()) == (3, {"x": "y"})
    assert refused(
        client.v1.invoices.update_lines, invoice.id,
        {"lines": [{"id": first.id, "amount": 1, "quantity": 2}]},
    ) == (
        400, None, "lines[0][amount]",
        "You may only specify one of these parameters: amount, quantity.",
    )  # fmt: skip


def test_an_invoice_takes_250_lines(client, till):
    lines = [{"amount": 1}] * 250
    invoice = client.v1.invoices.add_lines(till.draft().id, {"lines": lines})

    assert (invoice.total, invoice.lines.total_count) == (250, 250)
    assert refused(client.v1.invoices.add_lines, invoice.id, {"lines": [{"amount": 1}]})[0] == 400
    assert refused(till.item, 1, invoice=invoice.id)[0] == 400


def test_more_pending_items_than_an_invoice_takes_wait_for_the_next(client):
    till = Till(client, on="2026-01-01")
    price = one_time(client, 1000, "Basic", recurring={"interval": "month"}).id
    client.v1.subscriptions.create({"customer": till.customer, "items": [{"price": price}]})
    for amount in range(1, 256):
        till.item(amount)

    till.advance(to="2026-02-01")
    renewal = till.invoices()[-1]
    assert (renewal.lines.total_count, renewal.total) == (250, 1000 + sum(range(1, 250)))
    rest = till.draft(pending_invoice_items_behavior="include")
    assert [line.amount for line in rest.lines.data] == [255, 254, 253, 252, 251, 250]


def test_required_fields_are_never_null(till):
    invoice = till.draft().to_dict()

    for name in (
        "amount_due", "amount_paid", "amount_remaining", "amount_overpaid", "amount_shipping",
        "attempt_count", "attempted", "automatic_tax", "default_tax_rates", "discounts", "issuer",
        "lines", "payment_settings", "period_start", "period_end",
        "pre_payment_credit_notes_amount", "post_payment_credit_notes_amount",
        "starting_balance", "status_transitions", "subtotal", "total",
    ):  # fmt: skip
        assert invoice[name] is not None, name
    assert invoice["issuer"] == {"type": "self"}
    assert invoice["payment_settings"] == {
        "default_mandate": None, "payment_method_options": None, "payment_method_types": None
    }  # fmt: skip
    assert (invoice["customer_tax_exempt"], invoice["customer_tax_ids"]) == ("none", [])
    assert isinstance(invoice["rendering"], dict)
    assert invoice["period_start"] == invoice["period_end"] == invoice["created"]
    assert invoice["automatic_tax"]["enabled"] is False
