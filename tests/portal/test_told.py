"""What the portal tells of money before something is done, and that it is true afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from portal.seller import BACK, Seller
from portal.test_changes import Changer
from portal.test_journeys import until
from portal.test_safety import Visitor
from prorata.engine.doctor import examine
from servers import running

DAY = 86_400
NOW = 1_800_000_000


class Shop(Seller):
    """A seller whose clock stands still until it is moved."""

    def wait(self, days: int) -> None:
        clock = self.server.system.clock
        clock.move_to(clock.now() + days * DAY)

    def visit(self, customer: Any, plan: Any, page: str) -> tuple[Visitor, str, str]:
        """Open a page of a plan; return the visitor, the page's address and what it says."""
        visitor = Visitor(self)
        url = f"{self.session(customer).url}/subscriptions/{plan.id}/{page}"
        return visitor, url, words(visitor.get(url))

    def bills(self, customer: Any) -> list[Any]:
        return list(self.v1.invoices.list({"customer": customer.id, "limit": 100}).data)


def words(answer: requests.Response) -> str:
    """Return what a page says in its main part."""
    [main] = re.findall(r"<main[\s\S]*?</main>", answer.text)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """Give a seller for all tests here; each has customers of its own."""
    with running(worker=False, now=NOW) as server:
        made = Shop(server)
        made.allow_updates()
        yield made


@pytest.fixture
def fresh() -> Iterator[Shop]:
    """Give a seller in whose shop no time has gone by."""
    with running(worker=False, now=NOW) as server:
        yield Shop(server)


@pytest.fixture(autouse=True)
def as_at_first(shop: Shop) -> None:
    """Let every test begin with the same configuration."""
    shop.allow_updates(schedule_at_period_end={"conditions": ""})
    shop.allow(
        subscription_cancel={
            "enabled": True, "mode": "at_period_end", "proration_behavior": "none",
        },
        subscription_pause={"enabled": True},
    )  # fmt: skip


def test_a_code_is_redeemed_once_however_often_a_card_is_declined(shop: Shop) -> None:
    coupon = shop.v1.coupons.create({"percent_off": 50, "duration": "repeating",
                                     "duration_in_months": 2})  # fmt: skip
    shop.v1.promotion_codes.create({
        "promotion": {"type": "coupon", "coupon": coupon.id}, "code": "ONLYONE",
        "max_redemptions": 1,
    })  # fmt: skip
    ada = shop.customer()
    plan = shop.subscribe(ada)
    bad, good = (
        shop.v1.payment_methods.attach(name, {"customer": ada.id}).id
        for name in ("pm_card_chargeCustomerFail", "pm_card_visa")
    )
    pays_with(shop, ada, bad)
    changer = Changer(shop, ada, plan)
    changer.choose(shop.pro)
    changer.post(f"{changer.base}/code", code="onlyone")
    page = words(changer.get(f"{changer.base}/confirm"))
    assert "you pay $15.00 per month" in page
    assert "Once the discount has ended you pay $30.00 per month" in page
    shown = re.search(r"Confirm and pay (\S+)", page)
    assert shown is not None
    for _ in range(2):
        declined = changer.post(f"{changer.base}/confirm")
        assert declined.status_code == 402
        assert "Your card was declined" in words(declined) and shown[0] in words(declined)
    pays_with(shop, ada, good)
    changer.confirm()
    changed = shop.v1.subscriptions.retrieve(plan.id, {"expand": ["latest_invoice"]})
    assert changed["items"].data[0].price.id == shop.pro.id and len(changed.discounts) == 1
    assert f"${changed.latest_invoice.amount_paid / 100:.2f}" == shown[1]


def pays_with(shop: Shop, customer: Any, method: str) -> None:
    settings = {"default_payment_method": method}
    shop.v1.customers.update(customer.id, {"invoice_settings": settings})


def test_a_discount_of_one_invoice_is_not_told_of_all(shop: Shop) -> None:
    coupon = shop.v1.coupons.create({"amount_off": 500, "currency": "usd", "duration": "once"})
    shop.v1.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "FIVE"}
    )
    ada = shop.customer()
    changer = Changer(shop, ada, shop.subscribe(ada))
    changer.choose(shop.seats, quantity="4")
    changer.post(f"{changer.base}/code", code="FIVE")
    page = words(changer.get(f"{changer.base}/confirm"))
    assert "4 × Seats $20.00 per month" in page
    assert re.search(r"To pay on \S+ \d+, \d+ \$15\.00 After that you pay \$20\.00", page), page


def test_a_code_for_other_plans_and_a_quantity_that_is_none_are_refused(shop: Shop) -> None:
    applies = {"products": [shop.seats.product]}
    coupon = shop.v1.coupons.create(
        {"percent_off": 50, "duration": "forever", "applies_to": applies}
    )
    shop.v1.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "SEATS"}
    )
    ada = shop.customer()
    changer = Changer(shop, ada, shop.subscribe(ada))
    changer.choose(shop.pro)
    refused = changer.post(f"{changer.base}/code", code="SEATS")
    assert refused.status_code == 400 and "not for this plan" in words(refused)
    for number in ("-1", "many", "99999999999"):
        form = {"price": shop.seats.id, "quantity": number}
        assert changer.post(f"{changer.base}/update", **form).status_code == 400
    changer.choose(shop.seats, quantity="2")
    assert changer.post(f"{changer.base}/code", code="seats").status_code == 303


def test_what_changes_only_later_bills_is_looked_at_again(shop: Shop) -> None:
    shop.allow_updates(proration_behavior="create_prorations")
    ada = shop.customer()
    plan = shop.subscribe(ada)
    changer = Changer(shop, ada, plan)
    token = changer.token(f"{changer.session.url}/details")
    changer.choose(shop.pro)
    shop.v1.invoice_items.create({"customer": ada.id, "subscription": plan.id, "amount": 700,
                                  "currency": "usd", "description": "Set-up"})  # fmt: skip
    again = changer.post(f"{changer.base}/confirm", token)
    assert again.status_code == 400 and "Please look at it again" in words(again)
    assert shop.v1.subscriptions.retrieve(plan.id)["items"].data[0].price.id == shop.basic.id
    assert "Set-up $7.00" in words(changer.get(f"{changer.base}/confirm"))
    changer.confirm()


def test_who_cancels_is_told_what_is_still_charged(shop: Shop) -> None:
    ada = shop.customer()
    plain = shop.subscribe(ada)
    mixed = shop.v1.subscriptions.create({
        "customer": ada.id, "billing_mode": {"type": "flexible"},
        "items": [{"price": shop.basic.id}, {"price": shop.pro_year.id}],
    })  # fmt: skip
    assert "and nothing more is charged" in shop.visit(ada, plain, "cancel")[2]
    said = shop.visit(ada, mixed, "cancel")[2]
    assert "nothing more" not in said and "charged as before" in said
    # The time is whichever the tests before have left.
    [end] = [each.current_period_end for each in mixed["items"].data
             if each.price.id == shop.basic.id]  # fmt: skip
    day = datetime.fromtimestamp(end, UTC)
    assert f"As it stands, $10.00 are charged on {day:%B} {day.day}, {day.year}" in said
    meter = shop.v1.billing.meters.create({
        "display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": "sum"},
    })  # fmt: skip
    use = shop.v1.prices.create({
        "product_data": {"name": "Calls"}, "currency": "usd", "unit_amount": 7,
        "recurring": {"interval": "month", "usage_type": "metered", "meter": meter.id},
    })  # fmt: skip
    used = shop.v1.subscriptions.create({"customer": ada.id, "items": [{"price": use.id}]})
    shop.v1.billing.meter_events.create(
        {"event_name": "calls", "payload": {"stripe_customer_id": ada.id, "value": "100"}}
    )
    visitor, url, said = shop.visit(ada, used, "cancel")
    assert "As it stands, $7.00 are charged" in said
    assert visitor.post(url).status_code == 303


def test_who_cancels_at_once_is_told_what_is_given_back(shop: Shop) -> None:
    shop.allow(subscription_cancel={"mode": "immediately",
                                    "proration_behavior": "create_prorations"})  # fmt: skip
    ada = shop.customer()
    plan = shop.subscribe(ada, shop.pro)
    shop.wait(10)
    visitor, url, said = shop.visit(ada, plan, "cancel")
    told = re.search(r"becomes credit for your next invoices: \$(\d+\.\d\d)", said)
    assert told is not None, said
    visitor.post(url)
    [item] = shop.v1.invoice_items.list({"customer": ada.id, "pending": True}).data
    assert f"{-item.amount / 100:.2f}" == told[1]


def test_a_pause_and_a_resumption_cost_what_was_told(shop: Shop) -> None:
    ada = shop.customer()
    plan = shop.subscribe(ada, shop.pro, billing_mode={"type": "flexible"})
    shop.wait(10)
    visitor, url, said = shop.visit(ada, plan, "pause")
    credit = re.search(r"becomes credit: \$(\d+\.\d\d)", said)
    assert credit is not None, said
    visitor.post(url, interval="month-1")
    shop.wait(1)
    visitor, url, said = shop.visit(ada, plan, "resume")
    due = re.search(r"Confirm and pay \$(\d+\.\d\d)", said)
    assert due is not None, said
    assert round(float(credit[1]) + float(due[1]), 2) == 30
    # Nothing that was not shown is charged.
    assert visitor.post(url, due="1").status_code == 400
    assert shop.v1.subscriptions.retrieve(plan.id).status == "paused"
    assert visitor.post(url, due=due[1].replace(".", "")).status_code == 303
    assert shop.v1.subscriptions.retrieve(plan.id).status == "active"
    assert f"{shop.bills(ada)[0].amount_paid / 100:.2f}" == due[1]


def test_a_payment_that_fails_takes_no_credit_away(shop: Shop) -> None:
    ada = shop.customer()
    plan = shop.subscribe(ada, shop.pro, billing_mode={"type": "flexible"})
    bad, unsure, good = (
        shop.v1.payment_methods.attach(name, {"customer": ada.id}).id
        for name in ("pm_card_chargeCustomerFail", "pm_card_authenticationRequired",
                     "pm_card_visa")
    )  # fmt: skip
    shop.wait(10)
    visitor, url, _ = shop.visit(ada, plan, "pause")
    visitor.post(url, interval="month-1")
    visitor, url, said = shop.visit(ada, plan, "resume")
    told = re.search(r"Confirm and pay \$(\d+\.\d\d)", said)
    assert told is not None and "Unused time on Pro" in said
    due = told[1].replace(".", "")
    pays_with(shop, ada, bad)
    declined = visitor.post(url, due=due)
    assert declined.status_code == 402 and told[0] in words(declined)
    # A bank that wants to see its customer is asked; who leaves it may try again.
    pays_with(shop, ada, unsure)
    for _ in range(2):
        assert "/_prorata/challenge/" in visitor.post(url, due=due).headers["location"]
        assert told[0] in words(visitor.get(url))
    pays_with(shop, ada, good)
    assert visitor.post(url, due=due).status_code == 303
    assert shop.v1.subscriptions.retrieve(plan.id).status == "active"
    assert shop.bills(ada)[0].amount_paid == int(due)
    found = [each for check in examine(shop.server.system) for each in check.findings]
    # Nobody works here: what is due by itself waits.
    assert not [each for each in found if "overdue" not in each.check]


def test_what_a_failed_change_had_collected_waits_again(shop: Shop) -> None:
    ada = shop.customer()
    plan = shop.subscribe(ada)
    pays_with(shop, ada, shop.v1.payment_methods.attach(
        "pm_card_chargeCustomerFail", {"customer": ada.id}).id)  # fmt: skip
    extra = shop.v1.invoice_items.create({"customer": ada.id, "subscription": plan.id,
                                          "amount": 700, "currency": "usd"})  # fmt: skip
    changer = Changer(shop, ada, plan)
    changer.choose(shop.pro)
    assert changer.post(f"{changer.base}/confirm").status_code == 402
    assert shop.bills(ada)[0].status == "void"
    waiting = shop.v1.invoice_items.list({"customer": ada.id, "pending": True}).data
    assert [each.id for each in waiting] == [extra.id]


def test_all_invoices_and_all_plans_can_be_reached(shop: Shop, monkeypatch: Any) -> None:
    from prorata.web.portal import home, plans

    monkeypatch.setattr(home, "SHOWN_INVOICES", 2)
    monkeypatch.setattr(home, "INVOICES_MAX", 3)
    monkeypatch.setattr(plans, "SHOWN_PLANS", 3)
    ada = shop.customer()
    for _ in range(5):
        shop.subscribe(ada)
    url, visitor = shop.session(ada).url, Visitor(shop)

    def shown(query: str = "") -> tuple[int, int, bool]:
        text = visitor.get(url + query).text
        return text.count('class="plan"'), text.count('class="papers"'), "Older" in text

    assert shown() == (3, 2, False)
    assert shown("?invoices=1") == (3, 3, True)
    assert shown("?invoices=2&plans=all") == (5, 2, False)


def test_cards_are_not_tried_out(shop: Shop) -> None:
    ada = shop.customer()
    visitor, url = Visitor(shop), f"{shop.session(ada).url}/payment-methods/add"
    card = {"type": "card", "number": "4000000000000002", "expiry": "12/34", "cvc": "123"}
    token = visitor.token(url)
    statuses = [visitor.post(url, token, **card).status_code for _ in range(16)]
    assert statuses == [402] * 15 + [429]
    assert "Too many attempts were made" in words(visitor.post(url, token, **card))
    # Nobody else is kept from it.
    other = f"{shop.session(shop.customer()).url}/payment-methods/add"
    assert Visitor(shop).post(other, **card).status_code == 402


def test_a_link_is_found_by_an_address_that_a_phone_began_with_a_capital(shop: Shop) -> None:
    page = shop.v1.billing_portal.configurations.update(
        shop.default, {"login_page": {"enabled": True}}
    ).login_page
    bea = shop.customer(email="Bea@example.com")
    visitor = Visitor(shop)
    for typed in ("bea@example.com", "BEA@EXAMPLE.COM"):
        assert visitor.post(page.url, email=typed).status_code == 200

    def asked() -> int:
        created = {"type": "billing_portal.session.created", "limit": 20}
        found = shop.v1.events.list(created).data
        return sum(each.data.object.customer == bea.id for each in found)

    until(lambda: asked() == 2)


def test_a_look_for_the_head_of_a_page_opens_nothing(shop: Shop) -> None:
    url, visitor = shop.session(shop.customer()).url, Visitor(shop)
    assert visitor.http.head(url).status_code == 200
    clock = shop.server.system.clock
    clock.move_to(clock.now() + 301)
    assert visitor.get(url).status_code == 410


def test_an_address_of_mail_is_not_taken_away(shop: Shop) -> None:
    ada = shop.customer()
    answer = Visitor(shop).post(f"{shop.session(ada).url}/details", name="Ada", email="")
    assert answer.status_code == 400 and "e-mail address is not right" in words(answer)
    assert shop.v1.customers.retrieve(ada.id).email == "ada@example.com"


def test_days_are_those_of_the_accounts_time_zone(fresh: Shop) -> None:
    """As in mails and on invoices: eight in the morning UTC is the evening before in the west."""
    ada = fresh.customer()
    fresh.subscribe(ada)
    account = fresh.v1.accounts.retrieve_current().id
    start = {"trial_end": NOW + 31 * DAY}
    sale = fresh.v1.checkout.sessions.create({
        "mode": "subscription", "success_url": BACK, "subscription_data": start,
        "line_items": [{"price": fresh.basic.id, "quantity": 1}],
    })  # fmt: skip
    told = {}
    for zone in ("Etc/GMT+12", "Etc/UTC"):
        fresh.v1.accounts.update(account, {"settings": {"dashboard": {"timezone": zone}}})
        pages = [words(requests.get(url)) for url in (fresh.session(ada).url, sale.url)]
        told[zone] = [re.findall(r"February 1\d, 2027", page)[0] for page in pages]
    assert told == {
        "Etc/GMT+12": ["February 14, 2027"] * 2, "Etc/UTC": ["February 15, 2027"] * 2,
    }  # fmt: skip
