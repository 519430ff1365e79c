"""Sandbox books: every order, refund and dispute the sandbox's network ever took, by its key.

The books are the proof that nobody is charged twice: a key has one row for ever, whoever asks for
it and how often, and `asked` counts how often. Amounts are minor units, times seconds UTC.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..orders import ChargeOrder, RefundOrder, SetupOrder
from ..outcomes import Declined, DisputeFact, Outcome, RefundOutcome, Succeeded
from ..protocol import GatewayError, KeyReused
from .connections import Database, Row, connect
from .verdicts import REFERENCE_PREFIX, Verdict, reference_of

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS sandbox_orders (
        key TEXT PRIMARY KEY, kind TEXT NOT NULL, request TEXT NOT NULL, outcome TEXT NOT NULL,
        later TEXT, captured BIGINT NOT NULL, refunded BIGINT NOT NULL DEFAULT 0,
        asked BIGINT NOT NULL DEFAULT 1)""",
    """CREATE TABLE IF NOT EXISTS sandbox_refunds (
        key TEXT PRIMARY KEY, charge_key TEXT NOT NULL, amount BIGINT NOT NULL,
        outcome TEXT NOT NULL, asked BIGINT NOT NULL DEFAULT 1)""",
    """CREATE TABLE IF NOT EXISTS sandbox_disputes (
        reference TEXT PRIMARY KEY, charge_key TEXT NOT NULL, fact TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS sandbox_steps (
        key TEXT PRIMARY KEY, charge_key TEXT NOT NULL, outcome TEXT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS sandbox_refunds_charge ON sandbox_refunds (charge_key)",
    "CREATE INDEX IF NOT EXISTS sandbox_disputes_charge ON sandbox_disputes (charge_key)",
)

_COLUMNS = "key, kind, request, outcome, later, captured, refunded, asked"
_ADD_ORDER = f"""INSERT INTO sandbox_orders (key, kind, request, outcome, later, captured)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET asked = sandbox_orders.asked + 1 RETURNING {_COLUMNS}"""
_READ_OUTCOME = "SELECT outcome FROM sandbox_orders WHERE key = ?"
_READ_REFUND = "SELECT outcome FROM sandbox_refunds WHERE key = ?"
_MOVE_ORDER = """UPDATE sandbox_orders SET outcome = ?, later = ?, captured = ?
    WHERE key = ? AND outcome = ? RETURNING key"""
_ADD_STEP = """INSERT INTO sandbox_steps (key, charge_key, outcome) VALUES (?, ?, ?)
    ON CONFLICT (key) DO NOTHING RETURNING key"""
_CHANGE_ORDER = "UPDATE sandbox_orders SET request = ?, outcome = ?, captured = ? WHERE key = ?"
_ADD_REFUND = """INSERT INTO sandbox_refunds (key, charge_key, amount, outcome) VALUES (?, ?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET asked = sandbox_refunds.asked + 1
    RETURNING charge_key, amount, outcome, asked"""
_ADD_DISPUTE = """INSERT INTO sandbox_disputes (reference, charge_key, fact) VALUES (?, ?, ?)
    ON CONFLICT (reference) DO NOTHING"""

_encode = msgspec.json.Encoder().encode
_read_outcome = msgspec.json.Decoder(Outcome).decode
_read_then = msgspec.json.Decoder(Succeeded | Declined).decode
_read_charge = msgspec.json.Decoder(ChargeOrder).decode
_read_setup = msgspec.json.Decoder(SetupOrder).decode
_read_refund = msgspec.json.Decoder(RefundOutcome).decode
_read_dispute = msgspec.json.Decoder(DisputeFact).decode


class BookedOrder(Struct, frozen=True):
    """A row of the books: what was asked, what it has come to, and how often it was asked for.

    `captured` is the money taken and `refunded` the part of it given back, in minor units.
    """

    key: str
    kind: Literal["charge", "setup"]
    request: ChargeOrder | SetupOrder
    outcome: Outcome
    then: Succeeded | Declined | None
    captured: int
    refunded: int
    asked: int


def _text(value: object) -> str:
    return _encode(value).decode()


def _booked(row: Row) -> BookedOrder:
    key, kind, request, outcome, later, captured, refunded, asked = row
    read = _read_charge if kind == "charge" else _read_setup
    then = _read_then(later) if later is not None else None
    return BookedOrder(
        key, kind, read(request), _read_outcome(outcome), then, captured, refunded, asked
    )


def _captured(outcome: Outcome) -> int:
    return outcome.captured if isinstance(outcome, Succeeded) else 0


def _same_money(first: ChargeOrder | SetupOrder, second: ChargeOrder | SetupOrder) -> bool:
    if isinstance(first, ChargeOrder) and isinstance(second, ChargeOrder):
        return (first.amount, first.currency, first.method, first.capture) == (
            second.amount,
            second.currency,
            second.method,
            second.capture,
        )
    return type(first) is type(second) and first.method == second.method


class SandboxBooks:
    """The books in SQLite or PostgreSQL, apart from the main store; see connections.connect."""

    def __init__(self, url: str = "sqlite://") -> None:
        self._database: Database = connect(url, SCHEMA)

    def close(self) -> None:
        self._database.close()

    def names(self, reference: str) -> bool:
        """Return whether a reference is one of the sandbox's."""
        return reference.startswith(REFERENCE_PREFIX)

    def add(
        self,
        order: ChargeOrder | SetupOrder,
        verdict: Verdict,
        disputes: Sequence[DisputeFact] = (),
    ) -> Outcome:
        """Book an order, or return what the books already say for its key. Raises KeyReused."""
        values = _order_values(order, verdict)
        if not disputes:
            return _answer(order, verdict, self._database.run(_ADD_ORDER, values)[0])
        with self._database.transaction() as statements:
            row = statements.run(_ADD_ORDER, values)[0]
            if row[-1] == 1:
                _add_disputes(statements.run, order.key, disputes)
        return _answer(order, verdict, row)

    def add_many(
        self, pairs: Sequence[tuple[ChargeOrder, Verdict]]
    ) -> list[Outcome | GatewayError]:
        """Book orders without disputes in one commit; a KeyReused stands in its order's place."""
        # In the order of their keys, so that two processes with the same keys cannot deadlock.
        places = sorted(range(len(pairs)), key=lambda place: pairs[place][0].key)
        values = [_order_values(*pairs[place]) for place in places]
        answers: dict[int, Outcome | GatewayError] = {}
        results = self._database.run_each(_ADD_ORDER, values)
        for place, rows in zip(places, results, strict=True):
            try:
                answers[place] = _answer(*pairs[place], rows[0])
            except KeyReused as error:
                answers[place] = error
        return [answers[place] for place in range(len(pairs))]

    def find(self, key: str) -> BookedOrder | None:
        """Return the order with a key, or None."""
        rows = self._database.run(f"SELECT {_COLUMNS} FROM sandbox_orders WHERE key = ?", [key])
        return _booked(rows[0]) if rows else None

    def get(self, reference: str) -> BookedOrder:
        """Return the order with a reference. Raises GatewayError if there is none."""
        booked = self.find(reference.removeprefix(REFERENCE_PREFIX))
        if booked is None or not self.names(reference):
            raise GatewayError(f"The sandbox has no order with the reference {reference!r}.")
        return booked

    def move(
        self,
        booked: BookedOrder,
        outcome: Outcome,
        then: Succeeded | Declined | None = None,
        disputes: Sequence[DisputeFact] = (),
    ) -> Outcome:
        """Replace an outcome by the next one; if another caller was first, return theirs."""
        later = None if then is None else _text(then)
        with self._database.transaction() as statements:
            stored = statements.run(_READ_OUTCOME, [booked.key])[0][0]
            present: Outcome = _read_outcome(stored)
            if present != booked.outcome:
                return present
            values = [_text(outcome), later, _captured(outcome), booked.key, stored]
            moved = bool(statements.run(_MOVE_ORDER, values))
            if moved:
                _add_disputes(statements.run, booked.key, disputes)
        return outcome if moved else self.get(reference_of(booked.key)).outcome

    def find_step(self, key: str) -> Outcome | None:
        """Return what a change of a reservation with this key came to, or None."""
        rows = self._database.run("SELECT outcome FROM sandbox_steps WHERE key = ?", [key])
        return _read_outcome(rows[0][0]) if rows else None

    def add_step(self, key: str, booked: BookedOrder, outcome: Outcome, reserved: int) -> Outcome:
        """Book a change of a reservation under its own key; a known key changes nothing.

        reserved: what is held from now on together with what was taken, in minor units.
        """
        assert isinstance(booked.request, ChargeOrder), "only a charge reserves money"
        request = replace(booked.request, amount=reserved)
        standing = outcome if isinstance(outcome, Succeeded) else booked.outcome
        with self._database.transaction() as statements:
            fresh = statements.run(_ADD_STEP, [key, booked.key, _text(outcome)])
            if fresh:
                statements.run(
                    _CHANGE_ORDER,
                    [_text(request), _text(standing), _captured(standing), booked.key],
                )
        return outcome if fresh else self.find_step(key) or outcome

    def add_refund(self, order: RefundOrder, outcome: RefundOutcome) -> RefundOutcome:
        """Book a refund, or return what the books already say for its key.

        Raises KeyReused for another refund under the key, GatewayError above what is left.
        """
        charge_key = order.charge_reference.removeprefix(REFERENCE_PREFIX)
        with self._database.transaction() as statements:
            row = statements.run(
                _ADD_REFUND, [order.key, charge_key, order.amount, _text(outcome)]
            )[0]
            if row[3] > 1:
                if row[:2] != (charge_key, order.amount):
                    raise KeyReused(f"The key {order.key!r} belongs to another refund.")
                return _read_refund(row[2])
            taken = statements.run(
                "UPDATE sandbox_orders SET refunded = refunded + ?"
                " WHERE key = ? AND kind = 'charge' AND refunded + ? <= captured RETURNING key",
                [order.amount, charge_key, order.amount],
            )
            if not taken:
                raise GatewayError(
                    f"{order.charge_reference!r} has not {order.amount} left to refund."
                )
        return outcome

    def find_refund(self, key: str) -> RefundOutcome | None:
        """Return a refund by its key, or None."""
        rows = self._database.run(_READ_REFUND, [key])
        return _read_refund(rows[0][0]) if rows else None

    def move_refund(self, key: str, old: RefundOutcome, new: RefundOutcome) -> RefundOutcome:
        """Replace a refund's state; a refund that fails gives its amount back to the charge."""
        with self._database.transaction() as statements:
            stored = statements.run(_READ_REFUND, [key])[0][0]
            if _read_refund(stored) != old:
                return _read_refund(stored)
            rows = statements.run(
                "UPDATE sandbox_refunds SET outcome = ? WHERE key = ? AND outcome = ?"
                " RETURNING charge_key, amount",
                [_text(new), key, stored],
            )
            if rows and new.status == "failed":
                charge_key, amount = rows[0]
                statements.run(
                    "UPDATE sandbox_orders SET refunded = refunded - ? WHERE key = ?",
                    [amount, charge_key],
                )
        return new if rows else self.find_refund(key) or new

    def disputes_of(self, key: str) -> list[DisputeFact]:
        """Return the disputes of the charge with a key, first opened first."""
        rows = self._database.run(
            "SELECT fact FROM sandbox_disputes WHERE charge_key = ? ORDER BY reference", [key]
        )
        return [_read_dispute(row[0]) for row in rows]

    def find_dispute(self, reference: str) -> DisputeFact:
        """Return a dispute by its reference. Raises GatewayError if there is none."""
        rows = self._database.run(
            "SELECT fact FROM sandbox_disputes WHERE reference = ?", [reference]
        )
        if not rows:
            raise GatewayError(f"The sandbox has no dispute {reference!r}.")
        return _read_dispute(rows[0][0])

    def save_dispute(self, fact: DisputeFact) -> DisputeFact:
        """Replace a dispute."""
        self._database.run(
            "UPDATE sandbox_disputes SET fact = ? WHERE reference = ?",
            [_text(fact), fact.reference],
        )
        return fact

    def orders(self) -> list[BookedOrder]:
        """Return every order ever booked, by key: the raw material of a proof."""
        rows = self._database.run(f"SELECT {_COLUMNS} FROM sandbox_orders ORDER BY key")
        return [_booked(row) for row in rows]

    def charges(self) -> list[BookedOrder]:
        """Return the charges that took money, by key; a payer charged twice appears twice."""
        rows = self._database.run(
            f"SELECT {_COLUMNS} FROM sandbox_orders WHERE kind = 'charge' AND captured > 0"
            " ORDER BY key"
        )
        return [_booked(row) for row in rows]

    def taken(self, key: str) -> int:
        """Return the minor units taken under a key, less refunds; 0 for an unknown key."""
        rows = self._database.run(
            "SELECT captured - refunded FROM sandbox_orders WHERE key = ?", [key]
        )
        return rows[0][0] if rows else 0


def _order_values(order: ChargeOrder | SetupOrder, verdict: Verdict) -> list[object]:
    later = None if verdict.then is None else _text(verdict.then)
    kind = "charge" if isinstance(order, ChargeOrder) else "setup"
    captured = _captured(verdict.outcome)
    return [order.key, kind, _text(order), _text(verdict.outcome), later, captured]


def _answer(order: ChargeOrder | SetupOrder, verdict: Verdict, row: Row) -> Outcome:
    if row[-1] == 1:
        return verdict.outcome
    booked = _booked(row)
    if not _same_money(booked.request, order):
        raise KeyReused(f"The key {order.key!r} belongs to another order.")
    return booked.outcome


def _add_disputes(
    run: Callable[[str, Sequence[object]], object], key: str, disputes: Sequence[DisputeFact]
) -> None:
    for fact in disputes:
        run(_ADD_DISPUTE, [fact.reference, key, _text(fact)])
