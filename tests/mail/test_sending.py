"""Sending: mails reach a mail server once, whatever the server says and whoever dies."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mail.conftest import SENDER, smtp_to
from mail.post_office import PostOffice
from mail.seller import DAY, NOW, Seller, eventually
from prorata.resources.core.mail import Mail
from prorata.server.mail import open_post
from prorata.store.books import all_books
from prorata.store.claims import Claims
from prorata.store.connection import Unavailable
from prorata.testing import RunningServer
from prorata.worker import mails, smtp
from prorata.worker.mails import Mails
from prorata.worker.smtp_settings import SmtpSettings
from servers import running


@contextmanager
def post_of(server: RunningServer, office: PostOffice | None) -> Iterator[Mails]:
    """Give what a worker sends with; without an office nobody answers it."""
    claims = Claims(server.system.database)
    settings = SmtpSettings("127.0.0.1", 1, SENDER, tls="none", test_mode=True)
    yield open_post(server.system, claims, settings if office is None else smtp_to(office))
    claims.close()


def pay(seller: Seller, **params: Any) -> Any:
    return seller.v1.payment_intents.create(
        {"amount": 1500, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True,
         "receipt_email": "ada@example.com", "return_url": "https://shop.example", **params}
    )  # fmt: skip


def test_a_receipt_is_sent_with_both_forms_and_safe_headers(
    sending: Seller, office: PostOffice
) -> None:
    pay(sending)
    mail = eventually(lambda: office.mails and office.mails[0])
    assert office.recipients == ["ada@example.com"]
    assert mail["From"] == "Lumen <billing@shop.example>"
    assert mail["Reply-To"] == "help@lumen.example"
    assert mail["Subject"] == "Your receipt from Lumen"
    assert mail["Auto-Submitted"] == "auto-generated"
    kept = eventually(lambda: sending.mails("receipt")[0]["state"] == "sent" and sending.mails()[0])
    assert mail["Message-ID"] == f"<{kept['id']}@shop.example>"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None and "$15.00" in plain.get_content()
    assert html is not None and "$15.00" in html.get_content()
    assert "4242424242424242" not in mail.as_string()


def test_a_receipt_that_is_sent_has_a_number(sending: Seller, office: PostOffice) -> None:
    intent = pay(sending)
    charge = sending.v1.charges.retrieve(intent.latest_charge)
    assert charge.receipt_number is not None and len(charge.receipt_number) == 9
    mail = eventually(lambda: office.mails and office.mails[0])
    assert charge.receipt_number in mail.get_body(("plain",)).get_content()


def test_another_address_gets_the_receipt_too(sending: Seller, office: PostOffice) -> None:
    intent = pay(sending)
    eventually(lambda: len(office.mails) == 1)
    sending.v1.charges.update(intent.latest_charge, {"receipt_email": "eve@example.com"})
    eventually(lambda: len(office.mails) == 2)
    assert office.recipients == ["ada@example.com", "eve@example.com"]
    sending.v1.charges.update(intent.latest_charge, {"description": "no mail"})
    assert len(sending.mails("receipt")) == 2


def test_what_is_refused_for_the_time_being_is_tried_again_under_the_same_name(
    sending: Seller, office: PostOffice
) -> None:
    office.says["RCPT"] = ["450 4.2.1 Try again later"]
    pay(sending)
    waiting = eventually(lambda: [each for each in sending.mails() if each["reason"]])[0]
    assert (waiting["state"], waiting["attempts"]) == ("pending", 1)
    assert "450" in waiting["reason"] and not office.mails
    _make_due(sending.server)
    mail = eventually(lambda: office.mails and office.mails[0])
    sent = eventually(lambda: [each for each in sending.mails() if each["state"] == "sent"])[0]
    assert (sent["attempts"], sent["reason"]) == (2, None)
    assert mail["Message-ID"] == f"<{waiting['id']}@shop.example>"


def test_what_is_refused_for_good_is_given_up_with_its_reason(
    sending: Seller, office: PostOffice
) -> None:
    office.says["RCPT"] = ["550 5.1.1 No such user"]
    pay(sending)
    pay(sending)
    eventually(lambda: len(office.mails) == 1)
    failed = eventually(lambda: [each for each in sending.mails() if each["state"] == "failed"])
    assert len(failed) == 1 and failed[0]["reason"] == "550 5.1.1 No such user"


def test_a_mail_whose_server_hangs_up_after_taking_it_is_never_sent_again(
    sending: Seller, office: PostOffice
) -> None:
    office.drops = 1
    pay(sending)
    lost = eventually(lambda: [each for each in sending.mails() if each["state"] == "unknown"])[0]
    assert "before the server said" in lost["reason"]
    pay(sending)
    eventually(lambda: len(office.mails) == 2)
    assert len({mail["Message-ID"] for mail in office.mails}) == 2


def test_somebody_may_send_it_again_all_the_same(sending: Seller, office: PostOffice) -> None:
    office.drops = 1
    pay(sending)
    lost = eventually(lambda: [each for each in sending.mails() if each["state"] == "unknown"])[0]
    again = sending.client.raw_request("post", f"/v1/prorata/mails/{lost['id']}/resend")
    assert again.data["id"] != lost["id"] and again.data["state"] == "pending"
    eventually(lambda: len(office.mails) == 2)


def test_a_server_that_cannot_be_reached_uses_up_no_attempt(office: PostOffice) -> None:
    with running(worker=False, smtp=smtp_to(office)) as server:
        seller = Seller(server)
        pay(seller)
        with post_of(server, None) as post:
            post.look()
        waiting = seller.mails()[0]
        assert (waiting["state"], waiting["attempts"]) == ("pending", 0)
        with post_of(server, office) as post:
            post.look()
        assert seller.mails()[0]["state"] == "sent"


def test_what_no_server_takes_for_days_is_given_up(office: PostOffice) -> None:
    with running(worker=False, smtp=smtp_to(office), now=NOW) as server:
        seller = Seller(server)
        pay(seller)
        server.system.clock.move_to(NOW + 4 * DAY)
        with post_of(server, None) as post:
            post.look()
        given_up = seller.mails()[0]
        assert given_up["state"] == "failed"
        assert given_up["reason"].startswith("No server took it")


def test_who_dies_while_sending_leaves_a_mail_that_is_not_sent_again(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(worker=False, smtp=smtp_to(office)) as server:
        seller = Seller(server)
        pay(seller)
        send = smtp.Line.send

        def sends_and_dies(line: smtp.Line, message: bytes, to: str) -> None:
            send(line, message, to)
            raise SystemExit

        with monkeypatch.context() as patched, post_of(server, office) as post:
            patched.setattr(smtp.Line, "send", sends_and_dies)
            with pytest.raises(SystemExit):
                post.look()
        assert len(office.mails) == 1
        assert seller.mails()[0]["state"] == "sending"
        with post_of(server, office) as post:
            post.look()
        found = seller.mails()[0]
        assert found["state"] == "unknown" and "ended before the server" in found["reason"]
        assert len(office.mails) == 1


def test_who_dies_before_sending_sends_it_later(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(worker=False, smtp=smtp_to(office)) as server:
        seller = Seller(server)
        pay(seller)

        def dies(post: Mails, book: Any, id: str) -> None:
            raise SystemExit

        with monkeypatch.context() as patched, post_of(server, office) as post:
            patched.setattr(Mails, "_written", dies)
            with pytest.raises(SystemExit):
                post.look()
        assert seller.mails()[0]["state"] == "pending"
        with post_of(server, office) as post:
            post.look()
        assert len(office.mails) == 1


def test_a_database_that_fails_while_a_mail_is_written_gives_up_none(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(worker=False, smtp=smtp_to(office)) as server, post_of(server, office) as post:
        seller = Seller(server)
        pay(seller)
        with monkeypatch.context() as patched:
            patched.setattr(mails, "message_of", _fails)
            with pytest.raises(Unavailable):
                post.look()
        assert seller.mails()[0]["state"] == "pending"
        post.look()
        assert seller.mails()[0]["state"] == "sent"


@pytest.mark.parametrize(("answer", "state"), [(None, "sent"), ("451 Busy", "pending")])
def test_what_a_server_said_is_known_though_the_database_failed_then(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch, answer: str | None, state: str
) -> None:
    with running(worker=False, smtp=smtp_to(office)) as server, post_of(server, office) as post:
        seller = Seller(server)
        pay(seller)
        if answer is not None:
            office.says["RCPT"] = [answer]
        with monkeypatch.context() as patched:
            patched.setattr(mails.Mails, "_write", _fails)
            with pytest.raises(Unavailable):
                post.look()
        assert seller.mails()[0]["state"] == "sending"
        post.look()
        assert seller.mails()[0]["state"] == state


def test_two_workers_send_each_mail_once(office: PostOffice) -> None:
    with running(worker=False, smtp=smtp_to(office)) as server:
        seller = Seller(server)
        for _ in range(25):
            pay(seller)
        with post_of(server, office) as one, post_of(server, office) as other:
            threads = [threading.Thread(target=post.look) for post in (one, other) * 2]
            for each in threads:
                each.start()
            for each in threads:
                each.join()
        names = [mail["Message-ID"] for mail in office.mails]
        assert len(names) == len(set(names)) == 25


def test_mails_of_clocked_customers_are_never_sent(sending: Seller, office: PostOffice) -> None:
    customer = sending.customer()
    sending.subscribe(customer)
    sending.advance(customer, 32)
    receipts = sending.mails("receipt")
    assert [each["state"] for each in receipts] == ["kept", "kept"]
    assert receipts[1]["created"] - receipts[0]["created"] > 2_000_000
    assert not office.mails


def _fails(*_: Any, **__: Any) -> Any:
    raise Unavailable("the database system is shutting down")


def _make_due(server: RunningServer) -> None:
    """Let what waits for another try wait no longer."""
    system = server.system

    def work(tx: Any) -> None:
        for mail in tx.select(Mail, state="pending"):
            mail.next_attempt_at = tx.real_now

    for book in system.database.read(all_books):
        system.write(book, work)
