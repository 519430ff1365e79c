"""Plans and changes that wait for a payment or for a method, and who comes back from a bank."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from portal.browser import Screen
from portal.seller import CARD, NEEDS_BANK, Seller
from portal.test_journeys import add_card, until
from portal.test_safety import Visitor
from prorata.engine.system_time import advance_time
from prorata.gateways.faults import FaultyGateway
from servers import running
from sound import assert_sound


def test_a_change_that_is_not_paid_yet_is_paid_or_dropped(seller: Seller) -> None:
    seller.allow_updates()
    ada = seller.customer()
    plan, session, visitor = seller.subscribe(ada), seller.session(ada), Visitor(seller)
    card = seller.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": ada.id})
    settings = {"default_payment_method": card.id}
    seller.v1.customers.update(ada.id, {"invoice_settings": settings})
    seller.v1.subscriptions.update(plan.id, {
        "items": [{"id": plan["items"].data[0].id, "price": seller.pro.id}],
        "payment_behavior": "pending_if_incomplete", "proration_behavior": "always_invoice",
    })  # fmt: skip
    waiting = seller.v1.subscriptions.retrieve(plan.id, {"expand": ["latest_invoice"]})
    home = visitor.get(session.url).text
    assert "Change not paid yet" in home and "once it is paid, until" in home
    assert f'href="{waiting.latest_invoice.hosted_invoice_url}">Pay now' in home
    page, token = f"{session.url}/subscriptions/{plan.id}", visitor.token(session.url)
    assert visitor.post(f"{page}/drop", token).headers["location"].endswith("done=undone")
    after = seller.v1.subscriptions.retrieve(plan.id, {"expand": ["latest_invoice"]})
    assert (after.pending_update, after.latest_invoice.status) == (None, "void")
    assert after["items"].data[0].price.id == seller.basic.id
    assert visitor.post(f"{page}/drop", token).status_code == 400


@pytest.mark.parametrize("place", ["returned", "resumed"])
def test_who_comes_back_from_no_bank_is_told_nothing(seller: Seller, place: str) -> None:
    seller.allow_updates()
    ada = seller.customer()
    plan, session, visitor = seller.subscribe(ada), seller.session(ada), Visitor(seller)
    page, token = f"{session.url}/subscriptions/{plan.id}", visitor.token(
        f"{session.url}/payment-methods/add"
    )
    visitor.post(f"{page}/update", token, price=seller.pro.id)
    came = visitor.get(f"{page}/{place}")
    assert (came.status_code, "done=" in came.headers["location"]) == (303, False)


def test_a_plan_that_waits_for_a_payment_method_begins(seller: Seller, desk: Screen) -> None:
    clock = seller.v1.test_helpers.test_clocks.create({"frozen_time": 1_800_000_000})
    ada = seller.customer(card=None, test_clock=clock.id)
    plan = seller.subscribe(
        ada, trial_period_days=7,
        trial_settings={"end_behavior": {"missing_payment_method": "pause"}},
    )  # fmt: skip
    api = seller.v1.test_helpers.test_clocks
    api.advance(clock.id, {"frozen_time": 1_800_000_000 + 8 * 86_400})
    until(lambda: api.retrieve(clock.id).status == "ready")
    assert seller.v1.subscriptions.retrieve(plan.id).status == "paused"
    desk.open(seller.session(ada).url)
    desk.press("Add payment method", role="link")
    add_card(desk, CARD)
    desk.press("Confirm and pay $10.00")
    assert "Your plan goes on." in desk.text()
    assert seller.v1.subscriptions.retrieve(plan.id).status == "active"


def test_a_new_card_may_pay_for_plans_that_have_one_of_their_own(
    seller: Seller, desk: Screen
) -> None:
    ada = seller.customer(card=None)
    old = seller.v1.payment_methods.attach("pm_card_visa", {"customer": ada.id}).id
    plan = seller.subscribe(ada, default_payment_method=old)
    desk.open(f"{seller.session(ada).url}/payment-methods/add")
    desk.page.get_by_label("Use it for all my plans").uncheck()
    add_card(desk, CARD)
    assert seller.v1.subscriptions.retrieve(plan.id).default_payment_method == old
    desk.press("Add payment method", role="link")
    assert desk.page.get_by_label("Use it for all my plans").is_checked()
    desk.page.get_by_label("Card number").fill(NEEDS_BANK)
    desk.page.get_by_label("Expiry date").fill("12 / 34")
    desk.page.get_by_label("Security code").fill("123")
    desk.page.get_by_role("button", name="Add payment method").click()
    desk.page.get_by_role("button", name="Complete").click()
    desk.page.wait_for_url("**/p/session/*?done=added")
    assert seller.v1.subscriptions.retrieve(plan.id).default_payment_method is None
    # Nothing is left to be asked.
    desk.press("Add payment method", role="link")
    assert desk.page.get_by_label("Use it for all my plans").count() == 0


def test_a_change_goes_on_waiting_while_another_card_is_chosen(seller: Seller) -> None:
    ada = seller.customer()
    plan = seller.subscribe(ada)
    unsure = seller.v1.payment_methods.attach("pm_card_authenticationRequired",
                                              {"customer": ada.id}).id  # fmt: skip
    seller.v1.subscriptions.update(plan.id, {"default_payment_method": unsure})
    seller.v1.subscriptions.update(plan.id, {
        "items": [{"id": plan["items"].data[0].id, "price": seller.pro.id}],
        "payment_behavior": "pending_if_incomplete", "proration_behavior": "always_invoice",
    })  # fmt: skip
    assert seller.v1.subscriptions.retrieve(plan.id).pending_update is not None
    good = seller.v1.customers.retrieve(ada.id).invoice_settings.default_payment_method
    url, visitor = f"{seller.session(ada).url}/subscriptions/{plan.id}/pay-with", Visitor(seller)
    assert visitor.post(url, payment_method=good).status_code == 303
    changed = seller.v1.subscriptions.retrieve(plan.id)
    assert changed.default_payment_method is None and changed.pending_update is not None


@pytest.mark.parametrize("change", ["resume", "confirm"])
def test_who_confirms_in_two_windows_may_answer_the_bank_in_either(
    seller: Seller, change: str
) -> None:
    seller.allow_updates()
    seller.allow(subscription_pause={"enabled": True})
    ada = seller.customer()
    plan = seller.subscribe(ada, billing_mode={"type": "flexible"})
    if change == "resume":
        seller.v1.subscriptions.pause(plan.id, {
            "type": "subscription", "bill_for": {"unused_time_from": {"type": "none"}},
        })  # fmt: skip
    unsure = seller.v1.payment_methods.attach("pm_card_authenticationRequired",
                                              {"customer": ada.id}).id  # fmt: skip
    seller.v1.customers.update(ada.id, {"invoice_settings": {"default_payment_method": unsure}})
    home, visitor = seller.session(ada).url, Visitor(seller)
    base, form = f"{home}/subscriptions/{plan.id}", {}
    token = visitor.token(f"{home}/payment-methods/add")
    if change == "confirm":
        visitor.post(f"{base}/update", token, price=seller.pro.id)
    else:
        [due] = re.findall(r'name="due" value="(\d+)"', visitor.get(f"{base}/resume").text)
        form = {"due": due}
    visitor.get(f"{base}/{change}")
    banks = [
        visitor.post(f"{base}/{change}", token, **form).headers["location"] for _ in range(2)
    ]
    assert banks[0] != banks[1]

    # The first window's bank is asked no more: it leads to where the second one's is.
    back = visitor.get(banks[0]).headers["location"]
    assert visitor.get(back).headers["location"] == banks[1]
    secret = banks[1].partition("client_secret=")[2]
    answered = visitor.http.post(
        banks[1].partition("?")[0], {"client_secret": secret, "answer": "complete"},
        allow_redirects=False,
    )  # fmt: skip
    assert "done=" in visitor.get(answered.headers["location"]).headers["location"]

    changed = seller.v1.subscriptions.retrieve(plan.id, {"expand": ["latest_invoice"]})
    wanted = seller.pro if change == "confirm" else seller.basic
    assert (changed.status, changed["items"].data[0].price.id) == ("active", wanted.id)
    assert changed.latest_invoice.status == "paid"
    assert_sound(seller.server.system)


@pytest.fixture
def silent() -> Iterator[tuple[Seller, Any, Callable[[], None]]]:
    """Give a seller whose gateway can fall silent, that gateway, and a day that goes by."""
    with running(worker=False, now=1_800_000_000) as server:
        system = server.system
        system.gateway = FaultyGateway(system.gateway, 1, sleep=lambda _: None)

        def day() -> None:
            clock = system.clock
            advance_time(system, clock.now() + 86_400)

        yield Seller(server), system.gateway, day


@pytest.mark.parametrize("form", [{}, {"all_plans": "1"}, {"subscription": "own"}])
@pytest.mark.parametrize("chosen", [False, True])
def test_a_card_that_its_network_takes_later_pays_then(
    silent: Any, form: dict[str, str], chosen: bool
) -> None:
    seller, gateway, day = silent
    ada = seller.customer()
    first = seller.v1.customers.retrieve(ada.id).invoice_settings.default_payment_method
    own = seller.v1.payment_methods.attach("pm_card_mastercard", {"customer": ada.id}).id
    plan = seller.subscribe(ada, default_payment_method=own)
    if "subscription" in form:
        form = {"subscription": plan.id}
    url, visitor = f"{seller.session(ada).url}/payment-methods/add", Visitor(seller)
    token = visitor.token(url)
    gateway.go_down()
    came = visitor.post(url, token, number=CARD, expiry="12/34", cvc="123", **form)
    assert came.status_code == 303
    [intent] = seller.v1.setup_intents.list({"customer": ada.id}).data
    assert intent.status == "processing"
    if chosen:
        settings = {"default_payment_method": own}
        seller.v1.customers.update(ada.id, {"invoice_settings": settings})
    gateway.come_up()
    day()
    assert seller.v1.setup_intents.retrieve(intent.id).status == "succeeded"
    default = seller.v1.customers.retrieve(ada.id).invoice_settings.default_payment_method
    assert default not in (first, None)
    assert (default == own) == chosen
    kept = own if chosen or not form else None
    assert seller.v1.subscriptions.retrieve(plan.id).default_payment_method == kept
    assert_sound(seller.server.system)


@pytest.mark.parametrize("form", [{}, {"all_plans": "1"}])
def test_a_card_pays_whether_or_not_anybody_comes_back_from_the_bank(
    seller: Seller, form: dict[str, str]
) -> None:
    ada = seller.customer()
    own = seller.v1.payment_methods.attach("pm_card_mastercard", {"customer": ada.id}).id
    plan = seller.subscribe(ada, default_payment_method=own)
    url, visitor = f"{seller.session(ada).url}/payment-methods/add", Visitor(seller)
    came = visitor.post(url, number=NEEDS_BANK, expiry="12/34", cvc="123", **form)
    assert came.status_code == 303
    bank = came.headers["location"]
    [secret] = re.findall(r"client_secret=(\w+)", bank)
    visitor.http.post(
        bank, {"client_secret": secret, "answer": "complete"}, allow_redirects=False
    )
    [intent] = seller.v1.setup_intents.list({"customer": ada.id}).data
    assert intent.status == "succeeded"
    default = seller.v1.customers.retrieve(ada.id).invoice_settings.default_payment_method
    assert default == intent.payment_method
    kept = None if form else own
    assert seller.v1.subscriptions.retrieve(plan.id).default_payment_method == kept


@pytest.mark.parametrize("by", ["quantity", "price"])
def test_a_plan_goes_on_as_the_page_said(seller: Seller, by: str) -> None:
    seller.allow(subscription_pause={"enabled": True})
    ada = seller.customer()
    # Credit pays for it, so that what is due now is the same whatever it costs.
    seller.v1.customers.update(ada.id, {"balance": -100_000})
    plan = seller.subscribe(ada, billing_mode={"type": "flexible"})
    seller.v1.subscriptions.pause(plan.id, {"type": "subscription"})
    visitor, page = Visitor(seller), f"{seller.session(ada).url}/subscriptions/{plan.id}/resume"
    token = visitor.token(page)
    change = {"quantity": 9} if by == "quantity" else {"price": seller.pro.id}
    item = {"id": plan["items"].data[0].id, **change}
    seller.v1.subscriptions.update(plan.id, {"items": [item], "proration_behavior": "none"})
    answer = visitor.post(page, token, due="0")
    assert answer.status_code == 400 and "has changed meanwhile" in answer.text
    assert seller.v1.subscriptions.retrieve(plan.id).status == "paused"
    # What is shown now can be confirmed.
    assert visitor.post(page, token, due="0").status_code == 303
    assert seller.v1.subscriptions.retrieve(plan.id).status == "active"


@pytest.mark.parametrize("purpose", ["all", "one"])
@pytest.mark.parametrize("earlier", [True, False])
def test_a_phase_that_begins_late_does_not_undo_what_a_card_was_added_for(
    silent: Any, purpose: str, earlier: bool
) -> None:
    seller, _, day = silent
    ada = seller.customer()
    attach = seller.v1.payment_methods.attach
    first, second = (
        attach(each, {"customer": ada.id}).id for each in ("pm_card_mastercard", "pm_card_amex")
    )
    month = {"items": [{"price": seller.basic.id}],
             "duration": {"interval": "month", "interval_count": 1}}  # fmt: skip
    schedule = seller.v1.subscription_schedules.create({
        "customer": ada.id, "start_date": "now", "phases": [
            {**month, **({"default_payment_method": first} if earlier else {})},
            {**month, "default_payment_method": second},
        ],
    })  # fmt: skip
    # The second phase was to begin a minute ago; no worker has come by.
    seller.server.system.clock.move_to(schedule.phases[0].end_date + 60)
    form = {"all_plans": "1"} if purpose == "all" else {"subscription": schedule.subscription}
    url, visitor = f"{seller.session(ada).url}/payment-methods/add", Visitor(seller)
    bank = visitor.post(url, number=NEEDS_BANK, expiry="12/34", cvc="123", **form)
    [secret] = re.findall(r"client_secret=(\w+)", bank.headers["location"])
    answer = {"client_secret": secret, "answer": "complete"}
    visitor.http.post(bank.headers["location"], answer, allow_redirects=False)
    day()
    subscription = seller.v1.subscriptions.retrieve(schedule.subscription)
    now = seller.v1.subscription_schedules.retrieve(schedule.id).current_phase
    assert now.start_date == schedule.phases[1].start_date
    assert subscription.default_payment_method is None
    assert_sound(seller.server.system)


@pytest.mark.parametrize("whose", ["nobody's", "another's", "ended"])
def test_a_card_for_a_plan_that_is_not_there(seller: Seller, whose: str) -> None:
    ada = seller.customer()
    first = seller.v1.customers.retrieve(ada.id).invoice_settings.default_payment_method
    plan = seller.subscribe(ada if whose == "ended" else seller.customer(email="b@example.com"))
    url, visitor = f"{seller.session(ada).url}/payment-methods/add", Visitor(seller)
    token = visitor.token(url)
    seller.v1.subscriptions.cancel(plan.id)
    sent = "sub_none" if whose == "nobody's" else plan.id
    came = visitor.post(url, token, number=CARD, expiry="12/34", cvc="123", subscription=sent)
    cards = seller.v1.customers.payment_methods.list(ada.id).data
    default = seller.v1.customers.retrieve(ada.id).invoice_settings.default_payment_method
    if whose == "ended":
        assert (came.status_code, len(cards), default == first) == (303, 2, False)
    else:
        assert (came.status_code, len(cards), default) == (404, 1, first)
