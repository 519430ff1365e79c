"""Credits that several want at once: whoever is first uses them, and none is used twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from prorata.engine.credits import grants
from prorata.model.errors import InvalidRequest
from prorata.resources.billing.credit_grant import CreditGrantCreateParams
from prorata.store.books import all_books
from prorata.store.unit_of_work import UnitOfWork
from prorata.wire.decode import decode
from subscriptions.life import at


def test_invoices_that_are_finalized_at_once_share_a_grant(life):
    grant = life.grant(1_000)
    subscriptions = [life.subscribe(life.usage(400)) for _ in range(4)]
    life.advance("2026-02-01 00:10")
    drafts = [life.latest(each) for each in subscriptions]
    assert [each.total for each in drafts] == [0] * 4

    def finalize(draft):
        while True:
            try:
                return life.client.invoices.finalize_invoice(draft.id)
            except stripe.RateLimitError as busy:
                assert busy.code == "lock_timeout"

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(finalize, drafts))
    assert sorted(each.total for each in found) == [0, 0, 200, 400]
    assert sorted(life.moves(grant)[1:]) == [
        ("credits_applied", 200), ("credits_applied", 400), ("credits_applied", 400),
    ]
    assert life.balance(grant) == (0, 0)


def test_a_grant_that_is_used_and_voided_at_once_is_one_of_them(life):
    grant = life.grant(1_000)
    subscription = life.subscribe(life.usage(400))
    life.advance("2026-02-01 00:10")
    draft = life.latest(subscription)

    def tell(work):
        try:
            return work()
        except stripe.StripeError as refused:
            return refused

    with ThreadPoolExecutor(2) as pool:
        invoice, voided = pool.map(tell, (
            lambda: life.client.invoices.finalize_invoice(draft.id),
            lambda: life.billing.credit_grants.void_grant(grant.id),
        ))  # fmt: skip
    invoice = life.client.invoices.retrieve(draft.id)
    used = sum(each.amount for each in invoice.total_pretax_credit_amounts)
    if isinstance(voided, stripe.StripeError) and invoice.status == "paid":
        assert used == 400
    elif not isinstance(voided, stripe.StripeError):
        assert used == 0


def test_the_last_grant_that_there_is_room_for_is_given_once(life, server, monkeypatch):
    monkeypatch.setattr(grants, "UNUSED_MAX", 2)
    life.grant(100)
    params = decode(CreditGrantCreateParams, {
        "customer": life.customer.id,
        "amount": {"type": "monetary", "monetary": {"currency": "usd", "value": "100"}},
        "applicability_config": {"scope": {"price_type": "metered"}},
    })  # fmt: skip
    tries = []

    def attempt(uow):
        tries.append(uow)
        grants.create(uow, params)
        if len(tries) == 1:
            life.grant(100)

    book = server.system.database.read(all_books)[0]
    # On SQLite others write meanwhile only where a unit is decided beside its one writer.
    with pytest.raises(InvalidRequest, match="up to 2 unused credit grants"):
        server.system.write(book, attempt, beside=True)
    assert len(tries) == 2


def test_a_batch_of_renewals_asks_once_for_all_credits(live, monkeypatch):
    """However many customers are drafted and charged at once, their grants are read together."""
    lives = [live() for _ in range(3)]
    clock = lives[0].clock
    for each in lives[1:]:
        each.clock = clock
    client = lives[0].client
    customers = [
        client.customers.create({
            "test_clock": clock.id, "payment_method": "pm_card_visa",
            "invoice_settings": {"default_payment_method": "pm_card_visa"},
        })
        for _ in range(12)
    ]  # fmt: skip
    price = lives[0].usage(3_000)
    for customer in customers:
        lives[0].customer = customer
        lives[0].grant(1_000)
        lives[0].subscribe(price)
    asked = []
    plain = UnitOfWork._select_keys

    def watched(self, cls, columns, *more):
        if cls.spec.kind == "billing.credit_grant":
            asked.append(columns)
        return plain(self, cls, columns, *more)

    monkeypatch.setattr(UnitOfWork, "_select_keys", watched)
    lives[0].advance(at("2026-02-01 02:00"))
    totals = [
        client.invoices.list({"customer": each.id, "limit": 1}).data[0].total for each in customers
    ]
    assert totals == [2_000] * 12
    assert asked == []
