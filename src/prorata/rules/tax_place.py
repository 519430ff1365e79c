"""Tax place: which taxes a sale bears, given where buyer and seller are and who is registered.

Services that are supplied electronically are taxed where the consumer is; a business elsewhere
accounts for the tax itself (reverse charge). A seller collects only where it is registered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from prorata.rules.tax_parts import part_of
from prorata.rules.tax_table import (
    Country,
    Part,
    country_rates,
    is_union,
    rate_on,
    rates_at,
    table,
    taxed_as,
)

NONTAXABLE = "txcd_00000000"
# States of the United States without a tax on sales.
NO_SALES_TAX = frozenset({"DE", "MT", "NH", "OR"})
ZERO = Decimal(0)
Exempt = Literal["none", "exempt", "reverse"]
Level = Literal["city", "country", "county", "district", "state"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is for tax; the state is its usual code."""

    country: str
    state: str | None = None
    postal_code: str | None = None
    city: str | None = None
    line1: str | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """A registration that is in force; percentage: the combined rate its holder has set."""

    country: str
    type: str
    scheme: str | None = None
    state: str | None = None
    percentage: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys: the place, its tax ids (type, value), and whether its seller exempts it."""

    place: Place
    tax_ids: tuple[tuple[str, str], ...] = ()
    exempt: Exempt = "none"


@dataclass(frozen=True, slots=True)
class Levy:
    """A tax that a sale bears, in percent; zero with the reason why there is none."""

    percentage: Decimal
    reason: str
    country: str
    state: str | None
    level: Level
    jurisdiction: str
    label: str
    type: str


def assess(
    seller: Place | None, registered: Sequence[Registered], buyer: Buyer, code: str, day: date
) -> tuple[Levy, ...]:
    """Return the taxes of a product with a tax code on a day; never none, but maybe of zero."""
    country = taxed_as(buyer.place.country)
    if country == "US":
        return (_united_states(registered, buyer, code),)
    known = country_rates(country)
    if known is None:
        return (Levy(ZERO, "not_supported", country, None, "country", country, "VAT", "vat"),)
    home = None if seller is None else taxed_as(seller.country)
    here = rates_at(known, buyer.place.postal_code)
    if here is None:
        return (_zero(known, "not_subject_to_tax"),)
    known = here
    if known.union:
        return (_union(known, home, registered, buyer, code, day),)
    own = [
        each for each in registered
        if taxed_as(each.country) == country and _covers(each, code)
    ]  # fmt: skip
    if not own:
        return (_zero(known, "not_collecting"),)
    reason = _exemption(buyer, code) or _reverse(known, home, buyer)
    if reason is not None:
        return (_zero(known, reason),)
    if country == "CA":
        return _canada(known, own, buyer, day)
    if country == "IN" and home == "IN" and seller is not None:
        return _india(known, seller, buyer, day)
    return (_rated(known, code, day), *_beside(known, day))


def _exemption(buyer: Buyer, code: str) -> str | None:
    if code == NONTAXABLE:
        return "not_subject_to_tax"
    return {"exempt": "customer_exempt", "reverse": "reverse_charge"}.get(buyer.exempt)


def _reverse(country: Country, home: str | None, buyer: Buyer) -> str | None:
    foreign = home != country.code
    business = any(type in country.business for type, _ in buyer.tax_ids)
    return "reverse_charge" if foreign and business else None


def _covers(registered: Registered, code: str) -> bool:
    """Return whether a registration is for such products: some are for goods alone."""
    goods_only = registered.type == "ioss" or registered.scheme == "inbound_goods"
    return is_goods(code) or not goods_only


def is_goods(code: str) -> bool:
    """Return whether a tax code is one of things that can be touched."""
    group = code.removeprefix("txcd_")[:2]
    return group.isdigit() and int(group) >= 30 and group != "92"


def _union(
    country: Country,
    home: str | None,
    registered: Sequence[Registered],
    buyer: Buyer,
    code: str,
    day: date,
) -> Levy:
    """Tax a sale to a member state: there, or at home for a small seller; businesses themselves."""
    own = [each for each in registered if is_union(each.country) and _covers(each, code)]
    reason = _exemption(buyer, code) or _reverse(country, home, buyer)
    if own and reason is not None:
        return _zero(country, reason)
    if any(_collects(each, country.code, home) for each in own):
        return _rated(country, code, day)
    small = [each for each in own if each.scheme == "small_seller" and each.country == home]
    origin = country_rates(home) if small and home is not None else None
    if origin is not None:
        return _rated(origin, code, day)
    return _zero(country, "not_collecting")


def _collects(registered: Registered, country: str, home: str | None) -> bool:
    if registered.type == "standard":
        return registered.country == country
    if registered.type == "oss_non_union":
        return True
    # One stop shops are for sales across the border; what is sold at home is declared at home.
    return country not in (home, registered.country)


def _rated(country: Country, code: str, day: date) -> Levy:
    category = table().categories.get(code, "")
    reduced = rate_on(country.reduced[category], day) if category in country.reduced else None
    if reduced is not None:
        reason = "reduced_rated" if reduced else "zero_rated"
        return _levy(country, reduced, reason)
    standard = rate_on(country.standard, day)
    if standard is None:
        return _zero(country, "not_supported")
    return _levy(country, standard, "standard_rated")


def _beside(country: Country, day: date) -> list[Levy]:
    """Return the taxes that come on top of a country's own, on the same base."""
    found = ((part, rate_on(part.rates, day)) for part in country.beside)
    return [
        Levy(
            rate, "standard_rated", country.code, None, "country", part.name, part.label, part.type
        )
        for part, rate in found if rate is not None
    ]  # fmt: skip


def _levy(country: Country, percentage: Decimal, reason: str) -> Levy:
    return Levy(
        percentage, reason, country.code, None, "country", country.name, country.label, country.type
    )


def _zero(country: Country, reason: str) -> Levy:
    return _levy(country, ZERO, reason)


def _of_part(country: Country, code: str, part: Part, percentage: Decimal) -> Levy:
    return Levy(
        percentage, "standard_rated", country.code, code, "state", part.name, part.label, part.type
    )


def _canada(
    country: Country, own: Sequence[Registered], buyer: Buyer, day: date
) -> tuple[Levy, ...]:
    """Tax by province: the harmonized tax, or the federal one and the province's own."""
    code = part_of("CA", buyer.place.state, buyer.place.postal_code)
    part = country.parts.get(code or "")
    federal = any(each.type in ("standard", "simplified") for each in own)
    if part is not None and code is not None:
        percentage = rate_on(part.rates, day)
        if part.type == "hst" and percentage is not None:
            if federal:
                return (_of_part(country, code, part, percentage),)
            return (_zero(country, "not_collecting"),)
    levies = [_rated(country, "", day)] if federal else []
    provincial = any(each.type == "province_standard" and each.state == code for each in own)
    if part is not None and code is not None and provincial and percentage is not None:
        levies.append(_of_part(country, code, part, percentage))
    return tuple(levies) or (_zero(country, "not_collecting"),)


def _india(country: Country, seller: Place, buyer: Buyer, day: date) -> tuple[Levy, ...]:
    """Tax a sale within a state half centrally and half by the state, others integrated."""
    here = part_of("IN", seller.state, seller.postal_code)
    there = part_of("IN", buyer.place.state, buyer.place.postal_code)
    whole = rate_on(country.standard, day)
    if whole is None or there is None or here != there:
        return (_rated(country, "", day),)
    half = whole / 2
    central = Levy(half, "standard_rated", "IN", None, "country", country.name, "CGST", "gst")
    state = Levy(half, "standard_rated", "IN", there, "state", there, "SGST", "gst")
    return central, state


def _united_states(registered: Sequence[Registered], buyer: Buyer, code: str) -> Levy:
    """Tax by the combined rate that a state's registration has been given; there is no table."""
    state = part_of("US", buyer.place.state, buyer.place.postal_code)

    def levy(percentage: Decimal, reason: str) -> Levy:
        return Levy(
            percentage, reason, "US", state, "state", state or "US", "Sales Tax", "sales_tax"
        )

    own = [
        each for each in registered
        if each.country == "US" and each.state == state and each.type == "state_sales_tax"
    ]  # fmt: skip
    if not own:
        nothing = state in NO_SALES_TAX
        return levy(ZERO, "not_subject_to_tax" if nothing else "not_collecting")
    reason = _exemption(buyer, code)
    if reason is not None:
        return levy(ZERO, reason)
    given = next((each.percentage for each in own if each.percentage is not None), None)
    if given is None:
        return levy(ZERO, "not_supported")
    return levy(given, "standard_rated" if given else "zero_rated")
