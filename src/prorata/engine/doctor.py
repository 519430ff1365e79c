"""Doctor: proves that the books balance, and names every document that does not fit.

Each check reads its documents in pages, so that memory stays the same whatever the size of the
books. A finding says what was expected, of which document, and what was found.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from prorata.engine.runtime import System
from prorata.model.resource import REGISTRY
from prorata.rules.accounts import CHART, CUSTOMER_BALANCE, RECEIVABLE
from prorata.store.connection import Connection, is_outage
from prorata.store.due import still_aside
from prorata.store.names import table_name
from prorata.store.records import plain

PAGE = 1000
# Longer overdue than this, something that should happen by itself does not.
PATIENCE_SECONDS = 600
# What a customer had when it was deleted is still the seller's to give back.
DELETED_TOO = "deleted IN (0, 1)"
DONE = ("paid", "void", "uncollectible")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it must be."""

    check: str
    id: str
    problem: str


@dataclass(frozen=True, slots=True)
class Check:
    """One promise: its sentence, how much was looked at, and what did not hold."""

    name: str
    looked_at: int
    findings: list[Finding]


Examiner = Callable[[System, Connection], Iterator[str | None]]
CHECKS: dict[str, Examiner] = {}


def check(sentence: str) -> Callable[[Examiner], Examiner]:
    """Register a check: it yields None for each thing that holds and "id: problem" otherwise."""

    def register(examine: Examiner) -> Examiner:
        CHECKS[sentence] = examine
        return examine

    return register


def examine(system: System) -> list[Check]:
    """Run every check and return what each looked at and found."""
    return [_run(system, sentence, examiner) for sentence, examiner in CHECKS.items()]


def _run(system: System, sentence: str, examiner: Examiner) -> Check:
    def work(connection: Connection) -> Check:
        looked_at, findings = 0, []
        try:
            for answer in examiner(system, connection):
                looked_at += 1
                if answer is not None:
                    id, _, problem = answer.partition(": ")
                    findings.append(Finding(sentence, id, problem))
        except Exception as error:
            if is_outage(error):
                raise
            # A document that makes no sense ends this check, and no other.
            problem = f"cannot be proven: {type(error).__name__}: {error}"
            findings.append(Finding(sentence, "this", problem))
        return Check(sentence, looked_at, findings)

    return system.database.read(work)


def documents(
    connection: Connection, kind: str, where: str = "deleted = 0", column: str = "document"
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the documents of a kind with their book, in the order of their keys.

    column: `private` for what is kept beside them.
    """
    for book, form in _rows(connection, kind, where, column):
        yield book, plain(form)


def with_facts(
    connection: Connection, kind: str, where: str = "deleted = 0"
) -> Iterator[tuple[int, dict[str, Any], dict[str, Any]]]:
    """Yield the documents of a kind with their book and the facts that are kept beside them."""
    for book, form, facts in _rows(connection, kind, where, "document, private"):
        yield book, plain(form), plain(facts or "{}")


def _rows(
    connection: Connection, kind: str, where: str, columns: str
) -> Iterator[tuple[Any, ...]]:
    book, id = -1, ""
    while True:
        rows = connection.query(
            f"SELECT book, id, {columns} FROM {table_name(kind)}"
            f" WHERE (book, id) > (?, ?) AND {where}"
            f" ORDER BY book, id LIMIT {PAGE}",
            (book, id),
        )
        yield from ((row[0], *row[2:]) for row in rows)
        if len(rows) < PAGE:
            return
        book, id = rows[-1][:2]


def pages(
    connection: Connection, kind: str, size: int = PAGE, where: str = "deleted = 0"
) -> Iterator[tuple[int, dict[str, dict[str, Any]]]]:
    """Yield the documents of a kind by their ids, up to `size` of one book at a time."""
    page: dict[str, dict[str, Any]] = {}
    last = -1
    for book, document in documents(connection, kind, where):
        if page and (book != last or len(page) == size):
            yield last, page
            page = {}
        last = book
        page[document["id"]] = document
    if page:
        yield last, page


def naming(
    connection: Connection, kind: str, column: str, book: int, ids: Iterable[str]
) -> Iterator[dict[str, Any]]:
    """Yield the documents of a kind that name one of these ids, in the order of their own."""
    rows = _naming(connection, kind, column, book, ids, "document")
    return (plain(text) for (text,) in rows)


def by_id(
    connection: Connection, kind: str, book: int, ids: Iterable[str]
) -> dict[str, dict[str, Any]]:
    """Return the documents of a kind that have one of these ids."""
    found = naming(connection, kind, "id", book, sorted(set(ids)))
    return {each["id"]: each for each in found}


def naming_with_facts(
    connection: Connection, kind: str, column: str, book: int, ids: Iterable[str]
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield such documents with the facts that are kept beside them."""
    rows = _naming(connection, kind, column, book, ids, "document, private")
    return ((plain(text), plain(facts or "{}")) for text, facts in rows)


def _naming(
    connection: Connection, kind: str, column: str, book: int, ids: Iterable[str], columns: str
) -> list[tuple[Any, ...]]:
    among, value = connection.any_of(column, ids)
    return connection.query(
        f"SELECT {columns} FROM {table_name(kind)} WHERE book = ? AND deleted = 0 AND {among}"
        " ORDER BY id",
        (book, value),
    )


def asked_refunds(connection: Connection) -> Iterator[tuple[int, dict[str, Any], dict[str, Any]]]:
    """Yield book, refund and private facts of refunds that a gateway has not answered yet."""
    for book, refund, facts in with_facts(connection, "refund"):
        if facts.get("asking"):
            yield book, refund, facts


def captured_parts(connection: Connection) -> Iterator[tuple[tuple[int, str, str], int]]:
    """Yield book, currency and customer of what reservations for invoices have captured so far.

    It is posted (minor units), and pays its invoice when the reservation ends.
    """
    rows = connection.query(
        f"SELECT p.book, i.document, v.document FROM {table_name('payment_intent')} AS i"
        f" JOIN {table_name('invoice_payment')} AS p ON p.book = i.book AND p.payment_intent = i.id"
        f" JOIN {table_name('invoice')} AS v ON v.book = p.book AND v.id = p.invoice"
        " WHERE i.status = 'requires_capture'"
    )
    for book, intent, invoice in ((book, plain(one), plain(other)) for book, one, other in rows):
        yield (book, intent["currency"], invoice["customer"]), intent["amount_received"]


def sums(connection: Connection, account: str, by: str) -> dict[tuple[int, str, str], int]:
    """Return an account's balance by book, currency and another column of the ledger."""
    rows = connection.query(
        f"SELECT book, currency, {by}, SUM(amount) FROM ledger WHERE account = ?"
        f" GROUP BY book, currency, {by}",
        (account,),
    )
    return {(book, currency, value): int(total) for book, currency, value, total in rows}


@check("Every ledger posting balances")
def ledger_balances(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every posting: its debits are its credits, in one currency, of one customer.

    Its lines say the same of what it is for. And what is posted to no account there is: no sum
    would have it.
    """
    rows = connection.query(
        "SELECT id, SUM(amount), COUNT(DISTINCT currency), COUNT(DISTINCT COALESCE(customer, '')),"
        " MIN(memo) = MAX(memo) AND MIN(kind) = MAX(kind) AND MIN(object_id) = MAX(object_id)"
        " FROM ledger GROUP BY book, id"
    )
    for id, total, currencies, customers, alike in rows:
        wrong = total != 0 or currencies != 1 or customers != 1
        problem = f"is off by {total} in {currencies} currencies, of {customers} customers"
        yield f"{id}: {problem}" if wrong else None
        yield None if alike else f"{id}: its lines are not for the same"
    known = ", ".join("?" * len(CHART))
    strange = connection.query(
        f"SELECT id, account FROM ledger WHERE account NOT IN ({known})", tuple(CHART)
    )
    yield from (f"{id}: posts to {account}, which is no account" for id, account in strange)


@check("What customers owe in the ledger is what their open invoices say")
def receivables_match(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield what each customer owes: the ledger's figure and the open invoices' one."""
    owed = sums(connection, RECEIVABLE, "customer")
    remaining: dict[tuple[int, str, str], int] = {}
    where = "deleted = 0 AND status = 'open'"
    for book, invoice in documents(connection, "invoice", where):
        key = (book, invoice["currency"], invoice["customer"])
        remaining[key] = remaining.get(key, 0) + invoice["amount_remaining"]
    for book, refund, facts in asked_refunds(connection):
        if facts.get("account") == RECEIVABLE:
            # Its credit note is posted, what goes back for it is not.
            key = (book, refund["currency"], refund["customer"])
            remaining[key] = remaining.get(key, 0) - refund["amount"]
    for key, captured in captured_parts(connection):
        remaining[key] = remaining.get(key, 0) - captured
    for key in sorted(owed.keys() | remaining.keys(), key=str):
        expected, found = remaining.get(key, 0), owed.get(key, 0)
        problem = f"{key[2]}: open invoices say {expected} {key[1]}, the ledger says {found}"
        yield None if expected == found else problem


@check("Every customer's balance is the sum of its transactions and of the ledger")
def balances_match(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every customer's balance: its transactions and the ledger give the same."""
    moved: dict[tuple[int, str, str], int] = {}
    for book, each in documents(connection, "customer_balance_transaction"):
        key = (book, each["currency"], each["customer"])
        moved[key] = moved.get(key, 0) + each["amount"]
    ledger = sums(connection, CUSTOMER_BALANCE, "customer")
    for book, customer in documents(connection, "customer", "deleted = 0"):
        id, balance = customer["id"], customer["balance"]
        key = (book, customer["currency"] or "", id)
        transactions, posted = moved.get(key, 0), ledger.get(key, 0)
        if balance != posted:
            yield f"{id}: the balance is {balance}, the ledger says {posted}"
        elif transactions != posted:
            yield f"{id}: its transactions make {transactions}, the ledger says {posted}"
        else:
            yield None


@check("Every customer's cash is the sum of its movements")
def cash_matches(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield the cash of every customer who has sent some, in each currency.

    What went with a test clock, customers and movements, is held by nobody.
    """
    clocks = {(book, each["id"]) for book, each in documents(connection, "test_helpers.test_clock")}
    moved: dict[tuple[int, str, str], int] = {}
    for book, each in documents(connection, "customer_cash_balance_transaction"):
        key = (book, each["customer"], each["currency"])
        moved[key] = moved.get(key, 0) + each["net_amount"]
    held = {
        (book, customer["id"], currency): amount
        for book, customer, facts in with_facts(connection, "customer", DELETED_TOO)
        for currency, amount in facts.get("cash", {}).items()
        if not customer.get("test_clock") or (book, customer["test_clock"]) in clocks
    }
    for key in sorted(moved.keys() | held.keys()):
        expected, found = moved.get(key, 0), held.get(key, 0)
        problem = f"{key[1]}: has {found} {key[2]} in cash, its movements make {expected}"
        yield None if expected == found else problem


@check("Every paid payment has exactly one charge, and the gateway took it once")
def charges_once(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every payment that succeeded: one charge stands for it."""
    asked: dict[tuple[int, str], int] = {}
    for book, refund, _ in asked_refunds(connection):
        key = (book, refund["charge"])
        asked[key] = asked.get(key, 0) + refund["amount"]
    for book, intents in pages(connection, "payment_intent"):
        charged: dict[str, list[tuple[str, bool]]] = {}
        latest: dict[str, dict[str, Any]] = {}
        charges = naming_with_facts(connection, "charge", "payment_intent", book, intents)
        for charge, facts in charges:
            if charge["status"] in ("succeeded", "pending"):
                gone = charge["amount_refunded"] + asked.get((book, charge["id"]), 0)
                gone += facts.get("let_go", 0)
                back = charge["refunded"] or gone >= charge["amount"]
                charged.setdefault(charge["payment_intent"], []).append((charge["id"], back))
            if charge["id"] == intents[charge["payment_intent"]]["latest_charge"]:
                latest[charge["payment_intent"]] = charge
        for id, intent in intents.items():
            yield _charge_problem(intent, charged.get(id, [])) or _received_problem(
                intent, latest.get(id)
            )


def _charge_problem(intent: dict[str, Any], made: list[tuple[str, bool]]) -> str | None:
    # What came although it was given up has gone back, or is about to: it is not a second
    # payment.
    count = sum(id == intent["latest_charge"] or not back for id, back in made)
    taken = intent["status"] in ("succeeded", "requires_capture")
    if taken and all(id != intent["latest_charge"] for id, _ in made):
        charge = intent["latest_charge"]
        return f"{intent['id']}: {intent['status']} by {charge}, no charge of it"
    if taken and count != 1:
        return f"{intent['id']}: {intent['status']} with {count} charges"
    return f"{intent['id']}: charged {count} times" if count > 1 else None


def _received_problem(intent: dict[str, Any], charge: dict[str, Any] | None) -> str | None:
    taken = intent["status"] in ("succeeded", "requires_capture")
    received, capturable = intent["amount_received"], intent["amount_capturable"]
    if capturable and intent["status"] != "requires_capture":
        return f"{intent['id']}: is {intent['status']}, and {capturable} can be captured"
    if charge is None:
        return None
    if intent["currency"] != charge["currency"]:
        return f"{intent['id']}: is in {intent['currency']}, its charge in {charge['currency']}"
    if taken and (intent["amount"], received) != (charge["amount"], charge["amount_captured"]):
        problem = f"received {received} of {intent['amount']}, its charge took"
        return f"{intent['id']}: {problem} {charge['amount_captured']} of {charge['amount']}"
    return None


@check("What was paid on every invoice came from payments")
def invoices_paid(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every invoice: its payments make what it says was paid, but for what was elsewhere."""
    for book, invoices in pages(connection, "invoice"):
        paid: dict[str, int] = {}
        for payment in naming(connection, "invoice_payment", "invoice", book, invoices):
            if payment["status"] == "paid" and payment["payment"]["type"] != "payment_record":
                id = payment["invoice"]
                paid[id] = paid.get(id, 0) + (payment["amount_paid"] or 0)
            if payment["currency"] != invoices[payment["invoice"]]["currency"]:
                yield f"{payment['id']}: is in {payment['currency']}, its invoice is not"
        for id, invoice in invoices.items():
            found = paid.get(id, 0)
            outside = invoice.get("amount_paid_off_stripe", 0)
            expected = invoice["amount_paid"] + invoice["amount_overpaid"] - outside
            problem = f"{id}: {expected} paid, its payments make {found}"
            yield None if found == expected else problem


@check("Nothing that should happen by itself is overdue")
def nothing_overdue(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every kind of document that waits: none is long past its due time."""
    latest = system.clock.now() - PATIENCE_SECONDS
    for kind, spec in REGISTRY.items():
        if spec.due is None:
            continue
        rows = connection.query(
            f"SELECT id, due_at FROM {table_name(kind)} WHERE clock IS NULL AND due_at < ?"
            " AND due_at > 0",
            (latest,),
        )
        yield from (f"{id}: was due at {due_at}" for id, due_at in rows)
    aside = still_aside(connection)
    yield from (f"{each.id}: was set aside: {each.reason}" for each in aside)


@check("Every document's history is complete")
def history_complete(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every document: each of its revisions but the first is on record with its change."""
    for kind, spec in REGISTRY.items():
        key = f"'{kind}/' || d.id" if spec.chosen_ids else "d.id"
        rows = connection.query(
            f"SELECT d.id, d.revision, COUNT(h.revision) FROM {table_name(kind)} d"
            f" LEFT JOIN history h ON h.book = d.book AND h.object_id = {key}"
            " AND h.revision BETWEEN 2 AND d.revision"
            " GROUP BY d.book, d.id, d.revision HAVING COUNT(h.revision) <> d.revision - 1"
        )
        yield from (
            f"{id}: is at revision {revision} with {count} steps back"
            for id, revision, count in rows
        )
