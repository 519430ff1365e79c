"""Credit balance summary: how much of its billing credits a customer has left, by currency."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.params import Params
from prorata.resources.billing.credit_grant import CreditAmount, ScopeParams
from prorata.resources.references import CustomerRef


class CreditBalance(Struct, kw_only=True):
    """ledger_balance: what the transactions leave. available_balance: what can be used now."""

    available_balance: CreditAmount
    ledger_balance: CreditAmount


class CreditBalanceSummary(
    Struct, kw_only=True, tag_field="object", tag="billing.credit_balance_summary"
):
    """The answer to a question, kept nowhere."""

    balances: list[CreditBalance]
    customer: CustomerRef
    customer_account: str | None = None
    livemode: bool


class SummaryFilterParams(Params, kw_only=True):
    applicability_scope: ScopeParams | UnsetType = UNSET
    credit_grant: str | UnsetType = UNSET
    type: Literal["applicability_scope", "credit_grant"]


class CreditBalanceSummaryParams(Params, kw_only=True):
    customer: str | UnsetType = UNSET
    customer_account: str | UnsetType = UNSET
    filter: SummaryFilterParams
