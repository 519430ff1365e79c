"""Tables: pricing tables as pages of their own, and in frames of other sites."""

from dataclasses import dataclass, field, replace
from typing import Any

from starlette.responses import Response

from prorata.engine.checkout.tables import view as view_of_table
from prorata.model.errors import AuthenticationError
from prorata.model.transaction import Book
from prorata.resources.checkout.pricing_table import PricingTable, TableViewParams
from prorata.resources.checkout.table_view import PricingTableView, TableInterval, TablePlan
from prorata.resources.core.account import own_account
from prorata.store.books import find_key
from prorata.store.unit_of_work import UnitOfWork
from prorata.web.checkout.look import branded, origins_of
from prorata.web.checkout.price_words import price_text, tier_notes
from prorata.web.design.brand import Brand, brand_of
from prorata.web.design.languages import Language
from prorata.web.design.page_key import page_key
from prorata.web.design.visit import Visit

PAPER = "#ffffff"
WAYS = ("client_reference_id", "customer_email", "customer_session_client_secret")
NOTES_MAX = 4


@dataclass(slots=True)
class PlanView:
    """One plan. prices: by the place of their interval; what each says."""

    name: str
    button: str
    description: str = ""
    image: str | None = None
    features: list[str] = field(default_factory=list)
    highlighted: bool = False
    label: str = ""
    trial: str = ""
    url: str | None = None
    prices: dict[int, dict[str, Any]] = field(default_factory=dict)


def table(visit: Visit) -> Response:
    """Answer /pricing/{table}: a page, or with `framed` the inside of an element's frame."""
    book, view, brand = _found(visit)
    framed = "framed" in visit.query
    if framed:
        brand = replace(brand, background=PAPER) if brand.background is None else brand
    language = visit.language(view.locale)
    chosen = {name: visit.query[name] for name in WAYS if visit.query.get(name)}
    intervals = [
        {"name": interval_words(each, language), "saving": _saving(each, language)}
        for each in view.intervals
    ]
    images = [each.image for each in view.plans if each.image]
    return visit.page(
        "checkout/pricing.html", language, brand, framed_by="*" if framed else "'none'",
        images=origins_of(images), framed=framed, intervals=intervals,
        plans=[_plan(each, view, language) for each in view.plans],
        test_mode=not view.livemode,
        facts={
            "chosen": {**chosen, "locale": language.tag}, "key": page_key(visit.system, book),
            "table": view.id,
            "wrong": language.text("This did not work. Please try again in a moment."),
        },
    )  # fmt: skip


def _found(visit: Visit) -> tuple[Book, PricingTableView, Brand]:
    id = visit.parts[1]

    def read(uow: UnitOfWork) -> tuple[PricingTableView, Brand]:
        uow.publishable = True
        found = uow.get(PricingTable, id)
        view = view_of_table(uow, found, TableViewParams())
        return view, branded(brand_of(own_account(uow)), view.branding)

    book, (view, brand) = visit.in_some_book(read)
    _check_key(visit, book)
    return book, view, brand


def _check_key(visit: Visit, book: Book) -> None:
    """Raise AuthenticationError where an element was given a key of somebody else."""
    secret = visit.query.get("key")
    if secret is None:
        return
    key = visit.system.database.read(lambda connection: find_key(connection, secret))
    if key is None or key.book != book:
        raise AuthenticationError("The publishable key does not belong to this pricing table.")


def interval_words(interval: TableInterval, language: Language) -> str:
    """Return what the switch calls an interval."""
    _, count = language.text, interval.interval_count
    if interval.interval == "one_time":
        return _("One time")
    if count == 1:
        return {
            "day": _("Daily"), "week": _("Weekly"), "month": _("Monthly"), "year": _("Yearly"),
        }[interval.interval]  # fmt: skip
    words = language.every(interval.interval, count)
    return words[:1].upper() + words[1:]


def _saving(interval: TableInterval, language: Language) -> str:
    if not interval.saving:
        return ""
    return language.text("Save {percent}", percent=language.percent(interval.saving))


def _plan(plan: TablePlan, view: PricingTableView, language: Language) -> PlanView:
    shown = PlanView(
        plan.name, _button(plan, language), description=plan.description or "", image=plan.image,
        features=plan.features, highlighted=plan.highlighted, url=plan.button_url,
    )  # fmt: skip
    if plan.highlighted:
        shown.label = plan.label or language.text("Most popular")
    recurs = any(each.price.recurring for each in plan.prices)
    if plan.trial is not None and recurs:
        days = plan.trial.days
        shown.trial = language.count_text("{number} day free", "{number} days free", days)
    for each in plan.prices:
        price = each.price
        per = ""
        if price.recurring is not None and price.unit_amount != 0:
            per = language.every(price.recurring.interval, price.recurring.interval_count)
        metered = price.recurring is not None and price.recurring.usage_type == "metered"
        if price.unit_label and per and not metered:
            per = language.text("per {unit} {every}", unit=price.unit_label, every=per).strip()
        shown.prices[each.interval] = {
            "amount": price_text(price, view.currency, language)
            if price.unit_amount != 0
            else language.text("Free"),
            "notes": tier_notes(price, view.currency, language)[:NOTES_MAX],
            "per": per,
            "price": price.price,
        }
    return shown


def _button(plan: TablePlan, language: Language) -> str:
    _ = language.text
    words = {
        "book": _("Book"), "buy": _("Buy now"), "contact": _("Contact us"),
        "start_trial": _("Start trial"), "subscribe": _("Subscribe"),
    }  # fmt: skip
    if plan.button_text in words:
        return words[plan.button_text]
    if plan.button_url is not None:
        return words["contact"]
    if not any(each.price.recurring for each in plan.prices):
        return words["buy"]
    return words["start_trial"] if plan.trial is not None else words["subscribe"]
