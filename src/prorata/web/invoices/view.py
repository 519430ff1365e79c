"""View: what the page of an invoice shows to the customer who has its address."""

from dataclasses import dataclass, field
from typing import Literal

from prorata.engine.invoice_address import open_until
from prorata.engine.invoices.cash import takes_cash
from prorata.engine.invoices.intent import default_intent
from prorata.engine.invoices.pages import shown_invoice
from prorata.engine.invoices.pay_page import (
    action_url,
    is_payable,
    saved_methods,
    saving,
    ways_to_pay,
)
from prorata.engine.payments.own_fields import has_own_fields, takes_numbers
from prorata.model.errors import APIError
from prorata.model.fields import UNSET
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.core.account import own_account
from prorata.resources.core.account_params import HostedSave
from prorata.resources.payments.method_types import CASH
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.payment_intent import transfer_of as told_of
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.store.unit_of_work import UnitOfWork
from prorata.web.challenge.facts import method_text
from prorata.web.challenge.transfer import Transfer, transfer_of
from prorata.web.design.brand import Brand, brand_of
from prorata.web.design.languages import Language
from prorata.web.design.visit import Visit
from prorata.web.documents.facts import rates_of
from prorata.web.documents.invoice_sums import invoice_sums
from prorata.web.documents.invoices import customer_parties, invoice_notes, invoice_rows
from prorata.web.documents.papers import page_language
from prorata.web.documents.receipts import payment_rows
from prorata.web.documents.rendering import Rendering, rendering_of, shown_taxes
from prorata.web.documents.sheet import Fact, Party, Row, Sum

# What the page can ask for of a new method; a bank transfer asks for nothing.
NEW_WAYS = ("card", "sepa_debit", "bacs_debit", "us_bank_account", CASH)
# A page stays small; the PDF has all of an invoice.
ROWS_MAX = 60
State = Literal["payable", "processing", "paid", "void", "settled"]


@dataclass(frozen=True, slots=True)
class Saved:
    """A payment method of the customer's. note: when a card expires."""

    id: str
    name: str
    note: str


@dataclass(slots=True)
class View:
    """An invoice as its customer sees it; every text is in the customer's language."""

    brand: Brand
    language: Language
    test_mode: bool
    state: State
    number: str
    remaining: int
    amount: str
    currency: str
    status: str
    status_kind: str
    facts: list[Fact]
    parties: list[Party]
    rows: list[Row]
    more: int
    sums: list[Sum]
    payments: list[list[str]]
    memo: str
    notes: list[str]
    has_receipt: bool
    email: str
    country: str
    livemode: bool
    is_open: bool = False
    own_fields: bool = False
    ways: list[str] = field(default_factory=list)
    saved: list[Saved] = field(default_factory=list)
    saved_types: set[str] = field(default_factory=set)
    saves: HostedSave = "never"
    transfer: Transfer | None = None
    challenge: str | None = None
    failure: APIError | None = None


def view_of(uow: UnitOfWork, visit: Visit) -> View | None:
    """Return the invoice that an address names as its page shows it, None for no such address."""
    invoice = shown_invoice(uow, visit.parts[1], visit.parts[2])
    if invoice is None:
        return None
    uow.follow(invoice)
    language = page_language(uow, visit, invoice.customer, "invoices")
    view = _document(uow, invoice, language)
    view.is_open = uow.now < open_until(uow, invoice, visit.parts[2])
    intent = default_intent(uow, invoice)
    if intent is not None and intent.status == "processing" and invoice.amount_remaining:
        view.state = "processing"
    if view.state == "payable":
        _let_pay(uow, invoice, view, intent)
    return view


def _document(uow: UnitOfWork, invoice: Invoice, language: Language) -> View:
    rendering = rendering_of(uow, invoice)
    rates = rates_of(uow, shown_taxes(invoice))
    rows = invoice_rows(uow, invoice, rendering, rates, language)
    status, kind = _status(uow, invoice, language)
    due = invoice.status in ("open", "uncollectible", "draft")
    amount = invoice.amount_remaining if due else (invoice.amount_paid or invoice.total)
    address = invoice.customer_address
    return View(
        brand=brand_of(own_account(uow)),
        language=language,
        test_mode=not invoice.livemode,
        state=_state(invoice),
        number=invoice.number or "",
        remaining=invoice.amount_remaining,
        amount=language.amount(amount, invoice.currency),
        currency=invoice.currency,
        status=status,
        status_kind=kind,
        facts=_facts(invoice, rendering, language),
        parties=customer_parties(invoice, language),
        rows=rows[:ROWS_MAX],
        more=max(0, len(rows) - ROWS_MAX),
        sums=invoice_sums(uow, invoice, rates, language, without_tax=rendering.without_tax),
        payments=payment_rows(uow, invoice, language),
        memo=rendering.memo,
        notes=invoice_notes(invoice, rendering, language),
        has_receipt=invoice.amount_paid > 0,
        email=invoice.customer_email or "",
        livemode=invoice.livemode,
        country=(address.country if address is not None else None)
        or invoice.account_country or "",
    )  # fmt: skip


def _state(invoice: Invoice) -> State:
    if invoice.status == "void":
        return "void"
    if invoice.status == "paid":
        return "paid"
    return "payable" if is_payable(invoice) else "settled"


def _status(tx: Tx, invoice: Invoice, language: Language) -> tuple[str, str]:
    """Return where an invoice stands, and the kind of badge that says it."""
    _ = language.text
    if invoice.status == "paid":
        moment = invoice.status_transitions.paid_at or invoice.created
        return _("Paid on {date}", date=language.date(moment)), "good"
    if invoice.status == "void":
        return _("This invoice is void"), "wrong"
    if invoice.status == "uncollectible":
        return _("Unpaid"), "wrong"
    if invoice.due_date is None:
        return _("To be paid"), "warning"
    date = language.date(invoice.due_date)
    if invoice.due_date < tx.now:
        return _("Overdue since {date}", date=date), "wrong"
    return _("Due {date}", date=date), "warning"


def _facts(invoice: Invoice, rendering: Rendering, language: Language) -> list[Fact]:
    _ = language.text
    facts = [
        (_("Invoice number"), invoice.number or ""),
        (_("Date of issue"), language.date(invoice.effective_at or invoice.created)),
    ]
    if invoice.due_date is not None:
        facts.append((_("Date due"), language.date(invoice.due_date)))
    return [*facts, *rendering.fields]


def _let_pay(tx: Tx, invoice: Invoice, view: View, intent: PaymentIntent | None) -> None:
    """Write how the invoice can be paid, and what came of the last try."""
    ways = ways_to_pay(tx, invoice)
    if CASH not in ways and takes_cash(invoice):
        ways = [*ways, CASH]
    # A live gateway brings fields of its own for cards: ours never take a real number.
    view.own_fields = has_own_fields(tx)
    cards = takes_numbers(tx) or view.own_fields
    real = tx.book.livemode and tx.gateway.test_only
    view.ways = [
        way for way in NEW_WAYS
        if way in ways and (cards if way == "card" else not real or way == CASH)
    ]  # fmt: skip
    saved = saved_methods(tx, invoice)
    view.saved = [
        Saved(method.id, method_text(method, view.language), _expiry(method, view.language))
        for method in saved
    ]
    view.saved_types = {method.type for method in saved}
    view.saves = saving(tx, invoice)
    if intent is None:
        return
    told = told_of(intent)
    if told is not None:
        view.transfer = transfer_of(told, intent.currency, view.language)
    else:
        view.challenge = action_url(intent)
    if intent.last_payment_error is not None:
        error = intent.last_payment_error
        known = {} if error.decline_code is UNSET else {"decline_code": error.decline_code}
        code = error.code if isinstance(error.code, str) else None
        view.failure = APIError("", status=402, code=code, **known)


def _expiry(method: PaymentMethod, language: Language) -> str:
    if method.card is UNSET:
        return ""
    month, year = method.card.exp_month, method.card.exp_year
    date = f"{month:02d}/{year % 100:02d}"
    return language.text("Expires {date}", date=date)
