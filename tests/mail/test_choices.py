"""Choices: what is switched off is not decided, and nothing unsafe gets into a mail."""

from __future__ import annotations

import re
from typing import Any

import pytest
import stripe

from mail.post_office import PostOffice
from mail.seller import DAY, NOW, Seller, eventually
from prorata.engine.mail.post import LANGUAGES
from prorata.resources.core.email_settings import KINDS, EmailSettings
from prorata.web.design.languages import TAGS
from prorata.web.mail.compose import WRITERS, columns
from servers import running


def test_every_kind_has_a_switch_a_writer_and_is_on() -> None:
    settings = EmailSettings()
    assert all(getattr(settings, kind) is True for kind in KINDS)
    assert set(WRITERS) == set(KINDS)
    assert set(TAGS) == LANGUAGES


def test_settings_are_shown_and_changed_one_by_one(seller: Seller) -> None:
    before = seller.settings(receipt=False).data["emails"]
    assert before["receipt"] is False and before["refund"] is True
    after = seller.settings(invoice_reminder_days=[-10, 60], locale="de").data["emails"]
    assert after["receipt"] is False
    assert (after["invoice_reminder_days"], after["locale"]) == ([-10, 60], "de")


@pytest.mark.parametrize("wrong", [
    {"reply_to": "nobody"}, {"reply_to": "a@b.example\r\nBcc: eve@example.com"},
    {"invoice_reminder_days": [-11]}, {"invoice_reminder_days": [1, 2, 3, 4]},
    {"payment_action_days": [8]}, {"locale": "tlh"}, {"receipts": False},
])  # fmt: skip
def test_wrong_settings_are_refused(seller: Seller, wrong: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        seller.settings(**wrong)


def test_what_is_switched_off_is_not_decided(seller: Seller) -> None:
    seller.settings(**dict.fromkeys(KINDS, False))
    customer = seller.customer()
    subscription = seller.subscribe(customer, trial_period_days=10)
    seller.advance(customer, 45)
    seller.pay_with(customer, "pm_card_chargeCustomerFail")
    seller.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    seller.advance(customer, 75)
    assert not seller.mails()


def test_switched_off_meanwhile_a_planned_mail_is_skipped(seller: Seller) -> None:
    customer = seller.customer()
    seller.subscribe(customer, trial_period_days=14)
    seller.settings(trial_ending=False)
    seller.advance(customer, 10)
    assert seller.mail("trial_ending", "skipped")["planned_for"] == NOW + 7 * DAY


def test_an_address_for_the_receipt_is_sent_it_though_receipts_are_off(seller: Seller) -> None:
    seller.settings(receipt=False)
    for address in ({}, {"receipt_email": "eve@example.com"}):
        seller.v1.payment_intents.create(
            {"amount": 900, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True,
             "customer": seller.customer(card=None, clocked=False),
             "return_url": "https://shop.example", **address}
        )  # fmt: skip
    assert seller.mail("receipt")["to"] == "eve@example.com"


def test_an_invoice_that_somebody_sends_goes_out_though_invoices_are_off(seller: Seller) -> None:
    seller.settings(invoice=False)
    customer = seller.customer(card=None)
    seller.v1.invoices.send_invoice(seller.invoice(customer).id)
    assert len(seller.mails("invoice")) == 1
    draft = seller.invoice(customer, auto_advance=True)
    seller.v1.invoices.finalize_invoice(draft.id)
    assert len(seller.mails("invoice")) == 1


def test_customers_without_an_address_are_sent_nothing(seller: Seller) -> None:
    customer = seller.customer(email="")
    seller.subscribe(customer, trial_period_days=3)
    seller.advance(customer, 40)
    assert not seller.mails()


@pytest.mark.parametrize("address", [
    '"quoted name"@example.com', "a(comment)@example.com", "a,b@example.com", "ada@-x.example",
])  # fmt: skip
def test_what_is_no_plain_address_is_skipped(seller: Seller, address: str) -> None:
    try:
        customer = seller.customer(email=address)
    except stripe.InvalidRequestError:
        return
    seller.subscribe(customer)
    mail = seller.mail("receipt", "skipped")
    assert mail["reason"] == "The address is none that mail can be sent to."


def test_no_text_breaks_out_of_its_header(sending: Seller, office: PostOffice) -> None:
    account = sending.v1.accounts.retrieve_current()
    sending.settings(sender_name='Shop\r\nBcc: eve@example.com, "x" <y@z.example>')
    profile = {"name": "Évil\r\nX-Evil: 1"}
    sending.v1.accounts.update(account.id, {"business_profile": profile})
    sending.v1.payment_intents.create(
        {"amount": 900, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True,
         "receipt_email": "ada@example.com", "description": ".\r\n.\r\nQUIT",
         "return_url": "https://shop.example"}
    )  # fmt: skip
    mail = eventually(lambda: office.mails and office.mails[0])
    assert mail["Bcc"] is None and mail["X-Evil"] is None
    assert [each.addr_spec for each in mail["From"].addresses] == ["billing@shop.example"]
    assert mail["Subject"] == "Your receipt from Évil X-Evil: 1"
    assert office.recipients == ["ada@example.com"]
    assert "QUIT" in mail.get_body(("plain",)).get_content()


def test_html_is_escaped(seller: Seller) -> None:
    account = seller.v1.accounts.retrieve_current()
    profile = {"name": "<script>alert(1)</script>"}
    seller.v1.accounts.update(account.id, {"business_profile": profile})
    terms = "https://lumen.example/terms?a=\"b"
    seller.client.raw_request("post", "/v1/prorata/settings", terms_of_service_url=terms)
    seller.subscribe(seller.customer())
    html = seller.mail("receipt")["html"]
    assert 'href="https://lumen.example/terms?a=&#34;b"' in html
    assert "<script>" not in html and "&lt;script&gt;" in html


def test_no_mail_holds_more_of_a_card_than_its_end(seller: Seller) -> None:
    customer = seller.customer(card=None)
    method = seller.v1.payment_methods.create(
        {"type": "card", "card": {"number": "5555555555554444", "exp_month": 6, "exp_year": 2027,
                                  "cvc": "987"}}
    )  # fmt: skip
    seller.v1.payment_methods.attach(method.id, {"customer": customer})
    seller.subscribe(customer, default_payment_method=method.id)
    seller.advance(customer, 110)
    assert any("Mastercard ending" in mail["text"] for mail in seller.mails())
    for mail in seller.mails():
        assert "555555" not in f"{mail['html']}{mail['text']}"


def test_dates_are_the_sellers_own(seller: Seller) -> None:
    account = seller.v1.accounts.retrieve_current()
    late = {"dashboard": {"timezone": "Pacific/Auckland"}}
    seller.v1.accounts.update(account.id, {"settings": late})
    customer = seller.customer(card=None)
    seller.advance(customer, 0.3)
    seller.v1.invoices.send_invoice(seller.invoice(customer).id)
    assert "January 26, 2027" in seller.mail("invoice")["text"]


@pytest.mark.parametrize(("preferred", "locale"), [
    (["tlh", "pt-BR", "fr"], "pt-BR"), (["zh"], "it"), ([], "it"), (["de_AT"], "de-AT"),
])  # fmt: skip
def test_language(seller: Seller, preferred: list[str], locale: str) -> None:
    seller.settings(locale="it")
    seller.subscribe(seller.customer(preferred_locales=preferred))
    assert seller.mail("receipt")["locale"] == locale


def test_a_mail_says_it_in_its_own_words(seller: Seller) -> None:
    seller.subscribe(seller.customer(preferred_locales=["de"]))
    text = seller.mail("receipt")["text"]
    assert "Zahlungsdatum" in text and "Zahlungsmethode" in text
    # So the page of an invoice calls it.
    assert "Zahlungsart" not in text


def test_lines_that_prorata_describes_are_said_in_the_readers_language(seller: Seller) -> None:
    customer = seller.customer(preferred_locales=["fr"])
    subscription = seller.subscribe(customer, trial_period_days=3)
    seller.advance(customer, 18)
    item = subscription["items"].data[0]
    seller.v1.subscription_items.update(
        item.id, {"quantity": 3, "proration_behavior": "always_invoice"}
    )
    first, change = (mail["text"] for mail in seller.mails("receipt"))
    assert "\nPro  " in first and "Voir votre reçu :\n" in first
    assert "Temps non utilisé de Pro à partir du 2 févr. 2027" in change
    assert "Temps restant pour 3 × Pro à partir du 2 févr. 2027" in change
    assert not re.search(r"\(at |Unused|Remaining", first + change)


def test_plain_text_counts_wide_letters_twice() -> None:
    assert (columns("Total"), columns("合計"), columns("é")) == (5, 4, 1)


def test_mails_are_listed_by_the_api(seller: Seller) -> None:
    customer = seller.customer()
    seller.subscribe(customer)
    listed = seller.client.raw_request(
        "get", "/v1/prorata/mails", customer=customer, kind="receipt"
    ).data
    [mail] = listed["data"]
    assert (mail["object"], mail["state"], mail["to"]) == (
        "prorata.mail", "kept", "ada@example.com",
    )  # fmt: skip
    planned = seller.client.raw_request("get", "/v1/prorata/mails", state="planned").data["data"]
    for each in planned:
        with pytest.raises(stripe.InvalidRequestError, match="planned"):
            seller.client.raw_request("post", f"/v1/prorata/mails/{each['id']}/resend")


def test_a_server_in_production_without_a_mail_server_decides_no_mails() -> None:
    with running() as server:
        server.system.mailing_test = "off"
        seller = Seller(server)
        seller.subscribe(seller.customer())
        assert not seller.mails()
