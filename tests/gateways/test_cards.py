"""Every documented test card does what its row says."""

import pytest

from prorata.gateways.outcomes import Checks, Declined, NeedsAction, Succeeded
from prorata.gateways.protocol import BillingDetails, CardRefused
from prorata.gateways.sandbox.cards import BY_NUMBER, CARDS, luhn_digit

from .conftest import NOW, method, order, setup_order

ADDRESS = BillingDetails(line1="1 High Street", postal_code="12345")

BRANDS = [
    ("4242424242424242", "pm_card_visa", "visa", "credit", "US"),
    ("4000056655665556", "pm_card_visa_debit", "visa", "debit", "US"),
    ("5555555555554444", "pm_card_mastercard", "mastercard", "credit", "US"),
    ("2223003122003222", None, "mastercard", "credit", "US"),
    ("5200828282828210", "pm_card_mastercard_debit", "mastercard", "debit", "US"),
    ("5105105105105100", "pm_card_mastercard_prepaid", "mastercard", "prepaid", "US"),
    ("378282246310005", "pm_card_amex", "amex", "credit", "US"),
    ("371449635398431", None, "amex", "credit", "US"),
    ("6011111111111117", "pm_card_discover", "discover", "credit", "US"),
    ("6011000990139424", None, "discover", "credit", "US"),
    ("6011981111111113", None, "discover", "debit", "US"),
    ("3056930009020004", "pm_card_diners", "diners", "credit", "US"),
    ("36227206271667", None, "diners", "credit", "US"),
    ("3566002020360505", "pm_card_jcb", "jcb", "credit", "US"),
    ("6200000000000005", "pm_card_unionpay", "unionpay", "credit", "US"),
    ("6200000000000047", None, "unionpay", "debit", "US"),
    ("6205500000000000004", None, "unionpay", "credit", "US"),
    ("4000000760000002", "pm_card_br", "visa", "credit", "BR"),
    ("4000001240000000", "pm_card_ca", "visa", "credit", "CA"),
    ("4000002760000016", "pm_card_de", "visa", "credit", "DE"),
    ("4000002500000003", "pm_card_fr", "visa", "credit", "FR"),
    ("4000008260000000", "pm_card_gb", "visa", "credit", "GB"),
    ("4000003560000008", "pm_card_in", "visa", "credit", "IN"),
    ("4000003920000003", "pm_card_jp", "visa", "credit", "JP"),
]


@pytest.mark.parametrize(("number", "token", "brand", "funding", "country"), BRANDS)
def test_good_card_shows_its_data_and_pays(sandbox, number, token, brand, funding, country):
    cvc = "1234" if brand == "amex" else "123"
    details = sandbox.tokenize_card(number, 12, 2030, cvc, "salt", NOW)

    assert (details.brand, details.funding, details.country) == (brand, funding, country)
    assert details.last4 == number[-4:]
    assert number not in details.token
    assert sandbox.attach(details.token, NOW).checks.cvc_check == "pass"
    outcome = sandbox.charge(order(details.token))
    assert isinstance(outcome, Succeeded) and outcome.captured == 1_000
    if token is not None:
        named = sandbox.from_test_token(token, "salt", NOW)
        assert (named.brand, named.funding, named.country) == (brand, funding, country)
        assert named.fingerprint == details.fingerprint


DECLINES = [
    # number, names, code, decline code, network code, advice, network advice, param
    ("4000000000000002", "chargeDeclined", "card_declined", "generic_decline",
     "01", "try_again_later", None, None),
    ("4000000000009995", "chargeDeclinedInsufficientFunds", "card_declined",
     "insufficient_funds", "51", "try_again_later", "02", None),
    ("4000000000009987", "chargeDeclinedLostCard", "card_declined", "lost_card",
     "41", "do_not_try_again", "01", None),
    ("4000000000009979", "chargeDeclinedStolenCard", "card_declined", "stolen_card",
     "43", "do_not_try_again", "01", None),
    ("4000000000000069", "chargeDeclinedExpiredCard", "expired_card", "expired_card",
     "54", "confirm_card_data", "03", "exp_month"),
    ("4000000000000127", "chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc",
     "N7", "confirm_card_data", "03", "cvc"),
    ("4000000000000119", "chargeDeclinedProcessingError", "processing_error",
     "processing_error", "06", "try_again_later", None, None),
    ("4000000000006975", "chargeDeclinedVelocityLimitExceeded", "card_declined",
     "card_velocity_exceeded", "61", "try_again_later", "02", None),
]  # fmt: skip


@pytest.mark.parametrize("row", DECLINES, ids=[row[1] for row in DECLINES])
def test_declining_card_is_refused_at_attach_and_at_a_charge(sandbox, row):
    number, name, *answer = row
    details = sandbox.tokenize_card(number, 12, 2030, "123", "salt", NOW)

    for token in (details.token, f"pm_card_{name}", f"pm_card_visa_{name}", f"tok_visa_{name}"):
        outcome = sandbox.charge(order(token, key=token))
        assert isinstance(outcome, Declined)
        assert [
            outcome.code,
            outcome.decline_code,
            outcome.network_decline_code,
            outcome.advice_code,
            outcome.network_advice_code,
            outcome.param,
        ] == answer
        assert outcome.reference is not None, "the network saw a charge"
        refused = sandbox.attach(method(token), NOW)
        assert isinstance(refused, Declined) and refused.code == answer[0]
        assert isinstance(sandbox.setup(setup_order(token, key=f"setup {token}")), Declined)


def test_generic_decline_names_an_empty_param_only_at_attach(sandbox):
    assert sandbox.attach(method("pm_card_chargeDeclined"), NOW).param == ""
    assert sandbox.charge(order("pm_card_chargeDeclined")).param is None
    assert sandbox.attach(method("pm_card_chargeDeclinedLostCard"), NOW).param is None


def test_incorrect_cvc_card_pays_when_no_cvc_is_given(sandbox):
    details = sandbox.tokenize_card("4000000000000127", 12, 2030, None, "salt", NOW)
    assert details.checks == Checks()
    assert isinstance(sandbox.attach(details.token, NOW), Succeeded)
    assert isinstance(sandbox.charge(order(details.token)), Succeeded)


@pytest.mark.parametrize(
    ("token", "decline_code"),
    [
        ("pm_card_chargeCustomerFail", "generic_decline"),
        ("tok_chargeCustomerFail", "generic_decline"),
        ("tok_visa_chargeCustomerFail", "generic_decline"),
        ("tok_visa_chargeCustomerFailLostCard", "lost_card"),
        ("tok_visa_chargeCustomerFailStolenCard", "stolen_card"),
    ],
)
def test_customer_fail_card_is_kept_and_fails_each_charge(sandbox, token, decline_code):
    assert isinstance(sandbox.attach(method(token), NOW), Succeeded)
    assert isinstance(sandbox.setup(setup_order(token)), Succeeded)
    for off_session in (False, True):
        outcome = sandbox.charge(order(token, key=str(off_session), off_session=off_session))
        assert (outcome.code, outcome.decline_code) == ("card_declined", decline_code)


def test_blocked_card_never_reaches_the_network(sandbox):
    outcome = sandbox.charge(order("pm_card_radarBlock"))
    assert (outcome.code, outcome.decline_code) == ("card_declined", "fraudulent")
    assert (outcome.outcome_type, outcome.network_status) == ("blocked", "not_sent_to_network")
    assert outcome.risk_level == "highest" and outcome.risk_score >= 75


def test_highest_risk_is_blocked_unless_the_setting_says_otherwise(sandbox):
    from prorata.gateways.sandbox.network import Sandbox

    assert sandbox.charge(order("pm_card_riskLevelHighest")).outcome_type == "blocked"
    lenient = Sandbox(block_highest_risk=False)
    outcome = lenient.charge(order("pm_card_riskLevelHighest"))
    assert isinstance(outcome, Succeeded) and outcome.risk_level == "highest"


def test_elevated_risk_pays_and_goes_to_review(sandbox):
    outcome = sandbox.charge(order("pm_card_riskLevelElevated"))
    assert (outcome.type, outcome.reason) == ("manual_review", "elevated_risk_level")
    assert 65 <= outcome.risk_score < 75


CHECKS = [
    ("visa", "pass", "pass", "pass", "normal"),
    ("cvcCheckFail", "fail", "pass", "pass", "normal"),
    ("avsZipFail", "pass", "pass", "fail", "normal"),
    ("cvcCheckFailElevatedRisk", "fail", "pass", "pass", "elevated"),
    ("avsZipFailElevatedRisk", "pass", "pass", "fail", "elevated"),
    ("avsLine1Fail", "pass", "fail", "pass", "normal"),
    ("avsFail", "pass", "fail", "fail", "normal"),
    ("avsUnchecked", "pass", "unavailable", "unavailable", "normal"),
]


@pytest.mark.parametrize(("name", "cvc", "line1", "postal", "risk"), CHECKS)
def test_checks_fail_where_data_is_given_and_the_charge_goes_on(
    sandbox, name, cvc, line1, postal, risk
):
    outcome = sandbox.charge(order(f"pm_card_{name}", billing=ADDRESS))
    assert isinstance(outcome, Succeeded)
    assert outcome.checks == Checks(cvc, line1, postal)
    assert outcome.risk_level == risk
    assert sandbox.attach(method(f"tok_{name}"), NOW, ADDRESS).checks == Checks(cvc, line1, postal)
    assert sandbox.attach(method(f"tok_{name}"), NOW).checks == Checks(cvc)


CHALLENGES = [
    # name, on session, off session, off session once set up, set-up on session
    ("authenticationRequiredOnSetup", "action", "refused", "paid", "action"),
    ("authenticationRequired", "action", "refused", "refused", "action"),
    ("authenticationRequiredSetupForOffSession", "action", "paid", "paid", "action"),
    ("authenticationRequiredChargeDeclinedInsufficientFunds",
     "action", "refused", "refused", "action"),
    ("threeDSecure2Required", "action", "refused", "paid", "action"),
    ("threeDSecureRequired", "action", "refused", "paid", "action"),
    ("threeDSecureRequiredChargeDeclined", "action", "refused", "generic_decline", "action"),
    ("threeDSecureRequiredProcessingError",
     "generic_decline", "generic_decline", "generic_decline", "paid"),
    ("threeDSecureOptional", "paid", "paid", "paid", "paid"),
    ("threeDSecureOptionalProcessingError", "paid", "paid", "paid", "paid"),
    ("visa", "paid", "paid", "paid", "paid"),
    ("amex_threeDSecureNotSupported", "paid", "paid", "paid", "paid"),
]  # fmt: skip


def in_a_word(outcome) -> str:
    if isinstance(outcome, Succeeded):
        return "paid"
    if isinstance(outcome, NeedsAction):
        return "action"
    refused = outcome.decline_code == "authentication_required"
    assert not refused or outcome.code == "authentication_required"
    return "refused" if refused else outcome.decline_code


@pytest.mark.parametrize("row", CHALLENGES, ids=[row[0] for row in CHALLENGES])
def test_challenge_depends_on_who_is_there_and_on_the_set_up(sandbox, row):
    name, *expected = row
    token = f"pm_card_{name}"
    outcomes = [
        sandbox.charge(order(token, key="1")),
        sandbox.charge(order(token, key="2", off_session=True)),
        sandbox.charge(order(token, key="3", off_session=True, set_up=True)),
        sandbox.setup(setup_order(token, key="4")),
    ]
    assert [in_a_word(outcome) for outcome in outcomes] == expected
    assert isinstance(sandbox.attach(method(token), NOW), Succeeded)


def test_passed_challenge_goes_on_under_the_same_key(sandbox):
    action = sandbox.charge(order("pm_card_authenticationRequired"))
    assert action.kind == "three_d_secure"
    paid = sandbox.authenticate(action.reference, True, NOW + 60)

    assert isinstance(paid, Succeeded) and paid.captured == 1_000
    assert paid.three_d_secure.result == "authenticated"
    assert sandbox.lookup("pa_1") == paid
    assert sandbox.charge(order("pm_card_authenticationRequired")) == paid
    assert sandbox.authenticate(action.reference, False, NOW + 61) == paid, "too late to fail"
    assert len(sandbox.books.charges()) == 1


def test_failed_challenge_makes_no_charge(sandbox):
    action = sandbox.charge(order("pm_card_threeDSecure2Required"))
    failed = sandbox.authenticate(action.reference, False, NOW)

    assert failed.code == "payment_intent_authentication_failure"
    assert failed.error_type == "invalid_request_error" and failed.reference is None
    assert sandbox.authenticate(action.reference, True, NOW) == failed
    assert sandbox.books.charges() == []


@pytest.mark.parametrize(
    ("name", "decline_code"),
    [
        ("authenticationRequiredChargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("threeDSecureRequiredChargeDeclined", "generic_decline"),
    ],
)
def test_card_can_be_declined_after_its_challenge(sandbox, name, decline_code):
    action = sandbox.charge(order(f"pm_card_{name}"))
    declined = sandbox.authenticate(action.reference, True, NOW)
    assert declined.decline_code == decline_code and declined.reference is not None


def test_set_up_challenge_has_its_own_refusal(sandbox):
    first = sandbox.setup(setup_order("pm_card_authenticationRequiredOnSetup"))
    second = sandbox.setup(setup_order("pm_card_authenticationRequiredOnSetup", key="sa_2"))
    assert isinstance(sandbox.authenticate(first.reference, True, NOW), Succeeded)
    refused = sandbox.authenticate(second.reference, False, NOW)
    assert refused.code == "setup_intent_authentication_failure"


def test_attempt_that_was_authenticated_elsewhere_is_not_challenged_again(sandbox):
    outcome = sandbox.charge(order("pm_card_authenticationRequired", authenticated=True))
    assert isinstance(outcome, Succeeded)


def test_challenge_can_be_asked_for(sandbox):
    def asked(name: str):
        return sandbox.charge(order(name, key=name, request_three_d_secure="any"))

    assert isinstance(asked("pm_card_threeDSecureOptional"), NeedsAction)
    assert asked("pm_card_visa").three_d_secure.result == "attempt_acknowledged"
    assert asked("pm_card_amex").three_d_secure.result == "not_supported"
    unknown = asked("pm_card_threeDSecureOptionalProcessingError")
    assert isinstance(unknown, Succeeded)
    assert unknown.three_d_secure.result == "processing_error"
    refused = asked("pm_card_threeDSecureRequiredProcessingError")
    assert isinstance(refused, Declined)
    assert refused.three_d_secure.result == "processing_error"


@pytest.mark.parametrize(
    ("number", "kind", "style"),
    [
        ("4000582600000094", "three_d_secure", "oob"),
        ("4000582600000045", "three_d_secure", "otp"),
        ("4000582600000102", "three_d_secure", "single_select"),
        ("4000582600000110", "three_d_secure", "multi_select"),
        ("4000000000001208", "captcha", None),
        ("4000000000003725", "captcha", None),
    ],
)
def test_challenge_has_a_kind_and_a_style(sandbox, number, kind, style):
    details = sandbox.tokenize_card(number, 12, 2030, "123", "salt", NOW)
    action = sandbox.charge(order(details.token))
    assert (action.kind, action.challenge) == (kind, style)
    assert isinstance(sandbox.authenticate(action.reference, True, NOW), Succeeded)


WRONG_DATA = [
    ("4242424242424241", 12, 2030, "123", "incorrect_number", "number"),
    ("4242", 12, 2030, "123", "invalid_number", "number"),
    ("4242 4242 4242 424x", 12, 2030, "123", "invalid_number", "number"),
    ("4242424242424242", 13, 2030, "123", "invalid_expiry_month", "exp_month"),
    ("4242424242424242", 0, 2030, "123", "invalid_expiry_month", "exp_month"),
    ("4242424242424242", 12, 95, "123", "invalid_expiry_year", "exp_year"),
    ("4242424242424242", 12, 2025, "123", "invalid_expiry_year", "exp_year"),
    ("4242424242424242", 8, 2026, "123", "invalid_expiry_month", "exp_month"),
    ("4242424242424242", 12, 2030, "12", "invalid_cvc", "cvc"),
    ("4242424242424242", 12, 2030, "1234", "invalid_cvc", "cvc"),
    ("378282246310005", 12, 2030, "12", "invalid_cvc", "cvc"),
    ("4539148803436467", 12, 2030, "123", "card_declined", None),
]


@pytest.mark.parametrize(("number", "month", "year", "cvc", "code", "param"), WRONG_DATA)
def test_wrong_card_data_is_refused(sandbox, number, month, year, cvc, code, param):
    with pytest.raises(CardRefused) as refused:
        sandbox.tokenize_card(number, month, year, cvc, "salt", NOW)
    assert (refused.value.code, refused.value.param) == (code, param)


def test_card_data_may_have_spaces_and_a_short_year(sandbox):
    details = sandbox.tokenize_card("4242 4242 4242 4242", 9, 26, "123", "salt", NOW)
    assert (details.exp_month, details.exp_year, details.last4) == (9, 2026, "4242")


def test_fingerprint_is_equal_for_equal_numbers_under_one_salt(sandbox):
    def mark(number: str, salt: str) -> str:
        return sandbox.tokenize_card(number, 12, 2030, None, salt, NOW).fingerprint

    assert mark("4242424242424242", "a") == mark("4242-4242-4242-4242", "a")
    assert mark("4242424242424242", "a") != mark("4242424242424242", "b")
    assert mark("4242424242424242", "a") != mark("4000000000000341", "a")
    assert len(mark("4242424242424242", "a")) == 16


def test_named_card_expires_a_year_from_now(sandbox):
    details = sandbox.from_test_token("tok_visa", "salt", NOW)
    assert (details.exp_month, details.exp_year) == (9, 2027)
    assert details.checks.cvc_check == "unchecked"
    assert sandbox.from_test_token("tok_nobody", "salt", NOW) is None


def test_table_has_valid_numbers_and_no_name_twice():
    for number in BY_NUMBER:
        assert luhn_digit(number[:-1]) == int(number[-1]), number
    names = [card.name for card in CARDS]
    numbers = [number for card in CARDS for number in card.numbers]
    tokens = [token for card in CARDS for token in card.tokens]
    for column in (names, numbers, tokens):
        assert len(column) == len(set(column))
