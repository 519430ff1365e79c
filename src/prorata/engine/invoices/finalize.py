"""Finalize: a draft becomes an invoice with a number that its customer owes."""

from prorata.engine.catalogue.discounts import spend
from prorata.engine.customers.balance import adjust_balance
from prorata.engine.invoices.automatic_tax import settle_taxes
from prorata.engine.invoices.burn_down import give_back_original, use_credits
from prorata.engine.invoices.cash import pay_from_cash, refuse_too_large, settle, takes_cash
from prorata.engine.invoices.compose import bring_up_to_date, recompute
from prorata.engine.invoices.hooks import before_finalizing, on_finalized
from prorata.engine.invoices.intent import open_payment
from prorata.engine.invoices.ledger import post_finalized
from prorata.engine.invoices.pages import show_pages
from prorata.engine.invoices.paid import mark_paid
from prorata.engine.invoices.revision import refuse_second
from prorata.engine.invoices.seller import take_number
from prorata.model.errors import InvalidRequest, TaxesUnknown
from prorata.model.transaction import Tx
from prorata.resources.billing.customer_balance_transaction import BalanceTransactionType
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_shape import InvoiceLastFinalizationError
from prorata.resources.core.customer import Customer, balance_in
from prorata.rules import balance, windows


def finalize(
    tx: Tx, invoice: Invoice, *, fresh: bool = False, unchanged: bool = False
) -> Invoice:
    """Give a draft its number, apply the balance, open its payment; nothing due is paid at once.

    fresh: the invoice was made in this transaction, and must be told of as a draft first.
    unchanged: nothing of its customer, or that it was summed with, has changed since. No payment is
    attempted. Raises InvalidRequest for an invoice that is no draft, and for a revision of one that
    was paid or revised meanwhile.
    """
    if invoice.status != "draft":
        raise InvalidRequest(
            "This invoice is already finalized, you can't re-finalize a non-draft invoice."
        )
    if fresh:
        tx.emit("invoice.created", invoice)
    else:
        tx.sequence("finalized")
    customer = tx.get(Customer, invoice.customer or "")
    refuse_second(tx, invoice)
    give_back_original(tx, invoice)
    before_finalizing.tell(tx, invoice)
    if not unchanged:
        bring_up_to_date(tx, invoice, customer)
    if settle_taxes(tx, invoice):
        recompute(tx, invoice)
    if takes_cash(invoice):
        # Before anything is used up: the draft may have to stay one.
        refuse_too_large(invoice, invoice.total + balance_in(customer, invoice.currency))
    use_credits(tx, invoice)
    invoice.number = invoice.number or take_number(tx, customer)
    invoice.status = "open"
    invoice.status_transitions.finalized_at = tx.now
    invoice.effective_at = invoice.effective_at or tx.now
    invoice.automatically_finalizes_at = None
    invoice.private.held_until = None
    invoice.webhooks_delivered_at = invoice.webhooks_delivered_at or tx.now
    invoice.last_finalization_error = None
    if invoice.private.days_until_due is not None:
        invoice.due_date = tx.now + invoice.private.days_until_due * windows.DAY
    show_pages(tx, invoice)
    post_finalized(tx, invoice)
    _apply_balance(tx, invoice, customer)
    spend(tx, invoice_discounts(invoice), invoice.id)
    if invoice.amount_due:
        pay_from_cash(tx, invoice, open_payment(tx, invoice))
    tx.emit("invoice.finalized", invoice)
    on_finalized.tell(tx, invoice)
    if not invoice.amount_due:
        invoice.attempted = True
        mark_paid(tx, invoice)
    return invoice


def finalization_failed(
    tx: Tx, invoice: Invoice, error: InvalidRequest | TaxesUnknown
) -> None:
    """Note on a draft why it could not be finalized by itself; it waits for its seller.

    Where a tax engine did not answer, nothing is wrong with it: it is tried again by itself.
    """
    body = error.body()["error"]
    invoice.last_finalization_error = InvoiceLastFinalizationError(
        **{name: body[name] for name in ("code", "doc_url", "message", "param") if name in body},
        type=body["type"],
    )
    invoice.automatically_finalizes_at = None
    if isinstance(error, TaxesUnknown):
        least, most = windows.TAXES_AGAIN_SECONDS
        pause = min(max(least, (tx.now - invoice.created) // 4), most)
        invoice.automatically_finalizes_at = tx.now + pause
    invoice.next_payment_attempt = None
    tx.emit("invoice.finalization_failed", invoice)


def invoice_discounts(invoice: Invoice) -> list[str]:
    """Return the discounts that took something off this invoice, shown or within an amount."""
    shown = [each.discount for each in invoice.total_discount_amounts or () if each.amount]
    within = [id for facts in invoice.private.lines.values() for id in facts.net_of]
    return list(dict.fromkeys([*shown, *within]))


def _apply_balance(tx: Tx, invoice: Invoice, customer: Customer) -> None:
    """Use up the customer's credit, collect what it owes, or leave what is too little to charge."""
    due = settle(invoice, balance_in(customer, invoice.currency))
    invoice.starting_balance = due.starting_balance
    moves: tuple[tuple[int, BalanceTransactionType], ...] = (
        (due.applied, "applied_to_invoice"),
        (due.moved_to_balance, _moved_type(due)),
    )
    for amount, type in moves:
        if amount:
            adjust_balance(
                tx, customer, amount, type=type, currency=invoice.currency, invoice=invoice.id
            )
    invoice.ending_balance = due.ending_balance
    invoice.amount_due = invoice.amount_remaining = due.amount_due


def _moved_type(due: balance.Due) -> BalanceTransactionType:
    return "invoice_too_large" if due.moved_type == "invoice_too_large" else "invoice_too_small"
