"""Mortality: a process that dies between any two statements, and what it leaves behind.

Each statement to the database, each commit and each call of the gateway is a moment at which fate
may strike. Then the statement is not made, everything under way comes to nothing, and whoever
lives on has only what was committed.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from concurrent.futures import Future
from random import Random
from typing import Any, TypeVar

from prorata.store.connection import Connection, Proof
from prorata.store.database import Database

T = TypeVar("T")


class Crash(BaseException):
    """The process has died; nobody inside it may catch this."""


class Fate:
    """Decides when a process dies: after a number of moments that is drawn anew for each life."""

    def __init__(self, source: Random, mean: float) -> None:
        self._source = source
        self._mean = mean
        self._left = 0
        self.dead = False
        self.suspended = False
        self.deaths = 0
        self.moments = 0
        # Where each death came, such as "insert event" or "after charge".
        self.places: dict[str, int] = {}
        self.revive()

    def revive(self) -> None:
        """Begin a new life."""
        self.dead = False
        self._left = 1 + int(self._source.expovariate(1 / self._mean)) if self._mean else 0

    def strike_in(self, moments: int) -> None:
        """Let this life end after so many moments, whatever was drawn."""
        self._left = moments

    def moment(self, place: str) -> None:
        """Live through a moment; raise Crash when it is the last one, and ever after."""
        if self.dead:
            raise Crash(place)
        if self.suspended or not self._left:
            return
        self.moments += 1
        self._left -= 1
        if not self._left:
            self.dead = True
            self.deaths += 1
            self.places[place] = self.places.get(place, 0) + 1
            raise Crash(place)


class MortalConnection:
    """A connection whose every statement is a moment."""

    def __init__(self, inner: Connection, fate: Fate) -> None:
        self.dialect = inner.dialect
        self._inner = inner
        self._fate = fate

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        self._fate.moment("a query")
        return self._inner.query(sql, parameters)

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        self._fate.moment("a statement")
        self._inner.run(sql, parameters)

    def run_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        self._fate.moment("a statement")
        self._inner.run_many(sql, rows)

    def update(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], otherwise: str
    ) -> None:
        self._fate.moment("an update")
        self._inner.update(table, columns, rows, otherwise)

    def check(self) -> None:
        self._fate.moment("the last look")
        self._inner.check()

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        self._fate.moment(f"an insert into {table}")
        self._inner.insert(table, columns, rows)

    @property
    def proof(self) -> Proof | None:
        return self._inner.proof

    @proof.setter
    def proof(self, proof: Proof | None) -> None:
        self._inner.proof = proof

    def keep_others_out(self) -> None:
        self._inner.keep_others_out()

    def mark(self) -> Any:
        return self._inner.mark()

    def any_of(self, column: str, values: Iterable[Any]) -> tuple[str, Any]:
        return self._inner.any_of(column, values)

    def numbers(
        self, names: Sequence[str], rows: Sequence[Sequence[int]]
    ) -> tuple[str, Sequence[Any]]:
        return self._inner.numbers(names, rows)


class MortalDatabase:
    """A database whose units run one after another in their caller's thread, and may die."""

    def __init__(self, inner: Database, fate: Fate) -> None:
        self.dialect = inner.dialect
        self.url = inner.url
        self.lanes = 1
        self._inner = inner
        self._fate = fate

    def read(self, work: Callable[[Connection], T], *, one_query: bool = False) -> T:
        return self._inner.read(
            lambda each: work(MortalConnection(each, self._fate)), one_query=one_query
        )

    def submit(
        self, work: Callable[[Connection], T], *, lane: Hashable = None
    ) -> "Future[T]":
        future: Future[T] = Future()
        try:
            future.set_result(self.write(work))
        except Exception as error:
            future.set_exception(error)
        return future

    def write(self, work: Callable[[Connection], T], *, beside: bool = False) -> T:
        def run(connection: Connection) -> T:
            result = work(MortalConnection(connection, self._fate))
            self._fate.moment("before a commit")
            return result

        result = self._inner.write(run, beside=beside)
        self._fate.moment("after a commit")
        return result

    def close(self) -> None:
        self._inner.close()


class MortalGateway:
    """A gateway that a process may die before asking, or before hearing the answer of."""

    def __init__(self, inner: Any, fate: Fate) -> None:
        self._inner = inner
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found):
            return found

        def asked(*arguments: Any, **named: Any) -> Any:
            self._fate.moment(f"before {name}")
            answer = found(*arguments, **named)
            self._fate.moment(f"after {name}")
            return answer

        return asked
