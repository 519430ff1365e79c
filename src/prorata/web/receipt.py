"""Receipt: what a payer has paid for, on a page that the charge's `receipt_url` opens."""

import asyncio
import hmac
from html import escape

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from prorata.engine.payments.charge_document import RECEIPTS
from prorata.engine.runtime import System
from prorata.model.fields import UNSET
from prorata.model.transaction import Book
from prorata.resources.billing.invoice import Invoice
from prorata.resources.core.account import own_account
from prorata.resources.payments.charge import Charge
from prorata.resources.payments.legacy_source import BRANDS
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.rules.currency import format_amount
from prorata.rules.windows import DAY
from prorata.rules.wording import format_date
from prorata.store.books import all_books
from prorata.store.unit_of_work import UnitOfWork
from prorata.web.frame import page

# After that the payer asks the seller (source: receipts).
OPEN_SECONDS = 30 * DAY
_KINDS = {
    "bacs_debit": "Bank account", "customer_balance": "Bank transfer",
    "sepa_debit": "Bank account", "us_bank_account": "Bank account",
}  # fmt: skip
Rows = list[tuple[str, str]]


class Receipt(Struct, frozen=True):
    """What a receipt says; every text is still to be escaped."""

    seller: str
    paid: str
    facts: Rows
    lines: Rows
    sums: Rows
    expired: bool


class ReceiptPage:
    """Answers /receipts/{charge}/{secret} with the receipt, for 30 days after the payment."""

    def __init__(self, system: System) -> None:
        self._system = system

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> bool:
        path = scope["path"]
        if not path.startswith(RECEIPTS) or scope["method"] not in ("GET", "HEAD"):
            return False
        id, _, secret = path.removeprefix(RECEIPTS).partition("/")
        response = await asyncio.to_thread(self._show, id, secret)
        await response(Request(scope, receive).scope, receive, send)
        return True

    def _show(self, id: str, secret: str) -> Response:
        found = self._find(id, secret)
        if found is None:
            content = "<h1>No such receipt</h1><p>The link is incomplete. Ask whoever sent it.</p>"
            return page("No such receipt", "", content, status=404)
        book, receipt = found
        test = not book.livemode
        if receipt.expired:
            content = (
                "<h1>This receipt is no longer shown</h1>"
                "<p>Its link was open for 30 days. Ask the seller for a copy.</p>"
            )
            return page("Receipt", receipt.seller, content, test=test, status=410)
        return page(_title(receipt), receipt.seller, _content(receipt), test=test)

    def _find(self, id: str, secret: str) -> tuple[Book, Receipt] | None:
        for book in self._system.database.read(all_books):
            found = self._system.read(book, lambda uow: _receipt(uow, id, secret))
            if found is not None:
                return book, found
        return None


def _receipt(uow: UnitOfWork, id: str, secret: str) -> Receipt | None:
    charge = uow.find(Charge, id)
    if charge is None or charge.private.receipt is None:
        return None
    if not hmac.compare_digest(charge.private.receipt.encode(), secret.encode()):
        return None
    uow.follow(charge)
    intent = uow.find(PaymentIntent, charge.payment_intent)
    invoice = None if intent is None else uow.find(Invoice, intent.private.invoice)
    account = own_account(uow)
    return Receipt(
        seller=account.business_profile.name or account.settings.dashboard.display_name or "",
        paid=format_amount(charge.amount_captured, charge.currency),
        facts=_facts(charge, invoice),
        lines=_lines(charge, invoice),
        sums=_sums(charge, invoice),
        expired=uow.now > charge.created + OPEN_SECONDS,
    )


def _facts(charge: Charge, invoice: Invoice | None) -> Rows:
    known = [
        ("Receipt number", charge.receipt_number),
        ("Invoice number", None if invoice is None else invoice.number),
        ("Date paid", format_date(charge.created)),
        ("Payment method", _method(charge)),
    ]
    return [(name, value) for name, value in known if value]


def _method(charge: Charge) -> str:
    details = charge.payment_method_details
    if details is None:
        return ""
    if details.card is not UNSET:
        return f"{BRANDS.get(details.card.brand or '', 'Card')} •••• {details.card.last4}"
    last4 = getattr(getattr(details, details.type, None), "last4", None)
    name = _KINDS.get(details.type, "Payment")
    return f"{name} •••• {last4}" if last4 else name


def _lines(charge: Charge, invoice: Invoice | None) -> Rows:
    if invoice is None:
        return [(charge.description or "Payment", format_amount(charge.amount, charge.currency))]
    return [
        (line.description or "", format_amount(line.amount, invoice.currency))
        for line in invoice.lines.data
    ]


def _sums(charge: Charge, invoice: Invoice | None) -> Rows:
    given_back = charge.amount_refunded - (charge.amount - charge.amount_captured)
    amounts = [
        *(() if invoice is None else _sums_of(invoice)),
        ("Amount paid", charge.amount_captured),
        ("Refunded", -given_back),
    ]
    return [(name, format_amount(amount, charge.currency)) for name, amount in amounts if amount]


def _sums_of(invoice: Invoice) -> list[tuple[str, int]]:
    """Return what leads from an invoice's lines to its total, in minor units."""
    total = ("Total", invoice.total)
    if invoice.total == invoice.subtotal:
        return [total]
    taxes = [tax for tax in invoice.total_taxes or () if tax.tax_behavior == "exclusive"]
    used = [
        each.amount
        for each in invoice.total_pretax_credit_amounts or ()
        if each.type == "credit_balance_transaction"
    ]
    return [
        ("Subtotal", invoice.subtotal),
        ("Discount", -sum(each.amount for each in invoice.total_discount_amounts or ())),
        ("Credits applied", -sum(used)),
        ("Shipping", invoice.amount_shipping),
        ("Tax", sum(tax.amount for tax in taxes)),
        total,
    ]


def _title(receipt: Receipt) -> str:
    return f"Receipt from {receipt.seller}" if receipt.seller else "Receipt"


def _content(receipt: Receipt) -> str:
    return (
        f"<h1>{escape(_title(receipt))}</h1>"
        f"<p>{escape(receipt.paid)} paid</p>"
        f"{_table(receipt.facts)}<hr>{_table(receipt.lines)}<hr>{_table(receipt.sums)}"
    )


def _table(rows: Rows) -> str:
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows)
    return f"<dl>{facts}</dl>"
