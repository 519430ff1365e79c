"""Closed months: their figures stay, and what comes later for them is told where it is booked."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from prorata.engine.doctor import examine
from reports.desk import Desk, at, every
from servers import running

PERIODS = "/v1/prorata/accounting_periods"


class Books(Desk):
    """A desk whose months are closed."""

    def send(self, path: str, **params: Any) -> requests.Response:
        return requests.post(
            f"{self._server.url}{path}", data=params, auth=(self._server.secret_key, ""), timeout=60
        )

    def close(self, month: str, **params: Any) -> dict[str, Any]:
        """Close a month of this desk's clock and wait for its figures."""
        answer = self.send(PERIODS, month=month, test_clock=self.clock, **params)
        assert answer.status_code == 200, answer.text
        period: dict[str, Any] = answer.json()
        while period["status"] == "closing":
            time.sleep(0.02)
            period = requests.get(
                f"{self._server.url}{PERIODS}/{period['id']}",
                auth=(self._server.secret_key, ""), timeout=60,
            ).json()  # fmt: skip
        assert period["status"] == "closed"
        return period

    def reopen(self, period: dict[str, Any]) -> None:
        answer = self.send(f"{PERIODS}/{period['id']}/reopen")
        assert answer.json().get("status") == "reopened", answer.text

    def listed(self, **params: Any) -> list[dict[str, Any]]:
        """Return this desk's periods, the newest first."""
        answer = requests.get(
            f"{self._server.url}{PERIODS}", params={"test_clock": self.clock, **params},
            auth=(self._server.secret_key, ""), timeout=60,
        )  # fmt: skip
        found: list[dict[str, Any]] = answer.json()["data"]
        return found

    def pay(self, customer: str, amount: int) -> str:
        """Take a payment that no invoice asks for, in cents."""
        return self.v1.payment_intents.create({
            "amount": amount, "currency": "usd", "customer": customer, "confirm": True,
            "payment_method": "pm_card_visa", "off_session": True,
        }).id  # fmt: skip

    def meter(self) -> tuple[str, str]:
        """Return what events of a new meter are called, and a price of a dollar for each."""
        name = f"calls_{self.clock[-8:]}"
        meter = self.v1.billing.meters.create({
            "display_name": "Calls", "event_name": name, "default_aggregation": {"formula": "sum"},
        }).id  # fmt: skip
        return name, self.price(100, recurring={"usage_type": "metered", "meter": meter})

    def use(self, name: str, customer: str, day: str, count: int) -> None:
        self.v1.billing.meter_events.create({
            "event_name": name, "timestamp": at(day),
            "payload": {"stripe_customer_id": customer, "value": str(count)},
        })  # fmt: skip


@pytest.fixture
def books(server: Any) -> Books:
    return Books(server)


def test_usage_billed_after_its_month_was_closed_is_earned_in_the_open_one(books: Books) -> None:
    name, price = books.meter()
    ada = books.customer()
    books.subscribe(ada, price, item={})
    books.advance("2026-01-20")
    books.use(name, ada, "2026-01-20", 15)
    books.advance("2026-02-05")
    january = books.close("2026-01")
    assert january["figures"] == [], "nothing was billed yet"
    books.advance("2026-02-10")
    books.use(name, ada, "2026-02-10", 17)
    books.advance("2026-02-20")
    months = books.months()
    assert (months["2026-01"]["closed"], months["2026-02"]["closed"]) == (True, False)
    assert [each["recognized"] for each in months.values()] == [0, 3200]
    assert [each["corrections"] for each in months.values()] == [0, 1500]
    assert [each["deferred"] for each in months.values()] == [0, 0]
    [entry] = every(books, "revenue/entries", month="2026-02")
    assert (entry["figure"], entry["correction"]) == (3200, 1500)
    booked = [
        (row["accounting_period"], row["open_accounting_period"], row["amount"])
        for row in books.run(
            "revenue_recognition.debit_credit_by_product.1",
            interval_start=at("2026-01-01"), interval_end=at("2026-03-01"),
        )
        if row["product_id"] == books.product and row["credit"] == "Revenue"
    ]  # fmt: skip
    assert booked == [("", "2026-02", "17.00"), ("2026-01", "2026-02", "15.00")]
    # Opened again, it has what belongs there.
    books.reopen(january)
    months = books.months()
    assert [each["recognized"] for each in months.values()] == [1500, 1700]
    assert not any(each["closed"] or each["corrections"] for each in months.values())
    again = books.close("2026-01")
    assert [each["recognized"] for each in again["figures"]] == [1500]
    assert books.recognized() == {"2026-01": 1500, "2026-02": 1700}


def test_usage_that_arrives_late_changes_no_closed_month(books: Books) -> None:
    name, price = books.meter()
    ada = books.customer()
    books.subscribe(ada, price, item={})
    books.advance("2026-01-20")
    books.use(name, ada, "2026-01-20", 15)
    books.advance("2026-02-10")
    books.use(name, ada, "2026-02-10", 15)
    books.advance("2026-02-20")
    assert books.recognized() == {"2026-01": 1500, "2026-02": 1500}
    [figures] = books.close("2026-01")["figures"]
    assert (figures["recognized"], figures["deferred"]) == (1500, -1500)
    # The invoice is final: of its 30.00, half was used in January as far as was known then.
    books.use(name, ada, "2026-01-25", 30)
    assert books.recognized() == {"2026-01": 1500, "2026-02": 1500}
    assert books.months(timezone="Europe/Vienna")["2026-02"]["closed"] is False


def test_what_is_taken_back_is_told_to_belong_to_closed_months(books: Books) -> None:
    ada = books.customer()
    books.subscribe(ada, books.price(3100))
    books.advance("2026-02-01")
    [figures] = books.close("2026-01")["figures"]
    assert (figures["billed"], figures["recognized"], figures["deferred"]) == (3100, 1700, 1400)
    [charge] = books.v1.charges.list({"customer": ada}).data
    books.advance("2026-02-08")
    books.v1.refunds.create({"charge": charge.id, "amount": 1550})
    months = books.months(interval_end=at("2026-02-14"))
    assert months["2026-01"]["recognized"] == 1700
    # Of the 15.50, 24 of 31 days are earned: 17 of them in January.
    assert (months["2026-02"]["contra"], months["2026-02"]["corrections"]) == (-1200, -850)
    [entry] = every(books, "revenue/entries", month="2026-02", measure="taken_back")
    assert (entry["figure"], entry["correction"]) == (-1550, -850)
    lines = books.get("revenue", interval_start=at("2026-01-01"), format="csv").splitlines()
    assert lines[0].endswith(",deferred,corrections,closed")
    assert lines[1].endswith(",17.00,14.00,0.00,true") and lines[2].endswith(",-8.50,false")


def test_a_correction_is_told_in_its_month_alone(books: Books) -> None:
    ada = books.customer()
    books.subscribe(ada, books.price(9000, recurring={"interval_count": 3}))
    books.advance("2026-02-01")
    books.close("2026-01")
    [charge] = books.v1.charges.list({"customer": ada}).data
    books.advance("2026-02-08")
    books.v1.refunds.create({"charge": charge.id, "amount": 900})
    books.advance("2026-04-10")
    months = books.months()
    assert [each["corrections"] for each in months.values()] == [0, -170, 0, 0]
    for name, month in months.items():
        opened = every(books, "revenue/entries", month=name)
        assert sum(each["correction"] for each in opened) == month["corrections"]


def test_a_void_of_what_had_no_period_is_a_correction_too(books: Books) -> None:
    ada = books.customer()
    invoice = books.v1.invoices.create({
        "customer": ada, "currency": "usd", "auto_advance": False,
        "collection_method": "send_invoice", "days_until_due": 90,
    })  # fmt: skip
    books.v1.invoice_items.create(
        {"customer": ada, "invoice": invoice.id, "amount": 900, "currency": "usd"}
    )
    books.v1.invoices.finalize_invoice(invoice.id)
    books.advance("2026-02-03")
    books.close("2026-01")
    books.v1.invoices.void_invoice(invoice.id)
    assert [(each["recognized"], each["corrections"]) for each in books.months().values()] == [
        (900, 0), (-900, -900),
    ]  # fmt: skip


def test_a_refund_of_a_payment_without_invoice_belongs_to_the_month_of_the_payment(
    books: Books,
) -> None:
    ada = books.customer()
    old = books.pay(ada, 900)
    books.advance("2026-02-03")
    books.close("2026-01")
    new = books.pay(ada, 500)
    for intent, amount in ((old, 300), (new, 200)):
        books.v1.refunds.create({"payment_intent": intent, "amount": amount})
    months = books.months()
    assert [each["recognized"] for each in months.values()] == [900, 0]
    assert [each["corrections"] for each in months.values()] == [0, -300]


@pytest.mark.parametrize(("paid_early", "corrections"), [(True, -900), (False, 0)])
def test_a_payment_counted_for_an_invoice_belongs_to_the_month_in_which_it_was_made(
    books: Books, paid_early: bool, corrections: int
) -> None:
    """Whenever the invoice was finalized; and no product has a share in it."""
    ada = books.customer()
    invoice = books.v1.invoices.create({
        "customer": ada, "currency": "usd", "auto_advance": False,
        "collection_method": "send_invoice", "days_until_due": 90,
    })  # fmt: skip
    books.v1.invoice_items.create({
        "customer": ada, "invoice": invoice.id, "quantity": 1,
        "price_data": {"currency": "usd", "product": books.product, "unit_amount": 900},
    })  # fmt: skip
    if not paid_early:
        books.v1.invoices.finalize_invoice(invoice.id)
    made = [books.pay(ada, 900)] if paid_early else []
    books.advance("2026-02-03")
    books.close("2026-01")
    if paid_early:
        books.v1.invoices.finalize_invoice(invoice.id)
    else:
        made = [books.pay(ada, 900)]
    books.v1.invoices.attach_payment(invoice.id, {"payment_intent": made[0]})
    months = books.months()
    assert sum(each["recognized"] for each in months.values()) == 900
    assert [each["corrections"] for each in months.values()] == [0, corrections]
    rows = books.get("revenue", interval_start=at("2026-01-01"), group_by="product")["data"]
    assert sum(row["total"]["corrections"] for row in rows) == corrections
    assert {row["product"]: row["total"]["recognized"] for row in rows}[books.product] == 900


def test_months_are_closed_in_their_order_and_opened_from_the_last(books: Books) -> None:
    books.subscribe(books.customer(), books.price(3100))
    books.advance("2026-04-02")
    books.close("2026-02")
    found = [each["month"] for each in books.listed()]
    assert found == ["2026-02", "2026-01"]
    march = books.close("2026-03", timezone="Etc/UTC")
    february = books.listed()[1]
    books.reopen(february)
    assert [each["month"] for each in books.listed(status="closed")] == ["2026-01"]
    assert books.send(f"{PERIODS}/{march['id']}/reopen").status_code == 400


@pytest.mark.parametrize(
    ("params", "param", "said"),
    [
        ({"month": "2026-13"}, "month", "Invalid month"),
        ({"month": "2026-01"}, "month", "is not over yet"),
        ({"month": "2025-11"}, "month", "is closed already"),
        ({"month": "2026-01", "timezone": "Europe/Vienna"}, "timezone", "are closed in Etc/UTC"),
        ({"month": "2026-01", "timezone": "Mars/Olympus"}, "timezone",
         "Unknown time zone 'Mars/Olympus'"),
        ({"month": "2026-01", "test_clock": "clock_none"}, "test_clock", "No such test clock"),
    ],
)
def test_what_cannot_be_closed_is_refused(
    books: Books, params: dict[str, str], param: str, said: str
) -> None:
    books.close("2025-12")
    answer = books.send(PERIODS, **{"test_clock": books.clock, **params})
    error = answer.json()["error"]
    assert (answer.status_code, error["param"]) == (400, param)
    assert said in error["message"]


def test_the_doctor_names_a_closed_month_that_changed(store: str) -> None:
    with running() as server:
        books = Books(server)
        books.subscribe(books.customer(), books.price(3100))
        books.advance("2026-02-01")
        january = books.close("2026-01")
        server.system.database.write(
            lambda connection: connection.run(
                "UPDATE ledger SET posted_at = posted_at - 86400 * 16"
            )
        )
        found = [each.findings for each in examine(server.system) if "closed month" in each.name]
        assert [each.id for each in found[0]] == [january["id"]]
        assert "2026-01 came to" in found[0][0].problem


def test_the_command_closes_and_reopens(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/books.db"
    with running(database) as server:
        books = Books(server)
        books.subscribe(books.customer(), books.price(3100))
        books.advance("2026-03-01")

    def printed(*words: str, good: bool = True) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "prorata.cli.main", "report", *words, "--database", database,
             "--test-clock", books.clock],
            capture_output=True, text=True, timeout=180,
        )  # fmt: skip
        assert (done.returncode == 0) == good, done.stderr
        return done.stdout + done.stderr

    assert "17.00" in printed("close", "2026-01")
    assert "is not over yet" in printed("close", "2026-03", good=False)
    [january] = json.loads(printed("periods", "--format", "json"))
    assert (january["month"], january["status"]) == ("2026-01", "closed")
    assert "closed" in printed("revenue", "--from", "2026-01")
    assert "No month is closed" in printed("reopen", "2026-01")
