"""Prorations: what a change in the middle of a period gives back and asks for.

Flexible billing compares what was really billed for the time ahead with what should be: each
debit that lies ahead is credited in proportion, at the amount that the customer was charged.
Classic billing credits the present price, quantity and discount.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from msgspec.structs import replace

from prorata.engine.invoices.seller import seller
from prorata.engine.subscriptions.debits import Billed, look_up
from prorata.engine.subscriptions.net_amounts import Net, net_amounts
from prorata.engine.subscriptions.periods import Stretch, stretch_from
from prorata.engine.subscriptions.terms import ItemTerms, Tariff
from prorata.model.fields import UNSET, Period
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice_item import (
    InvoiceItem,
    InvoicingRule,
    ItemCreditedItems,
    ItemParent,
    ItemProrationDetails,
    ItemSubscriptionDetails,
)
from prorata.resources.billing.invoice_shape import DiscountAmount, PriceDetails, Pricing
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_facts import Debit, Waived
from prorata.resources.billing.subscription_item import SubscriptionItem
from prorata.resources.core.customer import TaxExempt
from prorata.resources.products.price import decimal_text
from prorata.resources.products.tax_rate import TaxRate
from prorata.rules import wording
from prorata.rules.currency import smallest_step
from prorata.rules.discounts import of_part
from prorata.rules.proration import share


@dataclass(frozen=True, slots=True)
class Before:
    """A subscription's items, with their periods, as they were before a change."""

    items: tuple[SubscriptionItem, ...]
    anchor: int

    def item(self, id: str) -> SubscriptionItem | None:
        return next((each for each in self.items if each.id == id), None)

    def start(self, item: SubscriptionItem, at: int) -> int:
        """Return from when on a change that counts from a moment is one of an item.

        Not from before the item's present period, unless that is before every item's: in one that
        was backdated.
        """
        if all(at < each.current_period_start for each in self.items):
            return at
        return max(at, item.current_period_start)


@dataclass(slots=True)
class Credit:
    """Time [start, end) of an item that is not wanted any more."""

    item: SubscriptionItem
    start: int
    end: int


@dataclass(slots=True)
class Charge:
    """Time of an item that is wanted and was not billed yet."""

    item: SubscriptionItem
    stretch: Stretch


@dataclass(slots=True)
class Difference:
    """What a change gives back and asks for, item by item in the order of the items."""

    credits: list[Credit] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)


def difference(subscription: Subscription, before: Before, at: int) -> Difference:
    """Return what lies between a subscription as it was and as it is, from a moment on.

    Metered items bill what was used, so they have nothing to give back.
    """
    result = Difference()
    for old in before.items:
        new = subscription.item(old.id)
        if old.metered or (new is not None and _same_terms(old, new)):
            continue
        result.credits.append(unused(subscription, before, old, at))
    for new in subscription.items.data:
        if new.metered:
            continue
        earlier = before.item(new.id)
        if earlier is None or earlier.metered or not _same_terms(earlier, new):
            result.charges += _ahead(subscription, new, before.start(new, at))
        elif new.current_period_end > earlier.current_period_end:
            paid = unused(subscription, before, earlier, at).end
            if paid > earlier.current_period_end:
                result.credits.append(Credit(earlier, earlier.current_period_end, paid))
            result.charges += _ahead(subscription, new, earlier.current_period_end)
        elif new.current_period_end < earlier.current_period_end:
            start = max(at, new.current_period_end)
            result.credits.append(Credit(earlier, start, earlier.current_period_end))
    return result


def unused(
    subscription: Subscription, before: Before, item: SubscriptionItem, at: int
) -> Credit:
    """Return the time of an item that a change makes unused, from a moment on.

    An end that is taken back may have left time behind it that stayed billed, as nothing was
    prorated when it was planned; it is billed anew. So may a period that a change without
    prorations has shortened, for as long as the item's new one lasts.
    """
    stop = None if subscription.cancel_at_period_end else subscription.cancel_at
    start, end = before.start(item, at), item.current_period_end
    goes_on = stretch_from(start, before.anchor, item.interval, stop).end
    new = subscription.item(item.id)
    if new is not None and not new.metered:
        goes_on = max(goes_on, new.current_period_end)
    debits = subscription.private.debits
    paid = max((each.until for each in debits if each.item == item.id), default=end)
    return Credit(item, start, max(end, min(goes_on, paid)))


def prorate(
    tx: Tx,
    subscription: Subscription,
    found: Difference,
    terms: Tariff,
    at: int,
    before: Before,
) -> list[InvoiceItem]:
    """Write the pending invoice items of a difference and return them, the first line first.

    `at` is the moment that descriptions name. What is credited here will not be credited again.
    """
    sides = [
        *_credits(tx, subscription, found.credits, terms, before),
        *_debits(tx, subscription, found.charges, terms),
    ]
    order = {each.id: place for place, each in enumerate((*before.items, *_new(subscription)))}
    sides.sort(key=lambda side: (order.get(side.item.id, len(order)), side.charge))
    # Lists show the newest first, so that what comes first is made last.
    items = [_write(tx, subscription, side, terms[side.item.price.id], at)
             for side in reversed(sides)]  # fmt: skip
    items.reverse()
    return items


def forget(subscription: Subscription, credits: Iterable[Credit]) -> None:
    """Take back what debits of a subscription cover, where it was credited."""
    debits = subscription.private.debits
    for credit in credits:
        debits = [left for each in debits for left in _left(each, credit)]
    subscription.private.debits = debits


def _left(debit: Debit, credit: Credit) -> list[Debit]:
    """Return what a debit covers before and after a credit."""
    since = debit.paid_from
    start, end = max(credit.start, since), min(credit.end, debit.until)
    if debit.item != credit.item.id or start >= end:
        return [debit]
    spans = [(since, start), (end, debit.until)]
    return [replace(debit, since=first, until=last) for first, last in spans if first < last]


def give_up(subscription: Subscription, credits: Iterable[Credit]) -> None:
    """Let time go that was billed, without giving anything back for it."""
    credits = list(credits)
    subscription.private.waived = [
        *subscription.private.waived,
        *(Waived(item=each.item.id, start=each.start, end=each.end) for each in credits),
    ]
    forget(subscription, credits)


@dataclass(slots=True)
class _Side:
    item: SubscriptionItem
    charge: bool
    start: int
    end: int
    amount: int
    taken: list[tuple[str, int]]
    percent_off: Decimal | None = None
    billed: Billed | None = None
    tax_rates: list[TaxRate] | None = None
    exempt: TaxExempt | None = None
    net_of: list[str] = field(default_factory=list)


def _credits(
    tx: Tx,
    subscription: Subscription,
    credits: Sequence[Credit],
    terms: Tariff,
    before: Before,
) -> list[_Side]:
    if subscription.flexible:
        sides = _flexible_credits(tx, subscription, credits)
    else:
        sides = _classic_credits(tx, subscription, credits, terms, before)
    forget(subscription, credits)
    return sides


def _flexible_credits(
    tx: Tx, subscription: Subscription, credits: Sequence[Credit]
) -> list[_Side]:
    sides = []
    step = smallest_step(subscription.currency)
    for credit in credits:
        for debit in subscription.private.debits:
            start, end = max(credit.start, debit.paid_from), min(credit.end, debit.until)
            if debit.item != credit.item.id or start >= end:
                continue
            billed = look_up(tx, debit)
            if billed is None:
                continue
            length = debit.end - debit.start
            net = billed.gross - sum(each for _, each in billed.taken)
            amount = billed.gross if subscription.itemized else net
            given_back = share(-amount, end - start, length, step)
            taken = []
            if subscription.itemized:
                taken = [(id, share(-each, end - start, length, step)) for id, each in billed.taken]
                taken = of_part(given_back, taken, free=not net)
            side = _Side(credit.item, False, start, end, given_back,
                         taken, billed.percent_off, billed, billed.tax_rates,
                         billed.exempt)  # fmt: skip
            sides.append(side)
    return sides


def _classic_credits(
    tx: Tx,
    subscription: Subscription,
    credits: Sequence[Credit],
    terms: Tariff,
    before: Before,
) -> list[_Side]:
    items = [each.item for each in credits]
    nets = net_amounts(tx, subscription, items, terms, tx.now, evenly=True)
    sides = []
    for credit in credits:
        net = nets[credit.item.id]
        whole = stretch_from(credit.start, before.anchor, credit.item.interval)
        debits = [each for each in subscription.private.debits if each.item == credit.item.id]
        billed = look_up(tx, debits[-1]) if debits else None
        amount = share(
            -net.left, credit.end - credit.start, whole.whole_end - whole.whole_start,
            smallest_step(subscription.currency),
        )  # fmt: skip
        side = _Side(credit.item, False, credit.start, credit.end, amount, [], net.percent_off,
                     billed, credit.item.tax_rates or None)  # fmt: skip
        sides.append(side)
    return sides


def _debits(
    tx: Tx, subscription: Subscription, charges: Sequence[Charge], terms: Tariff
) -> list[_Side]:
    items = [each.item for each in charges]
    if subscription.flexible:
        licensed = [each for each in subscription.items.data if not each.metered]
        nets = net_amounts(tx, subscription, licensed, terms, tx.now)
    else:
        nets = net_amounts(tx, subscription, items, terms, tx.now, evenly=True)
    return [_debit(subscription, each, nets[each.item.id]) for each in charges]


def _debit(subscription: Subscription, charge: Charge, net: Net) -> _Side:
    stretch, step = charge.stretch, smallest_step(subscription.currency)
    amount: int | Fraction = net.left
    taken: list[tuple[str, int]] = []
    net_of: list[str] = []
    if subscription.itemized:
        amount = net.gross
        taken = [(id, stretch.cost(each, step)) for id, each in net.taken]
        taken = of_part(stretch.cost(amount, step), taken, free=not net.left)
    elif subscription.flexible:
        # Classic billing lowers what it gives back as well: a change may gain nothing by it.
        net_of = [id for id, _ in net.taken]
    return _Side(charge.item, True, stretch.start, stretch.end, stretch.cost(amount, step), taken,
                 net.percent_off, None, charge.item.tax_rates or None, net_of=net_of)  # fmt: skip


def _write(
    tx: Tx, subscription: Subscription, side: _Side, terms: ItemTerms, at: int
) -> InvoiceItem:
    percent = None if subscription.itemized else side.percent_off
    describe = wording.remaining_time if side.charge else wording.unused_time
    quantity = side.item.units
    discounts = [DiscountAmount(amount=amount, discount=id) for id, amount in side.taken]
    item = InvoiceItem(
        id=tx.new_id(InvoiceItem, subscription.customer),
        amount=side.amount,
        currency=subscription.currency,
        customer=subscription.customer,
        date=tx.now,
        description=describe(terms.product.name, quantity, at, percent),
        discountable=False,
        discounts=[],
        frozen_fields=["pricing", "quantity", "discounts"],
        livemode=tx.book.livemode,
        metadata={},
        net_amount=side.amount - sum(each.amount for each in discounts),
        parent=ItemParent(
            subscription_details=ItemSubscriptionDetails(
                subscription=subscription.id, subscription_item=side.item.id
            )
        ),
        period=Period(start=side.start, end=side.end),
        pricing=Pricing(
            price_details=PriceDetails(price=terms.price.id, product=terms.product.id)
        ),
        proration=True,
        proration_details=ItemProrationDetails(
            credited_items=_credited(side.billed), discount_amounts=discounts
        ),
        quantity=quantity,
        quantity_decimal=decimal_text(quantity),
        tax_rates=side.tax_rates or [],
        test_clock=subscription.test_clock,
    )
    if not side.charge and side.billed is not None and seller(tx).settings.defer_credits:
        item.invoicing_rules = [InvoicingRule(type="defer_until_credited_items_resolved")]
    tx.add(item)
    # A credit is taxed as its debit was, whatever the subscription's rates are by then, and
    # whether its customer is exempt.
    item.private.own_rates = side.tax_rates is not None
    item.private.exempt = side.exempt
    item.private.net_of = side.net_of
    if side.charge:
        subscription.private.debits.append(
            Debit(
                item=side.item.id,
                start=side.start,
                end=side.end,
                until=side.end,
                invoice_item=item.id,
                percent_off=None if percent is None else float(percent),
            )
        )
    return item


def _credited(billed: Billed | None) -> ItemCreditedItems | None:
    if billed is None:
        return None
    if billed.invoice is None:
        return ItemCreditedItems(
            type="invoice_item", invoice_item=billed.invoice_item or UNSET
        )
    return billed.as_lines()


def _same_terms(old: SubscriptionItem, new: SubscriptionItem) -> bool:
    return old.price.id == new.price.id and old.units == new.units


def _ahead(subscription: Subscription, item: SubscriptionItem, start: int) -> list[Charge]:
    """Return what to charge from a moment to the end of an item's period.

    Flexible billing has a line for each interval of a backdated time, classic one for all of it.
    """
    charges: list[Charge] = []
    stop = item.current_period_end
    while not charges or start < stop:
        whole = stretch_from(start, subscription.billing_cycle_anchor, item.interval)
        end = min(stop, whole.whole_end) if subscription.flexible else stop
        charges.append(Charge(item, Stretch(start, end, whole.whole_start, whole.whole_end)))
        start = end
    return charges


def _new(subscription: Subscription) -> list[SubscriptionItem]:
    return subscription.items.data
