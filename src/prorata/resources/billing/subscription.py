"""Subscriptions: what a customer has agreed to pay again and again, and how far it is billed."""

from operator import attrgetter
from typing import Literal

from msgspec import UNSET, UnsetType

from prorata.model.fields import InlineList, Metadata, Range
from prorata.model.operation import Listing, operation
from prorata.model.params import Params, given, refuse_unsupported
from prorata.model.resource import Resource, column, resource
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription_facts import SubscriptionFacts
from prorata.resources.billing.subscription_item import SubscriptionItem, SubscriptionItemHome
from prorata.resources.billing.subscription_payment_settings import SubscriptionPaymentSettings
from prorata.resources.billing.subscription_shape import (
    CollectionMethod,
    SubscriptionAutomaticTax,
    SubscriptionBillingCycleAnchorConfig,
    SubscriptionBillingMode,
    SubscriptionBillingSchedule,
    SubscriptionBillingThresholds,
    SubscriptionCancellationDetails,
    SubscriptionInvoiceSettings,
    SubscriptionManagedPayments,
    SubscriptionPauseCollection,
    SubscriptionPendingInvoiceItemInterval,
    SubscriptionPendingUpdate,
    SubscriptionStatus,
    SubscriptionStatusDetails,
    SubscriptionTransferData,
    SubscriptionTrialSettings,
)
from prorata.resources.products.price import Price
from prorata.resources.products.tax_rate import TaxRate
from prorata.resources.references import (
    AccountRef,
    ApplicationRef,
    CustomerRef,
    CustomerSourceRef,
    DiscountRef,
    InvoiceRef,
    PaymentMethodRef,
    SetupIntentRef,
    SubscriptionScheduleRef,
    TestClockRef,
)

_START, _END = attrgetter("current_period_start"), attrgetter("current_period_end")
ENDED = ("canceled", "incomplete_expired")
LIVE = ("active", "past_due", "trialing", "unpaid")
STATUSES = ("active", "past_due", "unpaid", "canceled", "incomplete", "incomplete_expired",
            "trialing", "paused")  # fmt: skip


def due(subscription: "Subscription") -> int | None:
    """Return the next second at which the subscription needs attention by itself."""
    facts: SubscriptionFacts = subscription.private
    if subscription.status in ENDED:
        return facts.late_at
    moments = [facts.expires_at]
    if subscription.pending_update is not None:
        moments.append(subscription.pending_update.expires_at)
    if subscription.status in LIVE:
        moments += [
            facts.upcoming_at,
            facts.trial_will_end_at,
            subscription.cancel_at,
            subscription.next_pending_invoice_item_invoice,
            subscription.period_end,
        ]
    elif subscription.status == "paused":
        moments.append(subscription.cancel_at)
    collection = subscription.pause_collection
    if collection is not None and subscription.status in (*LIVE, "paused"):
        moments.append(collection.resumes_at)
    return min([each for each in moments if each is not None], default=None)


@resource(
    prefix="sub",
    path="/v1/subscriptions",
    operations=("retrieve", "list", "search"),
    columns=(
        column("customer", index=True),
        column("status", common="active"),
        column("collection_method"),
        column("period_start", type="integer"),
        column("period_end", type="integer"),
        column("taxed", lambda each: each.automatic_tax.enabled, type="boolean"),
        column("test_clock"),
        column("latest_invoice"),
    ),
    search={
        "canceled_at": "number",
        "created": "number",
        "metadata": "token",
        "status": "token",
    },
    terms={"canceled_at": ()},
    event="customer.subscription",
    events=("created", "updated"),
    due=due,
)
class Subscription(Resource, tag="subscription", kw_only=True):
    """A customer billed again and again for prices, until it ends."""

    Private = SubscriptionFacts

    application: ApplicationRef | None = None
    application_fee_percent: float | None = None
    automatic_tax: SubscriptionAutomaticTax
    billing_cycle_anchor: int
    billing_cycle_anchor_config: SubscriptionBillingCycleAnchorConfig | None = None
    billing_mode: SubscriptionBillingMode
    billing_schedules: list[SubscriptionBillingSchedule] = []
    billing_thresholds: SubscriptionBillingThresholds | None = None
    cancel_at: int | None = None
    cancel_at_period_end: bool = False
    canceled_at: int | None = None
    cancellation_details: SubscriptionCancellationDetails
    collection_method: CollectionMethod = "charge_automatically"
    created: int
    currency: str
    customer: CustomerRef
    customer_account: str | None = None
    days_until_due: int | None = None
    default_payment_method: PaymentMethodRef | None = None
    default_source: CustomerSourceRef | None = None
    default_tax_rates: list[TaxRate] = []
    description: str | None = None
    discounts: list[DiscountRef] = []
    ended_at: int | None = None
    invoice_settings: SubscriptionInvoiceSettings
    items: InlineList[SubscriptionItem]
    latest_invoice: InvoiceRef | None = None
    livemode: bool
    managed_payments: SubscriptionManagedPayments
    metadata: Metadata = {}
    next_pending_invoice_item_invoice: int | None = None
    on_behalf_of: AccountRef | None = None
    pause_collection: SubscriptionPauseCollection | None = None
    payment_settings: SubscriptionPaymentSettings
    pending_invoice_item_interval: SubscriptionPendingInvoiceItemInterval | None = None
    pending_setup_intent: SetupIntentRef | None = None
    pending_update: SubscriptionPendingUpdate | None = None
    schedule: SubscriptionScheduleRef | None = None
    start_date: int
    status: SubscriptionStatus
    status_details: SubscriptionStatusDetails | UnsetType = UNSET
    test_clock: TestClockRef | None = None
    transfer_data: SubscriptionTransferData | None = None
    trial_end: int | None = None
    trial_settings: SubscriptionTrialSettings
    trial_start: int | None = None

    @property
    def period_start(self) -> int:
        """Return the latest start of its items' periods."""
        return max(map(_START, self.items.data), default=self.created)

    @property
    def period_end(self) -> int | None:
        """Return the earliest end of its items' periods: the next renewal."""
        return min(map(_END, self.items.data), default=None)

    @property
    def flexible(self) -> bool:
        return self.billing_mode.type == "flexible"

    @property
    def itemized(self) -> bool:
        """Return whether prorations show discounts apart from gross amounts."""
        flexible = self.billing_mode.flexible
        return flexible is not None and flexible.proration_discounts == "itemized"

    def item(self, id: str) -> SubscriptionItem | None:
        """Return the item of an id."""
        return next((each for each in self.items.data if each.id == id), None)


class SubscriptionListAutomaticTax(Params, kw_only=True):
    enabled: bool


class SubscriptionListParams(Params, kw_only=True):
    automatic_tax: SubscriptionListAutomaticTax | UnsetType = UNSET
    collection_method: CollectionMethod | UnsetType = UNSET
    created: Range | UnsetType = UNSET
    current_period_end: Range | UnsetType = UNSET
    current_period_start: Range | UnsetType = UNSET
    customer: str | UnsetType = UNSET
    customer_account: str | UnsetType = UNSET
    plan: str | UnsetType = UNSET
    price: str | UnsetType = UNSET
    status: Literal["active", "past_due", "unpaid", "canceled", "incomplete", "incomplete_expired",
                    "trialing", "paused", "all", "ended"] | UnsetType = UNSET  # fmt: skip
    test_clock: str | UnsetType = UNSET


@operation("GET /v1/subscriptions")
def list_subscriptions(tx: Tx, params: SubscriptionListParams) -> Listing[Subscription]:
    """List subscriptions: without a status those that are not canceled.

    Those on a test clock appear only when their customer or clock is named.
    """
    refuse_unsupported(params, "customer_account")
    columns: dict[str, object] = {
        name: getattr(params, name)
        for name in ("collection_method", "customer", "test_clock")
        if given(getattr(params, name))
    }
    if params.status == "ended":
        columns["status"] = ENDED
    elif params.status is UNSET:
        columns["status"] = tuple(each for each in STATUSES if each != "canceled")
    elif params.status != "all":
        columns["status"] = params.status
    if given(params.automatic_tax):
        columns["taxed"] = params.automatic_tax.enabled
    name, price = ("plan", params.plan) if params.price is UNSET else ("price", params.price)
    if price is not UNSET:
        homes = tx.select(SubscriptionItemHome, price=price)
        if not homes:
            tx.get(Price, price, param=name)
        columns["id"] = list(dict.fromkeys(each.subscription for each in homes))
    ranges = {
        name: value
        for name, value in (
            ("created", params.created),
            ("period_start", params.current_period_start),
            ("period_end", params.current_period_end),
        )
        if value is not UNSET
    }
    named = given(params.customer) or given(params.test_clock)
    return Listing(Subscription, columns, ranges, hidden_clocks=not named)
