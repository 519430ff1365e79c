"""Subscription facts: what a subscription remembers that the API does not show."""

from typing import Any

from msgspec import Struct


class Debit(Struct, kw_only=True, omit_defaults=True):
    """A stretch of an item's time [start, end) that was billed, and where.

    It is paid for up to `until`; what was credited lies behind it, and once all is credited the
    debit goes. The bill is lines of an invoice, or an invoice item that may still be pending.
    percent_off: the percent discount inside an invoice item's amount.
    """

    item: str
    start: int
    end: int
    until: int
    invoice: str | None = None
    lines: list[str] = []
    invoice_item: str | None = None
    percent_off: float | None = None


class PendingChange(Struct, kw_only=True, omit_defaults=True):
    """An update that waits for the payment of an invoice."""

    invoice: str
    params: dict[str, Any]
    at: int


class SubscriptionFacts(Struct, kw_only=True, omit_defaults=True):
    """Moments of reminders and deadlines (seconds UTC), and what was billed ahead.

    upcoming_at, trial_will_end_at: when the event is to be said; None once it was. expires_at: the
    sent invoice brings the account's final state. resuming_invoice: the invoice whose payment
    resumes a paused subscription. usage_from: item -> start of the usage that is not billed yet.
    exhausted: the latest invoice has no retries left.
    """

    upcoming_at: int | None = None
    trial_will_end_at: int | None = None
    expires_at: int | None = None
    resuming_invoice: str | None = None
    resume_at_attempt: bool = False
    pending_change: PendingChange | None = None
    usage_from: dict[str, int] = {}
    debits: list[Debit] = []
    exhausted: bool = False
    redeemed: bool = False
