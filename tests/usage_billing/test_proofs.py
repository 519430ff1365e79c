"""The doctor finds usage that was billed twice, not at all, or otherwise than is remembered."""

from __future__ import annotations

import json
from typing import Any

import pytest
import stripe

from prorata.engine.doctor import examine
from servers import running
from usage_billing.metering import MeteredLife

TIME = "All time of every metered item is billed once, or free for a reason that has a name"
EVENTS = "Every usage event has an identifier of its own and a customer"
ORIGIN = "What is remembered of usage is of its subscription, its price and its invoices"
REMEMBERED = "All usage that an invoice bills is remembered"
BILLED = "What invoices bill of usage is what is remembered of it"


@pytest.fixture(scope="module")
def spoiled() -> Any:
    """Give a server whose books hold three billed periods of one item."""
    with running("sqlite://") as server:
        life = MeteredLife(
            stripe.StripeClient(server.secret_key, base_addresses={"api": server.url}))
        calls = life.meter()
        life.subscribe(calls.price)
        for month in ("02", "03", "04"):
            calls.use(3)
            life.advance(f"2026-{month}-01 02:00")
        yield server


def found(server: Any, sentence: str) -> list[str]:
    [check] = [each for each in examine(server.system) if each.name == sentence]
    assert check.looked_at
    return [each.problem for each in check.findings]


def spoil(server: Any, place: int, change: Any) -> Any:
    """Change a usage billing behind the books' back; return what brings it back."""

    def work(connection: Any) -> tuple[str, str]:
        rows = connection.query("SELECT id, document FROM doc_prorata_usage_billing ORDER BY id")
        id, text = rows[place]
        form = json.loads(text)
        change(form)
        connection.run(
            "UPDATE doc_prorata_usage_billing SET document = ? WHERE id = ?",
            (json.dumps(form), id))
        return id, text

    id, text = server.system.database.write(work)
    return lambda: server.system.database.write(lambda connection: connection.run(
        "UPDATE doc_prorata_usage_billing SET document = ? WHERE id = ?", (text, id)))


@pytest.mark.parametrize(("place", "change", "sentence", "says"), [
    (1, lambda form: form["period"].update(start=form["period"]["start"] - 60), TIME, "twice"),
    (1, lambda form: form["period"].update(end=form["period"]["end"] - 60), TIME, "not at all"),
    (2, lambda form: form["period"].update(end=form["period"]["end"] - 60), TIME,
     "is billed next from"),
    (0, lambda form: form.update(quantity="4"), BILLED, "its parts make 3"),
    (0, lambda form: form["billed"][0].update(quantity="2"), BILLED, "is remembered"),
    (0, lambda form: form["billed"][0].update(amount=299), BILLED, "is remembered"),
    (0, lambda form: form.update(outcome="trial"), BILLED, "is free (trial)"),
    (0, lambda form: form.update(outcome="trial"), ORIGIN, "is trial, and in_"),
    (0, lambda form: form.update(subscription="sub_other"), ORIGIN, "is of sub_other, and there"),
    (0, lambda form: form.update(price="price_other"), ORIGIN, "has the price price_other"),
    (0, lambda form: form.update(meter="mtr_other"), ORIGIN, "is counted by mtr_other"),
    (0, lambda form: form.update(currency="eur"), ORIGIN, "is of eur, its subscription of usd"),
    (0, lambda form: form.update(subscription_item="si_other"), ORIGIN, "is of si_other"),
])
def test_the_doctor_finds(spoiled, place, change, sentence, says):
    assert found(spoiled, sentence) == []
    restore = spoil(spoiled, place, change)
    [problem] = found(spoiled, sentence)
    assert says in problem
    restore()
    assert found(spoiled, sentence) == []


def test_the_doctor_finds_usage_that_is_gone(spoiled):
    def lose(connection: Any) -> None:
        [event, *_] = connection.query("SELECT series, timestamp, number FROM usage_fresh")
        connection.run(
            "DELETE FROM usage_fresh WHERE series = ? AND timestamp = ? AND number = ?", event
        )

    assert found(spoiled, EVENTS) == []
    spoiled.system.database.write(lose)
    [problem] = found(spoiled, EVENTS)
    assert "its identifier is known, and it is gone" in problem


@pytest.mark.parametrize(("column", "id"), [("customer", "cus_other"), ("meter", "mtr_other")])
def test_the_doctor_finds_usage_of_nobody(spoiled, column, id):
    write = spoiled.system.database.write
    [[true]] = write(lambda connection: connection.query(f"SELECT {column} FROM usage_series"))
    move = f"UPDATE usage_series SET {column} = ?"
    write(lambda connection: connection.run(move, (id,)))
    problems = found(spoiled, EVENTS)
    write(lambda connection: connection.run(move, (true,)))
    assert f"is of {id}, and there is none" in problems


def test_the_doctor_finds_usage_of_another_customer(spoiled):
    def move(id: str) -> None:
        spoiled.system.database.write(
            lambda connection: connection.run("UPDATE usage_series SET customer = ?", (id,)))

    client = stripe.StripeClient(spoiled.secret_key, base_addresses={"api": spoiled.url})
    [[true]] = spoiled.system.database.write(
        lambda connection: connection.query("SELECT customer FROM usage_series"))
    move(client.v1.customers.create({}).id)
    problems = found(spoiled, ORIGIN)
    move(true)
    assert len(problems) == 3 and set(problems) == {"bills 3 to who has used nothing"}
    assert found(spoiled, ORIGIN) == []


def test_the_doctor_finds_usage_that_is_not_remembered(spoiled):
    def mark(deleted: int) -> None:
        spoiled.system.database.write(lambda connection: connection.run(
            "UPDATE doc_prorata_usage_billing SET deleted = ? WHERE id ="
            " (SELECT MIN(id) FROM doc_prorata_usage_billing)", (deleted,)))

    assert found(spoiled, REMEMBERED) == []
    mark(1)
    [problem] = found(spoiled, REMEMBERED)
    mark(0)
    assert "bills the usage of usgb_" in problem and "and there is none" in problem
