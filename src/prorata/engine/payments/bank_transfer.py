"""Bank transfer: where a customer sends money, for a payment or for later."""

import zlib
from collections.abc import Sequence
from typing import Any

import msgspec
import structlog

from prorata.engine.payments.next_action import challenge_url
from prorata.engine.payments.sense import ACCOUNTS, is_whole
from prorata.gateways.transfers import ReceivesTransfers, VirtualAccount
from prorata.model.errors import InvalidRequest, NotSupported
from prorata.model.fields import UNSET, Address
from prorata.model.operation import operation
from prorata.model.params import given, value_or
from prorata.model.transaction import Tx
from prorata.resources.core.account import own_account
from prorata.resources.core.customer import Customer
from prorata.resources.payments.bank_transfer import (
    TRANSFER_OF,
    BankTransferInstructions,
    BankTransferOptions,
    CustomerBalanceOptions,
    EuBankTransferOptions,
    EuCountry,
    FinancialAddress,
    FundingBankTransfer,
    FundingInstructions,
    FundingInstructionsParams,
)
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.payment_intent_shape import PaymentNextAction

log = structlog.get_logger("prorata.engine")
OPTIONS = "payment_method_options[customer_balance]"
# In this country stands an account for euros, where nobody says which one it should be.
EU_COUNTRY: EuCountry = "IE"


@operation("POST /v1/customers/{id}/funding_instructions")
def funding_instructions(
    tx: Tx, customer: Customer, params: FundingInstructionsParams
) -> FundingInstructions:
    """Return where a customer sends money of a currency; it waits in the cash balance."""
    transfer = params.bank_transfer
    _check_kind(params.currency, transfer.type, "bank_transfer[type]")
    country = None
    if transfer.type == "eu_bank_transfer":
        if not given(transfer.eu_bank_transfer):
            raise InvalidRequest(
                "Missing required param: bank_transfer[eu_bank_transfer].",
                code="parameter_missing",
                param="bank_transfer[eu_bank_transfer]",
            )
        country = transfer.eu_bank_transfer.country
    accounts = _accounts(tx, customer.id, params.currency, country)
    return FundingInstructions(
        bank_transfer=FundingBankTransfer(
            country=accounts[0].country,
            financial_addresses=_addresses(
                tx, accounts, value_or(transfer.requested_address_types, ())
            ),
            type=transfer.type,
        ),
        currency=params.currency,
        livemode=tx.book.livemode,
    )


def default_transfer(currency: str) -> CustomerBalanceOptions:
    """Return how a payment is funded where nobody says it, as invoices do."""
    type = TRANSFER_OF.get(currency)
    euro = EuBankTransferOptions(country=EU_COUNTRY) if type == "eu_bank_transfer" else UNSET
    return CustomerBalanceOptions(
        bank_transfer=BankTransferOptions(type=type, eu_bank_transfer=euro),
        funding_type="bank_transfer",
    )


def check_funding(tx: Tx, intent: PaymentIntent) -> None:
    """Raise InvalidRequest unless an intent says who sends money for it, and how."""
    if intent.customer is None:
        raise InvalidRequest(
            "A PaymentIntent that is paid by customer_balance must have a customer.",
            param="customer",
        )
    if intent.setup_future_usage is not None and intent.private.invoice is None:
        raise InvalidRequest(
            "The payment method type customer_balance cannot be used with `setup_future_usage`.",
            param="setup_future_usage",
        )
    options = _options(intent)
    for known, name in (
        (options.funding_type, "[funding_type]"),
        (options.bank_transfer, "[bank_transfer][type]"),
    ):
        if not known:
            raise InvalidRequest(
                f"Missing required param: {OPTIONS}{name}.",
                code="parameter_missing",
                param=f"{OPTIONS}{name}",
            )
    transfer = options.bank_transfer
    assert isinstance(transfer, BankTransferOptions), "it was looked for"
    _check_kind(intent.currency, transfer.type, f"{OPTIONS}[bank_transfer][type]")
    if transfer.type == "eu_bank_transfer" and not transfer.eu_bank_transfer:
        name = f"{OPTIONS}[bank_transfer][eu_bank_transfer]"
        raise InvalidRequest(
            f"Missing required param: {name}.", code="parameter_missing", param=name
        )
    _check_receives(tx)


def ask_for_transfer(
    tx: Tx, intent: PaymentIntent, accounts: Sequence[VirtualAccount] | None = None
) -> None:
    """Let an intent wait for money: its next action says how much is missing, and where it goes.

    accounts: where they are known already.
    """
    transfer = _options(intent).bank_transfer or BankTransferOptions()
    if accounts is None:
        accounts = _accounts(
            tx, intent.customer or "", intent.currency, euro_country(intent)
        )
    intent.status = "requires_action"
    intent.next_action = PaymentNextAction(
        type="display_bank_transfer_instructions",
        display_bank_transfer_instructions=BankTransferInstructions(
            amount_remaining=intent.amount - intent.private.funded,
            currency=intent.currency,
            financial_addresses=_addresses(
                tx, accounts, value_or(transfer.requested_address_types, ())
            ),
            hosted_instructions_url=challenge_url(tx, intent.id, intent.client_secret or ""),
            reference=_reference(intent),
            type=TRANSFER_OF[intent.currency],
        ),
    )


def euro_country(intent: PaymentIntent) -> str | None:
    """Return where an account for euros is to be that an intent is paid to."""
    transfer = _options(intent).bank_transfer
    euro = transfer.eu_bank_transfer if transfer else None
    return euro.country if euro else None


def _options(intent: PaymentIntent) -> CustomerBalanceOptions:
    options = intent.payment_method_options
    known = options.customer_balance if options is not None else UNSET
    return known or CustomerBalanceOptions()


def _check_kind(currency: str, type: str | None, param: str) -> None:
    kind = TRANSFER_OF.get(currency)
    if kind is None:
        raise InvalidRequest(
            f"Payments in {currency} cannot be made by bank transfer: the currency must be one of"
            f" {', '.join(sorted(TRANSFER_OF))}.",
            param="currency",
        )
    if type != kind:
        raise InvalidRequest(
            f"A bank transfer in {currency} has the type {kind}, not {type}.", param=param
        )


def _accounts(
    tx: Tx, customer: str, currency: str, country: str | None
) -> Sequence[VirtualAccount]:
    """Return the customer's accounts. Raises NotSupported where no network receives transfers."""
    _check_receives(tx)
    accounts: Sequence[VirtualAccount] = tx.gateway.virtual_accounts(customer, currency, country)
    return accounts


def _check_receives(tx: Tx) -> None:
    if not isinstance(tx.gateway, ReceivesTransfers) or (
        tx.book.livemode and tx.gateway.test_only  # type: ignore[attr-defined]
    ):
        raise NotSupported("The payment gateway of this server does not receive bank transfers.")


def _addresses(
    tx: Tx, accounts: Sequence[VirtualAccount], wanted: Sequence[str]
) -> list[FinancialAddress]:
    """Return accounts as documents show them; `wanted` leaves out other forms, unless all are."""
    kinds = {"iban" if each == "sepa" else each for each in wanted}
    shown = [each for each in accounts if each.kind in kinds] or list(accounts)
    seller = own_account(tx)
    name = (seller.business_profile and seller.business_profile.name) or "Sandbox account"
    return [_address(each, name) for each in shown]


def _address(account: VirtualAccount, holder: str) -> FinancialAddress:
    where = msgspec.to_builtins(Address(country=account.country))
    known = {
        "type": account.kind,
        "supported_networks": list(account.networks),
        account.kind: {
            "account_holder_address": where,
            "account_holder_name": holder,
            "bank_address": where,
            **account.numbers,
        },
    }
    return msgspec.convert(known, FinancialAddress)


def can_be_shown(accounts: Any) -> bool:
    """Return whether a gateway named accounts, and each of them has the numbers of its kind."""
    try:
        sound = isinstance(accounts, list | tuple) and bool(accounts) and all(
            is_whole(each, ACCOUNTS) and _address(each, "") for each in accounts
        )
    except msgspec.ValidationError:
        sound = False
    if not sound:
        log.error("accounts that make no sense", accounts=repr(accounts)[:200])
    return sound


def _reference(intent: PaymentIntent) -> str:
    """Return what names an intent in the words of a transfer; the same as long as it lives."""
    value = zlib.crc32(intent.id.encode()) * 0x9E3779B1 % 36**12
    digits = ""
    for _ in range(12):
        value, rest = divmod(value, 36)
        digits += "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[rest]
    return digits
