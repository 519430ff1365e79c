"""Proofs: the portal is configured once by default, and its sessions belong to somebody."""

from collections import Counter
from collections.abc import Iterator

from prorata.engine.doctor import check, documents
from prorata.engine.runtime import System
from prorata.store.connection import Connection


@check("Every account has one default configuration of the portal at most, and it is active")
def defaults_are_single(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every default configuration."""
    counted: Counter[int] = Counter()
    for book, configuration in documents(connection, "billing_portal.configuration"):
        if configuration["is_default"]:
            counted[book] += 1
            problem = None
            if counted[book] > 1:
                problem = "is the second default one"
            elif not configuration["active"]:
                problem = "is the default one, and inactive"
            yield f"{configuration['id']}: {problem}" if problem else None


@check("Every session of the portal has a configuration, and its flow is of its customer")
def sessions_belong(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every session: what it names is there, and is its own customer's."""
    configurations = {
        (book, each["id"]) for book, each in documents(connection, "billing_portal.configuration")
    }
    owners = {
        (book, each["id"]): each["customer"] for book, each in documents(connection, "subscription")
    }
    for book, session in documents(connection, "billing_portal.session"):
        problem = None
        if (book, session["configuration"]) not in configurations:
            problem = f"the configuration {session['configuration']} is gone"
        flow = session["flow"] or {}
        about = (flow.get(flow.get("type", "")) or {}).get("subscription")
        if about is not None and owners.get((book, about)) not in (None, session["customer"]):
            problem = f"{about} is another customer's"
        yield f"{session['id']}: {problem}" if problem else None
