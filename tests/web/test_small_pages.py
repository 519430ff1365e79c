"""Small pages: the address in a browser, and links to files."""

import gc
import io
from typing import Any

import requests
from jinja2 import Environment

from clocks import arrived
from prorata.web.design.languages import KEPT, Language


def test_the_address_tells_a_person_what_is_there(server: Any) -> None:
    page = requests.get(server.url, timeout=60)
    assert page.status_code == 200
    assert server.secret_key in page.text and server.url in page.text


def test_languages_that_readers_make_up_are_not_all_kept(server: Any) -> None:
    def kept() -> int:
        return sum(isinstance(each, Environment | Language) for each in gc.get_objects())

    before = kept()
    with requests.Session() as session:
        for number in range(2 * KEPT):
            headers = {"Accept-Language": f"en-x{number:05}"}
            page = session.get(f"{server.url}/i/acct_none/none", headers=headers, timeout=60)
            assert page.status_code == 404
    gc.collect()
    # In each place where one is kept: as it is known, as a room has it, and with its page.
    assert kept() - before <= 3 * KEPT


def test_what_no_database_can_be_asked_for_is_not_there(server: Any, client: Any) -> None:
    assert requests.get(f"{server.url}/c/pay/x%00y", timeout=60).status_code == 404
    price = client.v1.prices.create({
        "currency": "usd", "unit_amount": 500, "product_data": {"name": "Mug"},
    })  # fmt: skip
    link = client.v1.payment_links.create({
        "line_items": [{"price": price.id, "quantity": 1}], "allow_promotion_codes": True,
    })  # fmt: skip
    opened = requests.get(f"{link.url}?prefilled_promo_code=A%00B", timeout=60)
    assert opened.status_code == 200


def test_a_file_link_opens_the_file_without_a_key_until_it_ends(server: Any, client: Any) -> None:
    content = b"%PDF-1.4 evidence"
    upload = io.BytesIO(content)
    upload.name = "evidence.pdf"
    file = client.v1.files.create({"purpose": "dispute_evidence", "file": upload})
    link = client.v1.file_links.create({"file": file.id})

    opened = requests.get(link.url, timeout=60)
    assert opened.content == content
    assert opened.headers["x-content-type-options"] == "nosniff"

    client.v1.file_links.update(link.id, {"expires_at": "now"})
    gone = requests.get(link.url, timeout=60)
    assert gone.status_code == 404 and "new one" in gone.text
    assert requests.get(link.url + "x", timeout=60).status_code == 404


def test_a_file_link_says_its_mode(server: Any, client: Any) -> None:
    upload = io.BytesIO(b"%PDF-1.4 evidence")
    upload.name = "evidence.pdf"
    file = client.v1.files.create({"purpose": "dispute_evidence", "file": upload})
    url = client.v1.file_links.create({"file": file.id}).url
    for other in ("live_", "_", "x_", "..%2Ftest_"):
        wrong = url.replace("/links/test_", f"/links/{other}")
        assert requests.get(wrong, timeout=60).status_code == 404
    assert requests.get(url, timeout=60).status_code == 200


def test_a_form_that_is_too_large_is_refused_on_a_page(server: Any) -> None:
    sent = requests.post(f"{server.url}/p/login/x", data={"email": "a" * (1 << 20)}, timeout=60)
    assert sent.status_code == 413
    assert "too large" in sent.text


def test_a_receipt_says_what_was_paid_for(server: Any, client: Any) -> None:
    customer = client.v1.customers.create({
        "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    })  # fmt: skip
    invoice = client.v1.invoices.create({"customer": customer.id, "currency": "usd"})
    client.v1.invoice_items.create({
        "customer": customer.id, "invoice": invoice.id, "amount": 2500, "currency": "usd",
        "description": "Work & <tools>",
    })  # fmt: skip
    invoice = client.v1.invoices.pay(invoice.id)
    charge = client.v1.charges.list({"customer": customer.id}).data[0]
    client.v1.refunds.create({"charge": charge.id, "amount": 500})

    opened = requests.get(charge.receipt_url, timeout=60)

    assert opened.status_code == 200
    for text in ("$25.00 paid", invoice.number, "Visa •••• 4242", "Work &amp; &lt;tools&gt;",
                 "-$5.00"):  # fmt: skip
        assert text in opened.text, text
    assert requests.get(charge.receipt_url + "x", timeout=60).status_code == 404
    assert requests.get(charge.receipt_url.rpartition("/")[0], timeout=60).status_code == 404


def test_a_charge_has_a_receipt_once_its_money_was_taken(client: Any) -> None:
    declined = client.v1.payment_intents.create({"amount": 900, "currency": "usd"})
    held = client.v1.payment_intents.create({
        "amount": 900, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True,
        "capture_method": "manual", "expand": ["latest_charge"],
    })  # fmt: skip
    assert declined.latest_charge is None and held.latest_charge.receipt_url is None
    client.v1.payment_intents.capture(held.id, {"amount_to_capture": 400})
    taken = client.v1.charges.retrieve(held.latest_charge.id)
    page = requests.get(taken.receipt_url, timeout=60).text
    assert "$4.00 paid" in page and "Refunded" not in page


def test_a_receipt_is_open_for_thirty_days(server: Any, client: Any) -> None:
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": 1_790_000_000})
    customer = client.v1.customers.create({
        "test_clock": clock.id, "payment_method": "pm_card_visa",
    })  # fmt: skip
    methods = client.v1.customers.payment_methods.list(customer.id).data
    client.v1.payment_intents.create({
        "amount": 900, "currency": "usd", "customer": customer.id, "confirm": True,
        "payment_method": methods[0].id,
    })  # fmt: skip
    url = client.v1.charges.list({"customer": customer.id}).data[0].receipt_url
    assert requests.get(url, timeout=60).status_code == 200
    advance = client.v1.test_helpers.test_clocks.advance
    advance(clock.id, {"frozen_time": 1_790_000_000 + 31 * 86_400})
    arrived(client.v1.test_helpers.test_clocks, clock.id)
    assert requests.get(url, timeout=60).status_code == 410


def test_a_page_tells_where_to_send_money(server: Any, client: Any) -> None:
    customer = client.v1.customers.create({})
    intent = client.v1.payment_intents.create({
        "amount": 2000, "currency": "eur", "customer": customer.id, "confirm": True,
        "allowed_payment_method_types": ["customer_balance"],
        "payment_method_data": {"type": "customer_balance"},
        "payment_method_options": {"customer_balance": {
            "funding_type": "bank_transfer",
            "bank_transfer": {"type": "eu_bank_transfer", "eu_bank_transfer": {"country": "DE"}},
        }},
    })  # fmt: skip
    told = intent.next_action.display_bank_transfer_instructions
    opened = requests.get(told.hosted_instructions_url, timeout=60).text
    for text in ("Send €20.00", told.reference, told.financial_addresses[0].iban.iban):
        assert text in opened
    client.v1.test_helpers.customers.fund_cash_balance(
        customer.id, {"amount": 2000, "currency": "eur"}
    )
    assert "Thank you" in requests.get(told.hosted_instructions_url, timeout=60).text
