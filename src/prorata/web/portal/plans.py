"""Plans: a customer's subscriptions as pages show them: what they cost and what comes next."""

from dataclasses import dataclass, field
from typing import Any

from prorata.engine.invoice_address import told_address
from prorata.engine.portal.limits import (
    can_renew,
    can_resume,
    can_undo,
    is_planned,
    open_schedule,
    paused_by_trial,
    why_no_cancel,
    why_no_pause,
    why_no_update,
)
from prorata.engine.portal.offers import can_change
from prorata.engine.portal.open_session import Guest
from prorata.engine.portal.pause_plan import resumes_at
from prorata.engine.portal.payment_outcome import can_drop
from prorata.engine.subscriptions.preview import next_invoice
from prorata.engine.subscriptions.terms import Tariff, tariff_of
from prorata.engine.subscriptions.usage import this_moment, usage, usage_start
from prorata.model.errors import APIError, no_such
from prorata.model.fields import UNSET
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.subscription import ENDED, LIVE, Subscription
from prorata.resources.billing.subscription_item import SubscriptionItem
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.products.coupon import Coupon
from prorata.resources.products.discount import Discount
from prorata.resources.products.price import Price
from prorata.resources.products.product import Product
from prorata.store.unit_of_work import UnitOfWork
from prorata.web.design.languages import Language
from prorata.web.portal.wording import coupon_text, method_text, price_text, rate_text

SHOWN_PLANS = 20
PLANS_MAX = 200
# Beyond so many plans nobody is told what the next invoice of each comes to: it takes its time.
FORESEEN_MAX = 5


@dataclass(slots=True)
class Plan:
    """A subscription on a page; every text is in the customer's language."""

    id: str
    name: str
    amounts: list[str]
    lines: list[str] = field(default_factory=list)
    badge: tuple[str, str] | None = None
    sentence: str | None = None
    planned: str | None = None
    next: str | None = None
    method: str | None = None
    discounts: list[str] = field(default_factory=list)
    pay_url: str | None = None
    can: frozenset[str] = frozenset()
    starts: bool = False


def plans(tx: UnitOfWork, guest: Guest, language: Language, whole: bool) -> tuple[list[Plan], bool]:
    """Return the subscriptions that go on, newest first, and whether there are more.

    whole: not only the first of them.
    """
    found = tx.select(Subscription, customer=guest.customer.id)
    going = [each for each in found if each.status not in ENDED]
    limit = PLANS_MAX if whole else SHOWN_PLANS
    shown = [
        plan(tx, guest, each.id, language, foresees=place < FORESEEN_MAX)
        for place, each in enumerate(going[:limit])
    ]
    return shown, len(going) > limit and not whole


def own_subscription(tx: UnitOfWork, guest: Guest, id: str) -> Subscription:
    """Return one of the customer's subscriptions; raise NotFound."""
    found = tx.find(Subscription, id)
    if found is None or found.customer != guest.customer.id:
        raise no_such("subscription", id, param="subscription")
    return found


def plan(
    tx: UnitOfWork, guest: Guest, id: str, language: Language, *, foresees: bool = False
) -> Plan:
    """Return a subscription as it is shown. foresees: with what the next invoice comes to."""
    next = _next(tx, id) if foresees else None
    subscription = tx.get(Subscription, id)
    tariff = tariff_of(tx, subscription)
    shown = Plan(
        id=id,
        name=plan_name(subscription, tariff),
        amounts=_amounts(subscription, tariff, language),
        lines=_lines(tx, subscription, tariff, language),
        method=_method(tx, guest, subscription, language),
        discounts=_discounts(tx, subscription, language),
        can=_abilities(tx, guest, subscription),
        starts=paused_by_trial(subscription),
    )
    _describe(tx, subscription, shown, language)
    _foretell(subscription, shown, next, language)
    return shown


def plan_name(subscription: Subscription, tariff: Tariff) -> str:
    """Return what a customer calls its plan: its products, each with its quantity above one."""
    names = []
    for item in subscription.items.data:
        name = tariff[item.price.id].product.name
        names.append(f"{item.units} × {name}" if item.units > 1 else name)
    return ", ".join(names)


def _amounts(subscription: Subscription, tariff: Tariff, language: Language) -> list[str]:
    """Return what the plan costs in each of its intervals; use is told apart."""
    sums: dict[tuple[str, int], int] = {}
    for item in subscription.items.data:
        if not item.metered:
            cost = tariff[item.price.id].amount(item.units)
            sums[item.interval] = sums.get(item.interval, 0) + cost
    if not sums:
        return []
    return [
        f"{language.amount(cost, subscription.currency)} {language.every(*interval)}"
        for interval, cost in sums.items()
    ]


def _lines(
    tx: UnitOfWork, subscription: Subscription, tariff: Tariff, language: Language
) -> list[str]:
    """Return what the amounts do not tell: what one costs of several, and what was used."""
    items = subscription.items.data
    lines = []
    for item in items:
        terms = tariff[item.price.id]
        if item.metered:
            lines.append(_used(tx, subscription, item, terms, language))
        elif len(items) > 1 or item.units > 1:
            one = price_text(
                language, terms.pricing, subscription.currency, item.interval,
                terms.product.unit_label,
            )  # fmt: skip
            count = f"{language.number(item.units)} × " if item.units > 1 else ""
            lines.append(f"{terms.product.name}: {count}{one}" if len(items) > 1 else count + one)
    return lines


def _used(
    tx: UnitOfWork, subscription: Subscription, item: SubscriptionItem, terms: Any,
    language: Language,
) -> str:  # fmt: skip
    unit = terms.product.unit_label
    rate = rate_text(language, terms.pricing, subscription.currency, unit)
    start = usage_start(subscription, item)
    used = usage(tx, subscription, item, start, this_moment(tx))
    return language.text(
        "{plan}: {rate}, {number} used since {date}",
        plan=terms.product.name, rate=rate, number=language.number(used),
        date=language.date(start.second, "medium"),
    )  # fmt: skip


def _next(tx: UnitOfWork, id: str) -> tuple[int, str, int] | None:
    """Return what the next invoice comes to (minor units), in which currency and when."""
    with tx.suppose():
        subscription = tx.get(Subscription, id)
        if subscription.status not in LIVE or subscription.pause_collection is not None:
            return None
        try:
            invoice = next_invoice(tx, subscription)
        except APIError:
            return None
        return invoice.amount_due, invoice.currency, invoice.period_end


def _method(
    tx: UnitOfWork, guest: Guest, subscription: Subscription, language: Language
) -> str | None:
    settings = guest.customer.invoice_settings
    id = subscription.default_payment_method or settings.default_payment_method
    method = tx.find(PaymentMethod, id)
    return None if method is None else method_text(language, method)


def _discounts(tx: UnitOfWork, subscription: Subscription, language: Language) -> list[str]:
    found = tx.load(Discount, subscription.discounts, look=True)
    ids = (each.source.coupon or "" for each in found.values())
    coupons = tx.load(Coupon, ids, look=True)
    shown = []
    for id in subscription.discounts:
        discount = found.get(id)
        coupon = coupons.get(discount.source.coupon or "") if discount is not None else None
        if coupon is not None:
            text = coupon_text(language, coupon, subscription.currency)
            shown.append(f"{coupon.name} ({text})" if coupon.name else text)
    return shown


def _abilities(tx: UnitOfWork, guest: Guest, subscription: Subscription) -> frozenset[str]:
    features = guest.configuration.features
    schedule = open_schedule(tx, subscription)
    able = {
        "update": why_no_update(tx, features, subscription) is None
        and can_change(tx, features, subscription),
        "cancel": why_no_cancel(tx, features, subscription) is None,
        "pause": why_no_pause(tx, features, subscription) is None,
        "renew": can_renew(tx, features, subscription),
        "resume": can_resume(features, subscription),
        "drop": can_drop(features, subscription),
        "undo": can_undo(schedule) and subscription.status != "paused",
        "pay_with": features.payment_method_update.enabled
        and subscription.collection_method == "charge_automatically",
    }
    return frozenset(name for name, may in able.items() if may)


def _describe(tx: UnitOfWork, subscription: Subscription, shown: Plan, language: Language) -> None:
    """Say how a plan stands, and what will become of it."""
    _ = language.text
    end = subscription.period_end
    date = language.date(end) if end is not None else ""
    if subscription.status == "trialing" and subscription.trial_end is not None:
        shown.badge = ("good", _("Free trial"))
        until = language.date(subscription.trial_end)
        shown.sentence = _("Your free trial ends on {date}.", date=until)
    elif subscription.status in ("past_due", "unpaid", "incomplete"):
        shown.badge = ("wrong", _("Payment due"))
        shown.sentence = _("The last payment did not go through.")
        shown.pay_url = _payable(tx, subscription.latest_invoice)
    elif subscription.status == "paused":
        _describe_pause(tx, subscription, shown, language)
        return
    elif subscription.status == "active":
        shown.sentence = _("Renews on {date}.", date=date)
    if subscription.pending_update is not None:
        shown.badge = ("warning", _("Change not paid yet"))
        until = language.date(subscription.pending_update.expires_at)
        shown.sentence = _("Your change is made once it is paid, until {date}.", date=until)
        pending = subscription.private.pending_change
        shown.pay_url = _payable(tx, pending.invoice if pending is not None else None)
    if subscription.cancel_at is not None:
        ends = language.date(subscription.cancel_at)
        shown.badge = ("warning", _("Ends on {date}", date=language.date(subscription.cancel_at,
                                                                         "medium")))  # fmt: skip
        shown.sentence = _("Your plan ends on {date}. Until then you can use it.", date=ends)
    planned = _planned(tx, subscription, language)
    if planned is not None:
        shown.planned = planned


def _foretell(
    subscription: Subscription, shown: Plan, next: tuple[int, str, int] | None, language: Language
) -> None:
    """Say what the next payment comes to."""
    if next is None:
        return
    amount, when = language.amount(next[0], next[1]), language.date(next[2])
    plain = (
        subscription.status == "active"
        and subscription.cancel_at is None
        and subscription.pending_update is None
    )
    if plain and shown.sentence is not None and next[2] == subscription.period_end:
        shown.sentence = language.text("Renews on {date} for {amount}.", date=when, amount=amount)
    elif next[0] or subscription.cancel_at is None:
        shown.next = language.text("Next payment: {amount} on {date}", amount=amount, date=when)


def _describe_pause(
    tx: UnitOfWork, subscription: Subscription, shown: Plan, language: Language
) -> None:
    _ = language.text
    shown.badge = ("warning", _("Paused"))
    if paused_by_trial(subscription):
        shown.sentence = _("Your free trial is over. Add a payment method to go on.")
        return
    at = resumes_at(tx, subscription)
    if at is not None:
        shown.sentence = _("Goes on by itself on {date}.", date=language.date(at))
    elif subscription.status_details is not UNSET:
        since = subscription.status_details.paused.transitioned_at
        shown.sentence = _("Paused since {date}.", date=language.date(since))


def _planned(tx: UnitOfWork, subscription: Subscription, language: Language) -> str | None:
    """Return what the schedule of a plan will make of it, if anything."""
    schedule = open_schedule(tx, subscription)
    if schedule is None or not is_planned(schedule):
        return None
    place = schedule.place
    if place is None or place + 1 >= len(schedule.phases):
        return None
    phase = schedule.phases[place + 1]
    names = []
    for item in phase.items:
        price = product_name(tx, item.price)
        if price is not None:
            quantity = 0 if item.quantity is UNSET or item.quantity is None else item.quantity
            names.append(f"{quantity} × {price}" if quantity > 1 else price)
    return language.text(
        "Changes to {plan} on {date}.",
        plan=", ".join(names), date=language.date(phase.start_date),
    )  # fmt: skip


def product_name(tx: UnitOfWork, id: str) -> str | None:
    """Return the name of the product that a price is of."""
    price = tx.look(Price, id)
    product = tx.look(Product, price.product) if price is not None else None
    return None if product is None else product.name


def _payable(tx: UnitOfWork, id: str | None) -> str | None:
    """Return where an invoice is paid, None for one that is not open."""
    invoice = tx.look(Invoice, id)
    return told_address(tx, invoice) if invoice is not None and invoice.status == "open" else None
