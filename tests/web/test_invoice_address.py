"""The addresses of an invoice: how long they are good, and what prolongs them."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from clocks import arrived
from documents.seller import customer, invoice

ITEM = [{"amount": 2500, "description": "Storage"}]
START, DAY = 1_790_000_000, 86_400


class Years:
    """A test clock and a customer on it."""

    def __init__(self, client: Any) -> None:
        self.client, self.clocks = client, client.v1.test_helpers.test_clocks
        self.clock = self.clocks.create({"frozen_time": START})
        self.ada = customer(client, test_clock=self.clock.id)

    def reach(self, day: int) -> None:
        self.clocks.advance(self.clock.id, {"frozen_time": START + day * DAY})
        arrived(self.clocks, self.clock.id)


def status(url: str) -> int:
    return requests.get(url, timeout=60).status_code


def test_an_address_that_is_read_late_is_good_for_ten_days(client: Any) -> None:
    years = Years(client)
    made = invoice(client, years.ada, ITEM, days_until_due=10)
    other = invoice(client, years.ada, ITEM, days_until_due=10)
    years.reach(30)
    assert client.v1.invoices.retrieve(made.id).hosted_invoice_url == made.hosted_invoice_url
    years.reach(200)
    assert status(made.hosted_invoice_url) == 410
    late = client.v1.invoices.retrieve(made.id)
    assert late.hosted_invoice_url.startswith(made.hosted_invoice_url)
    assert late.invoice_pdf == f"{late.hosted_invoice_url}/pdf"
    assert (status(late.hosted_invoice_url), status(late.invoice_pdf)) == (200, 200)
    assert (status(made.hosted_invoice_url), status(made.invoice_pdf)) == (410, 404), "as before"

    stamp = late.hosted_invoice_url.removeprefix(made.hosted_invoice_url)
    worse = stamp[:-2] + ("A" if stamp[-2] != "A" else "B") + stamp[-1]
    for wrong in (other.hosted_invoice_url + stamp, made.hosted_invoice_url + worse,
                  made.hosted_invoice_url + "-", made.hosted_invoice_url + "-x.é"):  # fmt: skip
        assert status(wrong) == 410, wrong

    # Paying there comes back there.
    session = requests.Session()
    page = session.get(late.hosted_invoice_url, timeout=60)
    assert f'action="{late.hosted_invoice_url[late.hosted_invoice_url.index("/i/"):]}"' in page.text
    paid = session.post(late.hosted_invoice_url, {
        "form_token": session.cookies["prorata_form"], "amount": "2500", "way": "card",
        "number": "4242424242424242", "expiry": "12 / 30", "cvc": "123",
    }, timeout=60)  # fmt: skip
    assert paid.url == late.hosted_invoice_url and "Thank you, it is paid" in paid.text
    assert status(f"{late.hosted_invoice_url}/receipt") == 200
    years.reach(209)
    assert status(late.hosted_invoice_url) == 200
    years.reach(212)
    assert status(late.hosted_invoice_url) == 410


def test_wherever_an_invoice_is_answered_its_address_is_good(client: Any) -> None:
    years = Years(client)
    made = invoice(client, years.ada, ITEM)
    years.reach(150)
    first = client.v1.invoices.retrieve(made.id).hosted_invoice_url
    [listed] = client.v1.invoices.list({"customer": years.ada.id}).data
    [payment] = client.v1.invoice_payments.list({
        "invoice": made.id, "expand": ["data.invoice"],
    }).data  # fmt: skip
    older = client.raw_request("get", f"/v1/invoices/{made.id}", stripe_version="2023-08-16").data
    changed = client.v1.invoices.update(made.id, {"metadata": {"a": "b"}})
    told = [each["hosted_invoice_url"] for each in (listed, payment.invoice, older, changed)]
    assert told == [first] * 4 and status(first) == 200
    portal = client.v1.billing_portal.sessions.create({"customer": years.ada.id}).url
    assert requests.get(portal, timeout=60).text.count(first) == 3, "pages and PDF"
    [event] = client.v1.events.list({"type": "invoice.finalized", "limit": 1}).data
    assert event.data.object.hosted_invoice_url == made.hosted_invoice_url, "as it was then"


def test_a_payment_that_is_tried_again_leaves_the_page_open(client: Any) -> None:
    years = Years(client)
    client.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": years.ada.id})
    [card] = client.v1.customers.payment_methods.list(years.ada.id).data
    made = client.v1.invoices.create({"customer": years.ada.id, "default_payment_method": card.id})
    item = {"customer": years.ada.id, "invoice": made.id, "amount": 2500, "currency": "usd"}
    client.v1.invoice_items.create(item)
    made = client.v1.invoices.finalize_invoice(made.id)
    years.reach(35)
    assert status(made.hosted_invoice_url) == 410
    with pytest.raises(Exception, match="declined"):
        client.v1.invoices.pay(made.id)
    [event] = client.v1.events.list({"type": "invoice.payment_failed", "limit": 1}).data
    assert status(event.data.object.hosted_invoice_url) == 200
