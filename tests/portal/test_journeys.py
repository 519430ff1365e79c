"""What customers do in the portal, in a real browser, on a phone and on a desktop."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from portal.browser import Screen
from portal.seller import BACK, NEEDS_BANK, OTHER_CARD, Seller


def until(met: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something is so; fail when it takes too long."""
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.1)


def add_card(screen: Screen, number: str) -> None:
    page = screen.page
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry date").fill("12 / 34")
    page.get_by_label("Security code").fill("123")
    screen.press("Add payment method")


def test_the_first_page_tells_what_a_customer_has(seller: Seller, screen: Screen) -> None:
    ada = seller.customer(
        balance=-500, address={
            "line1": "12 Rose Lane", "city": "London", "postal_code": "N1 9GU", "country": "GB",
        },
        tax_id_data=[{"type": "gb_vat", "value": "GB123456789"}],
    )  # fmt: skip
    plan = seller.subscribe(ada, seller.seats, 3)
    answer = screen.open(seller.session(ada).url)
    assert answer.headers["content-security-policy"].count("frame-ancestors 'none'") == 1
    assert len(answer.body()) < 60_000
    text = screen.text()
    for said in ("3 × Seats", "$15.00 per month", "3 × $5.00 per month", "Renews on",
                 "Visa •••• 4242", "12 Rose Lane\nLondon\nN1 9GU", "GB123456789", "Paid",
                 "PDF"):  # fmt: skip
        assert said in text, (said, text)
    invoice = seller.v1.invoices.retrieve(plan.latest_invoice)
    assert screen.page.locator(f'a[href="{invoice.hosted_invoice_url}"]').count()
    assert screen.page.locator(f'a[href="{invoice.invoice_pdf}"]').count() == 1
    assert screen.page.locator("aside iframe, iframe").count() == 0


def test_long_words_stay_on_the_page(seller: Seller, screen: Screen) -> None:
    word = "Fotoaufbewahrungsdienstleistungsvertrag"
    seller.v1.products.update(seller.basic.product, {"name": word})
    coupon = seller.v1.coupons.create({
        "name": "Twenty for all who have been with us", "percent_off": 20,
        "duration": "repeating", "duration_in_months": 3,
    })  # fmt: skip
    seller.allow_updates()
    ada = seller.customer()
    plan = seller.subscribe(ada, discounts=[{"coupon": coupon.id}])
    url = seller.session(ada).url
    for page in ("", f"/subscriptions/{plan.id}/update", f"/subscriptions/{plan.id}/cancel"):
        # A window looks whether its page is wider than it is.
        screen.open(url + page)
        assert word in screen.text()


def test_a_plan_is_changed_for_what_was_shown(seller: Seller, screen: Screen) -> None:
    seller.allow_updates()
    ada = seller.customer()
    plan = seller.subscribe(ada)
    screen.open(seller.session(ada).url)
    screen.press("Update plan", role="link")
    screen.page.get_by_label("Pro").check()
    screen.press("Continue")
    assert "Unused time on Basic" in screen.text() and "Remaining time on Pro" in screen.text()
    [shown] = re.findall(r"Confirm and pay \$(\d+\.\d\d)", screen.text())
    screen.press(f"Confirm and pay ${shown}")
    assert "Your plan was updated." in screen.text() and "$30.00 per month" in screen.text()
    changed = seller.v1.subscriptions.retrieve(plan.id, {"expand": ["latest_invoice"]})
    assert changed["items"].data[0].price.id == seller.pro.id
    assert f"{changed.latest_invoice.amount_paid / 100:.2f}" == shown
    assert changed.latest_invoice.status == "paid"


def test_seats_and_billing_frequency_are_changed(seller: Seller, screen: Screen) -> None:
    seller.allow_updates(proration_behavior="create_prorations")
    ada = seller.customer()
    plan = seller.subscribe(ada, seller.seats, 3)
    screen.open(seller.session(ada).url)
    screen.press("Update plan", role="link")
    screen.page.get_by_role("button", name="More").click()
    screen.press("Continue")
    assert "4 × Seats" in screen.text() and "Nothing is to be paid now." in screen.text()
    screen.press("Confirm")
    assert seller.v1.subscriptions.retrieve(plan.id)["items"].data[0].quantity == 4
    screen.press("Update plan", role="link")
    screen.press("Yearly", role="link")
    assert "$300.00 per year" in screen.text()


def test_a_declined_change_changes_nothing_and_can_be_mended(
    seller: Seller, screen: Screen
) -> None:
    seller.allow_updates()
    ada = seller.customer()
    plan = seller.subscribe(ada)
    bad = seller.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": ada.id})
    seller.v1.customers.update(ada.id, {"invoice_settings": {"default_payment_method": bad.id}})
    screen.open(f"{seller.session(ada).url}/subscriptions/{plan.id}/update")
    screen.page.get_by_label("Pro").check()
    screen.press("Continue")
    with screen.page.expect_navigation():
        screen.page.get_by_role("button", name=re.compile("Confirm and pay")).click()
    screen.check()
    assert "Your card was declined" in screen.text()
    same = seller.v1.subscriptions.retrieve(plan.id)
    assert same["items"].data[0].price.id == seller.basic.id
    assert same.status == "active" and same.pending_update is None
    screen.press("Use another one", role="link")
    add_card(screen, OTHER_CARD)
    assert "Confirm your update" in screen.text() and "Mastercard •••• 4444" in screen.text()
    with screen.page.expect_navigation():
        screen.page.get_by_role("button", name=re.compile("Confirm and pay")).click()
    assert "Your plan was updated." in screen.text()
    changed = seller.v1.subscriptions.retrieve(plan.id)
    assert changed["items"].data[0].price.id == seller.pro.id


def test_a_bank_that_wants_to_see_its_customer_is_asked(seller: Seller, desk: Screen) -> None:
    seller.allow_updates()
    ada = seller.customer("pm_card_authenticationRequired")
    plan = seller.subscribe(ada, trial_period_days=10)
    session = seller.session(ada)
    seller.allow(subscription_update={"trial_update_behavior": "end_trial"})

    def confirm() -> None:
        desk.open(f"{session.url}/subscriptions/{plan.id}/update")
        desk.page.get_by_label("Pro").check()
        desk.press("Continue")
        desk.press("Confirm and pay $30.00")

    confirm()
    desk.press("Fail authentication")
    assert "was declined" in desk.text() or "could not confirm" in desk.text(), desk.text()
    same = seller.v1.subscriptions.retrieve(plan.id)
    assert (same.status, same.pending_update) == ("trialing", None)
    confirm()
    desk.press("Complete authentication")
    assert "Your plan was updated." in desk.text()
    changed = seller.v1.subscriptions.retrieve(plan.id)
    assert (changed.status, changed["items"].data[0].price.id) == ("active", seller.pro.id)


def test_a_promotion_code_is_tried_and_given(seller: Seller, screen: Screen) -> None:
    seller.allow_updates()
    coupon = seller.v1.coupons.create({"percent_off": 50, "duration": "forever"})
    seller.v1.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "HALF"}
    )
    ada = seller.customer()
    plan = seller.subscribe(ada)
    screen.open(f"{seller.session(ada).url}/subscriptions/{plan.id}/update")
    screen.page.get_by_label("Pro").check()
    screen.press("Continue")
    screen.page.get_by_text("Add promotion code").click()
    screen.page.get_by_label("Promotion code").fill("WRONG")
    screen.press("Apply")
    assert "This code is not valid." in screen.text()
    screen.page.get_by_label("Promotion code").fill("half")
    screen.press("Apply")
    assert "50% off" in screen.text()
    [shown] = re.findall(r"Confirm and pay \$(\d+\.\d\d)", screen.text())
    screen.press(f"Confirm and pay ${shown}")
    changed = seller.v1.subscriptions.retrieve(plan.id, {"expand": ["latest_invoice", "discounts"]})
    assert changed.discounts[0].source.coupon == coupon.id
    assert f"{changed.latest_invoice.amount_paid / 100:.2f}" == shown


def test_a_downgrade_waits_for_the_end_of_the_period(seller: Seller, screen: Screen) -> None:
    seller.allow_updates(
        schedule_at_period_end={"conditions": [{"type": "decreasing_item_amount"}]}
    )
    ada = seller.customer()
    plan = seller.subscribe(ada, seller.pro)
    end = plan["items"].data[0].current_period_end
    session = seller.session(ada)
    screen.open(f"{session.url}/subscriptions/{plan.id}/update")
    screen.page.get_by_label("Basic").check()
    screen.press("Continue")
    assert "Nothing changes until" in screen.text()
    screen.press("Confirm")
    assert "Changes to Basic on" in screen.text() and "Update plan" not in screen.text()
    later = seller.v1.subscriptions.retrieve(plan.id, {"expand": ["schedule"]})
    assert later["items"].data[0].price.id == seller.pro.id
    now, then = later.schedule.phases
    assert (now.end_date, then["items"][0].price) == (end, seller.basic.id)
    assert seller.events("subscription_schedule.created")
    screen.press("Keep current plan")
    assert "Your plan stays as it is." in screen.text()
    assert seller.v1.subscriptions.retrieve(plan.id).schedule is None


def test_a_plan_is_canceled_with_a_reason_and_kept_after_all(
    seller: Seller, screen: Screen
) -> None:
    seller.allow(subscription_cancel={"cancellation_reason": {
        "enabled": True, "options": ["too_expensive", "other"]}})  # fmt: skip
    for mode in ("classic", "flexible"):
        ada = seller.customer()
        plan = seller.subscribe(ada, billing_mode={"type": mode})
        screen.open(seller.session(ada).url)
        screen.press("Cancel plan", role="link")
        screen.page.get_by_label("It is too expensive").check()
        screen.page.get_by_label("Anything that you would like to tell us?").fill("Too much!")
        screen.press("Cancel subscription")
        assert "Your plan was canceled." in screen.text() and "Ends on" in screen.text()
        ends = seller.v1.subscriptions.retrieve(plan.id)
        period_end = plan["items"].data[0].current_period_end
        assert (ends.status, ends.cancel_at) == ("active", period_end)
        assert ends.cancel_at_period_end is (mode == "classic")
        details = ends.cancellation_details
        assert (details.feedback, details.comment) == ("too_expensive", "Too much!")
        screen.press("Keep plan")
        assert "Your plan goes on." in screen.text()
        kept = seller.v1.subscriptions.retrieve(plan.id)
        assert kept.cancel_at is None and kept.cancellation_details.reason is None


def test_a_plan_ends_at_once_where_that_is_configured(seller: Seller, desk: Screen) -> None:
    seller.allow(subscription_cancel={
        "mode": "immediately", "proration_behavior": "create_prorations"})  # fmt: skip
    ada = seller.customer()
    plan = seller.subscribe(ada)
    desk.open(seller.session(ada).url)
    desk.press("Cancel plan", role="link")
    assert "at once" in desk.text()
    desk.press("Cancel subscription")
    assert "You have no plan at the moment." in desk.text()
    assert seller.v1.subscriptions.retrieve(plan.id).status == "canceled"
    [credit] = seller.v1.invoice_items.list({"customer": ada.id}).data
    assert credit.amount < 0


def test_a_plan_is_paused_and_resumed(seller: Seller, screen: Screen) -> None:
    seller.allow(subscription_pause={"enabled": True, "duration": {
        "type": "interval_options", "interval_options": [
            {"interval": "month"}, {"interval": "week", "interval_count": 2}]}})  # fmt: skip
    ada = seller.customer()
    plan = seller.subscribe(ada, billing_mode={"type": "flexible"})
    screen.open(seller.session(ada).url)
    screen.press("Pause plan", role="link")
    screen.page.get_by_label("2 weeks").check()
    screen.press("Pause subscription")
    assert "Goes on by itself on" in screen.text()
    paused = seller.v1.subscriptions.retrieve(plan.id, {"expand": ["schedule"]})
    assert paused.status == "paused"
    [planned] = paused.schedule.pause_schedules
    assert planned.resume.resume_at - planned.pause.pause_at == 14 * 86_400
    screen.press("Resume plan", role="link")
    assert "Nothing is to be paid" not in screen.text()
    screen.press("Confirm")
    assert "Your plan goes on." in screen.text()
    resumed = seller.v1.subscriptions.retrieve(plan.id)
    assert (resumed.status, resumed.schedule) == ("active", None)
    seller.allow(subscription_pause={"duration": {"type": "indefinite"}})
    screen.press("Pause plan", role="link")
    screen.press("Pause subscription")
    assert "Paused since" in screen.text()


def test_payment_methods_are_added_chosen_and_removed(seller: Seller, screen: Screen) -> None:
    ada = seller.customer()
    plan = seller.subscribe(ada)
    screen.open(seller.session(ada).url)
    screen.press("Add payment method", role="link")
    screen.page.get_by_label("Card number").press_sequentially("4000000000000002")
    assert screen.page.get_by_label("Card number").input_value() == "4000 0000 0000 0002"
    screen.page.get_by_label("Expiry date").press_sequentially("1234")
    assert screen.page.get_by_label("Expiry date").input_value() == "12 / 34"
    screen.page.get_by_label("Security code").fill("123")
    screen.press("Add payment method")
    assert "Your card was declined" in screen.text()
    assert screen.page.get_by_label("Card number").input_value() == ""
    add_card(screen, OTHER_CARD)
    assert "Your payment method was added." in screen.text()
    methods = seller.v1.customers.payment_methods.list(ada.id).data
    default = seller.v1.customers.retrieve(ada.id).invoice_settings.default_payment_method
    assert len(methods) == 2 and default == methods[0].id
    assert methods[0].card.last4 == "4444"
    events = seller.events("setup_intent.created", "setup_intent.succeeded",
                           "payment_method.attached", "customer.updated")  # fmt: skip
    assert events[-3:] == ["setup_intent.succeeded", "payment_method.attached", "customer.updated"]
    screen.press("Change the payment method of Basic", role="link")
    screen.page.get_by_label("Visa").check()
    screen.press("Save")
    own = seller.v1.subscriptions.retrieve(plan.id).default_payment_method
    assert own == methods[1].id
    screen.press("Make default Visa 4242")
    screen.press("Remove Mastercard 4444", role="link")
    screen.press("Remove payment method")
    assert "The payment method was removed." in screen.text()
    assert len(seller.v1.customers.payment_methods.list(ada.id).data) == 1
    assert "Remove" not in screen.text()


def test_a_card_whose_bank_wants_to_see_its_owner_is_added(seller: Seller, desk: Screen) -> None:
    ada = seller.customer(card=None)
    session = seller.session(ada)
    desk.open(f"{session.url}/payment-methods/add")
    add_card(desk, NEEDS_BANK)
    desk.press("Fail authentication")
    assert "could not confirm that it is you" in desk.text()
    add_card(desk, NEEDS_BANK)
    desk.press("Complete authentication")
    assert "Your payment method was added." in desk.text()
    changed = seller.v1.customers.retrieve(ada.id)
    assert changed.invoice_settings.default_payment_method is not None


def test_details_addresses_and_tax_numbers_are_changed(seller: Seller, screen: Screen) -> None:
    ada = seller.customer()
    screen.open(seller.session(ada).url)
    screen.press("Update details", role="link")
    page = screen.page
    page.get_by_label("Name", exact=True).fill("Ada King")
    page.get_by_label("Phone").fill("+33 1 23 45 67 89")
    page.get_by_label("Country").first.select_option("FR")
    page.get_by_label("Street and number").first.fill("1 rue de la Paix")
    page.get_by_label("City").first.fill("Paris")
    page.get_by_label("Type of number").select_option("eu_vat")
    page.get_by_label("New tax number").fill("nonsense")
    screen.press("Save")
    assert "This tax number is not right." in screen.text()
    assert page.get_by_label("Name", exact=True).input_value() == "Ada King"
    page.get_by_label("New tax number").fill("FR12345678901")
    screen.press("Save")
    assert "Your details were saved." in screen.text()
    changed = seller.v1.customers.retrieve(ada.id, {"expand": ["tax_ids"]})
    assert (changed.name, changed.phone) == ("Ada King", "+33 1 23 45 67 89")
    assert (changed.address.line1, changed.address.country) == ("1 rue de la Paix", "FR")
    assert changed.shipping is None
    assert changed.tax_ids.data[0].value == "FR12345678901"
    screen.press("Update details", role="link")
    screen.press("Remove FR12345678901")
    assert not seller.v1.customers.tax_ids.list(ada.id).data


def test_a_payment_that_failed_leads_to_its_invoice(seller: Seller, desk: Screen) -> None:
    ada = seller.customer("pm_card_chargeCustomerFail")
    plan = seller.subscribe(ada, trial_period_days=1)
    seller.v1.subscriptions.update(plan.id, {"trial_end": "now"})
    desk.open(seller.session(ada).url)
    assert "Payment due" in desk.text()
    invoice = seller.v1.subscriptions.retrieve(plan.id, {"expand": ["latest_invoice"]})
    url = invoice.latest_invoice.hosted_invoice_url
    assert desk.page.get_by_role("link", name="Pay now").get_attribute("href") == url


def test_a_customer_goes_back_to_the_seller(seller: Seller, screen: Screen) -> None:
    screen.open(seller.session(seller.customer()).url)
    screen.page.get_by_role("link", name="Return").click()
    screen.page.wait_for_url(BACK)
