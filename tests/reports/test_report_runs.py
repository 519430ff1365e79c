from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import stripe

from prorata.engine.reports import runs
from prorata.engine.reports.updated import announce
from prorata.resources.reporting.catalog import OFFERED
from prorata.store.books import all_books
from reports.desk import Desk, at
from servers import running

JANUARY = {"interval_start": at("2026-01-01"), "interval_end": at("2026-02-01")}


@pytest.fixture(scope="module")
def sold(server: Any) -> Desk:
    """Give a desk that sold a month for 31 dollars on 15 January, and gave 10 of them back."""
    desk = Desk(server)
    ada = desk.customer(name="=Ada", email="ada@example.com")
    desk.subscribe(ada, desk.price(3100))
    [charge] = desk.v1.charges.list({"customer": ada}).data
    desk.v1.refunds.create({"charge": charge.id, "amount": 1000, "metadata": {"why": "kind"}})
    return desk


def test_the_balance_is_summed_up(sold: Desk) -> None:
    rows = sold.run("balance.summary.1", **JANUARY)
    assert {row["category"]: row["net_amount"] for row in rows} == {
        "starting_balance": "0.00", "activity": "19.80", "payouts": "0.00",
        "ending_balance": "19.80",
    }  # fmt: skip
    assert rows[0]["description"] == "Starting balance (2026-01-01)"


def test_activity_is_told_by_category_and_one_by_one(sold: Desk) -> None:
    rows = sold.run("balance_change_from_activity.summary.1", **JANUARY)
    assert [(row["reporting_category"], row["gross"]) for row in rows] == [
        ("charge", "31.00"), ("refund", "-10.00"), ("total", "21.00"),
    ]  # fmt: skip
    columns = ["balance_transaction_id", "created", "gross", "net", "customer_name",
               "customer_email", "invoice_id", "subscription_id", "refund_metadata[why]",
               "payment_method_type", "card_brand"]  # fmt: skip
    [charge, refund] = sold.run(
        "balance_change_from_activity.itemized.3", **JANUARY, columns=columns,
        timezone="America/New_York",
    )  # fmt: skip
    assert list(charge) == columns
    assert (charge["created"], charge["card_brand"]) == ("2026-01-14 19:00:00", "visa")
    assert charge["customer_name"] == "'=Ada", "no formula in a table"
    assert charge["invoice_id"].startswith("in_")
    assert charge["subscription_id"].startswith("sub_")
    assert (refund["gross"], refund["refund_metadata[why]"]) == ("-10.00", "kind")
    [one] = sold.run(
        "ending_balance_reconciliation.itemized.4", interval_end=at("2026-02-01"),
        reporting_category="refund",
    )  # fmt: skip
    assert one["net"] == "-10.00"
    assert sold.run("balance_change_from_activity.itemized.1", **JANUARY, currency="eur") == []


def test_debits_and_credits_are_those_of_the_ledger(sold: Desk) -> None:
    rows = sold.run(
        "revenue_recognition.debit_credit_summary.1",
        interval_start=at("2026-01-01"), interval_end=at("2026-01-20"),
    )  # fmt: skip
    found = {(row["debit"], row["credit"]): row["amount"] for row in rows}
    assert found["AccountsReceivable", "DeferredRevenue"] == "31.00"
    assert found["Cash", "AccountsReceivable"] == "29.80"
    assert found["Fees", "AccountsReceivable"] == "1.20"
    assert found["DeferredRevenue", "AccountsReceivable"] == "10.00"
    assert found["DeferredRevenue", "Revenue"] == "3.39"
    lines = sold.run(
        "revenue_recognition.debit_credit_by_invoice_line_item.1",
        interval_start=at("2026-01-01"), interval_end=at("2026-01-20"),
        columns=["debit", "credit", "amount", "invoice_line_item_id", "product_id"],
    )  # fmt: skip
    of_lines = {row["invoice_line_item_id"] for row in lines if row["debit"] == "DeferredRevenue"}
    assert all(each.startswith("il_") for each in of_lines)
    for by in ("price", "product", "customer"):
        parts = sold.run(
            f"revenue_recognition.debit_credit_by_{by}.1",
            interval_start=at("2026-01-01"), interval_end=at("2026-01-20"),
        )  # fmt: skip
        total = sum(float(row["amount"]) for row in parts if row["debit"] == "DeferredRevenue")
        assert round(total, 2) == 13.39


def test_a_run_is_told_and_its_file_is_there(sold: Desk) -> None:
    types = sold.v1.reporting.report_types.list().data
    assert [each.id for each in types] == list(OFFERED)[: len(types)]
    shown = sold.v1.reporting.report_types.retrieve("balance.summary.1")
    assert shown.default_columns == ["category", "description", "net_amount", "currency"]
    sold.run("balance.summary.1", **JANUARY)
    [run] = sold.v1.reporting.report_runs.list({"limit": 1}).data
    assert run.parameters.to_dict() == JANUARY
    kept = sold.v1.files.retrieve(run.result.id)
    assert (kept.purpose, kept.type, kept.size) == ("finance_report_run", "csv", run.result.size)
    [event] = sold.v1.events.list({"type": "reporting.report_run.succeeded", "limit": 1}).data
    assert event.data.object["id"] == run.id


@pytest.mark.parametrize(("report_type", "parameters", "param", "words"), [
    ("payouts.summary.1", JANUARY, "report_type", "no payouts here"),
    ("tax.transactions.itemized.2", JANUARY, "report_type", "/v1/tax/transactions"),
    ("gossip.1", JANUARY, "report_type", "No such report type"),
    ("balance.summary.1", {"interval_start": JANUARY["interval_start"]},
     "parameters[interval_end]", "Missing required param"),
    ("balance.summary.1", {**JANUARY, "connected_account": "acct_1"},
     "parameters[connected_account]", "no connected accounts"),
    ("balance.summary.1", {**JANUARY, "reporting_category": "charge"},
     "parameters[reporting_category]", "doesn't take"),
    ("balance.summary.1", {**JANUARY, "columns": ["colour"]},
     "parameters[columns][0]", "no column colour"),
    ("balance.summary.1", {**JANUARY, "timezone": "Mars/Olympus"},
     "parameters[timezone]", "timezone"),
    ("balance.summary.1", {"interval_start": 1_700_000_001, "interval_end": 1_700_000_000},
     "parameters[interval_start]", "before"),
    ("balance.summary.1", {"interval_start": 5, "interval_end": 1_700_000_000},
     "parameters[interval_start]", "data_available_start"),
])  # fmt: skip
def test_what_cannot_be_run_is_refused_by_name(
    sold: Desk, report_type: str, parameters: Any, param: str, words: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=words.replace("[", r"\[")) as refused:
        sold.v1.reporting.report_runs.create({"report_type": report_type, "parameters": parameters})
    assert (refused.value.http_status, refused.value.param) == (400, param)


def test_a_fault_ends_a_run_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Any:
        raise ZeroDivisionError

    with running(worker=False) as server:
        desk = Desk(server)
        made = desk.v1.reporting.report_runs.create(
            {"report_type": "balance.summary.1", "parameters": JANUARY}
        )
        [(book, id)] = server.system.database.read(runs.waiting)
        assert id == made.id
        with monkeypatch.context() as patch:
            patch.setattr(runs, "rows_of", fail)
            runs.make(server.system, book, id)
        run = desk.v1.reporting.report_runs.retrieve(id)
        assert (run.status, run.result) == ("failed", None)
        assert run.error
        assert server.system.database.read(runs.waiting) == []
        types = [each.type for each in desk.v1.events.list().data]
        assert "reporting.report_run.failed" in types


def test_new_data_is_told_once_a_day_to_who_asks_by_name() -> None:
    updated = "reporting.report_type.updated"
    with running(worker=False) as server:
        desk = Desk(server)
        [book] = server.system.database.read(all_books)
        announce(server.system, book)
        assert desk.v1.events.list({"type": updated}).data == []
        desk.v1.webhook_endpoints.create(
            {"url": "http://127.0.0.1:9/hear", "enabled_events": [updated]}
        )
        for _ in range(2):
            announce(server.system, book)
        told = desk.v1.events.list({"type": updated, "limit": 100}).data
        assert sorted(each.data.object["id"] for each in told) == sorted(OFFERED)


def test_the_command_prints_what_the_api_answers(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/books.db"
    with running(database) as server:
        desk = Desk(server)
        desk.subscribe(desk.customer(name="Ada"), desk.price(3100), trial_period_days=1)
        desk.advance("2026-02-20")
        wanted = desk.get("revenue", interval_start=at("2026-01-01"), format="csv")
    common = ["--database", database, "--test-clock", desk.clock]

    def printed(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "prorata.cli.main", "report", *words, *common],
            capture_output=True, text=True, check=True, timeout=180,
        )  # fmt: skip
        return done.stdout

    assert printed("revenue", "--from", "2026-01", "--format", "csv") == wanted
    assert "Feb 2026" in printed("revenue", "--from", "2026-01", "--by", "customer")
    assert "il_" in printed("revenue", "--open", "2026-02")
    assert "31.00" in printed("mrr", "--from", "2026-01")
