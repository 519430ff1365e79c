"""Usage watches: whose use of a meter something waits for, a threshold or an alert."""

from prorata.model.resource import Resource, column, resource
from prorata.resources.references import CustomerRef, MeterRef, TestClockRef


@resource(
    prefix="usgw",
    path="/v1/prorata/usage_watches",
    operations=(),
    columns=(
        column("customer", index=True),
        # A customer is watched once for each meter.
        column("place", unique=True),
    ),
    due=lambda watch: watch.stirred_at,
)
class UsageWatch(Resource, tag="prorata.usage_watch", kw_only=True):
    """A customer whose use of a meter is looked at once events have come.

    asleep: the meter's `watchings` when nobody waited for more of it.
    stirred_at: when they came, in the customer's own seconds UTC; None while nothing is new. fired:
    the alerts that were triggered for the customer.
    """

    asleep: int | None = None
    created: int
    customer: CustomerRef
    fired: list[str] = []
    livemode: bool
    meter: MeterRef
    stirred_at: int | None = None
    test_clock: TestClockRef | None = None

    @property
    def place(self) -> str:
        return place_of(self.meter, self.customer)


def place_of(meter: str, customer: str) -> str:
    """Return what a watch is found by."""
    return f"{meter} {customer}"
