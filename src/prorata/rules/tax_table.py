"""Tax table: the standard and simple reduced rates of the world, by the day from which they hold.

The figures are facts of the law, kept in `tax_table.toml` beside this module with their sources.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

Rates = tuple[tuple[date, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A state or province that taxes beside its country, or together with it (hst)."""

    name: str
    type: str
    label: str
    rates: Rates
    source: str


@dataclass(frozen=True, slots=True)
class Country:
    """What a country charges; rates in percent, oldest first.

    business: types of tax ids whose holders account for the tax themselves where the seller is
    elsewhere. reduced: rates by category of products. union: a member of the European Union.
    parts: states and provinces. beside: taxes on top, on the same base. outside: beginnings of
    postal codes where its law does not hold. regions: beginnings of postal codes where other
    rates hold, with these rates.
    """

    code: str
    name: str
    type: str
    label: str
    union: bool
    business: tuple[str, ...]
    standard: Rates
    source: str
    reduced: Mapping[str, Rates] = field(default_factory=dict)
    parts: Mapping[str, Part] = field(default_factory=dict)
    beside: tuple[Part, ...] = ()
    outside: tuple[str, ...] = ()
    regions: tuple[tuple[tuple[str, ...], Rates, Mapping[str, Rates]], ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """All countries; categories: tax code -> category; territories: taxed as another country."""

    countries: Mapping[str, Country]
    categories: Mapping[str, str]
    territories: Mapping[str, str]


@cache
def table() -> Table:
    """Return the table, read once."""
    text = files(__package__).joinpath("tax_table.toml").read_text(encoding="utf-8")
    raw = tomllib.loads(text, parse_float=Decimal)
    categories = {code: category for category, codes in raw["categories"].items() for code in codes}
    names = tuple(raw["categories"])
    return Table(
        countries={code: _country(code, each, names) for code, each in raw["countries"].items()},
        categories=categories,
        territories=raw["territories"],
    )


def rate_on(rates: Rates, day: date) -> Decimal | None:
    """Return the rate that holds on a day, in percent; None before the first one known."""
    found = None
    for start, percentage in rates:
        if start > day:
            break
        found = percentage
    return found


def taxed_as(country: str) -> str:
    """Return the country whose tax law holds in a country or dependent territory."""
    return table().territories.get(country, country)


def country_rates(country: str) -> Country | None:
    """Return what is known of a country, None where the table does not have it."""
    return table().countries.get(country)


def rates_at(country: Country, postal_code: str | None) -> Country | None:
    """Return a country with the rates of a postal code; None where its tax law does not hold."""
    code = (postal_code or "").strip().upper().removeprefix(f"{country.code}-")
    if code and code.startswith(country.outside):
        return None
    for beginnings, standard, reduced in country.regions:
        if code.startswith(beginnings):
            return replace(country, standard=standard, reduced=reduced)
    return country


def is_union(country: str) -> bool:
    """Return whether a country is a member of the European Union."""
    found = table().countries.get(country)
    return found is not None and found.union


def _country(code: str, raw: dict[str, Any], categories: tuple[str, ...]) -> Country:
    return Country(
        code=code,
        name=raw["name"],
        type=raw.get("type", "vat"),
        label=raw.get("label", "VAT"),
        union=raw.get("union", False),
        business=("eu_vat",) if raw.get("union") else tuple(raw.get("business", ())),
        standard=_rates(raw["standard"]),
        source=raw["source"],
        reduced=_reduced(raw, categories),
        parts=_parts(raw.get("parts", {})),
        beside=tuple(_parts(raw.get("beside", {})).values()),
        outside=tuple(raw.get("outside", ())),
        regions=tuple(
            (tuple(each["postal"]), _rates(each["standard"]), _reduced(each, categories))
            for each in raw.get("regions", {}).values()
        ),
    )


def _parts(raw: dict[str, Any]) -> dict[str, Part]:
    return {
        name: Part(
            each["name"], each["type"], each["label"], _rates(each["rates"]), each["source"]
        )
        for name, each in raw.items()
    }


def _reduced(raw: dict[str, Any], categories: tuple[str, ...]) -> dict[str, Rates]:
    return {name: _rates(raw[name]) for name in categories if name in raw}


def _rates(raw: dict[str, Any]) -> Rates:
    return tuple(sorted((date.fromisoformat(day), Decimal(rate)) for day, rate in raw.items()))
