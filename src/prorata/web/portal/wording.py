"""Wording: how the portal names prices, payment methods, reasons and what went wrong."""

from decimal import Decimal
from typing import Any

from prorata.engine.portal.limits import FLAWS
from prorata.model.errors import APIError
from prorata.model.fields import UNSET
from prorata.resources.payments.legacy_source import BRAND_NAMES
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.products.coupon import Coupon
from prorata.rules.pricing import PriceTerms
from prorata.web.design.languages import Language


def price_text(
    language: Language,
    terms: PriceTerms,
    currency: str,
    interval: tuple[str, int],
    unit: str | None,
) -> str:
    """Return what a price costs: `$10.00 per month`, `from $5.00 per seat and month`."""
    _ = language.text
    every = language.every(*interval)
    if terms.tiers:
        first = terms.tiers[0]
        least = first.unit_amount if first.unit_amount is not None else first.flat_amount
        return _("from {amount} {every}", amount=language.amount(least or 0, currency), every=every)
    amount = language.amount(terms.unit_amount or Decimal(0), currency)
    if not terms.unit_amount:
        return _("Free")
    if terms.divide_by:
        return _(
            "{amount} for {number} {every}",
            amount=amount, number=language.number(terms.divide_by), every=every,
        )  # fmt: skip
    if unit:
        return _("{amount} / {unit} {every}", amount=amount, unit=unit, every=every)
    return f"{amount} {every}"


def rate_text(language: Language, terms: PriceTerms, currency: str, unit: str | None) -> str:
    """Return what one unit of a price by use costs: `$0.05 per unit`."""
    _ = language.text
    unit = unit or _("unit")
    if terms.tiers:
        first = terms.tiers[0]
        least = first.unit_amount if first.unit_amount is not None else first.flat_amount
        amount = language.amount(least or 0, currency)
        return _("from {amount} per {unit}", amount=amount, unit=unit)
    amount = language.amount(terms.unit_amount or Decimal(0), currency)
    if terms.divide_by:
        number = language.number(terms.divide_by)
        return _("{amount} per {number} {unit}", amount=amount, number=number, unit=unit)
    return _("{amount} per {unit}", amount=amount, unit=unit)


def interval_name(language: Language, interval: tuple[str, int]) -> str:
    """Return how often a plan of this interval is billed: `Monthly`, `Every 3 months`."""
    _ = language.text
    unit, count = interval
    if count == 1:
        return {
            "day": _("Daily"), "week": _("Weekly"), "month": _("Monthly"), "year": _("Yearly"),
        }[unit]  # fmt: skip
    every = language.every(unit, count)
    return every[:1].upper() + every[1:]


def method_view(language: Language, method: PaymentMethod) -> dict[str, Any]:
    """Return a payment method's name, its last digits and when it expires."""
    _ = language.text
    details: Any = method.details
    last4 = getattr(details, "last4", None)
    card = None if method.card is UNSET else method.card
    name, expires, expired = _("Bank account"), None, None
    if card is not None:
        name = BRAND_NAMES.get(card.brand, _("Card"))
        expires = f"{card.exp_month:02d}/{card.exp_year % 100:02d}"
        expired = (card.exp_year, card.exp_month)
    elif method.type == "sepa_debit":
        name = _("SEPA debit")
    elif method.type == "us_bank_account":
        name = getattr(details, "bank_name", None) or name
    return {
        "id": method.id, "name": name, "last4": last4, "expires": expires, "month": expired,
        "is_card": card is not None, "brand": card.brand if card is not None else "bank",
    }  # fmt: skip


def method_text(language: Language, method: PaymentMethod) -> str:
    """Return a payment method in one line: `Visa •••• 4242`."""
    view = method_view(language, method)
    return f"{view['name']} •••• {view['last4']}" if view["last4"] else view["name"]


def coupon_text(language: Language, coupon: Coupon, currency: str) -> str:
    """Return what a coupon takes off, and for how long: `20% off for 3 months`."""
    _ = language.text
    if coupon.percent_off is not None:
        off = _("{amount} off", amount=language.percent(coupon.percent_off))
    else:
        minor = coupon.amounts.get(currency, coupon.amount_off or 0)
        off = _("{amount} off", amount=language.amount(minor, currency))
    if coupon.duration == "forever":
        return off
    if coupon.duration == "once":
        return _("{off} once", off=off)
    months = coupon.duration_in_months or 1
    return language.count_text(
        "{off} for {number} month", "{off} for {number} months", months, off=off
    )


def reason_text(language: Language, reason: str) -> str:
    """Return one of the API's reasons for a cancellation as a customer would say it."""
    _ = language.text
    return {
        "customer_service": _("I was not happy with the customer service"),
        "low_quality": _("The quality was not what I expected"),
        "missing_features": _("Some features that I need are missing"),
        "other": _("Another reason"),
        "switched_service": _("I found an alternative"),
        "too_complex": _("It was too complicated to use"),
        "too_expensive": _("It is too expensive"),
        "unused": _("I do not use it any more"),
    }.get(reason, reason)


def _flaw_text(language: Language, flaw: str) -> str:
    """Return why a plan is not a customer's to change, cancel or pause."""
    _ = language.text
    return {
        "schedule": _("A change of this plan is planned already."),
        "pending": _("A change of this plan still waits for its payment."),
        "ending": _("This plan is set to end. Keep it first if you want to change it."),
    }.get(flaw, _("This plan cannot be changed here. Please contact us."))


def problem_text(language: Language, error: APIError) -> str:
    """Return what went wrong, as the customer can mend it."""
    _ = language.text
    decline = error.extra.get("decline_code") or error.code or ""
    known = {
        "authentication_required": _(
            "Your bank wants to know that it is you. Please try again and follow its steps."
        ),
        "card_declined": _("Your card was declined. Please try another one."),
        "coupon_expired": _("This code is not valid any more."),
        "do_not_honor": _("Your card was declined. Please try another one."),
        "expired_card": _("Your card has expired. Please use another one."),
        "fraudulent": _("Your card was declined. Please try another one."),
        "generic_decline": _("Your card was declined. Please try another one."),
        "incorrect_cvc": _("The security code is not right."),
        "incorrect_number": _("The card number is not right."),
        "insufficient_funds": _("There is not enough money on this card. Please use another one."),
        "invalid_bank_account_iban": _("This IBAN is not right."),
        "invalid_cvc": _("The security code is not right."),
        "invalid_expiry_month": _("The expiry date is not right."),
        "invalid_expiry_year": _("The expiry date is not right."),
        "invalid_number": _("The card number is not right."),
        "lock_timeout": _("This did not work. Please try again."),
        "lost_card": _("Your card was declined. Please try another one."),
        "payment_method_in_use": _(
            "This payment method pays for a plan. Choose another one for it first."
        ),
        "payment_intent_authentication_failure": _(
            "Your bank could not confirm that it is you. Please try again, or use another payment"
            " method."
        ),
        "portal_end_outdated": _(
            "What a cancellation leads to has changed meanwhile. Please look at it again."
        ),
        "portal_offer_outdated": _(
            "What this change costs has changed meanwhile. Please look at it again."
        ),
        "rate_limit": _("Too many attempts were made. Please try again later."),
        "email_invalid": _("This e-mail address is not right."),
        "processing_error": _("Something went wrong at the bank. Please try again in a moment."),
        "resource_missing": _("Please add a payment method first."),
        "setup_intent_authentication_failure": _(
            "Your bank could not confirm that it is you. Please try again, or use another payment"
            " method."
        ),
        "stolen_card": _("Your card was declined. Please try another one."),
        "tax_id_invalid": _("This tax number is not right."),
    }
    found = known.get(decline) or known.get(error.code or "")
    if found is not None:
        return found
    for flaw, words in FLAWS.items():
        if words in error.message:
            return _flaw_text(language, flaw)
    if error.status == 403:
        return _("This page has been open for too long. Please try again.")
    if language.texts == "en":
        return error.message
    return _("This did not work. Please try again.")
