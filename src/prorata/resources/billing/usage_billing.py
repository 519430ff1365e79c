"""Usage billings: what became of a metered item's usage, period by period. Stripe has none."""

from typing import Literal

from msgspec import Struct

from prorata.model.fields import Period
from prorata.model.resource import Resource, column, resource
from prorata.resources.products.price import DecimalText
from prorata.resources.references import CustomerRef, InvoiceRef, MeterRef, PriceRef, TestClockRef
from prorata.rules.calendar import DAY_SECONDS

# How usage that arrives after its period was billed is treated: shown, or billed as well.
LateUsage = Literal["bill", "show"]
# billed: on an invoice. open: of a period that goes on, billed in part as a threshold was reached.
# Else why it was free: in a trial, while paused, lost as the subscription was canceled, as the item
# was removed or its price changed, waived as the subscription was paused.
Outcome = Literal[
    "billed", "canceled", "open", "paused", "price_changed", "removed", "trial", "waived"
]
# Events may be 35 days old, and a day later be taken back.
LATE_SECONDS = 36 * DAY_SECONDS


class UsageBillingPart(Struct, kw_only=True):
    """What one invoice, or an invoice item on its way to one, bills of the usage.

    quantity: how much more than what was billed before; amount: minor units, before discounts.
    """

    amount: int
    invoice: InvoiceRef | None = None
    invoice_item: str | None = None
    quantity: DecimalText


class UsageBillingPrivate(Struct, kw_only=True, omit_defaults=True):
    """after, until: the moments in the first and in the last second that divide the period from
    what came before and after. ends: from its end on the item is not metered. final: its invoice
    changes no more. checked_at: when late usage was looked for and none can come any more (seconds
    UTC). discounts: what they took of what was billed before the period's end, by id, in minor
    units.
    """

    after: int = 0
    until: int = 0
    ends: bool = False
    final: bool = False
    checked_at: int = 0
    discounts: dict[str, int] = {}


@resource(
    prefix="usgb",
    path="/v1/prorata/usage_billings",
    columns=(
        column("customer", index=True),
        column("subscription", index=True),
        column("late_for", lambda each: late_for(each), index=True),
    ),
    operations=(),
    missing_name="usage billing",
)
class UsageBilling(Resource, tag="prorata.usage_billing", kw_only=True):
    """The usage of a subscription's item in a period: what was billed of it, or why nothing was.

    quantity: how much is billed. late_usage: the account's setting when the period ended.
    """

    Private = UsageBillingPrivate

    billed: list[UsageBillingPart] = []
    created: int
    currency: str
    customer: CustomerRef
    late_usage: LateUsage
    livemode: bool
    meter: MeterRef
    outcome: Outcome
    period: Period
    price: PriceRef
    quantity: DecimalText
    subscription: str
    subscription_item: str
    test_clock: TestClockRef | None = None


def late_for(billing: UsageBilling) -> str | None:
    """Return the subscription whose next invoice looks for late usage of this period, if any."""
    facts = billing.private
    waits = (
        billing.outcome == "billed"
        and billing.late_usage == "bill"
        and facts.final
        and facts.checked_at < billing.period.end + LATE_SECONDS
    )
    return billing.subscription if waits else None
