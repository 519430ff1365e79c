"""Invoice items and lines: prices, amounts, edits, and what freezes them."""

import pytest
import stripe


@pytest.fixture
def price(client):
    product = client.v1.products.create({"name": "Consulting"})
    return client.v1.prices.create(
        {"product": product.id, "currency": "usd", "unit_amount_decimal": "12.5"}
    )


def test_an_item_of_a_price_is_named_after_its_product(client, ada, price):
    item = client.v1.invoice_items.create(
        {"customer": ada.id, "pricing": {"price": price.id}, "quantity": 3}
    )

    assert (item.amount, item.quantity, str(item.quantity_decimal)) == (38, 3, "3")
    assert item.description == "Consulting" and item.invoice is None
    details = item.pricing.price_details
    assert (details.price, details.product) == (price.id, price.product)
    assert str(item.pricing.unit_amount_decimal) == "12.5"
    assert item.discountable is True and item.proration is False


def test_an_amount_mints_a_price_that_the_line_names(client, ada, draft):
    invoice = draft(ada, 1500)

    line = invoice.lines.data[0]
    minted = client.v1.prices.retrieve(line.pricing.price_details.price)
    assert (minted.unit_amount, minted.active) == (1500, False)
    assert line.description is None
    assert line.parent.type == "invoice_item_details"
    assert line.parent.invoice_item_details.proration is False

    changed = client.v1.invoices.line_items.update(invoice.id, line.id, {"amount": 900})
    assert changed.id == line.id and changed.amount == 900
    assert changed.pricing.price_details.price != minted.id
    assert client.v1.invoices.retrieve(invoice.id).total == 900
    item = client.v1.invoice_items.retrieve(line.parent.invoice_item_details.invoice_item)
    assert item.amount == 900


@pytest.mark.parametrize(
    ("params", "message"),
    [
        pytest.param({}, "One of the following params", id="nothing that has an amount"),
        pytest.param(
            {"amount": 5, "quantity": 2}, "one of these parameters: amount, quantity", id="both"
        ),
        pytest.param({"amount": 5, "currency": "zzz"}, "Invalid currency", id="no currency"),
        pytest.param({"pricing": {"price": "price_x"}}, "No such price: 'price_x'", id="no price"),
    ],
)
def test_an_item_needs_one_way_to_its_amount(client, ada, params, message):
    with pytest.raises(stripe.InvalidRequestError, match=message):
        client.v1.invoice_items.create({"customer": ada.id, "currency": "usd", **params})


def test_recurring_and_archived_prices_are_refused(client, ada, price):
    recurring = client.v1.prices.create(
        {
            "product": price.product,
            "currency": "usd",
            "unit_amount": 5,
            "recurring": {"interval": "month"},
        }
    )
    client.v1.prices.update(price.id, {"active": False})

    for id, message in ((recurring.id, "type=recurring"), (price.id, "price specified is inact")):
        with pytest.raises(stripe.InvalidRequestError, match=message) as refused:
            client.v1.invoice_items.create({"customer": ada.id, "pricing": {"price": id}})
        assert refused.value.param == "pricing[price]"


def test_items_change_and_go_while_pending_or_on_a_draft(client, ada, draft):
    invoice = draft(ada, 1000, 500)
    item = client.v1.invoice_items.list({"invoice": invoice.id}).data[0]

    client.v1.invoice_items.update(item.id, {"amount": 700, "description": "More"})
    shown = client.v1.invoices.retrieve(invoice.id)
    assert shown.total == 1700
    assert {line.description for line in shown.lines.data} == {None, "More"}

    assert client.v1.invoice_items.delete(item.id).deleted is True
    assert client.v1.invoices.retrieve(invoice.id).total == 1000
    with pytest.raises(stripe.InvalidRequestError) as gone:
        client.v1.invoice_items.retrieve(item.id)
    assert gone.value.http_status == 404

    client.v1.invoices.finalize_invoice(invoice.id)
    left = client.v1.invoice_items.list({"invoice": invoice.id}).data[0]
    with pytest.raises(stripe.InvalidRequestError, match="no longer editable") as frozen:
        client.v1.invoice_items.update(left.id, {"amount": 1})
    assert frozen.value.code == "invoice_not_editable"


def test_items_of_a_deleted_draft_stay_with_it(client, ada, draft):
    invoice = draft(ada, 1000)
    item = client.v1.invoice_items.list({"invoice": invoice.id}).data[0]

    client.v1.invoices.delete(invoice.id)

    assert client.v1.invoice_items.list({"customer": ada.id, "pending": True}).data == []
    with pytest.raises(stripe.InvalidRequestError, match="This invoice item has been deleted"):
        client.v1.invoice_items.update(item.id, {"amount": 1})


def test_lines_are_added_changed_and_removed_in_bulk(client, ada, draft, price):
    invoice = draft(ada, 1000)
    pending = client.v1.invoice_items.create(
        {"customer": ada.id, "amount": 300, "currency": "usd"}
    )

    added = client.v1.invoices.add_lines(
        invoice.id,
        {
            "lines": [
                {"invoice_item": pending.id},
                {
                    "description": "Setup",
                    "price_data": {
                        "currency": "usd",
                        "unit_amount": 2000,
                        "product_data": {"name": "Setup"},
                    },
                },
            ],
            "invoice_metadata": {"a": "1"},
        },
    )
    assert [line.amount for line in added.lines.data] == [2000, 300, 1000]
    assert (added.total, added.metadata["a"]) == (3300, "1")

    first, second, _ = added.lines.data
    changed = client.v1.invoices.update_lines(
        invoice.id, {"lines": [{"id": first.id, "pricing": {"price": price.id}, "quantity": 4}]}
    )
    assert [line.amount for line in changed.lines.data] == [50, 300, 1000]

    less = client.v1.invoices.remove_lines(
        invoice.id,
        {
            "lines": [
                {"id": first.id, "behavior": "delete"},
                {"id": second.id, "behavior": "unassign"},
            ]
        },
    )
    assert [line.amount for line in less.lines.data] == [1000]
    waiting = client.v1.invoice_items.list({"customer": ada.id, "pending": True}).data
    assert [item.id for item in waiting] == [pending.id]
    with pytest.raises(stripe.InvalidRequestError, match="No such invoice line item"):
        client.v1.invoices.remove_lines(
            invoice.id, {"lines": [{"id": first.id, "behavior": "delete"}]}
        )


def test_long_invoices_show_ten_lines_and_page_the_rest(client, ada):
    invoice = client.v1.invoices.create({"customer": ada.id})
    client.v1.invoices.add_lines(
        invoice.id, {"lines": [{"amount": 100 + place} for place in range(13)]}
    )

    shown = client.v1.invoices.retrieve(invoice.id)
    assert (len(shown.lines.data), shown.lines.has_more, shown.lines.total_count) == (10, True, 13)
    rest = client.v1.invoices.line_items.list(
        invoice.id, {"starting_after": shown.lines.data[-1].id}
    )
    assert [line.amount for line in rest.data] == [102, 101, 100]


def test_another_quantity_of_a_tier_s_line_stays_at_the_tier_s_price(client, ada):
    tiered = client.v1.prices.create({
        "currency": "usd", "product_data": {"name": "Photos"}, "recurring": {"interval": "month"},
        "billing_scheme": "tiered", "tiers_mode": "graduated", "tiers": [
            {"up_to": 2, "unit_amount": 500},
            {"up_to": "inf", "unit_amount": 150, "flat_amount": 52},
        ],
    })  # fmt: skip
    subscription = client.v1.subscriptions.create({
        "customer": ada.id, "items": [{"price": tiered.id, "quantity": 4}],
        "collection_method": "send_invoice", "days_until_due": 5,
    })  # fmt: skip
    invoice = client.v1.invoices.retrieve(subscription.latest_invoice)
    assert [(each.quantity, each.amount) for each in invoice.lines.data] == [
        (2, 1000), (2, 300), (0, 52),
    ]  # fmt: skip

    changed = client.v1.invoices.update_lines(
        invoice.id, {"lines": [{"id": invoice.lines.data[1].id, "quantity": 3}]}
    )

    assert [each.amount for each in changed.lines.data] == [1000, 450, 52]
