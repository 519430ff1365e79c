"""Invoice page: an invoice is shown, and paid, at the address that its `hosted_invoice_url` is."""

import time

from starlette.responses import JSONResponse, Response

from prorata.engine.invoice_address import open_until
from prorata.engine.invoices.pages import shown_invoice
from prorata.engine.invoices.pay_page import Choice, action_url, pay_by_choice
from prorata.engine.payments.settle import settle
from prorata.engine.stamps import unstamped
from prorata.engine.tries import Tries
from prorata.model.errors import APIError, InvalidRequest, NotFound
from prorata.model.transaction import Book
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.store.books import all_books
from prorata.store.unit_of_work import UnitOfWork
from prorata.web.design.site import Routes
from prorata.web.design.visit import Visit, see_other
from prorata.web.invoices.form import SAVED, choice_of
from prorata.web.invoices.problems import problem_of
from prorata.web.invoices.view import View, view_of

# So often one page may be paid on, so that nobody tries out cards there.
_tries = Tries("invoice-page", most=10, seconds=600)


def show(visit: Visit) -> Response:
    """Answer /i/{account}/{mode}_{token} with the invoice."""
    _, view = _find(visit)
    problem = {"message": "", "field": ""}
    # The payer comes back from a challenge that was not passed.
    if visit.query.get("redirect_status") == "failed" and view.failure is not None:
        problem = problem_of(view.failure, view.language)
    return _page(visit, view, problem)


def pay(visit: Visit) -> Response:
    """Pay the invoice as its customer has chosen; the page's script asks for JSON."""
    book, view = _find(visit)
    wants_json = "application/json" in visit.headers.get("accept", "")
    try:
        visit.check_form()
        if not view.is_open:
            raise InvalidRequest("This page has expired.", code="invoice_not_payable")
        _tries.count(time.monotonic(), unstamped(visit.parts[2]))
        location = _pay(visit, book, choice_of(visit, _address(visit)))
    except APIError as error:
        problem = problem_of(error, view.language)
        if wants_json:
            headers = {"cache-control": "no-store"}
            return JSONResponse({"error": problem}, error.status, headers)
        _, view = _find(visit)
        return _page(visit, view, problem, error.status)
    if wants_json:
        return JSONResponse({"location": location}, headers={"cache-control": "no-store"})
    return see_other(location)


def _pay(visit: Visit, book: Book, choice: Choice) -> str:
    """Return where the payer goes after paying; raise the APIError of a payment that failed."""

    def decide(uow: UnitOfWork) -> str:
        invoice = shown_invoice(uow, visit.parts[1], visit.parts[2])
        if invoice is None:
            raise NotFound("There is no such invoice.")
        uow.follow(invoice, by_payer=True)
        if uow.now >= open_until(uow, invoice, visit.parts[2]):
            raise NotFound("There is no such invoice.")
        return pay_by_choice(uow, invoice, choice).id

    done = visit.system.write(book, decide)
    for settled in settle(visit.system, book, done.attempts):
        if settled.error is not None:
            raise settled.error
    # A microdeposit or an approval is asked for on a page of its own.
    action = visit.system.read(book, lambda uow: action_url(uow.get(PaymentIntent, done.result)))
    return action or _address(visit)


def _address(visit: Visit) -> str:
    locale = visit.query.get("locale", "")
    shown = f"?locale={locale}" if locale.replace("-", "").isalnum() else ""
    return f"{visit.system.base_url}/{'/'.join(visit.parts[:3])}{shown}"


def _find(visit: Visit) -> tuple[Book, View]:
    account, livemode = visit.parts[1], visit.parts[2].startswith("live_")
    for book in visit.system.database.read(all_books):
        if book.account == account and book.livemode == livemode:
            view = visit.system.read(book, lambda uow: view_of(uow, visit))
            if view is not None:
                return book, view
    raise NotFound("There is no such invoice.")


def _page(visit: Visit, view: View, problem: dict[str, str], status: int = 200) -> Response:
    _ = view.language.text
    brand = view.brand
    if not view.is_open:
        return visit.page(
            "invoices/closed.html", view.language, brand, status=410, view=view,
            title=_("This page has expired"), test_mode=view.test_mode,
        )  # fmt: skip
    chosen = visit.form.get("way") or _first_way(view)
    return visit.page(
        "invoices/invoice.html", view.language, brand, status=status, leaves=True, view=view,
        problem=problem, chosen=chosen, entered=_kept(visit),
        path="/" + "/".join(visit.parts[:3]), words=_words(view), test_mode=view.test_mode,
    )  # fmt: skip


def _first_way(view: View) -> str:
    if view.transfer is not None and not view.saved:
        return ""
    if view.saved:
        return SAVED + view.saved[0].id
    return view.ways[0] if view.ways else ""


def _kept(visit: Visit) -> dict[str, str]:
    """Return what is shown again after a problem: never what stands on a card or an account."""
    names = ("holder", "postal_code", "country", "sepa_debit_holder", "bacs_debit_holder",
             "us_bank_account_holder", "email")  # fmt: skip
    return {name: visit.form.get(name, "")[:200] for name in names}


def _words(view: View) -> dict[str, str]:
    """Return what the page's script says."""
    _ = view.language.text
    return {
        "choose": _("Please choose a way to pay."),
        "number": _("The card number is not right."),
        "expiry": _("The expiry date is not right."),
        "cvc": _("The security code is not right."),
        "iban": _("The IBAN is not right."),
        "again": _("The connection was lost. Please try again."),
    }


ROUTES: Routes = {
    ("GET", "i", "*", "*"): show,
    ("POST", "i", "*", "*"): pay,
}
