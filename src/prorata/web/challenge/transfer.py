"""Transfer: where a payer sends money, as a person reads it."""

import msgspec
from msgspec import Struct

from prorata.resources.payments.bank_transfer import BankTransferInstructions
from prorata.web.design.languages import Language

# What a payer does not type into a bank's form.
UNSAID = ("account_type",)


class Transfer(Struct, frozen=True):
    """How much is to be sent, under which reference, and to which account: names and values."""

    amount: str
    reference: str
    accounts: list[list[tuple[str, str]]]


def transfer_of(told: BankTransferInstructions, currency: str, language: Language) -> Transfer:
    """Return what a payer is told."""
    names = _names(language)
    accounts = []
    for address in told.financial_addresses or ():
        numbers = msgspec.to_builtins(getattr(address, address.type))
        accounts.append([
            (names.get(name) or name.replace("_", " ").capitalize(), _shown(name, value, language))
            for name, value in numbers.items()
            if isinstance(value, str) and name not in UNSAID
        ])  # fmt: skip
    return Transfer(
        language.amount(told.amount_remaining or 0, currency), told.reference or "", accounts
    )


def _shown(name: str, value: str, language: Language) -> str:
    if name == "country":
        return str(language.locale.territories.get(value, value))
    return value


def _names(language: Language) -> dict[str, str]:
    _ = language.text
    return {
        "account_holder_name": _("Account holder"),
        "account_number": _("Account number"),
        "bank_code": _("Bank code"),
        "bank_name": _("Bank"),
        "bic": "BIC",
        "branch_code": _("Branch code"),
        "branch_name": _("Branch"),
        "clabe": "CLABE",
        "country": _("Country"),
        "iban": "IBAN",
        "routing_number": _("Routing number"),
        "sort_code": _("Sort code"),
        "swift_code": _("SWIFT code"),
    }
