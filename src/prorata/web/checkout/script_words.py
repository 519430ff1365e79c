"""Script words: what the page's script says: why a payment failed, and what to do about it."""

from prorata.web.design.languages import Language


def script_words(language: Language) -> dict[str, str]:
    """Return texts by decline code, error code or place."""
    _ = language.text
    declined = _("Your card was declined. Try another card, or ask your bank.")
    incorrect = _("Your card’s security code is incorrect.")
    again = _("Something went wrong on the way to the payment gateway. Nothing was charged: please"
              " try again.")  # fmt: skip
    return {
        **_of_declines(language, declined, incorrect),
        **_of_session(language),
        "again": again,
        "api_connection_error": again,
        "api_error": again,
        "card_declined": declined,
        "busy": _("Processing…"),
        "checkout_amount_mismatch": _(
            "The amount has changed. Please look at it and confirm again."
        ),
        "checkout_page_outdated": _(
            "Your order has changed in the meantime. Please look at it and confirm again."
        ),
        "choose": _("Please choose"),
        "declined": _("The payment did not go through. Try again, or pay in another way."),
        "deposits": _(
            "Two small deposits are on their way to your bank account. Come back with the code in"
            " their text to finish."
        ),
        "done": _("Done"),
        "email": _("Enter a full email address, such as you@example.com."),
        "failed_authentication": _(
            "Your bank could not confirm that it is you. Try again, or pay in another way."
        ),
        "forget": _("Remove this way to pay?"),
        "amount_range": _("Enter an amount within these bounds."),
        "quantity_range": _("Enter a quantity from {least} to {most}."),
        "rate_limit": _("Too many tries. Please wait a moment."),
        "required": _("Please fill in this field."),
        "terms": _("Please accept the terms to go on."),
        "too_short": _("Enter at least {least} characters."),
        "digits": _("Enter digits only."),
        "unknown_code": _("This code is not valid."),
        "updated": _("Your order was updated. It comes to {amount} now."),
    }


def _of_declines(language: Language, declined: str, incorrect: str) -> dict[str, str]:
    _ = language.text
    return {
        "authentication_required": _(
            "Your bank wants to confirm that it is you. Please try again."
        ),
        "card_not_supported": _("This kind of card is not accepted here. Try another card."),
        "card_velocity_exceeded": _("This card has reached its limit. Try another card."),
        "currency_not_supported": _("This card cannot pay in this currency. Try another card."),
        "expired_card": _("Your card has expired. Try another card."),
        "fraudulent": declined,
        "generic_decline": declined,
        "incorrect_cvc": incorrect,
        "incorrect_number": _("Your card number is incorrect."),
        "incorrect_zip": _("The postal code does not fit your card."),
        "insufficient_funds": _(
            "There is not enough money on this card. Try another card, or add money first."
        ),
        "invalid_cvc": incorrect,
        "invalid_expiry_month": _("Your card’s expiration date is incorrect."),
        "invalid_expiry_year": _("Your card’s expiration date is incorrect."),
        "invalid_number": _("Your card number is incorrect."),
        "lost_card": declined,
        "processing_error": _("Your bank could not process the payment. Please try again."),
        "setup_intent_authentication_failure": _(
            "Your bank could not confirm that it is you. Try again, or pay in another way."
        ),
        "payment_intent_authentication_failure": _(
            "Your bank could not confirm that it is you. Try again, or pay in another way."
        ),
        "stolen_card": declined,
    }


def _of_session(language: Language) -> dict[str, str]:
    _ = language.text
    return {
        "customer_already_subscribed": _("You are subscribed already: there is no need to pay."),
        "coupon_applies_to_nothing": _("This code applies to nothing in your order."),
        "promotion_code_amount_insufficient": _(
            "Your order is below the least amount of this code."
        ),
        "tax_id_invalid": _("This number does not have the form of such a tax ID."),
    }
