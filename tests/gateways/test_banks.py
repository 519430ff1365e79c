"""Every documented test bank account does what its row says, on virtual time."""

import pytest

from prorata.gateways.outcomes import Declined, NeedsAction, Processing, Succeeded
from prorata.gateways.protocol import BankAccount, BankRefused
from prorata.gateways.sandbox.banks import QUICK_SECONDS, SLOW_SECONDS, sepa_account, valid_iban

from .conftest import NOW, order, setup_order


def ach(number: str) -> BankAccount:
    return BankAccount("us_bank_account", account_number=number, routing_number="110000000")


def bacs(number: str) -> BankAccount:
    return BankAccount("bacs_debit", account_number=number, sort_code="10-88-00")


def sepa(iban: str) -> BankAccount:
    return BankAccount("sepa_debit", iban=iban)


DEBITS = [
    # account, seconds, failure or None, disputed, mandate afterwards
    (ach("000123456789"), QUICK_SECONDS, None, False, "active"),
    (ach("000111111113"), QUICK_SECONDS, "account_closed", False, "inactive"),
    (ach("000111111116"), QUICK_SECONDS, "no_account", False, "inactive"),
    (ach("000222222227"), QUICK_SECONDS, "insufficient_funds", False, "active"),
    (ach("000333333335"), QUICK_SECONDS, "debit_not_authorized", False, "inactive"),
    (ach("000444444440"), QUICK_SECONDS, "invalid_currency", False, "active"),
    (ach("000555555559"), QUICK_SECONDS, None, True, "active"),
    (ach("000777777771"), QUICK_SECONDS, "charge_exceeds_weekly_limit", False, "active"),
    (sepa("AT61 1904 3002 3457 3201"), QUICK_SECONDS, None, False, "active"),
    (sepa("AT321904300235473204"), SLOW_SECONDS, None, False, "active"),
    (sepa("AT861904300235473202"), QUICK_SECONDS, "generic_could_not_process", False, "active"),
    (sepa("AT051904300235473205"), SLOW_SECONDS, "generic_could_not_process", False, "active"),
    (sepa("AT591904300235473203"), QUICK_SECONDS, None, True, "active"),
    (sepa("AT981904300000343434"), QUICK_SECONDS, "charge_exceeds_source_limit", False, "active"),
    (sepa("AT601904300000121212"), QUICK_SECONDS, "charge_exceeds_weekly_limit", False, "active"),
    (sepa("DE89370400440532013000"), QUICK_SECONDS, None, False, "active"),
    (bacs("00012345"), QUICK_SECONDS, None, False, "active"),
    (bacs("90012345"), SLOW_SECONDS, None, False, "active"),
    (bacs("33333335"), QUICK_SECONDS, "debit_not_authorized", False, "inactive"),
    (bacs("93333335"), SLOW_SECONDS, "debit_not_authorized", False, "inactive"),
    (bacs("22222227"), QUICK_SECONDS, "insufficient_funds", False, "active"),
    (bacs("92222227"), SLOW_SECONDS, "insufficient_funds", False, "active"),
    (bacs("55555559"), SLOW_SECONDS, None, True, "active"),
]


@pytest.mark.parametrize("row", DEBITS, ids=lambda row: row[0].account_number or row[0].iban)
def test_debit_is_processing_and_settles_at_its_second(sandbox, row):
    account, seconds, failure, disputed, mandate = row
    details = sandbox.tokenize_bank(account, "salt", NOW)
    processing = sandbox.charge(order(details.token, set_up=True, off_session=True))

    assert processing == Processing(processing.reference, NOW + seconds, "active")
    assert sandbox.poll(processing.reference, NOW + seconds - 1) == processing
    assert sandbox.books.taken("pa_1") == 0
    final = sandbox.poll(processing.reference, NOW + seconds)
    assert final.mandate == mandate
    if failure is None:
        assert isinstance(final, Succeeded) and final.captured == 1_000
    else:
        assert isinstance(final, Declined) and final.code == failure
    assert bool(sandbox.disputes_of(processing.reference, NOW + seconds)) == disputed
    assert sandbox.lookup("pa_1") == final == sandbox.poll(processing.reference, NOW + 999)
    assert sandbox.books.taken("pa_1") == (1_000 if failure is None else 0)


def test_debit_can_be_processing_for_ever(sandbox):
    details = sandbox.tokenize_bank(ach("000000000009"), "salt", NOW)
    processing = sandbox.charge(order(details.token, set_up=True))
    assert processing.settles_at is None
    assert sandbox.poll(processing.reference, NOW + 10**9) == processing


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("success", None),
        ("accountClosed", "account_closed"),
        ("noAccount", "no_account"),
        ("canceledByUser", "debit_not_authorized"),
        ("internalFailure", "generic_could_not_process"),
        ("invalidAccountNumber", "invalid_account_number"),
    ],
)
def test_named_account_is_verified_and_does_as_it_says(sandbox, name, code):
    outcome = sandbox.charge(order(f"pm_usBankAccount_{name}"))
    final = sandbox.poll(outcome.reference, NOW + QUICK_SECONDS)
    assert getattr(final, "code", None) == code


def test_account_shows_its_data_and_hides_its_number(sandbox):
    details = sandbox.tokenize_bank(ach("000123456789"), "salt", NOW)
    assert (details.last4, details.routing_number, details.verified) == (
        "6789",
        "110000000",
        False,
    )
    assert "000123456789" not in details.token
    german = sandbox.tokenize_bank(sepa("DE89370400440532013000"), "salt", NOW)
    assert (german.country, german.bank_code, german.branch_code, german.last4) == (
        "DE",
        "37040044",
        None,
        "3000",
    )
    british = sandbox.tokenize_bank(bacs("00012345"), "salt", NOW)
    assert (british.sort_code, british.last4) == ("108800", "2345")


@pytest.mark.parametrize(
    ("account", "code"),
    [
        (BankAccount("us_bank_account", "000123456789", "999"), "routing_number_invalid"),
        (ach("12345"), "account_number_invalid"),
        (bacs("12345678"), "account_number_invalid"),
        (BankAccount("bacs_debit", "00012345", sort_code="1"), "bank_account_bad_routing_number"),
        (sepa("DE89370400440532013001"), "invalid_bank_account_iban"),
        (sepa(""), "invalid_bank_account_iban"),
    ],
)
def test_wrong_account_data_is_refused(sandbox, account, code):
    with pytest.raises(BankRefused) as refused:
        sandbox.tokenize_bank(account, "salt", NOW)
    assert refused.value.code == code


def iban(country: str, rest: str) -> str:
    """Return the IBAN of an account with the check digits that make it valid."""
    found = next(
        f"{country}{n:02d}{rest}" for n in range(2, 99) if valid_iban(f"{country}{n:02d}{rest}")
    )
    return found


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("DE62370400440532013001", "fail"),
        ("DE35370400440532013002", "dispute"),
        (iban("DE", "370400440532013003"), "successLater"),
        (iban("DE", "370400440532013004"), "failLater"),
        (iban("DE", "370400440532013009"), "success"),
        ("FR1420041010050500013M02606", "success"),
        ("FR8420041010050500013M02607", "fail"),
        (iban("FR", "20041010050500013M02600"), "failLater"),
        (iban("NL", "RABO0000343434"), "sourceLimit"),
        (iban("NL", "RABO0000121212"), "weeklyLimit"),
        ("GB82WEST12345698765432", "success"),
    ],
)
def test_accounts_of_other_countries_follow_the_one_that_pays(number, name):
    assert valid_iban(number)
    assert sepa_account(number).name == name


class TestMicrodeposits:
    @pytest.fixture
    def waiting(self, sandbox) -> NeedsAction:
        details = sandbox.tokenize_bank(ach("000123456789"), "salt", NOW)
        return sandbox.setup(setup_order(details.token))

    def test_raw_account_must_be_verified_first(self, sandbox, waiting):
        assert waiting.kind == "microdeposits" and waiting.arrival_date > NOW
        details = sandbox.tokenize_bank(ach("000123456789"), "salt", NOW)
        assert isinstance(sandbox.charge(order(details.token)), NeedsAction)

    @pytest.mark.parametrize(
        "answer", [{"amounts": (45, 32)}, {"amounts": (32, 45)}, {"descriptor_code": "SM11AA"}]
    )
    def test_right_answer_finishes_the_set_up(self, sandbox, waiting, answer):
        done = sandbox.verify_microdeposits(waiting.reference, NOW, **answer)
        assert isinstance(done, Succeeded) and done.mandate == "active"
        assert sandbox.lookup("sa_1") == done

    @pytest.mark.parametrize(
        ("answer", "suffix"),
        [
            ({"amounts": (10, 11)}, "verification_attempts_exceeded"),
            ({"descriptor_code": "SM33CC"}, "verification_attempts_exceeded"),
            ({"amounts": (40, 41)}, "verification_timeout"),
            ({"descriptor_code": "SM44DD"}, "verification_timeout"),
        ],
    )
    def test_special_answer_ends_the_set_up(self, sandbox, waiting, answer, suffix):
        refused = sandbox.verify_microdeposits(waiting.reference, NOW, **answer)
        assert refused.code == f"payment_method_microdeposit_{suffix}"
        assert sandbox.lookup("sa_1") == refused

    def test_wrong_answer_leaves_the_action_open(self, sandbox, waiting):
        wrong = sandbox.verify_microdeposits(waiting.reference, NOW, (1, 2))
        assert wrong.retryable
        assert wrong.code == "payment_method_microdeposit_verification_amounts_mismatch"
        wrong = sandbox.verify_microdeposits(waiting.reference, NOW, descriptor_code="SM99ZZ")
        assert wrong.code.endswith("descriptor_code_mismatch")
        assert sandbox.lookup("sa_1") == waiting
        done = sandbox.verify_microdeposits(waiting.reference, NOW, (32, 45))
        assert isinstance(done, Succeeded)

    def test_account_can_be_unreachable_for_deposits(self, sandbox):
        details = sandbox.tokenize_bank(ach("000666666661"), "salt", NOW)
        waiting = sandbox.setup(setup_order(details.token))
        refused = sandbox.verify_microdeposits(waiting.reference, NOW, (32, 45))
        assert refused.code == "payment_method_microdeposit_failed"

    def test_verified_charge_goes_on_as_a_debit(self, sandbox):
        details = sandbox.tokenize_bank(ach("000123456789"), "salt", NOW)
        waiting = sandbox.charge(order(details.token))
        debit = sandbox.verify_microdeposits(waiting.reference, NOW + 500, (32, 45))
        assert debit.settles_at == NOW + 500 + QUICK_SECONDS
        assert isinstance(sandbox.poll(debit.reference, NOW + 600), Succeeded)


def test_bacs_mandate_can_be_refused_or_rejected(sandbox):
    refused = sandbox.tokenize_bank(bacs("00033333"), "salt", NOW)
    rejected = sandbox.tokenize_bank(bacs("00044444"), "salt", NOW)
    assert sandbox.setup(setup_order(refused.token)).mandate == "inactive"
    assert isinstance(sandbox.setup(setup_order(rejected.token, key="sa_2")), Declined)
    outcome = sandbox.charge(order(refused.token))
    assert outcome.code == "billing_invalid_mandate" and outcome.mandate == "inactive"
