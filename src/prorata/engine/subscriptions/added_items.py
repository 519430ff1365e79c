"""Added items: one-off amounts that a subscription's next invoice collects with it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from prorata.engine.catalogue.discounts import redeem
from prorata.engine.invoices.lines import LineDraft
from prorata.engine.invoices.once import bill_once
from prorata.engine.subscriptions.items import check_amount, price_of, unsupported_currency
from prorata.engine.subscriptions.usage_records import note_item
from prorata.model.errors import InvalidRequest
from prorata.model.fields import UNSET, Period
from prorata.model.params import given, merge_metadata, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice_item import (
    InvoiceItem,
    ItemParent,
    ItemSubscriptionDetails,
)
from prorata.resources.billing.invoice_shape import PriceDetails, Pricing
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_params import AddInvoiceItemParams
from prorata.resources.products.moments import check_typed
from prorata.resources.products.price import decimal_text
from prorata.resources.products.price_terms import supports
from prorata.resources.products.tax_rate import TaxRate

ADDED_MAX = 20


def add_invoice_items(tx: Tx, subscription: Subscription, params: Any) -> list[InvoiceItem]:
    """Add the pending items of an `add_invoice_items` parameter; the next invoice takes them."""
    if not given(params.add_invoice_items):
        return []
    if len(params.add_invoice_items) > ADDED_MAX:
        raise InvalidRequest(
            f"You can add at most {ADDED_MAX} invoice items in one call.",
            param="add_invoice_items",
        )
    return [
        _add(tx, subscription, each, f"add_invoice_items[{place}]")
        for place, each in enumerate(params.add_invoice_items)
    ]


def _add(
    tx: Tx, subscription: Subscription, params: AddInvoiceItemParams, path: str
) -> InvoiceItem:
    price = price_of(tx, params, path, recurring=False)
    currency = subscription.currency
    if not supports(price, currency):
        raise unsupported_currency(price, currency)
    quantity = value_or(params.quantity, 1)
    check_amount(price, quantity, currency, path)
    item = bill_once(
        tx,
        price,
        quantity,
        customer=subscription.customer,
        currency=currency,
        test_clock=subscription.test_clock,
        rates=list(params.tax_rates or ()) if given(params.tax_rates) else None,
        path=f"{path}[tax_rates]",
        discountable=value_or(params.discountable, Decimal(price.unit_amount_decimal or 0) >= 0),
        metadata=merge_metadata({}, params.metadata),
        parent=ItemParent(
            subscription_details=ItemSubscriptionDetails(subscription=subscription.id)
        ),
        period=_period(tx, subscription, params, path),
    )
    if given(params.discounts):
        found = redeem(
            tx,
            params.discounts,
            customer=subscription.customer,
            invoice_item=item.id,
            currency=currency,
            path=f"{path}[discounts]",
        )
        item.discounts = [each.id for each in found]
    return item


def _period(
    tx: Tx, subscription: Subscription, params: AddInvoiceItemParams, path: str
) -> Period:
    if not given(params.period):
        return Period(start=tx.now, end=tx.now)
    start, end = params.period.start, params.period.end
    moments = {
        "now": tx.now,
        "max_item_period_start": subscription.period_start,
        "min_item_period_end": subscription.period_end or tx.now,
    }
    bounds = {}
    for name, side in (("start", start), ("end", end)):
        exact = check_typed(side, f"{path}[period][{name}]")
        bounds[name] = moments[side.type] if exact is None else exact
    if getattr(params, "agreed", False):
        # Where a phase's periods lie was not known when it was planned.
        bounds["end"] = max(bounds["start"], bounds["end"])
    period = Period(**bounds)
    if period.end < period.start:
        raise InvalidRequest(
            "A period can't end before it starts.", param=f"{path}[period][end]"
        )
    return period


def pend_lines(
    tx: Tx, subscription: Subscription, lines: Sequence[LineDraft]
) -> list[InvoiceItem]:
    """Add what lines would have billed (usage of a time that has ended) as pending items.

    An invoice shows the newest item first: so it shows them in this order.
    """
    return [_pend(tx, subscription, line) for line in reversed(lines) if line.amount]


def _pend(tx: Tx, subscription: Subscription, line: LineDraft) -> InvoiceItem:
    unit = line.unit_amount_decimal
    item = InvoiceItem(
        id=tx.new_id(InvoiceItem, subscription.customer),
        amount=line.amount,
        currency=line.currency,
        customer=subscription.customer,
        date=tx.now,
        description=line.description,
        discountable=True,
        discounts=list(line.discounts),
        livemode=tx.book.livemode,
        metadata={},
        parent=ItemParent(
            subscription_details=ItemSubscriptionDetails(
                subscription=subscription.id,
                subscription_item=line.subscription_item or UNSET,
            )
        ),
        period=Period(start=line.period[0], end=line.period[1]),
        pricing=Pricing(
            price_details=PriceDetails(price=line.price or "", product=line.product or ""),
            unit_amount_decimal=None if unit is None else decimal_text(Decimal(unit)),
        ),
        quantity=line.quantity or 0,
        quantity_decimal=decimal_text(Decimal(line.quantity_decimal or line.quantity or 0)),
        tax_rates=list(tx.load(TaxRate, line.tax_rates).values()) if line.tax_rates else [],
        test_clock=subscription.test_clock,
    )
    tx.add(item)
    item.private.metered = line.metered
    item.private.taken = dict(line.frozen)
    note_item(tx, line, item.id)
    return item
