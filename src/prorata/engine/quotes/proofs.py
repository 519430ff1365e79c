"""Quote proofs: accepted quotes have what they made, and every quote adds up, for the doctor."""

from collections.abc import Iterator
from typing import Any

from prorata.engine.doctor import check, documents, with_facts
from prorata.engine.runtime import System
from prorata.store.connection import Connection

Form = dict[str, Any]
MADE = ("invoice", "subscription", "subscription_schedule")
# Customers, and drafts, may be deleted afterwards.
EVEN_DELETED = "deleted >= 0"


@check("Every accepted quote has made what it offered, and no other quote anything")
def quotes_have_made(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every quote: it names one thing that it made, of its customer, once it is accepted."""
    owners = {
        kind: {
            (book, form["id"]): form["customer"]
            for book, form in documents(connection, kind, EVEN_DELETED)
        }
        for kind in MADE
    }
    made: set[tuple[int, str]] = set()
    for book, quote in documents(connection, "quote"):
        named = [(kind, quote[kind]) for kind in MADE if quote[kind] is not None]
        problem = None
        if len(named) != (quote["status"] == "accepted"):
            problem = f"is {quote['status']}, and has made {named or 'nothing'}"
        for kind, id in named:
            owner = owners[kind].get((book, id))
            if owner != quote["customer"]:
                problem = f"made {id}, which belongs to {owner}, not to {quote['customer']}"
            elif (book, id) in made:
                problem = f"made {id}, which another quote has made, too"
            made.add((book, id))
        yield f"{quote['id']}: {problem}" if problem else None


@check("Every quote adds up, and has the number and the moments of its status")
def quotes_add_up(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every quote: its items make its sums, and its sums its totals; minor units."""
    for _, quote, private in with_facts(connection, "quote"):
        problem = _unsound(quote) or _odd(quote, private)
        yield f"{quote['id']}: {problem}" if problem else None


def _unsound(quote: Form) -> str | None:
    """Return what does not fit a quote's status, if anything."""
    status, moments = quote["status"], quote["status_transitions"]
    finalized = moments["finalized_at"] is not None
    if finalized != (quote["number"] is not None):
        return f"was finalized at {moments['finalized_at']}, its number is {quote['number']}"
    if finalized != (status in ("open", "accepted")) and status != "canceled":
        return f"is {status}, and was finalized at {moments['finalized_at']}"
    for name in ("accepted", "canceled"):
        if (moments[f"{name}_at"] is not None) != (status == name):
            return f"is {status}, and was {name} at {moments[f'{name}_at']}"
    return None


def _odd(quote: Form, private: Form) -> str | None:
    """Return which of a quote's sums is not what it should be, if any."""
    items, empty = private.get("items", []), {"subtotal": 0, "total": 0}
    for name, part in (("sums", "sums"), ("upfront", "upfront")):
        whole = private.get(name) or empty
        for sum_name in ("subtotal", "total"):
            parts = sum(_of(item.get(part), sum_name) for item in items)
            if parts != _of(whole, sum_name):
                return f"{sum_name} of {name} is {_of(whole, sum_name)}, its items make {parts}"
    shown = {
        "sums": (quote["amount_subtotal"], quote["amount_total"], quote["total_details"]),
        "upfront": _computed(quote["computed"]["upfront"]),
        "recurring": _computed(quote["computed"]["recurring"]),
    }
    for name, (subtotal, total, details) in shown.items():
        kept = private.get(name) or {}
        found = subtotal - details["amount_discount"] + _of(kept, "exclusive")
        if total != found or total != _of(kept, "total"):
            return f"{name}: the total is {total}, its parts make {found}"
    return None


def _computed(part: Form | None) -> tuple[int, int, Form]:
    if part is None:
        return 0, 0, {"amount_discount": 0}
    return part["amount_subtotal"], part["amount_total"], part["total_details"]


def _of(sums: Form | None, name: str) -> int:
    return int((sums or {}).get(name, 0))
