"""Reported refunds: what was given back of payments made elsewhere, counted by credit notes."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
import stripe

from acceptance.till import DAY, Till, refused
from prorata.engine.doctor import examine

WHEN = 1_760_000_000


@pytest.fixture
def till(client):
    return Till(client)


@pytest.fixture
def elsewhere(client):
    """Give a way to pay an open invoice by a payment that was made elsewhere."""

    def pay(invoice: Any, value: int) -> str:
        record = client.v1.payment_records.report_payment({
            "amount_requested": {"currency": "usd", "value": value}, "initiated_at": WHEN,
            "payment_method_details": {"type": "custom", "custom": {"display_name": "Wire"}},
            "outcome": "guaranteed", "guaranteed": {"guaranteed_at": WHEN},
        }).id  # fmt: skip
        client.v1.invoices.attach_payment(invoice.id, {"payment_record": record})
        return record

    return pay


@pytest.fixture
def give_back(client):
    def report(record: str, value: int, reference: str) -> Any:
        return client.v1.payment_records.report_refund(record, {
            "amount": {"currency": "usd", "value": value}, "outcome": "refunded",
            "refunded": {"refunded_at": WHEN},
            "processor_details": {"type": "custom", "custom": {"refund_reference": reference}},
        })  # fmt: skip

    return report


@pytest.fixture
def credit(client):
    def make(invoice: Any, **params: Any) -> Any:
        return client.v1.credit_notes.create({"invoice": invoice.id, **params})

    return make


def of(record: str, group: str, amount: int | None = None, **params: Any) -> dict[str, Any]:
    named: dict[str, Any] = {
        "type": "payment_record_refund",
        "payment_record_refund": {"payment_record": record, "refund_group": group},
        **params,
    }
    return named if amount is None else named | {"amount_refunded": amount}


def cash_of(server: Any, invoice: Any) -> int:
    [(cash,)] = server.system.database.read(
        lambda connection: connection.query(
            "SELECT SUM(amount) FROM ledger WHERE account = 'cash' AND object_id = ?",
            (invoice.id,),
        )
    )
    return cash


def books(server: Any, till: Till) -> dict[str, int]:
    """Return what a customer's books come to, but for fees."""
    booked = server.system.database.read(
        lambda connection: connection.query(
            "SELECT account, SUM(amount) FROM ledger WHERE customer = ? GROUP BY account",
            (till.customer,),
        )
    )
    return {account: int(amount) for account, amount in booked if amount and account != "fees"}


def test_a_note_counts_a_reported_refund(server, client, till, elsewhere, give_back, credit):
    invoice = till.open(1000)
    record = elsewhere(invoice, 1000)
    give_back(record, 400, "wire-8")
    wanted = {"amount": 400, "refunds": [of(record, "wire-8")]}
    preview = client.v1.credit_notes.preview({"invoice": invoice.id, **wanted})

    note = credit(invoice, **wanted)

    assert (note.total, note.post_payment_amount, note.out_of_band_amount) == (400, 400, None)
    [refund] = note.refunds
    assert (refund.type, refund.amount_refunded, refund.refund) == (
        "payment_record_refund", 400, "wire-8",
    )  # fmt: skip
    named = refund.payment_record_refund
    assert (named.payment_record, named.refund_group) == (record, "wire-8")
    assert preview.refunds == note.refunds
    shown = client.v1.credit_notes.retrieve(note.id, {"expand": ["refunds.refund"]})
    assert shown.refunds[0].refund == "wire-8"
    assert cash_of(server, invoice) == 600
    assert till.read(invoice).post_payment_credit_notes_amount == 400
    status, _, param, message = refused(credit, invoice, amount=1, refunds=[of(record, "wire-8")])
    assert (status, param) == (400, "refunds[0][amount_refunded]") and "0 of it" in message


def test_a_refund_may_be_counted_in_parts_and_beside_other_ways(
    client, till, elsewhere, give_back, credit
):
    invoice = till.open(1000)
    record = elsewhere(invoice, 600)
    client.v1.invoices.pay(invoice.id)
    give_back(record, 500, "parts")
    [charge] = client.v1.charges.list({"customer": till.customer}).data
    made = client.v1.refunds.create({"charge": charge.id, "amount": 100})

    first = credit(invoice, amount=300, refunds=[of(record, "parts", 200), {"refund": made.id}])
    rest = credit(
        invoice, amount=500, refund_amount=100, credit_amount=50, out_of_band_amount=50,
        refunds=[of(record, "parts", 300)],
    )  # fmt: skip

    assert [(each.type, each.amount_refunded) for each in first.refunds] == [
        ("refund", 100), ("payment_record_refund", 200),
    ]  # fmt: skip
    assert [(each.type, each.amount_refunded) for each in rest.refunds] == [
        ("payment_record_refund", 300), ("refund", 100),
    ]  # fmt: skip
    assert (till.balance, rest.out_of_band_amount) == (-50, 50)
    assert till.read(invoice).post_payment_credit_notes_amount == 800


def test_what_a_note_can_not_count_is_refused(client, till, elsewhere, give_back, credit):
    invoice = till.open(1000)
    record = elsewhere(invoice, 1000)
    give_back(record, 400, "a")
    other = elsewhere(till.open(700), 700)
    taken = "processor_details[custom][refund_reference]"
    assert refused(give_back, other, 400, "a")[2] == taken
    give_back(other, 400, "other a")
    name = "refunds[0][payment_record_refund]"
    missing = {"type": "payment_record_refund"}
    for entry, param in (
        (of(record, "b"), f"{name}[refund_group]"),
        (of(other, "other a"), f"{name}[payment_record]"),
        (of("pr_none", "a"), f"{name}[payment_record]"),
        (of(record, "a", 401), "refunds[0][amount_refunded]"),
        (of(record, "a", refund="re_1"), "refunds[0][refund]"),
        (missing, name),
        (of(record, "a", type="refund"), "refunds[0][type]"),
        ({"refund": "re_none"}, "refunds[0][refund]"),
    ):
        assert refused(credit, invoice, amount=400, refunds=[entry])[2] == param, entry
    twice = [of(record, "a", 300), of(record, "a", 300)]
    assert refused(credit, invoice, amount=600, refunds=twice)[2] == "refunds[1][amount_refunded]"
    # Neither is the credit that it makes up for less, nor more, than was given back.
    assert refused(credit, invoice, amount=500, refunds=[of(record, "a")])[0] == 400
    assert refused(give_back, record, 100, "a")[2] == taken
    # What was reported is not credited a second time, by whatever way.
    assert refused(credit, invoice, credit_amount=601)[2] == "amount"
    assert credit(invoice, amount=1000, refunds=[of(record, "a")], credit_amount=600).total == 1000


def test_what_a_note_gave_outside_and_what_is_reported_of_it_are_the_same_money(
    server, client, till, elsewhere, give_back, credit
):
    invoice = till.open(1000)
    first, second = elsewhere(invoice, 300), elsewhere(invoice, 700)
    credit(invoice, amount=400, out_of_band_amount=400)
    assert cash_of(server, invoice) == 600

    give_back(first, 300, "out 1")
    assert cash_of(server, invoice) == 600
    # The rest of it, and 50 of which no note tells yet.
    give_back(second, 150, "out 2")
    assert cash_of(server, invoice) == 550

    counted = refused(credit, invoice, amount=300, refunds=[of(first, "out 1")])
    assert counted[2] == "refunds[0][amount_refunded]" and "0 of it" in counted[3]
    credit(invoice, amount=50, refunds=[of(second, "out 2", 50)])
    credit(invoice, amount=550, out_of_band_amount=550)
    assert cash_of(server, invoice) == 0
    assert books(server, till) == {"revenue": -1000, "credit_notes": 1000}
    assert [each for each in examine(server.system) if each.findings] == []


def test_a_refund_that_fails_after_a_note_has_counted_it_takes_the_credit_out_of_the_books(
    server, client, credit
):
    till = Till(client, on="2026-01-01", card="pm_card_refundFail")
    invoice = till.paid(2000)
    [charge] = client.v1.charges.list({"customer": till.customer}).data
    made = client.v1.refunds.create({"charge": charge.id, "amount": 700})
    credit(invoice, amount=300, refunds=[{"refund": made.id, "amount_refunded": 300}])

    till.advance(DAY)

    assert client.v1.refunds.retrieve(made.id).status == "failed"
    left = books(server, till)
    assert left.keys() == {"cash", "revenue"} and left["revenue"] == -2000
    assert client.v1.refunds.create({"charge": charge.id}).amount == 2000


@pytest.mark.parametrize("seed", range(4))
def test_however_it_is_counted_no_more_goes_back_than_was_paid(
    server, client, till, elsewhere, give_back, credit, seed
):
    source = Random(seed)
    invoice = till.open(3000)
    record = elsewhere(invoice, 1800)
    client.v1.invoices.pay(invoice.id)
    [charge] = client.v1.charges.list({"customer": till.customer}).data
    groups: list[str] = []
    for turn in range(14):
        amount = source.randrange(1, 700)
        group = source.choice(groups) if groups else "none"
        ways: list[tuple[Any, ...]] = [
            (credit, {"amount": amount, "refunds": [of(record, group, amount)]}),
            (credit, {"out_of_band_amount": amount}),
            (credit, {"refund_amount": amount}),
            (credit, {"credit_amount": amount}),
        ]
        try:
            if turn % 4 == 0:
                give_back(record, amount, f"g{seed} {turn}")
                groups.append(f"g{seed} {turn}")
            elif turn % 4 == 1:
                client.v1.refunds.create({"charge": charge.id, "amount": amount})
            else:
                call, params = source.choice(ways)
                call(invoice, **params)
        except stripe.InvalidRequestError:
            continue
    notes = client.v1.credit_notes.list({"invoice": invoice.id, "limit": 100}).data
    counted = [each for note in notes for each in note.refunds if each.type != "refund"]
    back = client.v1.payment_records.retrieve(record).amount_refunded.value
    assert sum(each.amount_refunded for each in counted) <= back <= 1800
    # A report is a fact, whatever it comes to; what is given back here stays within what was paid.
    refunded = client.v1.charges.retrieve(charge.id).amount_refunded
    uncounted = refunded - sum(
        each.amount_refunded for note in notes for each in note.refunds if each.type == "refund"
    )
    assert uncounted >= 0 and sum(note.total for note in notes) + uncounted <= 3000
    assert [each for each in examine(server.system) if each.findings] == []


def test_the_doctor_finds_a_reference_that_others_could_have(
    server, till, elsewhere, give_back
):
    def mark(deleted: int) -> list[str]:
        server.system.database.write(lambda connection: connection.run(
            "UPDATE doc_prorata_refund_reference SET deleted = ? WHERE reference = 'lost'",
            (deleted,),
        ))  # fmt: skip
        return [each.problem for check in examine(server.system) for each in check.findings]

    give_back(elsewhere(till.open(1800), 1800), 100, "lost")
    assert mark(1) == ["'lost' is free for others"]
    assert mark(0) == []
