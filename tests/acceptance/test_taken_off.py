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
    return sums.pop("tax", 0), -sum(sums.values()) + sums.get("receivable", 0)
