"""Home: all that a customer has: plans, payment methods, details, credit and invoices."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from prorata.engine.credits.summary import retrieve as retrieve_credits
from prorata.engine.invoice_address import told_address, told_pdf
from prorata.engine.portal.open_session import Guest
from prorata.engine.portal.payment_methods import methods_in_use, saved_methods
from prorata.engine.portal.payment_outcome import drop_change
from prorata.engine.portal.plan_change import undo_plan
from prorata.model.errors import APIError
from prorata.resources.billing.credit_balance_summary import (
    CreditBalanceSummaryParams,
    SummaryFilterParams,
)
from prorata.resources.billing.credit_grant import ScopeParams
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.tax_id import TaxId
from prorata.resources.core.customer import Customer
from prorata.resources.products.product import Product
from prorata.store.unit_of_work import UnitOfWork
from prorata.web.design.languages import Language
from prorata.web.documents.facts import address_lines
from prorata.web.portal.bills import product_of
from prorata.web.portal.details import tax_id_name
from prorata.web.portal.plans import own_subscription, plans
from prorata.web.portal.stay import Stay
from prorata.web.portal.wording import method_view, problem_text

SHOWN_INVOICES = 6
INVOICES_MAX = 100
PAGES_MAX = 50
SHOWN_STATUSES = ("open", "paid", "uncollectible")


def home(stay: Stay) -> Response:
    """Answer the first page of the portal."""
    return stay.show("portal/home.html", lambda tx, guest: gathered(stay, tx, guest))


def undo(stay: Stay) -> Response:
    """Take back a change that the customer has planned."""
    id = stay.visit.parts[4]
    return do_here(stay, lambda tx, guest: undo_plan(tx, own_subscription(tx, guest, id)), "undone")


def drop(stay: Stay) -> Response:
    """Take back a change that waits for its payment."""
    id = stay.visit.parts[4]

    def take(tx: UnitOfWork, guest: Guest) -> None:
        drop_change(tx, guest.configuration.features, own_subscription(tx, guest, id))

    return do_here(stay, take, "undone")


def do_here(stay: Stay, work: Callable[[UnitOfWork, Guest], None], done: str) -> Response:
    """Do what a button asks for, and answer the first page, with `done` or what went wrong."""
    try:
        stay.do(work)
    except APIError as error:
        return with_error(stay, error)
    return stay.to(done=done)


def with_error(stay: Stay, error: APIError) -> Response:
    """Answer the first page with what went wrong."""
    return stay.show(
        "portal/home.html", lambda tx, guest: gathered(stay, tx, guest), status=error.status,
        error=problem_text(stay.language, error),
    )  # fmt: skip


def gathered(stay: Stay, tx: UnitOfWork, guest: Guest) -> dict[str, Any]:
    """Return what the first page shows."""
    language, features = stay.language, guest.configuration.features
    shown, more_plans = plans(tx, guest, language, stay.visit.query.get("plans") == "all")
    page = _page(stay.visit.query.get("invoices", ""))
    invoices: list[dict[str, Any]] = []
    more = False
    if features.invoice_history.enabled:
        invoices, more = _invoices(tx, guest, language, page)
    return {
        "title": stay.text("Your plans and payments"),
        "plans": shown,
        "more_plans": more_plans,
        "methods": _methods(tx, guest, language),
        "features": features,
        "details": _details(tx, guest.customer, language),
        "credits": _credits(tx, guest.customer, language),
        "invoices": invoices,
        "older_invoices": str(page + 1) if more else None,
        "invoice_page": page,
        "notice": notice(language, stay.visit.query.get("done", "")),
    }


def notice(language: Language, done: str) -> str | None:
    """Return what is said on the page after something was done."""
    _ = language.text
    return {
        "added": _("Your payment method was added."),
        "canceled": _("Your plan was canceled."),
        "details": _("Your details were saved."),
        "discounted": _("The discount was added to your plan."),
        "default": _("Your default payment method was changed."),
        "paused": _("Your plan is paused."),
        "planned": _("Your plan will change at the end of the current period."),
        "processing": _("Your plan was changed. The payment is on its way."),
        "removed": _("The payment method was removed."),
        "renewed": _("Your plan goes on."),
        "resumed": _("Your plan goes on."),
        "stayed": _("Thank you for staying! The discount was added to your plan."),
        "undone": _("Your plan stays as it is."),
        "updated": _("Your plan was updated."),
    }.get(done)


def _methods(tx: UnitOfWork, guest: Guest, language: Language) -> list[dict[str, Any]]:
    default = guest.customer.invoice_settings.default_payment_method
    used, today = methods_in_use(tx, guest.customer), month_of(tx.now)
    shown = []
    for method in saved_methods(tx, guest.customer):
        view = method_view(language, method)
        shown.append({
            **view,
            "is_default": method.id == default,
            "expired": (view["month"] or (9999, 12)) < today,
            "removable": method.id not in used,
        })  # fmt: skip
    return shown


def month_of(second: int) -> tuple[int, int]:
    """Return the year and month (UTC) of a second."""
    moment = datetime.fromtimestamp(second, UTC)
    return moment.year, moment.month


def _details(tx: UnitOfWork, customer: Customer, language: Language) -> dict[str, Any]:
    shipping = customer.shipping
    return {
        "name": customer.name,
        "email": customer.email,
        "phone": customer.phone,
        "address": address_lines(customer.address, language),
        "shipping": []
        if shipping is None
        else [shipping.name, *address_lines(shipping.address, language)],
        "tax_ids": [
            (tax_id_name(language, each.type), each.value)
            for each in tx.select(TaxId, customer=customer.id)
        ],
    }


def _credits(tx: UnitOfWork, customer: Customer, language: Language) -> list[tuple[str, str]]:
    """Return what a customer has in credit: what invoices take by themselves, and for usage."""
    _ = language.text
    balances = dict(customer.private.other_balances)
    if customer.currency is not None:
        balances[customer.currency] = customer.balance
    found = [
        (_("Credit for your next invoices"), language.amount(-amount, currency))
        for currency, amount in sorted(balances.items())
        if amount < 0
    ]
    scope = CreditBalanceSummaryParams(
        customer=customer.id,
        filter=SummaryFilterParams(
            type="applicability_scope", applicability_scope=ScopeParams(price_type="metered")
        ),
    )
    for balance in retrieve_credits(tx, scope).balances:
        money = balance.available_balance.monetary
        if money is not None and money.value:
            amount = language.amount(money.value, money.currency)
            found.append((_("Prepaid credit for usage"), amount))
    return found


def _page(wanted: str) -> int:
    """Return which page of invoices is asked for: 0 is the first page's own, short list."""
    return min(int(wanted), PAGES_MAX) if wanted.isascii() and wanted.isdigit() else 0


def _invoices(
    tx: UnitOfWork, guest: Guest, language: Language, page: int
) -> tuple[list[dict[str, Any]], bool]:
    """Return a page of a customer's invoices, newest first, and whether there are more."""
    first = max(page - 1, 0) * INVOICES_MAX
    limit = first + (INVOICES_MAX if page else SHOWN_INVOICES)
    found = tx.select(Invoice, customer=guest.customer.id, status=SHOWN_STATUSES, limit=limit + 1)
    more, found = len(found) > limit, found[first:limit]
    names = _product_names(tx, found)
    shown = [
        {
            "id": each.id,
            "date": language.date(each.effective_at or each.created, "medium"),
            "amount": language.amount(each.total, each.currency),
            "status": each.status,
            "what": names[each.id] or each.description or each.number or "",
            "number": each.number,
            "url": told_address(tx, each),
            "pdf": told_pdf(tx, each),
            "owes": each.status == "open" and each.amount_remaining > 0,
        }
        for each in found
    ]
    return shown, more


def _product_names(tx: UnitOfWork, invoices: list[Invoice]) -> dict[str, str]:
    """Return what each invoice is for: the names of its products."""
    products: dict[str, list[str]] = {}
    for invoice in invoices:
        wanted = products.setdefault(invoice.id, [])
        for line in invoice.lines.data:
            product = product_of(line)
            if product is not None and product not in wanted:
                wanted.append(product)
    found = tx.load(Product, {id for each in products.values() for id in each}, look=True)
    return {
        invoice: ", ".join(found[id].name for id in ids if id in found)
        for invoice, ids in products.items()
    }
