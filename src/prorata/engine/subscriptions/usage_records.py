"""Usage records: what became of a metered item's usage is written down, period by period."""

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

from prorata.engine.invoices.lines import LineDraft
from prorata.engine.invoices.seller import seller
from prorata.engine.subscriptions.usage import Mark, Use, meter_of, start_usage
from prorata.model.errors import InvalidRequest
from prorata.model.fields import Period
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import AMOUNT_MAX, Invoice
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_item import SubscriptionItem
from prorata.resources.billing.usage_billing import (
    Outcome,
    UsageBilling,
    UsageBillingPart,
    UsageBillingPrivate,
)
from prorata.resources.products.price import decimal_text
from prorata.rules import wording
from prorata.rules.currency import format_amount
from prorata.rules.pricing import Quantity


def remember(
    tx: Tx,
    subscription: Subscription,
    item: SubscriptionItem,
    start: Mark,
    end: Mark,
    outcome: Outcome,
    used: Quantity,
    *,
    moves: bool = True,
) -> UsageBilling:
    """Write down what becomes of an item's usage; unless its period goes on, what comes is next."""
    present = subscription.item(item.id)
    if moves and outcome != "open" and present is not None and present.metered:
        start_usage(subscription, item.id, end)
    billing = None
    if outcome in ("billed", "open"):
        billing = open_billing(tx, subscription, item)
        subscription.private.open_usage.pop(item.id, None)
    if billing is None:
        billing = tx.add(_billing(tx, subscription, item, start, end))
    billing.outcome = outcome
    billing.period = Period(start=start.second, end=end.second)
    billing.private.until = end.moment
    billing.private.ends = present is not None and not present.metered
    billing.private.final = True
    billing.quantity = decimal_text(used)
    if outcome == "open":
        subscription.private.open_usage[item.id] = billing.id
    return billing


def _billing(
    tx: Tx, subscription: Subscription, item: SubscriptionItem, start: Mark, end: Mark
) -> UsageBilling:
    billing = UsageBilling(
        id=tx.new_id(UsageBilling, subscription.customer),
        created=tx.now,
        currency=subscription.currency,
        customer=subscription.customer,
        late_usage=seller(tx).settings.late_usage,
        livemode=subscription.livemode,
        meter=meter_of(item),
        outcome="open",
        period=Period(start=start.second, end=end.second),
        price=item.price.id,
        quantity="0",
        subscription=subscription.id,
        subscription_item=item.id,
        test_clock=subscription.test_clock,
    )
    billing.private = UsageBillingPrivate(after=start.moment)
    return billing


def refuse_unbillable(
    subscription: str, meter: str, period: tuple[int, int], used: Quantity, amount: int,
    currency: str,
) -> None:  # fmt: skip
    """Raise InvalidRequest for usage that costs more than a line can have, naming what to mend.

    period: seconds UTC, [start, end). amount: what it costs, in minor units.
    """
    if abs(amount) <= AMOUNT_MAX:
        return
    start, end = (wording.format_date(each) for each in period)
    raise InvalidRequest(
        f"The usage of the subscription {subscription} by the meter {meter} from {start} to {end}"
        f" ({decimal_text(used)}) costs {format_amount(amount, currency)}; a line of an invoice can"
        f" have no more than {format_amount(AMOUNT_MAX, currency)}. Cancel the meter events that"
        " are wrong, or send one with a negative value and a timestamp of that time; what was set"
        " aside for this goes on after `prorata doctor --retry`.",
        code="amount_too_large",
    )


def open_billing(tx: Tx, subscription: Subscription, item: SubscriptionItem) -> UsageBilling | None:
    """Return what remembers the part of an item's period that was billed already, if any was."""
    return tx.find(UsageBilling, subscription.private.open_usage.get(item.id))


def settle_open(tx: Tx, subscription: Subscription, item: SubscriptionItem) -> Mark | None:
    """Leave it at what was billed of an item's period; return where that ended, None for none."""
    billing = open_billing(tx, subscription, item)
    if billing is None:
        return None
    del subscription.private.open_usage[item.id]
    billing.outcome = "billed"
    return Mark(billing.period.end, billing.private.until)


def use_of(billing: UsageBilling) -> Use:
    """Return what a usage billing measures."""
    facts, period = billing.private, billing.period
    return Use(
        billing.meter,
        billing.customer,
        Mark(period.start, facts.after),
        Mark(period.end, facts.until),
    )


def note_invoice(tx: Tx, invoice: Invoice, drafts: Iterable[LineDraft]) -> None:
    """Remember which invoice bills the usage of these lines."""
    amounts: dict[str, int] = {}
    whole: set[str] = set()
    for draft in drafts:
        id = draft.usage or draft.late_usage
        whole |= {draft.usage} if draft.usage is not None else set()
        if id is not None:
            amounts[id] = amounts.get(id, 0) + draft.amount
    for id, amount in amounts.items():
        billing = tx.get(UsageBilling, id)
        bill(billing, amount, invoice=invoice.id)
        if id in whole:
            # As long as the invoice is a draft, what comes goes on it.
            billing.private.final = False
        if billing.outcome == "open":
            billing.private.discounts = _discounts(invoice, billing)


def _discounts(invoice: Invoice, billing: UsageBilling) -> dict[str, int]:
    """Return what discounts take of all that was billed of a period, by id."""
    taken = dict(billing.private.discounts)
    for line in invoice.lines.data:
        facts = invoice.private.lines[line.id]
        if billing.id in (facts.usage, facts.takes_off):
            for each in line.discount_amounts or ():
                taken[each.discount] = taken.get(each.discount, 0) + each.amount
    return taken


def note_item(tx: Tx, line: LineDraft, item: str) -> None:
    """Remember which pending invoice item bills the usage of a line; its amount is final."""
    id = line.usage or line.late_usage
    if id is None:
        return
    billing = tx.get(UsageBilling, id)
    bill(billing, line.amount, item=item)


def bill(
    billing: UsageBilling, amount: int, *, invoice: str | None = None, item: str | None = None
) -> None:
    """Add what an invoice, or an item on its way to one, bills of what was not billed before."""
    rest = Decimal(billing.quantity) - billed_quantity(billing.billed)
    part = UsageBillingPart(
        amount=amount, invoice=invoice, invoice_item=item, quantity=decimal_text(rest)
    )
    billing.billed = [*billing.billed, part]


def take_off_bill(tx: Tx, subscription: Subscription, items: Collection[str]) -> None:
    """Remember that these invoice items bill no usage any more: it was used, and is not billed."""
    for billing in tx.select(UsageBilling, subscription=subscription.id):
        kept = [each for each in billing.billed if each.invoice_item not in items]
        if len(kept) < len(billing.billed):
            billing.billed = kept
            billing.quantity = decimal_text(billed_quantity(kept))


def billed_quantity(parts: Sequence[UsageBillingPart]) -> Decimal:
    """Return how much usage these bill together."""
    return sum((Decimal(each.quantity) for each in parts), Decimal(0))


def quantity_of(billing: UsageBilling) -> Quantity:
    """Return how much is billed, an int where it is whole."""
    found = Decimal(billing.quantity)
    return int(found) if found == found.to_integral_value() else found
