"""Arrears: what was used of metered items is billed once it is known, and remembered.

Every second of an item's time is accounted for once: billed, or free for a reason that has a name.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from prorata.engine.invoices.lines import LineDraft
from prorata.engine.invoices.seller import seller
from prorata.engine.subscriptions.terms import arrears_lines, tariff_of
from prorata.engine.subscriptions.usage import meter_of, usage, usage_start
from prorata.model.fields import Period
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_facts import SubscriptionForm
from prorata.resources.billing.subscription_item import SubscriptionItem
from prorata.resources.billing.usage_billing import Outcome, UsageBilling, UsageBillingPart
from prorata.resources.products.price import decimal_text
from prorata.rules.pricing import Quantity


def usage_lines(
    tx: Tx,
    subscription: Subscription,
    item: SubscriptionItem,
    at: int,
    since: int | None = None,
    *,
    keep: bool,
    ends: bool = False,
) -> list[LineDraft]:
    """Return the lines for what was used of a metered item and not billed yet; trials are free.

    since: where that begins, if the subscription does not know it any more. keep: these lines bill
    it, so that what is used from `at` on comes next; otherwise they only show it. ends: the item goes
    now, so that this second belongs to it as well.
    """
    start = usage_start(subscription, item) if since is None else since
    end = at + ends
    if start >= end:
        return []
    free = in_trial(subscription, at)
    used = 0 if free else usage(tx, subscription, item, start, end)
    terms = tariff_of(tx, subscription, item)[item.price.id]
    lines = arrears_lines(subscription, item, terms, used, (start, at))
    if keep:
        billing = remember(
            tx, subscription, item, (start, end), "trial" if free else "billed", used
        )
        for line in lines:
            line.usage = billing.id
    return lines


def in_trial(subscription: Subscription, at: int) -> bool:
    """Return whether what was used up to a moment was used in a trial."""
    return subscription.trial_end is not None and at <= subscription.trial_end


def unbilled_usage(
    tx: Tx, subscription: Subscription, at: int, *, keep: bool, ends: bool = False
) -> list[LineDraft]:
    """Return the lines of all usage up to a moment that cost something and was not billed yet."""
    if subscription.status == "paused":
        return []
    return [
        line
        for item in reversed(subscription.items.data)
        if item.metered
        for line in usage_lines(tx, subscription, item, at, keep=keep, ends=ends)
        if line.amount
    ]


def forgo_usage(tx: Tx, subscription: Subscription, at: int, outcome: Outcome) -> None:
    """Let usage go that was not billed up to a moment, and remember why."""
    for item in subscription.items.data:
        if item.metered:
            start = usage_start(subscription, item)
            if start < at:
                remember(tx, subscription, item, (start, at), outcome, 0)


def forgo_replaced(
    tx: Tx, subscription: Subscription, earlier: SubscriptionForm
) -> list[UsageBilling]:
    """Remember what is not billed of items that a change has removed, or given another price."""
    written = []
    for old in earlier.items:
        new = subscription.item(old.id)
        if not old.metered or (new is not None and new.price.id == old.price.id):
            continue
        start = earlier.usage_from.get(old.id, old.current_period_start)
        end = tx.now
        if new is not None and new.metered:
            end = min(end, usage_start(subscription, new))
        if start < end:
            outcome: Outcome = "removed" if new is None else "price_changed"
            if subscription.status == "paused":
                outcome = "paused"
            elif in_trial(subscription, end):
                outcome = "trial"
            written.append(
                remember(tx, subscription, old, (start, end), outcome, 0, moves=False)
            )
    return written


def remember(
    tx: Tx,
    subscription: Subscription,
    item: SubscriptionItem,
    period: tuple[int, int],
    outcome: Outcome,
    used: Quantity,
    *,
    moves: bool = True,
) -> UsageBilling:
    """Write down what becomes of an item's usage in a period; what it used later comes next."""
    present = subscription.item(item.id)
    if moves and present is not None and present.metered:
        subscription.private.usage_from[item.id] = period[1]
    return tx.add(
        UsageBilling(
            id=tx.new_id(UsageBilling, subscription.customer),
            created=tx.now,
            currency=subscription.currency,
            customer=subscription.customer,
            late_usage=seller(tx).settings.late_usage,
            livemode=subscription.livemode,
            meter=meter_of(item),
            outcome=outcome,
            period=Period(start=period[0], end=period[1]),
            price=item.price.id,
            quantity=decimal_text(used),
            subscription=subscription.id,
            subscription_item=item.id,
            test_clock=subscription.test_clock,
        )
    )


def note_invoice(tx: Tx, invoice: Invoice, drafts: Iterable[LineDraft]) -> None:
    """Remember which invoice bills the usage of these lines."""
    for id, lines in _by_billing(drafts).items():
        billing = tx.get(UsageBilling, id)
        bill(billing, sum(line.amount for line in lines), invoice=invoice.id)


def note_item(tx: Tx, line: LineDraft, item: str) -> None:
    """Remember which pending invoice item bills the usage of a line; its amount is final."""
    if line.usage is None:
        return
    billing = tx.get(UsageBilling, line.usage)
    bill(billing, line.amount, item=item)
    billing.private.final = True


def bill(
    billing: UsageBilling, amount: int, *, invoice: str | None = None, item: str | None = None
) -> None:
    """Add what an invoice, or an item on its way to one, bills of what was not billed before."""
    rest = Decimal(billing.quantity) - billed_quantity(billing.billed)
    part = UsageBillingPart(
        amount=amount, invoice=invoice, invoice_item=item, quantity=decimal_text(rest)
    )
    billing.billed = [*billing.billed, part]


def billed_quantity(parts: Sequence[UsageBillingPart]) -> Decimal:
    """Return how much usage these bill together."""
    return sum((Decimal(each.quantity) for each in parts), Decimal(0))


def _by_billing(drafts: Iterable[LineDraft]) -> dict[str, list[LineDraft]]:
    found: dict[str, list[LineDraft]] = {}
    for draft in drafts:
        id = draft.usage or draft.late_usage
        if id is not None:
            found.setdefault(id, []).append(draft)
    return found
