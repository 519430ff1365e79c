"""Test clocks: a time of their own for the customers that hang on them."""

from typing import Literal

import msgspec
from msgspec import Struct

from prorata.model.fields import UNSET, UnsetType
from prorata.model.params import Params
from prorata.model.resource import Resource, resource
from prorata.model.transaction import RequestInfo

STATUSES = Literal["advancing", "internal_failure", "ready"]


class TestClockAdvancing(Struct, kw_only=True):
    target_frozen_time: int


class TestClockStatusDetails(Struct, kw_only=True):
    advancing: TestClockAdvancing | UnsetType = UNSET


class Deletion(Struct, kw_only=True):
    """That all that hangs on a clock is being deleted.

    go_on_at: the real second at which somebody else goes on with it. request: what asked for it.
    """

    go_on_at: int
    request: RequestInfo | None = None


class TestClockPrivate(Struct, kw_only=True):
    """reason: why an advance failed."""

    reason: str | None = None
    deletion: Deletion | None = None


def due(clock: "TestClock") -> int | None:
    """Return when a worker is to advance it, or to go on with its deletion (real seconds)."""
    if clock.status == "advancing":
        return 0
    deletion = clock.private.deletion
    return None if deletion is None else deletion.go_on_at


@resource(
    prefix="clock",
    path="/v1/test_helpers/test_clocks",
    events=("created", "deleted"),
    due=due,
    owner=lambda clock: None,
    missing_name="test clock",
)
class TestClock(Resource, tag="test_helpers.test_clock", kw_only=True):
    """A time of its own for the customers that hang on it."""

    created: int
    deletes_after: int
    frozen_time: int
    livemode: bool
    name: str | None = None
    status: STATUSES = "ready"
    status_details: TestClockStatusDetails = msgspec.field(default_factory=TestClockStatusDetails)

    Private = TestClockPrivate


class TestClockCreate(Params, kw_only=True):
    customer: str | UnsetType = UNSET
    frozen_time: int
    name: str | UnsetType = UNSET


class TestClockAdvance(Params):
    frozen_time: int
