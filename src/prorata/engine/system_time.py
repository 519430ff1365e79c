"""System time: in development, the time of the whole server, frozen and moved by command."""

from datetime import UTC, datetime

from prorata.engine.advance import Progress, run_due
from prorata.engine.payments.settle import asked_about, settle
from prorata.engine.runtime import System
from prorata.model.errors import APIError, InvalidRequest
from prorata.store.books import all_books
from prorata.store.deliveries import bring_forward
from prorata.store.unit_of_work import UnitOfWork


def advance_time(system: System, target: int) -> Progress:
    """Move the system's time to a second, living through everything due, and leave it frozen.

    Payments over which a process has died come first, at their own second. The time moves along
    with what is attended to. Raises InvalidRequest for an earlier second,
    APIError (503) where the process is to end first.
    """
    with system.due_work:
        now = system.clock.now()
        if target < now:
            raise InvalidRequest(
                f"Time only moves forward: it is {_shown(now)} now, and {_shown(target)} lies"
                " before that.",
                param="to",
            )
        system.clock.move_to(now)
        for book in system.database.read(all_books):
            settle(system, book, system.read(book, _left_over), noting=True)
        progress = run_due(system, target, virtual=True, on_batch=lambda _: _go_on(system))
        system.clock.move_to(target)
    wake(system)
    return progress


def _left_over(uow: UnitOfWork) -> list[str]:
    return asked_about(uow, None)


def _go_on(system: System) -> None:
    if system.ending:
        raise APIError(
            f"The server is ending, and time has come to {_shown(system.clock.now())}: go on from"
            " there when it runs again.",
            status=503,
        )


def freeze_time(system: System, at: int | None = None) -> None:
    """Stop the system's time, at any second: by default at the present one."""
    with system.due_work:
        second = system.clock.now() if at is None else at
        system.clock.move_to(second)
        system.database.write(lambda connection: bring_forward(connection, second))
    wake(system)


def release_time(system: System) -> None:
    """Let the system's time be the real one again."""
    with system.due_work:
        system.clock.release()
        second = system.clock.now()
        system.database.write(lambda connection: bring_forward(connection, second))
    wake(system)


def _shown(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def wake(system: System) -> None:
    """Have everything that waits look at its time again."""
    for each in (*system.on_deliveries, *system.on_due):
        each()
