"""Run: the years of a simulated company, month by month, with the proofs after each."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import prorata.simulation.checkout_deeds
import prorata.simulation.credit_deeds
import prorata.simulation.deeds
import prorata.simulation.entitlement_deeds
import prorata.simulation.entitlement_proofs
import prorata.simulation.listening_deeds
import prorata.simulation.money_deeds
import prorata.simulation.outside_deeds
import prorata.simulation.pricing_deeds
import prorata.simulation.quote_deeds
import prorata.simulation.recovery_deeds
import prorata.simulation.report_deeds
import prorata.simulation.tax_deeds
import prorata.simulation.usage_deeds  # noqa: F401
from prorata.engine.doctor import documents
from prorata.engine.runtime import System
from prorata.rules.calendar import add_intervals
from prorata.simulation.proofs import faults
from prorata.simulation.shop import Broken, Shop, Troubles
from prorata.simulation.townsfolk import Townsfolk
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.store.tables import schema

BEGINS = 1_769_851_800  # 2026-01-31 09:30 UTC: months of all lengths lie ahead.
HOUR = 3_600
# Deeds of one customer in a month, on average, in tenths; and what a shop does besides.
DEEDS_TENTHS = 12
LEAST_DEEDS = 12
# Between two deeds time goes on with this chance, in percent.
TIME_PERCENT = 60
DOWN_PERCENT = 12
MOST_HOURS_TO_SETTLE = 48
NAMED_KINDS = (
    "customer", "quote", "subscription", "invoiceitem", "invoice", "payment_intent", "refund",
    "credit_note", "customer_balance_transaction", "billing.credit_grant",
    "entitlements.feature",
)  # fmt: skip


@dataclass(slots=True)
class Month:
    """What a month came to: money in by currency (minor units), and what has happened so far."""

    number: int
    begins: int
    customers: int
    running: int
    taken: dict[str, int]
    deaths: int
    faults: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Outcome:
    """What a whole simulation came to; `digest` is that of everything stored."""

    seed: int
    months: list[Month]
    counted: dict[str, int]
    faults: list[str]
    digest: str
    deaths: dict[str, int]
    moments: int


class Simulation:
    """A company of one seed: how long it lives and how many customers it has at most."""

    def __init__(
        self,
        seed: int,
        *,
        years: float = 1.0,
        customers: int = 25,
        database: str = "sqlite://",
        troubles: Troubles | None = None,
    ) -> None:
        self.seed = seed
        self.months = max(round(years * 12), 1)
        self._source = Random(f"time {seed}")
        self.shop = Shop(database, seed, BEGINS, troubles or Troubles())
        self.folk = Townsfolk(self.shop, seed, customers)

    def run(self, on_month: Callable[[Month], None] | None = None) -> Outcome:
        """Live through all months, or up to the first one whose books do not hold.

        on_month: hears of each when it is over.
        """
        lived: list[Month] = []
        found: list[str] = []
        for number in range(self.months):
            try:
                month = self._live(number)
            except Broken as broken:
                found = [str(broken)]
                break
            lived.append(month)
            if on_month is not None:
                on_month(month)
            if month.faults:
                found = month.faults
                break
        return self.shop.in_peace(lambda: self._outcome(lived, found))

    def close(self) -> None:
        """Close the books."""
        self.shop.close()

    def _live(self, number: int) -> Month:
        """Live through one month; raise Broken for what must never happen."""
        begins = add_intervals(BEGINS, "month", 1, number)
        ends = add_intervals(BEGINS, "month", 1, number + 1)
        deeds = LEAST_DEEDS + len(self.folk.customers) * DEEDS_TENTHS // 10
        if self._source.randrange(100) < DOWN_PERCENT:
            self.shop.gateway.go_down(self.shop.now + self._source.randrange(30) * HOUR)
        for done in range(deeds):
            self.folk.act()
            if self._source.randrange(100) < TIME_PERCENT:
                share = (ends - begins) // deeds
                self.shop.advance(begins + done * share + self._source.randrange(share))
        self.shop.gateway.come_up()
        self.shop.advance(ends)
        self._let_settle()
        return self.shop.in_peace(lambda: self._month(number, begins))

    def _let_settle(self) -> None:
        """Give what the gateway left unanswered its time; raise Broken if that is not enough."""
        for _ in range(MOST_HOURS_TO_SETTLE):
            unanswered = self.shop.in_peace(lambda: self.shop.system.database.read(_unanswered))
            if not unanswered:
                return
            self.shop.advance(self.shop.now + HOUR)
        raise Broken(f"{unanswered[0]} is unanswered {MOST_HOURS_TO_SETTLE} hours later")

    def _month(self, number: int, begins: int) -> Month:
        system = self.shop.system
        running = system.database.read(
            lambda each: each.query(
                f"SELECT COUNT(*) FROM {table_name('subscription')} WHERE deleted = 0"
                " AND status IN ('active', 'trialing', 'past_due')"
            )[0][0]
        )
        taken = system.database.read(lambda each: _taken(each, begins))
        found = faults(system) + system.database.read(self._made_once)
        return Month(
            number, begins, len(self.folk.customers), running, taken, self.shop.fate.deaths, found
        )

    def _made_once(self, connection: Connection) -> list[str]:
        """Return the requests that made something twice, or were answered and made nothing."""
        made: Counter[str] = Counter()
        there: Counter[str] = Counter()
        for kind in NAMED_KINDS:
            rows = connection.query(f"SELECT document, deleted FROM {table_name(kind)}")
            for text, deleted in rows:
                op = (json.loads(text).get("metadata") or {}).get("op")
                made.update([op] if op else [])
                # What promised to leave nothing behind was taken back, and may be asked for again.
                there.update([op] if op and not deleted else [])
        twice = [f"{op}: was done {count} times" for op, count in there.items() if count > 1]
        never = [f"{op}: was answered and never done" for op in self.folk.made if not made[op]]
        return twice + never

    def _outcome(self, lived: list[Month], found: list[str]) -> Outcome:
        system, shop = self.shop.system, self.shop
        counted = system.database.read(_counts)
        counted |= {
            "requests": shop.requests,
            "repeated requests": shop.repeats,
            "refused requests": shop.refusals,
            "gateway faults": len(shop.gateway.log),
            "deaths": shop.fate.deaths,
        }
        return Outcome(
            self.seed, lived, counted, found, digest(system), dict(shop.fate.places),
            shop.fate.moments,
        )  # fmt: skip


def _unanswered(connection: Connection) -> list[str]:
    """Return the attempts whose outcome nobody knows."""
    rows = connection.query(
        f"SELECT id FROM {table_name('payment_attempt')} WHERE due_at IS NOT NULL"
        " AND state IN ('pending', 'unknown')"
    )
    return [id for (id,) in rows]


def _taken(connection: Connection, since: int) -> dict[str, int]:
    """Return what charges took since a second, by currency."""
    taken: Counter[str] = Counter()
    for _, charge in documents(connection, "charge", f"created >= {int(since)}"):
        if charge["status"] == "succeeded":
            taken[charge["currency"]] += charge["amount_captured"]
    return dict(taken)


def _counts(connection: Connection) -> dict[str, int]:
    kinds = {
        "customers": "customer", "subscriptions": "subscription", "invoices": "invoice",
        "charges": "charge", "refunds": "refund", "credit notes": "credit_note",
        "disputes": "dispute", "schedules": "subscription_schedule",
    }  # fmt: skip
    found = {
        name: int(connection.query(f"SELECT COUNT(*) FROM {table_name(kind)}")[0][0])
        for name, kind in kinds.items()
    }
    paid = f"SELECT COUNT(*) FROM {table_name('invoice')} WHERE status = 'paid'"
    found["paid invoices"] = int(connection.query(paid)[0][0])
    for name in ("event", "ledger"):
        found[f"{name} rows"] = int(connection.query(f"SELECT COUNT(*) FROM {name}")[0][0])
    return found


def digest(system: System) -> str:
    """Return a short name of everything stored: the same for the same life lived again."""

    def work(connection: Connection) -> str:
        whole = hashlib.sha256()
        for table in sorted(schema().tables.values(), key=lambda each: each.name):
            names = ", ".join(f'"{each.name}"' for each in table.columns)
            order = ", ".join(f'"{each.name}"' for each in table.primary_key)
            rows: list[tuple[Any, ...]] = connection.query(
                f"SELECT {names} FROM {table.name} ORDER BY {order}"
            )
            for row in rows:
                whole.update(repr(row).encode())
        return whole.hexdigest()[:16]

    return system.database.read(work)
