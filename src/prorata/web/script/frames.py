"""Frames: the pages on our own origin in which the fields of other sites' forms live."""

import json
from functools import cache
from hashlib import blake2b
from html import escape
from importlib.resources import files
from string import Template

from prorata.gateways.browser_fields import BrowserFields
from prorata.web.design.assets import asset, version
from prorata.web.design.modules import imported

# Each kind of frame and the module that draws it.
KINDS = {
    "address": "address",
    "card": "card",
    "cardCvc": "card",
    "cardExpiry": "card",
    "cardNumber": "card",
    "contactDetails": "contact",
    "controller": "controller",
    "currencySelector": "notes",
    "expressCheckout": "express",
    "iban": "iban",
    "linkAuthentication": "contact",
    "linkSignup": "notes",
    "payment": "payment",
    "paymentForm": "form",
    "paymentMethodMessaging": "notes",
    "shippingAddress": "address",
    "taxId": "tax_id",
    "terms": "notes",
    "wallet": "wallet",
}
STYLES = {
    "address": ("payment", "lists"),
    "card": ("bare",),
    "express": ("button",),
    "form": ("payment", "button"),
    "iban": ("bare",),
    "notes": ("payment",),
    "payment": ("payment",),
    "wallet": ("payment", "button"),
}
# Fonts come from wherever a shop has them; everything else from here.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; frame-src 'self'; font-src 'self' data: https: http:; form-action 'none';"
    " base-uri 'none'; frame-ancestors *"
)
HEADERS = {
    "cache-control": "no-cache",
    "content-security-policy": POLICY,
    "cross-origin-resource-policy": "cross-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
LANGUAGES = ("en", "fr", "de", "es", "it", "nl", "pt", "ja")


@cache
def frame_page(kind: str, language: str) -> tuple[bytes, str]:
    """Return the page of a kind of frame, in a language, and the tag of its content."""
    html = _html(kind, KINDS[kind], language)
    digest = blake2b(f"{version()}{html}".encode(), digest_size=12).hexdigest()
    return html.encode(), f'"{digest}"'


def gateway_page(fields: BrowserFields, language: str) -> tuple[bytes, dict[str, str]]:
    """Return the page in which a gateway's own fields stand, and its headers."""
    facts = json.dumps({"script": fields.script, "settings": dict(fields.settings)})
    html = _html("gateway", "gateway", language, f' data-fields="{escape(facts)}"')
    theirs = " ".join(dict.fromkeys(fields.sources))
    policy = (
        f"default-src 'none'; script-src 'self' {theirs}; style-src 'self' {theirs};"
        f" img-src 'self' data: {theirs}; connect-src 'self' {theirs}; frame-src {theirs};"
        f" font-src data: {theirs}; form-action 'none'; base-uri 'none'; frame-ancestors *"
    )
    headers = {**HEADERS, "cache-control": "no-store", "content-security-policy": policy}
    return html.encode(), headers


def _html(kind: str, module: str, language: str, more: str = "") -> str:
    styles = ("frame", *STYLES.get(module, ()))
    script = f"elements/{module}.js"
    loads = [script, *imported(script), f"elements/words/{language}.js"]
    preloads = "".join(f'<link rel="modulepreload" href="{asset(each)}">' for each in loads)
    return _template().substitute(
        kind=escape(kind),
        language=language,
        preloads=preloads,
        module=asset(script),
        more=more,
        styles="".join(
            f'<link rel="stylesheet" href="{asset(f"elements/{each}.css")}">' for each in styles
        ),
        words=asset(f"elements/words/{language}.js"),
    )


def language_of(wanted: str) -> str:
    """Return the language that we speak of a locale such as `fr-CA`; English where we do not."""
    language = wanted.partition("-")[0].lower()
    return language if language in LANGUAGES else "en"


@cache
def _template() -> Template:
    return Template(files("prorata.web.script").joinpath("frame.html").read_text())
