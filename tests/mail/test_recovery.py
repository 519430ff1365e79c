"""Recovery: a purchase that was not finished, and the end of mails about such."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import pytest

from mail.seller import Seller


def expired(seller: Seller, *, promotions: str | None) -> Any:
    """Let a session expire that can be recovered; promotions: what its customer has agreed to."""
    from prorata.resources.checkout.session import CheckoutSession
    from prorata.resources.checkout.session_shape import Consent
    from prorata.store.books import all_books

    price = seller.v1.prices.create(
        {"product_data": {"name": "Camera"}, "unit_amount": 5000, "currency": "usd"}
    )
    session = seller.v1.checkout.sessions.create(
        {"mode": "payment", "line_items": [{"price": price.id, "quantity": 2}],
         "success_url": "https://shop.example", "customer_email": "ada@example.com",
         "locale": "fr", "consent_collection": {"promotions": "auto"},
         "after_expiration": {"recovery": {"enabled": True}}}
    )  # fmt: skip
    system = seller.server.system
    [book] = system.database.read(all_books)

    def agree(tx: Any) -> None:
        tx.get(CheckoutSession, session.id).consent = Consent(promotions=promotions)

    system.write(book, agree)
    return seller.v1.checkout.sessions.expire(session.id)


def test_a_guest_at_checkout_is_sent_the_receipt(seller: Seller) -> None:
    price = seller.v1.prices.create(
        {"product_data": {"name": "Camera"}, "unit_amount": 5000, "currency": "usd"}
    )
    session = seller.v1.checkout.sessions.create(
        {"mode": "payment", "line_items": [{"price": price.id, "quantity": 1}],
         "success_url": "https://shop.example"}
    )  # fmt: skip
    request = urllib.request.Request(
        f"{seller.server.url}/v1/payment_pages/{session.id}/confirm",
        data=b"payment_method=pm_card_visa&email=guest@example.com&expected_amount=5000&locale=fr",
        headers={"Authorization": f"Bearer {seller.server.publishable_key}"},
    )
    urllib.request.urlopen(request).close()
    receipt = seller.mail("receipt")
    assert (receipt["to"], receipt["locale"]) == ("guest@example.com", "fr")


def test_who_has_agreed_is_offered_to_go_on(seller: Seller) -> None:
    session = expired(seller, promotions="opt_in")
    mail = seller.mail("checkout_recovery")
    assert (mail["to"], mail["locale"]) == ("ada@example.com", "fr")
    assert session.after_expiration.recovery.url in mail["text"]
    assert "Camera" in mail["text"] and "100,00" in mail["text"]


@pytest.mark.parametrize("promotions", ["opt_out", None])
def test_who_has_not_agreed_is_not_written_to(seller: Seller, promotions: str | None) -> None:
    expired(seller, promotions=promotions)
    assert not seller.mails()


def test_readers_end_such_mails(seller: Seller) -> None:
    expired(seller, promotions="opt_in")
    url = seller.mail("checkout_recovery")["unsubscribe"]
    with urllib.request.urlopen(url) as page:
        assert "Ne plus m’en envoyer" in page.read().decode()
    expired(seller, promotions="opt_in")
    assert len(seller.mails("checkout_recovery")) == 2, "looking ends nothing"
    with urllib.request.urlopen(url, data=b"") as page:
        assert "C’était le dernier" in page.read().decode()
    expired(seller, promotions="opt_in")
    assert seller.mail("checkout_recovery", "skipped")["reason"].startswith("Its reader wants no")


def test_mail_programs_end_them_with_one_click(seller: Seller) -> None:
    expired(seller, promotions="opt_in")
    url = seller.mail("checkout_recovery")["unsubscribe"]
    with urllib.request.urlopen(url, data=b"List-Unsubscribe=One-Click") as answer:
        assert answer.read() == b"OK"
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(url[:-1] + ("y" if url.endswith("x") else "x"), data=b"")
