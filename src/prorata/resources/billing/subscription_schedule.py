"""Subscription schedules: how a subscription will change over time, phase after phase."""

from msgspec import UNSET, Struct, UnsetType, field

from prorata.model.errors import InvalidRequest
from prorata.model.fields import Metadata, Range
from prorata.model.operation import Listing, operation
from prorata.model.params import Params, given, refuse_unsupported
from prorata.model.resource import Resource, column, resource
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription_schedule_pause import PauseSchedule
from prorata.resources.billing.subscription_schedule_shape import (
    EndBehavior,
    ScheduleCurrentPhase,
    ScheduleDefaultSettings,
    SchedulePhase,
    ScheduleStatus,
)
from prorata.resources.billing.subscription_shape import SubscriptionBillingMode
from prorata.resources.references import (
    ApplicationRef,
    CustomerRef,
    SubscriptionRef,
    TestClockRef,
)
from prorata.rules.phases import ENDED_MAX

# A schedule in one of these goes on by itself and can be changed.
OPEN = ("not_started", "active")


class ScheduleFacts(Struct, kw_only=True, omit_defaults=True):
    """What a schedule remembers that the API does not show, seconds UTC.

    expiring_at: when its end is to be announced; None once it was. cancels: it has set the
    subscription's `cancel_at`. by_portal: a customer has planned it in the portal, and may undo it.
    """

    expiring_at: int | None = None
    cancels: bool = False
    by_portal: bool = False


def due(schedule: "SubscriptionSchedule") -> int | None:
    """Return the next second at which a phase begins or ends, a pause is due, or the end nears."""
    if schedule.status not in OPEN:
        return None
    if schedule.current_phase is None:
        return schedule.phases[0].start_date
    moments = [schedule.current_phase.end_date]
    if schedule.private.expiring_at is not None:
        moments.append(schedule.private.expiring_at)
    planned = schedule.live_pause
    if planned is not None:
        if planned.pause.status.type == "scheduled":
            moments.append(planned.pause.pause_at)
        elif planned.resume is not None and planned.resume.status.type == "scheduled":
            moments.append(planned.resume.resume_at)
    return min(moments)


@resource(
    prefix="sub_sched",
    path="/v1/subscription_schedules",
    operations=("retrieve",),
    columns=(
        column("customer", index=True),
        column("subscription", index=True),
        column("status"),
        column("canceled_at", type="integer"),
        column("completed_at", type="integer"),
        column("released_at", type="integer"),
    ),
    events=("created", "updated"),
    due=due,
    missing_name="subscription schedule",
)
class SubscriptionSchedule(Resource, tag="subscription_schedule", kw_only=True):
    """The phases that a subscription is to go through."""

    Private = ScheduleFacts

    application: ApplicationRef | None = None
    billing_mode: SubscriptionBillingMode
    canceled_at: int | None = None
    completed_at: int | None = None
    created: int
    current_phase: ScheduleCurrentPhase | None = None
    customer: CustomerRef
    customer_account: str | None = None
    default_settings: ScheduleDefaultSettings = field(default_factory=ScheduleDefaultSettings)
    end_behavior: EndBehavior = "release"
    livemode: bool
    metadata: Metadata | None = {}
    pause_schedules: list[PauseSchedule] = []
    phases: list[SchedulePhase]
    released_at: int | None = None
    released_subscription: str | None = None
    status: ScheduleStatus = "not_started"
    subscription: SubscriptionRef | None = None
    test_clock: TestClockRef | None = None

    @property
    def place(self) -> int | None:
        """Return the place of the current phase among the phases, None before the first one."""
        if self.current_phase is None:
            return None
        start = self.current_phase.start_date
        # Where books of an earlier version have two that begin at once, each step leads further on.
        return max(place for place, each in enumerate(self.phases) if each.start_date == start)

    @property
    def current(self) -> SchedulePhase | None:
        """Return the phase that the subscription is in."""
        place = self.place
        return None if place is None else self.phases[place]

    def forget_oldest(self) -> None:
        """Leave out the oldest of the phases that are over, so that only so many are kept."""
        surplus = (self.place or 0) - ENDED_MAX
        if surplus > 0:
            self.phases = self.phases[surplus:]

    @property
    def end(self) -> int:
        """Return the moment at which the last phase ends."""
        return self.phases[-1].end_date

    @property
    def live_pause(self) -> PauseSchedule | None:
        """Return the pause that has not ended yet."""
        return next((each for each in self.pause_schedules if not _over(each)), None)


def _over(pause: PauseSchedule) -> bool:
    if pause.pause.status.type == "error":
        return True
    return pause.resume is not None and pause.resume.status.type in ("succeeded", "error")


def check_open(schedule: SubscriptionSchedule, verb: str, past: str) -> None:
    """Raise InvalidRequest unless the schedule still goes on."""
    if schedule.status not in OPEN:
        raise InvalidRequest(
            f"You cannot {verb} a subscription schedule that is currently in the"
            f" `{schedule.status}` status. It must be in `{', '.join(OPEN)}` status to be {past}."
        )


class ScheduleListParams(Params, kw_only=True):
    canceled_at: Range | UnsetType = UNSET
    completed_at: Range | UnsetType = UNSET
    created: Range | UnsetType = UNSET
    customer: str | UnsetType = UNSET
    customer_account: str | UnsetType = UNSET
    released_at: Range | UnsetType = UNSET
    scheduled: bool | UnsetType = UNSET


@operation("GET /v1/subscription_schedules")
def list_schedules(tx: Tx, params: ScheduleListParams) -> Listing[SubscriptionSchedule]:
    """List schedules; `scheduled` leaves those that have not started.

    Those on a test clock appear only when their customer is named.
    """
    refuse_unsupported(params, "customer_account")
    columns: dict[str, object] = {}
    if given(params.customer):
        columns["customer"] = params.customer
    if params.scheduled is True:
        columns["status"] = "not_started"
    elif params.scheduled is False:
        columns["status"] = ("active", "canceled", "completed", "released")
    ranges = {
        name: getattr(params, name)
        for name in ("canceled_at", "completed_at", "created", "released_at")
        if given(getattr(params, name))
    }
    return Listing(
        SubscriptionSchedule, columns, ranges, hidden_clocks=not given(params.customer)
    )
