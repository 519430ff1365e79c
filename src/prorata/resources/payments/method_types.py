"""Method types: the ways to pay that the API names, and those that this system can use."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from prorata.model.errors import InvalidRequest, NotSupported
from prorata.model.fields import UNSET, UnsetType
from prorata.model.params import Params, fields_given

UsableType = Literal["bacs_debit", "card", "customer_balance", "sepa_debit", "us_bank_account"]
# The cash that a customer has sent by bank transfer: it can be paid with, and not be saved.
CASH: UsableType = "customer_balance"
USABLE: tuple[UsableType, ...] = (
    "card", "us_bank_account", "sepa_debit", "bacs_debit", "customer_balance",
)  # fmt: skip

# Wallets that an intent may allow beside cards; nothing is ever stored under these types here.
HARMLESS = frozenset({"link"})

OTHERS = (
    "acss_debit", "affirm", "afterpay_clearpay", "alipay", "alma", "amazon_pay", "au_becs_debit",
    "bancontact", "billie", "bizum", "blik", "boleto", "card_present", "cashapp", "crypto",
    "custom", "eps", "fpx", "giropay", "grabpay", "ideal", "interac_present",
    "kakao_pay", "klarna", "konbini", "kr_card", "link", "mb_way", "mobilepay", "multibanco",
    "naver_pay", "nz_bank_account", "oxxo", "p24", "pay_by_bank", "payco", "paynow", "paypal",
    "paypay", "payto", "pix", "promptpay", "revolut_pay", "samsung_pay", "satispay", "scalapay",
    "sequra", "sofort", "sunbit", "swish", "twint", "upi", "wechat_pay", "zip",
)  # fmt: skip
DOCUMENTED = tuple(sorted((*USABLE, *OTHERS)))
# What no page offers by itself, nor can be told not to offer.
UNEXCLUDED = frozenset({"card_present", "custom", "interac_present", "link"})
EXCLUDABLE = tuple(each for each in DOCUMENTED if each not in UNEXCLUDED)

# Bank debits by the one currency that each moves.
DEBIT_CURRENCY = {"us_bank_account": "usd", "sepa_debit": "eur", "bacs_debit": "gbp"}

if TYPE_CHECKING:

    class OtherMethodParams(Params, kw_only=True):
        """A field for each of the types that cannot be used, so that they are refused by name."""

else:
    OtherMethodParams = msgspec.defstruct(
        "OtherMethodParams",
        [(name, dict[str, Any] | UnsetType | None, UNSET) for name in OTHERS],
        bases=(Params,),
        kw_only=True,
        module=__name__,
    )


def refuse_other_methods(params: Params, path: str = "") -> None:
    """Raise NotSupported when a method is described that this system cannot use."""
    for name in fields_given(params):
        if name in OTHERS and name not in HARMLESS:
            raise unsupported_type(name, f"{path}[{name}]" if path else name)


def unsupported_type(type: str, param: str) -> NotSupported:
    """Return the error of a documented method type that this system cannot use."""
    return NotSupported(
        f"Payment methods of the type {type} are not supported. Supported are"
        f" {', '.join(USABLE[:-1])} and {USABLE[-1]}.",
        param=param,
    )


def check_types(types: list[str], param: str) -> None:
    """Raise for a list that allows a type which cannot be used, or one that does not exist."""
    for place, type in enumerate(types):
        if type in USABLE or type in HARMLESS:
            continue
        where = f"{param}[{place}]"
        if type in OTHERS:
            raise unsupported_type(type, where)
        raise _none_of(DOCUMENTED, where)


def check_excluded(types: Sequence[str], param: str) -> None:
    """Raise InvalidRequest for a list of types to leave out that has one which does not exist."""
    for place, type in enumerate(types):
        if type not in EXCLUDABLE:
            raise _none_of(EXCLUDABLE, f"{param}[{place}]")


def _none_of(types: Sequence[str], where: str) -> InvalidRequest:
    return InvalidRequest(
        f"Invalid {where}: must be one of {', '.join(types[:-1])}, or {types[-1]}", param=where
    )


def refuse_cash(types: list[str]) -> None:
    """Raise for the one type that can't be set up for later: cash is used, or is not there."""
    if CASH in types:
        raise InvalidRequest(
            "Payment methods of the type customer_balance cannot be set up for future payments.",
            param="payment_method",
        )


def automatic_types(currency: str | None) -> list[str]:
    """Return the types offered when none are named: cards, and the debit of the currency."""
    return ["card", *(type for type, moves in DEBIT_CURRENCY.items() if moves == currency)]
