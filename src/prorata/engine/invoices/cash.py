"""Invoice cash: invoices that the cash of a customer pays, as far as it reaches."""

from prorata.engine.payments.cash import is_automatic, usable_cash
from prorata.engine.payments.collect import collect
from prorata.engine.payments.method_details import cash_method
from prorata.model.errors import InvalidRequest
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.core.customer import Customer
from prorata.resources.payments.method_types import CASH
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.rules import balance
from prorata.rules.currency import format_amount, maximum_charge, minimum_charge


def takes_cash(invoice: Invoice) -> bool:
    """Return whether a bank transfer may pay an invoice."""
    return CASH in (invoice.payment_settings.payment_method_types or ())


def settle(invoice: Invoice, known: int) -> balance.Due:
    """Return what an invoice asks for beside a customer's balance (minor units); see the rule."""
    # Money that is sent has no least amount.
    minimum = 0 if takes_cash(invoice) else minimum_charge(invoice.currency)
    return balance.settle(invoice.total, known, minimum, maximum_charge(invoice.currency))


def refuse_too_large(invoice: Invoice, owed: int) -> None:
    """Raise InvalidRequest for more (minor units) than one bank transfer can pay.

    What no card could pay is put on the customer's balance; an invoice that is paid by transfer
    cannot be finalized (source: customer balance).
    """
    maximum = maximum_charge(invoice.currency)
    if owed > maximum:
        raise InvalidRequest(
            f"The amount due of this invoice must be no more than"
            f" {format_amount(maximum, invoice.currency)}.",
            code="amount_too_large",
        )


def pay_from_cash(tx: Tx, invoice: Invoice, intent: PaymentIntent) -> None:
    """Pay a sent invoice at once if its customer's cash covers it; else it waits for a transfer."""
    if invoice.collection_method != "send_invoice" or not takes_cash(invoice):
        return
    customer = tx.get(Customer, invoice.customer or "")
    # What comes meanwhile looks for invoices that wait for it, and has to see this one.
    tx.rely_on(customer)
    if is_automatic(customer) and usable_cash(intent, customer):
        intent.payment_method = cash_method(tx, owner=customer.id).id
        collect(tx, intent, off_session=True)
