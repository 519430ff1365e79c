"""Credit proof: shows that no billing credit is made, used or lost but by a transaction."""

from collections.abc import Iterable, Iterator
from typing import Any

from prorata.engine.doctor import check, documents, pages, with_facts
from prorata.engine.runtime import System
from prorata.rules.accounts import PREPAID_CREDITS
from prorata.store.connection import Connection

Form = dict[str, Any]


@check("What is left of every credit grant is what its transactions make, and never below zero")
def grants_match(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every grant: granted and given back, less applied, expired and voided, is left."""
    made: dict[tuple[int, str], int] = {}
    paid: dict[tuple[int, str], bool] = {}
    for book, page in pages(connection, "billing.credit_balance_transaction"):
        posted = _posted(connection, book, page)
        for id, transaction in page.items():
            key = (book, transaction["credit_grant"])
            made[key] = made.get(key, 0) + _change(transaction)
            if (transaction["credit"] or {}).get("type") == "credits_granted":
                paid[key] = id in posted
    left = _left(connection)
    for book, grant in documents(connection, "billing.credit_grant"):
        id, value = grant["id"], grant["amount"]["monetary"]["value"]
        found, expected = left.get((book, id), 0), made.pop((book, id), 0)
        if not 0 <= found <= value:
            yield f"{id}: {found} of {value} is left"
        elif found != expected:
            yield f"{id}: {found} is left, its transactions make {expected}"
        elif (grant["category"] == "paid") != paid.get((book, id)):
            yield f"{id}: is {grant['category']}, and the ledger has it otherwise"
        elif grant["voided_at"] is not None and found:
            yield f"{id}: is voided, and {found} is left"
        else:
            yield None
    yield from (
        f"{id}: its transactions make {sum}, and there is no grant" for (_, id), sum in made.items()
    )


@check("What credits paid of every invoice is what the grants' transactions say")
def uses_match(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every use of credits: the invoice's line names it, with its amount, and once."""
    used: dict[tuple[int, str], Form] = {}
    given_back: dict[tuple[int, str, str], int] = {}
    for book, transaction in documents(connection, "billing.credit_balance_transaction"):
        debit, credit = transaction["debit"] or {}, transaction["credit"] or {}
        if debit.get("credits_applied"):
            used[book, transaction["id"]] = transaction
        elif where := credit.get("credits_application_invoice_voided"):
            key = (book, where["invoice_line_item"], transaction["credit_grant"])
            given_back[key] = given_back.get(key, 0) + _change(transaction)
    for book, invoice in documents(connection, "invoice"):
        for line in invoice["lines"]["data"]:
            for each in line["pretax_credit_amounts"] or ():
                if each["type"] == "credit_balance_transaction":
                    yield _use_problem(book, invoice, line, each, used, given_back)
    yield from (f"{id}: no invoice names this use of credits" for _, id in used)
    yield from (
        f"{line}: {sum} was given back of it twice" for (_, line, _), sum in given_back.items()
    )


def _use_problem(
    book: int,
    invoice: Form,
    line: Form,
    shown: Form,
    used: dict[tuple[int, str], Form],
    given_back: dict[tuple[int, str, str], int],
) -> str | None:
    id, named = invoice["id"], shown["credit_balance_transaction"]
    if invoice["status_transitions"]["finalized_at"] is None:
        # An estimate: of a draft, or of what was given up as one.
        return None if named is None else f"{id}: was never finalized, and has used {named}"
    transaction = used.pop((book, named), None)
    if transaction is None:
        return f"{id}: names {named}, which is no use of credits"
    where = transaction["debit"]["credits_applied"]
    if (where["invoice"], where["invoice_line_item"]) != (id, line["id"]):
        return f"{id}: names {named}, which is of {where['invoice']}"
    if -_change(transaction) != shown["amount"]:
        return f"{id}: says that {named} paid {shown['amount']}, it paid {-_change(transaction)}"
    back = given_back.pop((book, line["id"], transaction["credit_grant"]), 0)
    if back != (shown["amount"] if invoice["status"] == "void" else 0):
        return f"{id}: is {invoice['status']}, and {back} of {shown['amount']} was given back"
    return None


@check("Prepaid credits in the ledger are what is left of paid credit grants")
def prepaid_match(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield what each customer has paid for and not used: the ledger's figure and the grants'."""
    rows = connection.query(
        "SELECT book, currency, customer, SUM(amount) FROM ledger WHERE account = ?"
        " GROUP BY book, currency, customer",
        (PREPAID_CREDITS,),
    )
    owed = {(book, customer, currency): -int(total) for book, currency, customer, total in rows}
    left, expected = _left(connection), dict[tuple[int, str, str], int]()
    for book, grant in documents(connection, "billing.credit_grant"):
        if grant["category"] == "paid":
            key = (book, grant["customer"], grant["amount"]["monetary"]["currency"])
            expected[key] = expected.get(key, 0) + left.get((book, grant["id"]), 0)
    for key in sorted(owed.keys() | expected.keys()):
        found, wanted = owed.get(key, 0), expected.get(key, 0)
        problem = f"{key[1]}: has {wanted} {key[2]} of paid credits left, the ledger says {found}"
        yield None if found == wanted else problem


def _left(connection: Connection) -> dict[tuple[int, str], int]:
    """Return what is left of every grant, in minor units."""
    return {
        (book, grant["id"]): private.get("left", 0)
        for book, grant, private in with_facts(connection, "billing.credit_grant")
    }


def _posted(connection: Connection, book: int, ids: Iterable[str]) -> set[str]:
    """Return which of these documents have posted anything."""
    among, value = connection.any_of("object_id", ids)
    rows = connection.query(
        f"SELECT DISTINCT object_id FROM ledger WHERE book = ? AND {among}", (book, value)
    )
    return {id for (id,) in rows}


def _change(transaction: Form) -> int:
    """Return what a transaction adds to its grant, or takes from it (negative); minor units."""
    amount: int = (transaction["credit"] or transaction["debit"])["amount"]["monetary"]["value"]
    return amount if transaction["type"] == "credit" else -amount
