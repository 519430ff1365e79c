"""Deeds: what a customer does on a page is committed, then paid for, as a request of the API is."""

from collections.abc import Callable
from typing import TypeVar

from prorata.engine.payments.settle import settle
from prorata.engine.runtime import System
from prorata.model.errors import APIError
from prorata.model.transaction import Book, RequestInfo
from prorata.store.unit_of_work import UnitOfWork

T = TypeVar("T")


def carry_out(system: System, book: Book, work: Callable[[UnitOfWork], T]) -> T:
    """Run a unit of work, settle what it left to pay, and return its result.

    Raises the payment's APIError where its caller promised to; the effect stays committed.
    """
    request = RequestInfo(system.ids.new("req", system.clock.now()))
    done = system.write(book, work, request=request)
    failure: APIError | None = None
    for settled in settle(system, book, done.attempts):
        failure = failure or settled.error
    for after in done.uow.results.get("after", ()):
        failure = after(system) or failure
    if failure is not None:
        raise failure
    result: T = done.result
    return result
