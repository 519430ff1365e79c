"""Cash balances: money that customers sent by bank transfer and that no payment has used yet."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.model.errors import no_such
from prorata.model.operation import Listing, operation
from prorata.model.params import Params, given
from prorata.model.resource import Resource, column, include, resource
from prorata.model.transaction import Tx
from prorata.resources.core.customer import Customer
from prorata.resources.core.customer_params import CashBalanceSettingsParams
from prorata.resources.payments.bank_transfer import TransferType
from prorata.resources.references import CustomerRef, PaymentIntentRef, RefundRef


class CashBalanceSettings(Struct, kw_only=True):
    reconciliation_mode: Literal["automatic", "manual"] = "automatic"
    using_merchant_default: bool = True


class CashBalance(Struct, kw_only=True, tag_field="object", tag="cash_balance"):
    """A customer's cash balance, in minor units by currency; it is kept with the customer."""

    available: dict[str, int] | None = None
    customer: str
    customer_account: str | None = None
    livemode: bool
    settings: CashBalanceSettings


class EuBankTransfer(Struct, kw_only=True):
    bic: str | None = None
    iban_last4: str | None = None
    sender_name: str | None = None


class GbBankTransfer(Struct, kw_only=True):
    account_number_last4: str | None = None
    sender_name: str | None = None
    sort_code: str | None = None


class JpBankTransfer(Struct, kw_only=True):
    sender_bank: str | None = None
    sender_branch: str | None = None
    sender_name: str | None = None


class UsBankTransfer(Struct, kw_only=True):
    network: Literal["ach", "domestic_wire_us", "fednow", "rtp", "swift"] | UnsetType = UNSET
    sender_name: str | None = None


class FundedBankTransfer(Struct, kw_only=True):
    eu_bank_transfer: EuBankTransfer | UnsetType = UNSET
    gb_bank_transfer: GbBankTransfer | UnsetType = UNSET
    jp_bank_transfer: JpBankTransfer | UnsetType = UNSET
    reference: str | None = None
    type: TransferType
    us_bank_transfer: UsBankTransfer | UnsetType = UNSET


class CashFunded(Struct, kw_only=True):
    bank_transfer: FundedBankTransfer


class CashOfPayment(Struct, kw_only=True):
    payment_intent: PaymentIntentRef


class CashOfRefund(Struct, kw_only=True):
    refund: RefundRef


CashMove = Literal[
    "applied_to_payment", "funded", "refunded_from_payment", "return_canceled",
    "return_initiated", "unapplied_from_payment",
]  # fmt: skip


@resource(
    prefix="ccsbtxn",
    operations=(),
    columns=(column("customer", index=True),),
    events=("created",),
    missing_name="customer_cash_balance_transaction",
)
class CashBalanceTransaction(Resource, tag="customer_cash_balance_transaction", kw_only=True):
    """A movement of the money that a customer sent by bank transfer."""

    applied_to_payment: CashOfPayment | UnsetType = UNSET
    created: int
    currency: str
    customer: CustomerRef
    customer_account: str | None = None
    ending_balance: int
    funded: CashFunded | UnsetType = UNSET
    livemode: bool
    net_amount: int
    refunded_from_payment: CashOfRefund | UnsetType = UNSET
    type: CashMove
    unapplied_from_payment: CashOfPayment | UnsetType = UNSET


class CashBalanceUpdateParams(Params, kw_only=True):
    settings: CashBalanceSettingsParams | UnsetType = UNSET


class CashBalanceRetrieveParams(Params, kw_only=True):
    """No parameters but `expand`."""


class FundCashBalanceParams(Params, kw_only=True):
    amount: Annotated[int, Meta(ge=1)]
    currency: str
    reference: str | UnsetType = UNSET


def cash_balance_of(customer: Customer) -> CashBalance:
    """Return a customer's cash balance; `available` is null while there is none."""
    private = customer.private
    return CashBalance(
        available=dict(private.cash) or None,
        customer=customer.id,
        livemode=customer.livemode,
        settings=CashBalanceSettings(
            reconciliation_mode=private.reconciliation_mode or "automatic",
            using_merchant_default=private.reconciliation_mode is None,
        ),
    )


def set_reconciliation(customer: Customer, settings: CashBalanceSettingsParams | UnsetType) -> None:
    """Set how bank transfers are matched; `merchant_default` follows the account again."""
    if settings is not UNSET and given(settings.reconciliation_mode):
        mode = settings.reconciliation_mode
        customer.private.reconciliation_mode = None if mode == "merchant_default" else mode


@operation("GET /v1/customers/{id}/cash_balance")
def retrieve(tx: Tx, customer: Customer, params: CashBalanceRetrieveParams) -> CashBalance:
    """Return a customer's cash balance."""
    return cash_balance_of(customer)


@operation("POST /v1/customers/{id}/cash_balance")
def update(tx: Tx, customer: Customer, params: CashBalanceUpdateParams) -> CashBalance:
    """Set how bank transfers are matched with payments."""
    set_reconciliation(customer, params.settings)
    return cash_balance_of(customer)


@operation("GET /v1/customers/{id}/cash_balance_transactions")
def list_transactions(tx: Tx, customer: Customer) -> Listing[CashBalanceTransaction]:
    """List the changes of a customer's cash balance, newest first."""
    return Listing(CashBalanceTransaction, {"customer": customer.id})


@operation("GET /v1/customers/{customer}/cash_balance_transactions/{id}")
def retrieve_transaction(
    tx: Tx, transaction: CashBalanceTransaction, customer: str
) -> CashBalanceTransaction:
    """Return one change of a customer's cash balance."""
    if transaction.customer != customer:
        raise no_such(transaction.spec.missing_name, transaction.id, param="id")
    return transaction


@include("customer", "cash_balance")
def cash_balance(reader: Tx, document: dict[str, Any]) -> CashBalance:
    """Return a customer's cash balance."""
    return cash_balance_of(reader.get(Customer, document["id"]))
