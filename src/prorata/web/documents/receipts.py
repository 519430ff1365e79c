"""Receipts as sheets: what was paid for, when, with what, and what went back."""

from msgspec import UNSET

from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_payment import InvoicePayment
from prorata.resources.core.account import own_account
from prorata.resources.payments.charge import Charge
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.refund import Refund
from prorata.web.design.brand import brand_of, readable
from prorata.web.design.languages import Language
from prorata.web.documents.facts import ROOM, address_lines, method_name, seller_party
from prorata.web.documents.invoices import invoice_sheet
from prorata.web.documents.rendering import paper_of
from prorata.web.documents.sheet import Party, Row, Sheet, Sum, Table


def receipt_sheet(tx: Tx, invoice: Invoice, language: Language) -> Sheet:
    """Return the receipt of all that was paid on an invoice."""
    _ = language.text
    columns = [_("Date"), _("Payment method"), _("Amount")]
    payments = Table(_("Payments"), columns, payment_rows(tx, invoice, language))
    return invoice_sheet(tx, invoice, language, payments)


def payment_rows(tx: Tx, invoice: Invoice, language: Language) -> list[list[str]]:
    """Return date, method and amount of each payment on an invoice, and of what went back."""
    language = language.of(ROOM)
    _, currency = language.text, invoice.currency
    rows: list[tuple[int, list[str]]] = []

    def add(moment: int, words: str, amount: int) -> None:
        shown = [language.date(moment, "medium"), words, language.amount(amount, currency)]
        rows.append((moment, shown))

    for payment in tx.select(InvoicePayment, invoice=invoice.id, status="paid"):
        charge = _charge_of(tx, payment)
        moment = payment.status_transitions.paid_at or payment.created
        words = method_name(charge, language) if charge is not None else _("Payment")
        add(moment, words, payment.amount_paid or 0)
        for refund in tx.select(Refund, charge=charge.id) if charge is not None else ():
            if refund.status in ("succeeded", "pending"):
                add(refund.created, _("Refund"), -refund.amount)
    outside = invoice.amount_paid_off_stripe
    if outside is not UNSET and outside:
        moment = invoice.status_transitions.paid_at or invoice.created
        add(moment, _("Paid in another way"), outside)
    return [row for _moment, row in sorted(rows, key=lambda each: each[0])]


def _charge_of(tx: Tx, payment: InvoicePayment) -> Charge | None:
    paid = payment.payment
    if isinstance(paid.charge, str):
        return tx.look(Charge, paid.charge)
    if not isinstance(paid.payment_intent, str):
        return None
    intent = tx.look(PaymentIntent, paid.payment_intent)
    return tx.look(Charge, intent.latest_charge) if intent is not None else None


def charge_sheet(tx: Tx, charge: Charge, language: Language) -> Sheet:
    """Return the receipt of a payment that no invoice asked for."""
    _ = language.text
    account = own_account(tx)
    brand = brand_of(account)
    paid = language.amount(charge.amount_captured, charge.currency)
    back = refunded(charge)
    facts = [(_("Receipt number"), charge.receipt_number)] if charge.receipt_number else []
    facts += [
        (_("Date paid"), language.date(charge.created)),
        (_("Payment method"), method_name(charge, language)),
    ]
    payer = charge.billing_details
    lines = [part for part in (payer.name, charge.receipt_email or payer.email) if part]
    lines += address_lines(payer.address, language)
    return Sheet(
        title=_("Receipt"),
        number=charge.receipt_number or charge.id,
        language=language.texts,
        color=readable(brand.primary),
        paper=paper_of(account.country),
        made_at=charge.created,
        seller=brand.name,
        facts=facts,
        parties=[
            seller_party(
                tx, account, brand.name, account.settings.invoices.default_account_tax_ids or (),
                language,
            ),
            *([Party(_("Bill to"), lines)] if lines else []),
        ],
        columns=[_("Description"), _("Amount")],
        rows=[Row(charge.description or _("Payment"), "", [paid])],
        sums=[
            Sum(_("Amount paid"), paid, strong=not back),
            *([Sum(_("Refunded"), language.amount(-back, charge.currency), strong=True)]
              if back else []),
        ],
        foot=brand.name,
        page_of=_("Page {page} of {pages}", page="{page}", pages="{pages}"),
        badge="" if charge.livemode else _("Test mode"),
        headline=_("{amount} paid on {date}", amount=paid, date=language.date(charge.created)),
    )  # fmt: skip


def refunded(charge: Charge) -> int:
    """Return what was given back of what was taken, in minor units."""
    let_go: int = charge.private.let_go
    return charge.amount_refunded - (charge.amount - let_go - charge.amount_captured)
