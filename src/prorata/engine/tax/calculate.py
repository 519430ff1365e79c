"""Calculate: the taxes of a sale that is billed elsewhere, line by line."""

from collections.abc import Sequence
from dataclasses import dataclass

from prorata.engine.tax.assess import WITHOUT_BASE, Sold, assess_lines, plain_percent
from prorata.engine.tax.buyer import CalculatedBuyer, buyer_of
from prorata.engine.tax.enable import check_ready
from prorata.engine.tax.standing import usual_code
from prorata.model.errors import InvalidRequest, Silent, no_such
from prorata.model.operation import Inline, operation
from prorata.model.params import given, merge_metadata, value_or
from prorata.model.transaction import Tx
from prorata.resources.products.price_params import check_currency
from prorata.resources.products.product import Product
from prorata.resources.products.shipping_rate import ShippingRate
from prorata.resources.products.steps import check_step
from prorata.resources.tax.calculation import (
    BreakdownRateDetails,
    Calculation,
    CalculationCreateParams,
    CalculationLineItem,
    CalculationLineParams,
    CalculationPrivate,
    CalculationShippingParams,
    TaxBreakdown,
)
from prorata.resources.tax.location import Location
from prorata.resources.tax.parts import (
    Jurisdiction,
    LineBreakdown,
    LineRateDetails,
    ShipFromDetails,
    ShippingCost,
    TaxAddress,
    TaxBehavior,
    address_of,
)
from prorata.resources.tax.settings import SHIPPING_CODE
from prorata.rules import taxes
from prorata.rules.currency import smallest_step
from prorata.rules.tax_place import Levy
from prorata.rules.windows import DAY

EXPIRES_SECONDS = 90 * DAY


@dataclass(frozen=True, slots=True)
class Taxed:
    """A line with its taxes: (levy, tax, net base) in minor units; there: taxed where performed."""

    sold: Sold
    taxes: tuple[tuple[Levy, int, int], ...]
    there: bool = False

    @property
    def tax(self) -> int:
        return sum(amount for _, amount, _ in self.taxes)

    @property
    def behavior(self) -> TaxBehavior:
        return "inclusive" if self.sold.inclusive else "exclusive"


@operation("POST /v1/tax/calculations")
def create(tx: Tx, params: CalculationCreateParams) -> Calculation:
    """Calculate the taxes of a sale; raise by name for a place or product that is not known."""
    check_ready(tx, "head_office")
    currency = params.currency.lower()
    check_currency(currency, "currency")
    _check_references(params.line_items)
    _load_named(tx, params.line_items)
    buyer = buyer_of(tx, params)
    sold = [_sold(tx, each, place, currency) for place, each in enumerate(params.line_items)]
    if given(params.shipping_cost):
        sold.append(_shipping(tx, params.shipping_cost, currency))
    places = [_performed(tx, each, place) for place, each in enumerate(params.line_items)]
    taxed = _taxed(tx, buyer, currency, sold, places, value_or(params.tax_date, tx.now))
    id = tx.new_id(Calculation)
    lines = [
        _line(tx, each, taxed[place], place + 1) for place, each in enumerate(params.line_items)
    ]
    exclusive = sum(each.tax for each in taxed if not each.sold.inclusive)
    calculation = Calculation(
        id=id,
        amount_total=sum(each.sold.amount for each in taxed) + exclusive,
        currency=currency,
        customer=value_or(params.customer, None),
        customer_details=buyer.details,
        expires_at=tx.now + EXPIRES_SECONDS,
        livemode=tx.book.livemode,
        ship_from_details=ShipFromDetails(address=address_of(params.ship_from_details.address))
        if given(params.ship_from_details)
        else None,
        shipping_cost=_shown_shipping(params.shipping_cost, taxed[-1])
        if given(params.shipping_cost)
        else None,
        tax_amount_exclusive=exclusive,
        tax_amount_inclusive=sum(each.tax for each in taxed if each.sold.inclusive),
        tax_breakdown=_breakdown(taxed),
        tax_date=value_or(params.tax_date, tx.now),
    )
    calculation.private = CalculationPrivate(lines=lines)
    return tx.add(calculation)


@operation("GET /v1/tax/calculations/{id}")
def retrieve(tx: Tx, calculation: Calculation) -> Calculation:
    """Return a calculation that has not expired."""
    return current(tx, calculation)


@operation("GET /v1/tax/calculations/{id}/line_items")
def line_items(tx: Tx, calculation: Calculation) -> Inline[CalculationLineItem]:
    """List the lines of a calculation in their order."""
    current(tx, calculation)
    url = f"/v1/tax/calculations/{calculation.id}/line_items"
    return Inline(calculation.private.lines, url=url)


def current(tx: Tx, calculation: Calculation, param: str | None = None) -> Calculation:
    """Return a calculation; raise NotFound once it has expired."""
    if calculation.expires_at is not None and calculation.expires_at <= tx.now:
        raise no_such(
            "tax calculation", calculation.id, param=param or "id", status=400 if param else 404
        )
    return calculation


def _check_references(lines: Sequence[CalculationLineParams]) -> None:
    seen: set[str] = set()
    for place, each in enumerate(lines):
        if not given(each.reference):
            continue
        if each.reference in seen:
            raise InvalidRequest(
                f"The reference `{each.reference}` is used twice: every line needs one of its own.",
                param=f"line_items[{place}][reference]",
            )
        seen.add(each.reference)


def _load_named(tx: Tx, lines: Sequence[CalculationLineParams]) -> None:
    """Load what lines name, in two queries at most."""
    tx.load(Product, {each.product for each in lines if given(each.product)}, look=True)
    locations = (each.performance_location for each in lines)
    tx.load(Location, {each for each in locations if given(each)}, look=True)


def _sold(tx: Tx, params: CalculationLineParams, place: int, currency: str) -> Sold:
    path = f"line_items[{place}]"
    check_step(params.amount, currency, f"{path}[amount]")
    code = value_or(params.tax_code, None)
    if given(params.product):
        product = tx.get(Product, params.product, param=f"{path}[product]")
        code = code or product.tax_code
    return Sold(
        amount=params.amount,
        code=code or usual_code(tx),
        inclusive=value_or(params.tax_behavior, "exclusive") == "inclusive",
    )


def _shipping(tx: Tx, params: CalculationShippingParams, currency: str) -> Sold:
    if given(params.amount) == given(params.shipping_rate):
        raise InvalidRequest(
            "You must specify one of these parameters: shipping_cost[amount],"
            " shipping_cost[shipping_rate].",
            param="shipping_cost[amount]",
        )
    amount, code = value_or(params.amount, 0), value_or(params.tax_code, None)
    behavior: str | None = value_or(params.tax_behavior, None)
    if given(params.shipping_rate):
        rate = tx.get(ShippingRate, params.shipping_rate, param="shipping_cost[shipping_rate]")
        amount = _rate_amount(rate, currency)
        code = code or rate.tax_code
        behavior = behavior or rate.tax_behavior
    check_step(amount, currency, "shipping_cost[amount]")
    return Sold(amount=amount, code=code or SHIPPING_CODE, inclusive=behavior == "inclusive")


def _rate_amount(rate: ShippingRate, currency: str) -> int:
    fixed = rate.fixed_amount
    if fixed.currency == currency:
        return fixed.amount
    options = value_or(fixed.currency_options, {})
    if currency not in options:
        raise InvalidRequest(
            f"The shipping rate {rate.id} has no amount in {currency}.",
            param="shipping_cost[shipping_rate]",
        )
    return options[currency].amount


def _performed(tx: Tx, params: CalculationLineParams, place: int) -> TaxAddress | None:
    """Return where a line is performed, None where it is supplied to its buyer."""
    if not given(params.performance_location):
        return None
    where = f"line_items[{place}][performance_location]"
    return tx.get(Location, params.performance_location, param=where).address


def _taxed(
    tx: Tx,
    buyer: CalculatedBuyer,
    currency: str,
    sold: list[Sold],
    performed: list[TaxAddress | None],
    at: int,
) -> list[Taxed]:
    """Return the lines with their taxes, and the shipping at the end, in the order given."""
    addresses = [each or buyer.address for each in performed]
    addresses += [buyer.address] * (len(sold) - len(addresses))
    levies = _levies(tx, buyer, currency, sold, addresses, at)
    result = []
    for place, each in enumerate(sold):
        rates = tuple(
            taxes.Rate(str(number), levy.percentage, each.inclusive)
            for number, levy in enumerate(levies[place])
        )
        [shares] = taxes.apply([(each.amount, rates)], "line", smallest_step(currency))
        reckoned = tuple(
            (levy, share.amount, 0 if levy.reason in WITHOUT_BASE else share.taxable_amount)
            for levy, share in zip(levies[place], shares, strict=True)
        )
        there = place < len(performed) and performed[place] is not None
        result.append(Taxed(each, reckoned, there))
    return result


def _levies(
    tx: Tx,
    buyer: CalculatedBuyer,
    currency: str,
    sold: list[Sold],
    addresses: list[TaxAddress],
    at: int,
) -> list[tuple[Levy, ...]]:
    """Return what each line bears, asked together for those that go to the same place."""
    found: dict[int, tuple[Levy, ...]] = {}
    for first, address in enumerate(addresses):
        if first in found:
            continue
        places = [place for place, each in enumerate(addresses) if each == address]
        answer = assess_lines(
            tx, address=address, tax_ids=buyer.tax_ids, exempt=buyer.exempt, currency=currency,
            lines=[sold[place] for place in places], at=at,
        )  # fmt: skip
        if answer is None:
            raise Silent(
                "The tax engine does not answer. Nothing was calculated. Try again later."
            )
        found.update(zip(places, answer, strict=True))
    return [found[place] for place in range(len(sold))]


def _line(
    tx: Tx, params: CalculationLineParams, taxed: Taxed, number: int
) -> CalculationLineItem:
    return CalculationLineItem(
        id=tx.id("tax_li"),
        amount=taxed.sold.amount,
        amount_tax=taxed.tax,
        livemode=tx.book.livemode,
        metadata=merge_metadata(None, params.metadata) if given(params.metadata) else None,
        performance_location=value_or(params.performance_location, None),
        product=value_or(params.product, None),
        quantity=value_or(params.quantity, 1),
        reference=value_or(params.reference, f"L{number}"),
        tax_behavior=taxed.behavior,
        tax_breakdown=_of_line(taxed),
        tax_code=taxed.sold.code,
    )


def _of_line(taxed: Taxed) -> list[LineBreakdown]:
    return [
        LineBreakdown(
            amount=amount,
            jurisdiction=Jurisdiction(
                country=levy.country,
                display_name=levy.jurisdiction,
                level=levy.level,
                state=levy.state,
            ),
            sourcing="performance" if taxed.there else "destination",
            tax_rate_details=None
            if levy.reason in WITHOUT_BASE and levy.reason != "reverse_charge"
            else LineRateDetails(
                display_name=levy.label,
                percentage_decimal=plain_percent(levy.percentage),
                tax_type=levy.type,
            ),
            taxability_reason=levy.reason,
            taxable_amount=base,
        )
        for levy, amount, base in taxed.taxes
    ]


def _shown_shipping(params: CalculationShippingParams, taxed: Taxed) -> ShippingCost:
    shown = ShippingCost(
        amount=taxed.sold.amount,
        amount_tax=taxed.tax,
        tax_behavior=taxed.behavior,
        tax_breakdown=_of_line(taxed),
        tax_code=taxed.sold.code,
    )
    if given(params.shipping_rate):
        shown.shipping_rate = params.shipping_rate
    return shown


def _breakdown(taxed: Sequence[Taxed]) -> list[TaxBreakdown]:
    """Add taxes up by rate and reason, in the order in which they appear."""
    merged: dict[tuple[Levy, bool], TaxBreakdown] = {}
    for each in taxed:
        for levy, amount, base in each.taxes:
            key = (levy, each.sold.inclusive)
            known = merged.get(key)
            if known is None:
                known = merged[key] = TaxBreakdown(
                    amount=0,
                    inclusive=each.sold.inclusive,
                    tax_rate_details=BreakdownRateDetails(
                        country=levy.country,
                        percentage_decimal=plain_percent(levy.percentage),
                        state=levy.state,
                        tax_type=levy.type,
                    ),
                    taxability_reason=levy.reason,
                    taxable_amount=0,
                )
            known.amount += amount
            known.taxable_amount += base
    return list(merged.values())
