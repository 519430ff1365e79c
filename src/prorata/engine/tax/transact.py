"""Transact: calculations become transactions for the tax office, and are reversed."""

from collections.abc import Sequence

from prorata.engine.tax.calculate import current
from prorata.model.errors import InvalidRequest, missing_param, no_such
from prorata.model.operation import Inline, operation
from prorata.model.params import given, merge_metadata, value_or
from prorata.model.transaction import Tx
from prorata.resources.tax.calculation import Calculation
from prorata.resources.tax.parts import ShippingCost
from prorata.resources.tax.transaction import (
    FromCalculationParams,
    LineReversal,
    ReversalParams,
    ReversedLineParams,
    Transaction,
    TransactionLineItem,
    TransactionPrivate,
)
from prorata.resources.tax.transaction import Reversal as Reversed
from prorata.rules.tax_reversal import Part, reverse_flat


@operation("POST /v1/tax/transactions/create_from_calculation")
def create_from_calculation(tx: Tx, params: FromCalculationParams) -> Transaction:
    """Record a calculation as a sale that was made; each one once."""
    calculation = current(
        tx, tx.get(Calculation, params.calculation, param="calculation"), "calculation"
    )
    if tx.select(Transaction, calculation=calculation.id, limit=1):
        raise InvalidRequest(
            f"The calculation {calculation.id} was recorded as a transaction already.",
            param="calculation",
        )
    _check_reference(tx, params.reference)
    transaction = Transaction(
        id=tx.new_id(Transaction),
        created=tx.now,
        currency=calculation.currency,
        customer=calculation.customer,
        customer_details=calculation.customer_details,
        livemode=tx.book.livemode,
        metadata=merge_metadata(None, params.metadata),
        posted_at=value_or(params.posted_at, tx.now),
        reference=params.reference,
        ship_from_details=calculation.ship_from_details,
        shipping_cost=calculation.shipping_cost,
        tax_date=calculation.tax_date,
        type="transaction",
    )
    transaction.private = TransactionPrivate(
        lines=[
            TransactionLineItem(
                id=tx.id("tax_li"),
                amount=line.amount,
                amount_tax=line.amount_tax,
                livemode=line.livemode,
                metadata=line.metadata,
                product=line.product,
                quantity=line.quantity,
                reference=line.reference,
                tax_behavior=line.tax_behavior,
                tax_code=line.tax_code,
                type="transaction",
            )
            for line in calculation.private.lines
        ],
        calculation=calculation.id,
    )
    return tx.add(transaction)


@operation("POST /v1/tax/transactions/create_reversal")
def create_reversal(tx: Tx, params: ReversalParams) -> Transaction:
    """Take a transaction back, all of it or a part; never more than it was."""
    path = "original_transaction"
    original = tx.get(Transaction, params.original_transaction, param=path)
    if original.type == "reversal":
        raise InvalidRequest("A reversal can't be reversed itself.", param=path)
    _check_reference(tx, params.reference)
    earlier = tx.select(Transaction, original=original.id)
    reversal = Transaction(
        id=tx.new_id(Transaction),
        created=tx.now,
        currency=original.currency,
        customer=original.customer,
        customer_details=original.customer_details,
        livemode=tx.book.livemode,
        metadata=merge_metadata(None, params.metadata),
        posted_at=tx.now,
        reference=params.reference,
        reversal=Reversed(original_transaction=original.id),
        ship_from_details=original.ship_from_details,
        tax_date=original.tax_date,
        type="reversal",
    )
    lines, shipping = _taken_back(tx, original, params, earlier)
    reversal.private = TransactionPrivate(lines=lines)
    reversal.shipping_cost = shipping
    _check_left(original, [*earlier, reversal])
    # Whoever reverses it at the same time comes before or after: both together may not take back
    # more than there is.
    original.private.reversals += 1
    return tx.add(reversal)


@operation("GET /v1/tax/transactions/{id}/line_items")
def line_items(tx: Tx, transaction: Transaction) -> Inline[TransactionLineItem]:
    """List the lines of a transaction in their order."""
    url = f"/v1/tax/transactions/{transaction.id}/line_items"
    return Inline(transaction.private.lines, url=url)


def _check_reference(tx: Tx, reference: str) -> None:
    if tx.select(Transaction, reference=reference, limit=1):
        raise InvalidRequest(
            f"A transaction with the reference `{reference}` exists already: every transaction and"
            " reversal needs one of its own.",
            code="resource_already_exists",
            param="reference",
        )


def _taken_back(
    tx: Tx, original: Transaction, params: ReversalParams, earlier: Sequence[Transaction]
) -> tuple[list[TransactionLineItem], ShippingCost | None]:
    """Return the lines and shipping of a reversal; raise for what its mode does not take."""
    parts = [name for name in ("flat_amount", "line_items", "shipping_cost")
             if given(getattr(params, name))]  # fmt: skip
    if params.mode == "full":
        if parts:
            raise InvalidRequest(
                f"A full reversal takes everything back: leave `{parts[0]}` out, or use the mode"
                " `partial`.",
                param=parts[0],
            )
        if earlier:
            raise InvalidRequest(
                "A part of this transaction was reversed before: use the mode `partial`.",
                param="mode",
            )
        whole = original.shipping_cost
        lines = [
            _reversed(tx, each, -each.amount, -each.amount_tax) for each in original.private.lines
        ]
        return lines, whole and _shipping(whole, -whole.amount, -whole.amount_tax)
    if given(params.flat_amount):
        if len(parts) > 1:
            raise InvalidRequest(
                "You may only specify one of these parameters: flat_amount, line_items.",
                param="flat_amount",
            )
        _check_negative(params.flat_amount, "flat_amount", below=-1)
        return _flat(tx, original, params.flat_amount, earlier)
    if not parts:
        raise missing_param("line_items")
    return _named(tx, original, params)


def _named(
    tx: Tx, original: Transaction, params: ReversalParams
) -> tuple[list[TransactionLineItem], ShippingCost | None]:
    lines = [
        _named_line(tx, original, each, f"line_items[{place}]")
        for place, each in enumerate(value_or(params.line_items, []))
    ]
    shipping = None
    if given(params.shipping_cost):
        if original.shipping_cost is None:
            raise InvalidRequest(
                "The transaction has no shipping cost that could be reversed.",
                param="shipping_cost",
            )
        sent = params.shipping_cost
        _check_negative(sent.amount, "shipping_cost[amount]")
        _check_negative(sent.amount_tax, "shipping_cost[amount_tax]")
        shipping = _shipping(original.shipping_cost, sent.amount, sent.amount_tax)
    return lines, shipping


def _named_line(
    tx: Tx, original: Transaction, params: ReversedLineParams, path: str
) -> TransactionLineItem:
    _check_negative(params.amount, f"{path}[amount]")
    _check_negative(params.amount_tax, f"{path}[amount_tax]")
    for line in original.private.lines:
        if line.id == params.original_line_item:
            found = _reversed(tx, line, params.amount, params.amount_tax)
            found.reference = params.reference
            found.quantity = value_or(params.quantity, line.quantity)
            if given(params.metadata):
                found.metadata = merge_metadata(None, params.metadata)
            return found
    raise no_such(
        "tax transaction line item", params.original_line_item,
        param=f"{path}[original_line_item]", status=400,
    )  # fmt: skip


def _check_negative(amount: int, param: str, below: int = 0) -> None:
    if amount > below:
        raise InvalidRequest(
            f"What is reversed is given as a negative amount: this value must be at most {below}.",
            param=param,
        )


def _flat(
    tx: Tx, original: Transaction, amount: int, earlier: Sequence[Transaction]
) -> tuple[list[TransactionLineItem], ShippingCost | None]:
    """Divide an amount with its tax (minor units, negative) over what is left of the lines."""
    left = _left(original, earlier)
    taken = reverse_flat(list(left.values()), -amount)
    if taken is None:
        most = sum(part.gross for part in left.values())
        raise InvalidRequest(
            f"No more than {most} is left to reverse of this transaction.", param="flat_amount"
        )
    lines, shipping = [], None
    by_id = {line.id: line for line in original.private.lines}
    for id, part in zip(left, taken, strict=True):
        if not part.gross:
            continue
        if id is None:
            assert original.shipping_cost is not None, "only shipping has no line"
            shipping = _shipping(original.shipping_cost, -part.amount, -part.tax)
        else:
            lines.append(_reversed(tx, by_id[id], -part.amount, -part.tax))
    return lines, shipping


def _left(original: Transaction, reversals: Sequence[Transaction]) -> dict[str | None, Part]:
    """Return what reversals leave of each line by its id, of the shipping under None."""
    left: dict[str | None, Part] = {
        line.id: Part(line.amount, line.amount_tax, line.tax_behavior == "inclusive")
        for line in original.private.lines
    }
    cost = original.shipping_cost
    if cost is not None:
        left[None] = Part(cost.amount, cost.amount_tax, cost.tax_behavior == "inclusive")
    for each in reversals:
        for line in each.private.lines:
            assert line.reversal is not None, "a reversal's line names what it takes back"
            id = line.reversal.original_line_item
            left[id] = left[id].less(-line.amount, -line.amount_tax)
        if each.shipping_cost is not None and None in left:
            cost = each.shipping_cost
            left[None] = left[None].less(-cost.amount, -cost.amount_tax)
    return left


def _check_left(original: Transaction, reversals: Sequence[Transaction]) -> None:
    for id, part in _left(original, reversals).items():
        if part.amount < 0 or part.tax < 0:
            what = f"the line {id}" if id else "the shipping cost"
            raise InvalidRequest(
                f"More than is left of {what} would be reversed.",
                param="shipping_cost" if id is None else "line_items",
            )


def _reversed(tx: Tx, line: TransactionLineItem, amount: int, tax: int) -> TransactionLineItem:
    return TransactionLineItem(
        id=tx.id("tax_li"),
        amount=amount,
        amount_tax=tax,
        livemode=line.livemode,
        metadata=line.metadata,
        product=line.product,
        quantity=line.quantity,
        reference=line.reference,
        reversal=LineReversal(original_line_item=line.id),
        tax_behavior=line.tax_behavior,
        tax_code=line.tax_code,
        type="reversal",
    )


def _shipping(cost: ShippingCost, amount: int, tax: int) -> ShippingCost:
    shown = ShippingCost(
        amount=amount, amount_tax=tax, tax_behavior=cost.tax_behavior, tax_code=cost.tax_code
    )
    shown.shipping_rate = cost.shipping_rate
    return shown
