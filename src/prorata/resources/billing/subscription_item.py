"""Subscription items: the prices that a subscription bills, each with its own period."""

from msgspec import UNSET, Struct, UnsetType

from prorata.model.fields import Metadata
from prorata.model.params import Params
from prorata.model.resource import Resource, column, resource
from prorata.resources.billing.plan import Plan
from prorata.resources.products.price import Price
from prorata.resources.products.tax_rate import TaxRate
from prorata.resources.references import DiscountRef, PriceRef, SubscriptionRef


class SubscriptionItemBillingThresholds(Struct, kw_only=True):
    usage_gte: int | None = None


class SubscriptionItemCurrentTrial(Struct, kw_only=True):
    end_date: int
    start_date: int
    trial_offer: str


class SubscriptionItem(Struct, kw_only=True, tag_field="object", tag="subscription_item"):
    """An item is stored inside its subscription; `SubscriptionItemHome` finds it by its id."""

    id: str
    billed_until: int | UnsetType = UNSET
    billing_thresholds: SubscriptionItemBillingThresholds | None = None
    created: int
    current_period_end: int
    current_period_start: int
    current_trial: SubscriptionItemCurrentTrial | None = None
    discounts: list[DiscountRef] = []
    metadata: Metadata = {}
    plan: Plan
    price: Price
    quantity: int | UnsetType = UNSET
    subscription: str
    tax_rates: list[TaxRate] | None = None

    @property
    def metered(self) -> bool:
        """Return whether the item bills usage at the end of its period."""
        recurring = self.price.recurring
        return recurring is not None and recurring.usage_type == "metered"

    @property
    def interval(self) -> tuple[str, int]:
        """Return the price's (interval, interval_count)."""
        recurring = self.price.recurring
        assert recurring is not None, "a subscription's price recurs"
        return recurring.interval, recurring.interval_count

    @property
    def units(self) -> int:
        """Return the licensed quantity; 0 for metered items, whose quantity is their usage."""
        return 0 if self.quantity is UNSET else self.quantity


@resource(
    prefix="si",
    short_id=True,
    columns=(column("subscription", index=True), column("price", index=True)),
    owner=lambda home: home.subscription,
)
class SubscriptionItemHome(Resource, tag="subscription_item.home", kw_only=True):
    """Where the item of this id lives, and which price it has; gone with the item."""

    subscription: SubscriptionRef
    price: PriceRef


class SubscriptionItemListParams(Params, kw_only=True):
    subscription: str
