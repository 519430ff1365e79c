"""Tax table: the standard and simple reduced rates of the world, by the day from which they hold.

The figures are facts of the law, kept in `tax_table.toml` beside this module with their sources.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
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
        reduced={name: _rates(raw[name]) for name in categories if name in raw},
        parts={
            name: Part(
                each["name"], each["type"], each["label"], _rates(each["rates"]), each["source"]
            )
            for name, each in raw.get("parts", {}).items()
        },
    )


def _rates(raw: dict[str, Any]) -> Rates:
    return tuple(sorted((date.fromisoformat(day), Decimal(rate)) for day, rate in raw.items()))
