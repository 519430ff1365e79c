"""The foundation of the pages: languages, brands, headers, forms, assets."""

from __future__ import annotations

import gzip
import re
import runpy
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import requests
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from prorata.web.design import assets, brand
from prorata.web.design.dressed import dressed
from prorata.web.design.languages import TAGS, choose
from prorata.web.design.site import FORMS, Site
from prorata.web.design.visit import see_other
from servers import running

ROOT = Path(__file__).parents[2]
LOCALES = ROOT / "src" / "prorata" / "web" / "locales"
colors = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)


def test_every_text_is_translated(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    script = ROOT / "scripts" / "messages.py"
    monkeypatch.setattr(sys, "argv", ["messages.py", "--check"])
    missing = runpy.run_path(str(script))["main"]()
    assert missing == 0, capsys.readouterr().out


def test_a_language_is_what_was_chosen_then_what_is_wanted_then_what_the_browser_says() -> None:
    assert choose(["fr"], "de").tag == "fr"
    assert choose([None, "auto"], "xx;q=1, nl;q=0.8, de;q=0.9").tag == "de"
    assert choose(["pt-BR"]).texts == "pt"
    assert choose(["../../etc", "zz"], "bad;q=x").tag == "en"


@pytest.mark.parametrize(("tag", "text"), [
    ("en", "$1,500.50"), ("de", "1.500,50\xa0$"), ("fr", "1\u202f500,50\xa0$US"),
    ("ja", "$1,500.50"),
])
def test_amounts_are_written_as_the_language_does(tag: str, text: str) -> None:
    assert choose([tag]).amount(150050, "usd") == text


def test_a_currency_that_is_written_in_letters_stands_apart_from_its_amount() -> None:
    english = choose(["en"])
    assert english.amount(2900, "chf") == "CHF\xa029.00"
    assert english.amount(-150000, "kwd") == "-KWD\xa0150.000"
    assert english.amount(1500, "cad") == "CA$15.00"
    assert choose(["de"]).amount(2900, "chf") == "29,00\xa0CHF"
    assert english.amount(Decimal("0.25"), "chf") == "CHF\xa00.0025"


def test_parts_of_a_minor_unit_and_currencies_without_one_are_written_whole() -> None:
    english = choose(["en"])
    assert english.amount(Decimal("3.6"), "usd") == "$0.036"
    assert english.amount(1500, "jpy") == "¥1,500"
    assert english.percent("19.5") == "19.5%"


def test_each_room_speaks_in_its_own_words() -> None:
    german = choose(["de"])
    assert german.of("documents").text("Total") == "Gesamtbetrag"
    assert german.of("portal").text("Total") != "Gesamtbetrag"
    # What a room does not say, another one may.
    assert german.of("home").text("Total") != "Total"
    assert german.of("home") is german.of("home")


def test_intervals_are_counted_in_every_language() -> None:
    for tag in TAGS:
        language = choose([tag])
        for interval in ("day", "week", "month", "year"):
            assert "{" not in language.every(interval, 1) + language.every(interval, 3)
    assert choose(["de"]).every("month", 3) == "alle 3 Monate"


@pytest.mark.parametrize("tag", [tag for tag in TAGS if tag != "en"])
def test_what_it_costs_is_said_before_how_often(tag: str) -> None:
    """Where an amount stands alone, how often it is billed follows it: ￥980 ／月."""
    for source in LOCALES.glob(f"*/{tag}.po"):
        for message in read_po(BytesIO(source.read_bytes()), locale=tag):
            said = str(message.string)
            if "{every}" in said and "{amount}" in said:
                assert said.index("{amount}") < said.index("{every}"), (source.parent.name, said)


@given(colors)
def test_what_is_written_on_a_colour_can_be_read(color: str) -> None:
    ink = brand.ink_on(color)
    assert brand.contrast(ink, color) >= brand.READABLE
    assert brand.contrast(brand.readable(color), brand.PAPER) >= brand.READABLE
    assert brand.contrast(brand.soft_on(color), color) >= brand.READABLE


def test_pages_run_nothing_that_is_not_ours_and_are_not_framed(server: Any) -> None:
    page = requests.get(f"{server.url}/brand/none", timeout=60)
    policy = page.headers["content-security-policy"]
    assert page.status_code == 404
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert f"form-action 'self' {server.url};" in policy and "unsafe" not in policy
    [nonce] = set(re.findall(r"'nonce-([\w-]+)'", policy))
    assert f'nonce="{nonce}"' in page.text
    assert nonce not in requests.get(f"{server.url}/brand/none", timeout=60).text


def test_a_page_is_sent_with_its_styles_in_it() -> None:
    link = f'<link rel="stylesheet" href="{assets.asset("design/design.css")}">\n'
    html = f"<html>{link}<p>{'é' * 70_000}</p>{link}</html>"
    plain, _ = dressed(html, "abc", "")
    packed, headers = dressed(html, "abc", "gzip, br")
    assert headers["content-encoding"] == "gzip" and gzip.decompress(packed) == plain
    text = plain.decode()
    assert "stylesheet" not in text and text.count('<style nonce="abc">') == 2
    assert text.count(":root") == 2


def test_assets_are_kept_for_ever_and_nothing_else_is_given(server: Any) -> None:
    style = requests.get(server.url + assets.asset("design/design.css"), timeout=60)
    assert style.headers["content-type"].startswith("text/css")
    assert "immutable" in style.headers["cache-control"]
    for path in ("design/none.css", "../design/site.py", "%2e%2e/design/site.py"):
        url = f"{server.url}/assets/x/{path}"
        assert requests.get(url, timeout=60).status_code == 404


def test_a_form_of_another_site_is_refused(server: Any) -> None:
    def post(visit: Any) -> Any:
        visit.check_form()
        return see_other("/done")

    pages = server.server.application.pages
    pages.append(Site(server.system, {("POST", "tested", "*"): post}))
    url = f"{server.url}/tested/form"
    session = requests.Session()
    session.get(f"{server.url}/brand/none", timeout=60)
    token = session.cookies["prorata_form"]
    sent = {"form_token": token}
    assert session.post(url, sent, timeout=60, allow_redirects=False).status_code == 303
    elsewhere = {"origin": "https://evil.example"}
    assert session.post(url, sent, headers=elsewhere, timeout=60).status_code == 403
    for guess in ("guess", "", "\u00e9\u2603", "x" * 5000):
        assert session.post(url, {"form_token": guess}, timeout=60).status_code == 403
    assert requests.post(url, sent, timeout=60).status_code == 403
    pages.pop()


@pytest.mark.parametrize(("origin", "status"), [
    ("https://billing.example", 303), ("null", 303), ("https://evil.example", 403),
    ("https://billing.example.evil.example", 403), ("https://[", 403), ("billing.example", 403),
])  # fmt: skip
def test_a_form_of_ours_is_known_behind_a_proxy_that_keeps_the_hosts_name(
    origin: str, status: int
) -> None:
    def post(visit: Any) -> Any:
        visit.check_form()
        return see_other("/done")

    with running(worker=False, public_url="https://billing.example") as server:
        pages = server.server.application.pages
        pages.append(Site(server.system, {("POST", "tested", "*"): post}))
        answer = requests.post(
            f"http://127.0.0.1:{server.server.settings.port}/tested/form", {"form_token": "same"},
            headers={"origin": origin, "cookie": "prorata_form=same"}, timeout=60,
            allow_redirects=False,
        )  # fmt: skip
        pages.pop().close()
    assert answer.status_code == status


def test_nobody_who_looks_at_a_page_waits_behind_those_who_pay(server: Any) -> None:
    paid, begun = threading.Event(), threading.Semaphore(0)

    def pay(visit: Any) -> Any:
        begun.release()
        assert paid.wait(60)
        return see_other("/done")

    pages = server.server.application.pages
    pages.append(Site(server.system, {("POST", "tested", "*"): pay}))
    payers = ThreadPoolExecutor(40)

    def post(n: int) -> int:
        url = f"{server.url}/tested/{n}"
        return requests.post(url, timeout=60, allow_redirects=False).status_code

    answers = [payers.submit(post, n) for n in range(40)]
    try:
        for _ in range(FORMS):
            assert begun.acquire(timeout=60)
        shown = requests.get(f"{server.url}/brand/none", timeout=20)
        assert shown.status_code == 404
    finally:
        paid.set()
    assert [each.result(60) for each in answers] == [303] * 40
    payers.shutdown()
    pages.pop().close()


def test_a_page_that_fails_tells_the_log_no_secret_of_its_address(server: Any) -> None:
    def fail(visit: Any) -> Any:
        raise RuntimeError("the page is torn")

    pages = server.server.application.pages
    pages.append(Site(server.system, {("GET", "tested", "*"): fail}))
    with capture_logs() as logged:
        answer = requests.get(f"{server.url}/tested/aVerySecretLink", timeout=60)
    pages.pop()
    assert answer.status_code == 503
    assert "page failed" in [each["event"] for each in logged]
    assert "aVerySecretLink" not in str(logged)


def test_a_sellers_logo_is_shown_and_no_other_file(server: Any, client: Any) -> None:
    import io

    def upload(purpose: str) -> str:
        file = io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"0" * 40)
        file.name = "logo.png"
        return client.v1.files.create({"purpose": purpose, "file": file}).id

    logo, other = upload("business_logo"), upload("business_logo")
    account = client.v1.accounts.retrieve_current()
    client.v1.accounts.update(account.id, {"settings": {"branding": {"logo": logo}}})
    shown = requests.get(f"{server.url}/brand/{logo}", timeout=60)
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
    assert requests.get(f"{server.url}/brand/{other}", timeout=60).status_code == 404
