"""The balance: money arrives, waits, and can be used; the ledger agrees with it."""

import pytest
import stripe

from prorata.engine.advance import run_due
from prorata.store.books import all_books
from servers import running

START = 1_700_000_000
WEEK = 7 * 86_400


@pytest.fixture
def alone():
    """Give a server of its own whose clock stands still, and its client."""
    with running(worker=False, now=START) as server:
        yield server, stripe.StripeClient(server.secret_key, base_addresses={"api": server.url})


def pay(client, method="pm_card_visa", amount=2000, **params):
    return client.v1.payment_intents.create({
        "amount": amount, "currency": "usd", "payment_method": method, "confirm": True, **params,
    })


def amounts(client):
    balance = client.v1.balance.retrieve()
    return (
        {each.currency: each.amount for each in balance.available},
        {each.currency: each.amount for each in balance.pending},
    )


def ledger(server):
    """Return the balance of each account of the ledger."""
    rows = server.system.database.read(
        lambda connection: connection.query(
            "SELECT account, SUM(amount) FROM ledger GROUP BY account"
        )
    )
    return {account: int(total) for account, total in rows if total}


def test_an_empty_balance_has_the_default_currency(alone):
    assert amounts(alone[1]) == ({"usd": 0}, {"usd": 0})


def test_money_is_pending_for_some_days(alone):
    server, client = alone
    pay(client)
    pay(client, "pm_card_bypassPending")
    assert amounts(client) == ({"usd": 1912}, {"usd": 1912})

    server.system.clock.move_to(START + WEEK)
    run_due(server.system, START + WEEK)

    assert amounts(client) == ({"usd": 3824}, {"usd": 0})
    statuses = [each.status for each in client.v1.balance_transactions.list({}).data]
    assert statuses == ["available", "available"]
    event = client.v1.events.list({"type": "balance.available"}).data[0]
    assert [each.amount for each in event.data.object.available] == [3824]


def test_movements_are_listed_by_type_and_source(alone):
    client = alone[1]
    charge = pay(client).latest_charge
    refund = client.v1.refunds.create({"charge": charge, "amount": 300})

    def found(**params):
        return [each.amount for each in client.v1.balance_transactions.list(params).data]

    assert found() == [-300, 2000]
    assert found(type="refund") == [-300]
    assert found(source=charge) == [2000]
    assert found(source=refund.id) == [-300]
    assert found(currency="eur") == []


def test_the_ledger_balances_whatever_happens(alone):
    server, client = alone
    book = server.system.database.read(all_books)[0]
    assert book.account
    paid = pay(client)
    client.v1.refunds.create({"payment_intent": paid.id, "amount": 500})
    client.v1.payment_intents.capture(
        pay(client, capture_method="manual").id, {"amount_to_capture": 1500}
    )
    client.v1.payment_intents.cancel(pay(client, capture_method="manual").id)
    pay(client, "pm_card_createDispute")
    won = pay(client, "pm_card_createDisputeProductNotReceived")
    dispute = client.v1.disputes.list({"payment_intent": won.id}).data[0]
    client.v1.disputes.update(
        dispute.id, {"evidence": {"uncategorized_text": "winning_evidence"}}
    )

    found = ledger(server)
    assert sum(found.values()) == 0
    assert found["revenue"] == -(2000 + 1500 + 2000 + 2000)
    assert (found["refunds"], found["disputes"]) == (500, 2000)
    available, pending = amounts(client)
    assert found["cash"] == available["usd"] + pending["usd"]


def test_money_without_a_wait_is_told_at_once(alone):
    client = alone[1]
    pay(client, "pm_card_bypassPending")
    event = client.v1.events.list({"type": "balance.available"}).data[0]
    assert [each.amount for each in event.data.object.available] == [1912]
