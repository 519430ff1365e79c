"""Kill books: what waits in a database that others work on, and what must hold of it at the end."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from typing import Any

from prorata.engine.doctor import documents
from prorata.engine.due import HANDLERS
from prorata.model.transaction import Book
from prorata.server.assemble import assemble
from prorata.server.settings import Settings
from prorata.simulation.proofs import faults
from prorata.store.books import all_books
from prorata.store.connection import Connection
from prorata.store.database import open_database
from prorata.store.names import table_name
from storms.invariants import RUNNING, Told
from storms.kill_clients import Ledger
from storms.kill_load import what_clients_know

# Beyond this the forms that were told do not fit in memory at once.
MOST_TOLD = 2_500


class Books:
    """A database from outside: others write, this reads.

    lived: whether its customers have a past, and paid in other ways than by one charge each time.
    """

    def __init__(self, url: str, *, lived: bool = False) -> None:
        self.url = url
        self._lived = lived
        self._told_before: set[str] = set()
        self.open()
        # Of the items that were there at first: when their renewal was due.
        self.due: dict[str, int] = {}
        self.counted: dict[str, int] = {}

    def __enter__(self) -> Books:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> None:
        self._database = open_database(self.url, durable=False, pool=2)

    def close(self) -> None:
        self._database.close()

    def query(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        return self._database.read(lambda connection: connection.query(sql, values))

    def remember(self) -> None:
        """Note which renewals are due."""
        for (text,) in self.query("SELECT document FROM doc_subscription WHERE deleted = 0"):
            subscription = json.loads(text)
            # What a schedule plans has periods of other kinds too.
            if subscription["status"] in RUNNING and subscription["schedule"] is None:
                for item in subscription["items"]["data"]:
                    self.due[item["id"]] = item["current_period_end"]
        self._told_before = {id for (id,) in self.query("SELECT id FROM event")}

    def waiting(self, now: int) -> int:
        """Return how many documents are due at a second."""
        return sum(
            self.query(
                f"SELECT COUNT(*) FROM {table_name(kind)} WHERE clock IS NULL AND due_at <= ?",
                (now,),
            )[0][0]
            for kind in HANDLERS
        )

    def undelivered(self, now: int) -> int:
        """Return how many deliveries are due at a second."""
        return self.query("SELECT COUNT(*) FROM delivery WHERE next_attempt_at <= ?", (now,))[0][0]

    def faults(
        self, arrived: Counter[str], heard: Collection[str], now: int, told: Ledger | None = None
    ) -> list[str]:
        """Return all that does not hold, a sentence each. told: what clients were answered."""
        server = assemble(Settings(database=self.url, worker=False, dev=False, now=now))
        try:
            found = faults(server.system)
            found += self._database.read(lambda each: list(self._renewed(each, now)))
            if not self._lived:
                found += self._database.read(
                    lambda each: list(self._charged(each, server.system.gateway))
                )
            found += self._delivered(arrived, heard)
            if told is not None:
                found += self._database.read(lambda each: what_clients_know(each, told))
            if len(self.due) <= MOST_TOLD:
                book = self._database.read(all_books)[0]
                found += _told(server.system, book)
            return found
        finally:
            server.close()

    def _renewed(self, connection: Connection, now: int) -> Iterator[str]:
        """Yield each item that does not have one invoice for each of its periods that began."""
        bills: dict[str, set[tuple[int, int, str]]] = defaultdict(set)
        for _, invoice in documents(connection, "invoice"):
            if invoice["billing_reason"] != "subscription_cycle":
                continue
            for line in invoice["lines"]["data"]:
                details = line["parent"]["subscription_item_details"]
                if details and not details["proration"]:
                    span = line["period"]["start"], line["period"]["end"], invoice["id"]
                    bills[details["subscription_item"]].add(span)
        invoices: set[str] = set()
        for _, subscription in documents(connection, "subscription"):
            if subscription["status"] not in RUNNING:
                continue
            for item in subscription["items"]["data"]:
                id = item["id"]
                if id not in self.due:
                    continue
                moment = self.due[id]
                made = sorted(each for each in bills[id] if each[0] >= moment)
                for start, end, invoice_id in made:
                    if start != moment:
                        yield f"{id}: {invoice_id} is for {start} to {end}, not from {moment}"
                    moment = end
                    invoices.add(invoice_id)
                if moment <= now or moment != item["current_period_end"]:
                    ends = item["current_period_end"]
                    yield f"{id}: {len(made)} invoices, up to {moment}; its period ends at {ends}"
        self.counted["renewals, each with its one invoice"] = len(invoices)

    def _charged(self, connection: Connection, gateway: Any) -> Iterator[str]:
        """Yield each paid invoice without its one charge in the gateway's books, and the rest."""
        intents = {
            each["id"]: each["payment_intent"]
            for _, each in documents(connection, "payment_attempt")
        }
        taken: dict[str, list[int]] = defaultdict(list)
        for order in gateway.books.charges():
            taken[intents.get(order.key) or order.key].append(order.captured)
        paid: Counter[str] = Counter()
        invoices: dict[str, set[str]] = defaultdict(set)
        for _, each in documents(connection, "invoice_payment"):
            intent = each["payment"].get("payment_intent")
            if each["status"] == "paid" and intent:
                paid[intent] += each["amount_paid"]
                invoices[each["invoice"]].add(intent)
        total = 0
        for _, invoice in documents(connection, "invoice", "deleted = 0 AND status = 'paid'"):
            if not invoice["amount_paid"]:
                continue
            total += 1
            mine = [sum for intent in invoices[invoice["id"]] for sum in taken[intent]]
            if mine != [invoice["amount_paid"]]:
                yield f"{invoice['id']}: {invoice['amount_paid']} paid, charged {mine}"
        # What clients buy without an invoice.
        bought = {
            each["id"]: [each["amount_received"]]
            for _, each in documents(connection, "payment_intent") if "op" in each["metadata"]
        }  # fmt: skip
        for intent, amounts in taken.items():
            if intent not in paid and amounts != bought.get(intent):
                yield f"{intent}: the gateway took {amounts}, and nothing was paid by it"
        self.counted["paid invoices, each with its one charge at the gateway"] = total

    def _delivered(self, arrived: Counter[str], heard: Collection[str]) -> Iterator[str]:
        marks = ", ".join("?" * len(heard))
        told = {
            id for (id,) in self.query(f"SELECT id FROM event WHERE type IN ({marks})",
                                       tuple(heard))
        } - self._told_before  # fmt: skip
        missing = told - arrived.keys()
        yield from (f"{id}: never arrived" for id in sorted(missing))
        yield from (f"{id}: arrived, and is not told" for id in sorted(arrived.keys() - told))
        rows = self.query("SELECT event FROM delivery WHERE delivered_at IS NULL")
        yield from (f"{id}: is not delivered" for (id,) in rows)
        self.counted["events"] = self.query("SELECT COUNT(*) FROM event")[0][0]
        self.counted["of them for the endpoint, all arrived"] = len(told)
        again = sum(count > 1 for count in arrived.values())
        self.counted["of these more than once"] = again


def _told(system: Any, book: Book) -> list[str]:
    return list(Told(system).hear(book))
