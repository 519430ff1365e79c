"""Amount details: what the amount of a payment is made of, line by line, and that it adds up."""

import msgspec

from prorata.model.errors import InvalidRequest
from prorata.model.fields import UNSET
from prorata.model.params import given, plain, value_or
from prorata.model.transaction import Tx
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.payment_intent_params import (
    AmountDetailsLineItemParams,
    AmountDetailsParams,
)
from prorata.resources.payments.payment_intent_shape import (
    AmountDetails,
    AmountDetailsError,
    AmountDetailsErrorCode,
    AmountDetailsLineItem,
    AmountDetailsTax,
)


def write_amount_details(
    tx: Tx, intent: PaymentIntent, change: AmountDetailsParams | None, amount: int
) -> None:
    """Write what an amount (minor units) is made of.

    Raises InvalidRequest for details that do not add up to it; with
    `enforce_arithmetic_validation=false` their error is written beside them instead.
    """
    if change is None:
        intent.amount_details = AmountDetails()
        intent.private.line_items = []
        return
    if given(change.line_items):
        intent.private.line_items = [
            _line_item(tx, each, intent) for each in change.line_items or []
        ]
    merged = msgspec.to_builtins(intent.amount_details)
    for name in ("discount_amount", "shipping", "tax"):
        value = getattr(change, name)
        if value is None:
            merged.pop(name, None)
        elif given(value):
            merged[name] = plain(value)
    intent.amount_details = msgspec.convert(merged, AmountDetails)
    check_amount_details(
        intent, amount, enforced=value_or(change.enforce_arithmetic_validation, True)
    )


def check_amount_details(intent: PaymentIntent, amount: int, *, enforced: bool = True) -> None:
    """Raise InvalidRequest when the details do not add up to an amount (minor units).

    When not `enforced`, the error is written on the intent.
    """
    details, lines = intent.amount_details, intent.private.line_items
    details.error = UNSET
    _refuse_twice(details, lines)
    error = _error(details, lines, amount)
    if error is None:
        return
    if enforced:
        raise InvalidRequest(error.message or "", code=error.code, param="amount_details")
    details.error = error


def _refuse_twice(details: AmountDetails, lines: list[AmountDetailsLineItem]) -> None:
    """Raise for a discount or a tax that is told for the whole and for a line as well."""
    for name, whole, of_line in (
        ("discount_amount", details.discount_amount, [each.discount_amount for each in lines]),
        ("tax", details.tax, [each.tax for each in lines]),
    ):
        if given(whole) and any(each is not None for each in of_line):
            path = f"amount_details[{name}]"
            raise InvalidRequest(
                f"You may only specify one of these parameters: {path},"
                f" amount_details[line_items][0][{name}].",
                param=path,
            )


def _error(
    details: AmountDetails, lines: list[AmountDetailsLineItem], amount: int
) -> AmountDetailsError | None:
    tax = (details.tax.total_tax_amount or 0) if given(details.tax) else 0
    tax += sum((each.tax.total_tax_amount or 0) for each in lines if each.tax is not None)
    shipping = (details.shipping.amount or 0) if given(details.shipping) else 0
    discount = value_or(details.discount_amount, 0)
    discount += sum(each.discount_amount or 0 for each in lines)
    extra = tax + shipping - discount
    code: AmountDetailsErrorCode
    if extra > amount:
        code = "amount_details_tax_shipping_discount_greater_than_amount"
        return AmountDetailsError(
            code=code,
            message=f"Tax ({tax}) and shipping ({shipping}) less discounts ({discount}) are more"
            f" than the amount ({amount}).",
        )
    total = sum(each.unit_cost * each.quantity for each in lines) + extra
    if lines and total != amount:
        code = "amount_details_amount_mismatch"
        return AmountDetailsError(
            code=code,
            message=f"The line items with tax, shipping and discounts add up to {total}, not to the"
            f" amount ({amount}).",
        )
    return None


def _line_item(
    tx: Tx, item: AmountDetailsLineItemParams, intent: PaymentIntent
) -> AmountDetailsLineItem:
    known = plain(item)
    tax = known.pop("tax", None)
    return AmountDetailsLineItem(
        id=tx.id("uli", intent.customer or intent.id),
        tax=None if tax is None else AmountDetailsTax(**tax),
        **known,
    )
