"""Prorations on invoices: their words, and what items and lines say of where they come from."""

import pytest

from acceptance.till import DAY, Till, at


@pytest.fixture
def till(client):
    return Till(client, on="2026-10-01")


@pytest.fixture
def price(client):
    def make(amount, name):
        return client.v1.prices.create(
            {"currency": "usd", "unit_amount": amount, "product_data": {"name": name},
             "recurring": {"interval": "month"}}
        )  # fmt: skip

    return make


def subscribe(client, till, price, **params):
    quantity = params.pop("quantity", 1)
    return client.v1.subscriptions.create(
        {"customer": till.customer, "items": [{"price": price.id, "quantity": quantity}], **params}
    )


def change(client, subscription, price, **params):
    item = {"id": subscription["items"].data[0].id, "price": price.id}
    quantity = params.pop("quantity", None)
    if quantity is not None:
        item["quantity"] = quantity
    return client.v1.subscriptions.update(subscription.id, {"items": [item], **params})


def pending(client, till):
    """Return the pending items: the credit before its debit."""
    return client.v1.invoice_items.list({"customer": till.customer, "pending": True}).data


def test_a_credit_and_a_debit_as_recorded(client, till, price):
    basic, pro = price(1000, "Basic"), price(3000, "Pro")
    subscription = subscribe(client, till, basic)
    [first] = till.invoices()
    till.advance(10 * DAY)
    before = till.mark()

    change(client, subscription, pro)

    credit, debit = pending(client, till)
    assert (credit.description, credit.amount) == ("Unused time on Basic after 11 Oct 2026", -677)
    assert (debit.description, debit.amount) == ("Remaining time on Pro after 11 Oct 2026", 2032)
    item = subscription["items"].data[0].id
    for each, of in ((credit, basic), (debit, pro)):
        assert each.parent.to_dict() == {
            "type": "subscription_details",
            "subscription_details": {
                "subscription": subscription.id, "subscription_item": item,
            },
        }  # fmt: skip
        assert each.pricing.price_details.to_dict() == {"price": of.id, "product": of.product}
        assert each.pricing.unit_amount_decimal is None
        assert (each.discountable, each.proration, each.quantity) == (False, True, 1)
        assert sorted(each.frozen_fields) == ["discounts", "pricing", "quantity"]
        assert each.net_amount == each.amount
        assert each.proration_details.discount_amounts == []
        assert (each.period.start, each.period.end) == (at("2026-10-11"), at("2026-11-01"))
    assert debit.proration_details.credited_items is None
    assert credit.proration_details.credited_items.to_dict() == {
        "type": "invoice_line_items",
        "invoice_line_item_details": {
            "invoice": first.id, "invoice_line_items": [first.lines.data[0].id]
        },
    }  # fmt: skip
    assert till.told(since=before).count("invoiceitem.created") == 2


def test_their_lines_come_first_the_newest_at_the_top(client, till, price):
    basic, pro = price(1000, "Basic"), price(3000, "Pro")
    subscription = subscribe(client, till, basic)
    [first] = till.invoices()
    till.advance(10 * DAY)
    change(client, subscription, pro)
    credit, debit = pending(client, till)

    till.advance(to="2026-11-01")

    invoice = till.invoices()[-1]
    assert [line.description for line in invoice.lines.data] == [
        "Unused time on Basic after 11 Oct 2026", "Remaining time on Pro after 11 Oct 2026",
        "1 × Pro (at $30.00 / month)",
    ]  # fmt: skip
    minus, plus, renewal = (line.to_dict() for line in invoice.lines.data)
    for line, item in ((plus, debit), (minus, credit)):
        assert line["parent"]["type"] == "subscription_item_details"
        details = line["parent"]["subscription_item_details"]
        assert (details["invoice_item"], details["proration"]) == (item.id, True)
        assert details["subscription_item"] == subscription["items"].data[0].id
    credited = minus["parent"]["subscription_item_details"]["proration_details"]
    assert credited["credited_items"] == {
        "invoice": first.id, "invoice_line_items": [first.lines.data[0].id]
    }  # fmt: skip
    assert plus["parent"]["subscription_item_details"]["proration_details"] == {
        "credited_items": None
    }  # fmt: skip
    assert renewal["parent"]["subscription_item_details"]["invoice_item"] is None


def test_the_day_is_that_of_the_named_moment(client, till, price):
    subscription = subscribe(client, till, price(1000, "Basic"))
    till.advance(to="2026-10-20 23:59:59")

    change(client, subscription, price(3000, "Pro"), proration_date=at("2026-10-05 00:00:01"))

    assert [each.description for each in pending(client, till)] == [
        "Unused time on Basic after 05 Oct 2026", "Remaining time on Pro after 05 Oct 2026"
    ]  # fmt: skip


def test_quantities_above_one_are_shown(client, till, price):
    basic = price(1000, "Basic")
    subscription = subscribe(client, till, basic)
    till.advance(10 * DAY)

    change(client, subscription, basic, quantity=3)

    credit, debit = pending(client, till)
    assert credit.description == "Unused time on Basic after 11 Oct 2026"
    assert debit.description == "Remaining time on 3 × Basic after 11 Oct 2026"
    assert (credit.quantity, debit.quantity) == (1, 3)


def test_a_percentage_off_is_named(client, till, price):
    coupon = client.v1.coupons.create({"percent_off": 10, "duration": "forever"}).id
    subscription = subscribe(client, till, price(1000, "Basic"), discounts=[{"coupon": coupon}])
    till.advance(10 * DAY)

    change(client, subscription, price(3000, "Pro"))

    assert [each.description for each in pending(client, till)] == [
        "Unused time on Basic (with 10.0% off) after 11 Oct 2026",
        "Remaining time on Pro (with 10.0% off) after 11 Oct 2026",
    ]


def test_an_item_pinned_to_a_subscription_waits_for_its_invoice(client, till, price):
    one = subscribe(client, till, price(1000, "One"))
    other = subscribe(client, till, price(2000, "Two"))
    till.item(300, description="Pinned", subscription=one.id)
    till.item(400, description="Loose")
    [pinned] = [each for each in pending(client, till) if each.description == "Pinned"]
    assert pinned.parent.subscription_details.to_dict() == {"subscription": one.id}

    till.advance(to="2026-11-01")

    billed = {
        invoice.parent.subscription_details.subscription: {
            line.description for line in invoice.lines.data
        }
        for invoice in till.invoices()[2:]
    }
    assert "Pinned" in billed[one.id] and "Pinned" not in billed[other.id]
    assert ("Loose" in billed[one.id]) != ("Loose" in billed[other.id])
