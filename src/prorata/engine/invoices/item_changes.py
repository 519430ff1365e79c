"""Item changes: an invoice item filled in from the parameters that describe it."""

from decimal import Decimal
from typing import Any

from prorata.engine.catalogue.discounts import redeem
from prorata.engine.invoices.item_pricing import (
    WAYS,
    Priced,
    check_bounds,
    price_item,
    quantity_of,
    way_of_pricing,
)
from prorata.engine.invoices.terms import agree_on_rates, tax_rates
from prorata.model.errors import InvalidRequest
from prorata.model.fields import UNSET, Period
from prorata.model.params import given, merge_metadata, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice_item import InvoiceItem, InvoiceItemPrivate
from prorata.resources.core.customer import Customer, use_currency
from prorata.resources.products.price import Price, decimal_text
from prorata.resources.products.price_terms import price_terms
from prorata.rules import pricing

FROZEN = {
    "pricing": WAYS,
    "quantity": ("quantity", "quantity_decimal"),
    "discounts": ("discounts", "discountable"),
}


def new_item(
    tx: Tx,
    params: Any,
    customer: Customer,
    *,
    currency: str | None,
    path: str = "",
) -> InvoiceItem:
    """Add the item that parameters describe; it is pending until it is put on an invoice.

    currency: the one that must be billed in, None where the item decides. Raises InvalidRequest
    by the parameter under `path`.
    """
    way = way_of_pricing(params, path)
    if way is None:
        raise InvalidRequest(
            "One of the following params should be provided for this request: amount, pricing or"
            " price_data.",
            code="parameter_missing",
        )
    found = price_item(tx, params, way, currency=currency, quantity=quantity_of(params), path=path)
    check_currency_of(found, currency, _at(path, way))
    use_currency(customer, found.currency)
    period = value_or(params.period, None)
    item = InvoiceItem(
        id=tx.new_id(InvoiceItem, owner=customer.id),
        amount=found.amount,
        currency=found.currency,
        customer=customer.id,
        date=tx.now,
        description=value_or(params.description, None) or found.name,
        discountable=value_or(params.discountable, found.amount >= 0),
        discounts=[],
        livemode=tx.book.livemode,
        metadata=merge_metadata(None, params.metadata),
        period=Period(start=period.start, end=period.end)
        if period
        else Period(start=tx.now, end=tx.now),
        pricing=found.pricing,
        quantity=found.quantity,
        quantity_decimal=found.quantity_decimal,
        tax_rates=[],
        test_clock=customer.test_clock,
    )
    item.private = InvoiceItemPrivate(
        tax_behavior=value_or(getattr(params, "tax_behavior", UNSET), None),
        tax_code=value_or(getattr(params, "tax_code", UNSET), None),
    )
    _check_period(item, path)
    _apply(tx, item, params, path)
    return tx.add(item)


def change_item(tx: Tx, item: InvoiceItem, params: Any, path: str = "") -> None:
    """Put the sent parameters on an item; raise InvalidRequest for fields that are frozen."""
    _check_frozen(item, params, path)
    way = way_of_pricing(params, path)
    resized = given(params.quantity) or given(params.quantity_decimal)
    if way is not None or resized:
        _reprice(tx, item, params, way, path)
    if given(params.description):
        item.description = params.description
    if given(params.discountable):
        item.discountable = params.discountable
    if given(params.metadata):
        item.metadata = merge_metadata(item.metadata, params.metadata)
    if given(params.period):
        item.period = Period(start=params.period.start, end=params.period.end)
        _check_period(item, path)
    _apply(tx, item, params, path)


def set_net_amount(item: InvoiceItem) -> None:
    """Show what remains of an item's amount where no later discount can change it; minor units."""
    if item.discountable:
        item.net_amount = UNSET
        return
    details = item.proration_details
    if details is UNSET:
        item.net_amount = item.amount - sum(item.private.taken.values())
    else:
        item.net_amount = item.amount - sum(each.amount for each in details.discount_amounts)


def _apply(tx: Tx, item: InvoiceItem, params: Any, path: str) -> None:
    """Put discounts and tax rates on an item where they were sent."""
    if given(params.discounts):
        found = redeem(
            tx,
            params.discounts or [],
            customer=item.customer,
            path=_at(path, "discounts"),
            invoice_item=item.id,
            currency=item.currency,
        )
        item.discounts = [each.id for each in found]
    if given(params.tax_rates):
        agree_on_rates(tx, item)
        item.tax_rates = tax_rates(tx, params.tax_rates, _at(path, "tax_rates"))
        item.private.own_rates = bool(params.tax_rates)
    set_net_amount(item)


def _reprice(tx: Tx, item: InvoiceItem, params: Any, way: str | None, path: str) -> None:
    """Give an item another price or amount, or its own price another quantity."""
    kept = Decimal(1) if way == "amount" else Decimal(item.quantity_decimal)
    quantity = quantity_of(params, kept)
    if way is not None:
        found = price_item(tx, params, way, currency=item.currency, quantity=quantity, path=path)
        check_currency_of(found, item.currency, _at(path, way))
        item.amount, item.pricing = found.amount, found.pricing
    else:
        details = item.pricing and item.pricing.price_details
        price = tx.find(Price, details.price) if details else None
        if price is None:
            raise InvalidRequest(
                "This item has no price, so that its quantity can't be changed.",
                param=_at(path, "quantity"),
            )
        item.amount = pricing.amount(price_terms(price, item.currency), quantity)
        check_bounds(item.amount, item.currency, _at(path, "quantity"))
    item.quantity = int(quantity)
    item.quantity_decimal = decimal_text(quantity)


def _check_frozen(item: InvoiceItem, params: Any, path: str) -> None:
    frozen = value_or(item.frozen_fields, [])
    for field in frozen:
        for name in FROZEN[field]:
            if given(getattr(params, name, UNSET)):
                raise InvalidRequest(
                    f"You can't change the {field} of this invoice item: it is frozen, as the"
                    " item's `frozen_fields` say.",
                    param=_at(path, name),
                )


def _check_period(item: InvoiceItem, path: str) -> None:
    if item.period.end < item.period.start:
        raise InvalidRequest(
            "The end of the period must not be before its start.", param=_at(path, "period[end]")
        )


def _at(path: str, name: str) -> str:
    if not path:
        return name
    head, bracket, rest = name.partition("[")
    return f"{path}[{head}]{bracket}{rest}"


def check_currency_of(found: Priced, currency: str | None, param: str) -> None:
    """Raise InvalidRequest unless an amount is in the currency that must be billed in."""
    if currency is not None and found.currency != currency:
        raise InvalidRequest(
            f"The currency of this price is `{found.currency}`, which doesn't match the expected"
            f" currency: `{currency}`.",
            param=param,
        )
