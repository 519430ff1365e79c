"""Assess: which taxes lines bear, asked of the tax engine, with a tax rate for each of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import cast

from prorata.engine.tax.standing import place_of, standing
from prorata.gateways.tax_engine import TaxLine, TaxOrder
from prorata.model.fields import Address
from prorata.model.transaction import Tx
from prorata.resources.products.tax_rate import AUTOMATIC, TaxRate, TaxRatePrivate, TaxType
from prorata.resources.tax.parts import TaxAddress
from prorata.rules.tax_place import Buyer, Exempt, Levy

# Reasons for which nothing was taxed, so that there is no base either.
WITHOUT_BASE = frozenset({
    "customer_exempt", "not_collecting", "not_subject_to_tax", "not_supported", "product_exempt",
    "reverse_charge",
})  # fmt: skip
MADE = "automatic_tax_rates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """A line whose taxes are asked for: gross, in minor units, before discounts."""

    amount: int
    code: str
    inclusive: bool


def assess_lines(
    tx: Tx,
    *,
    address: Address | TaxAddress,
    tax_ids: Sequence[tuple[str, str]],
    exempt: Exempt,
    currency: str,
    lines: Sequence[Sold],
    at: int | None = None,
) -> list[tuple[Levy, ...]] | None:
    """Return the taxes of each line for a buyer at an address, None where the engine fails.

    at: another second than now, for the rates of its day.
    """
    stand = standing(tx)
    order = TaxOrder(
        seller=stand.seller,
        registered=stand.registered,
        buyer=Buyer(place_of(address), tuple(tax_ids), exempt),
        lines=tuple(TaxLine(each.amount, each.code, each.inclusive) for each in lines),
        currency=currency,
        day=datetime.fromtimestamp(tx.now if at is None else at, UTC).date(),
    )
    found: list[tuple[Levy, ...]] | None = tx.gateway.assess(order)
    return found


def automatic_rate(tx: Tx, levy: Levy, inclusive: bool) -> TaxRate:
    """Return the tax rate that shows a levy, made when it is met for the first time."""
    key = "|".join([
        levy.country, levy.state or "", levy.level, levy.jurisdiction, levy.label, levy.type,
        plain_percent(levy.percentage), "inclusive" if inclusive else "exclusive",
    ])  # fmt: skip
    made: dict[str, str] | None = tx.results.get(MADE)
    if made is None:
        known = tx.select(TaxRate, automatic=AUTOMATIC)
        made = tx.results[MADE] = {each.private.levy: each.id for each in known}
    # What was made in a step that was undone is not there any more.
    rate = tx.look(TaxRate, made[key]) if key in made else None
    if rate is None:
        rate = tx.add(_rate(tx, levy, inclusive, key))
        made[key] = rate.id
    return rate


def plain_percent(percentage: Decimal) -> str:
    """Return a percentage without zeros at the end, with one decimal at least: 19.0, 9.975."""
    text = format(percentage.normalize(), "f")
    return text if "." in text else f"{text}.0"


def _rate(tx: Tx, levy: Levy, inclusive: bool, key: str) -> TaxRate:
    percentage = float(levy.percentage)
    rate = TaxRate(
        id=tx.new_id(TaxRate),
        active=False,
        country=levy.country,
        created=tx.now,
        display_name=levy.label,
        effective_percentage=percentage,
        inclusive=inclusive,
        jurisdiction=levy.jurisdiction,
        jurisdiction_level=levy.level,
        livemode=tx.book.livemode,
        percentage=percentage,
        state=levy.state,
        tax_type=cast(TaxType, levy.type),
    )
    rate.private = TaxRatePrivate(levy=key)
    return rate
