"""Test bank accounts: ACH, SEPA and Bacs accounts of the sandbox, with what their banks will do."""

from typing import Literal

from msgspec import Struct

QUICK_SECONDS = 3
SLOW_SECONDS = 180

BankType = Literal["us_bank_account", "sepa_debit", "bacs_debit"]
Pace = Literal["quick", "slow", "never"]
"""How long a debit is processing: QUICK_SECONDS, SLOW_SECONDS, or for ever."""

ACH_ROUTING_NUMBER = "110000000"
ACH_BANK_NAME = "STRIPE TEST BANK"
BACS_SORT_CODE = "108800"

GOOD_AMOUNTS, GOOD_CODE = (32, 45), "SM11AA"
EXCEEDED_AMOUNTS, EXCEEDED_CODE = (10, 11), "SM33CC"
LATE_AMOUNTS, LATE_CODE = (40, 41), "SM44DD"


class Account(Struct, frozen=True):
    """One test account: its numbers, and how it departs from one that pays after a moment.

    `failure` names a row of declines.py and is what the debit comes to after processing.
    `ends_mandate` says that the failure also ends the mandate; `mandate` that it never stands:
    "refused" after a set-up, "rejected" at the set-up itself.
    """

    name: str
    numbers: tuple[str, ...] = ()
    failure: str | None = None
    pace: Pace = "quick"
    disputed: bool = False
    ends_mandate: bool = False
    mandate: Literal["stands", "refused", "rejected"] = "stands"
    microdeposits_fail: bool = False


ACH = (
    Account("success", ("000123456789",)),
    Account("accountClosed", ("000111111113",), "account_closed", ends_mandate=True),
    Account("noAccount", ("000111111116",), "no_account", ends_mandate=True),
    Account("insufficientFunds", ("000222222227",), "insufficient_funds"),
    Account("debitNotAuthorized", ("000333333335",), "debit_not_authorized", ends_mandate=True),
    Account("invalidCurrency", ("000444444440",), "invalid_currency"),
    Account("microdepositsFail", ("000666666661",), microdeposits_fail=True),
    Account("dispute", ("000555555559",), disputed=True),
    Account("processing", ("000000000009",), pace="never"),
    Account("weeklyLimitExceeded", ("000777777771",), "charge_exceeds_weekly_limit"),
    Account("canceledByUser", (), "canceled_by_user", ends_mandate=True),
    Account("internalFailure", (), "generic_could_not_process"),
    Account("invalidAccountNumber", (), "invalid_account_number", ends_mandate=True),
)

SEPA = (
    Account("success", ("AT611904300234573201", "DE89370400440532013000")),
    Account("successLater", ("AT321904300235473204",), pace="slow"),
    Account(
        "fail",
        # The second one is what the Stripe CLI lets a delayed payment of a session fail with.
        ("AT861904300235473202", "IT60X0542811101000000123456"),
        "generic_could_not_process",
    ),
    Account("failLater", ("AT051904300235473205",), "generic_could_not_process", pace="slow"),
    Account("dispute", ("AT591904300235473203",), disputed=True),
    Account("sourceLimit", ("AT981904300000343434",), "charge_exceeds_source_limit"),
    Account("weeklyLimit", ("AT601904300000121212",), "charge_exceeds_weekly_limit"),
)

BACS = (
    Account("success", ("00012345",)),
    Account("successLater", ("90012345",), pace="slow"),
    Account("debitNotAuthorized", ("33333335",), "debit_not_authorized", ends_mandate=True),
    Account(
        "debitNotAuthorizedLater",
        ("93333335",),
        "debit_not_authorized",
        pace="slow",
        ends_mandate=True,
    ),
    Account("insufficientFunds", ("22222227",), "insufficient_funds"),
    Account("insufficientFundsLater", ("92222227",), "insufficient_funds", pace="slow"),
    Account("dispute", ("55555559",), pace="slow", disputed=True),
    Account("mandateRefused", ("00033333",), mandate="refused"),
    Account("setupRejected", ("00044444",), mandate="rejected"),
)

BY_NAME: dict[BankType, dict[str, Account]] = {
    "us_bank_account": {account.name: account for account in ACH},
    "sepa_debit": {account.name: account for account in SEPA},
    "bacs_debit": {account.name: account for account in BACS},
}
ACH_BY_NUMBER = {number: account for account in ACH for number in account.numbers}
BACS_BY_NUMBER = {number: account for account in BACS for number in account.numbers}
SEPA_BY_IBAN = {number: account for account in SEPA for number in account.numbers}
ACH_BY_TOKEN = {f"pm_usBankAccount_{account.name}": account for account in ACH}

# The account of a country that pays, without check digits. The five accounts that follow it by
# their last character pay, fail, are disputed, pay later and fail later.
_PAYING_ACCOUNTS = {
    "BE": "510007547061",
    "DE": "370400440532013000",
    "ES": "00120345030000067890",
    "FR": "20041010050500013M02606",
    "IE": "AIBK93115212345678",
    "IT": "S0542811101000000123456",
    "LU": "0019400644750000",
    "NL": "RABO0300065264",
}
_FAMILY = ("success", "fail", "dispute", "successLater", "failLater")
_LIMIT_ENDINGS = {"343434": "sourceLimit", "121212": "weeklyLimit"}

# Where the bank and branch codes stand in an IBAN, counted from its fifth character.
_BANK_CODES = {
    "AT": (0, 5, 5), "BE": (0, 3, 3), "DE": (0, 8, 8), "ES": (0, 4, 8), "FI": (0, 3, 3),
    "FR": (0, 5, 10), "GB": (0, 4, 10), "IE": (0, 4, 10), "IT": (1, 6, 11), "LU": (0, 3, 3),
    "NL": (0, 4, 4), "PT": (0, 4, 8),
}  # fmt: skip


def valid_iban(iban: str) -> bool:
    """Say whether an IBAN without spaces has the right form and check digits (ISO 13616)."""
    if not (15 <= len(iban) <= 34 and iban.isascii() and iban.isalnum()):
        return False
    if not (iban[:2].isalpha() and iban[2:4].isdigit()):
        return False
    return int("".join(str(int(char, 36)) for char in iban[4:] + iban[:4])) % 97 == 1


def sepa_account(iban: str) -> Account:
    """Return what the bank behind a valid IBAN does; accounts without a rule pay."""
    exact = SEPA_BY_IBAN.get(iban)
    if exact is not None:
        return exact
    rows = BY_NAME["sepa_debit"]
    ending = _LIMIT_ENDINGS.get(iban[-6:])
    if ending is not None:
        return rows[ending]
    paying = _PAYING_ACCOUNTS.get(iban[:2])
    if paying is not None and iban[4:-1] == paying[:-1] and iban[-1].isdigit():
        step = (int(iban[-1]) - int(paying[-1])) % 10
        if step < len(_FAMILY):
            return rows[_FAMILY[step]]
    return rows["success"]


def bank_codes(iban: str) -> tuple[str | None, str | None]:
    """Return the bank and branch code in an IBAN, None where the country's form is not known."""
    places = _BANK_CODES.get(iban[:2])
    if places is None:
        return None, None
    start, middle, end = (4 + place for place in places)
    return iban[start:middle], iban[middle:end] or None
