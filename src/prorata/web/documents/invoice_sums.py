"""Invoice sums: what leads from an invoice's lines to what is to be paid."""

from prorata.model.transaction import Tx
from prorata.resources.billing.credit_balance_transaction import CreditBalanceTransaction
from prorata.resources.billing.credit_grant import CreditGrant
from prorata.resources.billing.invoice import Invoice
from prorata.resources.products.tax_rate import TaxRate
from prorata.web.design.languages import Language
from prorata.web.documents.facts import ROOM, discount_sums, tax_sums
from prorata.web.documents.rendering import included, shown_taxes
from prorata.web.documents.sheet import Sum


def invoice_sums(
    tx: Tx,
    invoice: Invoice,
    rates: dict[str, TaxRate],
    language: Language,
    *,
    without_tax: bool = False,
    receipt: bool = False,
) -> list[Sum]:
    """Return the sums below an invoice's lines, to what remains to be paid, or was paid.

    without_tax: the lines are shown without any tax, so that all of it is added here.
    """
    language = language.of(ROOM)
    _, currency = language.text, invoice.currency

    def shown(amount: int) -> str:
        return language.amount(amount, currency)

    taxes = shown_taxes(invoice)
    subtotal = invoice.subtotal - (included(taxes) if without_tax else 0)
    sums = [Sum(_("Subtotal"), shown(subtotal))]
    sums += discount_sums(tx, invoice.total_discount_amounts or (), currency, language)
    sums += credit_sums(tx, invoice, language)
    if invoice.amount_shipping:
        sums.append(Sum(_("Shipping"), shown(invoice.amount_shipping)))
    if taxes:
        net = invoice.total_excluding_tax
        if net is not None and (len(sums) > 1 or net != subtotal):
            sums.append(Sum(_("Total excluding tax"), shown(net)))
        sums += tax_sums(rates, taxes, currency, language, without_tax=without_tax)
    return [*sums, *_settled(invoice, language, receipt)]


def _settled(invoice: Invoice, language: Language, receipt: bool) -> list[Sum]:
    """Return what leads from the total to what remains, or was paid."""
    _, currency = language.text, invoice.currency

    def shown(amount: int) -> str:
        return language.amount(amount, currency)

    credited = invoice.pre_payment_credit_notes_amount
    applied = invoice.amount_due - invoice.total + credited
    between = []
    if credited:
        between.append(Sum(_("Credit notes"), shown(-credited)))
    if applied and invoice.status != "draft":
        between.append(Sum(_("Applied balance"), shown(applied)))
    total = Sum(_("Total"), shown(invoice.total), strong=invoice.status == "void")
    if total.strong:
        return [total]
    if receipt:
        return [total, *between, Sum(_("Amount paid"), shown(invoice.amount_paid), strong=True)]
    if invoice.amount_paid:
        between.append(Sum(_("Amount paid"), shown(-invoice.amount_paid)))
    due = Sum(_("Amount due"), shown(invoice.amount_remaining), strong=True)
    return [total, *between, due]


def credit_sums(tx: Tx, invoice: Invoice, language: Language) -> list[Sum]:
    """Return what each grant of billing credits has paid of an invoice."""
    _ = language.text
    used: dict[str, int] = {}
    moved = [
        each for each in invoice.total_pretax_credit_amounts or ()
        if each.type == "credit_balance_transaction" and each.amount
    ]  # fmt: skip
    ids = [each.credit_balance_transaction for each in moved]
    known = tx.load(CreditBalanceTransaction, [id for id in ids if isinstance(id, str)], look=True)
    for each in moved:
        transaction = known.get(str(each.credit_balance_transaction))
        grant = transaction.credit_grant if transaction is not None else ""
        used[grant] = used.get(grant, 0) + each.amount
    grants = tx.load(CreditGrant, [id for id in used if id], look=True)
    sums = []
    for id, amount in used.items():
        found = grants.get(id)
        name = found.name if found is not None else None
        label = _("Credits used ({name})", name=name) if name else _("Credits used")
        sums.append(Sum(label, language.amount(-amount, invoice.currency)))
    return sums
