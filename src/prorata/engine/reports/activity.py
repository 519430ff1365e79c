"""Activity: reports of the money held for the seller, made of its balance transactions."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from prorata.engine.reports.scope import Scope
from prorata.engine.reports.tables import Row, harmless, major
from prorata.resources.reporting.catalog import METADATA_COLUMN, Offered
from prorata.rules.months import zone
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.store.records import plain

BATCH = 500
Document = dict[str, Any]
# What a customer or a payer wrote, or chose.
_FOREIGN = frozenset({
    "customer_email", "customer_name", "customer_description", "description",
})  # fmt: skip


def balance_rows(
    connection: Connection, scope: Scope, wanted: Offered, columns: list[str], _: str | None
) -> Iterator[Row]:
    """Yield what was held at the start and at the end, and what changed it between, by currency."""
    yield columns
    before = _net_before(connection, scope, scope.start)
    after = _net_before(connection, scope, scope.end)
    for currency in sorted(before.keys() | after.keys()):
        start, end = before.get(currency, 0), after.get(currency, 0)
        lines = (
            ("starting_balance", f"Starting balance ({_day(scope.start, scope)})", start),
            ("activity", "Activity", end - start),
            ("payouts", "Total payouts", 0),
            ("ending_balance", f"Ending balance ({_day(scope.end, scope)})", end),
        )
        for category, description, amount in lines:
            facts = {
                "category": category, "description": description, "currency": currency,
                "net_amount": major(amount, currency),
            }  # fmt: skip
            yield [facts[name] for name in columns]


def activity_rows(
    connection: Connection,
    scope: Scope,
    wanted: Offered,
    columns: list[str],
    category: str | None,
) -> Iterator[Row]:
    """Yield the transactions of a span (of all time up to its end, for an ending balance).

    Summed up by category and currency, or one by one; category: no others.
    """
    yield columns
    start = 0 if wanted.family == "ending" else scope.start
    if wanted.by == "summary":
        yield from _summed(connection, scope, start, columns)
        return
    for rows in _pages(connection, scope, start):
        transactions = [plain(text) for _, text in rows]
        if category is not None:
            transactions = [each for each in transactions if each["reporting_category"] == category]
        around = _Around.of(connection, scope.book, transactions)
        for each in transactions:
            yield [_cell(name, each, around, scope) for name in columns]


def _summed(connection: Connection, scope: Scope, start: int, columns: list[str]) -> Iterator[Row]:
    found: dict[tuple[str, str], list[int]] = {}
    for rows in _pages(connection, scope, start):
        for _, text in rows:
            each = plain(text)
            sums = found.setdefault((each["currency"], each["reporting_category"]), [0] * 4)
            for place, amount in enumerate((1, each["amount"], each["fee"], each["net"])):
                sums[place] += amount
    currencies = sorted({currency for currency, _ in found})
    for currency in currencies:
        mine = {name: sums for (one, name), sums in sorted(found.items()) if one == currency}
        total = [sum(each) for each in zip(*mine.values(), strict=True)]
        for name, (count, gross, fee, net) in [*mine.items(), ("total", total)]:
            facts = {
                "reporting_category": name, "currency": currency, "count": count,
                "gross": major(gross, currency), "fee": major(fee, currency),
                "net": major(net, currency),
            }  # fmt: skip
            yield [facts[column] for column in columns]


def _net_before(connection: Connection, scope: Scope, at: int) -> dict[str, int]:
    condition = ""
    values: list[Any] = [scope.book, at]
    if scope.currency is not None:
        condition = " AND currency = ?"
        values.append(scope.currency)
    rows = connection.query(
        f"SELECT currency, SUM(net) FROM {table_name('balance_transaction')}"
        f" WHERE book = ? AND created < ?{condition} GROUP BY currency",
        values,
    )
    return {currency: int(total) for currency, total in rows}


def _pages(connection: Connection, scope: Scope, start: int) -> Iterator[list[tuple[Any, ...]]]:
    condition: str = ""
    values: list[Any] = [scope.book, start, scope.end]
    if scope.currency is not None:
        condition = " AND currency = ?"
        values.append(scope.currency)
    after = ""
    while True:
        rows = connection.query(
            f"SELECT id, document FROM {table_name('balance_transaction')} WHERE book = ?"
            f" AND created >= ? AND created < ?{condition} AND id > ? ORDER BY id LIMIT {BATCH}",
            (*values, after),
        )
        if rows:
            yield rows
        if len(rows) < BATCH:
            return
        after = rows[-1][0]


@dataclass(slots=True)
class _Around:
    """What the transactions of a page are about, by id: whatever of it there is."""

    sources: dict[str, Document] = field(default_factory=dict)
    charges: dict[str, Document] = field(default_factory=dict)
    intents: dict[str, Document] = field(default_factory=dict)
    customers: dict[str, Document] = field(default_factory=dict)
    invoices: dict[str, Document] = field(default_factory=dict)

    @classmethod
    def of(cls, connection: Connection, book: int, transactions: list[Document]) -> "_Around":
        found = cls()
        sources = {each["source"] for each in transactions if each["source"]}
        for kind in ("charge", "refund", "dispute"):
            found.sources |= _by_id(connection, book, kind, sources)
        charges = {
            each["id"] if each["object"] == "charge" else each["charge"]
            for each in found.sources.values()
        }
        found.charges = _by_id(connection, book, "charge", charges)
        facts = list(found.charges.values())
        intents = {each["payment_intent"] for each in facts}
        found.intents = _by_id(connection, book, "payment_intent", intents)
        found.customers = _by_id(connection, book, "customer", {each["customer"] for each in facts})
        found.invoices = _invoices_of(connection, book, found.intents)
        return found


def _by_id(connection: Connection, book: int, kind: str, ids: set[Any]) -> dict[str, Document]:
    wanted = sorted(each for each in ids if each)
    if not wanted:
        return {}
    among, value = connection.any_of("id", wanted)
    rows = connection.query(
        f"SELECT id, document FROM {table_name(kind)} WHERE book = ? AND {among}", (book, value)
    )
    return {id: plain(text) for id, text in rows}


def _invoices_of(
    connection: Connection, book: int, intents: dict[str, Document]
) -> dict[str, Document]:
    """Return the invoices that were paid by some payments, by the payments' ids."""
    if not intents:
        return {}
    among, value = connection.any_of("payment_intent", sorted(intents))
    rows = connection.query(
        f"SELECT payment_intent, invoice FROM {table_name('invoice_payment')}"
        f" WHERE book = ? AND {among}",
        (book, value),
    )
    invoices = _by_id(connection, book, "invoice", {invoice for _, invoice in rows})
    return {intent: invoices[invoice] for intent, invoice in rows if invoice in invoices}


def _cell(name: str, transaction: Document, around: _Around, scope: Scope) -> Any:
    source = around.sources.get(transaction["source"] or "", {})
    charge = source if source.get("object") == "charge" else None
    charge = charge or around.charges.get(source.get("charge") or "", {})
    intent = charge.get("payment_intent") or ""
    metadata = METADATA_COLUMN.fullmatch(name)
    if metadata is not None:
        return harmless(_metadata(metadata, source, charge, around.intents.get(intent, {})))
    value = _fact(
        name, transaction, source, charge, around.customers.get(charge.get("customer") or "", {}),
        around.invoices.get(intent, {}), scope,
    )  # fmt: skip
    if value is None:
        return ""
    return harmless(value) if name in _FOREIGN or "address" in name else value


def _metadata(found: Any, source: Document, charge: Document, intent: Document) -> str | None:
    kind, key = found.groups()
    if kind == "refund_metadata":
        holder = source if source.get("object") == "refund" else {}
        return (holder.get("metadata") or {}).get(key)
    if kind == "payment_metadata":
        return (intent.get("metadata") or charge.get("metadata") or {}).get(key)
    # Nothing is transferred here.
    return None


def _fact(
    name: str,
    transaction: Document,
    source: Document,
    charge: Document,
    customer: Document,
    invoice: Document,
    scope: Scope,
) -> Any:
    for kind, place in _places(charge, customer).items():
        if name.startswith(f"{kind}_"):
            return place.get(name.removeprefix(f"{kind}_"))
    facts = (
        _of_transaction(transaction, source, scope)
        | _of_charge(charge, scope)
        | {
            "customer_id": charge.get("customer"),
            "customer_email": customer.get("email"),
            "customer_name": customer.get("name"),
            "customer_description": customer.get("description"),
            "invoice_id": invoice.get("id"),
            "invoice_number": invoice.get("number"),
            "subscription_id": (
                (invoice.get("parent") or {}).get("subscription_details") or {}
            ).get("subscription"),
            "dispute_reason": source.get("reason") if source.get("object") == "dispute" else None,
        }
    )
    # What is left are payouts, connected accounts and Brazil's tags, of which there are none.
    return facts.get(name) or None


def _places(charge: Document, customer: Document) -> dict[str, Document]:
    """Return addresses by what their columns begin with; the longer beginning comes first."""
    billing = (charge.get("billing_details") or {}).get("address") or {}
    card = (charge.get("payment_method_details") or {}).get("card")
    return {
        "card_address": billing if card else {},
        "customer_shipping_address": (customer.get("shipping") or {}).get("address") or {},
        "customer_address": customer.get("address") or {},
        "shipping_address": (charge.get("shipping") or {}).get("address") or {},
    }


def _of_transaction(transaction: Document, source: Document, scope: Scope) -> Document:
    currency = transaction["currency"]
    return {
        "balance_transaction_id": transaction["id"],
        "created_utc": _time(transaction["created"], "Etc/UTC"),
        "created": _time(transaction["created"], scope.timezone),
        "available_on_utc": _time(transaction["available_on"], "Etc/UTC"),
        "available_on": _time(transaction["available_on"], scope.timezone),
        "currency": currency,
        "gross": major(transaction["amount"], currency),
        "fee": major(transaction["fee"], currency),
        "net": major(transaction["net"], currency),
        "reporting_category": transaction["reporting_category"],
        "source_id": transaction["source"],
        "description": transaction["description"],
        "customer_facing_amount": major(
            source.get("amount"), str(source.get("currency", currency))
        ),
        "customer_facing_currency": source.get("currency"),
    }


def _of_charge(charge: Document, scope: Scope) -> Document:
    if not charge:
        return {}
    details = charge["payment_method_details"] or {}
    card = details.get("card") or {}
    return {
        "charge_id": charge["id"],
        "payment_intent_id": charge["payment_intent"],
        "charge_created_utc": _time(charge["created"], "Etc/UTC"),
        "charge_created": _time(charge["created"], scope.timezone),
        "payment_method_type": details.get("type"),
        "is_link": "false",
        "card_brand": card.get("brand"),
        "card_funding": card.get("funding"),
        "card_country": card.get("country"),
        "statement_descriptor": charge["statement_descriptor"],
    }


def _time(at: int, timezone: str) -> str:
    return f"{datetime.fromtimestamp(at, zone(timezone)):%Y-%m-%d %H:%M:%S}"


def _day(at: int, scope: Scope) -> str:
    return f"{datetime.fromtimestamp(at, UTC).astimezone(zone(scope.timezone)):%Y-%m-%d}"
