"""Subscription facts: what a subscription remembers that the API does not show."""

from msgspec import Struct

from prorata.model.fields import Metadata
from prorata.resources.billing.subscription_item import SubscriptionItem
from prorata.resources.billing.subscription_shape import CancellationReason, SubscriptionStatus


class Debit(Struct, kw_only=True, omit_defaults=True):
    """A stretch of an item's time [start, end) that was billed, and where.

    It is paid for from `since` (its start, where that says nothing) up to `until`; what was
    credited lies around that, and once all is credited the debit goes. The bill is lines of an
    invoice, or an invoice item that may still be pending.
    percent_off: the percent discount inside an invoice item's amount.
    """

    item: str
    start: int
    end: int
    until: int
    since: int | None = None
    invoice: str | None = None
    lines: list[str] = []
    invoice_item: str | None = None
    percent_off: float | None = None

    @property
    def paid_from(self) -> int:
        """The first second that it is still paid for."""
        return self.start if self.since is None else self.since


class Waived(Struct, kw_only=True):
    """A stretch of an item's time [start, end) that was billed and given up without a credit."""

    item: str
    start: int
    end: int


class Access(Struct, array_like=True, frozen=True):
    """What an item lets its customer use: all that an edition of its product grants.

    units: the quantity, where the product grants more for more of it; else 0.
    """

    product: str
    edition: int
    units: int = 0


class SubscriptionForm(Struct, kw_only=True, omit_defaults=True):
    """What a change can change of a subscription's items and time, to be kept or brought back."""

    items: list[SubscriptionItem]
    billing_cycle_anchor: int
    cancel_at: int | None = None
    cancel_at_period_end: bool = False
    canceled_at: int | None = None
    reason: CancellationReason | None = None
    discounts: list[str] = []
    metadata: Metadata = {}
    trial_start: int | None = None
    trial_end: int | None = None
    usage_from: dict[str, int] = {}
    usage_after: dict[str, int] = {}
    debits: list[Debit] = []
    status: SubscriptionStatus = "active"


class PendingChange(Struct, kw_only=True, omit_defaults=True):
    """A change that waits for the payment of an invoice.

    resumes: it brings a paused subscription back; with `at_attempt`, as soon as payment is tried.
    silent: the request itself waits, so that nobody is told of the waiting. own: the invoice items
    that the change wrote, None where that was not noted. given_up: its invoice is being taken back.
    """

    invoice: str
    form: SubscriptionForm
    resumes: bool = False
    at_attempt: bool = False
    silent: bool = False
    own: list[str] | None = None
    given_up: bool = False


class SubscriptionFacts(Struct, kw_only=True, omit_defaults=True):
    """Moments of reminders and deadlines (seconds UTC), and what was billed ahead.

    upcoming_at, trial_will_end_at: when the event is to be said. told_of: the period's end that was
    said. announced: the trial end that was. expires_at: the end of the 23 hours that a first
    payment may take. usage_from: item ->
    start of the usage that is not billed yet; usage_after: the moment of that second. open_usage:
    item -> the usage billing of a period that was billed in part. exhausted: the latest invoice has
    no retries left. waived: the proof that time which is billed twice was given up in between.
    pending_from: the moment that the times of `pending_invoice_item_interval` are counted from.
    access: by item, what the customer's entitlements have been told of. late_at: of a subscription
    that has ended, when what came late of its usage is billed. ended_unpaid: it was `unpaid` then.
    free_from: the end of the trial from which on the time up to the anchor is free.
    """

    upcoming_at: int | None = None
    told_of: int | None = None
    trial_will_end_at: int | None = None
    announced: int | None = None
    expires_at: int | None = None
    pending_change: PendingChange | None = None
    usage_from: dict[str, int] = {}
    usage_after: dict[str, int] = {}
    open_usage: dict[str, str] = {}
    debits: list[Debit] = []
    waived: list[Waived] = []
    pending_from: int | None = None
    exhausted: bool = False
    access: dict[str, Access] = {}
    late_at: int | None = None
    ended_unpaid: bool = False
    free_from: int | None = None
