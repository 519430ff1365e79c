"""Upcoming invoices: older versions see what a customer is billed next, and page its lines."""

from urllib.parse import urlsplit

import pytest

from acceptance.till import Till, at, refused
from prorata.wire.versions.chain import NEWEST

START = "2026-01-01"
OLD = "2024-06-20"
UPCOMING = "/v1/invoices/upcoming"


@pytest.fixture
def till(client):
    return Till(client, on=START)


@pytest.fixture
def ask(client):
    """Ask as a version does: `ask(path, **params)`."""

    def ask(path, version=OLD, method="get", **params):
        return client.raw_request(method, path, stripe_version=version, **params).data

    return ask


@pytest.fixture
def subscribe(client, till):
    def subscribe(amount, interval="month", **params):
        price = client.v1.prices.create(
            {"currency": "usd", "unit_amount": amount, "product_data": {"name": f"P{amount}"},
             "recurring": {"interval": interval}}
        ).id  # fmt: skip
        return client.v1.subscriptions.create(
            {"customer": till.customer, "items": [{"price": price}], **params}
        )

    return subscribe


def amounts(invoice):
    return [line["amount"] for line in invoice["lines"]["data"]]


def test_the_subscription_that_bills_first_is_shown(till, subscribe, ask):
    subscribe(9000, "year")
    monthly = subscribe(1000)
    till.item(300)

    found = ask(UPCOMING, customer=till.customer)

    assert found["subscription"] == monthly.id
    assert amounts(found) == [300, 1000]
    assert (found["status"], found["billing_reason"]) == ("draft", "upcoming")
    assert (found["period_start"], found["period_end"]) == (at(START), at("2026-02-01"))
    assert found["lines"]["data"][1]["period"] == {
        "start": at("2026-02-01"), "end": at("2026-03-01")
    }  # fmt: skip
    till.advance(to="2026-02-01")
    assert [each.amount for each in till.invoices()[-1].lines.data] == [300, 1000]


def test_the_next_one_is_shown_when_the_first_just_ends(till, subscribe, ask):
    yearly = subscribe(9000, "year")
    subscribe(1000, cancel_at_period_end=True)

    found = ask(UPCOMING, customer=till.customer)

    assert (found["subscription"], amounts(found)) == (yearly.id, [9000])


def test_without_subscription_what_is_pending_is_shown(till, ask):
    till.item(300)
    till.item(200)

    found = ask(UPCOMING, customer=till.customer)

    assert (amounts(found), found["total"], found["subscription"]) == ([200, 300], 500, None)


def test_items_may_be_supposed_for_whatever_is_next(till, subscribe, ask):
    item = {"amount": 50, "currency": "usd"}
    alone = ask(UPCOMING, customer=till.customer, invoice_items=[item])
    assert amounts(alone) == [50]
    subscribe(1000)
    assert amounts(ask(UPCOMING, customer=till.customer, invoice_items=[item])) == [50, 1000]
    assert till.client.invoice_items.list({"customer": till.customer}).data == []


def test_changes_may_be_supposed_by_their_older_names(till, subscribe, ask):
    subscription = subscribe(1000)
    change = [{"id": subscription["items"].data[0].id, "quantity": 3}]
    found = ask(
        UPCOMING, subscription=subscription.id, subscription_items=change,
        subscription_proration_behavior="none",
    )  # fmt: skip
    assert amounts(found) == [3000]


def test_nothing_to_come_is_a_404(till, subscribe, client, ask):
    none = (
        404, "invoice_upcoming_none", None, f"No upcoming invoices for customer: {till.customer}"
    )  # fmt: skip
    for path in (UPCOMING, f"{UPCOMING}/lines"):
        assert refused(ask, path, customer=till.customer) == none
    subscription = subscribe(1000)
    assert ask(UPCOMING, customer=till.customer)["total"] == 1000
    client.v1.subscriptions.cancel(subscription.id)
    assert refused(ask, UPCOMING, customer=till.customer) == none
    # Pending in another currency than the one that is asked for.
    till.item(300, currency="usd")
    assert refused(ask, UPCOMING, customer=till.customer, currency="eur") == none


def test_strangers_and_nobody_are_refused(ask):
    assert refused(ask, UPCOMING, customer="cus_none")[:3] == (
        400, "resource_missing", "customer")  # fmt: skip
    assert refused(ask, UPCOMING)[:2] == (400, "parameter_missing")


def test_lines_are_paged_with_the_same_parameters(till, subscribe, ask):
    subscribe(1000)
    for amount in range(101, 113):
        till.item(amount)
    whole = ask(UPCOMING, customer=till.customer)
    ids = [each["id"] for each in whole["lines"]["data"]]
    url = urlsplit(whole["lines"]["url"])
    assert (url.path, url.query) == (f"{UPCOMING}/lines", f"customer={till.customer}")
    assert len(ids) == 13

    first = ask(f"{UPCOMING}/lines", customer=till.customer)
    assert [each["id"] for each in first["data"]] == ids[:10]
    assert first["has_more"] is True
    rest = ask(f"{UPCOMING}/lines", customer=till.customer, starting_after=ids[9])
    assert ([each["id"] for each in rest["data"]], rest["has_more"]) == (ids[10:], False)
    back = ask(f"{UPCOMING}/lines", customer=till.customer, ending_before=ids[10], limit=4)
    assert ([each["id"] for each in back["data"]], back["has_more"]) == (ids[6:10], True)
    assert refused(
        ask, f"{UPCOMING}/lines", customer=till.customer, starting_after="il_none"
    )[0] == 400  # fmt: skip
    assert {each["type"] for each in first["data"]} == {"invoiceitem"}


def test_a_preview_shows_all_its_lines_as_no_page_has_them(client, till, subscribe):
    subscription = subscribe(1000)
    for amount in range(101, 113):
        till.item(amount)
    found = client.v1.invoices.create_preview({"subscription": subscription.id})
    assert (len(found.lines.data), found.lines.has_more) == (13, False)
    assert len(list(found.lines.auto_paging_iter())) == 13


def test_a_previewed_credit_note_shows_all_its_lines_and_pages_them(client, till):
    invoice = till.open(*range(101, 113))
    credited = [
        {"type": "invoice_line_item", "invoice_line_item": each.id, "amount": 10}
        for each in invoice.lines.auto_paging_iter()
    ]
    params = {"invoice": invoice.id, "lines": credited}
    found = client.v1.credit_notes.preview(params)
    assert (len(found.lines.data), found.lines.has_more) == (12, False)
    paged = client.v1.credit_notes.preview_lines.list({**params, "limit": 5})
    assert [each.id for each in paged.auto_paging_iter()] == [each.id for each in found.lines.data]


def test_older_previews_of_a_customer_show_what_is_next_too(till, subscribe, ask):
    monthly = subscribe(1000)
    found = ask("/v1/invoices/create_preview", method="post", customer=till.customer)
    assert (found["subscription"], found["total"]) == (monthly.id, 1000)


def test_newer_versions_have_previews_only(client, till, subscribe, ask):
    subscribe(1000)
    for path in (UPCOMING, f"{UPCOMING}/lines"):
        for version in ("2025-03-31.basil", NEWEST):
            status, _, _, message = refused(ask, path, version=version, customer=till.customer)
            assert (status, message.split(". ")[0]) == (
                404, f"Unrecognized request URL (GET: {path})"
            )  # fmt: skip
    status, code, _, _ = refused(client.v1.invoices.create_preview, {"customer": till.customer})
    assert (status, code) == (400, "parameter_missing")
