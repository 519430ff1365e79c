"""Catalog: which of Stripe's reports are made here, with their documented parameters and columns.

Those whose money or documents do not exist here are refused by name, with the reason.
"""

import re
from dataclasses import dataclass

INTERVAL = ("interval_start", "interval_end")
AT_END = ("interval_end",)
_FILTERS = ("currency", "reporting_category", "columns")
_ADDRESS = ("line1", "line2", "city", "state", "postal_code", "country")
_SUMMARY = ("reporting_category", "currency", "count", "gross", "fee", "net")
# A column of metadata names its key.
METADATA_COLUMN = re.compile(r"(payment_metadata|refund_metadata|transfer_metadata)\[(.+)\]")


def _addresses(*kinds: str) -> tuple[str, ...]:
    return tuple(f"{kind}_{part}" for kind in kinds for part in _ADDRESS)


_PAYOUT_UTC = ("automatic_payout_id", "automatic_payout_effective_at")
_CUSTOMER = ("customer_id", "customer_email", "customer_name", "customer_description")
_CHARGE = ("payment_method_type", "is_link", "card_brand", "card_funding", "card_country",
           "statement_descriptor")  # fmt: skip
_FACING = ("source_id", "description", "customer_facing_amount", "customer_facing_currency")
_MONEY = ("currency", "gross", "fee", "net", "reporting_category")
_CONNECT = ("connected_account_id", "connected_account_name", "connected_account_country",
            "connected_account_direct_charge_id")  # fmt: skip
_ALL_ADDRESSES = _addresses(
    "customer_shipping_address", "customer_address", "shipping_address", "card_address"
)
_ITEMIZED_1 = (
    "balance_transaction_id", "created_utc", "available_on_utc", *_MONEY, *_FACING, *_PAYOUT_UTC,
    *_CUSTOMER, *_addresses("shipping_address"), "charge_id", "payment_intent_id",
    "charge_created_utc", "invoice_id", "subscription_id", *_CHARGE,
)  # fmt: skip
_ITEMIZED_2 = (
    "balance_transaction_id", "created_utc", "available_on_utc", *_MONEY, *_FACING,
    "regulatory_tag", *_PAYOUT_UTC, *_CUSTOMER, *_ALL_ADDRESSES, "charge_id", "payment_intent_id",
    "charge_created_utc", "invoice_id", "invoice_number", "subscription_id", *_CHARGE,
    "dispute_reason", *_CONNECT,
)  # fmt: skip
_ITEMIZED_3 = (
    "balance_transaction_id", "created_utc", "created", "available_on_utc", "available_on",
    *_MONEY, *_FACING, "regulatory_tag", "automatic_payout_id",
    "automatic_payout_effective_at_utc", "automatic_payout_effective_at", *_CUSTOMER,
    *_ALL_ADDRESSES, "charge_id", "payment_intent_id", "charge_created_utc", "charge_created",
    "invoice_id", "invoice_number", "subscription_id", *_CHARGE, "dispute_reason", *_CONNECT,
)  # fmt: skip
_DEFAULT_UTC = ("balance_transaction_id", "created_utc", "available_on_utc", *_MONEY,
                "description")  # fmt: skip
_DEFAULT = ("balance_transaction_id", "created", "available_on", *_MONEY, "description")
_PERIOD = ("accounting_period", "open_accounting_period", "currency")
_PAIR = ("debit", "credit", "amount")
_CODES = ("debit_gl_code", "credit_gl_code")
_LINE = (*_PERIOD, "transaction_model_id", "debit", "credit", "booked_date", "amount")
_LINE_MORE = (
    *_CODES, "invoice_id", "invoice_line_item_id", "invoice_item_id", "subscription_item_id",
    "price_id", "product_id", "customer_id", "subscription_id", "charge_id", "refund_id",
    "dispute_id", "presentment_currency", "presentment_amount",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offered:
    """A report: what makes it (family, and what by), what it needs and takes, and its columns."""

    id: str
    name: str
    family: str
    by: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    default_columns: tuple[str, ...]
    columns: tuple[str, ...]
    metadata: bool = False

    @property
    def version(self) -> int:
        return int(self.id.rpartition(".")[2])


def _revenue(by: str, what: str, default: tuple[str, ...], more: tuple[str, ...]) -> Offered:
    return Offered(
        f"revenue_recognition.debit_credit_{by}.1", f"Debits and credits {what}", "journal", by,
        INTERVAL, ("currency", "timezone", "columns"), default, (*default, *more),
    )  # fmt: skip


OFFERED = {each.id: each for each in (
    Offered(
        "balance.summary.1", "Balance summary", "balance", "summary", INTERVAL,
        ("currency", "timezone", "columns"),
        ("category", "description", "net_amount", "currency"),
        ("category", "description", "net_amount", "currency"),
    ),
    Offered(
        "balance_change_from_activity.summary.1", "Balance change from activity summary",
        "activity", "summary", INTERVAL, ("currency", "timezone", "columns"), _SUMMARY, _SUMMARY,
    ),
    Offered(
        "balance_change_from_activity.itemized.1", "Itemized balance change from activity",
        "activity", "itemized", INTERVAL, _FILTERS, _DEFAULT_UTC, _ITEMIZED_1,
    ),
    Offered(
        "balance_change_from_activity.itemized.2", "Itemized balance change from activity",
        "activity", "itemized", INTERVAL, _FILTERS, _DEFAULT_UTC, _ITEMIZED_2, True,
    ),
    Offered(
        "balance_change_from_activity.itemized.3", "Itemized balance change from activity",
        "activity", "itemized", INTERVAL, ("timezone", *_FILTERS), _DEFAULT, _ITEMIZED_3, True,
    ),
    Offered(
        "ending_balance_reconciliation.summary.1", "Ending balance reconciliation summary",
        "ending", "summary", AT_END, ("currency", "timezone", "columns"), _SUMMARY, _SUMMARY,
    ),
    Offered(
        "ending_balance_reconciliation.itemized.4", "Itemized ending balance reconciliation",
        "ending", "itemized", AT_END, ("timezone", *_FILTERS), _DEFAULT, _ITEMIZED_3, True,
    ),
    _revenue("summary", "by summary", (*_PERIOD, *_PAIR), _CODES),
    _revenue("by_price", "by price", (*_PERIOD, "price_id", *_PAIR), _CODES),
    _revenue("by_product", "by product", (*_PERIOD, "product_id", *_PAIR), _CODES),
    _revenue("by_customer", "by customer", (*_PERIOD, "customer_id", *_PAIR), _CODES),
    _revenue("by_invoice", "by invoice", _LINE, (*_LINE_MORE, "invoice_number")),
    _revenue("by_invoice_line_item", "by invoice line item", _LINE, _LINE_MORE),
)}  # fmt: skip

# The beginnings of the names of those that are not made, and why.
REFUSED = (
    (("payouts.", "payout_reconciliation.", "connected_account_payout"),
     "there are no payouts here: what gateways pay out is told by their own reports"),
    (("connected_account_",), "there are no connected accounts here"),
    (("tax.", "tax_reports."), "tax transactions are listed at /v1/tax/transactions instead"),
    (("all_fees.", "cost_of_billing"), "fees are columns of balance_change_from_activity"),
    (("issuing_", "treasury_", "financial_account", "card_", "climate_"),
     "this product is not here"),
    (("activity.", "balance_change_from_activity.itemized.",
      "ending_balance_reconciliation.itemized."),
     "use balance_change_from_activity.itemized.3 or ending_balance_reconciliation.itemized.4"),
)  # fmt: skip


def why_not(report_type: str) -> str | None:
    """Return why one of Stripe's reports is not made here; None for one that nobody knows."""
    for beginnings, reason in REFUSED:
        if report_type.startswith(beginnings):
            return reason
    return None
