"""Usage billings shown: what was used in each period, what was billed of it and what came late.

An addition: Stripe has no such view.
"""

from decimal import Decimal
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from prorata.engine.subscriptions.usage import Mark, Use, meter_of, usage_start, used_of
from prorata.engine.subscriptions.usage_records import use_of
from prorata.model.errors import InvalidRequest, no_such
from prorata.model.fields import Period
from prorata.model.operation import operation
from prorata.model.pages import Excerpt, Page
from prorata.model.params import Params, given
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice_item import InvoiceItem
from prorata.resources.billing.subscription import ENDED, Subscription
from prorata.resources.billing.usage_billing import (
    LateUsage,
    Outcome,
    UsageBilling,
    UsageBillingPart,
)
from prorata.resources.core.customer import Customer
from prorata.resources.products.price import DecimalText, decimal_text
from prorata.rules.pricing import Quantity

# Later than any event can be.
FOREVER = Mark(1 << 40)


class UsageBillingShown(Struct, tag_field="object", tag="prorata.usage_billing", kw_only=True):
    """A usage billing with what was really used by now.

    quantity: billed. late: used and not billed, or below zero billed and taken back since; nothing
    is late of free usage, and of a period that goes on.
    """

    id: str
    billed: list[UsageBillingPart]
    created: int
    currency: str
    customer: str
    late: DecimalText
    late_usage: LateUsage
    livemode: bool
    meter: str
    outcome: Outcome
    period: Period
    price: str
    quantity: DecimalText
    subscription: str
    subscription_item: str
    used: DecimalText


class UsageBalanceItem(Struct, kw_only=True):
    """What an item's customer has used since `since`: billed + late + free + open = used."""

    billed: DecimalText
    free: DecimalText
    late: DecimalText
    meter: str
    open: DecimalText
    since: int
    subscription_item: str
    used: DecimalText


class UsageBalance(Struct, tag_field="object", tag="prorata.usage_balance", kw_only=True):
    """What became of all usage of a subscription's items, those that are gone too."""

    customer: str
    items: list[UsageBalanceItem]
    livemode: bool
    subscription: str


class UsageBillingListParams(Params, kw_only=True):
    customer: str | UnsetType = UNSET
    subscription: str | UnsetType = UNSET


class UsageBalanceParams(Params, kw_only=True):
    subscription: str


@operation("GET /v1/prorata/usage_billings")
def list_billings(tx: Tx, params: UsageBillingListParams, page: Page) -> Excerpt[UsageBillingShown]:
    """List what became of a customer's or a subscription's usage, the latest period first.

    Raises InvalidRequest unless one of them is named.
    """
    named: dict[str, Any] = {}
    if given(params.customer):
        named["customer"] = tx.get(Customer, params.customer, param="customer").id
    if given(params.subscription):
        found = tx.get(Subscription, params.subscription, param="subscription")
        named["subscription"] = found.id
    if not named:
        raise InvalidRequest(
            "One of the following params should be provided for this request: customer or"
            " subscription.",
            code="parameter_missing",
        )
    all_ids = [each.id for each in tx.select(UsageBilling, **named)]
    ids, more = _page(all_ids, page)
    page.check()
    billings = list(tx.load(UsageBilling, ids, look=True).values())
    return Excerpt(_shown(tx, billings), more, len(all_ids) if page.total_count else None)


@operation("GET /v1/prorata/usage_billings/{id}")
def retrieve(tx: Tx, billing: UsageBilling) -> UsageBillingShown:
    """Return what became of an item's usage in a period."""
    [shown] = _shown(tx, [billing])
    return shown


@operation("GET /v1/prorata/usage_balance")
def balance(tx: Tx, params: UsageBalanceParams) -> UsageBalance:
    """Return what became of all usage of a subscription: all that was used is accounted for."""
    subscription = tx.get(Subscription, params.subscription, param="subscription")
    billings = tx.select(UsageBilling, subscription=subscription.id, oldest_first=True)
    used = used_of(tx, map(use_of, billings))
    sums: dict[str, dict[str, Decimal]] = {}
    begins: dict[str, int] = {}
    meters: dict[str, str] = {}
    for billing, value in zip(billings, used, strict=True):
        item = billing.subscription_item
        meters[item] = billing.meter
        begins[item] = min(begins.get(item, billing.period.start), billing.period.start)
        quantity = Decimal(billing.quantity)
        if billing.outcome == "billed":
            _add(sums, item, "billed", quantity)
            _add(sums, item, "late", value - quantity)
        elif billing.outcome == "open":
            # The rest of it is among what is open.
            _add(sums, item, "billed", quantity)
            _add(sums, item, "open", -quantity)
        else:
            _add(sums, item, "free", Decimal(value))
    for item, use in _open_uses(tx, subscription).items():
        meters[item], start = use.meter, use.start.second
        begins[item] = min(begins.get(item, start), start)
        [value] = used_of(tx, [use])
        _add(sums, item, "open", Decimal(value))
    return UsageBalance(
        customer=subscription.customer,
        items=[_item(item, meters[item], begins[item], sums[item]) for item in sorted(sums)],
        livemode=tx.book.livemode,
        subscription=subscription.id,
    )


def _open_uses(tx: Tx, subscription: Subscription) -> dict[str, Use]:
    """Return what each metered item of a live subscription will bill next."""
    if subscription.status in ENDED:
        return {}
    return {
        item.id: Use(
            meter_of(item), subscription.customer, usage_start(subscription, item), FOREVER
        )
        for item in subscription.items.data
        if item.metered
    }  # fmt: skip


def _add(sums: dict[str, dict[str, Decimal]], item: str, name: str, value: Quantity) -> None:
    kinds = sums.setdefault(item, dict.fromkeys(("billed", "late", "free", "open"), Decimal(0)))
    kinds[name] += value


def _item(item: str, meter: str, since: int, sums: dict[str, Decimal]) -> UsageBalanceItem:
    return UsageBalanceItem(
        meter=meter,
        since=since,
        subscription_item=item,
        used=decimal_text(sum(sums.values(), Decimal(0))),
        **{name: decimal_text(value) for name, value in sums.items()},
    )


def _shown(tx: Tx, billings: list[UsageBilling]) -> list[UsageBillingShown]:
    used = used_of(tx, map(use_of, billings))
    items = [part.invoice_item for each in billings for part in each.billed]
    swept = tx.load(InvoiceItem, [id for id in items if id is not None], look=True)
    return [
        UsageBillingShown(
            id=each.id,
            billed=[_part(part, swept) for part in each.billed],
            created=each.created,
            currency=each.currency,
            customer=each.customer,
            late=decimal_text(value - Decimal(each.quantity) if each.outcome == "billed" else 0),
            late_usage=each.late_usage,
            livemode=each.livemode,
            meter=each.meter,
            outcome=each.outcome,
            period=each.period,
            price=each.price,
            quantity=each.quantity,
            subscription=each.subscription,
            subscription_item=each.subscription_item,
            used=decimal_text(value),
        )
        for each, value in zip(billings, used, strict=True)
    ]


def _part(part: UsageBillingPart, swept: dict[str, InvoiceItem]) -> UsageBillingPart:
    """Return a part that names the invoice which has taken its item."""
    item = swept.get(part.invoice_item or "")
    if item is None:
        return part
    return UsageBillingPart(
        amount=part.amount,
        invoice=item.invoice,
        invoice_item=part.invoice_item,
        quantity=part.quantity,
    )


def _page(ids: list[str], page: Page) -> tuple[list[str], bool]:
    """Return the ids of a page, newest first, and whether there are more beyond it."""
    start, end = 0, len(ids)
    if page.starting_after is not None:
        start = _place(ids, page.starting_after, "starting_after") + 1
    if page.ending_before is not None:
        end = _place(ids, page.ending_before, "ending_before")
        return ids[max(start, end - page.limit) : end], end - start > page.limit
    return ids[start : start + page.limit], end - start > page.limit


def _place(ids: list[str], id: str, param: str) -> int:
    if id not in ids:
        raise no_such("usage billing", id, param=param, status=400)
    return ids.index(id)
