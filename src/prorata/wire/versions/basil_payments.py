"""Basil's payments: an invoice may have several, each an invoice_payment; it named one before."""

from typing import Any

from prorata.wire.versions.basil_lines import OLD_TAXES, old_taxes
from prorata.wire.versions.change import Change, Node, hashes_at
from prorata.wire.versions.related import Related

# The type of a refund that was reported, not made here: it has no id.
RECORDED = "payment_record_refund"


def _want_payments(invoice: Node, related: Related) -> None:
    related.want_of("invoice_payment", "invoice", invoice.get("id"))


def _lower_payments(invoice: Node, related: Related) -> None:
    payments = related.of("invoice_payment", "invoice", invoice.get("id"))
    shown = next((each for each in payments if each.get("is_default")), None)
    shown = shown or next(iter(payments), None)
    details: Node = shown["payment"] if shown else {}
    # An event tells an invoice of then: a draft had no payment, and what was not tried no charge.
    intent = None if invoice.get("status") == "draft" else details.get("payment_intent")
    charge = details.get("charge") or _charge_of(intent, related)
    paid = invoice.get("status") == "paid"
    # Paid, though no payment of ours paid it, and not for being too small to charge.
    taken = any(each.get("status") == "paid" and not each["payment"].get("payment_record")
                for each in payments)
    too_small = bool(invoice.get("attempted")) and not invoice.get("attempt_count")
    outside = bool(paid and invoice.get("amount_due") and not taken and not too_small)
    invoice.pop("confirmation_secret", None)
    invoice["paid"] = paid
    invoice["paid_out_of_band"] = outside
    invoice["payment_intent"] = intent
    invoice["charge"] = charge if invoice.get("attempted") or invoice.get("amount_paid") else None
    invoice["application_fee_amount"] = None
    invoice["transfer_data"] = None


def _charge_of(intent: Any, related: Related) -> Any:
    found = related.document("payment_intent", intent)
    charge = found.get("latest_charge") if found else None
    return charge.get("id") if isinstance(charge, dict) else charge


def _lower_total_taxes(invoice: Node, related: Related) -> None:
    taxes = old_taxes(invoice, "total_taxes")
    invoice.pop("total_taxes", None)
    invoice["total_tax_amounts"] = taxes
    invoice["tax"] = sum(tax["amount"] for tax in taxes) if taxes else None


def _want_invoice_of_intent(intent: Node, related: Related) -> None:
    related.want_of("invoice_payment", "payment_intent", intent.get("id"))


def _want_invoice_of_charge(charge: Node, related: Related) -> None:
    related.want_of("invoice_payment", "payment_intent", _id(charge.get("payment_intent")))


def _lower_intent(intent: Node, related: Related) -> None:
    intent["invoice"] = _invoice_of(intent.get("id"), related)


def _lower_lapsed(intent: Node, related: Related) -> None:
    if intent.get("cancellation_reason") == "expired":
        intent["cancellation_reason"] = "automatic"


def _lower_charge(charge: Node, related: Related) -> None:
    charge["invoice"] = _invoice_of(_id(charge.get("payment_intent")), related)


def _invoice_of(intent: Any, related: Related) -> Any:
    payments = related.of("invoice_payment", "payment_intent", intent)
    return payments[0].get("invoice") if payments else None


def _id(value: Any) -> Any:
    return value.get("id") if isinstance(value, dict) else value


def _lower_credit_note(note: Node, related: Related) -> None:
    made = (each for each in hashes_at(note, "refunds") if each.get("type") != RECORDED)
    first = next(made, {})
    note.pop("refunds", None)
    note["refund"] = first.get("refund")
    note["tax_amounts"] = old_taxes(note, "total_taxes")
    note.pop("total_taxes", None)


CHANGES = (
    Change(
        "How an invoice was paid is told by its invoice payments; it had `paid`, `charge` and"
        " `payment_intent`.",
        lowers={"invoice": _lower_payments},
        needs={"invoice": _want_payments},
        fields={"invoice": {"payment_intent": ("payment_intent",), "charge": ("charge",)}},
    ),
    Change(
        "An invoice's `total_taxes` were `total_tax_amounts`, with their sum in `tax`.",
        lowers={"invoice": _lower_total_taxes},
        fields={"invoice": {"total_tax_amounts": OLD_TAXES}},
    ),
    Change(
        "Intents and charges no longer name their `invoice`.",
        lowers={"payment_intent": _lower_intent, "charge": _lower_charge},
        needs={"payment_intent": _want_invoice_of_intent, "charge": _want_invoice_of_charge},
        fields={"payment_intent": {"invoice": ("invoice",)}, "charge": {"invoice": ("invoice",)}},
    ),
    Change(
        "An intent whose reservation lapsed is canceled as `expired`; that was `automatic`.",
        lowers={"payment_intent": _lower_lapsed},
    ),
    Change(
        "A credit note has several `refunds` and `total_taxes`; it had a `refund` and"
        " `tax_amounts`.",
        lowers={"credit_note": _lower_credit_note},
        fields={"credit_note": {"refund": ("refund",), "tax_amounts": OLD_TAXES}},
    ),
)
