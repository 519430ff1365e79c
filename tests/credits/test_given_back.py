"""Credits given back: by voided invoices and revisions, and not by credit notes."""

from __future__ import annotations

import pytest
import stripe

from credits.spending import credits_of
from subscriptions.life import DAY, at


@pytest.fixture
def sent(life):
    """Give a maker of open invoices: usage of a month, sent to the customer."""
    def make(usage: int, **terms):
        subscription = life.subscribe(
            life.usage(usage), collection_method="send_invoice", days_until_due=30, **terms
        )
        life.advance("2026-02-01 02:00")
        return life.latest(subscription)

    return make


def test_voiding_an_invoice_gives_its_credits_back(life, sent):
    grant = life.grant(1_000)
    invoice = sent(3_000)
    assert (invoice.status, invoice.total, life.balance(grant)) == ("open", 2_000, (0, 0))
    voided = life.client.invoices.void_invoice(invoice.id)
    assert credits_of(voided.lines.data[0]) == [1_000], "what was billed stays as it was"
    assert life.moves(grant)[1:] == [
        ("credits_applied", 1_000), ("credits_application_invoice_voided", 1_000),
    ]
    back = life.billing.credit_balance_transactions.list({"credit_grant": grant.id}).data[0]
    where = back.credit.credits_application_invoice_voided
    assert (where.invoice, where.invoice_line_item) == (invoice.id, invoice.lines.data[0].id)
    assert life.balance(grant) == (1_000, 1_000)
    with pytest.raises(stripe.InvalidRequestError, match="has been applied"):
        life.billing.credit_grants.void_grant(grant.id)


def test_what_was_given_back_too_late_expires_at_once(life, sent):
    grant = life.grant(1_000, expires_at=at("2026-02-03"))
    invoice = sent(3_000)
    life.advance("2026-02-05")
    life.client.invoices.void_invoice(invoice.id)
    assert life.moves(grant)[1:] == [
        ("credits_applied", 1_000), ("credits_application_invoice_voided", 1_000),
        ("credits_expired", 1_000),
    ]
    assert life.balance(grant) == (0, 0)


def test_an_invoice_that_is_given_up_keeps_its_credits(life, sent):
    grant = life.grant(1_000)
    life.client.invoices.mark_uncollectible(sent(3_000).id)
    assert life.moves(grant)[1:] == [("credits_applied", 1_000)]


def test_a_revision_uses_the_credits_of_its_original(life, sent):
    grant = life.grant(1_000)
    original = sent(3_000)
    revision = life.client.invoices.create(
        {"from_invoice": {"action": "revision", "invoice": original.id}}
    )
    assert revision.total == 2_000, "it counts on what the original has used"
    life.client.invoices.finalize_invoice(revision.id)
    found = life.client.invoices.retrieve(revision.id)
    assert (found.total, credits_of(found.lines.data[0])) == (2_000, [1_000])
    assert life.client.invoices.retrieve(original.id).status == "void"
    assert life.moves(grant)[1:] == [
        ("credits_applied", 1_000), ("credits_application_invoice_voided", 1_000),
        ("credits_applied", 1_000),
    ]


def test_a_credit_note_takes_back_what_credits_left_to_pay(life, sent):
    """Half of a line of 3000, of which 1000 was paid by credits, with 20 % tax on the rest."""
    grant = life.grant(1_000)
    vat = life.client.tax_rates.create(
        {"display_name": "VAT", "percentage": 20, "inclusive": False}
    )
    invoice = sent(3_000, default_tax_rates=[vat.id])
    assert invoice.total == 2_400
    [line] = invoice.lines.data
    used = line.pretax_credit_amounts[0].credit_balance_transaction
    params = {"invoice": invoice.id, "lines": [
        {"type": "invoice_line_item", "invoice_line_item": line.id, "amount": 1_500},
    ]}  # fmt: skip
    seen = life.client.credit_notes.preview(params)
    note = life.client.credit_notes.create(params)
    for each in (seen, note):
        [credited] = each.lines.data
        for shown in (each.pretax_credit_amounts, credited.pretax_credit_amounts):
            [part] = shown
            assert (part.amount, part.type) == (500, "credit_balance_transaction")
            assert part.credit_balance_transaction == used
        assert (credited.amount, credited.discount_amount) == (1_500, 0)
        assert (each.subtotal, each.total_excluding_tax, each.total) == (1_500, 1_000, 1_200)
        assert [tax.amount for tax in each.total_taxes] == [200]
    assert life.client.invoices.retrieve(invoice.id).amount_remaining == 1_200
    assert life.moves(grant)[1:] == [("credits_applied", 1_000)], "credits stay used"
    rest = life.client.credit_notes.create(params)
    assert (rest.total, rest.pretax_credit_amounts[0].amount) == (1_200, 500)
    assert life.client.invoices.retrieve(invoice.id).status == "paid"


def test_discounts_and_credits_are_taken_back_in_proportion(life, sent):
    life.grant(600)
    coupon = life.client.coupons.create({"percent_off": 10, "duration": "forever"})
    invoice = sent(2_000, discounts=[{"coupon": coupon.id}])
    assert invoice.total == 1_200
    [line] = invoice.lines.data
    note = life.client.credit_notes.create({"invoice": invoice.id, "lines": [
        {"type": "invoice_line_item", "invoice_line_item": line.id, "quantity": 1_000},
    ]})  # fmt: skip
    assert [(each.type, each.amount) for each in note.pretax_credit_amounts] == [
        ("discount", 100), ("credit_balance_transaction", 300),
    ]
    assert (note.subtotal, note.discount_amount, note.total) == (1_000, 100, 600)


def test_a_note_of_an_amount_is_of_what_was_billed(life, sent):
    life.grant(1_000)
    invoice = sent(3_000)
    with pytest.raises(stripe.InvalidRequestError, match="more than what is left"):
        life.client.credit_notes.create({"invoice": invoice.id, "amount": 2_001})
    note = life.client.credit_notes.create({"invoice": invoice.id, "amount": 2_000})
    assert note.pretax_credit_amounts == []


def test_a_paused_collection_that_voids_gives_the_credits_back(life):
    grant = life.grant(1_000)
    subscription = life.subscribe(life.usage(3_000))
    life.update(subscription, pause_collection={"behavior": "void"})
    life.advance("2026-02-01 02:00")
    assert life.latest(subscription).status == "void"
    assert life.moves(grant)[1:] == [
        ("credits_applied", 1_000), ("credits_application_invoice_voided", 1_000),
    ]


def test_a_clock_that_is_deleted_takes_its_credits_with_it(life):
    grant = life.grant(1_000)
    life.subscribe(life.usage(300))
    life.advance(at("2026-02-01") + DAY)
    life.client.test_helpers.test_clocks.delete(life.clock.id)
    with pytest.raises(stripe.InvalidRequestError, match="No such credit grant"):
        life.billing.credit_grants.retrieve(grant.id)
