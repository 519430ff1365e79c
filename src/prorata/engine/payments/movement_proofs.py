"""Movement proofs: the held money moved as the ledger says, and as each document names it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from prorata.engine.doctor import DELETED_TOO, check, documents, pages
from prorata.engine.runtime import System
from prorata.rules.accounts import CASH, FEES
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.store.records import plain

Form = dict[str, Any]
# What moved money, and its currency; the money and the fees.
Key = tuple[str, str]
Sums = tuple[int, int]
NOTHING = (0, 0)
# What the held money moves on account of.
SOURCES = ("charge", "refund", "dispute")
# Which movements, by what they are told to be, are of each.
TYPES = {
    "charge": {"charge": "charge", "payment": "charge"},
    "refund": {
        "refund": "refund", "payment_refund": "refund", "refund_failure": "refund_failure",
        "payment_failure_refund": "charge_failure",
    },
    "dispute": {"adjustment": "dispute"},
}  # fmt: skip
NAMES = ("balance_transaction", "failure_balance_transaction")
_SUM = "SUM(CASE WHEN account = ? THEN amount ELSE 0 END)"


@check("Every movement of the held money is what the ledger says of its charge, refund or dispute")
def movements_match(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every charge, refund and dispute that moved money: cash and fees as its movements.

    And the movements are those that it names, of its amount and in its currency.
    """
    for kind in SOURCES:
        for book, page in pages(connection, kind, where=DELETED_TOO):
            moved = _moved(connection, book, page)
            sums = _sums(moved)
            posted = _posted(connection, book, page)
            for key in sorted(sums.keys() | posted.keys()):
                found, expected = sums.get(key, NOTHING), posted.get(key, NOTHING)
                id, currency = key
                problem = f"{id}: moved {found[0]} {currency} of the held money for {found[1]}"
                problem += f" in fees, the ledger says {expected[0]} and {expected[1]}"
                yield None if found == expected else problem
            for id, document in page.items():
                wrong = _named_problem(kind, document, moved.get(id, []))
                yield f"{id}: {wrong}" if wrong else None
    of_none = " AND ".join(
        f"NOT EXISTS (SELECT 1 FROM {table_name(kind)} AS d WHERE d.book = b.book"
        " AND d.id = b.source)"
        for kind in SOURCES
    )
    for id, source in connection.query(
        f"SELECT id, source FROM {table_name('balance_transaction')} AS b"
        f" WHERE deleted = 0 AND {of_none}"
    ):
        yield f"{id}: moved money for {source}, and there is none"
    for _, movement in documents(connection, "balance_transaction"):
        amount, fee, net = movement["amount"], movement["fee"], movement["net"]
        parts = sum(each["amount"] for each in movement["fee_details"])
        if net != amount - fee or fee != parts:
            yield f"{movement['id']}: is {amount} less a fee of {fee} ({parts}), and says {net}"


def _named_problem(kind: str, document: Form, moved: list[Form]) -> str | None:
    """Return what is wrong with how a document that moves money names its movements."""
    ids = {each["id"] for each in moved}
    for name in NAMES:
        if document.get(name) is not None and document[name] not in ids:
            return f"names {document[name]}, which is none of its movements"
    amount, captured = document["amount"], document.get("amount_captured", 0)
    for each in moved:
        category = TYPES[kind].get(each["type"])
        if each["reporting_category"] != category:
            return f"moved by {each['id']}, a {each['type']} ({each['reporting_category']})"
        if each["currency"] != document["currency"]:
            return f"is in {document['currency']}, its movement {each['id']} in {each['currency']}"
        if kind != "charge" and abs(each["amount"]) != amount:
            return f"is of {amount}, its movement {each['id']} of {each['amount']}"
    total = sum(each["amount"] for each in moved)
    if kind == "charge" and total != captured and document["status"] == "succeeded":
        return f"captured {captured}, its movements make {total}"
    if kind == "dispute" and {each["id"] for each in document["balance_transactions"]} != ids:
        return "shows other movements than its own"
    return None


def _moved(connection: Connection, book: int, ids: Iterable[str]) -> dict[str, list[Form]]:
    """Return the movements of these documents, in net and currency as their rows say.

    What went with its test clock is still named by what went with it.
    """
    among, value = connection.any_of("source", ids)
    moved: dict[str, list[Form]] = defaultdict(list)
    for id, net, currency, deleted, text in connection.query(
        f"SELECT source, net, currency, deleted, document FROM {table_name('balance_transaction')}"
        f" WHERE book = ? AND {among}",
        (book, value),
    ):
        moved[id].append(plain(text) | {"net": net, "currency": currency, "deleted": deleted})
    return moved


def _sums(moved: dict[str, list[Form]]) -> dict[Key, Sums]:
    """Return what movements come to, and their fees."""
    sums: dict[Key, Sums] = {}
    for id, movements in moved.items():
        for each in movements:
            if each["deleted"]:
                continue
            net, fee = sums.get((id, each["currency"]), NOTHING)
            sums[id, each["currency"]] = net + each["net"], fee + each["fee"]
    return sums


def _posted(connection: Connection, book: int, ids: Iterable[str]) -> dict[Key, Sums]:
    """Return the cash of these documents in the ledger, and their fees."""
    among, value = connection.any_of("object_id", ids)
    rows = connection.query(
        f"SELECT object_id, currency, {_SUM}, {_SUM} FROM ledger WHERE book = ? AND {among}"
        " AND account IN (?, ?) GROUP BY object_id, currency",
        (CASH, FEES, book, value, CASH, FEES),
    )
    return {(id, currency): (int(cash), int(fees)) for id, currency, cash, fees in rows}
