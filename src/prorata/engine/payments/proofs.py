"""Payment proofs: what moved money was asked for, is written down, and is what it says it is."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from prorata.engine.doctor import check, documents, with_facts
from prorata.engine.runtime import System
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.store.records import plain


@check("The gateway's own books show every charge once, with its amount")
def gateway_agrees(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every charge of a gateway that shows its books: they have it once, with its amount.

    What is still to be asked about may be taken there already.
    """
    books = getattr(system.gateway, "books", None)
    if books is None:
        # A network that keeps its books to itself is reconciled by its own reports.
        return
    ours: dict[str, int] = {}
    for text, facts in connection.query(f"SELECT document, private FROM {table_name('charge')}"):
        reference = plain(facts or "{}").get("reference")
        # The sandbox is asked whatever moves the money: others' charges are none of its own.
        if reference is not None and books.names(reference):
            ours[reference] = ours.get(reference, 0) + plain(text)["amount_captured"]
    asked = asked_about(connection)
    for order in books.charges():
        found = ours.pop(order.outcome.reference, 0)
        problem = f"{order.key}: the gateway took {order.captured}, charges show {found}"
        agrees = found == order.captured or (not found and order.key in asked)
        yield None if agrees else problem
    yield from (f"{name}: no gateway knows this charge" for name, amount in ours.items() if amount)


def asked_about(connection: Connection) -> set[str]:
    """Return the attempts at payments of which the gateway is to be asked yet.

    They are debits on their way, and those whose answer, or their capture's, has not come.
    """
    table, intents = table_name("payment_attempt"), table_name("payment_intent")
    rows = connection.query(
        f"SELECT a.id FROM {table} AS a"
        f" JOIN {intents} AS i ON i.book = a.book AND i.id = a.payment_intent"
        " WHERE a.state = 'processing' AND (a.due_at IS NOT NULL OR i.due_at IS NOT NULL)"
        f" UNION SELECT COALESCE(a.id, b.id) FROM {table} AS b LEFT JOIN {table} AS a"
        " ON a.book = b.book AND a.payment_intent = b.payment_intent"
        " WHERE b.state IN ('pending', 'unknown') AND b.due_at IS NOT NULL"
    )
    return {id for (id,) in rows}


@check("Every customer's balance went from one transaction to the next")
def balances_chain(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every customer's balance in each currency: each transaction begins where one ended."""
    begins: dict[tuple[int, str, str], Counter[int]] = defaultdict(Counter)
    ends: dict[tuple[int, str, str], Counter[int]] = defaultdict(Counter)
    total: Counter[tuple[int, str, str]] = Counter()
    for book, each in documents(connection, "customer_balance_transaction"):
        key = book, each["customer"], each["currency"]
        begins[key][each["ending_balance"] - each["amount"]] += 1
        ends[key][each["ending_balance"]] += 1
        total[key] += each["amount"]
    for key, begun in begins.items():
        # The first begins at nothing, and with the last the balance is what all of them make.
        begun[total[key]] += 1
        ends[key][0] += 1
        odd = sorted((ends[key] - begun).elements())
        problem = f"{key[1]}: no transaction goes on from a balance of {odd[:3]} {key[2]}"
        yield problem if odd else None


@check("Every charge says of itself what came of it")
def charges_say_what_came(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every charge: whether it is paid, refunded whole and disputed."""
    disputed = {(book, dispute["charge"]) for book, dispute in documents(connection, "dispute")}
    for book, charge, facts in with_facts(connection, "charge"):
        back, taken = charge["amount_refunded"], charge["amount"] - facts.get("let_go", 0)
        expected = {
            "paid": charge["status"] == "succeeded",
            "refunded": 0 < back == taken,
            "disputed": (book, charge["id"]) in disputed,
        }
        wrong = [name for name, value in expected.items() if charge[name] != value]
        problem = ", ".join(f"{name} should be {expected[name]}" for name in wrong)
        yield f"{charge['id']}: {problem}" if wrong else None


@check("Every charge that has moved money was asked for")
def charges_asked_for(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every charge that a gateway has a name of: an attempt asked for it."""
    asked = {
        (book, attempt["reference"])
        for book, attempt in documents(connection, "payment_attempt")
        if attempt["reference"] is not None
    }
    for book, charge, facts in with_facts(connection, "charge"):
        reference = facts.get("reference")
        if reference is None or charge["status"] != "succeeded":
            continue
        problem = f"{charge['id']}: no attempt asked for {reference}"
        yield None if (book, reference) in asked else problem


@check("Every dispute is of the charge that it names, in its currency")
def disputes_fit(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every dispute: its network names the charge that it is of, and what it moved is its."""
    disputed = f"id IN (SELECT charge FROM {table_name('dispute')})"
    charges = {
        (book, charge["id"]): (
            charge["currency"], charge["payment_intent"], facts.get("reference"),
        )
        for book, charge, facts in with_facts(connection, "charge", disputed)
    }  # fmt: skip
    for book, dispute, facts in with_facts(connection, "dispute"):
        said = dispute["currency"], dispute["payment_intent"], facts.get("charge_reference")
        expected = charges.get((book, dispute["charge"]))
        moved = dispute["balance_transactions"]
        taken, fees = (sum(each[name] for each in moved) for name in ("amount", "fee"))
        withdrawn = -dispute["amount"] if facts.get("withdrawn") else 0
        problem = None
        if said != expected:
            problem = f"it is about {said}, its charge is {expected}"
        elif taken != withdrawn:
            problem = f"should have moved {withdrawn}, and has moved {taken}"
        elif moved and fees != facts.get("fee", 0):
            problem = f"cost {fees}, its network asks for {facts.get('fee', 0)}"
        yield f"{dispute['id']}: {problem}" if problem else None
