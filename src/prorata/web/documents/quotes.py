"""Quotes as sheets: what is offered to whom, until when, and what it will come to."""

from collections.abc import Iterable
from typing import cast

from prorata.engine.invoices.seller import seller
from prorata.model.operation import Binary
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice_shape import (
    DiscountAmount,
    TaxabilityReason,
    TaxAmount,
    TaxRateDetails,
)
from prorata.resources.billing.quote import Quote, line_items_of
from prorata.resources.billing.tax_id import TaxId
from prorata.resources.checkout.line_item import LineItem
from prorata.resources.checkout.session_facts import Share, Sums
from prorata.resources.core.account import own_account
from prorata.resources.core.customer import Customer
from prorata.resources.products.price import Price
from prorata.resources.products.price_terms import price_terms
from prorata.resources.products.tax_rate import TaxRate
from prorata.web.design.brand import brand_of, readable
from prorata.web.design.languages import Language
from prorata.web.documents.facts import (
    address_lines,
    discount_sums,
    line_columns,
    rate_text,
    rates_of,
    seller_party,
    tax_id_lines,
    tax_sums,
)
from prorata.web.documents.papers import logo_of, paper_language
from prorata.web.documents.rendering import is_reversed, named_taxes, paper_of
from prorata.web.documents.sheet import Fact, Party, Row, Sheet, Sum, Table
from prorata.web.documents.typeset import typeset


def write_quote(tx: Tx, quote: Quote) -> Binary:
    """Return a quote as a PDF, in its customer's language."""
    sheet = quote_sheet(tx, quote, paper_language(tx, quote.customer))
    return Binary(typeset(sheet, logo_of(tx)), "application/pdf", f"Quote-{quote.number}.pdf")


def quote_sheet(tx: Tx, quote: Quote, language: Language) -> Sheet:
    """Return a quote as a sheet."""
    _ = language.text
    account, sums = own_account(tx), quote.private.sums
    brand = brand_of(account)
    name = seller(tx).name or brand.name
    taxes = named_taxes(_taxes(tx, sums.taxes))
    rates = rates_of(tx, taxes)
    number = quote.number or _("Draft")
    ends = language.date(quote.expires_at)
    total = language.amount(quote.amount_total, quote.currency or "usd")
    return Sheet(
        title=_("Quote"),
        number=number,
        language=language.texts,
        color=readable(brand.primary),
        paper=paper_of(account.country),
        made_at=quote.status_transitions.finalized_at or quote.created,
        seller=name,
        facts=_facts(tx, quote, language),
        parties=[
            seller_party(tx, account, name, seller(tx).tax_ids or (), language),
            _receiver(tx, quote, language),
        ],
        columns=line_columns(rates, language),
        rows=_rows(tx, quote, rates, language),
        sums=_sums(tx, quote, rates, taxes, language),
        foot=" · ".join(part for part in (name, number) if part),
        page_of=_("Page {page} of {pages}", page="{page}", pages="{pages}"),
        badge="" if quote.livemode else _("Test mode"),
        alert=_("Canceled") if quote.status == "canceled" else "",
        headline=quote.header or _("{amount}, valid until {date}", amount=total, date=ends),
        memo=quote.description or "",
        tables=[_when(quote, language)],
        notes=_notes(tx, quote, language),
    )  # fmt: skip


def _facts(tx: Tx, quote: Quote, language: Language) -> list[Fact]:
    _ = language.text
    issued = quote.status_transitions.finalized_at or quote.created
    facts = [
        (_("Quote number"), quote.number or _("Draft")),
        (_("Date of issue"), language.date(issued)),
        (_("Valid until"), language.date(quote.expires_at)),
    ]
    former = quote.from_quote
    source = tx.look(Quote, former.quote) if former is not None and former.is_revision else None
    if source is not None and source.number:
        facts.append((_("Replaces quote"), source.number))
    return facts


def _receiver(tx: Tx, quote: Quote, language: Language) -> Party:
    customer = tx.look(Customer, quote.customer)
    lines: list[str] = []
    if customer is not None:
        ids = tx.select(TaxId, customer=customer.id, oldest_first=True)
        lines = [
            *([customer.name] if customer.name else []),
            *address_lines(customer.address, language),
            *[part for part in (customer.phone, customer.email) if part],
            *tax_id_lines((each.type, each.value) for each in ids),
        ]
    return Party(language.text("Prepared for"), lines)


def _rows(tx: Tx, quote: Quote, rates: dict[str, TaxRate], language: Language) -> list[Row]:
    currency = quote.currency or "usd"
    shown = line_items_of(tx, quote)
    prices = tx.load(Price, [each.price for each in quote.private.items], look=True)
    rows = []
    for line, item in zip(shown, quote.private.items, strict=True):
        unit = price_terms(prices[item.price], currency).unit_amount
        rows.append(
            Row(line.description or "", _repeats(line, language), [
                "" if line.quantity is None else language.number(line.quantity),
                "" if unit is None else language.amount(unit, currency),
                *([rate_text(rates, _taxes(tx, item.sums.taxes), language)] if rates else []),
                language.amount(line.amount_subtotal, currency),
            ])
        )  # fmt: skip
    return rows


def _repeats(line: LineItem, language: Language) -> str:
    """Return how often something is billed."""
    recurring = line.price.recurring if line.price is not None else None
    if recurring is None:
        return ""
    if recurring.usage_type == "metered":
        return language.text("By usage")
    return interval_text(recurring.interval, recurring.interval_count, language)


def interval_text(interval: str, count: int, language: Language) -> str:
    """Return an interval in words: `Every 3 months`."""
    return {
        "day": language.count_text("Every day", "Every {number} days", count),
        "month": language.count_text("Every month", "Every {number} months", count),
        "week": language.count_text("Every week", "Every {number} weeks", count),
        "year": language.count_text("Every year", "Every {number} years", count),
    }[interval]


def _sums(
    tx: Tx,
    quote: Quote,
    rates: dict[str, TaxRate],
    taxes: list[TaxAmount],
    language: Language,
) -> list[Sum]:
    _, currency = language.text, quote.currency or "usd"
    found: Sums = quote.private.sums
    sums = [Sum(_("Subtotal"), language.amount(found.subtotal, currency))]
    taken = [DiscountAmount(amount=each.amount, discount=each.of) for each in found.discounts]
    sums += discount_sums(tx, taken, currency, language)
    if taxes:
        sums += tax_sums(rates, taxes, currency, language)
    return [*sums, Sum(_("Total"), language.amount(found.total, currency), strong=True)]


def _taxes(tx: Tx, shares: Iterable[Share]) -> list[TaxAmount]:
    """Return taxes as papers know them."""
    shares = list(shares)
    rates = tx.load(TaxRate, [each.of for each in shares], look=True)
    return [
        TaxAmount(
            amount=each.amount,
            tax_behavior="inclusive" if rates[each.of].inclusive else "exclusive",
            tax_rate_details=TaxRateDetails(tax_rate=each.of),
            taxability_reason=cast(TaxabilityReason, each.reason or "not_available"),
            taxable_amount=each.taxable,
        )
        for each in shares
        if each.of in rates
    ]


def _when(quote: Quote, language: Language) -> Table:
    """Return what is billed when."""
    _, currency = language.text, quote.currency or "usd"
    computed, data = quote.computed, quote.subscription_data
    upfront = language.amount(computed.upfront.amount_total, currency)
    first = _("On acceptance")
    if data.effective_date is not None:
        first = language.date(data.effective_date)
    rows = [[first, upfront]]
    if computed.recurring is not None:
        again = computed.recurring
        words = interval_text(again.interval, again.interval_count, language)
        rows.append([words, language.amount(again.amount_total, currency)])
    return Table(_("What is billed"), [_("When"), _("Amount")], rows)


def _notes(tx: Tx, quote: Quote, language: Language) -> list[str]:
    _, days = language.text, quote.subscription_data.trial_period_days
    notes = []
    if days:
        notes.append(language.count_text(
            "The first day is free of charge.", "The first {number} days are free of charge.", days
        ))  # fmt: skip
    customer = tx.look(Customer, quote.customer)
    taxes = _taxes(tx, quote.private.sums.taxes)
    if is_reversed(customer.tax_exempt if customer is not None else None, taxes):
        notes.append(_("Tax to be paid on reverse charge basis."))
    if quote.footer:
        notes.append(quote.footer)
    return notes
