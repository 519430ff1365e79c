"""Invoice recovery: what was tried to collect an invoice that was not paid at once, and why."""

from typing import Literal

from msgspec import Struct

from prorata.resources.references import CustomerRef, InvoiceRef, PaymentMethodRef, SubscriptionRef

Outcome = Literal["declined", "no_payment_method", "skipped", "brought_forward", "succeeded"]
RecoveryReason = Literal["fixed", "unknown", "overdue", "planned", "learned", "last"]
RecoveryStatus = Literal[
    "not_needed", "retrying", "waiting_for_payment_method", "action_required", "recovered",
    "exhausted", "stopped",
]  # fmt: skip
# A schedule has 20 retries at the most; what is tried by hand besides may be any number of times.
STEPS_MAX = 60


class RecoveryStep(Struct, kw_only=True):
    """One turn: what came of it, and what was decided then. Times are seconds UTC.

    automatic: by the schedule, not because somebody asked. planned_at: where the even schedule has
    the next attempt. reason: by which rule its time was chosen; `last` when there is none any more.
    explanation: all that in sentences.
    """

    at: int
    automatic: bool
    decline_code: str | None = None
    explanation: str
    next_attempt_at: int | None = None
    outcome: Outcome
    payment_method: PaymentMethodRef | None = None
    planned_at: int | None = None
    reason: RecoveryReason | None = None


class RecoverySchedule(Struct, kw_only=True):
    """The account's schedule of retries: the fields are those of its settings."""

    custom_days: list[int]
    mode: Literal["custom", "fixed", "none", "smart"]
    tries: int
    window_days: int


class AfterLastTry(Struct, kw_only=True):
    """What the account does when the last retry has failed."""

    explanation: str
    invoice: Literal["past_due", "uncollectible"]
    subscription: Literal["cancel", "past_due", "pause", "unpaid"] | None


class InvoiceRecovery(Struct, kw_only=True, tag_field="object", tag="prorata.invoice_recovery"):
    """How the collection of an invoice stands. explanation: the present in sentences."""

    after_last_try: AfterLastTry
    attempt_count: int
    attempts: list[RecoveryStep]
    customer: CustomerRef | None
    explanation: str
    invoice: InvoiceRef
    livemode: bool
    next_payment_attempt: int | None
    schedule: RecoverySchedule
    status: RecoveryStatus
    subscription: SubscriptionRef | None
