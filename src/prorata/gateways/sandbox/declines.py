"""Declines: what the sandbox's issuers and banks answer when they say no.

Codes, messages and network codes are those the API's own test mode answers with. The table's key
names a refusal inside the sandbox; cards.py and banks.py refer to it.
"""

from typing import Literal

from ..outcomes import Declined

Advice = Literal["try_again_later", "do_not_try_again", "confirm_card_data"]

_NO_DETAILS = "The bank did not return any further details with this decline."
_GENERIC_MESSAGE = "Your card was declined."


def _issuer(
    message: str,
    decline_code: str,
    network_decline_code: str | None = None,
    advice_code: Advice | None = None,
    network_advice_code: str | None = None,
    code: str = "card_declined",
    param: str | None = None,
) -> Declined:
    generic = decline_code == "generic_decline"
    return Declined(
        code=code,
        message=message,
        decline_code=decline_code,
        param=param,
        network_decline_code=network_decline_code,
        advice_code=advice_code,
        network_advice_code=network_advice_code,
        reason=decline_code,
        seller_message=(
            _NO_DETAILS if generic else f"The bank returned the decline code `{decline_code}`."
        ),
    )


def _bank(code: str, message: str, network_decline_code: str | None = None) -> Declined:
    return Declined(
        code=code,
        message=message,
        network_decline_code=network_decline_code,
        reason=code,
        risk_level="not_assessed",
        seller_message=f"The bank returned the failure code `{code}`.",
    )


CARD_DECLINES: dict[str, Declined] = {
    "generic_decline": _issuer(_GENERIC_MESSAGE, "generic_decline", "01", "try_again_later"),
    "insufficient_funds": _issuer(
        "Your card has insufficient funds.", "insufficient_funds", "51", "try_again_later", "02"
    ),
    "lost_card": _issuer(_GENERIC_MESSAGE, "lost_card", "41", "do_not_try_again", "01"),
    "stolen_card": _issuer(_GENERIC_MESSAGE, "stolen_card", "43", "do_not_try_again", "01"),
    "fraudulent": _issuer(_GENERIC_MESSAGE, "fraudulent", "59", "do_not_try_again", "01"),
    "card_velocity_exceeded": _issuer(
        "Your card was declined for making repeated attempts too frequently or exceeding its"
        " amount limit.",
        "card_velocity_exceeded",
        "61",
        "try_again_later",
        "02",
    ),
    "expired_card": _issuer(
        "Your card has expired.",
        "expired_card",
        "54",
        "confirm_card_data",
        "03",
        code="expired_card",
        param="exp_month",
    ),
    "incorrect_cvc": _issuer(
        "Your card's security code is incorrect.",
        "incorrect_cvc",
        "N7",
        "confirm_card_data",
        "03",
        code="incorrect_cvc",
        param="cvc",
    ),
    "processing_error": _issuer(
        "An error occurred while processing your card. Try again in a little bit.",
        "processing_error",
        "06",
        "try_again_later",
        code="processing_error",
    ),
    "authentication_required": _issuer(
        "Your card was declined. This transaction requires authentication.",
        "authentication_required",
        code="authentication_required",
    ),
    "blocked": Declined(
        code="card_declined",
        message=_GENERIC_MESSAGE,
        decline_code="fraudulent",
        outcome_type="blocked",
        network_status="not_sent_to_network",
        reason="highest_risk_level",
        risk_level="highest",
        seller_message="Stripe blocked this payment as too risky.",
    ),
}

BANK_DECLINES: dict[str, Declined] = {
    "account_closed": _bank("account_closed", "The customer's bank account is closed.", "R02"),
    "no_account": _bank("no_account", "The bank could not find an account with this data.", "R03"),
    "invalid_account_number": _bank(
        "invalid_account_number", "The bank account number is not valid.", "R04"
    ),
    "insufficient_funds": _bank(
        "insufficient_funds", "The customer's account does not hold enough money.", "R01"
    ),
    "debit_not_authorized": _bank(
        "debit_not_authorized", "The customer did not authorize this debit.", "R10"
    ),
    "canceled_by_user": _bank(
        "debit_not_authorized", "The customer revoked the authorization of this debit.", "R07"
    ),
    "invalid_currency": _bank("invalid_currency", "The bank account cannot pay in this currency."),
    "generic_could_not_process": _bank(
        "generic_could_not_process", "The bank could not process this debit."
    ),
    "charge_exceeds_source_limit": _bank(
        "charge_exceeds_source_limit", "The debit is above the limit of this account."
    ),
    "charge_exceeds_weekly_limit": _bank(
        "charge_exceeds_weekly_limit", "The debit is above the weekly limit of this account."
    ),
    "billing_invalid_mandate": Declined(
        code="billing_invalid_mandate",
        message="The mandate of this bank account is not active.",
        error_type="invalid_request_error",
        outcome_type="invalid",
        network_status="not_sent_to_network",
        risk_level="not_assessed",
        seller_message="The mandate of this bank account is not active.",
        mandate="inactive",
    ),
}


def _microdeposits(suffix: str, message: str, retryable: bool = False) -> Declined:
    return Declined(
        code=f"payment_method_microdeposit_{suffix}",
        message=message,
        error_type="invalid_request_error",
        outcome_type="invalid",
        network_status="not_sent_to_network",
        risk_level="not_assessed",
        seller_message=message,
        retryable=retryable,
    )


MICRODEPOSIT_DECLINES: dict[str, Declined] = {
    "failed": _microdeposits("failed", "The test deposits could not be sent to this account."),
    "attempts_exceeded": _microdeposits(
        "verification_attempts_exceeded", "The account was verified wrongly too many times."
    ),
    "timeout": _microdeposits(
        "verification_timeout", "The account was not verified within the time allowed."
    ),
    "amounts_mismatch": _microdeposits(
        "verification_amounts_mismatch",
        "The amounts do not match those sent to the account.",
        retryable=True,
    ),
    "descriptor_code_mismatch": _microdeposits(
        "verification_descriptor_code_mismatch",
        "The code does not match the one sent to the account.",
        retryable=True,
    ),
}


_INTENTS = {
    "charge": ("payment_intent", "PaymentIntent"),
    "setup": ("setup_intent", "SetupIntent"),
}


def authentication_failure(kind: Literal["charge", "setup"]) -> Declined:
    """Return the refusal after a challenge the payer did not pass; no charge was made."""
    intent, noun = _INTENTS[kind]
    return Declined(
        code=f"{intent}_authentication_failure",
        message=(
            "The provided PaymentMethod has failed authentication. You can provide"
            " payment_method_data or a new PaymentMethod to attempt to fulfill this"
            f" {noun} again."
        ),
        error_type="invalid_request_error",
        outcome_type="invalid",
        network_status="not_sent_to_network",
        risk_level="not_assessed",
        seller_message="The payer did not pass the challenge.",
    )
