"""Money back at random and at the same time: never more than was paid, and the books hold."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import pytest
import stripe

from acceptance.till import Till
from prorata.engine.doctor import examine

TOTAL = 2000


def given_back(client: stripe.StripeClient, till: Till, invoice: Any) -> tuple[int, int, int]:
    """Return what refunds gave back, what notes gave otherwise, and the totals of the notes."""
    payments = client.v1.invoice_payments.list({"invoice": invoice.id, "status": "paid"}).data
    refunds = [
        each
        for payment in payments
        for each in client.v1.refunds.list(
            {"payment_intent": payment.payment.payment_intent, "limit": 100}
        ).data
        if each.status not in ("failed", "canceled")
    ]
    notes = [
        each
        for each in client.v1.credit_notes.list({"invoice": invoice.id, "limit": 100}).data
        if each.status == "issued"
    ]
    otherwise = sum(
        note.post_payment_amount - sum(each.amount_refunded for each in note.refunds)
        for note in notes
    )
    return sum(each.amount for each in refunds), otherwise, sum(note.total for note in notes)


def tried(call: Callable[..., Any], *args: Any) -> bool:
    """Return whether a call went well; False when it was refused for good reason."""
    try:
        call(*args)
    except stripe.InvalidRequestError as error:
        assert error.http_status == 400, error
        return False
    return True


def deeds(client: stripe.StripeClient, till: Till, invoice: Any, source: Random) -> list[Any]:
    """Return the ways to give money of an invoice back, each with an amount drawn at random."""
    notes, intent = client.v1.credit_notes, None
    for payment in client.v1.invoice_payments.list({"invoice": invoice.id}).data:
        if payment.status == "paid":
            intent = payment.payment.payment_intent
    amount = source.randrange(1, TOTAL * 2 // 3)

    def note(**params: Any) -> Callable[[], Any]:
        return lambda: notes.create({"invoice": invoice.id, **params})

    found: list[Callable[[], Any]] = [
        note(amount=amount),
        note(credit_amount=amount),
        note(refund_amount=amount),
        note(out_of_band_amount=amount // 2, credit_amount=amount - amount // 2),
        note(lines=[{"type": "invoice_line_item", "amount": amount,
                     "invoice_line_item": invoice.lines.data[0].id}], credit_amount=amount),
    ]  # fmt: skip
    if intent is not None:
        found.append(lambda: client.v1.refunds.create({"payment_intent": intent, "amount": amount}))
        made = client.v1.refunds.list({"payment_intent": intent}).data
        if made:
            one = source.choice(made)
            found.append(note(amount=one.amount, refunds=[{"refund": one.id}]))
    return found


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_asked_no_more_goes_back_than_was_paid(client, server, seed):
    source = Random(seed)
    till = Till(client, card=source.choice(["pm_card_visa", "pm_card_pendingRefund"]))
    if source.randrange(2):
        client.v1.customers.balance_transactions.create(
            till.customer, {"amount": -source.randrange(1, 900), "currency": "usd"}
        )
    invoice = till.open(TOTAL // 2, TOTAL // 2)
    went_well = 0
    for turn in range(14):
        if turn == 3 and till.read(invoice).status == "open":
            client.v1.invoices.pay(invoice.id)
        went_well += tried(source.choice(deeds(client, till, invoice, source)))
        shown = till.read(invoice)
        refunded, otherwise, credited = given_back(client, till, invoice)
        paid = max(shown.amount_paid, shown.total - shown.pre_payment_credit_notes_amount)
        assert refunded <= shown.amount_paid
        assert refunded + otherwise <= paid
        assert credited <= shown.total
        assert shown.pre_payment_credit_notes_amount + shown.post_payment_credit_notes_amount == (
            credited
        )
    assert went_well
    assert [each for each in examine(server.system) if each.findings] == []


def test_who_comes_at_the_same_time_gets_no_more(client, server):
    for _ in range(6):
        till = Till(client)
        invoice = till.paid(TOTAL)
        [payment] = client.v1.invoice_payments.list({"invoice": invoice.id}).data
        whole = {"payment_intent": payment.payment.payment_intent, "amount": TOTAL}
        waiting = [
            (client.v1.refunds.create, whole),
            (client.v1.credit_notes.create, {"invoice": invoice.id, "credit_amount": TOTAL}),
            (client.v1.credit_notes.create, {"invoice": invoice.id, "refund_amount": TOTAL}),
            (client.v1.credit_notes.create, {"invoice": invoice.id, "out_of_band_amount": TOTAL}),
        ]
        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(lambda each: tried(*each), waiting))
        refunded, otherwise, credited = given_back(client, till, invoice)
        assert results.count(True) == 1
        assert refunded + otherwise == TOTAL and credited <= TOTAL
    assert [each for each in examine(server.system) if each.findings] == []
