"""Papers: what the PDFs of invoices, receipts and credit notes say, read back."""

from __future__ import annotations

import io
from typing import Any

import pytest
import requests

from clocks import arrived
from documents.seller import HOSTILE, PERIOD, customer, dress, invoice, logo
from prorata.web.documents.sheet import Party, Row, Sheet, Sum
from prorata.web.documents.typeset import can_write, typeset

pypdf = pytest.importorskip("pypdf")

# What one invoice says in each language: its name, its amount, its date and its total.
LANGUAGES = {
    "en": ("Invoice", "€1,234.50", "Amount due"),
    "de": ("Rechnung", "1.234,50 €", "Offener Betrag"),
    "es": ("Factura", "1.234,50 €", "Importe pendiente"),
    "fr": ("Facture", "1 234,50 €", "Montant dû"),
    "it": ("Fattura", "1.234,50 €", "Importo dovuto"),
    "ja": ("請求書", "€1,234.50", "ご請求残高"),
    "nl": ("Factuur", "€ 1.234,50", "Openstaand bedrag"),
    "pt": ("Fatura", "€ 1.234,50", "Valor em dívida"),
}


def opened(url: str) -> Any:
    answer = requests.get(url, timeout=60)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    return pypdf.PdfReader(io.BytesIO(answer.content))


def text_of(url: str) -> str:
    """Return the text of a PDF; all spaces are plain ones."""
    words = " ".join(page.extract_text() for page in opened(url).pages)
    return " ".join(words.replace("\u202f", " ").replace("\u200b", "").split())


@pytest.mark.parametrize("tag", LANGUAGES)
def test_an_invoice_speaks_its_customers_language(client: Any, tag: str) -> None:
    if not can_write(tag):
        pytest.skip("no font of this machine has the letters")
    dress(client)
    made = invoice(client, customer(client, tag), [{"amount": 123450, "description": "Storage"}])
    title, amount, due = LANGUAGES[tag]
    text = text_of(made.invoice_pdf)
    for words in (title, amount, due, made.number, "Ada Lovelace", "Lumen Photos", "Storage"):
        assert words.replace("\xa0", " ") in text, (words, text)


def test_a_language_without_a_font_gives_way_to_the_next(client: Any) -> None:
    preferred = ["ja", "fr"] if not can_write("ja") else ["xx", "fr"]
    ada = customer(client, preferred_locales=preferred)
    made = invoice(client, ada, [{"amount": 500, "description": "Storage"}])
    assert "Facture" in text_of(made.invoice_pdf)


def test_the_same_paper_has_the_same_bytes_and_is_made_to_be_kept(client: Any) -> None:
    dress(client, logo())
    made = invoice(client, customer(client), [{"amount": 500, "description": "Storage"}])
    first, second = (requests.get(made.invoice_pdf, timeout=60) for _ in range(2))
    assert first.content == second.content
    assert first.headers["content-disposition"] == f'inline; filename="Invoice-{made.number}.pdf"'
    assert first.headers["cache-control"] == "no-store"
    reader = pypdf.PdfReader(io.BytesIO(first.content))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"].startswith("en")
    metadata = root["/Metadata"].get_data()
    assert b"<pdfaid:part>2</pdfaid:part>" in metadata
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert reader.metadata.title == f"Invoice {made.number}"


def test_a_picture_that_is_none_is_left_out(client: Any) -> None:
    dress(client, b"\x89PNG\r\n\x1a\n" + b"0" * 40)
    made = invoice(client, customer(client), [{"amount": 500, "description": "Storage"}])
    assert "Lumen Photos" in text_of(made.invoice_pdf)
    archived = opened(made.invoice_pdf).trailer["/Root"]["/Metadata"].get_data()
    assert b"pdfaid:conformance" in archived


def test_letters_of_no_font_are_no_reason_to_have_no_paper(client: Any) -> None:
    made = invoice(client, customer(client, name="\U00013000 Ada"), [{"amount": 500}])
    assert made.number in text_of(made.invoice_pdf)


def test_sums_lead_from_the_lines_to_what_is_due(client: Any) -> None:
    rate = client.v1.tax_rates.create({
        "display_name": "VAT", "percentage": 23, "inclusive": False, "jurisdiction": "Ireland",
    })  # fmt: skip
    coupon = client.v1.coupons.create({"percent_off": 10, "duration": "once", "name": "Welcome"})
    own = client.v1.tax_ids.create({"type": "eu_vat", "value": "IE1234567FA"})
    ada = customer(client, tax_id_data=[{"type": "gb_vat", "value": "GB123456789"}])
    made = invoice(
        client, ada,
        [{"amount": 2500, "description": "Premium", "period": PERIOD, "tax_rates": [rate.id]}],
        account_tax_ids=[own.id], discounts=[{"coupon": coupon.id}], description="Thank you!",
        footer="Company 512345", custom_fields=[{"name": "Order", "value": "PO-77"}],
    )  # fmt: skip
    text = text_of(made.invoice_pdf)
    for words in (
        "EU VAT IE1234567FA", "GB VAT GB123456789", "Order PO-77", "Thank you!", "Company 512345",
        "Nov 18, 2026 – Dec 18, 2026", "Subtotal €25.00", "Welcome (10% off) -€2.50",
        "Total excluding tax €22.50", "VAT – Ireland (23% of €22.50) €5.18", "Total €27.68",
        "Amount due €27.68", "Pay online",
    ):  # fmt: skip
        assert words in text, (words, text)


def test_amounts_without_tax_and_customers_who_owe_none(client: Any) -> None:
    rate = client.v1.tax_rates.create({
        "display_name": "MwSt.", "percentage": 19, "inclusive": True,
    })  # fmt: skip
    line = {"amount": 11900, "description": "Plan", "tax_rates": [rate.id]}
    without = {"amount_tax_display": "exclude_tax"}
    plain = invoice(client, customer(client), [line], rendering=without)
    text = text_of(plain.invoice_pdf)
    assert "Subtotal €100.00" in text and "MwSt. (19% of €100.00) €19.00" in text
    exempt = invoice(client, customer(client, "de", tax_exempt="reverse"), [line])
    text = text_of(exempt.invoice_pdf)
    assert "Steuerschuldnerschaft des Leistungsempfängers." in text
    assert "MwSt." not in text and "Gesamtbetrag 100,00 €" in text


def test_papers_of_businesses_elsewhere_say_who_owes_the_tax(client: Any) -> None:
    client.v1.tax.settings.update({"head_office": {"address": {"country": "IE"}}})
    client.v1.tax.registrations.create({
        "country": "IE", "country_options": {"ie": {"type": "standard"}}, "active_from": "now",
    })  # fmt: skip
    acme = customer(
        client, address={"country": "FR"},
        tax_id_data=[{"type": "eu_vat", "value": "FRAB123456789"}],
    )  # fmt: skip
    taxed = {"automatic_tax": {"enabled": True}}
    line = {"amount": 1000, "description": "Plan", "tax_behavior": "inclusive"}
    made = invoice(client, acme, [line], **taxed)
    note = client.v1.credit_notes.create({
        "invoice": made.id,
        "lines": [{"type": "invoice_line_item", "invoice_line_item": made.lines.data[0].id,
                   "quantity": 1}],
    })  # fmt: skip
    for url in (made.invoice_pdf, note.pdf):
        text = text_of(url)
        assert "Tax to be paid on reverse charge basis." in text
        assert "VAT –" not in text and "EU VAT FRAB123456789" in text
    page = requests.get(made.hosted_invoice_url, timeout=60).text
    assert "Tax to be paid on reverse charge basis." in page


def test_a_template_speaks_where_the_invoice_does_not(client: Any) -> None:
    def template(path: str = "", **content: Any) -> Any:
        url = f"/v1/prorata/invoice_rendering_templates{path}"
        return client.deserialize(client.raw_request("post", url, **content), api_mode="V1")

    made = template(
        nickname="House", footer="From the template", page_size="letter",
        custom_fields=[{"name": "Desk", "value": "7"}],
    )  # fmt: skip
    ada = customer(client, invoice_settings={"rendering_options": {"template": made.id}})
    old = invoice(client, ada, [{"amount": 500}])
    assert (old.rendering.template, old.rendering.template_version) == (made.id, 1)
    assert template(f"/{made.id}", footer="Another footer").version == 2
    page = opened(old.invoice_pdf).pages[0]
    assert [round(float(side)) for side in page.mediabox[2:]] == [612, 792]
    assert "From the template" in page.extract_text() and "Desk" in page.extract_text()
    new = invoice(client, ada, [{"amount": 500}], footer="Its own")
    assert "Its own" in text_of(new.invoice_pdf)
    client.v1.invoice_rendering_templates.archive(made.id)
    with pytest.raises(Exception, match="archived"):
        invoice(client, customer(client), [], rendering={"template": made.id})
    assert client.v1.invoice_rendering_templates.retrieve(made.id, {"version": 1}).version == 1


def test_many_lines_stand_on_many_pages_each_with_its_head(client: Any) -> None:
    items = [
        {"amount": 1000 + n, "description": f"Line {n} {HOSTILE[: n % 60]}"} for n in range(70)
    ]
    made = invoice(client, customer(client), items)
    pages = opened(made.invoice_pdf).pages
    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        text = page.extract_text()
        assert f"Page {number} of {len(pages)}" in text and "Unit price" in text
    text = text_of(made.invoice_pdf)
    assert all(f"Line {n} " in text for n in range(70))


def test_no_page_has_sums_alone(client: Any) -> None:
    ada = customer(client)
    lengths = set()
    for lines in range(11, 17):
        items = [{"amount": 100, "description": f"Line {n}"} for n in range(lines)]
        pages = opened(invoice(client, ada, items).invoice_pdf).pages
        lengths.add(len(pages))
        last = pages[-1].extract_text()
        assert f"Line {lines - 1}" in last and "Amount due" in last
    assert lengths == {1, 2}


def test_more_sums_than_a_page_has_room_for_go_on_with_the_next() -> None:
    sums = [Sum(f"Tax {n}", "€1.00") for n in range(60)]
    sheet = Sheet(
        title="Invoice", number="1", language="en", color="#000000", paper="a4", made_at=0,
        seller="Lumen", facts=[("Number", "1")], parties=[Party("To", ["Ada"])],
        columns=["Description", "Amount"], rows=[Row("A", "", ["€60.00"])], sums=sums, foot="",
        page_of="{page}",
    )  # fmt: skip
    pages = pypdf.PdfReader(io.BytesIO(typeset(sheet))).pages
    assert len(pages) > 1 and "Tax 59" in pages[-1].extract_text()


def test_nothing_that_anybody_writes_is_read_as_markup(client: Any) -> None:
    words = f"{HOSTILE} \u202eevil \ue000 \ufeff"
    ada = customer(client, name=HOSTILE)
    made = invoice(
        client, ada, [{"amount": 500, "description": words}], description=words, footer=words,
        custom_fields=[{"name": "#emph[x]", "value": "*y*"}],
    )  # fmt: skip
    text = text_of(made.invoice_pdf)
    # In the narrow column of the customer the words stand on several lines.
    assert text.count("#set page(fill: red) *bold*") == 4
    assert text.count("*bold* $x^2$ `raw` <script>alert(1)</script> @ref //") == 3
    assert "\u202e" not in text and "#emph[x] *y*" in text


def test_a_receipt_names_the_payments_and_what_went_back(client: Any) -> None:
    ada = customer(client, payment_method="pm_card_visa",
                   invoice_settings={"default_payment_method": "pm_card_visa"})  # fmt: skip
    made = invoice(client, ada, [{"amount": 2500, "description": "Storage"}])
    assert requests.get(f"{made.hosted_invoice_url}/receipt", timeout=60).status_code == 404
    client.v1.invoices.pay(made.id)
    note = client.v1.credit_notes.create({
        "invoice": made.id, "amount": 1000, "refund_amount": 1000, "memo": "Sorry.",
        "reason": "product_unsatisfactory",
    })  # fmt: skip
    text = text_of(f"{made.hosted_invoice_url}/receipt")
    for words in ("Receipt", "Visa •••• 4242 €25.00", "Refund -€10.00", "Amount paid €25.00"):
        assert words in text, (words, text)
    [charge] = client.v1.charges.list({"customer": ada.id}).data
    assert text_of(f"{charge.receipt_url}/pdf") == text
    text = text_of(note.pdf)
    for words in ("Credit note", note.number, made.number, "Sorry.", "Product unsatisfactory",
                  "Total credited €10.00", "Refunded €10.00"):  # fmt: skip
        assert words in text, (words, text)


def test_credits_that_paid_are_named(client: Any) -> None:
    meter = client.v1.billing.meters.create({
        "display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": "sum"},
    })  # fmt: skip
    price = client.v1.prices.create({
        "currency": "usd", "unit_amount": 10, "product_data": {"name": "Calls"},
        "recurring": {"interval": "month", "usage_type": "metered", "meter": meter.id},
    })  # fmt: skip
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": 1_790_000_000})
    ada = customer(client, test_clock=clock.id, payment_method="pm_card_visa",
                   invoice_settings={"default_payment_method": "pm_card_visa"})  # fmt: skip
    client.v1.billing.credit_grants.create({
        "customer": ada.id, "category": "paid", "name": "Starter",
        "amount": {"type": "monetary", "monetary": {"currency": "usd", "value": 300}},
        "applicability_config": {"scope": {"price_type": "metered"}},
    })  # fmt: skip
    client.v1.subscriptions.create({"customer": ada.id, "items": [{"price": price.id}]})
    client.v1.billing.meter_events.create({
        "event_name": "calls", "timestamp": 1_790_000_000,
        "payload": {"stripe_customer_id": ada.id, "value": "100"},
    })  # fmt: skip
    later = 1_790_000_000 + 33 * 86_400
    client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": later})
    arrived(client.v1.test_helpers.test_clocks, clock.id)
    made = client.v1.invoices.list({"customer": ada.id}).data[0]
    text = text_of(made.invoice_pdf)
    assert "Credits used (Starter) -$3.00" in text and "Total $7.00" in text


def test_a_payment_without_an_invoice_has_a_receipt_too(client: Any) -> None:
    intent = client.v1.payment_intents.create({
        "amount": 900, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True,
        "description": "A lamp", "expand": ["latest_charge"],
    })  # fmt: skip
    text = text_of(f"{intent.latest_charge.receipt_url}/pdf")
    assert "A lamp" in text and "Amount paid €9.00" in text


def test_only_the_whole_address_opens_a_paper(client: Any) -> None:
    made = invoice(client, customer(client), [{"amount": 500}])
    page = made.hosted_invoice_url
    account = page.split("/")[-2]
    other = "y" if page.endswith("x") else "x"
    for url in (
        f"{page[:-1]}{other}/pdf", f"{page[:-3]}/pdf", page.replace("test_", "live_") + "/pdf",
        page.replace(account, "acct_other") + "/pdf", page.rsplit("/", 1)[0] + "/test_/pdf",
    ):  # fmt: skip
        assert requests.get(url, timeout=60).status_code == 404, url
