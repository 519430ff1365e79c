"""Facts: what all papers say alike: addresses, taxes, discounts, periods."""

from collections.abc import Iterable
from decimal import Decimal

from prorata.model.fields import Address
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice_shape import DiscountAmount, TaxAmount
from prorata.resources.billing.tax_id import TaxId
from prorata.resources.core.account import Account
from prorata.resources.payments.charge import Charge
from prorata.resources.payments.charge_shape import ChargeCard
from prorata.resources.payments.legacy_source import BRAND_NAMES
from prorata.resources.products.coupon import Coupon
from prorata.resources.products.discount import Discount
from prorata.resources.products.promotion_code import PromotionCode
from prorata.resources.products.tax_rate import TaxRate
from prorata.web.design.languages import Language
from prorata.web.documents.sheet import Party, Sum

# Whose words these are, whatever else a page says.
ROOM = "documents"
# Where the postal code stands before the city, and where it has a line of its own.
CODE_FIRST = frozenset((
    "AD", "AT", "BE", "BG", "CH", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IS",
    "IT", "LI", "LT", "LU", "MC", "NL", "NO", "PL", "PT", "RO", "RS", "SE", "SI", "SK", "SM", "TR",
    "VA",
))  # fmt: skip
CODE_BELOW = frozenset(("GB", "GG", "IE", "IM", "JE"))


def address_lines(address: Address | None, language: Language) -> list[str]:
    """Return an address as it is written on a letter to its country."""
    if address is None:
        return []
    code = (address.country or "").upper()
    country = language.locale.territories.get(code, address.country)
    streets = [address.line1, address.line2]
    return [part for part in (*streets, *_place(address, code), country) if part]


def _place(address: Address, country: str) -> list[str | None]:
    """Return city, state and postal code in the order that a country's post wants."""
    city, state, code = address.city, address.state, address.postal_code

    def joined(*parts: str | None, by: str = " ") -> str:
        return by.join(part for part in parts if part)

    if country in CODE_FIRST:
        near, below = (state, None) if country == "IT" else (None, state)
        return [joined(code, city, near), None if below == city else below]
    if country in CODE_BELOW:
        return [city, state, code]
    if country == "US":
        return [joined(city, joined(state, code), by=", ")]
    return [joined(city, state, code)]


def seller_party(
    tx: Tx, account: Account, name: str, tax_ids: Iterable[str], language: Language
) -> Party:
    """Return who the paper comes from."""
    profile = account.business_profile
    lines = address_lines(profile.support_address, language)
    lines += [part for part in (profile.support_phone, profile.support_email) if part]
    found = tx.load(TaxId, tax_ids, look=True)
    lines += [f"{_tax_name(each.type)} {each.value}" for each in found.values()]
    return Party(name, lines)


def tax_id_lines(tax_ids: Iterable[tuple[str, str | None]]) -> list[str]:
    """Return tax ids, each after the name of its kind."""
    return [f"{_tax_name(type)} {value}" for type, value in tax_ids if value]


def _tax_name(type: str) -> str:
    country, _, kind = type.partition("_")
    return f"{country.upper()} {kind.replace('_', ' ').upper()}".strip()


def period_text(start: int, end: int, language: Language) -> str:
    """Return the days of a period, from the first to the one on which the next begins."""
    if end - start < 86400:
        return language.date(start, "medium") if start == end else ""
    return f"{language.date(start, 'medium')} – {language.date(end, 'medium')}"


def line_columns(rates: dict[str, TaxRate], language: Language) -> list[str]:
    """Return what stands above the lines of a paper; of taxes only where there are any."""
    _ = language.text
    taxes = [_("Tax")] if rates else []
    return [_("Description"), _("Quantity"), _("Unit price"), *taxes, _("Amount")]


def rate_text(rates: dict[str, TaxRate], taxes: Iterable[TaxAmount], language: Language) -> str:
    """Return the percentages of some taxes: `19%`, or `5% + 7%`."""
    shown = []
    for tax in taxes:
        rate = rates.get(tax.tax_rate_details.tax_rate) if tax.tax_rate_details else None
        if rate is not None:
            shown.append(language.percent(str(rate.effective_percentage or rate.percentage)))
    return " + ".join(shown)


def tax_sums(
    rates: dict[str, TaxRate],
    taxes: Iterable[TaxAmount],
    currency: str,
    language: Language,
    *,
    without_tax: bool = False,
) -> list[Sum]:
    """Return a line for each tax: its name, its rate and what it is taken from.

    without_tax: no amount above has any tax in it, so that none is said to be included.
    """
    _ = language.text
    sums = []
    for tax in taxes:
        rate = rates.get(tax.tax_rate_details.tax_rate) if tax.tax_rate_details else None
        if rate is None:
            sums.append(Sum(_("Tax"), language.amount(tax.amount, currency)))
            continue
        percentage = language.percent(str(rate.effective_percentage or rate.percentage))
        name = " – ".join(part for part in (rate.display_name, rate.jurisdiction) if part)
        base = language.amount(tax.taxable_amount or 0, currency)
        if tax.tax_behavior == "inclusive" and not without_tax:
            label = _("{name} ({rate} of {base}, included)", name=name, rate=percentage, base=base)
        else:
            label = _("{name} ({rate} of {base})", name=name, rate=percentage, base=base)
        sums.append(Sum(label, language.amount(tax.amount, currency)))
    return sums


def rates_of(tx: Tx, taxes: Iterable[TaxAmount]) -> dict[str, TaxRate]:
    """Return the tax rates that taxes come from, by id."""
    ids = {tax.tax_rate_details.tax_rate for tax in taxes if tax.tax_rate_details is not None}
    return tx.load(TaxRate, ids, look=True)


def discount_sums(
    tx: Tx, amounts: Iterable[DiscountAmount], currency: str, language: Language
) -> list[Sum]:
    """Return a line for each discount that took something."""
    taken = [each for each in amounts if each.amount]
    found = tx.load(Discount, [each.discount for each in taken], look=True)
    sums = []
    for each in taken:
        discount = found.get(each.discount)
        label = _discount_name(tx, discount, currency, language)
        sums.append(Sum(label, language.amount(-each.amount, currency)))
    return sums


def _discount_name(tx: Tx, discount: Discount | None, currency: str, language: Language) -> str:
    _ = language.text
    if discount is None:
        return _("Discount")
    code = tx.look(PromotionCode, discount.promotion_code)
    coupon = tx.look(Coupon, discount.source.coupon)
    name = code.code if code is not None else coupon.name if coupon is not None else None
    facts = discount.private
    if facts.percent_off:
        off = language.percent(Decimal(str(facts.percent_off)))
    else:
        off = language.amount(facts.amounts.get(currency, 0), currency)
    off = _("{amount} off", amount=off)
    return f"{name} ({off})" if name else off


def method_name(charge: Charge, language: Language) -> str:
    """Return what a charge was paid with, such as `Visa •••• 4242`."""
    details = charge.payment_method_details
    if details is None:
        return ""
    shown = getattr(details, details.type, None)
    brand = shown.brand if isinstance(shown, ChargeCard) else None
    return named_method(details.type, brand, getattr(shown, "last4", None), language)


def named_method(type: str, brand: str | None, last4: str | None, language: Language) -> str:
    """Return a way to pay by its kind and the last characters of its number."""
    language = language.of(ROOM)
    _ = language.text
    if type == "card":
        name = BRAND_NAMES.get(brand or "", "") or _("Card")
    else:
        name = {
            "bacs_debit": _("Bacs Direct Debit"), "customer_balance": _("Bank transfer"),
            "sepa_debit": _("SEPA Direct Debit"), "us_bank_account": _("Bank account"),
        }.get(type) or _("Payment")  # fmt: skip
    return f"{name} •••• {last4}" if isinstance(last4, str) and last4 else name
