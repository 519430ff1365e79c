"""Proofs: prices are whole, and lines bill what their prices ask, for the doctor."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from prorata.engine.doctor import check, documents, with_facts
from prorata.engine.runtime import System
from prorata.rules.calendar import add_intervals, longest_interval
from prorata.rules.currency import is_currency, smallest_step
from prorata.rules.pricing import PriceTerms, Tier, amount, check_tiers
from prorata.rules.rounding import EXACT, round_half_up
from prorata.store.connection import Connection

Form = dict[str, Any]
AMOUNTS = (("unit_amount", "unit_amount_decimal"), ("flat_amount", "flat_amount_decimal"))


@check("Every price has one amount of its kind in each of its currencies")
def prices_are_whole(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every price: its amounts are readable, ascend by tier and are of one kind."""
    for _, price, private in with_facts(connection, "price"):
        problem = _odd(price, price["currency"], private.get("tiers") or [], price)
        for code, option in private.get("currency_options", {}).items():
            problem = problem or _odd(option, code, option.get("tiers") or [], price)
        # What is credited by hand is a price below zero, made on the spot.
        if (price["unit_amount"] or 0) < 0 and not private.get("inline"):
            problem = problem or "is below zero"
        yield f"{price['id']}: {problem}" if problem else None


@check("Every subscription's prices can be billed in its currency")
def subscriptions_are_priced(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every subscription: its prices are there, in its currency, for a quantity or usage."""
    prices = _prices(connection)
    for book, subscription in documents(connection, "subscription"):
        problem = None
        for item in subscription["items"]["data"]:
            price, private = prices.get((book, item["price"]["id"]), (None, {}))
            if price is None:
                problem = f"the price {item['price']['id']} of {item['id']} is gone"
            elif not _has(price, private, subscription["currency"]):
                problem = f"{price['id']} has no amount in {subscription['currency']}"
            elif (price["recurring"]["usage_type"] == "licensed") != ("quantity" in item):
                problem = f"{item['id']} of {price['id']} has a quantity, or none"
        yield f"{subscription['id']}: {problem}" if problem else None


@check("Every line bills what its price asks for its quantity")
def lines_are_priced(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every invoice: a licensed item's line is its unit times its quantity, or a share.

    Only a line whose time is shorter than the price's interval may bill less.
    """
    prices = _prices(connection)
    for book, invoice, private in with_facts(connection, "invoice"):
        problem = None
        for line in invoice["lines"]["data"]:
            price, beside = prices.get((book, _price_of(line)), (None, {}))
            known = private.get("lines", {}).get(line["id"], {})
            if price is not None and not known.get("metered"):
                gross = int(known.get("gross", line["amount"]))
                problem = problem or _mispriced(line, price, beside, gross)
        yield f"{invoice['id']}: {problem}" if problem else None


def _prices(connection: Connection) -> dict[tuple[int, str], tuple[Form, Form]]:
    """Return the prices that recur, of which there are few."""
    return {
        (book, price["id"]): (price, private)
        for book, price, private in with_facts(connection, "price")
        if price["recurring"] is not None
    }


def _odd(amounts: Form, currency: str, tiers: list[Form], price: Form) -> str | None:
    """Return what is wrong with the amounts of a price in one currency, if anything."""
    if not is_currency(currency):
        return f"{currency} is no currency"
    has = {
        "tiers": bool(tiers),
        "custom_unit_amount": amounts.get("custom_unit_amount") is not None,
        "unit_amount": amounts.get("unit_amount_decimal") is not None,
    }
    kind = "tiers" if price["billing_scheme"] == "tiered" else "unit_amount"
    if price.get("custom_unit_amount") is not None:
        kind = "custom_unit_amount"
    if [name for name, there in has.items() if there] != [kind]:
        return f"has not {kind} alone in {currency}"
    try:
        for each in (amounts, *tiers):
            _check_twins(each)
        terms = _terms(amounts, tiers, price, currency)
        if kind != "custom_unit_amount":
            amount(terms, 1)
    except (ArithmeticError, ValueError) as error:
        return f"cannot be billed in {currency}: {error}"
    return None


def _check_twins(amounts: Form) -> None:
    for whole, exact in AMOUNTS:
        text = amounts.get(exact)
        value = None if text is None else Decimal(text)
        expected = int(value) if value is not None and value == int(value) else None
        if amounts.get(whole) != expected:
            raise ValueError(f"{whole} is {amounts.get(whole)}, {exact} is {text}")


def _terms(amounts: Form, tiers: list[Form], price: Form, currency: str) -> PriceTerms:
    def exact(each: Form, name: str) -> Decimal | None:
        return None if each.get(name) is None else Decimal(each[name])

    found = tuple(
        Tier(each.get("up_to"), exact(each, "unit_amount_decimal"),
             exact(each, "flat_amount_decimal"))
        for each in tiers
    )  # fmt: skip
    if found:
        check_tiers(found)
    transform = price["transform_quantity"] or {}
    return PriceTerms(
        exact(amounts, "unit_amount_decimal"), found, price["tiers_mode"],
        transform.get("divide_by"), transform.get("round"), smallest_step(currency),
    )  # fmt: skip


def _has(price: Form, private: Form, currency: str) -> bool:
    return currency == price["currency"] or currency in private.get("currency_options", {})


def _price_of(line: Form) -> str:
    """Return the price of a line that bills a subscription's item for itself, no proration."""
    details = (line["parent"] or {}).get("subscription_item_details")
    if details is None or details["proration"] or details["invoice_item"]:
        return ""
    return str(((line["pricing"] or {}).get("price_details") or {}).get("price", ""))


def _mispriced(line: Form, price: Form, private: Form, gross: int) -> str | None:
    """Return what is wrong with a line's amount before any discount, if anything.

    A tier's flat part has quantity 0 and costs its unit amount once.
    """
    unit = Decimal(line["pricing"]["unit_amount_decimal"] or 0)
    if not gross and not unit:
        # Free of charge, as in a trial.
        return None
    if unit not in _units(price, private, line["currency"]):
        return f"{line['id']} bills {unit} a unit, which is no amount of {price['id']}"
    quantity, step = line["quantity"] or 0, smallest_step(line["currency"])
    if price["billing_scheme"] == "tiered":
        full = {round_half_up(EXACT.multiply(unit, Decimal(quantity or count)), step)
                for count in (0, 1)}  # fmt: skip
    else:
        terms = _terms({"unit_amount_decimal": unit}, [], price, line["currency"])
        full = {amount(terms, quantity)}
    recurring, period = price["recurring"], line["period"]
    length = recurring["interval"], recurring["interval_count"]
    whole = longest_interval(period["start"], *length)
    # What ends on the last day of February may have begun on the 29th of January.
    shorter = period["end"] < whole or period["start"] > add_intervals(period["end"], *length, -1)
    # Time that was backdated in classic billing is on one line, however long it is.
    partly = period["end"] > whole or (shorter and gross <= max(full))
    if gross in full or partly:
        return None
    return f"{line['id']} bills {gross} for {quantity} at {unit}, which is {sorted(full)}"


def _units(price: Form, private: Form, currency: str) -> set[Decimal]:
    """Return the amounts that a unit, or a tier, of a price costs in a currency, or has cost."""
    if currency == price["currency"]:
        return _amounts_of(price, private.get("tiers") or ())
    options = [private.get("currency_options", {}).get(currency, {})]
    options += private.get("former_options", {}).get(currency, ())
    return {unit for each in options for unit in _amounts_of(each, each.get("tiers") or ())}


def _amounts_of(amounts: Form, tiers: Iterable[Form]) -> set[Decimal]:
    return {
        Decimal(each[name])
        for each in (amounts, *tiers)
        for _, name in AMOUNTS
        if each.get(name) is not None
    } | {Decimal(0) for each in tiers if each.get("unit_amount_decimal") is None}
