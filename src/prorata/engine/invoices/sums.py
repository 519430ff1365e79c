"""Invoice sums: discounts, taxes and totals of an invoice's lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal, TypeVar, cast

from prorata.engine.invoices.automatic_tax import Automatic, Charge
from prorata.engine.tax.assess import WITHOUT_BASE
from prorata.resources.billing.invoice import Invoice, LineCredit, LineFacts
from prorata.resources.billing.invoice_line_item import InvoiceLineItem
from prorata.resources.billing.invoice_shape import (
    DiscountAmount,
    PretaxCreditAmount,
    TaxabilityReason,
    TaxAmount,
    TaxRateDetails,
)
from prorata.rules import credits, discounts, taxes

T = TypeVar("T", DiscountAmount, PretaxCreditAmount)
EXEMPT_REASONS: dict[str, TaxabilityReason] = {
    "exempt": "customer_exempt",
    "reverse": "reverse_charge",
}


@dataclass(frozen=True, slots=True)
class Terms:
    """The discounts, credits and tax rates that an invoice's sums depend on, the first by id.

    credits: the grants that may pay for its metered lines. rounding: whether each line's tax is
    rounded, or each rate's sum over all lines. step: what amounts of the currency are multiples of.
    automatic: what the tax engine said, instead of rates by hand.
    """

    discounts: dict[str, discounts.Discount] = field(default_factory=dict)
    rates: dict[str, taxes.Rate] = field(default_factory=dict)
    rounding: Literal["line", "invoice"] = "line"
    step: int = 1
    credits: tuple[credits.Grant, ...] = ()
    automatic: Automatic | None = None


def add_up(invoice: Invoice, terms: Terms) -> None:
    """Bring an invoice's lines and totals in line with its drafts' amounts, in minor units.

    Own discounts of lines come first, then the invoice's, then billing credits, then tax;
    exclusive tax is added.
    """
    lines = invoice.lines.data
    facts = [invoice.private.lines[line.id] for line in lines]
    if terms.automatic is None:
        rates = [_rates(invoice, each, terms) for each in facts]
        exempt = [
            EXEMPT_REASONS.get(each.exempt or invoice.customer_tax_exempt or "none")
            for each in facts
        ]
    else:
        # The engine knows who is exempt; a price that includes taxes stays what it is. A credit
        # knows how its debit was taxed.
        exempt = [EXEMPT_REASONS.get(each.exempt or "none") for each in facts]
        charges = [terms.automatic.lines.get(line.id, ()) for line in lines]
        rates = [tuple(rate for rate, _ in each) for each in charges]
    for line, each, own_rates, why in zip(lines, facts, rates, exempt, strict=True):
        inside = why is not None and each.exempt is None
        line.amount = taxes.exempt(each.gross, own_rates, terms.step) if inside else each.gross
        line.subtotal = line.amount
    _discount(invoice, facts, terms)
    _credit(lines, facts, terms)
    _tax(lines, facts, rates, exempt, terms)
    if terms.automatic is not None:
        _explain(lines, charges, exempt)
        _tax_shipping(invoice, terms.automatic, terms.step)
    _total(invoice, rates, exempt, terms)
    invoice.lines.refresh()


def _rates(invoice: Invoice, facts: LineFacts, terms: Terms) -> tuple[taxes.Rate, ...]:
    if facts.tax_amounts is not None:
        return ()
    ids = facts.tax_rates
    if ids is None:
        ids = [rate.id for rate in invoice.default_tax_rates]
    return tuple(terms.rates[id] for id in ids)


def _by_age(lines: list[InvoiceLineItem]) -> list[int]:
    """Return the places of lines, those of older items first.

    Lines stand newest first, but an amount off is shared out in the order of the items: what is
    left over when earlier shares are floored falls on the last (published: 166 and 334 of 500).
    """

    def age(place: int) -> tuple[bool, str]:
        parent = lines[place].parent
        if parent is None:
            return False, ""
        if parent.subscription_item_details is not None:
            return True, parent.subscription_item_details.subscription_item or ""
        details = parent.invoice_item_details
        return False, details.invoice_item if details is not None else ""

    return sorted(range(len(lines)), key=age)


def _discount(invoice: Invoice, facts: list[LineFacts], terms: Terms) -> None:
    """Give each line what every discount takes from it; amounts fixed before stay."""
    if not terms.discounts and not any(each.frozen for each in facts):
        for line in invoice.lines.data:
            line.discount_amounts, line.pretax_credit_amounts = [], []
        return
    fixed = [
        _fixed(line.amount, each) for line, each in zip(invoice.lines.data, facts, strict=True)
    ]
    seen = [
        discounts.Line(
            amount=line.amount - sum(each.values()),
            discountable=line.discountable,
            product=line.product,
            own=tuple(terms.discounts[id] for id in line.discounts if id in terms.discounts),
        )
        for line, each in zip(invoice.lines.data, fixed, strict=True)
    ]
    everywhere = [terms.discounts[id] for id in invoice.discounts if id in terms.discounts]
    order = _by_age(invoice.lines.data)
    shares = discounts.apply([seen[n] for n in order], everywhere, terms.step)
    shares_of = dict(zip(order, shares, strict=True))
    taken = [shares_of[n] for n in range(len(seen))]
    for line, before, own in zip(invoice.lines.data, fixed, taken, strict=True):
        amounts: dict[str, int] = {}
        for id, amount in (*own, *before.items()):
            amounts[id] = amounts.get(id, 0) + amount
        line.discount_amounts = [
            DiscountAmount(amount=amount, discount=id) for id, amount in amounts.items()
        ]
        line.pretax_credit_amounts = [
            PretaxCreditAmount(amount=amount, discount=id, type="discount")
            for id, amount in amounts.items()
        ]


def _credit(lines: list[InvoiceLineItem], facts: list[LineFacts], terms: Terms) -> None:
    """Let credits pay for what discounts leave of metered lines; an estimate until it is final."""
    for each in facts:
        if each.credits:
            each.credits = []
    if not terms.credits:
        return
    seen = [
        credits.Line(after_discounts(line), line.price, each.metered, line.subscription_item)
        for line, each in zip(lines, facts, strict=True)
    ]
    taken = credits.burn_down(seen, terms.credits)
    for line, each, paid in zip(lines, facts, taken, strict=True):
        each.credits = [LineCredit(grant=grant, amount=amount) for grant, amount in paid]
        line.pretax_credit_amounts = [
            *(line.pretax_credit_amounts or ()),
            *(
                PretaxCreditAmount(
                    amount=amount, credit_balance_transaction=None,
                    type="credit_balance_transaction",
                )
                for _, amount in paid
            ),
        ]  # fmt: skip


def _fixed(amount: int, facts: LineFacts) -> dict[str, int]:
    """Return what discounts took before by id; never more than an exempt customer's price."""
    found: dict[str, int] = {}
    for each in facts.frozen:
        taken = each.amount if amount < 0 else min(each.amount, amount - sum(found.values()))
        found[each.discount] = found.get(each.discount, 0) + taken
    return found


def after_discounts(line: InvoiceLineItem) -> int:
    """Return a line's amount after all discounts and credits that were taken before tax."""
    if not line.pretax_credit_amounts:
        return line.amount
    return line.amount - sum([each.amount for each in line.pretax_credit_amounts])


def _tax(
    lines: list[InvoiceLineItem],
    facts: list[LineFacts],
    rates: list[tuple[taxes.Rate, ...]],
    exempt: list[TaxabilityReason | None],
    terms: Terms,
) -> None:
    shares = taxes.apply(
        [
            (after_discounts(line), () if why else own_rates)
            for line, own_rates, why in zip(lines, rates, exempt, strict=True)
        ],
        terms.rounding,
        terms.step,
    )
    for line, each, own_rates, why, found in zip(lines, facts, rates, exempt, shares, strict=True):
        if why:
            line.taxes = [_tax_amount(rate.id, 0, rate.inclusive, 0, why) for rate in own_rates]
        elif each.tax_amounts is not None:
            line.taxes = [
                _tax_amount(
                    tax.tax_rate, tax.amount, tax.inclusive, tax.taxable_amount,
                    tax.taxability_reason,
                )
                for tax in each.tax_amounts
            ]  # fmt: skip
        else:
            line.taxes = [
                _tax_amount(share.rate, share.amount, share.inclusive, share.taxable_amount)
                for share in found
            ]


def _explain(
    lines: list[InvoiceLineItem],
    charges: list[tuple[Charge, ...]],
    exempt: list[TaxabilityReason | None],
) -> None:
    """Say of each automatic tax why it is what it is; without a tax there is no base."""
    for line, each, why in zip(lines, charges, exempt, strict=True):
        if why:
            continue
        for tax, (_, reason) in zip(line.taxes or (), each, strict=False):
            tax.taxability_reason = cast(TaxabilityReason, reason)
            if reason in WITHOUT_BASE:
                tax.taxable_amount = 0


def _tax_shipping(invoice: Invoice, automatic: Automatic, step: int) -> None:
    cost = invoice.shipping_cost
    if cost is None:
        return
    rates = tuple(rate for rate, _ in automatic.shipping)
    [shares] = taxes.apply([(cost.amount_subtotal, rates)], "line", step)
    cost.amount_tax = sum(share.amount for share in shares)
    added = sum(share.amount for share in shares if not share.inclusive)
    cost.amount_total = cost.amount_subtotal + added


def _tax_amount(
    rate: str,
    amount: int,
    inclusive: bool,
    taxable: int,
    reason: TaxabilityReason = "not_available",
) -> TaxAmount:
    return TaxAmount(
        amount=amount,
        tax_behavior="inclusive" if inclusive else "exclusive",
        tax_rate_details=TaxRateDetails(tax_rate=rate),
        taxability_reason=reason,
        taxable_amount=taxable,
    )


def _total(
    invoice: Invoice,
    rates: list[tuple[taxes.Rate, ...]],
    exempt: list[TaxabilityReason | None],
    terms: Terms,
) -> None:
    """Add the lines up: subtotal is after the lines' own discounts and before the invoice's."""
    lines = invoice.lines.data
    of_invoice = frozenset(invoice.discounts)
    own = [_own_discounts(line, of_invoice) for line in lines]
    before_tax = sum([after_discounts(line) for line in lines])
    shipping = invoice.shipping_cost
    inclusive, exclusive = _sum_taxes(lines)
    invoice.amount_shipping = shipping.amount_total if shipping else 0
    invoice.subtotal = sum([line.amount for line in lines]) - sum(own)
    invoice.total = before_tax + exclusive + invoice.amount_shipping
    shipping_tax = shipping.amount_tax if shipping else 0
    invoice.total_excluding_tax = invoice.total - exclusive - inclusive - shipping_tax
    if any(rate.inclusive for each in rates for rate in each):
        inclusive = _tax_inside(lines, own, rates, exempt, terms)
    invoice.subtotal_excluding_tax = invoice.subtotal - inclusive
    invoice.total_discount_amounts = merge_amounts(
        [each for line in lines for each in line.discount_amounts or ()]
    )
    invoice.total_pretax_credit_amounts = total_pretax_credits(lines)
    invoice.total_taxes = merge_taxes([tax for line in lines for tax in line.taxes or ()])


def _own_discounts(line: InvoiceLineItem, of_invoice: frozenset[str]) -> int:
    """Return what a line's own discounts take of it."""
    if not line.discount_amounts:
        return 0
    return sum(each.amount for each in line.discount_amounts if each.discount not in of_invoice)


def total_pretax_credits(lines: Iterable[InvoiceLineItem]) -> list[PretaxCreditAmount]:
    """Return what each discount and each use of credits took of all lines."""
    return _merge(
        [each for line in lines for each in line.pretax_credit_amounts or ()],
        lambda each: (each.type, each.discount, each.credit_balance_transaction),
        lambda each: PretaxCreditAmount(
            amount=0,
            credit_balance_transaction=each.credit_balance_transaction,
            discount=each.discount,
            type=each.type,
        ),
    )


def _sum_taxes(lines: Iterable[InvoiceLineItem]) -> tuple[int, int]:
    """Return the inclusive and the exclusive taxes of lines."""
    inclusive = exclusive = 0
    for line in lines:
        for tax in line.taxes or ():
            if tax.tax_behavior == "inclusive":
                inclusive += tax.amount
            else:
                exclusive += tax.amount
    return inclusive, exclusive


def _tax_inside(
    lines: list[InvoiceLineItem],
    own: list[int],
    rates: list[tuple[taxes.Rate, ...]],
    exempt: list[TaxabilityReason | None],
    terms: Terms,
) -> int:
    """Return the inclusive tax inside the subtotal, that is before the invoice's discounts."""
    shares = taxes.apply(
        [
            (line.amount - taken, () if why else each)
            for line, taken, each, why in zip(lines, own, rates, exempt, strict=True)
        ],
        terms.rounding,
        terms.step,
    )
    return sum(share.amount for each in shares for share in each if share.inclusive)


def _merge(amounts: Iterable[T], key: Callable[[T], object], empty: Callable[[T], T]) -> list[T]:
    """Add amounts of the same key up, in the order in which the keys appear."""
    merged: dict[object, T] = {}
    for each in amounts:
        about = key(each)
        known = merged.get(about)
        if known is None:
            known = merged[about] = empty(each)
        known.amount += each.amount
    return list(merged.values())


def merge_amounts(amounts: Iterable[DiscountAmount]) -> list[DiscountAmount]:
    """Add discount amounts up by discount, in the order in which the discounts appear."""
    return _merge(
        amounts,
        lambda each: each.discount,
        lambda each: DiscountAmount(amount=0, discount=each.discount),
    )


def merge_taxes(taxes: Iterable[TaxAmount]) -> list[TaxAmount]:
    """Add taxes up by rate, in the order in which the rates appear."""
    merged: dict[tuple[str | None, str, str], TaxAmount] = {}
    for tax in taxes:
        rate = tax.tax_rate_details.tax_rate if tax.tax_rate_details else None
        key = (rate, tax.tax_behavior, tax.taxability_reason)
        known = merged.get(key)
        if known is None:
            known = merged[key] = TaxAmount(
                amount=0,
                tax_behavior=tax.tax_behavior,
                tax_rate_details=tax.tax_rate_details,
                taxability_reason=tax.taxability_reason,
                taxable_amount=0,
            )
        known.amount += tax.amount
        known.taxable_amount = (known.taxable_amount or 0) + (tax.taxable_amount or 0)
    return list(merged.values())
