"""Outbox: the mails of a development server in the browser, as JSON and on the command line."""

from __future__ import annotations

import re
import urllib.error
import urllib.request

import pytest

from mail.seller import Seller, read_json
from prorata.cli.mails import show_mail, show_mails
from prorata.model.errors import Refused


def get(seller: Seller, path: str, **headers: str) -> tuple[str, dict[str, str]]:
    request = urllib.request.Request(f"{seller.server.url}{path}", headers=headers)
    with urllib.request.urlopen(request) as answer:
        return answer.read().decode(), {k.lower(): v for k, v in answer.headers.items()}


def test_an_empty_outbox_says_what_fills_it(seller: Seller) -> None:
    page, _ = get(seller, "/_prorata/outbox")
    assert "No mails yet" in page


def test_mails_are_listed_and_shown_in_all_their_forms(seller: Seller) -> None:
    customer = seller.customer()
    seller.subscribe(customer, trial_period_days=20)
    seller.advance(customer, 21)
    page, headers = get(seller, "/_prorata/outbox")
    assert "Your receipt from Lumen" in page and "Trial ending" not in page
    assert "default-src 'none'" in headers["content-security-policy"]
    mail = seller.mail("receipt")
    page, _ = get(seller, f"/_prorata/outbox/{mail['id']}")
    assert f'src="/_prorata/outbox/{mail["id"]}/html"' in page and "ada@example.com" in page
    page, _ = get(seller, f"/_prorata/outbox/{mail['id']}?view=text")
    assert "<iframe" not in page and "Thank you for your payment" in page
    html, headers = get(seller, f"/_prorata/outbox/{mail['id']}/html")
    assert "sandbox" in headers["content-security-policy"]
    assert len(html.encode()) < 60_000
    assert html.replace(' target="_blank" rel="noopener"', "") == mail["html"]
    text, headers = get(seller, f"/_prorata/outbox/{mail['id']}/text")
    assert text == mail["text"] and headers["content-type"].startswith("text/plain")


def test_mails_are_found_by_what_they_are_about(seller: Seller) -> None:
    first, second = seller.customer(), seller.customer(email="eve@example.com")
    seller.subscribe(first)
    subscription = seller.subscribe(second)
    url = seller.server.url
    kinds = {each["kind"] for each in seller.mails(to="EVE@example.com")}
    assert kinds == {"receipt"}
    assert {each["customer"] for each in seller.mails(customer=first)} == {first}
    assert not seller.mails(about=subscription.id)
    assert len(seller.mails(limit="1")) == 1
    mail = seller.mails(to="eve@example.com")[0]
    assert read_json(url, f"/_prorata/mails/{mail['id']}") == mail
    with pytest.raises(urllib.error.HTTPError, match="404"):
        read_json(url, "/_prorata/mails/mail_none")


def test_other_sites_and_production_read_no_outbox(seller: Seller) -> None:
    with pytest.raises(urllib.error.HTTPError, match="403"):
        get(seller, "/_prorata/mails", Origin="https://evil.example")
    seller.server.system.dev = False
    for path in ("/_prorata/mails", "/_prorata/outbox"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            get(seller, path)
    seller.server.system.dev = True


def test_the_command_line_prints_them(
    seller: Seller, capsys: pytest.CaptureFixture[str]
) -> None:
    seller.subscribe(seller.customer())
    show_mails(seller.server.url, to=None, kind="receipt", limit=20)
    line = capsys.readouterr().out
    assert re.fullmatch(
        r"mail_\w+  2027-01-15 \d\d:\d\d  ada@example.com  Your receipt from Lumen\n", line
    )
    show_mail(seller.server.url, line.split()[0])
    said = capsys.readouterr().out
    assert said.startswith("From: Lumen\nTo: ada@example.com\nSubject: Your receipt from Lumen\n")
    with pytest.raises(Refused, match="No such mail"):
        show_mail(seller.server.url, "mail_none")
    with pytest.raises(Refused, match="no development server answers"):
        show_mails("http://127.0.0.1:9", to=None, kind=None, limit=1)
