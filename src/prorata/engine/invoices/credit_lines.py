"""Credit lines: what each line of a credit note takes back, less discounts and credits, taxed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from msgspec.structs import replace

from prorata.engine.invoices.terms import agree_on_rates, tax_rates
from prorata.model.errors import InvalidRequest, missing_param, no_such
from prorata.model.params import given, merge_metadata, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.credit_note import (
    CreditedDiscount,
    CreditedLine,
    CreditNote,
    CreditNoteLineItem,
)
from prorata.resources.billing.credit_note_params import NoteLineParams
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_line_item import InvoiceLineItem
from prorata.resources.billing.invoice_shape import (
    DiscountAmount,
    TaxAmount,
    TaxRateDetails,
)
from prorata.resources.products.price import decimal_text
from prorata.resources.products.steps import check_step
from prorata.resources.products.tax_rate import TaxRate, rate_terms
from prorata.rules import taxes
from prorata.rules.currency import smallest_step
from prorata.rules.rounding import ratio_half_up, round_half_up

WHOLE_CREDIT = "Credit"
# What only a line of the other type takes.
NOT_OF_CUSTOM = ("amount", "invoice_line_item")
NOT_OF_INVOICE = ("description", "tax_rates", "unit_amount", "unit_amount_decimal")
TAX_AMOUNTS_MAX = 20
UNIT_DECIMALS = 12


@dataclass(slots=True)
class History:
    """What earlier notes have credited of a line: minor units and units, and in which way."""

    amount: int = 0
    quantity: int = 0
    by: str | None = None


def history_of(notes: Iterable[CreditNote]) -> dict[str, History]:
    """Return what issued notes have credited of each line of their invoice."""
    found: dict[str, History] = {}
    for note in notes:
        for credited in note.private.credited if note.status == "issued" else ():
            known = found.setdefault(credited.line, History())
            known.amount += credited.amount
            known.quantity += credited.quantity or 0
            known.by = "amount" if credited.quantity is None else "quantity"
    return found


def whole_line(tx: Tx, invoice: Invoice, amount: int) -> CreditNoteLineItem:
    """Return the line of a note that credits an amount (minor units) and no line in particular."""
    return CreditNoteLineItem(
        id=tx.id("cnli", invoice.customer),
        amount=amount,
        description=WHOLE_CREDIT,
        livemode=invoice.livemode,
        metadata={},
        quantity=1,
        taxes=[],
        type="custom_line_item",
        unit_amount=amount,
        unit_amount_decimal=decimal_text(amount),
    )


def custom_line(tx: Tx, invoice: Invoice, params: NoteLineParams, path: str) -> CreditNoteLineItem:
    """Return a line that is described by itself; raise InvalidRequest by the field's name."""
    _refuse_others(params, path, NOT_OF_CUSTOM)
    _check_taxes(invoice, params, path)
    if invoice.automatic_tax.enabled:
        raise InvalidRequest(
            "Custom lines have no automatic tax: credit the lines of this invoice instead.",
            param=f"{path}[type]",
        )
    for name in ("description", "quantity"):
        if not given(getattr(params, name)):
            raise missing_param(f"{path}[{name}]")
    whole: int | None = value_or(params.unit_amount, None)
    exact: Decimal | None = value_or(params.unit_amount_decimal, None)
    if (whole is None) == (exact is None):
        raise missing_param(f"{path}[unit_amount]")
    unit = Decimal(whole or 0) if exact is None else exact
    if not unit.is_finite() or unit < 0 or -int(unit.as_tuple().exponent) > UNIT_DECIMALS:
        raise InvalidRequest(
            f"A unit amount is 0 or more, with at most {UNIT_DECIMALS} decimal places.",
            param=f"{path}[unit_amount_decimal]",
        )
    quantity: int = value_or(params.quantity, 1)
    amount = round_half_up(unit * quantity, smallest_step(invoice.currency))
    agree_on_rates(tx, invoice, *invoice.private.lines.values())
    rates = tax_rates(tx, params.tax_rates, f"{path}[tax_rates]")
    line = CreditNoteLineItem(
        id=tx.id("cnli", invoice.customer),
        amount=amount,
        description=value_or(params.description, None),
        livemode=invoice.livemode,
        metadata=merge_metadata(None, params.metadata),
        quantity=quantity,
        tax_rates=rates,
        type="custom_line_item",
        unit_amount=int(unit) if unit == unit.to_integral_value() else None,
        unit_amount_decimal=decimal_text(unit),
    )
    currency = invoice.currency
    line.taxes = _given_taxes(tx, params, path, currency) or _reckoned(amount, rates, currency)
    return line


def invoice_line(
    tx: Tx, invoice: Invoice, params: NoteLineParams, path: str, history: dict[str, History]
) -> tuple[CreditNoteLineItem, CreditedLine]:
    """Return a credit of one of the invoice's lines, with its part of discounts and taxes.

    Raises InvalidRequest for an unknown line, one credited the other way before, or for more than
    is left of it.
    """
    _refuse_others(params, path, NOT_OF_INVOICE)
    _check_taxes(invoice, params, path)
    billed = _billed(invoice, params, path)
    known = history.setdefault(billed.id, History())
    credited = _credited(billed, params, path, known)
    before = known.amount
    known.amount += credited.amount
    known.quantity += credited.quantity or 0
    known.by = "amount" if credited.quantity is None else "quantity"

    def part(whole: int) -> int:
        after = before + credited.amount
        return _growth(whole, billed.amount, before, after, smallest_step(invoice.currency))

    discounts = [
        DiscountAmount(amount=part(each.amount), discount=each.discount)
        for each in billed.discount_amounts or ()
    ]
    unit = billed.pricing.unit_amount_decimal if billed.pricing else None
    line = CreditNoteLineItem(
        id=tx.id("cnli", invoice.customer),
        amount=credited.amount,
        description=billed.description,
        discount_amount=sum(each.amount for each in discounts),
        discount_amounts=discounts,
        invoice_line_item=billed.id,
        livemode=invoice.livemode,
        metadata=merge_metadata(None, params.metadata),
        pretax_credit_amounts=[
            *(
                CreditedDiscount(amount=each.amount, discount=each.discount, type="discount")
                for each in discounts
            ),
            *_credits_part(billed, part),
        ],
        quantity=credited.quantity,
        type="invoice_line_item",
        unit_amount_decimal=unit if credited.quantity is not None else None,
    )
    if line.unit_amount_decimal is not None and "." not in line.unit_amount_decimal:
        line.unit_amount = int(line.unit_amount_decimal)
    line.taxes = _given_taxes(tx, params, path, invoice.currency)
    if line.taxes is None:
        line.taxes = [_tax_part(tax, part) for tax in billed.taxes or ()]
    return line, credited


def _refuse_others(params: NoteLineParams, path: str, names: tuple[str, ...]) -> None:
    for name in names:
        if given(getattr(params, name)):
            raise InvalidRequest(
                f"`{name}` is not for lines of the type `{params.type}`.", param=f"{path}[{name}]"
            )


def _check_taxes(invoice: Invoice, params: NoteLineParams, path: str) -> None:
    """Raise InvalidRequest for taxes that are given in two ways, or where the engine knows them."""
    if not given(params.tax_amounts):
        return
    if params.tax_rates:
        raise InvalidRequest(
            "You may only specify one of these parameters: tax_amounts, tax_rates.",
            param=f"{path}[tax_amounts]",
        )
    if invoice.automatic_tax.enabled:
        raise InvalidRequest(
            "The taxes of this invoice are reckoned automatically, and so are those of its notes.",
            param=f"{path}[tax_amounts]",
        )
    if len(params.tax_amounts or ()) > TAX_AMOUNTS_MAX:
        raise InvalidRequest(
            f"A line has at most {TAX_AMOUNTS_MAX} tax amounts.", param=f"{path}[tax_amounts]"
        )


def after_pretax(line: CreditNoteLineItem) -> int:
    """Return what a line takes back after its part of discounts and credits, in minor units."""
    return line.amount - sum(each.amount for each in line.pretax_credit_amounts)


def merge_credits(lines: Iterable[CreditNoteLineItem]) -> list[CreditedDiscount]:
    """Add up what each discount and each use of credits had taken of all lines."""
    merged: dict[object, CreditedDiscount] = {}
    for each in (each for line in lines for each in line.pretax_credit_amounts):
        key = (each.type, each.discount, each.credit_balance_transaction)
        known = merged.get(key)
        if known is None:
            merged[key] = replace(each)
        else:
            known.amount += each.amount
    return list(merged.values())


def _credits_part(billed: InvoiceLineItem, part: Callable[[int], int]) -> list[CreditedDiscount]:
    """Return what billing credits had paid of what is credited; they are not given back."""
    return [
        CreditedDiscount(
            amount=part(each.amount),
            credit_balance_transaction=each.credit_balance_transaction,
            type="credit_balance_transaction",
        )
        for each in billed.pretax_credit_amounts or ()
        if isinstance(each.credit_balance_transaction, str)
    ]


def _growth(whole: int, of: int, before: int, after: int, step: int) -> int:
    """Return what a whole's credited part grows by when `before` of a line becomes `after`."""
    if of == 0:
        return 0
    return ratio_half_up(whole * after, of, step) - ratio_half_up(whole * before, of, step)


def _tax_part(tax: TaxAmount, part: Callable[[int], int]) -> TaxAmount:
    return TaxAmount(
        amount=part(tax.amount),
        tax_behavior=tax.tax_behavior,
        tax_rate_details=tax.tax_rate_details,
        taxability_reason=tax.taxability_reason,
        taxable_amount=None if tax.taxable_amount is None else part(tax.taxable_amount),
    )


def _billed(invoice: Invoice, params: NoteLineParams, path: str) -> InvoiceLineItem:
    if not given(params.invoice_line_item):
        raise missing_param(f"{path}[invoice_line_item]")
    for line in invoice.lines.data:
        if line.id == params.invoice_line_item:
            return line
    raise no_such(
        "invoice line item",
        params.invoice_line_item,
        param=f"{path}[invoice_line_item]",
        status=400,
    )


def _credited(
    billed: InvoiceLineItem, params: NoteLineParams, path: str, known: History
) -> CreditedLine:
    """Return how much of a line is credited, by amount or by quantity."""
    if given(params.amount) == given(params.quantity):
        raise InvalidRequest(
            "You must specify one of these parameters: amount, quantity.", param=f"{path}[amount]"
        )
    way = "amount" if given(params.amount) else "quantity"
    if known.by is not None and known.by != way:
        raise InvalidRequest(
            f"The line {billed.id} was credited by {known.by} before, and can only be credited by"
            f" {known.by} again.",
            param=f"{path}[{way}]",
        )
    if way == "amount":
        amount: int = value_or(params.amount, 0)
        check_step(amount, billed.currency, f"{path}[amount]")
        left = billed.amount - known.amount
        if amount > left:
            raise _too_much(billed, f"an amount of {left}", f"{path}[amount]")
        return CreditedLine(line=billed.id, amount=amount)
    whole = billed.quantity or 0
    quantity: int = value_or(params.quantity, 0)
    left = whole - known.quantity
    if quantity > left:
        raise _too_much(billed, f"a quantity of {left}", f"{path}[quantity]")
    step = smallest_step(billed.currency)
    after = ratio_half_up(billed.amount * (known.quantity + quantity), whole, step)
    return CreditedLine(line=billed.id, amount=after - known.amount, quantity=quantity)


def _too_much(billed: InvoiceLineItem, left: str, param: str) -> InvalidRequest:
    return InvalidRequest(
        f"You can't credit more of the line {billed.id} than is left of it: {left}.", param=param
    )


def _given_taxes(
    tx: Tx, params: NoteLineParams, path: str, currency: str
) -> list[TaxAmount] | None:
    """Return the taxes that were given by amount, None where none were."""
    if not given(params.tax_amounts):
        return None
    found = []
    for place, each in enumerate(params.tax_amounts or []):
        where = f"{path}[tax_amounts][{place}]"
        rate = tx.get(TaxRate, each.tax_rate, param=f"{where}[tax_rate]")
        check_step(each.amount, currency, f"{where}[amount]")
        found.append(_tax(rate.id, each.amount, rate.inclusive, each.taxable_amount))
    return found


def _reckoned(amount: int, rates: list[TaxRate], currency: str) -> list[TaxAmount]:
    terms = tuple(rate_terms(rate) for rate in rates)
    [shares] = taxes.apply([(amount, terms)], step=smallest_step(currency))
    return [
        _tax(share.rate, share.amount, share.inclusive, share.taxable_amount) for share in shares
    ]


def _tax(rate: str, amount: int, inclusive: bool, taxable: int) -> TaxAmount:
    return TaxAmount(
        amount=amount,
        tax_behavior="inclusive" if inclusive else "exclusive",
        tax_rate_details=TaxRateDetails(tax_rate=rate),
        taxability_reason="not_available",
        taxable_amount=taxable,
    )
