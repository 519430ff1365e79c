"""Late usage: what came, or was taken back, after its period had been billed.

Nothing is done about it unless the account wants that: it shows among the usage billings. With the
setting `late_usage=bill`, the next invoice of the subscription bills the difference between what
all of the period's usage costs at the price of then and what was billed of it. Of a subscription
that has ended, an invoice of its own does, once nothing can come any more.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from prorata.engine.invoices.lines import LineDraft
from prorata.engine.invoices.seller import seller
from prorata.engine.subscriptions.terms import ItemTerms, tariff
from prorata.engine.subscriptions.usage import Use, used_of
from prorata.engine.subscriptions.usage_back import given_back
from prorata.engine.subscriptions.usage_records import refuse_unbillable, use_of
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.usage_billing import (
    LATE_SECONDS,
    UsageBilling,
)
from prorata.resources.products.price import Price, decimal_text
from prorata.resources.products.product import Product
from prorata.rules import wording
from prorata.rules.pricing import Quantity


def late_lines(tx: Tx, subscription: Subscription, at: int, *, keep: bool) -> list[LineDraft]:
    """Return the lines that bill, or give back, what came late for periods that ended before.

    keep: they go on an invoice, so that this counts as billed.
    """
    if not looks_back(tx, subscription):
        return []
    billings = tx.select(UsageBilling, late_for=subscription.id, oldest_first=True)
    lines = []
    for billing, used in zip(billings, used_of(tx, map(use_of, billings)), strict=True):
        if keep and at >= billing.period.end + LATE_SECONDS:
            # Nothing can come any more.
            billing.private.checked_at = at
        if Decimal(used) != Decimal(billing.quantity):
            lines.append(_line(tx, subscription, billing, used, keep))
    return lines


def looks_back(tx: Tx, subscription: Subscription) -> bool:
    """Return whether a subscription may have periods whose late usage is billed."""
    return seller(tx).settings.late_usage == "bill" or any(
        item.metered for item in subscription.items.data
    )


def last_look(tx: Tx, subscription: Subscription) -> int | None:
    """Return when to bill what comes late of a subscription that ends now; None for never."""
    bills = seller(tx).settings.late_usage == "bill"
    if bills and any(item.metered for item in subscription.items.data):
        return tx.now + LATE_SECONDS
    if not looks_back(tx, subscription):
        return None
    waiting = tx.select(UsageBilling, late_for=subscription.id, limit=1)
    return tx.now + LATE_SECONDS if waiting else None


def prefetch_late(uow: Any, subscriptions: Iterable[Subscription]) -> list[Use]:
    """Have at hand what late usage is billed by, in at most three queries; return its uses."""
    looked_at = [each.id for each in subscriptions if looks_back(uow, each)]
    if not looked_at:
        return []
    uow.prefetch(UsageBilling, "late_for", looked_at)
    billings = [each for id in looked_at for each in uow.select(UsageBilling, late_for=id)]
    prices = uow.load(Price, {each.price for each in billings}, look=True)
    uow.fetch(Product, [each.product for each in prices.values()])
    return [use_of(each) for each in billings]


def _line(
    tx: Tx, subscription: Subscription, billing: UsageBilling, used: Quantity, keep: bool
) -> LineDraft:
    currency = billing.currency
    terms = tariff(tx, [billing.price], currency)[billing.price]
    before = Decimal(billing.quantity)
    amount = terms.amount(used) - terms.amount(before)
    period = (billing.period.start, billing.period.end)
    refuse_unbillable(billing.subscription, billing.meter, period, used, amount, currency)
    difference = Decimal(used) - before
    frozen: list[tuple[str, int]] = []
    if amount < 0:
        amount = given_back(tx, billing, amount)
        frozen = _discounts_back(tx, billing, amount)
    item = subscription.item(billing.subscription_item)
    rates = [rate.id for rate in item.tax_rates or ()] if item is not None else []
    shown = abs(difference)
    line = LineDraft(
        kind="subscription_item",
        amount=amount,
        currency=currency,
        period=period,
        description=_description(terms, difference, billing),
        price=billing.price,
        product=terms.product.id,
        unit_amount_decimal=terms.pricing.unit_amount,
        quantity=int(shown),
        quantity_decimal=shown,
        discounts=item.discounts if item is not None and amount > 0 else (),
        frozen=frozen,
        tax_rates=rates or None,
        subscription=subscription.id,
        subscription_item=billing.subscription_item,
        metadata=dict(subscription.metadata),
        metered=True,
    )
    if keep:
        billing.quantity = decimal_text(used)
        line.late_usage = billing.id
    return line


def _description(terms: ItemTerms, difference: Decimal, billing: UsageBilling) -> str:
    return wording.late_usage(
        terms.product.name, difference, billing.period.start, billing.period.end
    )


def _discounts_back(tx: Tx, billing: UsageBilling, amount: int) -> list[tuple[str, int]]:
    invoice = tx.look(Invoice, billing.billed[0].invoice)
    if invoice is None:
        return []
    facts = invoice.private.lines
    lines = [line for line in invoice.lines.data if facts[line.id].usage == billing.id]
    gross = sum(facts[line.id].gross for line in lines)
    taken: dict[str, int] = {}
    for line in lines:
        for each in line.discount_amounts or ():
            taken[each.discount] = taken.get(each.discount, 0) + each.amount
    return [(id, -(-amount * part // gross)) for id, part in taken.items() if part and gross]
