"""Papers: the PDF of an invoice, of its receipt, of a credit note, at the addresses they have."""

from collections.abc import Callable
from functools import partial

from starlette.responses import Response

from prorata.engine.invoice_address import open_until
from prorata.engine.invoices.pages import shown_credit_note, shown_invoice
from prorata.model.errors import NotFound, no_such
from prorata.model.transaction import Tx
from prorata.resources.core.account import Account, own_account
from prorata.resources.core.customer import Customer
from prorata.resources.core.file import File, content_of
from prorata.store.books import all_books
from prorata.store.unit_of_work import UnitOfWork
from prorata.web.design.languages import DEFAULT, Language, account_zone, choose
from prorata.web.design.site import Routes
from prorata.web.design.visit import Visit
from prorata.web.documents.credit_notes import credit_note_sheet
from prorata.web.documents.facts import ROOM
from prorata.web.documents.invoices import invoice_sheet
from prorata.web.documents.receipts import receipt_sheet
from prorata.web.documents.sheet import Sheet
from prorata.web.documents.typeset import Logo, can_write, typeset
from prorata.wire.asgi import disposition

HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff",
           "referrer-policy": "no-referrer"}  # fmt: skip
PICTURES = {"png": "png", "jpg": "jpg"}
Paper = tuple[str, Sheet, Logo | None]
Find = Callable[[UnitOfWork, str, str], Paper | None]


def invoice_paper(visit: Visit) -> Response:
    """Answer /i/{account}/{mode}_{token}/pdf with the invoice."""
    return _answer(visit, partial(_of_invoice, receipt=False))


def receipt_paper(visit: Visit) -> Response:
    """Answer /i/{account}/{mode}_{token}/receipt with the receipt of what was paid."""
    return _answer(visit, partial(_of_invoice, receipt=True))


def credit_note_paper(visit: Visit) -> Response:
    """Answer /credit_notes/{account}/{mode}_{token}/pdf with the credit note."""
    return _answer(visit, _credit_note)


def _answer(visit: Visit, find: Find) -> Response:
    account, token = visit.parts[1], visit.parts[2]
    livemode = token.startswith("live_")
    for book in visit.system.database.read(all_books):
        if book.account == account and book.livemode == livemode:
            found = visit.system.read(book, lambda uow: find(uow, account, token))
            if found is not None:
                return paper(*found)
    raise no_such("invoice", token, param="invoice")


def paper(name: str, sheet: Sheet, logo: Logo | None) -> Response:
    """Return a sheet as a PDF that has a name."""
    shown = disposition(f"{name}.pdf".replace("/", "-"))
    headers = {**HEADERS, "content-disposition": shown.decode("latin-1", "replace")}
    return Response(typeset(sheet, logo), media_type="application/pdf", headers=headers)


def _of_invoice(uow: UnitOfWork, account: str, token: str, *, receipt: bool) -> Paper | None:
    invoice = shown_invoice(uow, account, token)
    if invoice is None or (receipt and not invoice.amount_paid):
        return None
    uow.follow(invoice)
    if uow.now >= open_until(uow, invoice, token):
        raise NotFound("The link has expired.")
    language = paper_language(uow, invoice.customer)
    write, name = (receipt_sheet, "Receipt") if receipt else (invoice_sheet, "Invoice")
    return f"{name}-{invoice.number}", write(uow, invoice, language), logo_of(uow)


def _credit_note(uow: UnitOfWork, account: str, token: str) -> Paper | None:
    note = shown_credit_note(uow, account, token)
    if note is None:
        return None
    language = paper_language(uow, note.customer)
    return f"Credit-note-{note.number}", credit_note_sheet(uow, note, language), logo_of(uow)


def page_language(tx: Tx, visit: Visit, customer: str | None, room: str) -> Language:
    """Return the language in which a room shows its page to a customer."""
    found = tx.look(Customer, customer)
    language = visit.language(*(found.preferred_locales if found is not None else ()))
    return language.there(account_zone(own_account(tx))).of(room)


def paper_language(tx: Tx, customer: str | None) -> Language:
    """Return the language that a customer's papers are in.

    The first that it prefers and that can be written, then the account's. One whose letters no
    font on this machine has gives way to the next.
    """
    found = tx.look(Customer, customer)
    account: Account = own_account(tx)
    preferred = found.preferred_locales if found is not None else []
    tags = [*preferred, account.private.emails.locale, DEFAULT]
    language = choose(tag for tag in tags if can_write(choose([tag]).texts))
    return language.there(account_zone(account)).of(ROOM)


def logo_of(tx: Tx) -> Logo | None:
    """Return the account's logo and a name that says what kind of picture it is."""
    logo = own_account(tx).settings.branding.logo
    file = tx.look(File, logo.id if isinstance(logo, File) else logo)
    if file is None or file.type not in PICTURES:
        return None
    return f"{file.id}.{PICTURES[file.type]}", content_of(tx, file).content


ROUTES: Routes = {
    ("GET", "i", "*", "*", "pdf"): invoice_paper,
    ("GET", "i", "*", "*", "receipt"): receipt_paper,
    ("GET", "credit_notes", "*", "*", "pdf"): credit_note_paper,
}
