"""Test clocks: a time of their own for the customers that hang on them."""

from typing import Literal

import msgspec
from msgspec import Struct

from prorata.model.fields import UNSET, UnsetType
from prorata.model.params import Params
from prorata.model.resource import Resource, resource

STATUSES = Literal["advancing", "internal_failure", "ready"]


class TestClockAdvancing(Struct, kw_only=True):
    target_frozen_time: int


class TestClockStatusDetails(Struct, kw_only=True):
    advancing: TestClockAdvancing | UnsetType = UNSET


class TestClockPrivate(Struct, kw_only=True):
    """Why an advance failed."""

    reason: str | None = None


@resource(
    prefix="clock",
    path="/v1/test_helpers/test_clocks",
    events=("created", "deleted"),
    due=lambda clock: 0 if clock.status == "advancing" else None,
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
