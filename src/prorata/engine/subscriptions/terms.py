"""Terms: what a subscription's items cost, and the invoice lines that say so."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from prorata.engine.invoices.lines import LineDraft
from prorata.engine.subscriptions.periods import Stretch
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_item import SubscriptionItem
from prorata.resources.products.price import Price
from prorata.resources.products.price_terms import price_terms
from prorata.resources.products.product import Product
from prorata.rules import wording
from prorata.rules.pricing import Part, PriceTerms, Quantity, amount, parts


@dataclass(frozen=True, slots=True)
class ItemTerms:
    """What one price asks for in a subscription's currency."""

    price: Price
    product: Product
    pricing: PriceTerms
    currency: str

    def amount(self, quantity: Quantity) -> int:
        """Return what a quantity costs for one whole interval, in minor units."""
        return amount(self.pricing, quantity)

    def parts(self, quantity: Quantity) -> list[Part]:
        return parts(self.pricing, quantity)

    def describe(self, quantity: Quantity, part: Part) -> str:
        recurring = self.price.recurring
        return wording.line_description(
            self.product.name,
            quantity,
            part,
            self.pricing,
            self.currency,
            recurring.interval if recurring else None,
            recurring.interval_count if recurring else None,
            self.product.unit_label,
        )


# Of a transaction's results: the terms worked out in it, by currency and price.
TARIFFS = "tariffs"
Tariff = dict[str, ItemTerms]
"""The terms of every price that a subscription uses, by price id."""


def tariff(tx: Tx, prices: Iterable[str], currency: str) -> Tariff:
    """Return the terms of these prices; two queries at most, none when they are at hand.

    They are worked out once in a transaction: what a price asks for never changes.
    """
    known: Tariff = tx.results.setdefault(TARIFFS, {}).setdefault(currency, {})
    wanted = dict.fromkeys(prices)
    missing = wanted.keys() - known.keys()
    if missing:
        found = tx.load(Price, missing, look=True)
        products = tx.load(Product, [price.product for price in found.values()], look=True)
        for id, price in found.items():
            terms = price_terms(price, currency)
            known[id] = ItemTerms(price, products[price.product], terms, currency)
    return {id: known[id] for id in wanted if id in known}


def tariff_of(tx: Tx, subscription: Subscription, *more: SubscriptionItem) -> Tariff:
    """Return the terms of a subscription's items, and of `more` that it had or will have."""
    items = [*subscription.items.data, *more]
    return tariff(tx, (item.price.id for item in items), subscription.currency)


def advance_lines(
    subscription: Subscription, item: SubscriptionItem, terms: ItemTerms, stretch: Stretch
) -> list[LineDraft]:
    """Return the lines that bill a licensed item for a stretch of time ahead."""
    return [
        _line(subscription, item, terms, part, stretch.cost(part.amount, terms.pricing.step),
              item.units, (stretch.start, stretch.end))
        for part in terms.parts(item.units)
    ]  # fmt: skip


def arrears_lines(
    subscription: Subscription,
    item: SubscriptionItem,
    terms: ItemTerms,
    usage: Quantity,
    period: tuple[int, int],
) -> list[LineDraft]:
    """Return the lines that bill a metered item for the usage of an elapsed period."""
    lines = [
        _line(subscription, item, terms, part, part.amount, usage, period)
        for part in terms.parts(usage)
    ]
    for line in lines:
        line.metered = True
    return lines


def trial_line(
    subscription: Subscription, item: SubscriptionItem, terms: ItemTerms, period: tuple[int, int]
) -> LineDraft:
    """Return the line of an item's free trial, amount 0."""
    free = Part(0, item.units, Decimal(0), None, False)
    line = _line(subscription, item, terms, free, 0, item.units, period)
    line.description = wording.trial_description(
        terms.product.name, item.units, subscription.flexible, item.metered
    )
    return line


def _line(
    subscription: Subscription,
    item: SubscriptionItem,
    terms: ItemTerms,
    part: Part,
    cost: int,
    quantity: Quantity,
    period: tuple[int, int],
) -> LineDraft:
    draft = LineDraft(
        kind="subscription_item",
        amount=cost,
        currency=subscription.currency,
        period=period,
        price=terms.price.id,
        product=terms.product.id,
        discounts=item.discounts,
        tax_rates=[rate.id for rate in item.tax_rates] if item.tax_rates else None,
        subscription=subscription.id,
        subscription_item=item.id,
        metadata=dict(subscription.metadata),
    )
    describe_part(draft, terms, part, quantity)
    draft.amount = cost
    return draft


def describe_part(draft: LineDraft, terms: ItemTerms, part: Part, quantity: Quantity) -> None:
    """Let a line bill one part of a quantity; minor units."""
    shown = part.quantity if part.tier is not None or part.flat else quantity
    draft.amount = part.amount
    draft.description = terms.describe(quantity, part)
    draft.unit_amount_decimal = part.unit_amount
    draft.quantity = int(shown)
    draft.quantity_decimal = shown if isinstance(shown, Decimal) else None
