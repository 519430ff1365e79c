"""Test accounts for bank transfers: each owner has its own, made from its id."""

import hashlib

from ..transfers import VirtualAccount

_BANK = "Sandbox Test Bank"
_BIC = "SNDBXX21"
# What stands before the digits of an IBAN's account part, and how many digits follow.
_IBAN_PARTS = {
    "BE": ("", 12), "DE": ("", 18), "ES": ("", 20), "FR": ("", 23), "IE": ("SNDB", 14),
    "NL": ("SNDB", 10),
}  # fmt: skip


def virtual_accounts(owner: str, currency: str, country: str | None = None) -> list[VirtualAccount]:
    """Return the accounts that an owner sends a currency to."""
    if currency == "eur":
        return [_iban(owner, country or "IE")]
    if currency == "gbp":
        numbers = {"account_number": _digits(owner, "gb", 8), "sort_code": "108800"}
        return [VirtualAccount("sort_code", "GB", numbers, ("bacs", "fps"))]
    if currency == "jpy":
        numbers = {
            "account_number": _digits(owner, "jp", 7), "account_type": "futsu",
            "bank_code": "0000", "bank_name": _BANK, "branch_code": _digits(owner, "branch", 3),
            "branch_name": "Test",
        }  # fmt: skip
        return [VirtualAccount("zengin", "JP", numbers, ("zengin",))]
    if currency == "mxn":
        numbers = {"bank_code": "000", "bank_name": _BANK, "clabe": _digits(owner, "mx", 18)}
        return [VirtualAccount("spei", "MX", numbers, ("spei",))]
    numbers = {"account_number": _digits(owner, "us", 12), "account_type": "checking",
               "bank_name": _BANK}  # fmt: skip
    domestic = {**numbers, "routing_number": "110000000"}
    foreign = {**numbers, "swift_code": _BIC}
    return [
        VirtualAccount("aba", "US", domestic, ("ach", "domestic_wire_us")),
        VirtualAccount("swift", "US", foreign, ("swift",)),
    ]


def _iban(owner: str, country: str) -> VirtualAccount:
    letters, length = _IBAN_PARTS[country]
    account = letters + _digits(owner, country, length)
    # Check digits of ISO 13616: letters count as two-digit numbers from A = 10.
    number = int("".join(str(int(char, 36)) for char in f"{account}{country}00"))
    iban = f"{country}{98 - number % 97:02d}{account}"
    numbers = {"bic": _BIC, "country": country, "iban": iban}
    return VirtualAccount("iban", country, numbers, ("sepa",))


def _digits(owner: str, purpose: str, count: int) -> str:
    digest = hashlib.sha256(f"{owner}|{purpose}".encode()).digest()
    return str(int.from_bytes(digest, "big") % 10**count).zfill(count)
