"""An invoice that is taken back altogether, by whatever steps, leaves nothing in the ledger."""

from __future__ import annotations

from typing import Any

import pytest

from acceptance.till import DAY, Till
from sound import assert_sound


@pytest.fixture
def till(client):
    return Till(client)


@pytest.fixture
def invoice(client, till):
    """Give an open invoice of 11.00: 5.00 without tax, and 5.00 with 1.00 of it."""
    rate = client.v1.tax_rates.create(
        {"display_name": "VAT", "percentage": 20, "inclusive": False}).id
    draft = till.draft()
    now = draft.created
    till.item(500, invoice=draft.id, description="Free")
    till.item(500, invoice=draft.id, description="Taxed", tax_rates=[rate],
              period={"start": now - 10 * DAY, "end": now + 20 * DAY})
    return client.v1.invoices.finalize_invoice(draft.id)


def by_line(invoice: Any, description: str, amount: int) -> dict[str, Any]:
    [line] = [each for each in invoice.lines.data if each.description == description]
    named = {"type": "invoice_line_item", "invoice_line_item": line.id, "amount": amount}
    return {"lines": [named]}


CENTS = [{"amount": 1}] * 30
STEPS = [
    [("Free", 500)], [("Taxed", 250)], [("Free", 499), ("Taxed", 1)], [{"amount": 37}], CENTS,
    [{"amount": 333}, ("Free", 100), {"amount": 1}, ("Taxed", 200)],
]  # fmt: skip


@pytest.mark.parametrize("steps", STEPS)
@pytest.mark.parametrize("end", ["amount", "void", "uncollectible"])
def test_nothing_is_left(client, server, invoice, steps, end):
    for step in steps:
        params = by_line(invoice, *step) if isinstance(step, tuple) else step
        client.v1.credit_notes.create({"invoice": invoice.id, **params})
    invoices = client.v1.invoices
    if end == "amount":
        left = invoices.retrieve(invoice.id).amount_remaining
        client.v1.credit_notes.create({"invoice": invoice.id, "amount": left})
    elif end == "void":
        invoices.void_invoice(invoice.id)
    else:
        invoices.mark_uncollectible(invoice.id)
    assert left_in_ledger(server, invoice) == (0, 0)
    assert_sound(server.system)


def test_a_note_that_was_voided_takes_nothing(client, server, invoice):
    first = client.v1.credit_notes.create({"invoice": invoice.id, **by_line(invoice, "Free", 400)})
    second = client.v1.credit_notes.create({"invoice": invoice.id, "amount": 77})
    for note in (first, second):
        client.v1.credit_notes.void_credit_note(note.id)
    assert left_in_ledger(server, invoice) == (-100, 1_000)
    client.v1.credit_notes.create({"invoice": invoice.id, "amount": 550})
    assert left_in_ledger(server, invoice) == (-50, 500)
    client.v1.invoices.void_invoice(invoice.id)
    assert left_in_ledger(server, invoice) == (0, 0)
    assert_sound(server.system)


NOTES = {
    "by line": {"line": ("Free", 300), "credit_amount": 300},
    "by amount": {"amount": 333, "credit_amount": 333},
    "outside": {"amount": 51, "out_of_band_amount": 51},
    "refunded": {"line": ("Taxed", 250), "refund_amount": 300},
}  # fmt: skip


@pytest.mark.parametrize("steps", [
    ["by line"], ["by amount"], ["by line", 1, 1, 1], [7, "by amount", 7], [*[33] * 10, "outside"],
    [1] * 30, [100, "counts", "by line"], [100, "by line", "counts", 3],
    ["by line", "refunded", 99, "outside", 1, 1], [550, "by amount", "counts"],
])  # fmt: skip
@pytest.mark.parametrize("end", ["refund", "note"])
def test_nothing_is_left_after_refunds(client, server, invoice, steps, end):
    client.v1.invoices.pay(invoice.id, {"payment_method": "pm_card_visa"})
    [payment] = client.v1.invoice_payments.list({"invoice": invoice.id}).data
    intent, left, refunds = payment.payment.payment_intent, 1_100, []

    def note(**params: Any) -> int:
        if "line" in params:
            params |= by_line(invoice, *params.pop("line"))
        return client.v1.credit_notes.create({"invoice": invoice.id, **params}).total

    for step in steps:
        if step == "counts":
            refund = refunds.pop()
            note(amount=refund.amount, refunds=[{"refund": refund.id}])
        elif isinstance(step, str):
            left -= note(**NOTES[step])
        else:
            refunds.append(client.v1.refunds.create({"payment_intent": intent, "amount": step}))
            left -= step
    if end == "refund":
        client.v1.refunds.create({"payment_intent": intent, "amount": left})
    else:
        note(amount=left, credit_amount=left)
    assert left_in_ledger(server, invoice) == (0, 0)
    assert_sound(server.system)


def test_what_a_refund_took_comes_back_as_it_went(client, server, invoice):
    """The payer's bank sends one back: what it took of the lines that a note had left is there."""
    client.v1.invoices.pay(invoice.id, {"payment_method": "pm_card_visa"})
    [payment] = client.v1.invoice_payments.list({"invoice": invoice.id}).data
    named = by_line(invoice, "Free", 400)
    client.v1.credit_notes.create({"invoice": invoice.id, "credit_amount": 400, **named})
    before = left_in_ledger(server, invoice)
    refund = client.v1.refunds.create(
        {"payment_intent": payment.payment.payment_intent, "amount": 77})
    assert left_in_ledger(server, invoice) != before
    counted = {"amount": 77, "refunds": [{"refund": refund.id}]}
    client.v1.credit_notes.create({"invoice": invoice.id, **counted})
    client.v1.refunds.create({"payment_intent": payment.payment.payment_intent})
    assert left_in_ledger(server, invoice) == (0, 0)
    assert_sound(server.system)


def left_in_ledger(server: Any, invoice: Any) -> tuple[int, int]:
    """Return the tax that is owed of an invoice, and what is earned of it now or later."""
    rows = server.system.database.read(
        lambda connection: connection.query(
            "SELECT account, SUM(amount) FROM ledger WHERE object_id = ? GROUP BY account",
            (invoice.id,),
        )
    )
    sums = {account: int(amount) for account, amount in rows}
    assert sum(sums.values()) == 0
    owed = sums.pop("tax", 0)
    return owed, -sum(sums[each] for each in sums.keys() - {"cash", "receivable"})
