"""Reconcile: a customer's cash is used for what has waited for it."""

from prorata.engine.invoices.intent import default_intent
from prorata.engine.payments.bank_transfer import ask_for_transfer
from prorata.engine.payments.cash import missing_of, use_cash
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.core.customer import Customer
from prorata.resources.payments.method_types import CASH
from prorata.resources.payments.payment_intent import CONFIRMABLE, PaymentIntent, transfer_of
from prorata.rules.reconciliation import Waiting, share_out
from prorata.rules.windows import DAY

# An invoice that is longer overdue is paid by hand only (source: reconciliation).
OVERDUE_SECONDS = 30 * DAY
# So many payments in yen may together make the exact amount of a transfer (source: likewise).
GROUPS = {"jpy": 5}


def reconcile(tx: Tx, customer: Customer, currency: str, reference: str | None) -> None:
    """Use a customer's cash in a currency for its payments that wait for a bank transfer.

    reference: the words of the transfer that just came.
    """
    waiting = _waiting(tx, customer, currency)
    shares = share_out(
        customer.private.cash.get(currency, 0),
        reference,
        [known for _, known in waiting],
        GROUPS.get(currency, 1),
    )
    intents = {intent.id: intent for intent, _ in waiting}
    for id, amount in shares:
        intent = intents[id]
        if transfer_of(intent) is None:
            ask_for_transfer(tx, intent)
        use_cash(tx, intent, customer, amount)


def _waiting(tx: Tx, customer: Customer, currency: str) -> list[tuple[PaymentIntent, Waiting]]:
    found: dict[str, tuple[PaymentIntent, Waiting]] = {}
    for invoice in tx.select(Invoice, customer=customer.id, status="open"):
        late = invoice.due_date is not None and tx.now > invoice.due_date + OVERDUE_SECONDS
        intent = default_intent(tx, invoice)
        if intent is None or invoice.currency != currency or late or not _takes_cash(intent):
            continue
        number = invoice.number
        known = Waiting(intent.id, missing_of(intent), invoice.created, True, number)
        found[intent.id] = (intent, known)
    for intent in tx.select(PaymentIntent, customer=customer.id, status="requires_action"):
        instructions = transfer_of(intent)
        if instructions is None or intent.currency != currency or intent.id in found:
            continue
        if intent.private.invoice is not None and not _takes_cash(intent):
            continue
        whole = intent.private.invoice is not None
        known = Waiting(
            intent.id, missing_of(intent), intent.created, whole, instructions.reference
        )
        found[intent.id] = (intent, known)
    return list(found.values())


def _takes_cash(intent: PaymentIntent) -> bool:
    waits = intent.status in CONFIRMABLE and not intent.private.asking
    return waits and CASH in intent.payment_method_types
