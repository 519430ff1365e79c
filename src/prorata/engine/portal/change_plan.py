"""Change plan: a customer sees what another price or quantity costs, and then has exactly that."""

import hashlib
from dataclasses import dataclass

import msgspec

from prorata.engine.invoices.intent import method_of
from prorata.engine.portal.limits import why_no_update
from prorata.engine.portal.offers import NO_CHANGES, Option, chosen
from prorata.engine.portal.plan_change import plan_change
from prorata.engine.subscriptions.change import change_directly, revise
from prorata.engine.subscriptions.payment import NO_METHOD, pays_by_debit
from prorata.engine.subscriptions.pending_update import discard_pending_update
from prorata.engine.subscriptions.preview import invoice_of, next_invoice
from prorata.engine.subscriptions.terms import tariff_of
from prorata.model.errors import InvalidRequest, NotFound
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_item import SubscriptionItem
from prorata.resources.billing.subscription_params import DiscountParams, ItemChangeParams
from prorata.resources.billing.subscription_verbs import (
    AnchorChangeParams,
    SubscriptionUpdateParams,
)
from prorata.resources.core.customer import Customer
from prorata.resources.portal.configuration import Features
from prorata.resources.portal.session import Offer
from prorata.resources.products.discount import Discount
from prorata.rules.calendar import add_intervals
from prorata.rules.pricing import amount

# What was shown is charged if it is confirmed within this time.
OFFER_SECONDS = 3600
OUTDATED = "portal_offer_outdated"
CHANGED = (
    "What this change costs is not what you were shown any more. Nothing was changed: please look"
    " at it again."
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a change leads to.

    now: the invoice that it makes at once, None for none. next: what the renewal after it bills.
    regular: what the renewals after that bill. full: what they bill once no discount lasts any
    more that ends. later: the end of the period, for a change that waits for it (seconds UTC).
    """

    option: Option
    quantity: int
    now: Invoice | None = None
    next: Invoice | None = None
    regular: Invoice | None = None
    full: Invoice | None = None
    later: int | None = None

    @property
    def due(self) -> int:
        """Return what is to be paid now, in minor units."""
        return 0 if self.now is None else self.now.amount_due

    @property
    def price(self) -> int:
        """Return what the plan costs by its price alone, in minor units an interval."""
        return amount(self.option.terms, self.quantity)

    @property
    def figures(self) -> list[int]:
        """Return all that is told of what it costs: amounts in minor units, and when (seconds)."""
        found = [self.due, self.later or 0]
        for each in (self.now, self.next, self.regular, self.full):
            found += [0, 0] if each is None else [each.total, each.amount_due]
        return found

    @property
    def mark(self) -> str:
        """Return what tells a page of this change from those of other plans, and other costs."""
        told = msgspec.json.encode([self.option.price.id, self.quantity, self.figures])
        return hashlib.sha256(told).hexdigest()[:16]


def new_offer(
    tx: Tx,
    features: Features,
    subscription: Subscription,
    price: str,
    quantity: int | None,
    *,
    codes: list[str] | None = None,
    coupons: list[str] | None = None,
) -> Offer:
    """Return a change that a customer may look at; raise InvalidRequest for what can't be chosen.

    codes, coupons: ids of promotion codes and coupons that are redeemed with it. Where codes can
    be typed in, a change may begin with nothing but the wish for one.
    """
    reason = why_no_update(tx, features, subscription)
    if reason is not None:
        raise InvalidRequest(reason)
    option, number = chosen(tx, features, subscription, price, quantity)
    [item] = subscription.items.data
    same = option.current and number == item.units and not (codes or coupons)
    if same and "promotion_code" not in features.subscription_update.default_allowed_updates:
        raise InvalidRequest(NO_CHANGES)
    return Offer(
        subscription=subscription.id, price=price, quantity=number, at=tx.now,
        codes=codes or [], coupons=coupons or [],
    )  # fmt: skip


def show(tx: Tx, features: Features, id: str, offer: Offer) -> Shown:
    """Return what an offer leads to; the very functions that charge work it out.

    Everything they did is taken back: the subscription is to be asked for anew.
    """
    subscription = tx.get(Subscription, id)
    option, number = chosen(tx, features, subscription, offer.price, offer.quantity)
    next = _next(tx, features, offer, recurring=True)
    regular = _next(tx, features, offer, recurring=True, ended=("once",))
    full = _next(tx, features, offer, recurring=True, ended=("once", "repeating"))
    subscription = tx.get(Subscription, id)
    if waits(tx, features, subscription, offer):
        return Shown(option, number, None, next, regular, full, subscription.period_end)
    # A plan that stays as it is, given a code, is not begun anew.
    same = _is_same(option, number, subscription)
    now = None if same else _first(tx, features, subscription, offer)
    if now is None:
        next = _next(tx, features, offer, recurring=False)
    return Shown(option, number, now, next, regular, full)


def confirm(tx: Tx, features: Features, customer: Customer, offer: Offer, seen: str) -> bool:
    """Make a change exactly as it was shown; it waits for its payment where one is due.

    seen: the mark of what stood on the page that was confirmed. A session has one offer, and may
    be open in several windows. Returns whether it is made later, at the end of the period.
    Raises InvalidRequest where it would cost something else by now, another window has chosen
    something else, nothing can pay for it, or the subscription may not be changed any more.
    """
    id = offer.subscription
    subscription = tx.get(Subscription, id)
    # A customer who left its bank's page may try again: that takes the place of the first try.
    discard_pending_update(tx, subscription)
    reason = why_no_update(tx, features, subscription)
    if reason is not None:
        raise InvalidRequest(reason)
    shown = show(tx, features, id, offer)
    in_time = offer.at <= tx.now <= offer.at + OFFER_SECONDS
    if shown.figures != offer.figures or shown.mark != seen or not in_time:
        raise InvalidRequest(CHANGED, code=OUTDATED)
    subscription = tx.get(Subscription, id)
    if shown.due and method_of(customer, subscription) is None:
        raise InvalidRequest(NO_METHOD, code="resource_missing")
    same = _is_same(shown.option, shown.quantity, subscription)
    if same and not (offer.codes or offer.coupons):
        raise InvalidRequest(NO_CHANGES)
    if offer.codes or offer.coupons:
        redeemed = SubscriptionUpdateParams(discounts=_discounts(subscription, offer))
        change_directly(tx, subscription, redeemed)
        # It stays, whatever becomes of the payment: a second try redeems nothing again.
        offer.codes, offer.coupons = [], []
    if same:
        return False
    if shown.later is not None:
        plan_change(tx, subscription, offer.price, shown.quantity)
        return True
    params = update_of(features, subscription, offer)
    params.payment_behavior = "pending_if_incomplete"
    if pays_by_debit(tx, subscription):
        params.payment_behavior = "allow_incomplete"
    change_directly(tx, subscription, params)
    return False


def waits(tx: Tx, features: Features, subscription: Subscription, offer: Offer) -> bool:
    """Return whether an offer is made at the end of the period instead of now.

    So it is where the configuration says so of downgrades, and of shorter intervals.
    """
    if subscription.status == "trialing":
        return False
    option, number = chosen(tx, features, subscription, offer.price, offer.quantity)
    [item] = subscription.items.data
    met = set()
    if _length(option.interval) < _length(item.interval):
        met.add("shortening_interval")
    present = tariff_of(tx, subscription)[item.price.id].amount(item.units)
    if amount(option.terms, number) < present:
        met.add("decreasing_item_amount")
    conditions = features.subscription_update.schedule_at_period_end.conditions
    return any(each.type in met for each in conditions)


def update_of(
    features: Features, subscription: Subscription, offer: Offer
) -> SubscriptionUpdateParams:
    """Return the update of a subscription that an offer is, as the configuration bills it."""
    feature = features.subscription_update
    [item] = subscription.items.data
    change = ItemChangeParams(id=item.id, price=offer.price)
    if offer.quantity is not None:
        change.quantity = offer.quantity
    params = SubscriptionUpdateParams(items=[change], proration_behavior=feature.proration_behavior)
    if subscription.status == "trialing":
        if feature.trial_update_behavior == "end_trial":
            params.trial_end = "now"
        return params
    if feature.proration_behavior != "none":
        params.proration_date = offer.at
    if feature.billing_cycle_anchor == "now":
        params.billing_cycle_anchor = AnchorChangeParams(type="now")
    return params


def _first(tx: Tx, features: Features, subscription: Subscription, offer: Offer) -> Invoice | None:
    """Return the invoice that a change makes at once, if it makes one."""
    with tx.suppose():
        _suppose_redeemed(tx, subscription, offer)
        change = revise(tx, subscription, update_of(features, subscription, offer))
        return invoice_of(tx, subscription, change)


def _next(
    tx: Tx, features: Features, offer: Offer, *, recurring: bool, ended: tuple[str, ...] = ()
) -> Invoice | None:
    """Return what the renewal after a change bills, None for nothing.

    recurring: without what is billed there only once. ended: without discounts that last so long.
    """
    with tx.suppose():
        subscription = tx.get(Subscription, offer.subscription)
        _suppose_redeemed(tx, subscription, offer)
        if not _is_same(*chosen(tx, features, subscription, offer.price, offer.quantity),
                        subscription):  # fmt: skip
            revise(tx, subscription, update_of(features, subscription, offer))
        if ended:
            _suppose_ended(tx, subscription, ended)
        try:
            return next_invoice(tx, subscription, recurring)
        except NotFound:
            return None


def _discounts(subscription: Subscription, offer: Offer) -> list[DiscountParams]:
    return [
        *(DiscountParams(discount=each) for each in subscription.discounts),
        *(DiscountParams(promotion_code=each) for each in offer.codes),
        *(DiscountParams(coupon=each) for each in offer.coupons),
    ]


def _is_same(option: Option, quantity: int, subscription: Subscription) -> bool:
    """Return whether nothing of a plan itself would change."""
    [item] = subscription.items.data
    return option.current and quantity == item.units


def _suppose_redeemed(tx: Tx, subscription: Subscription, offer: Offer) -> None:
    if offer.codes or offer.coupons:
        update = SubscriptionUpdateParams(discounts=_discounts(subscription, offer))
        revise(tx, subscription, update)


def _suppose_ended(tx: Tx, subscription: Subscription, durations: tuple[str, ...]) -> None:
    customer = tx.get(Customer, subscription.customer)
    held: list[Subscription | SubscriptionItem] = [subscription, *subscription.items.data]
    ids = [id for each in held for id in each.discounts]
    if customer.discount is not None:
        ids.append(customer.discount.id)
    found = tx.load(Discount, ids, look=True)
    over = {id for id, each in found.items() if each.private.duration in durations}
    for each in held:
        each.discounts = [id for id in each.discounts if id not in over]
    if customer.discount is not None and customer.discount.id in over:
        customer.discount = None


def _length(interval: tuple[str, int]) -> int:
    """Return how long an interval is, in seconds from the beginning of time."""
    return add_intervals(0, interval[0], interval[1], 1)
