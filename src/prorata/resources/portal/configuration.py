"""Configurations: what customers may do in the portal, and what it tells about the business."""

from typing import Annotated, Literal

from msgspec import Struct, field

from prorata.model.fields import Metadata, Reference
from prorata.model.resource import Resource, column, resource
from prorata.model.transaction import Tx
from prorata.resources.references import ApplicationRef, FeedbackOptionRef

AllowedUpdate = Literal["address", "email", "name", "phone", "shipping", "tax_id"]
CancellationOption = Literal[
    "customer_service", "low_quality", "missing_features", "other", "switched_service",
    "too_complex", "too_expensive", "unused",
]  # fmt: skip
PlanUpdate = Literal["price", "promotion_code", "quantity"]
ProrationBehavior = Literal["always_invoice", "create_prorations", "none"]
Interval = Literal["day", "month", "week", "year"]
# The offer is part of the configuration; clients ask for it as if it were expanded.
Included = Reference(("billing_portal.configuration.product",))
FIRST_OPTIONS: tuple[CancellationOption, ...] = (
    "too_expensive", "missing_features", "switched_service", "unused", "other",
)  # fmt: skip


class BusinessProfile(Struct, kw_only=True):
    headline: str | None = None
    privacy_policy_url: str | None = None
    terms_of_service_url: str | None = None


class CustomerUpdate(Struct, kw_only=True):
    allowed_updates: list[AllowedUpdate] = []
    enabled: bool = False


class InvoiceHistory(Struct, kw_only=True):
    enabled: bool = False


class PaymentMethodUpdate(Struct, kw_only=True):
    enabled: bool = False
    payment_method_configuration: str | None = None


class CancellationReason(Struct, kw_only=True):
    enabled: bool = False
    feedback_options: list[FeedbackOptionRef] | None = None
    options: list[CancellationOption] = field(default_factory=lambda: list(FIRST_OPTIONS))


class SubscriptionCancel(Struct, kw_only=True):
    cancellation_reason: CancellationReason = field(default_factory=CancellationReason)
    enabled: bool = False
    mode: Literal["at_period_end", "immediately"] = "at_period_end"
    proration_behavior: ProrationBehavior = "none"


class PauseInterval(Struct, kw_only=True):
    interval: Interval
    interval_count: int = 1


def one_month() -> list[PauseInterval]:
    """Return the only time for which a pause is offered where nothing else is said."""
    return [PauseInterval(interval="month")]


class PauseDuration(Struct, kw_only=True):
    interval_options: list[PauseInterval] = field(default_factory=one_month)
    type: Literal["indefinite", "interval_options"] = "interval_options"


class SubscriptionPause(Struct, kw_only=True):
    duration: PauseDuration = field(default_factory=PauseDuration)
    enabled: bool = False


class AdjustableQuantity(Struct, kw_only=True):
    enabled: bool = False
    maximum: int | None = None
    minimum: int = 1


class OfferedProduct(Struct, kw_only=True):
    adjustable_quantity: AdjustableQuantity = field(default_factory=AdjustableQuantity)
    prices: list[str]
    product: str


class ScheduleCondition(Struct, kw_only=True):
    type: Literal["decreasing_item_amount", "shortening_interval"]


class ScheduleAtPeriodEnd(Struct, kw_only=True):
    conditions: list[ScheduleCondition] = []


class SubscriptionUpdate(Struct, kw_only=True):
    billing_cycle_anchor: Literal["now", "unchanged"] | None = "unchanged"
    default_allowed_updates: list[PlanUpdate] = []
    enabled: bool = False
    products: Annotated[list[OfferedProduct], Included] = []
    proration_behavior: ProrationBehavior = "none"
    schedule_at_period_end: ScheduleAtPeriodEnd = field(default_factory=ScheduleAtPeriodEnd)
    trial_update_behavior: Literal["continue_trial", "end_trial"] = "end_trial"


class Features(Struct, kw_only=True):
    """What customers may do; what is not named at creation they may not."""

    customer_update: CustomerUpdate = field(default_factory=CustomerUpdate)
    invoice_history: InvoiceHistory = field(default_factory=InvoiceHistory)
    payment_method_update: PaymentMethodUpdate = field(default_factory=PaymentMethodUpdate)
    subscription_cancel: SubscriptionCancel = field(default_factory=SubscriptionCancel)
    subscription_pause: SubscriptionPause = field(default_factory=SubscriptionPause)
    subscription_update: SubscriptionUpdate = field(default_factory=SubscriptionUpdate)


class LoginPage(Struct, kw_only=True):
    enabled: bool = False
    url: str | None = None


class ConfigurationPrivate(Struct, kw_only=True):
    """login_key: what opens the login page while it is enabled."""

    login_key: str | None = None


@resource(
    prefix="bpc",
    path="/v1/billing_portal/configurations",
    operations=(),
    columns=(
        column("active", type="boolean"),
        column("is_default", type="boolean", index=True),
        column("login_key", lambda each: each.private.login_key, index=True),
    ),
    missing_name="configuration",
    missing_param="configuration",
    owner=lambda configuration: None,
)
class Configuration(Resource, tag="billing_portal.configuration", kw_only=True):
    """A configuration; one of them is the default, which is there from the beginning."""

    Private = ConfigurationPrivate

    active: bool = True
    application: ApplicationRef | None = None
    business_profile: BusinessProfile = field(default_factory=BusinessProfile)
    created: int
    default_return_url: str | None = None
    features: Features = field(default_factory=Features)
    is_default: bool = False
    livemode: bool
    login_page: LoginPage = field(default_factory=LoginPage)
    metadata: Metadata | None = {}
    name: str | None = None
    updated: int


def default_features() -> Features:
    """Return what customers may do where nobody has configured the portal."""
    return Features(
        customer_update=CustomerUpdate(
            allowed_updates=["name", "email", "address", "shipping", "phone", "tax_id"],
            enabled=True,
        ),
        invoice_history=InvoiceHistory(enabled=True),
        payment_method_update=PaymentMethodUpdate(enabled=True),
        subscription_cancel=SubscriptionCancel(enabled=True),
    )


def stored_default(tx: Tx) -> Configuration | None:
    """Return the default configuration if it was ever written."""
    found = tx.select(Configuration, is_default=True, limit=1)
    return found[0] if found else None
