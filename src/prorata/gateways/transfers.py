"""Transfers: the accounts of a network that customers can send money to."""

from typing import Literal, Protocol, runtime_checkable

from msgspec import Struct

AccountKind = Literal["aba", "iban", "sort_code", "spei", "swift", "zengin"]


class VirtualAccount(Struct, frozen=True):
    """An account that belongs to one customer of ours, in the form of its country.

    `numbers` are the fields that the API has for its kind; `country` is where the bank is.
    """

    kind: AccountKind
    country: str
    numbers: dict[str, str]
    networks: tuple[str, ...]


@runtime_checkable
class ReceivesTransfers(Protocol):
    """What a gateway can do beside charging, where its network receives bank transfers."""

    def virtual_accounts(
        self, owner: str, currency: str, country: str | None = None
    ) -> list[VirtualAccount]:
        """Return the accounts that an owner sends a currency to; always the same ones.

        country: where an account for euros is to be (two letters).
        """
        ...
