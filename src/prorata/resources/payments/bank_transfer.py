"""Bank transfers: the accounts that customers send money to, and what they are told to do."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.fields import Address
from prorata.model.params import Params

TransferType = Literal[
    "eu_bank_transfer", "gb_bank_transfer", "jp_bank_transfer", "mx_bank_transfer",
    "us_bank_transfer",
]  # fmt: skip
AddressType = Literal["aba", "iban", "sepa", "sort_code", "spei", "swift", "zengin"]
EuCountry = Literal["BE", "DE", "ES", "FR", "IE", "NL"]

# The one kind of transfer that moves each currency.
TRANSFER_OF: dict[str, TransferType] = {
    "eur": "eu_bank_transfer", "gbp": "gb_bank_transfer", "jpy": "jp_bank_transfer",
    "mxn": "mx_bank_transfer", "usd": "us_bank_transfer",
}  # fmt: skip


class AbaAddress(Struct, kw_only=True):
    account_holder_address: Address
    account_holder_name: str
    account_number: str
    account_type: str
    bank_address: Address
    bank_name: str
    routing_number: str


class IbanAddress(Struct, kw_only=True):
    account_holder_address: Address
    account_holder_name: str
    bank_address: Address
    bic: str
    country: str
    iban: str


class SortCodeAddress(Struct, kw_only=True):
    account_holder_address: Address
    account_holder_name: str
    account_number: str
    bank_address: Address
    sort_code: str


class SpeiAddress(Struct, kw_only=True):
    account_holder_address: Address
    account_holder_name: str
    bank_address: Address
    bank_code: str
    bank_name: str
    clabe: str


class SwiftAddress(Struct, kw_only=True):
    account_holder_address: Address
    account_holder_name: str
    account_number: str
    account_type: str
    bank_address: Address
    bank_name: str
    swift_code: str


class ZenginAddress(Struct, kw_only=True):
    account_holder_address: Address
    account_holder_name: str | None = None
    account_number: str | None = None
    account_type: str | None = None
    bank_address: Address
    bank_code: str | None = None
    bank_name: str | None = None
    branch_code: str | None = None
    branch_name: str | None = None


class FinancialAddress(Struct, kw_only=True):
    """An account that money can be sent to, in the form of its country."""

    aba: AbaAddress | UnsetType = UNSET
    iban: IbanAddress | UnsetType = UNSET
    sort_code: SortCodeAddress | UnsetType = UNSET
    spei: SpeiAddress | UnsetType = UNSET
    supported_networks: list[str] | UnsetType = UNSET
    swift: SwiftAddress | UnsetType = UNSET
    type: Literal["aba", "iban", "sort_code", "spei", "swift", "zengin"]
    zengin: ZenginAddress | UnsetType = UNSET


class BankTransferInstructions(Struct, kw_only=True):
    """What the payer of an intent is told: how much is still to be sent (minor units), and where.

    The reference names the intent in the words of the transfer.
    """

    amount_remaining: int | None = None
    currency: str | None = None
    financial_addresses: list[FinancialAddress] | UnsetType = UNSET
    hosted_instructions_url: str | None = None
    reference: str | None = None
    type: TransferType


class FundingBankTransfer(Struct, kw_only=True):
    country: str
    financial_addresses: list[FinancialAddress]
    type: TransferType


class FundingInstructions(Struct, kw_only=True, tag_field="object", tag="funding_instructions"):
    """Where a customer sends money that no payment asked for."""

    bank_transfer: FundingBankTransfer
    currency: str
    funding_type: Literal["bank_transfer"] = "bank_transfer"
    livemode: bool


class EuBankTransferOptions(Struct, kw_only=True):
    country: EuCountry


class BankTransferOptions(Struct, kw_only=True):
    eu_bank_transfer: EuBankTransferOptions | UnsetType = UNSET
    requested_address_types: list[AddressType] | UnsetType = UNSET
    type: TransferType | None = None


class CustomerBalanceOptions(Struct, kw_only=True):
    """How a payment from the cash balance is to be funded where the balance is not enough."""

    bank_transfer: BankTransferOptions | UnsetType = UNSET
    funding_type: Literal["bank_transfer"] | None = None
    setup_future_usage: Literal["none"] | UnsetType = UNSET


class EuBankTransferParams(Params, kw_only=True):
    country: EuCountry


class BankTransferOptionsParams(Params, kw_only=True):
    """The Stripe CLI's own fixture says `jp_bank_account` where it means the transfer."""

    eu_bank_transfer: EuBankTransferParams | UnsetType = UNSET
    requested_address_types: list[AddressType] | UnsetType = UNSET
    type: TransferType | Literal["jp_bank_account"]


class CustomerBalanceOptionsParams(Params, kw_only=True):
    bank_transfer: BankTransferOptionsParams | UnsetType = UNSET
    funding_type: Literal["bank_transfer"] | UnsetType = UNSET
    setup_future_usage: Literal["none"] | UnsetType = UNSET


class FundingBankTransferParams(Params, kw_only=True):
    eu_bank_transfer: EuBankTransferParams | UnsetType = UNSET
    requested_address_types: list[AddressType] | UnsetType = UNSET
    type: TransferType


class FundingInstructionsParams(Params, kw_only=True):
    bank_transfer: FundingBankTransferParams
    currency: str
    funding_type: Literal["bank_transfer"]
