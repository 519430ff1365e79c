"""Pages: a session's page, hosted and embedded, its parts after a change, and its end."""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from markupsafe import Markup, escape
from starlette.responses import JSONResponse, Response

from prorata.engine.checkout.confirm import retrieve
from prorata.engine.checkout.expire import find_recovery, recover
from prorata.engine.mail.post import is_wanted
from prorata.engine.payments.own_fields import has_own_fields, takes_numbers
from prorata.model.errors import InvalidRequest, no_such
from prorata.model.fields import UNSET
from prorata.resources.checkout.page_params import PageRetrieveParams
from prorata.resources.checkout.payment_page import PaymentPage
from prorata.resources.checkout.session import CheckoutSession
from prorata.resources.core.account import own_account
from prorata.resources.core.file import File, content_of
from prorata.resources.portal.configuration import Configuration
from prorata.store.unit_of_work import UnitOfWork
from prorata.web.checkout.bill import bill_of
from prorata.web.checkout.endings import ending_of
from prorata.web.checkout.form import Form, form_of, shipping_choices
from prorata.web.checkout.look import is_dark, look_of, picture_sources
from prorata.web.checkout.script_words import script_words
from prorata.web.design.assets import asset
from prorata.web.design.brand import Brand
from prorata.web.design.languages import Language, account_zone
from prorata.web.design.page_key import page_key
from prorata.web.design.pictures import HEADERS, TYPES
from prorata.web.design.templates import render
from prorata.web.design.visit import Visit, see_other

SECRET = "_secret_"


@dataclass(slots=True)
class Opened:
    """A session's page as a visitor may see it.

    sandbox: whether cards may be typed into fields of ours. own_fields: whether the gateway brings
    fields for them. zone: where days begin. portal: where customers manage what they have. key: by
    which the page's script speaks to the API.
    """

    page: PaymentPage
    brand: Brand
    sandbox: bool
    own_fields: bool
    zone: tzinfo
    portal: str | None
    key: str | None = None


def open_page(visit: Visit, opener: str) -> Opened:
    """Return the page that an id (hosted) or a client secret opens; raise NotFound for others."""
    id, _, secret = opener.partition(SECRET)

    def read(uow: UnitOfWork) -> Opened:
        uow.publishable = True
        session = uow.get(CheckoutSession, id)
        uow.follow(session)
        page = retrieve(uow, session, PageRetrieveParams(client_secret=opener if secret else UNSET))
        portal = _portal(uow) if page.already_subscribed else None
        brand, own = look_of(uow, page), has_own_fields(uow)
        zone = account_zone(own_account(uow))
        return Opened(page, brand, takes_numbers(uow), own, zone, portal)

    try:
        book, opened = visit.in_some_book(read)
    except InvalidRequest:
        # A wrong secret opens nothing, as an unknown session does.
        raise no_such("checkout.session", id, param="session") from None
    opened.key = page_key(visit.system, book)
    return opened


def _portal(uow: UnitOfWork) -> str | None:
    """Return where customers log in to the portal, None where there is no such page."""
    found = uow.select(Configuration, is_default=True, limit=1)
    opens = found and found[0].login_page.enabled and is_wanted(uow, "portal_login")
    return found[0].login_page.url if opens else None


def hosted(visit: Visit) -> Response:
    """Answer /c/pay/{session}."""
    opened = open_page(visit, visit.parts[2])
    if opened.page.ui_mode != "hosted_page":
        raise no_such("checkout.session", visit.parts[2], param="session")
    return shown(visit, opened, visit.parts[2])


def embedded(visit: Visit) -> Response:
    """Answer /c/embed/{client secret}; with an id alone the frame tells its secret by itself."""
    opener = visit.parts[2]
    if SECRET not in opener:
        return visit.page(
            "checkout/knock.html", visit.language(), Brand(""), framed_by="*", title=""
        )
    opened = open_page(visit, opener)
    if opened.page.ui_mode != "embedded_page":
        raise no_such("checkout.session", opener.partition(SECRET)[0], param="session")
    return shown(visit, opened, opener, framed_by=_framed_by(visit))


def _framed_by(visit: Visit) -> str:
    """Return who may show the embedded page: the site that its script says it stands in."""
    origin = visit.query.get("origin", "")
    scheme, _, host = origin.partition("://")
    if scheme in ("http", "https") and host and not set(host) & set("/ ;,'\"?#@*"):
        return f"'self' {origin}"
    return "*" if not origin else "'none'"


def language_of(visit: Visit, opened: Opened) -> Language:
    """Return the language of a session's page, with the days of the account."""
    page = opened.page
    return visit.language(page.page_locale, page.locale).there(opened.zone)


def shown(visit: Visit, opened: Opened, opener: str, framed_by: str = "'none'") -> Response:
    """Return the page of a session as it stands: open, complete or expired."""
    page, brand = opened.page, opened.brand
    language, framed = language_of(visit, opened), framed_by != "'none'"
    if page.status != "open" or page.already_subscribed:
        return _ended(visit, opened, language, framed_by)
    form = _form(opened, language)
    return visit.page(
        "checkout/page.html", language, brand, framed_by=framed_by,
        images=picture_sources(page), bill=bill_of(page, language), dark=is_dark(brand),
        deposits=_deposits(page),
        facts=_facts(opened, opener, language, form), form=form, framed=framed,
        page=page, problem=_problem(visit, page, language),
        terms_words=_terms_words(page, brand, language),
    )  # fmt: skip


def _form(opened: Opened, language: Language) -> Form:
    return form_of(opened.page, language, sandbox=opened.sandbox, own_fields=opened.own_fields)


def _facts(opened: Opened, opener: str, language: Language, form: Form) -> dict[str, Any]:
    """Return what the page's script works with."""
    page, framed = opened.page, opened.page.ui_mode == "embedded_page"
    return {
        "business": form.business,
        "collects": {
            "address": page.collects.billing_address,
            "email": not page.collects.email_locked,
            "names": [each["name"] for each in form.names],
            "phone": page.collects.phone,
            "shipping": bool(page.collects.shipping_countries)
            and (framed or not page.collects.shipping_by_server),
            "shippingBy": "server" if page.collects.shipping_by_server else "visitor",
            "tax": bool(form.tax_ids),
        },
        "country": page.account.country,
        "deposits": _deposits(page),
        "due": page.total.due,
        "key": opened.key,
        "locale": language.texts,
        "mark": page.mark,
        "mode": page.mode,
        "opener": opener,
        "room": "embed" if page.ui_mode == "embedded_page" else "pay",
        "secret": opener if SECRET in opener else None,
        "session": page.id,
        "then": page.redirect_on_completion,
        "words": script_words(language),
        "wordsAt": asset(f"elements/words/{language.texts}.js"),
    }


def _deposits(page: PaymentPage) -> str | None:
    """Return where a visitor proves to hold a bank account, while that is waited for."""
    action = page.intent.next_action if page.intent is not None else None
    waits = action.verify_with_microdeposits if action is not None else None
    return waits.hosted_verification_url if waits else None


def parts(visit: Visit) -> Response:
    """Answer /c/pay/{session}/parts: what looks different after a change."""
    opened = open_page(visit, visit.parts[2])
    page = opened.page
    language = language_of(visit, opened)
    form = _form(opened, language)
    bill = render("checkout/bill.html", language, bill=bill_of(page, language))
    rates = render("checkout/rates.html", language, form=form)
    return JSONResponse(
        {
            "agreement": form.agreement, "bill": bill, "button": form.button,
            "due": page.total.due, "mark": page.mark, "needsMethod": form.needs_method,
            "rates": rates if shipping_choices(page, language) else "", "status": page.status,
        },
        headers={"cache-control": "no-store"},
    )  # fmt: skip


def _problem(visit: Visit, page: PaymentPage, language: Language) -> str:
    """Return why the last attempt failed, where the visitor comes back from it by a redirect."""
    error = page.last_error
    if error is None or "redirect_status" not in visit.query:
        return ""
    words = script_words(language)
    return words.get(error.decline_code or "") or words.get(error.code or "") or words["declined"]


def _terms_words(page: PaymentPage, brand: Brand, language: Language) -> Markup:
    """Return the sentence beside the box of the terms, with links to them."""

    def link(text: str, url: str | None) -> Markup:
        if url is None:
            return escape(text)
        return Markup('<a href="{}" target="_blank" rel="noopener">{}</a>').format(url, text)

    terms = link(language.text("Terms of Service"), page.account.terms_of_service_url)
    if page.account.privacy_policy_url is None:
        text = language.text("I agree to the {terms} of {business}")
        return escape(text).format(terms=terms, business=brand.name)
    privacy = link(language.text("Privacy Policy"), page.account.privacy_policy_url)
    text = language.text("I agree to the {terms} and the {privacy} of {business}")
    return escape(text).format(terms=terms, privacy=privacy, business=brand.name)


def _ended(visit: Visit, opened: Opened, language: Language, framed_by: str) -> Response:
    page, framed = opened.page, framed_by != "'none'"
    end = page.completion
    url = end.redirect_url if end is not None else None
    if url is not None and not framed and {"redirect_status", "done"} & visit.query.keys():
        return see_other(url)
    return visit.page(
        "checkout/message.html", language, opened.brand, framed_by=framed_by,
        images=picture_sources(page), facts={"complete": True, "url": url} if url else {},
        framed=framed, test_mode=not page.livemode, **ending_of(page, language, opened.portal),
    )  # fmt: skip


def recovered(visit: Visit) -> Response:
    """Answer /c/recover/{token}: begin a new session for what an expired one sold."""
    token = visit.parts[2]
    book, _ = visit.in_some_book(lambda uow: find_recovery(uow, token))
    return visit.make(book, lambda uow: f"/c/pay/{recover(uow, token).id}")


def picture(visit: Visit) -> Response:
    """Answer /c/picture/{session}/{logo or icon}: a file that a session's branding shows."""
    id, kind = visit.parts[2], visit.parts[3]

    def read(uow: UnitOfWork) -> Response:
        session = uow.get(CheckoutSession, id)
        settings = session.branding_settings
        image = getattr(settings, kind, None) if kind in ("logo", "icon") else None
        if image is None or not isinstance(image.file, str):
            raise no_such("file", kind, param="file")
        content = content_of(uow, uow.get(File, image.file))
        if content.media_type not in TYPES:
            raise no_such("file", kind, param="file")
        return Response(content.content, media_type=content.media_type, headers=HEADERS)

    return visit.in_some_book(read)[1]
