"""Revisions that finalize themselves: they take the place of an invoice whole, or not at all."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from credits.spending import SpendingLife
from payments.world import START, World
from prorata.engine.invoices import automatic_tax
from servers import running
from sound import assert_sound

HOUR = 3600


def test_a_revision_waits_until_it_is_known_whether_its_original_was_paid():
    with running(worker=False, now=START) as server:
        world = World(server)
        invoices = world.client.v1.invoices
        ada = world.client.v1.customers.create({
            "payment_method": "pm_card_visa",
            "invoice_settings": {"default_payment_method": "pm_card_visa"},
        })  # fmt: skip
        original = invoices.create({"customer": ada.id, "currency": "usd"})
        world.client.v1.invoice_items.create(
            {"customer": ada.id, "invoice": original.id, "amount": 2000, "currency": "usd"}
        )
        invoices.finalize_invoice(original.id)
        revision = invoices.create({
            "from_invoice": {"invoice": original.id, "action": "revision"}, "auto_advance": True,
        })  # fmt: skip

        assert world.later(HOUR - 5).failed == []
        charge, asked, told = world.gateway.charge, threading.Event(), threading.Event()

        def slowly(order: Any) -> Any:
            asked.set()
            assert told.wait(30)
            return charge(order)

        world.gateway.charge = slowly
        with ThreadPoolExecutor(1) as threads:
            paid = threads.submit(invoices.pay, original.id)
            assert asked.wait(30)
            assert world.later(10).failed == []
            found = invoices.retrieve(revision.id)
            assert (found.status, found.number) == ("draft", None)
            assert found.last_finalization_error is None
            told.set()
            assert paid.result().status == "paid"

        assert world.later(1).failed == []
        found = invoices.retrieve(revision.id)
        assert (found.status, found.auto_advance) == ("draft", True)
        assert "has been paid" in found.last_finalization_error.message
        assert invoices.retrieve(original.id).latest_revision is None
        assert_sound(world.system)


def test_the_credits_of_an_original_stay_used_where_its_revision_stays_a_draft(
    client, server, monkeypatch
):
    life = SpendingLife(client)
    client.v1.tax.settings.update({
        "defaults": {"tax_behavior": "exclusive", "tax_code": "txcd_10000000"},
        "head_office": {"address": {"country": "DE", "line1": "a", "city": "b",
                                    "postal_code": "10115"}},
    })  # fmt: skip
    client.v1.customers.update(life.customer.id, {
        "address": {"country": "DE", "line1": "x", "city": "b", "postal_code": "10115"},
    })  # fmt: skip
    grant = life.grant(1_000)
    subscription = life.subscribe(
        life.usage(3_000), collection_method="send_invoice", days_until_due=30,
        automatic_tax={"enabled": True},
    )  # fmt: skip
    life.advance("2026-02-02")
    original = life.latest(subscription)
    assert (original.status, life.balance(grant)) == ("open", (0, 0))
    revision = life.client.invoices.create({
        "from_invoice": {"invoice": original.id, "action": "revision"}, "auto_advance": True,
    })  # fmt: skip
    assert revision.created == life.now
    with monkeypatch.context() as silent:
        silent.setattr(automatic_tax, "assess_lines", lambda *_, **__: None)
        life.advance("2026-02-02 03:00")
        found = life.client.invoices.retrieve(revision.id)
        assert found.status == "draft"
        assert "did not answer" in found.last_finalization_error.message
    assert life.moves(grant)[1:] == [("credits_applied", 1_000)]
    assert_sound(server.system)

    life.client.invoices.finalize_invoice(revision.id)
    assert life.client.invoices.retrieve(original.id).status == "void"
    assert life.moves(grant)[2:] == [
        ("credits_application_invoice_voided", 1_000), ("credits_applied", 1_000),
    ]
