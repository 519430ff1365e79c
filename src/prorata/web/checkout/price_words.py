"""Price words: what a price costs, as a page says it: `$5.00`, `from $3.00`, tiers line by line."""

from decimal import Decimal

from prorata.resources.checkout.payment_page import PagePrice
from prorata.resources.products.price import PriceTier
from prorata.web.design.languages import Language

# More tiers than that are not listed.
TIERS_MAX = 5


def price_text(price: PagePrice, currency: str, language: Language, *, every: bool = False) -> str:
    """Return what one of something costs; with `every` also how often."""
    text = _amount_text(price, currency, language)
    if every and price.recurring is not None:
        recurring = price.recurring
        return f"{text} {language.every(recurring.interval, recurring.interval_count)}"
    return text


def _amount_text(price: PagePrice, currency: str, language: Language) -> str:
    if price.tiers:
        least = min(_unit(each) or each.flat_amount or 0 for each in price.tiers)
        return language.text("from {amount}", amount=language.amount(least, currency))
    amount = language.amount(_exact(price.unit_amount, price.unit_amount_decimal), currency)
    packages = price.transform_quantity
    if packages is not None:
        number = language.number(packages.divide_by)
        return language.text("{amount} per {number}", amount=amount, number=number)
    metered = price.recurring is not None and price.recurring.usage_type == "metered"
    if metered and price.unit_label:
        return language.text("{amount} per {unit}", amount=amount, unit=price.unit_label)
    return amount


def tier_notes(price: PagePrice, currency: str, language: Language) -> list[str]:
    """Return the tiers of a price, one line each."""
    notes, before = [], 0
    for tier in (price.tiers or [])[:TIERS_MAX]:
        first = language.number(before + 1)
        if tier.up_to is None:
            units = language.text("{first} and more", first=first)
        else:
            last = language.number(tier.up_to)
            units = language.text("{first} to {last}", first=first, last=last)
            before = tier.up_to
        notes.append(f"{units}: {_tier_cost(tier, currency, language)}")
    return notes


def _tier_cost(tier: PriceTier, currency: str, language: Language) -> str:
    unit, flat = _unit(tier), _exact(tier.flat_amount, tier.flat_amount_decimal)
    each = language.text("{amount} each", amount=language.amount(unit, currency))
    if flat and unit:
        return f"{language.amount(flat, currency)} + {each}"
    return language.amount(flat, currency) if flat else each


def _unit(tier: PriceTier) -> Decimal:
    return _exact(tier.unit_amount, tier.unit_amount_decimal)


def _exact(amount: int | None, decimal: str | None) -> Decimal:
    return Decimal(decimal) if decimal is not None else Decimal(amount or 0)
