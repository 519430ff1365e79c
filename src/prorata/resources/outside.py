"""Outside: lists of what lies beyond what is built; they are empty, so that mirrors read on."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from prorata.model.fields import Range
from prorata.model.operation import Inline, operation
from prorata.model.params import Params
from prorata.model.transaction import Tx

# Path -> its filters: a name is text; `:range`, `:int`, `:bool` and `:texts` are other types,
# `=a|b` are choices, and `!` marks what must be sent.
LISTS = {
    "/v1/apple_pay/domains": "domain_name",
    "/v1/application_fees": "charge created:range",
    "/v1/apps/secrets": "scope:any!",
    "/v1/climate/orders": "",
    "/v1/climate/products": "",
    "/v1/climate/suppliers": "",
    "/v1/country_specs": "",
    "/v1/exchange_rates": "",
    "/v1/financial_connections/accounts": "account_holder:any session",
    "/v1/financial_connections/transactions": (
        "account! transacted_at:range transaction_refresh:any"
    ),
    "/v1/forwarding/requests": "created:range",
    "/v1/identity/verification_reports": (
        "client_reference_id created:range type=document|id_number verification_session"
    ),
    "/v1/identity/verification_sessions": (
        "client_reference_id created:range related_customer related_customer_account"
        " status=canceled|processing|requires_input|verified"
    ),
    "/v1/issuing/authorizations": (
        "card cardholder created:range status=closed|expired|pending|reversed"
    ),
    "/v1/issuing/cardholders": (
        "created:range email phone_number status=active|blocked|inactive type=company|individual"
    ),
    "/v1/issuing/cards": (
        "cardholder created:range exp_month:int exp_year:int last4 personalization_design"
        " status=active|canceled|inactive type=physical|virtual"
    ),
    "/v1/issuing/disputes": (
        "created:range status=expired|lost|submitted|unsubmitted|won transaction"
    ),
    "/v1/issuing/personalization_designs": (
        "lookup_keys:texts preferences:any status=active|inactive|rejected|review"
    ),
    "/v1/issuing/physical_bundles": "status=active|inactive|review type=custom|standard",
    "/v1/issuing/tokens": "card! created:range status=active|deleted|requested|suspended",
    "/v1/issuing/transactions": "card cardholder created:range type=capture|refund",
    "/v1/payment_method_domains": "domain_name enabled:bool",
    "/v1/payouts": "arrival_date:range created:range destination status",
    "/v1/product_catalog/trial_offers": "active:bool created:range prices:texts",
    "/v1/radar/value_list_items": "created:range value value_list!",
    "/v1/radar/value_lists": "alias contains created:range",
    "/v1/reviews": "created:range",
    "/v1/sigma/scheduled_query_runs": "",
    "/v1/terminal/configurations": "is_account_default:bool",
    "/v1/terminal/locations": "",
    "/v1/terminal/readers": "device_type location serial_number status=offline|online",
    "/v1/three_d_secure/authentications": (
        "created:range"
        " status=canceled|error|failed|requires_challenge|requires_submission|succeeded"
    ),
    "/v1/topups": "amount:range created:range status=canceled|failed|pending|succeeded",
    "/v1/transfers": "created:range destination transfer_group",
    "/v1/treasury/credit_reversals": (
        "financial_account! received_credit status=canceled|posted|processing"
    ),
    "/v1/treasury/debit_reversals": (
        "financial_account! received_debit resolution=lost|won status=canceled|completed|processing"
    ),
    "/v1/treasury/financial_accounts": "created:range status=closed|open",
    "/v1/treasury/inbound_transfers": (
        "financial_account! status=canceled|failed|processing|succeeded"
    ),
    "/v1/treasury/outbound_payments": (
        "created:range customer financial_account!"
        " status=canceled|failed|posted|processing|returned"
    ),
    "/v1/treasury/outbound_transfers": (
        "financial_account! status=canceled|failed|posted|processing|returned"
    ),
    "/v1/treasury/received_credits": "financial_account! linked_flows:any status=failed|succeeded",
    "/v1/treasury/received_debits": "financial_account! status=failed|succeeded",
    "/v1/treasury/transaction_entries": (
        "created:range effective_at:range financial_account! order_by=created|effective_at"
        " transaction"
    ),
    "/v1/treasury/transactions": (
        "created:range financial_account! order_by=created|posted_at status=open|posted|void"
        " status_transitions:any"
    ),
}
TYPES: dict[str, Any] = {
    "any": Any, "bool": bool, "int": int, "range": Range, "text": str, "texts": list[str],
}  # fmt: skip


def _field(written: str) -> tuple[Any, ...]:
    """Return the field of a filter as it is written in the table."""
    required = written.endswith("!")
    name, _, choices = written.rstrip("!").partition("=")
    name, _, type = name.partition(":")
    hint: Any = Literal[tuple(choices.split("|"))] if choices else TYPES[type or "text"]
    return (name, hint) if required else (name, hint | UnsetType if hint is not Any else Any, UNSET)


def _declare(path: str, filters: str) -> None:
    params = msgspec.defstruct(
        "".join(part.title() for part in path[4:].replace("/", "_").split("_")) + "ListParams",
        [_field(written) for written in filters.split()],
        bases=(Params,),
        kw_only=True,
    )

    def list_nothing(tx: Tx, params: Params) -> Inline[Any]:
        return Inline([], path)

    list_nothing.__annotations__["params"] = params
    operation(f"GET {path}")(list_nothing)


for _path, _filters in LISTS.items():
    _declare(_path, _filters)
