"""Usage drafts: what came of a period's usage while its invoice was a draft goes on it."""

from collections.abc import Iterable
from contextlib import suppress
from copy import copy
from decimal import Decimal
from typing import Any

from prorata.engine.invoices.compose import recompute
from prorata.engine.invoices.hooks import before_editing, before_finalizing, prepares_drafts
from prorata.engine.invoices.lines import LineDraft, build_line, draft_of, facts_of
from prorata.engine.subscriptions.terms import describe_part, tariff
from prorata.engine.subscriptions.usage import used_of
from prorata.engine.subscriptions.usage_back import taken_off
from prorata.engine.subscriptions.usage_records import billed_quantity, refuse_unbillable, use_of
from prorata.model.errors import InvalidRequest
from prorata.model.operation import freshens
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_shape import DiscountAmount
from prorata.resources.billing.usage_billing import UsageBilling
from prorata.resources.products.price import Price, decimal_text
from prorata.resources.products.product import Product
from prorata.rules.pricing import Quantity


@before_finalizing
def measure_again(tx: Tx, invoice: Invoice) -> None:
    """Bring a draft's lines of usage in line with what has been used by now."""
    ids = _billings_of(invoice)
    if not ids:
        return
    if refresh_usage(tx, invoice):
        recompute(tx, invoice)
    for id in ids:
        billing = tx.look(UsageBilling, id)
        if billing is not None and billing.late_usage == "bill" and not billing.private.final:
            tx.take(billing).private.final = True


def refresh_usage(tx: Tx, invoice: Invoice) -> bool:
    """Replace lines whose usage has changed, to be summed again; return whether there were any.

    What a threshold has billed stays as it is: later invoices of the period bill the difference.
    """
    ids = _billings_of(invoice)
    if not ids or invoice.billing_reason == "subscription_threshold":
        return False
    billings = [
        each for each in tx.load(UsageBilling, ids, look=True).values() if each.outcome == "billed"
    ]
    changed = False
    for billing, used in zip(billings, used_of(tx, map(use_of, billings)), strict=True):
        if Decimal(used) != Decimal(billing.quantity):
            _replace(tx, invoice, tx.take(billing), used)
            changed = True
        if _take_off_again(tx, invoice, billing):
            changed = True
    return changed


@before_editing
def measure_for_edit(tx: Tx, invoice: Invoice) -> None:
    """Let a draft that is changed, and will be summed again, bill what has been used by now."""
    with suppress(InvalidRequest):
        # Of more than an invoice can ask for, what is refused is to finalize it.
        refresh_usage(tx, invoice)


@freshens("invoice", '"status":"draft"')
def show_usage(tx: Tx, invoice: Invoice) -> bool:
    """Let a draft that is read show what has been used by now."""
    if invoice.status != "draft":
        return False
    tx.follow(invoice)
    try:
        changed = refresh_usage(tx, invoice)
        if changed:
            recompute(tx, invoice)
    except InvalidRequest:
        # More than an invoice can ask for: it stays as it was, and cannot be finalized.
        return False
    return changed


@prepares_drafts
def prefetch_billings(uow: Any, drafts: list[Invoice]) -> None:
    """Have at hand what drafts of usage are measured by, in a constant number of queries."""
    ids = [id for each in drafts for id in _billings_of(each)]
    if not ids:
        return
    billings = uow.load(UsageBilling, ids, look=True).values()
    prices = uow.load(Price, {each.price for each in billings}, look=True)
    uow.fetch(Product, {each.product for each in prices.values()})
    used_of(uow, map(use_of, billings))


def _billings_of(invoice: Invoice) -> list[str]:
    """Return the usage billings of a draft's own lines; what came by an item is billed already."""
    facts = invoice.private.lines
    found: dict[str, None] = {}
    for line in invoice.lines.data:
        usage = facts[line.id].usage
        if usage is not None and line.invoice_item is None:
            found[usage] = None
    return list(found)


def _replace(tx: Tx, invoice: Invoice, billing: UsageBilling, used: Quantity) -> None:
    """Put the lines of what was really used in the place of those that bill a period."""
    facts = invoice.private.lines
    old = [line for line in invoice.lines.data if facts[line.id].usage == billing.id]
    place = invoice.lines.data.index(old[0])
    new = []
    for number, draft in enumerate(_drafts(tx, invoice, billing, used, draft_of(invoice, old[0]))):
        line = build_line(tx, draft, invoice=invoice.id, owner=invoice.customer or "")
        if number < len(old):
            line.id = old[number].id
        new.append((line, facts_of(draft)))
    for line in old:
        invoice.lines.data.remove(line)
        del facts[line.id]
    invoice.lines.data[place:place] = [line for line, _ in new]
    facts.update({line.id: fact for line, fact in new})
    _bill_again(billing, invoice, used)


def _drafts(
    tx: Tx, invoice: Invoice, billing: UsageBilling, used: Quantity, like: LineDraft
) -> Iterable[LineDraft]:
    terms = tariff(tx, [billing.price], invoice.currency)[billing.price]
    period = (billing.period.start, billing.period.end)
    refuse_unbillable(
        billing.subscription, billing.meter, period, used, terms.amount(used), invoice.currency
    )
    for part in terms.parts(used):
        draft = copy(like)
        describe_part(draft, terms, part, used)
        yield draft


def _bill_again(billing: UsageBilling, invoice: Invoice, used: Quantity) -> None:
    billing.quantity = decimal_text(used)
    others = [each for each in billing.billed if each.invoice != invoice.id]
    for part in billing.billed:
        if part.invoice == invoice.id:
            part.quantity = decimal_text(Decimal(used) - billed_quantity(others))
            part.amount = _gross(invoice, billing)


def _take_off_again(tx: Tx, invoice: Invoice, billing: UsageBilling) -> bool:
    """Let a draft take off what a threshold has billed before; return whether that has changed."""
    facts = invoice.private.lines
    others = [each for each in billing.billed if each.invoice != invoice.id]
    for line in invoice.lines.data:
        fact = facts[line.id]
        if fact.takes_off != billing.id:
            continue
        whole = sum(each.gross for each in facts.values() if each.usage == billing.id)
        taken, frozen = taken_off(tx, billing, others, whole, billing.period.end)
        if fact.gross == -taken:
            return False
        fact.gross = -taken
        fact.frozen = [DiscountAmount(amount=amount, discount=id) for id, amount in frozen]
        for part in tx.take(billing).billed:
            if part.invoice == invoice.id:
                part.amount = _gross(invoice, billing)
        return True
    return False


def _gross(invoice: Invoice, billing: UsageBilling) -> int:
    """Return what an invoice bills of a period, less what was billed before; minor units."""
    facts = invoice.private.lines.values()
    whole = sum(each.gross for each in facts if each.usage == billing.id)
    less = [each.gross for each in facts if each.takes_off == billing.id]
    if not less:
        # Older drafts do not say which line takes it off.
        less = [-each.amount for each in billing.billed if each.invoice != invoice.id]
    net: int = whole + sum(less)
    return net
