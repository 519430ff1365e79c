"""Invoice edit: the lines of a draft added, changed and removed by hand."""

from dataclasses import replace
from decimal import Decimal

from prorata.engine.catalogue.discounts import redeem
from prorata.engine.invoices.automatic_tax import refuse_unclear
from prorata.engine.invoices.compose import recompute
from prorata.engine.invoices.item_changes import change_item, check_currency_of, new_item
from prorata.engine.invoices.item_lines import append_item, editable, refresh_lines
from prorata.engine.invoices.item_pricing import price_item, quantity_of, way_of_pricing
from prorata.engine.invoices.terms import agree_on_rates, tax_rates
from prorata.model.errors import InvalidRequest, no_such
from prorata.model.fields import Period
from prorata.model.operation import operation
from prorata.model.params import given, merge_metadata, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice, LineFacts, ManualTax
from prorata.resources.billing.invoice_item import InvoiceItem
from prorata.resources.billing.invoice_line_item import InvoiceLineItem
from prorata.resources.billing.invoice_line_params import (
    AddedLineParams,
    AddLinesParams,
    LineParams,
    RemoveLinesParams,
    TaxAmountParams,
    UpdateLinesParams,
)
from prorata.resources.core.customer import Customer
from prorata.resources.products.price import Price, decimal_text
from prorata.resources.products.price_terms import price_terms
from prorata.resources.products.steps import check_step
from prorata.resources.products.tax_rate import TaxRate
from prorata.rules import pricing


@operation("POST /v1/invoices/{id}/add_lines")
def add_lines(tx: Tx, invoice: Invoice, params: AddLinesParams) -> Invoice:
    """Add lines to a draft, each of a new item or of a pending one; the last comes first."""
    editable(tx, invoice)
    for place, line in enumerate(params.lines):
        path = f"lines[{place}]"
        item = _item(tx, invoice, line, path)
        id = append_item(tx, invoice, item, first=True)
        if given(line.tax_amounts):
            _set_tax_amounts(tx, invoice, id, line.tax_amounts, path)
    return _done(tx, invoice, params)


@operation("POST /v1/invoices/{id}/update_lines")
def update_lines(tx: Tx, invoice: Invoice, params: UpdateLinesParams) -> Invoice:
    """Change lines of a draft, and the items they bill with them."""
    editable(tx, invoice)
    for place, line in enumerate(params.lines):
        path = f"lines[{place}]"
        _change(tx, invoice, _line(invoice, line.id, f"{path}[id]", 400), line, path)
    return _done(tx, invoice, params)


@operation("POST /v1/invoices/{id}/remove_lines")
def remove_lines(tx: Tx, invoice: Invoice, params: RemoveLinesParams) -> Invoice:
    """Take lines off a draft; their items are deleted, or pending again."""
    editable(tx, invoice)
    for place, each in enumerate(params.lines):
        line = _line(invoice, each.id, f"lines[{place}][id]", 400)
        item = tx.find(InvoiceItem, line.invoice_item)
        if each.behavior == "unassign" and item is None:
            raise InvalidRequest(
                "Only lines of invoice items can be unassigned: use the behavior `delete`.",
                param=f"lines[{place}][behavior]",
            )
        invoice.lines.data.remove(line)
        _let_stand(invoice, invoice.private.lines.pop(line.id))
        if item is not None and each.behavior == "unassign":
            item.invoice = None
        elif item is not None:
            tx.delete(item)
    return _done(tx, invoice, params)


@operation("POST /v1/invoices/{invoice_id}/lines/{id}")
def update_line(tx: Tx, params: LineParams, invoice_id: str, id: str) -> InvoiceLineItem:
    """Change one line of a draft and return it."""
    invoice = tx.get(Invoice, invoice_id)
    tx.follow(invoice)
    editable(tx, invoice)
    _change(tx, invoice, _line(invoice, id, "id", 404), params, "")
    recompute(tx, invoice)
    refuse_unclear(tx, invoice)
    return _line(invoice, id, "id", 404)


def _item(tx: Tx, invoice: Invoice, line: AddedLineParams, path: str) -> InvoiceItem:
    """Return the pending item that an added line names, changed as it says, or a new one."""
    if not given(line.invoice_item):
        customer = tx.get(Customer, invoice.customer or "")
        return new_item(tx, line, customer, currency=invoice.currency, path=path)
    item = tx.get(InvoiceItem, line.invoice_item, param=f"{path}[invoice_item]")
    if item.invoice is not None or item.customer != invoice.customer:
        raise InvalidRequest(
            "Only a pending invoice item of the invoice's customer can be added.",
            param=f"{path}[invoice_item]",
        )
    if item.currency != invoice.currency:
        raise InvalidRequest(
            f"The invoice is in `{invoice.currency}`; an item in another currency can't be added"
            " to it.",
            param=f"{path}[invoice_item]",
        )
    change_item(tx, item, line, path)
    return item


def _line(invoice: Invoice, id: str, param: str, status: int) -> InvoiceLineItem:
    for line in invoice.lines.data:
        if line.id == id:
            return line
    raise no_such("invoice line item", id, param=param, status=status)


def _change(tx: Tx, invoice: Invoice, line: InvoiceLineItem, params: LineParams, path: str) -> None:
    item = tx.find(InvoiceItem, line.invoice_item)
    if item is not None:
        change_item(tx, item, params, path)
        refresh_lines(tx, invoice, [item])
    else:
        _change_own(tx, invoice, line, params, path)
    if given(params.tax_amounts):
        _set_tax_amounts(tx, invoice, line.id, params.tax_amounts, path)


def _change_own(
    tx: Tx, invoice: Invoice, line: InvoiceLineItem, params: LineParams, path: str
) -> None:
    """Change a line that bills a subscription's item and has no invoice item."""
    facts = invoice.private.lines[line.id]
    way = way_of_pricing(params, path)
    resized = given(params.quantity) or given(params.quantity_decimal)
    if way is not None:
        kept = Decimal(1) if way == "amount" else Decimal(line.quantity_decimal or 1)
        quantity = quantity_of(params, kept)
        found = price_item(tx, params, way, currency=invoice.currency, quantity=quantity, path=path)
        check_currency_of(found, invoice.currency, f"{path}[{way}]" if path else way)
        facts.gross, line.pricing = found.amount, found.pricing
        line.quantity, line.quantity_decimal = found.quantity, found.quantity_decimal
    elif resized:
        quantity = quantity_of(params)
        facts.gross = _resized(tx, invoice, line, quantity)
        line.quantity, line.quantity_decimal = int(quantity), decimal_text(quantity)
    if way is not None or resized:
        _let_stand(invoice, facts)
    if given(params.description):
        line.description = params.description
    if given(params.discountable):
        line.discountable = params.discountable
    if given(params.metadata):
        line.metadata = merge_metadata(line.metadata, params.metadata)
    if given(params.period):
        line.period = Period(start=params.period.start, end=params.period.end)
    if given(params.discounts):
        found_discounts = redeem(
            tx,
            params.discounts or [],
            customer=invoice.customer,
            path=f"{path}[discounts]" if path else "discounts",
            invoice=invoice.id,
            currency=invoice.currency,
        )
        line.discounts = [each.id for each in found_discounts]
    if given(params.tax_rates):
        where = f"{path}[tax_rates]" if path else "tax_rates"
        agree_on_rates(tx, facts)
        found_rates = tax_rates(tx, params.tax_rates, where)
        facts.tax_rates = [each.id for each in found_rates] or None


def _resized(tx: Tx, invoice: Invoice, line: InvoiceLineItem, quantity: Decimal) -> int:
    """Return what another quantity of a line costs, in minor units; a tier's line stays in it."""
    price = tx.get(Price, line.price or "", param="pricing")
    terms = price_terms(price, invoice.currency)
    unit = line.pricing.unit_amount_decimal if line.pricing else None
    if price.billing_scheme == "tiered" and unit is not None:
        terms = replace(terms, tiers=(), tiers_mode=None, unit_amount=Decimal(unit))
    return pricing.amount(terms, quantity)


def _let_stand(invoice: Invoice, changed: LineFacts) -> None:
    """Bill what was said by hand, not what a meter will have counted until the draft is final."""
    billing = changed.usage or changed.takes_off
    for facts in invoice.private.lines.values():
        if billing is not None and billing in (facts.usage, facts.takes_off):
            facts.usage = facts.takes_off = None


def _set_tax_amounts(
    tx: Tx, invoice: Invoice, line: str, amounts: list[TaxAmountParams] | None, path: str
) -> None:
    """Fix a line's taxes by amount, each with a rate of its own; none lets rates apply again."""
    facts = invoice.private.lines[line]
    for place, each in enumerate(amounts or []):
        where = f"{path}[tax_amounts]" if path else "tax_amounts"
        check_step(each.amount, invoice.currency, f"{where}[{place}][amount]")
    facts.tax_amounts = [_manual_tax(tx, each) for each in amounts or []] or None


def _manual_tax(tx: Tx, params: TaxAmountParams) -> ManualTax:
    data = params.tax_rate_data
    rate = TaxRate(
        id=tx.new_id(TaxRate),
        active=False,
        country=value_or(data.country, None),
        created=tx.now,
        description=value_or(data.description, None),
        display_name=data.display_name,
        effective_percentage=data.percentage,
        inclusive=data.inclusive,
        jurisdiction=value_or(data.jurisdiction, None),
        jurisdiction_level=value_or(data.jurisdiction_level, None),
        livemode=tx.book.livemode,
        percentage=data.percentage,
        state=value_or(data.state, None),
        tax_type=value_or(data.tax_type, None),
    )
    tx.add(rate)
    return ManualTax(
        tax_rate=rate.id,
        amount=params.amount,
        taxable_amount=params.taxable_amount,
        inclusive=data.inclusive,
        taxability_reason=value_or(params.taxability_reason, "not_available"),
    )


def _done(
    tx: Tx, invoice: Invoice, params: AddLinesParams | UpdateLinesParams | RemoveLinesParams
) -> Invoice:
    if given(params.invoice_metadata):
        invoice.metadata = merge_metadata(invoice.metadata, params.invoice_metadata)
    recompute(tx, invoice)
    refuse_unclear(tx, invoice)
    return invoice
