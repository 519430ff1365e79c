"""Test clocks: made, moved forward by any distance, and deleted with all that hangs on them."""

from prorata.engine.clock_deletion import delete_clock, is_asked_about
from prorata.model.errors import InvalidRequest, LockTimeout, NotSupported
from prorata.model.operation import Deleted, operation
from prorata.model.params import given, value_or
from prorata.resources.billing.test_clock import (
    Deletion,
    TestClock,
    TestClockAdvance,
    TestClockAdvancing,
    TestClockCreate,
    TestClockStatusDetails,
)
from prorata.resources.reporting.accounting_period import AccountingPeriod
from prorata.rules.calendar import DAY_SECONDS
from prorata.store.unit_of_work import UnitOfWork

# Real seconds after which a worker goes on with a deletion that somebody has died over.
GO_ON_AFTER = 30
LIFETIME_SECONDS = 30 * DAY_SECONDS
# Seconds with ten digits at the most: year 2286.
LATEST = 9_999_999_999


@operation("POST /v1/test_helpers/test_clocks")
def create(tx: UnitOfWork, params: TestClockCreate) -> TestClock:
    """Make a test clock at a time of its own, past or future."""
    if tx.book.livemode:
        raise InvalidRequest("Test clocks exist only in test mode. Use a test mode key.")
    if given(params.customer):
        raise NotSupported(
            "Customers are on a test clock from the beginning or never: create one with"
            " `test_clock`.",
            param="customer",
        )
    _check(params.frozen_time)
    tx.now = params.frozen_time
    return tx.add(
        TestClock(
            id=tx.new_id(TestClock),
            created=params.frozen_time,
            deletes_after=params.frozen_time + LIFETIME_SECONDS,
            frozen_time=params.frozen_time,
            livemode=False,
            name=value_or(params.name, None),
        )
    )


@operation("POST /v1/test_helpers/test_clocks/{id}/advance")
def advance(tx: UnitOfWork, clock: TestClock, params: TestClockAdvance) -> TestClock:
    """Begin to move a clock forward; it is `ready` again once all up to there is done."""
    _check(params.frozen_time)
    if params.frozen_time <= clock.frozen_time:
        raise InvalidRequest(
            "A test clock can only be advanced to a time after its current frozen time"
            f" ({clock.frozen_time}).",
            param="frozen_time",
        )
    clock.status = "advancing"
    clock.status_details = TestClockStatusDetails(
        advancing=TestClockAdvancing(target_frozen_time=params.frozen_time)
    )
    tx.emit("test_helpers.test_clock.advancing", clock)
    tx.results["due"] = True
    return clock


@operation("DELETE /v1/test_helpers/test_clocks/{id}")
def delete(tx: UnitOfWork, clock: TestClock) -> Deleted:
    """Delete a clock and every document that hangs on it, without telling of each.

    Nothing that happened on it is left in the books. It is done once this is committed, in several
    transactions: one would keep everybody waiting. Raises LockTimeout while a gateway is being
    asked about any of them: what it answers would have nowhere to be written.
    """
    if is_asked_about(tx, clock.id):
        raise LockTimeout()
    # What they came to would not be what is left while the rest is being deleted.
    for month in tx.select(AccountingPeriod, clock=clock.id):
        tx.delete(month)
        tx.quiet(month)
    clock.private.deletion = Deletion(go_on_at=tx.real_now + GO_ON_AFTER, request=tx.request)
    book, id = tx.book, clock.id
    tx.results.setdefault("after", []).append(lambda system: delete_clock(system, book, id))
    return Deleted("test_helpers.test_clock", clock.id)


def _check(second: int) -> None:
    if not 0 < second <= LATEST:
        raise InvalidRequest(
            "Invalid timestamp: must be a number of seconds since 1970.", param="frozen_time"
        )
