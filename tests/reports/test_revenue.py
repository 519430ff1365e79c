from __future__ import annotations

from typing import Any

import pytest

from reports.desk import Desk, at, every


def test_a_month_from_the_fifteenth_is_earned_in_two(desk: Desk) -> None:
    desk.subscribe(desk.customer(), desk.price(3100))
    [row] = desk.get("revenue", interval_start=at("2026-01-01"))["data"]
    [month] = row["months"]
    assert (month["month"], month["billed"]) == ("2026-01", 3100)
    waterfall = desk.get(
        "waterfall", interval_start=at("2026-01-01"), interval_end=at("2026-04-01")
    )
    [shown] = waterfall["data"]
    january = next(each for each in shown["rows"] if each["booked"] == "2026-01")
    assert (january["months"], january["total"]) == ([1700, 1400, 0], 3100)
    assert shown["total"]["months"] == [1700, 1400, 0]


def test_an_upgrade_earns_both_parts(desk: Desk) -> None:
    desk.advance("2026-04-01")
    sold = desk.subscribe(desk.customer(), desk.price(9000))
    desk.advance("2026-04-21")
    desk.v1.subscriptions.update(sold.id, {
        "items": [{"id": sold["items"].data[0].id, "price": desk.price(12_000)}],
        "proration_behavior": "always_invoice",
    })  # fmt: skip
    desk.advance("2026-05-01")
    assert desk.recognized()["2026-04"] == 10_000


def test_tax_is_never_revenue(desk: Desk) -> None:
    rate = desk.v1.tax_rates.create(
        {"display_name": "VAT", "percentage": 10, "inclusive": False}
    ).id
    inside = desk.v1.tax_rates.create(
        {"display_name": "VAT", "percentage": 10, "inclusive": True}
    ).id
    desk.subscribe(desk.customer(), desk.price(3100), default_tax_rates=[rate])
    desk.subscribe(desk.customer(), desk.price(3300), default_tax_rates=[inside])
    assert desk.months()["2026-01"]["billed"] == 3100 + 3000


def test_usage_is_earned_when_it_is_used(desk: Desk) -> None:
    name = f"calls_{desk.clock[-8:]}"
    meter = desk.v1.billing.meters.create({
        "display_name": "Calls", "event_name": name, "default_aggregation": {"formula": "sum"},
    }).id  # fmt: skip
    price = desk.price(100, recurring={"usage_type": "metered", "meter": meter})
    ada = desk.customer()
    desk.subscribe(ada, price, item={})
    for day, count in (("2026-01-20", 15), ("2026-02-10", 17)):
        desk.advance(day)
        desk.v1.billing.meter_events.create({
            "event_name": name, "timestamp": at(day),
            "payload": {"stripe_customer_id": ada, "value": str(count)},
        })  # fmt: skip
    desk.advance("2026-02-20")
    months = desk.months()
    assert [each["recognized"] for each in months.values()] == [1500, 1700]
    assert [each["deferred"] for each in months.values()] == [-1500, 0]
    assert [each["billed"] for each in months.values()] == [0, 3200]


def quarter(desk: Desk, **params: Any) -> Any:
    """Give an invoice of 90 dollars for January to March, of a customer who pays later."""
    ada = desk.customer(name="=Ada")
    invoice = desk.v1.invoices.create({
        "customer": ada, "currency": "usd", "auto_advance": False,
        "collection_method": "send_invoice", "days_until_due": 90, **params,
    })  # fmt: skip
    desk.v1.invoice_items.create({
        "customer": ada, "invoice": invoice.id, "amount": 9000, "currency": "usd",
        "period": {"start": at("2026-01-01"), "end": at("2026-04-01")},
    })  # fmt: skip
    return desk.v1.invoices.finalize_invoice(invoice.id)


@pytest.fixture
def open_since_january(server: Any) -> tuple[Desk, Any]:
    desk = Desk(server, "2026-01-01")
    return desk, quarter(desk)


def test_a_credit_note_is_divided_by_what_was_earned(open_since_january: tuple[Desk, Any]) -> None:
    desk, invoice = open_since_january
    desk.advance("2026-02-01")
    desk.v1.credit_notes.create({"invoice": invoice.id, "amount": 4500})
    desk.advance("2026-04-02")
    months = desk.months()
    assert months["2026-01"]["recognized"] == 3100
    assert months["2026-02"]["contra"] == -1550
    assert [months[f"2026-0{n}"]["revenue"] for n in (1, 2, 3)] == [3100, 1400, 1550]
    assert months["2026-04"]["deferred"] == 0
    assert sum(each["recognized"] for each in months.values()) == 4500
    found = every(desk, "revenue/entries", month="2026-02", measure="taken_back")
    assert [(each["figure"], each["account"]) for each in found] == [(-4500, "credit_notes")]
    assert found[0]["invoice"] == invoice.id
    assert found[0]["invoice_line_item"] == invoice.lines.data[0].id


def test_a_note_of_one_line_is_of_this_line_before_anything_is_earned(desk: Desk) -> None:
    ada, year = desk.customer(), {"start": at("2026-02-01"), "end": at("2027-02-01")}
    invoice = desk.v1.invoices.create({"customer": ada, "currency": "usd", "auto_advance": False})
    for amount in (3333, 6667):
        desk.v1.invoice_items.create({
            "customer": ada, "invoice": invoice.id, "amount": amount, "currency": "usd",
            "period": year,
        })  # fmt: skip
    first = desk.v1.invoices.finalize_invoice(invoice.id).lines.data[0].id
    desk.v1.credit_notes.create({
        "invoice": invoice.id,
        "lines": [{"type": "invoice_line_item", "invoice_line_item": first, "amount": 1000}],
    })  # fmt: skip
    [taken] = every(desk, "revenue/entries", measure="taken_back")
    assert (taken["invoice_line_item"], taken["figure"]) == (first, -1000)


def test_a_refund_is_counted_by_a_note_before_anything_is_earned(desk: Desk) -> None:
    ada = desk.customer()
    invoice = desk.v1.invoices.create({"customer": ada, "currency": "usd", "auto_advance": False})
    desk.v1.invoice_items.create({
        "customer": ada, "invoice": invoice.id, "amount": 3100, "currency": "usd",
        "period": {"start": at("2026-02-01"), "end": at("2026-03-01")},
    })  # fmt: skip
    desk.v1.invoices.finalize_invoice(invoice.id)
    desk.v1.invoices.pay(invoice.id)
    [charge] = desk.v1.charges.list({"customer": ada}).data
    refund = desk.v1.refunds.create({"charge": charge.id, "amount": 310}).id
    desk.v1.credit_notes.create(
        {"invoice": invoice.id, "amount": 310, "refunds": [{"refund": refund}]}
    )
    january = desk.months()["2026-01"]
    assert (january["taken_back"], january["recognized"]) == (-310, 0)
    assert january["deferred"] == 2790


@pytest.mark.parametrize("loss", ["void_invoice", "mark_uncollectible"])
def test_what_is_lost_is_taken_back(open_since_january: tuple[Desk, Any], loss: str) -> None:
    desk, invoice = open_since_january
    desk.advance("2026-03-01")
    getattr(desk.v1.invoices, loss)(invoice.id)
    desk.advance("2026-04-02")
    months = desk.months()
    assert months["2026-03"]["taken_back"] == -9000
    assert months["2026-03"]["contra"] == -5900
    assert months["2026-03"]["deferred"] == months["2026-03"]["revenue"] == 0
    assert sum(each["recognized"] for each in months.values()) == 0


def test_a_refund_is_taken_back_from_what_it_paid(desk: Desk) -> None:
    ada = desk.customer()
    desk.subscribe(ada, desk.price(3100))
    desk.advance("2026-02-01")
    [charge] = desk.v1.charges.list({"customer": ada}).data
    desk.v1.refunds.create({"charge": charge.id, "amount": 1550})
    desk.advance("2026-02-14")
    assert desk.months()["2026-02"]["contra"] == -850


def test_figures_open_down_to_their_lines(desk: Desk) -> None:
    for name in ("Ada", "Bob", "Cyd"):
        desk.subscribe(desk.customer(name=name), desk.price(3100))
    desk.advance("2026-03-20")
    for measure in ("recognized", "billed", "deferred"):
        found = every(desk, "revenue/entries", month="2026-02", measure=measure)
        assert sum(each["figure"] for each in found) == desk.months()["2026-02"][measure]
        assert len({each["id"] for each in found}) == len(found)
        for each in found:
            invoice = desk.v1.invoices.retrieve(each["invoice"])
            assert each["invoice_line_item"] in {line.id for line in invoice.lines.data}
    cell = every(desk, "revenue/entries", month="2026-02", booked="2026-01")
    assert sum(each["figure"] for each in cell) == 3 * 1400


def test_customers_and_products_make_the_whole(desk: Desk) -> None:
    for amount in (3100, 6200):
        desk.subscribe(desk.customer(name=f"={amount}"), desk.price(amount))
    desk.subscribe(desk.customer(), desk.price(5000, currency="eur"))
    desk.advance("2026-02-20")
    whole = {row["currency"]: row["total"] for row in desk.get("revenue")["data"]}
    assert whole.keys() == {"eur", "usd"}, "currencies are never summed"
    for group in ("customer", "product"):
        rows = desk.get("revenue", group_by=group)["data"]
        for currency, total in whole.items():
            mine = [row["total"] for row in rows if row["currency"] == currency]
            for name in ("billed", "recognized", "deferred"):
                assert sum(each[name] for each in mine) == total[name]
    first = desk.get("revenue", group_by="customer", limit=1)
    assert first["has_more"]
    after = first["data"][-1]["customer"]
    rest = desk.get("revenue", group_by="customer", after=after)["data"]
    assert len(rest) == 2
    lines = desk.get("revenue", group_by="customer", format="csv").splitlines()
    assert lines[0].startswith("currency,customer,product,name,month,billed")
    assert any(",'=3100,2026-01,31.00," in line for line in lines), "no formula in a table"


def test_what_is_taken_back_opens_to_the_documents_that_did_it(desk: Desk) -> None:
    card = "pm_card_createDispute"
    disputed = desk.customer(
        payment_method=card, invoice_settings={"default_payment_method": card}
    )
    failing = desk.customer(
        payment_method="pm_card_refundFail",
        invoice_settings={"default_payment_method": "pm_card_refundFail"},
    )
    ada, price = desk.customer(), desk.price(3100)
    for customer in (ada, disputed, failing):
        desk.subscribe(customer, price)
    [charge] = desk.v1.charges.list({"customer": ada}).data
    refunds = [
        desk.v1.refunds.create({"charge": charge.id, "amount": amount}).id for amount in (310, 620)
    ]
    [invoice] = desk.v1.invoices.list({"customer": ada}).data
    note = desk.v1.credit_notes.create({"invoice": invoice.id, "amount": 31, "credit_amount": 31})
    [charge] = desk.v1.charges.list({"customer": failing}).data
    failed = desk.v1.refunds.create({"charge": charge.id, "amount": 100}).id
    [invoice] = desk.v1.invoices.list({"customer": failing}).data
    refunding = desk.v1.credit_notes.create(
        {"invoice": invoice.id, "amount": 200, "refund_amount": 200}
    )
    desk.advance("2026-01-20")
    [charge] = desk.v1.charges.list({"customer": disputed}).data
    [dispute] = desk.v1.disputes.list({"charge": charge.id}).data
    found = every(desk, "revenue/entries", measure="taken_back")
    assert {(each["document_type"], each["document"], each["figure"]) for each in found} == {
        ("refund", refunds[0], -310), ("refund", refunds[1], -620), ("credit_note", note.id, -31),
        ("dispute", dispute.id, -3100), ("refund", failed, -100), ("refund", failed, 100),
        ("credit_note", refunding.id, -200), ("refund", refunding.refunds[0].refund, 200),
    }  # fmt: skip
    assert all(each["invoice"] and each["invoice_line_item"] for each in found)


def test_charges_without_an_invoice_are_revenue_at_once(desk: Desk) -> None:
    paid = desk.v1.payment_intents.create({
        "amount": 700, "currency": "usd", "customer": desk.customer(), "confirm": True,
        "payment_method": "pm_card_visa", "off_session": True,
    })  # fmt: skip
    assert desk.recognized() == {"2026-01": 700}
    desk.v1.refunds.create({"payment_intent": paid.id, "amount": 200})
    [refund] = every(desk, "revenue/entries", measure="taken_back")
    assert (refund["document_type"], refund["figure"]) == ("refund", -200)
    assert desk.recognized(group_by="customer") == {"2026-01": 500}


def test_months_are_those_of_a_time_zone(server: Any) -> None:
    desk = Desk(server, "2026-02-01")
    ada = desk.customer()
    desk.v1.payment_intents.create({
        "amount": 700, "currency": "usd", "customer": ada, "confirm": True,
        "payment_method": "pm_card_visa", "off_session": True,
    })  # fmt: skip
    there = desk.recognized(timezone="America/New_York")
    assert there["2026-01"] == 700
    assert desk.recognized() == {"2026-01": 0, "2026-02": 700}


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"interval_start": 10, "interval_end": 5}, "interval_start"),
        ({"interval_start": 5, "interval_end": 1_900_000_000}, "interval_start"),
        ({"currency": "xxx"}, "currency"),
        ({"test_clock": "clock_none"}, "test_clock"),
        ({"group_by": "colour"}, "group_by"),
        ({"interval_end": 10**17}, "interval_end"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(
    desk: Desk, params: dict[str, Any], param: str
) -> None:
    answer = desk.ask("revenue", **params)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
