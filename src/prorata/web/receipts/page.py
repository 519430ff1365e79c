"""Receipt page: a payment as its payer sees it, and as a PDF, for 30 days after it.

Then whoever has its address can have a new one sent to the payer.
"""

import hmac
import time
from dataclasses import dataclass

from starlette.responses import Response

from prorata.engine.mail.occasions.payments import receipt_again
from prorata.engine.receipt_address import receipt_open_until
from prorata.engine.stamps import unstamped
from prorata.engine.tries import Tries
from prorata.model.errors import NotFound, RateLimited
from prorata.resources.billing.invoice import Invoice
from prorata.resources.core.account import own_account
from prorata.resources.payments.charge import Charge
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.store.unit_of_work import UnitOfWork
from prorata.web.design.brand import Brand, brand_of
from prorata.web.design.languages import Language
from prorata.web.design.site import Routes
from prorata.web.design.visit import Visit, see_other
from prorata.web.documents.facts import method_name, rates_of
from prorata.web.documents.invoice_sums import invoice_sums
from prorata.web.documents.invoices import invoice_rows
from prorata.web.documents.papers import Paper, logo_of, page_language, paper, paper_language
from prorata.web.documents.receipts import charge_sheet, receipt_sheet, refunded
from prorata.web.documents.rendering import rendering_of, shown_taxes
from prorata.web.documents.sheet import Fact, Row, Sum

# So often a new link may be asked for, so that nobody finds out by trying whose receipt it is.
_asked = Tries("receipt-page", most=5, seconds=3600)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt says. is_open: whether it is still shown. by_mail: whether it can be sent."""

    brand: Brand
    language: Language
    test_mode: bool
    is_open: bool
    by_mail: bool
    amount: str
    date: str
    facts: list[Fact]
    rows: list[Row]
    sums: list[Sum]


def show(visit: Visit) -> Response:
    """Answer /receipts/{charge}/{secret} with the receipt."""
    _book, receipt = visit.in_some_book(lambda uow: _receipt(uow, visit, _charge(uow, visit)))
    _ = receipt.language.text
    if not receipt.is_open:
        return _closed(visit, receipt, status=410)
    title = _("Receipt from {seller}", seller=receipt.brand.name)
    return visit.page(
        "receipts/receipt.html", receipt.language, receipt.brand, receipt=receipt,
        title=title if receipt.brand.name else _("Receipt"), test_mode=receipt.test_mode,
        pdf="/" + "/".join(visit.parts) + "/pdf",
    )  # fmt: skip


def ask(visit: Visit) -> Response:
    """Send a new address of the receipt to the payer's own e-mail address; tell nobody which."""
    book, receipt = visit.in_some_book(lambda uow: _receipt(uow, visit, _charge(uow, visit)))
    _ = receipt.language.text
    visit.check_form()
    if receipt.is_open:
        return see_other(f"{visit.system.base_url}/{'/'.join(visit.parts)}")
    email = visit.form.get("email", "").strip()[:250]
    if "@" not in email:
        return _closed(visit, receipt, status=400, error=_("Please type in an e-mail address."))
    try:
        _asked.count(time.monotonic(), visit.parts[1])
    except RateLimited:
        error = _("Too many links were asked for. Please try again in an hour.")
        return _closed(visit, receipt, status=429, error=error)

    def send(tx: UnitOfWork) -> None:
        charge = _charge(tx, visit)
        tx.follow(charge)
        receipt_again(tx, charge, email)

    visit.system.submit(book, send)
    return _closed(visit, receipt, sent=True)


def _closed(
    visit: Visit, receipt: "Receipt", *, status: int = 200, sent: bool = False, error: str = ""
) -> Response:
    title = receipt.language.text("This receipt is no longer shown")
    return visit.page(
        "receipts/closed.html", receipt.language, receipt.brand, status=status, title=title,
        test_mode=receipt.test_mode, sent=sent, error=error, by_mail=receipt.by_mail,
    )  # fmt: skip


def pdf(visit: Visit) -> Response:
    """Answer /receipts/{charge}/{secret}/pdf with the receipt on paper."""
    return paper(*visit.in_some_book(lambda uow: _paper(uow, visit, _charge(uow, visit)))[1])


def _charge(uow: UnitOfWork, visit: Visit) -> Charge:
    """Return the charge that the address names, in its time; raise NotFound for none."""
    charge = uow.look(Charge, visit.parts[1])
    known = charge.private.receipt if charge is not None else None
    given = unstamped(visit.parts[2])
    if charge is None or not known or not hmac.compare_digest(known.encode(), given.encode()):
        raise NotFound("There is no such receipt.")
    uow.follow(charge)
    return charge


def _is_open(uow: UnitOfWork, visit: Visit, charge: Charge) -> bool:
    return uow.now <= receipt_open_until(uow, charge, visit.parts[2])


def _invoice_of(uow: UnitOfWork, charge: Charge) -> Invoice | None:
    intent = uow.look(PaymentIntent, charge.payment_intent)
    return None if intent is None else uow.look(Invoice, intent.private.invoice)


def _paper(uow: UnitOfWork, visit: Visit, charge: Charge) -> Paper:
    if not _is_open(uow, visit, charge):
        raise NotFound("The link has expired.")
    language, invoice = paper_language(uow, charge.customer), _invoice_of(uow, charge)
    if invoice is not None:
        return f"Receipt-{invoice.number}", receipt_sheet(uow, invoice, language), logo_of(uow)
    number = charge.receipt_number or charge.id
    return f"Receipt-{number}", charge_sheet(uow, charge, language), logo_of(uow)


def _receipt(uow: UnitOfWork, visit: Visit, charge: Charge) -> Receipt:
    language = page_language(uow, visit, charge.customer, "receipts")
    invoice = _invoice_of(uow, charge)
    rows, sums = _content(uow, charge, invoice, language)
    return Receipt(
        brand=brand_of(own_account(uow)),
        language=language,
        test_mode=not uow.book.livemode,
        is_open=_is_open(uow, visit, charge),
        by_mail=uow.mailing != "off",
        amount=language.amount(charge.amount_captured, charge.currency),
        date=language.date(charge.created),
        facts=_facts(charge, invoice, language),
        rows=rows,
        sums=sums,
    )


def _facts(charge: Charge, invoice: Invoice | None, language: Language) -> list[Fact]:
    _ = language.text
    known = [
        (_("Receipt number"), charge.receipt_number),
        (_("Invoice number"), None if invoice is None else invoice.number),
        (_("Date paid"), language.date(charge.created)),
        (_("Payment method"), method_name(charge, language)),
    ]
    return [(name, value) for name, value in known if value]


def _content(
    uow: UnitOfWork, charge: Charge, invoice: Invoice | None, language: Language
) -> tuple[list[Row], list[Sum]]:
    """Return the lines, and what leads from them to what was paid with this charge."""
    _ = language.text
    paid = language.amount(charge.amount_captured, charge.currency)
    back = refunded(charge)
    if invoice is None:
        rows, sums = [Row(charge.description or _("Payment"), "", [paid])], []
    else:
        rendering, rates = rendering_of(uow, invoice), rates_of(uow, shown_taxes(invoice))
        rows = invoice_rows(uow, invoice, rendering, rates, language)
        sums = invoice_sums(
            uow, invoice, rates, language, without_tax=rendering.without_tax, receipt=True
        )[:-1]
    sums = [*sums, Sum(_("Amount paid"), paid, strong=True)]
    if back:
        sums.append(Sum(_("Refunded"), language.amount(-back, charge.currency)))
    return rows, sums


ROUTES: Routes = {
    ("GET", "receipts", "*", "*"): show,
    ("POST", "receipts", "*", "*"): ask,
    ("GET", "receipts", "*", "*", "pdf"): pdf,
}
