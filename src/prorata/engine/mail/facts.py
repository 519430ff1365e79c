"""Facts: what a mail says of an invoice, a payment or a subscription, as it is at that moment.

A mail keeps its facts: what it says is what was true when it was decided, whatever happens to
the documents before it is read. Amounts are minor units, moments seconds UTC.
"""

from typing import Any

from prorata.engine.invoice_address import told_address, told_pdf
from prorata.engine.receipt_address import told_receipt
from prorata.model.fields import UNSET
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.subscription import Subscription
from prorata.resources.payments.charge import Charge
from prorata.resources.payments.charge_shape import ChargeMethodDetails
from prorata.resources.payments.legacy_source import BRAND_NAMES
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.products.product import Product

Facts = dict[str, Any]
# Whoever wants to see more opens the page or the PDF.
MOST_LINES = 12


def of_invoice(tx: Tx, invoice: Invoice) -> Facts:
    """Return an invoice: its number, lines, how they add up, what is due and where it is paid."""
    lines = invoice.lines.data[:MOST_LINES]
    products = tx.load(Product, [line.product for line in lines if line.product], look=True)
    facts: Facts = {
        "invoice": invoice.number,
        "currency": invoice.currency,
        "total": invoice.total,
        "due": invoice.amount_remaining,
        "due_date": invoice.due_date,
        "lines": [
            [line.description or "", line.quantity, line.amount, line.period.start,
             line.period.end, products[line.product].name if line.product in products else None]
            for line in lines
        ],
        "more": len(invoice.lines.data) - len(lines),
        "sums": _sums(invoice),
        "url": told_address(tx, invoice),
        "pdf": told_pdf(tx, invoice),
    }  # fmt: skip
    if invoice.description:
        facts["memo"] = invoice.description
    return facts


def _sums(invoice: Invoice) -> list[list[Any]]:
    """Return by their names what leads from the lines to what is due."""
    exclusive = sum(
        tax.amount for tax in invoice.total_taxes or () if tax.tax_behavior == "exclusive"
    )
    inclusive = sum(
        tax.amount for tax in invoice.total_taxes or () if tax.tax_behavior == "inclusive"
    )
    credits = sum(
        each.amount
        for each in invoice.total_pretax_credit_amounts or ()
        if each.type == "credit_balance_transaction"
    )
    discount = sum(each.amount for each in invoice.total_discount_amounts or ())
    balance = (invoice.ending_balance or 0) - invoice.starting_balance
    steps = [
        ("discount", -discount), ("credits", -credits), ("shipping", invoice.amount_shipping),
        ("tax", exclusive),
    ]  # fmt: skip
    after = [
        ("credited", -invoice.pre_payment_credit_notes_amount), ("balance", -balance),
    ]  # fmt: skip
    found = [[name, amount] for name, amount in steps if amount]
    if found:
        found.insert(0, ["subtotal", invoice.subtotal])
    found.append(["total", invoice.total])
    if inclusive:
        found.append(["tax_included", inclusive])
    return found + [[name, amount] for name, amount in after if amount and invoice.number]


def of_charge(tx: Tx, charge: Charge) -> Facts:
    """Return a payment: what with and when, its receipt, never more of a card than its end."""
    return {
        "currency": charge.currency,
        "paid_at": charge.created,
        "description": charge.description,
        "receipt": charge.receipt_number,
        "receipt_url": told_receipt(tx, charge),
        "method": of_method(charge.payment_method_details),
    }


def of_method(method: PaymentMethod | ChargeMethodDetails | None) -> Facts | None:
    """Return what is paid with, or was, by its brand and last digits."""
    if method is None:
        return None
    if method.card is not UNSET:
        return {"type": "card", "name": BRAND_NAMES.get(method.card.brand or ""),
                "last4": method.card.last4}  # fmt: skip
    last4 = getattr(getattr(method, method.type, None), "last4", None)
    return {"type": method.type, "name": None, "last4": last4}


def of_subscription(subscription: Subscription, names: list[str]) -> Facts:
    """Return a subscription: the names of what it is for, and its prices."""
    return {
        "plan": names,
        "currency": subscription.currency,
        "trial_end": subscription.trial_end,
        "period_end": subscription.period_end,
        "cancel_at": subscription.cancel_at,
        "ended_at": subscription.ended_at,
    }
