"""Occasions: which mails customers get, when, and what they say, in English and in French."""

from __future__ import annotations

import re
from typing import Any

import pytest
import stripe

from mail.seller import DAY, NOW, Seller


def subscribed(seller: Seller, locale: str = "en", **params: Any) -> tuple[str, Any]:
    customer = seller.customer(preferred_locales=[locale])
    return customer, seller.subscribe(customer, **params)


def says(mail: dict[str, Any], *texts: str) -> None:
    """Check that a mail says these texts, in its plain text and in its HTML alike."""
    plain = " ".join(mail["text"].split())
    html = " ".join(re.sub(r"<[^>]+>", " ", mail["html"]).replace("&#39;", "'").split())
    for text in texts:
        assert text in plain, mail["text"]
        assert text in html


@pytest.mark.parametrize(("locale", "subject", "texts"), [
    ("en", "Your receipt from Lumen",
     ("Thank you for your payment", "$20.00", "Paid on January 15, 2027", "Visa ending in 4242",
      "1 × Pro (at $20.00 / month)", "Jan 15, 2027 – Feb 15, 2027")),
    ("fr", "Votre reçu de Lumen",
     ("Merci pour votre paiement", "20,00 $US", "Payé le 15 janvier 2027", "Visa •••• 4242",
      "15 janv. 2027 – 15 févr. 2027")),
])  # fmt: skip
def test_receipt(seller: Seller, locale: str, subject: str, texts: tuple[str, ...]) -> None:
    _, subscription = subscribed(seller, locale)
    mail = seller.mail("receipt")
    assert (mail["to"], mail["subject"], mail["locale"]) == ("ada@example.com", subject, locale)
    says(mail, *texts)
    invoice = seller.v1.invoices.retrieve(subscription.latest_invoice)
    assert invoice.number in mail["text"] and invoice.invoice_pdf in mail["html"]
    assert "/receipts/" in mail["html"]
    ask = "Questions? We are glad to help" if locale == "en" else "Nous vous aidons volontiers"
    says(mail, ask, "help@lumen.example")


def test_refund(seller: Seller) -> None:
    charge = seller.v1.charges.create(
        {"amount": 1500, "currency": "eur", "source": "tok_visa",
         "receipt_email": "ada@example.com"}
    )  # fmt: skip
    seller.v1.refunds.create({"charge": charge.id, "amount": 500})
    mail = seller.mail("refund")
    assert mail["subject"] == "Your refund from Lumen"
    says(mail, "€5.00", "Visa ending in 4242", "€15.00", "5 to 10 days")


@pytest.mark.parametrize(("locale", "texts"), [
    ("en", ("Your invoice from Lumen", "$120.00", "Due on January 25, 2027", "Album")),
    ("fr", ("Votre facture de Lumen", "120,00 $US", "25 janvier 2027", "Album")),
])  # fmt: skip
def test_invoice(seller: Seller, locale: str, texts: tuple[str, ...]) -> None:
    customer = seller.customer(card=None, preferred_locales=[locale])
    draft = seller.invoice(customer, description="Thank you, <b>Ada</b>")
    invoice = seller.v1.invoices.send_invoice(draft.id)
    mail = seller.mail("invoice")
    assert invoice.number in mail["subject"]
    says(mail, *texts)
    assert invoice.hosted_invoice_url in mail["text"]
    assert f'href="{invoice.hosted_invoice_url}"' in mail["html"]
    assert "Thank you, &lt;b&gt;Ada&lt;/b&gt;" in mail["html"]
    seller.v1.invoices.send_invoice(draft.id)
    assert len(seller.mails("invoice")) == 2


def test_reminders_stop_when_the_invoice_is_paid(seller: Seller) -> None:
    customer = seller.customer(card=None)
    draft = seller.invoice(customer, auto_advance=True)
    seller.v1.invoices.send_invoice(draft.id)
    planned = [(each["planned_for"] - NOW) / DAY for each in seller.mails("invoice_reminder")]
    assert sorted(planned) == [7, 11, 17]
    seller.advance(customer, 12)
    soon, late = (each for each in seller.mails("invoice_reminder") if each["state"] == "kept")
    assert "is due soon" in soon["subject"] and "is overdue" in late["subject"]
    says(late, "It was due on January 25, 2027 and has not been paid.")
    seller.v1.invoices.pay(draft.id, {"paid_out_of_band": True})
    seller.advance(customer, 20)
    assert [each["state"] for each in seller.mails("invoice_reminder")].count("skipped") == 1


@pytest.mark.parametrize(("locale", "texts"), [
    ("en", ("Your payment did not go through", "We could not charge $20.00 to your Visa ending in"
            " 0341.", "Your bank declined the payment.", "we will try again on", "Pay now")),
    ("fr", ("Votre paiement n’a pas abouti", "Nous n’avons pas pu débiter 20,00 $US",
            "Votre banque a refusé le paiement.", "nous réessaierons le", "Payer maintenant")),
])  # fmt: skip
def test_failed_payment(seller: Seller, locale: str, texts: tuple[str, ...]) -> None:
    customer, subscription = subscribed(seller, locale)
    seller.pay_with(customer, "pm_card_chargeCustomerFail")
    seller.advance(customer, 31.1)
    mail = seller.mail("payment_failed")
    says(mail, *texts)
    found = seller.v1.subscriptions.retrieve(subscription.id)
    invoice = seller.v1.invoices.retrieve(found.latest_invoice)
    assert f'href="{invoice.hosted_invoice_url}"' in mail["html"]
    seller.advance(customer, 31.9)
    assert len(seller.mails("payment_failed")) == invoice.attempt_count + 1 == 2


def test_whoever_pays_for_the_first_time_is_not_written_to(seller: Seller) -> None:
    customer = seller.customer(card="pm_card_chargeCustomerFail")
    seller.subscribe(customer, payment_behavior="allow_incomplete")
    assert not seller.mails("payment_failed", "receipt")


def test_a_payment_that_waits_for_its_payer_is_reminded_of(seller: Seller) -> None:
    customer, _ = subscribed(seller)
    seller.pay_with(customer, "pm_card_authenticationRequired")
    seller.advance(customer, 31.1)
    mail = seller.mail("payment_action")
    assert mail["subject"] == "Confirm your payment to Lumen"
    says(mail, "Please confirm your payment", "$20.00", "Confirm the payment")
    seller.advance(customer, 32.3)
    kept = [each for each in seller.mails("payment_action") if each["state"] == "kept"]
    assert [each["subject"] for each in kept][1:] == ["Reminder: confirm your payment to Lumen"]
    # A retry that is none, since only the payer can help, and the end ask for nothing anew.
    seller.advance(customer, 75)
    last = [each["kind"] for each in seller.mails() if each["created"] > NOW + 37 * DAY]
    assert last == ["subscription_canceled"]
    assert len(seller.mails("payment_action")) == 4


@pytest.mark.parametrize(("locale", "texts"), [
    ("en", ("Your subscription renews soon", "$20.00", "February 15, 2027",
            "You need not do anything.")),
    ("fr", ("Votre abonnement se renouvelle bientôt", "20,00 $US", "15 février 2027",
            "Vous n’avez rien à faire.")),
])  # fmt: skip
def test_renewal(seller: Seller, locale: str, texts: tuple[str, ...]) -> None:
    customer, _ = subscribed(seller, locale)
    seller.advance(customer, 25)
    mail = seller.mail("renewal")
    says(mail, *texts)
    assert mail["created"] == NOW + 24 * DAY


@pytest.mark.parametrize(("card", "trial", "text"), [
    ("pm_card_visa", {}, "we charge your Visa ending in 4242"),
    (None, {"trial_settings": {"end_behavior": {"missing_payment_method": "pause"}}},
     "Otherwise your subscription is paused."),
    (None, {"trial_settings": {"end_behavior": {"missing_payment_method": "cancel"}}},
     "Your subscription ends then, and you are not charged."),
])  # fmt: skip
def test_trial_ending(seller: Seller, card: str | None, trial: Any, text: str) -> None:
    customer = seller.customer(card=card)
    seller.subscribe(customer, trial_period_days=14, **trial)
    assert seller.mail("trial_ending", "planned")["planned_for"] == NOW + 7 * DAY
    seller.advance(customer, 8)
    mail = seller.mail("trial_ending")
    assert mail["subject"] == "Your trial of Pro ends on January 29, 2027"
    says(mail, text)


def test_a_trial_says_what_the_first_payment_will_be(seller: Seller) -> None:
    coupon = seller.v1.coupons.create({"percent_off": 30, "duration": "forever"})
    customer = seller.customer()
    seller.subscribe(customer, trial_period_days=14, discounts=[{"coupon": coupon.id}])
    seller.advance(customer, 8)
    says(seller.mail("trial_ending"), "$20.00 per month", "First payment", "$14.00")
    seller.advance(customer, 15)
    says(seller.mail("receipt"), "$14.00")


def test_a_trial_that_ends_another_day_is_told_of_once(seller: Seller) -> None:
    customer, subscription = subscribed(seller, "fr", trial_period_days=14)
    seller.v1.subscriptions.update(subscription.id, {"trial_end": NOW + 30 * DAY})
    seller.advance(customer, 24)
    states = [each["state"] for each in seller.mails("trial_ending")]
    assert sorted(states) == ["kept", "skipped"]
    says(seller.mail("trial_ending"), "14 février 2027")


def test_cancellation(seller: Seller) -> None:
    customer, subscription = subscribed(seller)
    seller.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    says(seller.mail("subscription_canceling"), "Your cancellation is confirmed",
         "Your subscription to Pro will end on February 15, 2027.")  # fmt: skip
    seller.advance(customer, 32)
    says(seller.mail("subscription_canceled"), "Your subscription to Pro ended on"
         " February 15, 2027.", "You will not be charged for it any more.")  # fmt: skip


def test_cancellation_after_all_tries_says_why(seller: Seller) -> None:
    customer, _ = subscribed(seller, "fr")
    seller.pay_with(customer, "pm_card_chargeCustomerFail")
    seller.advance(customer, 60)
    says(seller.mail("subscription_canceled"), "malgré plusieurs tentatives")


def test_cancellation_of_who_pays_invoices_tells_of_no_tries(seller: Seller) -> None:
    customer = seller.customer(card=None)
    seller.subscribe(customer, collection_method="send_invoice", days_until_due=5)
    seller.advance(customer, 60)
    said = seller.mail("subscription_canceled")["text"]
    assert "The last invoice was not paid." in said


def test_card_expiring(seller: Seller) -> None:
    customer = seller.customer(card=None)
    method = seller.v1.payment_methods.create(
        {"type": "card", "card": {"number": "4242424242424242", "exp_month": 6, "exp_year": 2027}}
    )
    seller.v1.payment_methods.attach(method.id, {"customer": customer})
    seller.subscribe(customer, default_payment_method=method.id)
    assert seller.mail("card_expiring", "planned")["planned_for"] == 1_809_129_600  # 2027-05-01
    seller.advance(customer, 110)
    mail = seller.mail("card_expiring")
    assert mail["subject"] == "Your Visa ending in 4242 expires soon"
    says(mail, "good until the end of June 2027")


def test_a_renewed_card_expires_on_its_new_day(seller: Seller) -> None:
    customer = seller.customer()
    method = seller.v1.customers.payment_methods.list(customer).data[0].id
    seller.subscribe(customer)
    seller.v1.payment_methods.update(method, {"card": {"exp_month": 3, "exp_year": 2027}})
    seller.v1.payment_methods.update(method, {"card": {"exp_month": 5, "exp_year": 2027}})
    seller.advance(customer, 80)
    mails = [each for each in seller.mails("card_expiring") if each["state"] != "planned"]
    assert [each["state"] for each in mails] == ["skipped", "kept"]
    says(mails[-1], "good until the end of May 2027")


def test_a_card_that_pays_for_nothing_expires_in_silence(seller: Seller) -> None:
    customer = seller.customer(card=None)
    method = seller.v1.payment_methods.create(
        {"type": "card", "card": {"number": "4242424242424242", "exp_month": 6, "exp_year": 2027}}
    )
    seller.v1.payment_methods.attach(method.id, {"customer": customer})
    seller.advance(customer, 110)
    assert seller.mail("card_expiring", "skipped")["to"] == ""


@pytest.mark.parametrize(("email_type", "count"), [({}, 1), ({"email_type": "none"}, 0)])
def test_credit_note(seller: Seller, email_type: Any, count: int) -> None:
    customer = seller.customer(card=None)
    invoice = seller.v1.invoices.finalize_invoice(seller.invoice(customer).id)
    note = seller.v1.credit_notes.create(
        {"invoice": invoice.id, "amount": 2000, "memo": "A scratch.", **email_type}
    )
    found = seller.mails("credit_note")
    assert len(found) == count
    if found:
        assert note.number in found[0]["subject"]
        says(found[0], "$20.00", f"You owe $20.00 less on invoice {invoice.number}.", "A scratch.")


def test_credit_notes_say_what_they_credit_in_the_readers_language(seller: Seller) -> None:
    customer = seller.customer(preferred_locales=["de"])
    subscription = seller.subscribe(customer)
    seller.advance(customer, 10)
    item = subscription["items"].data[0]
    seller.v1.subscription_items.update(
        item.id, {"quantity": 3, "proration_behavior": "always_invoice"}
    )
    change = seller.v1.invoices.list({"customer": customer, "limit": 1}).data[0]
    [line] = [each for each in change.lines.data if each.amount > 0]
    about = {"type": "invoice_line_item", "invoice_line_item": line.id, "amount": 100}
    for what in ({"lines": [about]}, {"amount": 100}):
        seller.v1.credit_notes.create({"invoice": change.id, "refund_amount": 100, **what})
    part, whole = (mail["text"] for mail in seller.mails("credit_note"))
    assert "\nGutschrift  " in whole and "Credit" not in whole
    assert "Restliche Zeit für 3 × Pro" in part and "Remaining" not in part


def test_pause_and_resumption(seller: Seller) -> None:
    _, subscription = subscribed(seller)
    seller.v1.subscriptions.pause(subscription.id, {"type": "subscription"})
    says(seller.mail("subscription_paused"), "Your subscription to Pro is paused now.")
    seller.v1.subscriptions.resume(subscription.id)
    says(seller.mail("subscription_resumed"), "Your subscription to Pro runs again.")


def test_what_comes_twice_in_one_second_is_told_once(seller: Seller) -> None:
    customer, subscription = subscribed(seller)
    for _ in range(2):
        seller.v1.subscriptions.pause(subscription.id, {"type": "subscription"})
        resumed = seller.v1.subscriptions.resume(
            subscription.id, {"payment_behavior": "resume_on_payment_success"}
        )
        assert resumed.status == "active"
    seller.mail("subscription_paused")
    seller.mail("subscription_resumed")
    broke = seller.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer})
    invoice = seller.invoice(customer)
    seller.v1.invoices.finalize_invoice(invoice.id)
    for _ in range(3):
        with pytest.raises(stripe.CardError):
            seller.v1.invoices.pay(invoice.id, {"payment_method": broke.id})
    seller.mail("payment_failed")


def test_portal_login(seller: Seller) -> None:
    from prorata.engine.portal.login import ask_for_link
    from prorata.store.books import all_books

    configuration = seller.v1.billing_portal.configurations.create(
        {"features": {"invoice_history": {"enabled": True}}, "login_page": {"enabled": True}}
    )
    seller.customer(card=None, preferred_locales=["fr"])
    system = seller.server.system
    [book] = system.database.read(all_books)
    key = (configuration.login_page.url or "").rsplit("/", 1)[1]
    system.write(book, lambda tx: ask_for_link(tx, key, "ada@example.com", None))
    mail = seller.mail("portal_login")
    says(mail, "Voici votre lien de connexion", "pendant 30 minutes")
    link = re.search(r'href="([^"]+/p/session/[^"]+)"', mail["html"])
    assert link is not None and link[1] in mail["text"]


def test_mails_say_what_was_true_when_they_were_decided(seller: Seller) -> None:
    customer, subscription = subscribed(seller)
    before = seller.mail("receipt")["text"]
    charge = seller.v1.charges.list({"customer": customer}).data[0]
    seller.v1.refunds.create({"charge": charge.id})
    seller.v1.subscriptions.cancel(subscription.id)
    seller.v1.customers.delete(customer)
    assert seller.mail("receipt")["text"] == before


def test_a_dispute_that_ends_a_subscription_confirms_no_cancellation(seller: Seller) -> None:
    seller.client.raw_request("post", "/v1/prorata/settings", dispute_action="cancel_at_period_end")
    customer, subscription = subscribed(seller)
    seller.pay_with(customer, "pm_card_createDispute")
    seller.advance(customer, 32)
    assert seller.v1.subscriptions.retrieve(subscription.id).cancel_at_period_end
    assert not seller.mails("subscription_canceling")


def test_a_cancellation_is_confirmed_once_within_a_second(seller: Seller) -> None:
    _, subscription = subscribed(seller)
    seller.v1.subscriptions.update(subscription.id, {"cancel_at": NOW + 9 * DAY})
    seller.v1.subscriptions.update(subscription.id, {"cancel_at": ""})
    assert len(seller.mails("subscription_canceling")) == 1
    seller.v1.subscriptions.update(subscription.id, {"cancel_at": NOW + 9 * DAY})
    # Within the same second it was told already.
    assert len(seller.mails("subscription_canceling")) == 1
