"""What changes made in the portal bill, case by case, without a screen."""

from __future__ import annotations

import re
from typing import Any

import pytest

from portal.seller import Seller
from portal.test_safety import Visitor
from prorata.engine.advance import run_due
from prorata.engine.doctor import examine
from servers import running
from sound import assert_sound


class Changer(Visitor):
    """Somebody who changes a plan."""

    def __init__(self, seller: Seller, customer: Any, plan: Any) -> None:
        super().__init__(seller)
        self.session = seller.session(customer)
        self.base = f"{self.session.url}/subscriptions/{plan.id}"

    def choose(self, price: Any, **more: str) -> str:
        """Choose a price; return what the page of the change says."""
        answer = self.post(f"{self.base}/update", price=price.id, **more)
        assert answer.status_code == 303, answer.text
        return self.get(f"{self.base}/confirm").text

    def confirm(self) -> str:
        """Confirm what was chosen; return where that leads."""
        answer = self.post(f"{self.base}/confirm")
        assert answer.status_code == 303, re.sub(r"<[^>]+>", " ", answer.text)
        return answer.headers["location"]


@pytest.fixture
def shop(seller: Seller) -> Any:
    """Give a seller whose books are examined in the end."""
    yield seller
    assert not [each for check in examine(seller.server.system) for each in check.findings]


@pytest.mark.parametrize("mode", ["classic", "flexible"])
@pytest.mark.parametrize("behavior", ["always_invoice", "create_prorations", "none"])
@pytest.mark.parametrize("anchor", ["unchanged", "now"])
def test_what_was_shown_is_charged(shop: Seller, mode: str, behavior: str, anchor: str) -> None:
    shop.allow_updates(proration_behavior=behavior, billing_cycle_anchor=anchor)
    ada = shop.customer()
    plan = shop.subscribe(ada, billing_mode={"type": mode})
    for price in (shop.pro, shop.pro_year, shop.basic):
        before = {each.id for each in shop.v1.invoices.list({"customer": ada.id}).data}
        changer = Changer(shop, ada, plan)
        page = changer.choose(price)
        shown = re.search(r"Confirm and pay \$([\d,]+\.\d\d)", page)
        due = int(re.sub(r"\D", "", shown[1])) if shown else 0
        assert "done=updated" in changer.confirm()
        made = [each for each in shop.v1.invoices.list({"customer": ada.id}).data
                if each.id not in before]  # fmt: skip
        assert sum(each.amount_paid for each in made) == due
        changed = shop.v1.subscriptions.retrieve(plan.id)
        assert changed["items"].data[0].price.id == price.id
        assert changed.status == "active" and changed.pending_update is None


@pytest.mark.parametrize(
    ("behavior", "status", "paid"),
    [
        ("end_trial", "active", 3000),
        ("continue_trial", "trialing", 0),
    ],
)
def test_a_trial_ends_or_goes_on(shop: Seller, behavior: str, status: str, paid: int) -> None:
    shop.allow_updates(trial_update_behavior=behavior)
    ada = shop.customer()
    plan = shop.subscribe(ada, trial_period_days=10)
    changer = Changer(shop, ada, plan)
    page = changer.choose(shop.pro)
    assert ("Confirm and pay $30.00" in page) is bool(paid)
    changer.confirm()
    changed = shop.v1.subscriptions.retrieve(plan.id, {"expand": ["latest_invoice"]})
    assert changed.status == status
    assert changed.latest_invoice.amount_paid == paid
    assert changed["items"].data[0].price.id == shop.pro.id


def test_a_shorter_interval_waits_for_the_end_of_the_year(shop: Seller) -> None:
    shop.allow_updates(schedule_at_period_end={"conditions": [{"type": "shortening_interval"}]})
    ada = shop.customer()
    plan = shop.subscribe(ada, shop.pro_year)
    changer = Changer(shop, ada, plan)
    changer.choose(shop.pro)
    assert "done=planned" in changer.confirm()
    schedule = shop.v1.subscription_schedules.retrieve(
        shop.v1.subscriptions.retrieve(plan.id).schedule
    )
    assert [each["items"][0].price for each in schedule.phases] == [
        shop.pro_year.id, shop.pro.id
    ]  # fmt: skip
    assert schedule.end_behavior == "release"


@pytest.mark.parametrize("mode", ["classic", "flexible"])
def test_what_waits_for_the_end_of_the_period_changes_nothing_else(mode: str) -> None:
    """What is shown is billed then: discounts and rates of the item, what its invoices say."""
    start = 1_800_000_000
    with running(worker=False, now=start) as server:
        shop = Seller(server)
        when = {"conditions": [{"type": "decreasing_item_amount"}]}
        shop.allow_updates(schedule_at_period_end=when)
        half = shop.v1.coupons.create(
            {"percent_off": 50, "duration": "repeating", "duration_in_months": 2}
        )
        rate = shop.v1.tax_rates.create({"display_name": "VAT", "percentage": 20,
                                         "inclusive": False})  # fmt: skip
        gone = shop.v1.tax_ids.create({"type": "eu_vat", "value": "DE123456789"})
        plan = shop.v1.subscriptions.create({
            "customer": (ada := shop.customer()).id, "billing_mode": {"type": mode},
            "items": [{"price": shop.pro.id, "discounts": [{"coupon": half.id}],
                       "tax_rates": [rate.id], "metadata": {"desk": "7"}}],
            "billing_thresholds": {"amount_gte": 90_000} if mode == "classic" else "",
            "invoice_settings": {"footer": "Lumen Ltd", "account_tax_ids": [gone.id],
                                 "custom_fields": [{"name": "PO", "value": "11"}]},
        })  # fmt: skip
        shop.v1.tax_ids.delete(gone.id)
        changer = Changer(shop, ada, plan)
        assert "$6.00" in changer.choose(shop.basic)
        assert "done=planned" in changer.confirm()
        ends = plan["items"].data[0].current_period_end
        for moment in (start, ends, ends + 7_200):
            server.system.clock.move_to(moment)
            assert not run_due(server.system, moment).failed
            found = shop.v1.subscriptions.retrieve(plan.id, {"expand": ["latest_invoice"]})
            assert found.billing_thresholds == plan.billing_thresholds
            said = found.invoice_settings
            assert (said.footer, said.custom_fields[0].value) == ("Lumen Ltd", "11")
            [item] = found["items"].data
            assert (item.metadata["desk"], item.tax_rates[0].id) == ("7", rate.id)
            assert item.discounts == plan["items"].data[0].discounts
        assert item.price.id == shop.basic.id
        assert (found.latest_invoice.total, found.latest_invoice.status) == (600, "paid")
        assert shop.v1.coupons.retrieve(half.id).times_redeemed == 1
        assert_sound(server.system)


def test_prices_that_do_not_fit_are_not_offered(shop: Seller) -> None:
    shop.allow_updates()
    ada = shop.customer()
    plan = shop.subscribe(ada)
    shop.v1.prices.update(shop.pro.id, {"tax_behavior": "inclusive"})
    shop.v1.prices.update(shop.pro_year.id, {"active": False})
    page = Changer(shop, ada, plan)
    text = page.get(f"{page.base}/update").text
    assert shop.pro.id not in text and shop.pro_year.id not in text and shop.seats.id in text
    assert page.post(f"{page.base}/update", price=shop.pro.id).status_code == 400
    assert page.post(f"{page.base}/update", price=shop.seats.id, quantity="99").status_code == 400


def test_a_bank_account_is_added_and_pays(shop: Seller) -> None:
    product = shop.v1.products.create({"name": "Euro"})
    small, large = (
        shop.v1.prices.create({"product": product.id, "currency": "eur", "unit_amount": amount,
                               "recurring": {"interval": interval}})
        for amount, interval in ((1000, "month"), (9000, "year"))
    )  # fmt: skip
    shop.allow_updates(products=[{"product": product.id, "prices": [small.id, large.id]}])
    ada = shop.customer()
    plan = shop.subscribe(ada, small)
    changer = Changer(shop, ada, plan)
    url = f"{changer.session.url}/payment-methods/add?type=sepa_debit"
    page = changer.get(url).text
    assert "IBAN" in page and "eight weeks" in page
    wrong = changer.post(url, type="sepa_debit", iban="DE00", name="Ada", email="a@example.com")
    assert wrong.status_code == 400 and "This IBAN is not right." in wrong.text
    done = changer.post(
        url, type="sepa_debit", iban="DE89 3704 0044 0532 0130 00", name="Ada",
        email="a@example.com",
    )  # fmt: skip
    assert done.status_code == 303, done.text
    changed = shop.v1.customers.retrieve(
        ada.id, {"expand": ["invoice_settings.default_payment_method"]}
    )
    assert changed.invoice_settings.default_payment_method.type == "sepa_debit"
    changer.choose(large)
    changer.confirm()
    assert shop.v1.subscriptions.retrieve(plan.id)["items"].data[0].price.id == large.id


@pytest.mark.parametrize("anchor", ["unchanged", "now"])
def test_a_code_is_given_to_a_plan_that_stays_as_it_is(shop: Seller, anchor: str) -> None:
    shop.allow_updates(billing_cycle_anchor=anchor)
    coupon = shop.v1.coupons.create({"percent_off": 50, "duration": "forever"})
    shop.v1.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "HALF"}
    )
    ada = shop.customer()
    plan = shop.subscribe(ada)
    changer = Changer(shop, ada, plan)
    changer.choose(shop.basic, code_only="1")
    nothing = changer.post(f"{changer.base}/confirm")
    assert nothing.status_code == 400 and "Choose another one" in nothing.text
    assert changer.post(f"{changer.base}/code", code="HALF").status_code == 303
    page = changer.get(f"{changer.base}/confirm").text
    assert "50% off" in page and "$5.00 per month" in page
    assert "Nothing is to be paid now." in page
    assert "done=discounted" in changer.confirm()
    changed = shop.v1.subscriptions.retrieve(plan.id, {"expand": ["discounts"]})
    assert changed.discounts[0].source.coupon == coupon.id
    assert changed.latest_invoice == plan.latest_invoice


def test_a_plan_that_has_two_products_by_now_is_not_changed(shop: Seller) -> None:
    shop.allow_updates()
    ada = shop.customer()
    plan = shop.subscribe(ada)
    changer = Changer(shop, ada, plan)
    changer.choose(shop.pro)
    shop.v1.subscriptions.update(plan.id, {"items": [{"price": shop.seats.id}]})
    token = changer.token(f"{changer.session.url}/payment-methods/add")
    for deed in ("confirm", "code"):
        answer = changer.post(f"{changer.base}/{deed}", token, code="NONE")
        assert answer.status_code == 400 and "cannot be changed here" in answer.text


@pytest.mark.parametrize("meanwhile", ["another item", "switched off"])
def test_a_change_that_waits_excuses_no_other_reason(shop: Seller, meanwhile: str) -> None:
    """A page that was open goes by what holds when it is confirmed."""
    shop.allow_updates()
    ada = shop.customer()
    plan = shop.subscribe(ada)
    changer = Changer(shop, ada, plan)
    changer.choose(shop.pro)
    if meanwhile == "another item":
        shop.v1.subscriptions.update(
            plan.id, {"items": [{"price": shop.seats.id}], "proration_behavior": "none"}
        )
    shop.v1.payment_methods.attach("pm_card_visa", {"customer": ada.id})
    declined = shop.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": ada.id})
    shop.v1.subscriptions.update(plan.id, {"default_payment_method": declined.id})
    waiting = shop.v1.subscriptions.update(plan.id, {
        "items": [{"id": plan["items"].data[0].id, "quantity": 5}],
        "payment_behavior": "pending_if_incomplete", "proration_behavior": "always_invoice",
    })  # fmt: skip
    assert waiting.pending_update is not None
    token = changer.token(f"{changer.session.url}/payment-methods/add")
    if meanwhile == "switched off":
        shop.allow(subscription_update={"enabled": False})
    answer = changer.post(f"{changer.base}/confirm", token)
    assert answer.status_code == 400
    assert shop.v1.subscriptions.retrieve(plan.id).pending_update is not None


def test_nothing_is_offered_where_nothing_can_be_chosen(shop: Seller) -> None:
    shop.allow_updates(default_allowed_updates=["price"], products="")
    ada = shop.customer()
    shop.subscribe(ada)
    assert "Update plan" not in Visitor(shop).get(shop.session(ada).url).text


def test_of_two_windows_neither_confirms_what_the_other_shows(shop: Seller) -> None:
    shop.allow_updates()
    ada = shop.customer()
    plan = shop.subscribe(ada)
    changer = Changer(shop, ada, plan)
    token = changer.token(f"{changer.session.url}/details")
    assert "Confirm and pay $20.00" in changer.choose(shop.pro)
    pro = changer.seen
    assert "Confirm and pay $290.00" in changer.choose(shop.pro_year)
    for seen in (pro, "", "0"):
        answer = changer.post(f"{changer.base}/confirm", token, seen=seen)
        assert answer.status_code == 400 and "Please look at it again" in answer.text
        assert "Confirm and pay $290.00" in answer.text
    assert shop.v1.subscriptions.retrieve(plan.id)["items"].data[0].price.id == shop.basic.id
    assert changer.post(f"{changer.base}/confirm", token).status_code == 303
    paid = shop.v1.invoices.list({"customer": ada.id}).data[0]
    assert paid.amount_paid == 29000


def test_what_costs_something_else_by_now_is_confirmed_where_that_is_told(shop: Seller) -> None:
    shop.allow_updates()
    ada = shop.customer()
    plan = shop.subscribe(ada)
    changer = Changer(shop, ada, plan)
    token = changer.token(f"{changer.session.url}/details")
    changer.choose(shop.pro)
    shop.v1.customers.update(ada.id, {"balance": 300})
    told = changer.post(f"{changer.base}/confirm", token)
    assert told.status_code == 400 and "Confirm and pay $23.00" in told.text
    assert changer.post(f"{changer.base}/confirm", token).status_code == 303
    assert shop.v1.invoices.list({"customer": ada.id}).data[0].amount_paid == 2300
