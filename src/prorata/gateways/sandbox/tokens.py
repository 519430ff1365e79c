"""Tokens: the sandbox's private names for methods, and how card and bank data becomes one.

A token names a row of the tables, never a number: `card:visa:c`. The letters after the last colon
are facts of this one method: `c` a CVC was given, `v` the bank account is verified.
"""

import hashlib
from datetime import UTC, datetime
from functools import lru_cache

from msgspec import Struct

from ..orders import BankAccount, BillingDetails, MethodDetails, MethodToken, MethodType
from ..outcomes import Checks
from ..protocol import BankRefused, CardRefused, GatewayError
from . import banks
from .banks import Account
from .card import Card
from .cards import BY_NAME, BY_NUMBER, BY_TOKEN, luhn_digit

_DISPLAY_BRANDS = {"amex": "american_express", "diners": "diners_club", "unionpay": "union_pay"}
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LONGEST_VALIDITY_YEARS = 50


class Method(Struct, frozen=True):
    """A token read back: exactly one of `card` and `account` is set."""

    type: MethodType
    card: Card | None = None
    account: Account | None = None
    cvc_given: bool = False
    verified: bool = True


@lru_cache(maxsize=1024)
def read_token(token: MethodToken) -> Method:
    """Return the method a token names. Raises GatewayError for a token of another gateway."""
    kind, _, rest = token.partition(":")
    name, _, flags = rest.partition(":")
    if kind == "card" and name in BY_NAME:
        return Method("card", card=BY_NAME[name], cvc_given="c" in flags)
    for bank_type, accounts in banks.BY_NAME.items():
        if kind == bank_type and name in accounts:
            return Method(bank_type, account=accounts[name], verified="v" in flags)
    raise GatewayError(f"The sandbox has no method with the token {token!r}.")


def fingerprint(salt: str, number: str) -> str:
    """Return 16 characters, equal for equal numbers under one salt."""
    value = int.from_bytes(hashlib.sha256(f"{salt}|{number}".encode()).digest()[:12], "big")
    characters = []
    for _ in range(16):
        value, rest = divmod(value, 62)
        characters.append(_BASE62[rest])
    return "".join(characters)


def card_details(
    number: str,
    exp_month: int,
    exp_year: int,
    cvc: str | None,
    salt: str,
    now: int,
    billing: BillingDetails | None,
) -> MethodDetails:
    """Return the method of a test card's data. Raises CardRefused."""
    digits = number.replace(" ", "").replace("-", "")
    if not digits.isdecimal() or not digits.isascii() or not 12 <= len(digits) <= 19:
        raise CardRefused("invalid_number", "The card number is not a valid number.", "number")
    if luhn_digit(digits[:-1]) != int(digits[-1]):
        raise CardRefused("incorrect_number", "Your card number is incorrect.", "number")
    year = _checked_expiry(exp_month, exp_year, now)
    card = BY_NUMBER.get(digits)
    amex = digits[:2] in ("34", "37")
    if cvc is not None and not (cvc.isdecimal() and len(cvc) in ((3, 4) if amex else (3,))):
        raise CardRefused("invalid_cvc", "Your card's security code is invalid.", "cvc")
    if card is None:
        raise CardRefused(
            "card_declined",
            "Your card was declined. Your request was in test mode, but used a non test card."
            " For a list of valid test cards, visit: https://stripe.com/docs/testing.",
            decline_code="test_mode_live_card",
        )
    return _card(card, digits, exp_month, year, cvc is not None, salt, billing)


def token_details(name: str, salt: str, now: int) -> MethodDetails | None:
    """Return the method of a documented test name, or None; its card expires a year from now."""
    card = BY_TOKEN.get(name)
    if card is not None:
        today = datetime.fromtimestamp(now, UTC)
        number = card.numbers[0] if card.numbers else card.name
        return _card(card, number, today.month, today.year + 1, True, salt, None)
    account = banks.ACH_BY_TOKEN.get(name)
    if account is None:
        return None
    number = account.numbers[0] if account.numbers else account.name
    return _ach(account, number, BankAccount("us_bank_account"), salt, verified=True)


def bank_details(account: BankAccount, salt: str) -> MethodDetails:
    """Return the method of a test bank account's data. Raises BankRefused."""
    if account.type == "us_bank_account":
        return _ach_details(account, salt)
    if account.type == "bacs_debit":
        return _bacs_details(account, salt)
    return _sepa_details(account, salt)


def _checked_expiry(month: int, year: int, now: int) -> int:
    today = datetime.fromtimestamp(now, UTC)
    if not 1 <= month <= 12:
        raise CardRefused(
            "invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month"
        )
    full = year + 2000 if 0 <= year < 100 else year
    if not today.year <= full <= today.year + _LONGEST_VALIDITY_YEARS:
        raise CardRefused(
            "invalid_expiry_year", "Your card's expiration year is invalid.", "exp_year"
        )
    if full == today.year and month < today.month:
        raise CardRefused(
            "invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month"
        )
    return full


def _card(
    card: Card,
    number: str,
    month: int,
    year: int,
    cvc_given: bool,
    salt: str,
    billing: BillingDetails | None,
) -> MethodDetails:
    return MethodDetails(
        type="card",
        token=f"card:{card.name}:{'c' if cvc_given else ''}",
        fingerprint=fingerprint(salt, number),
        last4=number[-4:] if number.isdecimal() else "0341",
        country=card.country,
        brand=card.brand,
        display_brand=_DISPLAY_BRANDS.get(card.brand, card.brand),
        exp_month=month,
        exp_year=year,
        funding=card.funding,
        checks=Checks(
            "unchecked" if cvc_given else None,
            "unchecked" if billing and billing.line1 else None,
            "unchecked" if billing and billing.postal_code else None,
        ),
        networks_available=(
            (card.brand,)
            if card.second_network is None
            else (card.second_network, card.brand)
        ),
        three_d_secure_supported=card.enrolment != "not_supported",
        wants_set_up=card.challenge in ("always", "unless_set_up"),
        regulated_status="unregulated",
    )


def _ach_details(account: BankAccount, salt: str) -> MethodDetails:
    if account.routing_number != banks.ACH_ROUTING_NUMBER:
        raise BankRefused(
            "routing_number_invalid",
            f"Use the test routing number {banks.ACH_ROUTING_NUMBER} in test mode.",
            "us_bank_account[routing_number]",
        )
    row = banks.ACH_BY_NUMBER.get(account.account_number or "")
    if row is None:
        raise BankRefused(
            "account_number_invalid",
            "Use a test bank account number in test mode, such as 000123456789.",
            "us_bank_account[account_number]",
        )
    return _ach(row, account.account_number or "", account, salt, verified=False)


def _ach(
    row: Account, number: str, account: BankAccount, salt: str, verified: bool
) -> MethodDetails:
    return MethodDetails(
        type="us_bank_account",
        token=f"us_bank_account:{row.name}:{'v' if verified else ''}",
        fingerprint=fingerprint(salt, f"{banks.ACH_ROUTING_NUMBER}{number}"),
        last4=number[-4:] if number.isdecimal() else "6789",
        country="US",
        bank_name=banks.ACH_BANK_NAME,
        routing_number=banks.ACH_ROUTING_NUMBER,
        account_holder_type=account.account_holder_type,
        account_type=account.account_type,
        networks_available=("ach",),
        networks_preferred="ach",
        verified=verified,
    )


def _bacs_details(account: BankAccount, salt: str) -> MethodDetails:
    sort_code = (account.sort_code or "").replace("-", "").replace(" ", "")
    row = banks.BACS_BY_NUMBER.get(account.account_number or "")
    if sort_code != banks.BACS_SORT_CODE:
        raise BankRefused(
            "bank_account_bad_routing_number",
            "Use the test sort code 10-88-00 in test mode.",
            "bacs_debit[sort_code]",
        )
    if row is None:
        raise BankRefused(
            "account_number_invalid",
            "Use a test bank account number in test mode, such as 00012345.",
            "bacs_debit[account_number]",
        )
    number = account.account_number or ""
    return MethodDetails(
        type="bacs_debit",
        token=f"bacs_debit:{row.name}:v",
        fingerprint=fingerprint(salt, f"{sort_code}{number}"),
        last4=number[-4:],
        country="GB",
        sort_code=sort_code,
    )


def _sepa_details(account: BankAccount, salt: str) -> MethodDetails:
    iban = (account.iban or "").replace(" ", "").upper()
    if not banks.valid_iban(iban):
        raise BankRefused(
            "invalid_bank_account_iban", "The IBAN you provided is invalid.", "sepa_debit[iban]"
        )
    bank_code, branch_code = banks.bank_codes(iban)
    return MethodDetails(
        type="sepa_debit",
        token=f"sepa_debit:{banks.sepa_account(iban).name}:v",
        fingerprint=fingerprint(salt, iban),
        last4=iban[-4:],
        country=iban[:2],
        bank_code=bank_code,
        branch_code=branch_code,
    )
