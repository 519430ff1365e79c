from __future__ import annotations

from typing import Any

import pytest

from reports.desk import CARD, Desk, at, every
from servers import running
from sound import assert_sound


def months(desk: Desk, **params: Any) -> dict[str, dict[str, Any]]:
    [each] = desk.get("mrr", interval_start=at("2026-01-01"), **params)["data"]
    return {month["month"]: month for month in each["months"]}


def test_the_published_mrr(desk: Desk) -> None:
    desk.subscribe(desk.customer(), desk.price(100), item={"quantity": 100})
    desk.subscribe(desk.customer(), desk.price(600, "year"), item={"quantity": 50})
    found = months(desk)["2026-01"]
    assert (found["mrr"], found["arr"], found["arpu"]) == (12_500, 150_000, 6250)


def test_every_movement_is_told_and_opens_to_its_events(desk: Desk) -> None:
    small, large = desk.price(1000), desk.price(3000)
    ada, bob = desk.customer(), desk.customer()
    first = desk.subscribe(ada, small)
    second = desk.subscribe(bob, large)
    item = first["items"].data[0].id
    desk.advance("2026-02-10")
    desk.v1.subscriptions.update(first.id, {"items": [{"id": item, "price": large}]})
    desk.advance("2026-03-10")
    desk.v1.subscriptions.update(first.id, {"items": [{"id": item, "quantity": 0}]})
    desk.v1.subscriptions.update(first.id, {"items": [{"id": item, "price": small, "quantity": 2}]})
    desk.v1.subscriptions.cancel(second.id)
    desk.advance("2026-04-10")
    desk.subscribe(bob, small)
    found = months(desk)
    moved = {
        month: {name: each[name] for name in
                ("new", "reactivation", "expansion", "contraction", "churn")}
        for month, each in found.items()
    }  # fmt: skip
    assert moved["2026-01"]["new"] == 4000
    assert moved["2026-02"]["expansion"] == 2000
    # What was nothing for a moment of the same day was not lost.
    assert (moved["2026-03"]["contraction"], moved["2026-03"]["churn"]) == (-1000, -3000)
    assert moved["2026-04"]["reactivation"] == 1000
    for each in found.values():
        assert each["opening_mrr"] + each["net_new_mrr"] == each["mrr"]
        parts = every(desk, "mrr/changes", month=each["month"])
        assert sum(part["amount"] for part in parts) == each["net_new_mrr"]
    assert found["2026-03"]["net_revenue_retention"] == "0.3333"
    assert found["2026-03"]["gross_revenue_retention"] == "0.3333"
    [churned] = every(desk, "mrr/changes", month="2026-03", movement="churn")
    [step] = churned["steps"]
    event = desk.v1.events.retrieve(step["event"])
    assert (event.type, event.data.object["id"]) == ("customer.subscription.deleted", second.id)
    whole = every(desk, "mrr/subscribers")
    assert sum(each["mrr"] for each in whole) == found["2026-04"]["mrr"] == 3000
    assert sum(sum(each["subscriptions"].values()) for each in whole) == 3000


def test_trials_free_metered_and_discounts(desk: Desk) -> None:
    trial = desk.subscribe(desk.customer(), desk.price(1000), trial_period_days=14)
    desk.subscribe(desk.customer(), desk.price(0))
    half = desk.v1.coupons.create({"percent_off": 50, "duration": "forever"}).id
    once = desk.v1.coupons.create({"percent_off": 50, "duration": "once"}).id
    desk.subscribe(desk.customer(), desk.price(2000), discounts=[{"coupon": half}])
    desk.subscribe(desk.customer(), desk.price(4000), discounts=[{"coupon": once}])
    assert months(desk)["2026-01"]["mrr"] == 1000 + 4000
    desk.advance("2026-02-01")
    found = months(desk)
    assert found["2026-01"]["trials_converted"] == found["2026-01"]["trials_ended"] == 1
    assert found["2026-02"]["mrr"] == 6000
    assert desk.v1.subscriptions.retrieve(trial.id).status == "active"


def test_a_customers_discount_counts_until_it_ends(desk: Desk) -> None:
    half = desk.v1.coupons.create({"percent_off": 50, "duration": "forever"}).id
    ada = desk.customer()
    desk.ask_old("POST", f"/v1/customers/{ada}", coupon=half)
    desk.subscribe(ada, desk.price(2000))
    assert months(desk)["2026-01"]["mrr"] == 1000
    desk.advance("2026-02-10")
    desk.v1.customers.delete_discount(ada)
    found = months(desk)["2026-02"]
    assert (found["expansion"], found["mrr"]) == (1000, 2000)
    [change] = every(desk, "mrr/changes", movement="expansion")
    assert [each["revision"] for each in change["steps"]] == [0], "no revision of a subscription"


@pytest.mark.parametrize("year", [2001, 2061])
def test_a_clock_tells_its_own_time_however_far_it_is_from_ours(server: Any, year: int) -> None:
    desk = Desk(server, f"{year}-01-15")
    coupons = {
        "forever": desk.v1.coupons.create({"percent_off": 50, "duration": "forever"}).id,
        "repeating": desk.v1.coupons.create(
            {"percent_off": 25, "duration": "repeating", "duration_in_months": 2}
        ).id,
    }
    sold = {
        duration: desk.subscribe(
            desk.customer(), desk.price(4000), discounts=[{"coupon": coupon}]
        ).customer
        for duration, coupon in coupons.items()
    }
    desk.advance(f"{year}-05-01")
    before = at(f"{year - 1}-12-01")
    for duration, worth in (("forever", [2000] * 5), ("repeating", [3000] * 2 + [4000] * 3)):
        [each] = desk.get(
            "mrr", customer=sold[duration], discounts=duration, interval_start=before
        )["data"]
        assert [month["mrr"] for month in each["months"]] == [0, *worth]
        assert sum(month["contraction"] for month in each["months"]) == 0
    earliest, latest = server.system.database.read(
        lambda connection: connection.query(
            "SELECT MIN(changed_at), MAX(changed_at) FROM history"
            " WHERE object_id IN (SELECT id FROM doc_subscription WHERE clock = ?)",
            (desk.clock,),
        )
    )[0]
    assert at(f"{year}-01-15") <= earliest <= latest <= at(f"{year}-05-01")


def test_what_a_price_is_called_changes_nobodys_time(server: Any) -> None:
    desk = Desk(server, "2001-01-15")
    price = desk.price(1000)
    sold = desk.subscribe(desk.customer(), price)
    # It is shown by the subscription from now on, and now is 2001.
    desk.v1.prices.update(price, {"nickname": "Basic"})
    assert desk.v1.subscriptions.retrieve(sold.id)["items"].data[0].price.nickname == "Basic"
    desk.advance("2001-02-20")
    desk.v1.subscription_items.update(sold["items"].data[0].id, {"quantity": 3})
    desk.advance("2001-03-01")
    [each] = desk.get("mrr", interval_start=at("2001-01-01"))["data"]
    assert [month["mrr"] for month in each["months"]] == [1000, 3000, 3000]


def test_cohorts_lose_who_leaves(desk: Desk) -> None:
    price = desk.price(1000)
    sold = [desk.subscribe(desk.customer(), price) for _ in range(4)]
    desk.advance("2026-02-10")
    desk.v1.subscriptions.cancel(sold[0].id)
    desk.subscribe(desk.customer(), price)
    desk.advance("2026-03-05")
    [each] = desk.get("cohorts", interval_start=at("2026-01-01"))["data"]
    first, second = each["cohorts"]
    assert (first["subscribers"], first["mrr"]) == ([4, 3, 3], [4000, 3000, 3000])
    assert first["mrr_retention"] == ["1.0000", "0.7500", "0.7500"]
    assert second["subscribers"] == [1, 1]


def test_currencies_are_apart(desk: Desk) -> None:
    ada = desk.customer()
    desk.subscribe(ada, desk.price(1000))
    desk.subscribe(desk.customer(), desk.price(700, currency="eur"))
    found = desk.get("mrr")["data"]
    assert {each["currency"]: each["months"][-1]["mrr"] for each in found} == {
        "usd": 1000, "eur": 700,
    }  # fmt: skip


@pytest.fixture
def owing(server: Any) -> tuple[Desk, str, list[str]]:
    """Give a desk to whom a customer owes two invoices, due on 25 January and 24 February."""
    desk = Desk(server)
    ada = desk.customer(name="Ada")
    desk.subscribe(ada, desk.price(1000), collection_method="send_invoice", days_until_due=10)
    desk.advance("2026-03-01")
    return desk, ada, [each.id for each in desk.v1.invoices.list({"customer": ada}).data]


def test_debts_are_told_by_age_and_opened(owing: tuple[Desk, str, list[str]]) -> None:
    desk, ada, ids = owing
    [row] = desk.get("receivables", group_by="customer")["data"]
    assert (row["customer"], row["name"], row["total"]) == (ada, "Ada", 2000)
    assert (row["days_1_30"], row["days_31_60"]) == (1000, 1000)
    found = every(desk, "receivables/invoices")
    assert sorted(each["id"] for each in found) == sorted(ids)
    [old] = every(desk, "receivables/invoices", bucket="days_31_60")
    assert old["amount_remaining"] == 1000


def test_debts_are_looked_back_at(owing: tuple[Desk, str, list[str]]) -> None:
    desk, _, ids = owing
    desk.v1.invoices.void_invoice(ids[0])
    desk.v1.invoices.pay(ids[1], {"paid_out_of_band": True})
    assert desk.get("receivables")["data"] == []
    [row] = desk.get("receivables", at=at("2026-02-25"))["data"]
    assert (row["total"], row["days_31_60"]) == (2000, 1000)
    [before] = desk.get("receivables", at=at("2026-01-20"))["data"]
    assert before["not_due"] == before["total"] == 1000


def test_who_writes_with_a_clock_that_is_behind_turns_nothing_round(store: str) -> None:
    now = at("2026-03-15")
    with running(now=now) as server:
        desk = Desk(server)
        payer: Any = CARD
        subscription = desk.subscribe(desk.v1.customers.create(payer).id, desk.price(1000))
        server.system.clock.move_to(now + 10)
        item = {"id": subscription["items"].data[0].id, "price": desk.price(2500)}
        desk.v1.subscriptions.update(subscription.id, {"items": [item]})
        server.system.clock.move_to(now)
        desk.v1.subscriptions.cancel(subscription.id)
        server.system.clock.move_to(now + 20)
        assert_sound(server.system)
