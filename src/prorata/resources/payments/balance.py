"""Balance: the money held for the seller, by currency and by when it can be used."""

from typing import Literal

from msgspec import Struct


class SourceTypes(Struct, kw_only=True):
    card: int = 0


class BalanceAmount(Struct, kw_only=True):
    amount: int
    currency: str
    source_types: SourceTypes


class Balance(Struct, kw_only=True):
    """The answer to one question; it is summed up, not stored."""

    object: Literal["balance"] = "balance"
    available: list[BalanceAmount]
    livemode: bool
    pending: list[BalanceAmount]
