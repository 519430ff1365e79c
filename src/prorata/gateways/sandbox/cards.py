"""Test cards: every card of the sandbox, one row each, with what its issuer will do."""

from .card import Card, Opening, both_names, challenged, declined, fails_later, good

GOOD = (
    Card(
        "visa",
        ("4242424242424242",),
        both_names("visa", "us", "visa_threeDSecureNotEnrolled"),
    ),
    good("visa_debit", "4000056655665556", brand="visa", funding="debit"),
    good("mastercard", "5555555555554444", brand="mastercard"),
    good("mastercard_2series", "2223003122003222", brand="mastercard", named=False),
    good("mastercard_debit", "5200828282828210", brand="mastercard", funding="debit"),
    good("mastercard_prepaid", "5105105105105100", brand="mastercard", funding="prepaid"),
    Card(
        "amex",
        ("378282246310005",),
        both_names("amex", "amex_threeDSecureNotSupported"),
        "amex",
        enrolment="not_supported",
    ),
    good("amex_second", "371449635398431", brand="amex", named=False),
    good("discover", "6011111111111117", brand="discover"),
    good("discover_second", "6011000990139424", brand="discover", named=False),
    good("discover_debit", "6011981111111113", brand="discover", funding="debit"),
    good("diners", "3056930009020004", brand="diners"),
    good("diners_14", "36227206271667", brand="diners", named=False),
    good("jcb", "3566002020360505", brand="jcb"),
    good("unionpay", "6200000000000005", brand="unionpay"),
    good("unionpay_debit", "6200000000000047", brand="unionpay", funding="debit"),
    Card(
        "visa_cartesBancaires",
        ("4000002500001001",),
        both_names("visa_cartesBancaires"),
        second_network="cartes_bancaires",
        country="FR",
    ),
    Card(
        "mastercard_cartesBancaires",
        ("5555552500001001",),
        both_names("mastercard_cartesBancaires"),
        "mastercard",
        second_network="cartes_bancaires",
        country="FR",
    ),
    good("unionpay_19", "6205500000000000004", brand="unionpay", named=False),
)

DECLINING = (
    declined("chargeDeclined", "4000000000000002", "generic_decline"),
    declined("chargeDeclinedInsufficientFunds", "4000000000009995", "insufficient_funds"),
    declined("chargeDeclinedLostCard", "4000000000009987", "lost_card"),
    declined("chargeDeclinedStolenCard", "4000000000009979", "stolen_card"),
    declined("chargeDeclinedExpiredCard", "4000000000000069", "expired_card"),
    declined("chargeDeclinedIncorrectCvc", "4000000000000127", "incorrect_cvc", cvc="fail"),
    declined("chargeDeclinedProcessingError", "4000000000000119", "processing_error"),
    declined("chargeDeclinedVelocityLimitExceeded", "4000000000006975", "card_velocity_exceeded"),
    declined("chargeDeclinedFraudulent", None, "fraudulent"),
    fails_later("chargeCustomerFail", "4000000000000341", "generic_decline"),
    fails_later("chargeCustomerFailLostCard", None, "lost_card"),
    fails_later("chargeCustomerFailStolenCard", None, "stolen_card"),
)

CHECKING = (
    Card(
        "radarBlock",
        ("4100000000000019",),
        both_names("radarBlock"),
        decline="blocked",
        refused_at="charge",
        risk="highest",
    ),
    Card("riskLevelHighest", ("4000000000004954",), both_names("riskLevelHighest"), risk="highest"),
    Card(
        "riskLevelElevated", ("4000000000009235",), both_names("riskLevelElevated"), risk="elevated"
    ),
    Card("cvcCheckFail", ("4000000000000101",), both_names("cvcCheckFail"), cvc="fail"),
    Card("avsZipFail", ("4000000000000036",), both_names("avsZipFail"), postal="fail"),
    Card(
        "cvcCheckFailElevatedRisk",
        ("4000058400307872",),
        both_names("cvcCheckFailElevatedRisk"),
        risk="elevated",
        cvc="fail",
    ),
    Card(
        "avsZipFailElevatedRisk",
        ("4000058400306072",),
        both_names("avsZipFailElevatedRisk"),
        risk="elevated",
        postal="fail",
    ),
    Card("avsLine1Fail", ("4000000000000028",), both_names("avsLine1Fail"), line1="fail"),
    Card("avsFail", ("4000000000000010",), both_names("avsFail"), line1="fail", postal="fail"),
    Card(
        "avsUnchecked",
        ("4000000000000044",),
        both_names("avsUnchecked"),
        line1="unavailable",
        postal="unavailable",
    ),
)

DISPUTING = (
    Card(
        "createDispute",
        ("4000000000000259",),
        both_names("createDispute"),
        disputes=(Opening("fraudulent"),),
    ),
    Card(
        "createDisputeProductNotReceived",
        ("4000000000002685",),
        both_names("createDisputeProductNotReceived"),
        disputes=(Opening("product_not_received", network_reason_code="13.1"),),
    ),
    Card(
        "createDisputeInquiry",
        ("4000000000001976",),
        both_names("createDisputeInquiry"),
        disputes=(Opening("fraudulent", inquiry=True, network_reason_code=None),),
    ),
    Card(
        "createIssuerFraudRecord",
        ("4000000000005423",),
        both_names("createIssuerFraudRecord"),
        fraud_warning="made_with_stolen_card",
    ),
    Card(
        "createMultipleDisputes",
        ("4000000404000079",),
        both_names("createMultipleDisputes"),
        country="AT",
        disputes=(Opening("fraudulent", part=2), Opening("fraudulent", part=2)),
    ),
    Card(
        "createCe3EligibleDispute",
        ("4000000404000038",),
        both_names("createCe3EligibleDispute"),
        country="AT",
        disputes=(Opening("fraudulent", eligibility=("visa_compelling_evidence_3",)),),
    ),
    Card(
        "createComplianceDispute",
        ("4000008400000779",),
        both_names("createComplianceDispute"),
        disputes=(
            Opening("noncompliant", network_reason_code=None, eligibility=("visa_compliance",)),
        ),
    ),
    Card("pendingRefund", ("4000000000007726",), both_names("pendingRefund"), refund="pending"),
    Card("refundFail", ("4000000000005126",), both_names("refundFail"), refund="fails"),
    Card("bypassPending", ("4000000000000077",), both_names("bypassPending"), funds_at_once=True),
    Card(
        "bypassPendingInternational",
        ("4000003720000278",),
        both_names("bypassPendingInternational"),
        country="IE",
        funds_at_once=True,
    ),
)

CHALLENGING = (
    challenged("authenticationRequiredOnSetup", "4000002500003155", "unless_set_up", country="FR"),
    challenged("authenticationRequired", "4000002760003184", "always", country="DE"),
    challenged(
        "authenticationRequiredSetupForOffSession", "4000003800000446", "on_session", country="IT"
    ),
    challenged(
        "authenticationRequiredChargeDeclinedInsufficientFunds",
        "4000008260003178",
        "always",
        country="GB",
        decline="insufficient_funds",
    ),
    challenged("threeDSecure2Required", "4000000000003220", "unless_set_up"),
    challenged("threeDSecureRequired", "4000000000003063", "unless_set_up"),
    challenged(
        "threeDSecureRequiredChargeDeclined",
        "4000008400001629",
        "unless_set_up",
        decline="generic_decline",
    ),
    Card(
        "threeDSecureRequiredProcessingError",
        ("4000008400001280",),
        both_names("threeDSecureRequiredProcessingError"),
        decline="generic_decline",
        refused_at="charge",
        lookup_fails=True,
    ),
    challenged("threeDSecureOptional", "4000000000003055", "never"),
    Card(
        "threeDSecureOptionalProcessingError",
        ("4000000000003097",),
        both_names("threeDSecureOptionalProcessingError"),
        lookup_fails=True,
    ),
    challenged("mobileOutOfBand", "4000582600000094", "unless_set_up", country="GB", style="oob"),
    challenged(
        "mobileOneTimePassword", "4000582600000045", "unless_set_up", country="GB", style="otp"
    ),
    challenged(
        "mobileSingleSelect",
        "4000582600000102",
        "unless_set_up",
        country="GB",
        style="single_select",
    ),
    challenged(
        "mobileMultiSelect",
        "4000582600000110",
        "unless_set_up",
        country="GB",
        style="multi_select",
    ),
    Card("captcha", ("4000000000001208",), captcha=True, challenge="on_session"),
    Card("captchaSecond", ("4000000000003725",), captcha=True, challenge="on_session"),
)

# ISO 3166 numeric codes: the number of a country's card is 400000 + code + 000000 + check digit.
_COUNTRY_CODES = {
    "AE": 784, "AT": 40, "AU": 36, "BE": 56, "BG": 100, "BR": 76, "BY": 112, "CA": 124,
    "CH": 756, "CL": 152, "CN": 156, "CO": 170, "CR": 188, "CY": 196, "CZ": 203,
    "DK": 208, "EC": 218, "EE": 233, "ES": 724, "FI": 246, "FR": 250, "GB": 826, "GI": 292,
    "HK": 344, "HR": 191, "HU": 348, "IE": 372, "IN": 356, "IT": 380, "JP": 392, "LI": 438,
    "LT": 440, "LU": 442, "LV": 428, "MT": 470, "MY": 458, "NL": 528, "NO": 578, "NZ": 554,
    "PA": 591, "PL": 616, "PT": 620, "RO": 642, "SA": 682, "SE": 752, "SG": 702, "SI": 705,
    "SK": 703, "TH": 764, "TW": 158, "UY": 858,
}  # fmt: skip

# Countries whose card does not follow the pattern.
_COUNTRY_NUMBERS = {
    "AR": "4000000320000021",
    "DE": "4000002760000016",
    "GR": "4000003000000030",
    "MX": "4000004840008001",
    "PE": "4000006040000068",
    "PY": "4000006000000066",
}


def luhn_digit(digits: str) -> int:
    """Return the check digit that makes a card number of these digits valid."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return -total % 10


def _country_card(country: str) -> Card:
    number = _COUNTRY_NUMBERS.get(country)
    if number is None:
        digits = f"400000{_COUNTRY_CODES[country]:03d}000000"
        number = f"{digits}{luhn_digit(digits)}"
    name = country.lower()
    return Card(name, (number,), both_names(name), country=country)


COUNTRIES = tuple(_country_card(country) for country in [*_COUNTRY_CODES, *_COUNTRY_NUMBERS])

CARDS: tuple[Card, ...] = GOOD + DECLINING + CHECKING + DISPUTING + CHALLENGING + COUNTRIES

BY_NAME: dict[str, Card] = {card.name: card for card in CARDS}
BY_NUMBER: dict[str, Card] = {number: card for card in CARDS for number in card.numbers}
BY_TOKEN: dict[str, Card] = {token: card for card in CARDS for token in card.tokens}
