"""Receipt page: a payment as its payer sees it, and as a PDF, for 30 days after it."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from starlette.responses import Response

from prorata.model.errors import NotFound
from prorata.resources.billing.invoice import Invoice
from prorata.resources.core.account import own_account
from prorata.resources.payments.charge import Charge
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.rules.windows import DAY
from prorata.store.books import all_books
from prorata.store.unit_of_work import UnitOfWork
from prorata.web.design.brand import Brand, brand_of
from prorata.web.design.languages import Language
from prorata.web.design.site import Routes
from prorata.web.design.visit import Visit
from prorata.web.documents.facts import method_name, rates_of
from prorata.web.documents.invoice_sums import invoice_sums
from prorata.web.documents.invoices import invoice_rows
from prorata.web.documents.papers import Paper, logo_of, page_language, paper, paper_language
from prorata.web.documents.receipts import charge_sheet, receipt_sheet, refunded
from prorata.web.documents.rendering import rendering_of, shown_taxes
from prorata.web.documents.sheet import Fact, Row, Sum

# After that the payer asks the seller (source: receipts).
OPEN_SECONDS = 30 * DAY
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt says. is_open: whether it is still shown."""

    brand: Brand
    language: Language
    test_mode: bool
    is_open: bool
    amount: str
    date: str
    facts: list[Fact]
    rows: list[Row]
    sums: list[Sum]


def show(visit: Visit) -> Response:
    """Answer /receipts/{charge}/{secret} with the receipt."""
    receipt = _find(visit, lambda uow, charge: _receipt(uow, visit, charge))
    _ = receipt.language.text
    if not receipt.is_open:
        return visit.page(
            "design/problem.html", receipt.language, receipt.brand, status=410,
            title=_("This receipt is no longer shown"),
            text=_("Its link was open for 30 days. Ask the seller for a copy."),
            test_mode=receipt.test_mode,
        )  # fmt: skip
    title = _("Receipt from {seller}", seller=receipt.brand.name)
    return visit.page(
        "receipts/receipt.html", receipt.language, receipt.brand, receipt=receipt,
        title=title if receipt.brand.name else _("Receipt"), test_mode=receipt.test_mode,
        pdf="/" + "/".join(visit.parts) + "/pdf",
    )  # fmt: skip


def pdf(visit: Visit) -> Response:
    """Answer /receipts/{charge}/{secret}/pdf with the receipt on paper."""
    return paper(*_find(visit, _paper))


def _find(visit: Visit, make: Callable[[UnitOfWork, Charge], T]) -> T:
    """Return what is made of the charge that the address names; raise NotFound for none."""
    id, secret = visit.parts[1], visit.parts[2]

    def read(uow: UnitOfWork) -> T | None:
        charge = uow.look(Charge, id)
        known = charge.private.receipt if charge is not None else None
        if charge is None or known is None:
            return None
        if not hmac.compare_digest(known.encode(), secret.encode()):
            return None
        uow.follow(charge)
        return make(uow, charge)

    for book in visit.system.database.read(all_books):
        found = visit.system.read(book, read)
        if found is not None:
            return found
    raise NotFound("There is no such receipt.")


def _is_open(uow: UnitOfWork, charge: Charge) -> bool:
    return uow.now <= charge.created + OPEN_SECONDS


def _invoice_of(uow: UnitOfWork, charge: Charge) -> Invoice | None:
    intent = uow.look(PaymentIntent, charge.payment_intent)
    return None if intent is None else uow.look(Invoice, intent.private.invoice)


def _paper(uow: UnitOfWork, charge: Charge) -> Paper:
    if not _is_open(uow, charge):
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
        is_open=_is_open(uow, charge),
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
    ("GET", "receipts", "*", "*", "pdf"): pdf,
}
