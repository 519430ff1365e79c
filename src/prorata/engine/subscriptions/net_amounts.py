"""Net amounts: what items cost for a whole interval once the discounts in force are taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from prorata.engine.subscriptions.terms import Tariff
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_item import SubscriptionItem
from prorata.resources.core.customer import Customer
from prorata.resources.products.discount import Discount, applies_at, discount_terms
from prorata.rules import discounts
from prorata.rules.currency import smallest_step
from prorata.rules.rounding import WHOLE, percent_parts


@dataclass(frozen=True, slots=True)
class Net:
    """An item's amount for a whole interval: gross minor units, what discounts take, what is left.

    `left` is exact: a percentage multiplies before anything is rounded. percent_off: the one
    percent discount in it, if that is all there is.
    """

    gross: int
    taken: tuple[tuple[str, int], ...]
    left: Fraction
    percent_off: Decimal | None


def discounts_in_force(tx: Tx, subscription: Subscription, now: int) -> list[Discount]:
    """Return the discounts of a subscription at a moment: its own, else its customer's."""
    ids = subscription.discounts
    if not ids:
        customer = tx.look(Customer, subscription.customer)
        ids = [customer.discount.id] if customer is not None and customer.discount else []
        if not ids:
            return []
    found = tx.load(Discount, ids)
    return [found[id] for id in ids if id in found and applies_at(found[id], now)]


def net_amounts(
    tx: Tx,
    subscription: Subscription,
    items: Sequence[SubscriptionItem],
    terms: Tariff,
    now: int,
    *,
    evenly: bool = False,
) -> dict[str, Net]:
    """Return what licensed items cost for a whole interval after discounts, by item id.

    evenly: spread an amount_off evenly over the items, as classic billing does for a change;
    otherwise in proportion to their amounts, as an invoice does.
    """
    shared = _terms(discounts_in_force(tx, subscription, now), subscription.currency)
    own_ids = [id for item in items for id in item.discounts]
    own = tx.load(Discount, own_ids) if own_ids else {}
    step = smallest_step(subscription.currency)
    lines = [
        discounts.Line(
            amount=terms[item.price.id].amount(item.units),
            discountable=True,
            product=terms[item.price.id].product.id,
            own=tuple(_terms([own[id] for id in item.discounts
                              if id in own and applies_at(own[id], now)],
                             subscription.currency)),
        )
        for item in items
    ]  # fmt: skip
    if evenly:
        parts = [_part(each, len(lines), step) for each in shared]
        taken = [discounts.apply([line], parts, step)[0] for line in lines]
    else:
        taken = discounts.apply(lines, shared, step)
    known = {each.id: each for each in shared}
    known |= {each.id: each for line in lines for each in line.own}
    return {
        item.id: _net(line, shares, known)
        for item, line, shares in zip(items, lines, taken, strict=True)
    }


def _terms(found: Sequence[Discount], currency: str) -> list[discounts.Discount]:
    return [
        terms for each in found if (terms := discount_terms(each, currency)) is not None
    ]


def _part(discount: discounts.Discount, count: int, step: int) -> discounts.Discount:
    if discount.amount_off is None:
        return discount
    part = discount.amount_off // (max(count, 1) * step) * step
    return discounts.Discount(discount.id, None, part, discount.applies_to)


def _net(
    line: discounts.Line,
    shares: Sequence[tuple[str, int]],
    known: dict[str, discounts.Discount],
) -> Net:
    taken = tuple((id, amount) for id, amount in shares if amount)
    working = [known[id] for id, _ in taken]
    if any(each.percent_off is None for each in working):
        return Net(line.amount, taken, Fraction(line.amount - sum(a for _, a in taken)), None)
    left = Fraction(line.amount)
    for each in working:
        left *= Fraction(WHOLE - percent_parts(each.percent_off or 0), WHOLE)
    percent = working[0].percent_off if len(working) == 1 else None
    return Net(line.amount, taken, left, percent)
