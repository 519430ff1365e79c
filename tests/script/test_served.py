"""How the script and its frames are served: addresses, headers, tags, sizes."""

from __future__ import annotations

import re
import urllib.request
from importlib.resources import files
from urllib.error import HTTPError

import pytest

from prorata.testing import RunningServer
from prorata.web.script.bundle import PARTS, bundle
from prorata.web.script.frames import KINDS, LANGUAGES
from prorata.web.script.served import _asset, _lean

PAGE_BYTES = 60 << 10
PAGE = files("prorata.web.script").joinpath("page")
ELEMENTS = files("prorata.web").joinpath("static", "elements")


def get(address: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(
        address, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read()
    except HTTPError as error:
        return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read()


@pytest.mark.parametrize("path", [
    "/v3/", "/v3", "/stripe.js", "/acacia/stripe.js", "/basil/stripe.js", "/clover/stripe.js",
    "/dahlia/stripe.js", "/endive/stripe.js", "/v3/?advancedFraudSignals=false",
])  # fmt: skip
def test_the_script_has_an_address_for_each_train(server: RunningServer, path: str) -> None:
    status, headers, body = get(server.url + path)
    assert status == 200
    assert headers["content-type"].startswith("text/javascript")
    assert headers["access-control-allow-origin"] == "*"
    assert "max-age=60" in headers["cache-control"]
    assert b"window.Stripe" in body


def test_a_copy_that_is_still_good_is_not_sent_again(server: RunningServer) -> None:
    _, headers, _ = get(f"{server.url}/v3/")
    status, again, body = get(f"{server.url}/v3/", If_None_Match=headers["etag"])
    assert (status, body) == (304, b"")
    assert again["etag"] == headers["etag"] == bundle().etag
    assert get(f"{server.url}/v3/", If_None_Match='"another"')[0] == 200


def test_there_is_no_script_of_an_unknown_train(server: RunningServer) -> None:
    assert get(f"{server.url}/fern/stripe.js")[0] in (401, 404)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_frame_is_small_and_strict(server: RunningServer, kind: str, language: str) -> None:
    status, headers, html = get(f"{server.url}/elements/{kind}?locale={language}")
    assert status == 200
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "'unsafe-inline'" not in policy
    assert "frame-ancestors *" in policy
    assert "form-action 'none'" in policy
    assert f'lang="{language}"' in html.decode()
    parts = set(re.findall(r'(?:href|src)="([^"]+)"', html.decode()))
    size, sent = len(html), 0
    for each in parts:
        status, headers, content = get(server.url + each)
        assert status == 200, each
        assert "immutable" in headers["cache-control"]
        size += len(content)
        _, packed, content = get(server.url + each, Accept_Encoding="gzip")
        assert packed["content-encoding"] == "gzip"
        sent += len(content)
    # A whole checkout in one element is packed as small as the others.
    assert size < PAGE_BYTES * (1.2 if kind == "paymentForm" else 1), f"{kind}: {size} bytes"
    assert sent < PAGE_BYTES / 2, f"{kind}: {sent} bytes packed"


def test_everything_that_a_frame_imports_is_announced(server: RunningServer) -> None:
    html = get(f"{server.url}/elements/payment")[2].decode()
    announced = set(re.findall(r'modulepreload" href="[^"]*/elements/([\w/.]+)"', html))
    assert {"payment.js", "core.js", "payment_forms.js", "words/en.js"} <= announced


def test_a_locale_that_is_not_spoken_is_english(server: RunningServer) -> None:
    assert b'lang="en"' in get(f"{server.url}/elements/card?locale=<script>")[2]
    assert b'lang="fr"' in get(f"{server.url}/elements/card?locale=fr-CA")[2]
    assert get(f"{server.url}/elements/nothing")[0] in (401, 404)


def test_every_part_of_the_script_is_in_the_bundle() -> None:
    assert sorted(PARTS) == sorted(each.name for each in PAGE.iterdir())


def test_all_languages_have_the_same_words() -> None:
    def words(language: str) -> set[str]:
        text = ELEMENTS.joinpath("words", f"{language}.js").read_text()
        wallet = ELEMENTS.joinpath("words", f"wallet_{language}.js").read_text()
        more = ELEMENTS.joinpath("words", f"more_{language}.js").read_text()
        return set(re.findall(r"^  (\w+):", text + wallet + more, re.MULTILINE))

    for language in LANGUAGES:
        assert words(language) == words("en"), language


@pytest.mark.parametrize("folder", ["page", "elements"])
def test_parts_are_short_and_say_what_they_are(folder: str) -> None:
    place = PAGE if folder == "page" else ELEMENTS
    for each in place.iterdir():
        if each.name.endswith(".js"):
            lines = each.read_text().splitlines()
            assert len(lines) <= 400, each.name
            assert re.match(r"// [A-Z][\w -]*: .+", lines[0]), each.name
            assert "innerHTML = `" not in each.read_text(), each.name


def test_addresses_of_nothing_are_not_remembered_without_end() -> None:
    for number in range(600):
        name = _asset(f"/assets/0/elements/{number}.js")
        assert name is not None and _lean(name) is None
    assert _lean.cache_info().currsize < 600
