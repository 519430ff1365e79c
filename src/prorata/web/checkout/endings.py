"""Endings: what a session's page says once there is nothing to pay any more."""

from typing import Any

from prorata.resources.checkout.payment_page import PaymentPage
from prorata.web.design.languages import Language


def ending_of(page: PaymentPage, language: Language, portal: str | None) -> dict[str, Any]:
    """Return title, text, rows and action of a page that is complete, expired or not needed.

    portal: where customers manage what they have.
    """
    if page.status == "complete":
        return _completed(page, language)
    if page.status == "expired":
        return _expired(page, language)
    _, business = language.text, page.branding.display_name
    url = portal or page.cancel_url or page.account.url
    text = _("Manage your subscription") if portal else _("Back to {business}", business=business)
    return {
        "action": {"text": text, "url": url} if url is not None else None,
        "good": False,
        "rows": [],
        "text": _("{business} sells one subscription to each customer.", business=business),
        "title": _("You are subscribed already: there is no need to pay."),
    }


def _completed(page: PaymentPage, language: Language) -> dict[str, Any]:
    end, _ = page.completion, language.text
    url = end.redirect_url if end is not None else None
    text = _("Continue to {business}", business=page.branding.display_name)
    return {
        "action": {"text": text, "url": url} if url is not None else None,
        "good": True,
        "rows": _paid(page, language),
        "text": end.message if end is not None and end.message else _done_text(page, language),
        "title": _done_title(page, language),
    }


def _expired(page: PaymentPage, language: Language) -> dict[str, Any]:
    _, business = language.text, page.branding.display_name
    url = page.recovery_url or page.cancel_url
    words = _("Back to {business}", business=business)
    if page.recovery_url is not None:
        text = _("Nothing was charged. Your order has been kept for you.")
        words = _("Continue with your order")
    elif url is not None:
        text = _("Nothing was charged. You can begin again.")
    else:
        text = _("Nothing was charged. Ask {business} for a new link.", business=business)
    return {
        "action": {"text": words, "url": url} if url is not None else None,
        "good": False,
        "rows": [],
        "text": text,
        "title": _("This page has expired"),
    }


def _done_title(page: PaymentPage, language: Language) -> str:
    _ = language.text
    if page.mode == "setup":
        return _("Your payment details are saved")
    if page.mode == "subscription":
        return _("You are subscribed")
    return _("Thanks for your payment")


def _done_text(page: PaymentPage, language: Language) -> str:
    if page.payment_status == "unpaid":
        return language.text("Your payment is on its way. It takes some days until it arrives.")
    if page.collected.email:
        return language.text("A confirmation goes to {email}.", email=page.collected.email)
    return ""


def _paid(page: PaymentPage, language: Language) -> list[tuple[str, str]]:
    if page.mode == "setup" or page.currency is None:
        return []
    currency = page.currency
    rows = [(each.price.name, language.amount(each.subtotal, currency)) for each in page.line_items]
    return [*rows, (language.text("Total"), language.amount(page.total.due, currency))]
