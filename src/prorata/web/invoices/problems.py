"""Problems: why a payment did not go through, so that a person can mend it, and in which field."""

from typing import Any

from prorata.model.errors import APIError, NotSupported, RateLimited
from prorata.web.design.languages import Language

# What a person looks at first, by the error's code or decline code.
FIELDS = {
    "account_number_invalid": "account",
    "expired_card": "expiry",
    "incomplete_expiry": "expiry",
    "incorrect_cvc": "cvc",
    "incorrect_number": "number",
    "incorrect_zip": "postal_code",
    "invalid_bank_account_iban": "iban",
    "invalid_cvc": "cvc",
    "invalid_expiry_month": "expiry",
    "invalid_expiry_year": "expiry",
    "invalid_number": "number",
    "missing_name": "holder",
    "routing_number_invalid": "routing",
}


def problem_of(error: APIError, language: Language) -> dict[str, str]:
    """Return a sentence for the payer, and the field that it is about, empty for none."""
    extra: dict[str, Any] = error.extra
    codes = [code for code in (extra.get("decline_code"), error.code) if isinstance(code, str)]
    texts = _texts(language)
    field = next((FIELDS[code] for code in codes if code in FIELDS), "")
    for code in codes:
        if code in texts:
            return {"message": texts[code], "field": field}
    return {"message": _otherwise(error, language), "field": field}


def _otherwise(error: APIError, language: Language) -> str:
    _ = language.text
    if isinstance(error, RateLimited):
        return _("Too many tries. Please wait a few minutes, then try again.")
    if error.status == 403:
        return _("This page has been open for too long. Open it anew and try again.")
    if error.status == 402:
        return _("Your payment was declined. Please try another payment method, or ask your bank.")
    if isinstance(error, NotSupported):
        return _texts(language)["resource_missing"]
    return error.message if language.texts == "en" else _("Please check what you have entered.")


def _texts(language: Language) -> dict[str, str]:
    _ = language.text
    declined = _("Your card was declined. Please try another card, or ask your bank.")
    expiry = _("The expiry date is not right.")
    code = _("The security code is not right.")
    number = _("The card number is not right.")
    unproven = _(
        "Your bank could not confirm that it is you. Please try again, or pay in another way."
    )
    account = _("The account number is not right.")
    unavailable = _("This way to pay is not available. Please choose another one.")
    return {
        "account_number_invalid": account,
        "amount_mismatch": _("The amount has changed meanwhile. Please look at it again."),
        "authentication_required": unproven,
        "bank_account_unusable": account,
        "card_declined": declined,
        "card_not_supported": _("This kind of card is not accepted. Please try another card."),
        "card_velocity_exceeded": _("This card has reached its limit. Please try another card."),
        "do_not_honor": declined,
        "expired_card": _("This card has expired. Please try another card."),
        "fraudulent": declined,
        "generic_decline": declined,
        "incomplete_expiry": expiry,
        "incorrect_cvc": code,
        "incorrect_number": number,
        "incorrect_zip": _("The postal code does not fit this card."),
        "insufficient_funds": _("There is not enough money on this card. Please try another card."),
        "invalid_bank_account_iban": _("The IBAN is not right."),
        "invalid_cvc": code,
        "invalid_expiry_month": expiry,
        "invalid_expiry_year": expiry,
        "invalid_number": number,
        "invoice_not_payable": _("This invoice can’t be paid any more."),
        "lock_timeout": _("A payment of this invoice is being made. Please wait a moment."),
        "lost_card": declined,
        "missing_name": _("Please enter the name of the account’s holder."),
        "payment_intent_authentication_failure": unproven,
        "processing_error": _("Your bank could not process the payment. Please try again."),
        # It was taken away while the page was open.
        "resource_missing": unavailable,
        "routing_number_invalid": _("The routing number is not right."),
        "stolen_card": declined,
    }
