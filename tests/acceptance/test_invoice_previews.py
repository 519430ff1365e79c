"""Invoice previews: what will be billed next, after changes too, with nothing kept of it."""

import pytest

from acceptance.till import DAY, Till, at, refused

START = "2026-01-01"


@pytest.fixture
def till(client):
    return Till(client, on=START)


@pytest.fixture
def price(client):
    def make(amount=1000, name="Basic", interval="month"):
        return client.v1.prices.create(
            {"currency": "usd", "unit_amount": amount, "product_data": {"name": name},
             "recurring": {"interval": interval}}
        ).id  # fmt: skip

    return make


@pytest.fixture
def subscription(client, till, price):
    return client.v1.subscriptions.create(
        {"customer": till.customer, "items": [{"price": price()}]}
    )


@pytest.fixture
def preview(client):
    return lambda **params: client.v1.invoices.create_preview(params)


def lines(invoice):
    return [(line.description, line.amount) for line in invoice.lines.data]


def test_the_next_renewal_as_it_will_be(client, till, subscription, preview):
    till.item(300, description="Extra")
    before = till.mark()

    found = preview(subscription=subscription.id)

    assert found.object == "invoice" and found.id.startswith("upcoming_in_")
    assert (found.status, found.billing_reason, found.number) == ("draft", "upcoming", None)
    assert lines(found) == [("Extra", 300), ("1 × Basic (at $10.00 / month)", 1000)]
    assert found.lines.data[0].id.startswith("il_tmp_")
    renewal = found.lines.data[1]
    assert (renewal.period.start, renewal.period.end) == (at("2026-02-01"), at("2026-03-01"))
    assert (found.period_start, found.period_end) == (at(START), at("2026-02-01"))
    assert found.next_payment_attempt == at("2026-02-01") + 3600
    assert found.parent.subscription_details.subscription == subscription.id
    assert till.told(since=before) == []
    assert len(till.invoices()) == 1
    assert refused(client.v1.invoices.retrieve, found.id)[0] == 404
    till.advance(to="2026-02-01")
    real = till.invoices()[-1]
    assert lines(real) == lines(found) and real.total == found.total


def test_a_change_seen_before_is_the_change_that_is_billed(
    client, till, subscription, price, preview
):
    till.advance(10 * DAY)
    moment, pro = till.now, price(3000, "Pro")
    change = {
        "items": [{"id": subscription["items"].data[0].id, "price": pro}],
        "proration_behavior": "always_invoice", "proration_date": moment,
    }  # fmt: skip

    seen = preview(subscription=subscription.id, subscription_details=change)
    till.advance(2 * DAY)
    client.v1.subscriptions.update(subscription.id, change)

    billed = till.invoices()[-1]
    assert lines(seen) == lines(billed)
    assert (seen.total, seen.subtotal) == (billed.total, billed.subtotal)
    details = seen.parent.subscription_details
    assert details.subscription_proration_date == moment


def test_prorations_that_wait_are_seen_on_the_next_renewal(
    client, till, subscription, price, preview
):
    till.advance(10 * DAY)
    change = {"items": [{"id": subscription["items"].data[0].id, "price": price(3000, "Pro")}]}

    seen = preview(subscription=subscription.id, subscription_details=change)
    client.v1.subscriptions.update(subscription.id, change)
    till.advance(to="2026-02-01")

    assert lines(till.invoices()[-1]) == lines(seen)
    assert len(seen.lines.data) == 3


def test_only_what_recurs(till, subscription, preview):
    till.item(300, description="Extra")

    found = preview(subscription=subscription.id, preview_mode="recurring")

    assert lines(found) == [("1 × Basic (at $10.00 / month)", 1000)]


def test_a_subscription_that_does_not_exist_yet(till, price, preview):
    found = preview(
        customer=till.customer, subscription_details={"items": [{"price": price(), "quantity": 2}]}
    )

    assert lines(found) == [("2 × Basic (at $10.00 / month)", 2000)]
    assert (found.billing_reason, found.total) == ("upcoming", 2000)
    assert till.invoices() == []
    nobody = preview(currency="usd", subscription_details={"items": [{"price": price()}]})
    assert nobody.total == 1000


def test_items_alone_with_balance_discount_and_tax(client, till, preview):
    client.v1.customers.balance_transactions.create(
        till.customer, {"amount": -200, "currency": "usd"}
    )
    half = client.v1.coupons.create({"percent_off": 50}).id
    rate = client.v1.tax_rates.create(
        {"display_name": "VAT", "percentage": 10, "inclusive": False}
    ).id

    found = preview(
        customer=till.customer, discounts=[{"coupon": half}],
        invoice_items=[{"amount": 1000, "currency": "usd", "tax_rates": [rate]}],
    )  # fmt: skip

    assert (found.subtotal, found.total, found.amount_due) == (1000, 550, 350)
    assert found.starting_balance == -200
    assert till.balance == -200
    assert client.v1.invoice_items.list({"customer": till.customer}).data == []
    assert client.v1.coupons.retrieve(half).times_redeemed == 0


def test_something_to_preview_must_be_named(till, preview):
    status, _, _, message = refused(preview, customer=till.customer)
    assert status == 400 and "subscription" in message
    assert refused(preview, subscription="sub_none")[:3] == (
        400, "resource_missing", "subscription"
    )  # fmt: skip


def test_a_subscription_is_seen_as_what_it_is(subscription, preview):
    assert refused(preview, subscription=subscription.id, customer="cus_none") == (
        400, "resource_missing", "customer", "No such customer: 'cus_none'"
    )  # fmt: skip
    assert refused(preview, subscription=subscription.id, currency="eur")[2] == "currency"
    assert preview(subscription=subscription.id, currency="usd").total == 1000


def test_nothing_is_due_of_what_has_ended(client, till, subscription, preview):
    client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    nothing = (
        404, "invoice_upcoming_none", None, f"No upcoming invoices for customer: {till.customer}"
    )  # fmt: skip
    assert refused(preview, subscription=subscription.id) == nothing

    client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": False})
    assert preview(subscription=subscription.id).total == 1000
    client.v1.subscriptions.cancel(subscription.id)
    assert refused(preview, subscription=subscription.id) == nothing


def test_canceling_now_shows_what_it_would_give_back(till, subscription, preview):
    till.advance(10 * DAY)

    found = preview(
        subscription=subscription.id,
        subscription_details={"cancel_now": True, "proration_behavior": "always_invoice"},
    )

    assert found.total < 0
    assert found.lines.data[0].description.startswith("Unused time on Basic after 11 Jan 2026")


def test_a_trial_to_come_is_seen(client, till, price, preview):
    trial = client.v1.subscriptions.create(
        {"customer": till.customer, "items": [{"price": price()}], "trial_period_days": 7}
    )

    found = preview(subscription=trial.id)

    assert (found.total, found.period_end) == (1000, at("2026-01-08"))
    early = preview(subscription=trial.id, subscription_details={"trial_end": "now"})
    assert early.total == 1000
    assert client.v1.subscriptions.retrieve(trial.id).status == "trialing"


def test_at_most_250_items(till, preview):
    many = [{"amount": 1, "currency": "usd"}] * 251
    assert refused(preview, customer=till.customer, invoice_items=many)[0] == 400
    assert preview(customer=till.customer, invoice_items=many[:250]).total == 250


def test_other_discounts_are_tried_out(client, till, subscription, preview):
    half = client.v1.coupons.create({"percent_off": 50}).id

    found = preview(subscription=subscription.id, discounts=[{"coupon": half}])

    assert (found.total, len(found.total_discount_amounts)) == (500, 1)
    assert client.v1.subscriptions.retrieve(subscription.id).discounts == []
    annual = preview(
        subscription=subscription.id,
        invoice_items=[{"amount": 250, "currency": "usd", "description": "Setup"}],
    )
    assert lines(annual)[0] == ("Setup", 250)
