"""Bill: what a session sells and comes to, in the words of the visitor's language."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from babel.numbers import get_decimal_symbol

from prorata.resources.checkout.payment_page import (
    PageDiscount,
    PageItem,
    PageOffer,
    PagePrice,
    PageTerms,
    PaymentPage,
)
from prorata.rules.currency import minor_digits
from prorata.web.checkout.price_words import price_text, tier_notes
from prorata.web.design.languages import Language

LARGEST_QUANTITY = 99
# So many lines of a description are shown.
NOTE_LENGTH = 160


@dataclass(slots=True)
class Row:
    """A line of the sums. kind: strong, soft, line (begins a new part) or total."""

    label: str
    amount: str
    kind: str = "plain"
    note: str = ""
    code: bool = False


@dataclass(slots=True)
class ItemView:
    """One thing in the cart. removable: by which change it is taken out, empty where it is not."""

    id: str
    price: str
    name: str
    amount: str
    unit: str = ""
    image: str | None = None
    notes: list[str] = field(default_factory=list)
    quantity: int = 1
    adjustable: bool = False
    least: int = 0
    most: int = LARGEST_QUANTITY
    optional: bool = False
    removable: str = ""
    chosen: dict[str, Any] | None = None


@dataclass(slots=True)
class Bill:
    """The left side of the page."""

    mode: str
    title: str
    amount: str = ""
    per: str = ""
    then: str = ""
    items: list[ItemView] = field(default_factory=list)
    upsell: dict[str, Any] | None = None
    offers: list[dict[str, Any]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    codes: bool = False

    @property
    def folds(self) -> bool:
        """Return whether a phone shows the order on request: what is to be filled in stays open."""
        return bool(self.items) and not any(each.chosen for each in self.items)


def bill_of(page: PaymentPage, language: Language) -> Bill:
    """Return a session's bill."""
    bill = Bill(page.mode, _title(page, language))
    if page.mode == "setup":
        seller = page.branding.display_name
        bill.then = language.text(
            "Nothing is charged now. {seller} can use them for later payments.", seller=seller
        )
        return bill
    _headline(bill, page, language)
    bill.items = [_item(page, each, language) for each in page.line_items]
    bill.items += [
        ItemView("", "", each.description, language.amount(each.subtotal, _currency(page)))
        for each in page.extra_items
    ]
    bill.upsell = _upsell(page, language)
    bill.offers = _offers(page, language)
    bill.rows = _rows(page, language)
    bill.codes = page.collects.promotion_codes and not any(
        each.removable for each in page.discounts
    )
    return bill


def _currency(page: PaymentPage) -> str:
    return page.currency or "usd"


def _title(page: PaymentPage, language: Language) -> str:
    _ = language.text
    seller = page.branding.display_name
    if page.mode == "setup":
        return _("Save your payment details")
    if page.mode == "payment":
        if page.submit_type == "donate":
            return _("Donate to {seller}", seller=seller)
        if page.submit_type == "book":
            return _("Book with {seller}", seller=seller)
        return _("Pay {seller}", seller=seller)
    recurring = [each.price.name for each in page.line_items if each.price.recurring]
    name = recurring[0] if len(set(recurring)) == 1 else seller
    if page.recurring is not None and page.recurring.trial is not None:
        return _("Try {name}", name=name)
    return _("Subscribe to {name}", name=name)


def _headline(bill: Bill, page: PaymentPage, language: Language) -> None:
    """Write what is due now in large figures, and what follows below."""
    _, terms, currency = language.text, page.recurring, _currency(page)
    bill.amount = language.amount(page.total.due, currency)
    if terms is None:
        return
    every = language.every(terms.interval, terms.interval_count)
    following = terms.next.total if terms.next is not None else None
    if terms.trial is not None and page.total.due == 0:
        bill.amount = free_words(terms, language)
    elif terms.metered and not page.total.due:
        bill.then = _("You are billed {every} for what you use.", every=every)
        return
    elif following == page.total.due and not terms.prorated:
        bill.per = every
        return
    if terms.metered:
        bill.then = _("Then {every} for what you use", every=every)
    elif following is not None:
        amount = language.amount(following, currency)
        bill.then = _("Then {amount} {every}", amount=amount, every=every)


def free_words(terms: PageTerms, language: Language) -> str:
    """Return how long a trial is free."""
    trial = terms.trial
    assert trial is not None, "it is asked of trials"
    if trial.days:
        return language.count_text("{number} day free", "{number} days free", trial.days)
    return language.text("Free until {date}", date=language.date(trial.end))


def _item(page: PaymentPage, item: PageItem, language: Language) -> ItemView:
    price, currency = item.price, _currency(page)
    bounds = item.adjustable_quantity
    adjustable = bounds is not None and bounds.enabled and item.quantity is not None
    view = ItemView(
        item.id, price.price, price.name, language.amount(item.subtotal, currency),
        image=_image(price), quantity=item.quantity or 0, adjustable=adjustable,
        optional=item.optional or item.cross_sold,
    )  # fmt: skip
    if price.description:
        view.notes.append(_short(price.description))
    if bounds is not None and adjustable:
        view.least, view.most = bounds.minimum or 0, bounds.maximum or LARGEST_QUANTITY
        if not view.least and not item.removable:
            view.least = 1
    if item.cross_sold:
        view.removable = "cross_sell"
    elif item.optional:
        view.removable = "optional"
    if price.choice is not None:
        view.chosen = _choice(page, item, language)
        return view
    _price_words(view, page, item, language)
    return view


def _price_words(view: ItemView, page: PaymentPage, item: PageItem, language: Language) -> None:
    """Write what one costs, how often, and from when on."""
    price, currency = item.price, _currency(page)
    unit = price_text(price, currency, language)
    if price.tiers:
        view.notes += tier_notes(price, currency, language)
    if item.quantity is None:
        if not (price.tiers or price.transform_quantity or price.unit_label):
            unit = language.text("{amount} each", amount=unit)
        view.amount, view.unit = unit, language.every(*_interval(price))
        return
    if item.quantity > 1 and not view.adjustable:
        view.notes.append(language.text("Quantity {number}", number=language.number(item.quantity)))
    if price.recurring is None:
        if item.quantity > 1 and not price.tiers:
            view.unit = language.text("{amount} each", amount=unit)
        return
    every = language.every(*_interval(price))
    terms = page.recurring
    if terms is not None and (terms.trial is not None or terms.prorated):
        if terms.trial is not None:
            view.amount = free_words(terms, language)
        view.unit = language.text("then {amount} {every}", amount=unit, every=every)
        if price.tiers:
            view.unit = ""
        elif item.quantity > 1:
            view.unit = language.text("then {amount} each {every}", amount=unit, every=every)
    elif item.quantity > 1 and not price.tiers:
        view.unit = language.text("{amount} each {every}", amount=unit, every=every)
    else:
        view.unit = every


def _interval(price: PagePrice) -> tuple[str, int]:
    recurring = price.recurring
    return ("month", 1) if recurring is None else (recurring.interval, recurring.interval_count)


def _choice(page: PaymentPage, item: PageItem, language: Language) -> dict[str, Any]:
    """Return what a visitor who chooses the amount is told; `value` in whole units."""
    choice, currency = item.price.choice, _currency(page)
    assert choice is not None, "it is the visitor's choice"
    digits = minor_digits(currency)
    value = Decimal(item.subtotal).scaleb(-digits)
    return {
        "digits": digits,
        "least": choice.minimum,
        "most": choice.maximum,
        "note": language.text(
            "Between {least} and {most}",
            least=language.amount(choice.minimum, currency),
            most=language.amount(choice.maximum, currency),
        ),
        "value": f"{value:.{digits}f}".replace(".", get_decimal_symbol(language.locale)),
    }


def _image(price: PagePrice) -> str | None:
    return next((each for each in price.images if each.startswith(("https:", "http:", "/"))), None)


def _short(note: str) -> str:
    return note if len(note) <= NOTE_LENGTH else note[: NOTE_LENGTH - 1].rstrip() + "…"


def _upsell(page: PaymentPage, language: Language) -> dict[str, Any] | None:
    offer = page.upsell
    if offer is None or offer.price.recurring is None:
        return None
    interval = {
        "day": language.text("daily billing"), "week": language.text("weekly billing"),
        "month": language.text("monthly billing"), "year": language.text("yearly billing"),
    }[offer.price.recurring.interval]  # fmt: skip
    badge = ""
    if offer.saving:
        badge = language.text("Save {percent}", percent=language.percent(offer.saving))
    return {
        "amount": f"{_offered(page, offer, language)} {language.every(*_interval(offer.price))}",
        "badge": badge,
        "taken": offer.taken,
        "text": language.text("with {interval}", interval=interval),
    }


def _offered(page: PaymentPage, offer: PageOffer, language: Language) -> str:
    return language.amount(offer.total, _currency(page))


def _offers(page: PaymentPage, language: Language) -> list[dict[str, Any]]:
    """Return what may be added; what was added already stands among the items."""
    found = []
    for each in page.optional_items:
        if not each.added:
            amount = price_text(each.price, _currency(page), language, every=True)
            quantity = each.quantity or 1
            found.append(_offer(each.price, "optional", quantity, amount))
    if page.cross_sell is not None and not page.cross_sell.taken:
        amount = price_text(page.cross_sell.price, _currency(page), language, every=True)
        found.append(_offer(page.cross_sell.price, "cross_sell", 1, amount))
    return found


def _offer(price: PagePrice, kind: str, quantity: int, amount: str) -> dict[str, Any]:
    return {
        "amount": amount, "image": _image(price), "kind": kind, "name": price.name,
        "note": _short(price.description) if price.description else "", "price": price.price,
        "quantity": quantity,
    }  # fmt: skip


def _rows(page: PaymentPage, language: Language) -> list[Row]:
    _, total, currency = language.text, page.total, _currency(page)
    rows = [Row(_("Subtotal"), language.amount(total.subtotal, currency), "line")]
    for each in page.discounts:
        taken = language.amount(-each.amount, currency)
        rows.append(Row(each.code or each.name or _("Discount"), taken, "soft",
                        _discount_note(each, currency, language), each.removable))  # fmt: skip
    if page.shipping_options:
        amount = language.amount(total.shipping, currency) if total.shipping else _("Free")
        rows.append(Row(_("Shipping"), amount, "soft", _shipping_name(page)))
    for tax in page.taxes:
        percent = language.percent(tax.percentage)
        note = _("{percent} included", percent=percent) if tax.inclusive else percent
        rows.append(Row(tax.display_name, language.amount(tax.amount, currency), "soft", note))
    if page.tax_pending:
        rows.append(Row(_("Tax"), _("Depends on the address"), "soft"))
    if total.applied_balance and not total.balance_applied_to_next_invoice:
        amount = language.amount(-total.applied_balance, currency)
        rows.append(Row(_("Applied balance"), amount, "soft"))
    label = _("Total due today") if page.recurring is not None else _("Total due")
    rows.append(Row(label, language.amount(total.due, currency), "total"))
    if len(rows) == 2:
        rows.pop(0)
    terms = page.recurring
    if terms is None or terms.next is None or terms.next_at is None or terms.metered:
        return rows
    if terms.trial or terms.next.total != total.due:
        label = _("Due on {date}", date=language.date(terms.next_at))
        rows.append(Row(label, language.amount(terms.next.total, currency), "soft"))
    return rows


def _shipping_name(page: PaymentPage) -> str:
    chosen = (each for each in page.shipping_options if each.id == page.shipping_rate)
    return next((each.display_name or "" for each in chosen), "")


def _discount_note(discount: PageDiscount, currency: str, language: Language) -> str:
    _ = language.text
    if discount.percent_off:
        note = _("{percent} off", percent=language.percent(discount.percent_off))
    elif discount.amount_off:
        note = _("{amount} off", amount=language.amount(discount.amount_off, currency))
    else:
        return ""
    if discount.duration == "repeating" and discount.duration_in_months:
        months = discount.duration_in_months
        lasts = language.count_text("for {number} month", "for {number} months", months)
        return f"{note} {lasts}"
    return note
