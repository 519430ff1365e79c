"""Sessions that are for one thing only show that and nothing else, and then lead on."""

from __future__ import annotations

from portal.browser import Screen
from portal.seller import BACK, CARD, OTHER_CARD, Seller
from portal.test_journeys import add_card

HERE = {"type": "redirect", "redirect": {"return_url": f"{BACK}?done=1"}}


def test_an_update_is_confirmed_and_the_customer_sent_back(seller: Seller, screen: Screen) -> None:
    seller.allow_updates()
    ada = seller.customer()
    plan = seller.subscribe(ada)
    session = seller.flow(
        ada, "subscription_update_confirm", HERE, subscription=plan.id,
        items=[{"id": plan["items"].data[0].id, "price": seller.pro.id, "quantity": 1}],
    )  # fmt: skip
    screen.open(session.url)
    assert "Confirm your update" in screen.text()
    assert "Your plans and payments" not in screen.text()
    screen.page.goto(f"{session.url}/details")
    assert screen.page.url.endswith("/confirm")
    screen.page.get_by_role("button", name="Confirm and pay $20.00").click()
    screen.is_sent_to(f"{BACK}?done=1")
    changed = seller.v1.subscriptions.retrieve(plan.id)
    assert changed["items"].data[0].price.id == seller.pro.id
    screen.open(session.url)
    assert screen.page.url.endswith("/done")


def test_an_update_without_a_card_takes_one_on_the_way(seller: Seller, desk: Screen) -> None:
    seller.allow_updates()
    free = seller._price("Free", 0, "month")
    ada = seller.customer(card=None)
    plan = seller.subscribe(ada, free)
    session = seller.flow(
        ada, "subscription_update_confirm", HERE, subscription=plan.id,
        items=[{"id": plan["items"].data[0].id, "price": seller.pro.id}],
    )  # fmt: skip
    desk.open(session.url)
    with desk.page.expect_navigation():
        desk.page.get_by_role("button", name="Confirm and pay").click()
    assert "Please add a payment method first." in desk.text()
    desk.press("Add payment method", role="link")
    add_card(desk, CARD)
    assert "Confirm your update" in desk.text()
    desk.page.get_by_role("button", name="Confirm and pay").click()
    desk.is_sent_to(f"{BACK}?done=1")
    assert seller.v1.subscriptions.retrieve(plan.id)["items"].data[0].price.id == seller.pro.id


def test_a_discount_of_the_flow_is_given(seller: Seller, desk: Screen) -> None:
    seller.allow_updates(default_allowed_updates=["price"])
    coupon = seller.v1.coupons.create({"percent_off": 10, "duration": "forever"})
    ada = seller.customer()
    plan = seller.subscribe(ada)
    session = seller.flow(
        ada, "subscription_update_confirm", HERE, subscription=plan.id,
        items=[{"id": plan["items"].data[0].id, "price": seller.pro.id}],
        discounts=[{"coupon": coupon.id}],
    )  # fmt: skip
    desk.open(session.url)
    assert "10% off" in desk.text() and "Add promotion code" not in desk.text()
    desk.page.get_by_role("button", name="Confirm and pay").click()
    desk.is_sent_to(f"{BACK}?done=1")
    changed = seller.v1.subscriptions.retrieve(plan.id, {"expand": ["discounts"]})
    assert changed.discounts[0].source.coupon == coupon.id


def test_a_plan_is_chosen_in_a_flow(seller: Seller, desk: Screen) -> None:
    seller.allow_updates()
    ada = seller.customer()
    plan = seller.subscribe(ada)
    desk.open(seller.flow(ada, "subscription_update", subscription=plan.id).url)
    desk.page.get_by_label("Pro").check()
    desk.press("Continue")
    desk.press("Confirm and pay $20.00")
    assert "Your plan was updated." in desk.text()
    assert "Payment methods" in desk.text()


def test_a_cancellation_confirms_itself_in_the_sellers_words(
    seller: Seller, screen: Screen
) -> None:
    ada = seller.customer()
    plan = seller.subscribe(ada)
    session = seller.flow(ada, "subscription_cancel", {
        "type": "hosted_confirmation",
        "hosted_confirmation": {"custom_message": "Goodbye <b>Ada</b>"},
    }, subscription=plan.id)  # fmt: skip
    screen.open(session.url)
    screen.press("Cancel subscription")
    assert "Your plan was canceled." in screen.text() and "Goodbye <b>Ada</b>" in screen.text()
    assert screen.page.get_by_role("link", name="Return").count()
    screen.page.goto(f"{session.url}/details")
    assert screen.page.url.endswith("/done")


def test_who_is_about_to_leave_may_stay_for_a_coupon(seller: Seller, screen: Screen) -> None:
    coupon = seller.v1.coupons.create(
        {"percent_off": 20, "duration": "repeating", "duration_in_months": 3}
    )
    ada = seller.customer()
    plan = seller.subscribe(ada)

    def leave() -> None:
        screen.open(seller.flow(
            ada, "subscription_cancel", subscription=plan.id,
            retention={"type": "coupon_offer", "coupon_offer": {"coupon": coupon.id}},
        ).url)  # fmt: skip

    leave()
    screen.press("No thanks, cancel my plan", role="link")
    assert "Cancel your plan" in screen.text()
    leave()
    assert "20% off for 3 months" in screen.text()
    screen.press("Accept offer")
    assert "Thank you for staying!" in screen.text()
    kept = seller.v1.subscriptions.retrieve(plan.id, {"expand": ["discounts"]})
    assert kept.cancel_at is None and kept.discounts[0].source.coupon == coupon.id
    # What it has already is not offered again.
    leave()
    screen.press("Cancel subscription")
    assert seller.v1.subscriptions.retrieve(plan.id).cancel_at is not None


def test_a_card_is_added_and_the_customer_sent_back(seller: Seller, screen: Screen) -> None:
    ada = seller.customer()
    screen.open(seller.flow(ada, "payment_method_update", HERE).url)
    page = screen.page
    page.get_by_label("Card number").fill(OTHER_CARD)
    page.get_by_label("Expiry date").fill("12/34")
    page.get_by_label("Security code").fill("123")
    page.get_by_role("button", name="Add payment method").click()
    screen.is_sent_to(f"{BACK}?done=1")
    changed = seller.v1.customers.retrieve(
        ada.id, {"expand": ["invoice_settings.default_payment_method"]}
    )
    assert changed.invoice_settings.default_payment_method.card.last4 == "4444"


def test_details_and_a_pause_have_flows_of_their_own(seller: Seller, desk: Screen) -> None:
    seller.allow(subscription_pause={"enabled": True})
    ada = seller.customer()
    plan = seller.subscribe(ada, billing_mode={"type": "flexible"})
    desk.open(seller.flow(ada, "customer_update").url)
    desk.page.get_by_label("Name", exact=True).fill("Ada King")
    desk.press("Save")
    assert seller.v1.customers.retrieve(ada.id).name == "Ada King"
    desk.open(seller.flow(ada, "subscription_pause", subscription=plan.id).url)
    desk.press("Pause subscription")
    assert "Paused" in desk.text()


def test_a_plan_changed_by_keyboard_alone(seller: Seller, desk: Screen) -> None:
    seller.allow_updates()
    ada = seller.customer()
    plan = seller.subscribe(ada)
    desk.open(seller.session(ada).url)
    desk.tab_to("Skip to the content")
    desk.page.keyboard.press("Enter")
    desk.tab_to("Update plan")
    desk.enter()
    desk.tab_to("Basic")
    desk.page.keyboard.press("ArrowDown")
    desk.tab_to("Continue")
    desk.enter()
    desk.tab_to("Confirm and pay $20.00")
    desk.enter()
    assert "Your plan was updated." in desk.text()
    desk.tab_to("Cancel plan")
    desk.enter()
    desk.tab_to("Cancel subscription")
    desk.enter()
    assert "Ends on" in desk.text()
    assert seller.v1.subscriptions.retrieve(plan.id).cancel_at is not None


def test_a_card_added_by_keyboard_alone(seller: Seller, desk: Screen) -> None:
    ada = seller.customer(card=None)
    desk.open(seller.session(ada).url)
    desk.tab_to("Add payment method")
    desk.enter()
    for name, typed in (("Card number", CARD), ("Expiry date", "1234"), ("Security code", "123")):
        desk.tab_to(name)
        desk.page.keyboard.type(typed)
    desk.enter()
    assert "Your payment method was added." in desk.text()


def test_everything_is_told_in_french(seller: Seller, french: Screen) -> None:
    seller.allow_updates(
        schedule_at_period_end={"conditions": [{"type": "decreasing_item_amount"}]}
    )
    seller.allow(subscription_cancel={"cancellation_reason": {
        "enabled": True, "options": ["too_expensive"]}})  # fmt: skip
    ada = seller.customer(preferred_locales=["fr-FR"])
    plan = seller.subscribe(ada)
    french.open(seller.session(ada).url)
    assert french.page.get_attribute("html", "lang") == "fr-FR"
    assert "10,00\xa0$US par mois" in french.text() and "Se renouvelle le" in french.text()
    french.press("Changer d’abonnement", role="link")
    french.page.get_by_label("Pro").check()
    french.press("Continuer")
    assert "Temps non utilisé de Basic" in french.text()
    french.press("Confirmer et payer 20,00\xa0$US")
    assert "Votre abonnement a été modifié." in french.text()
    french.press("Ajouter un moyen de paiement", role="link")
    french.page.get_by_label("Numéro de carte").fill("4000000000000002")
    french.page.get_by_label("Date d’expiration").fill("12 / 34")
    french.page.get_by_label("Code de sécurité").fill("123")
    french.press("Ajouter un moyen de paiement")
    assert "Votre carte a été refusée." in french.text()
    french.press("Retour", role="link")
    french.press("Résilier l’abonnement", role="link")
    french.page.get_by_label("C’est trop cher").check()
    french.press("Résilier l’abonnement")
    assert "Votre abonnement a été résilié." in french.text()
    assert seller.v1.subscriptions.retrieve(plan.id).cancel_at is not None


def test_a_language_that_was_chosen_stays(seller: Seller, desk: Screen) -> None:
    seller.subscribe(ada := seller.customer())
    desk.open(seller.session(ada).url)
    with desk.page.expect_navigation():
        desk.page.get_by_label("Language").select_option("de")
    assert "Ihre Tarife und Zahlungen" in desk.text()
    desk.press("Angaben ändern", role="link")
    assert "Rechnungsadresse" in desk.text()


def test_the_enter_key_does_what_the_form_is_for(seller: Seller, desk: Screen) -> None:
    seller.allow_updates()
    ada = seller.customer(tax_id_data=[{"type": "gb_vat", "value": "GB123456789"}])
    plan = seller.subscribe(ada, seller.seats, 3)
    session = seller.session(ada)
    desk.open(f"{session.url}/details")
    desk.page.get_by_label("Name", exact=True).fill("Ada King")
    desk.enter()
    assert "Your details were saved." in desk.text() and "GB123456789" in desk.text()
    desk.open(f"{session.url}/subscriptions/{plan.id}/update")
    desk.page.get_by_label("Quantity").fill("5")
    desk.enter()
    assert "5 × Seats" in desk.text()
    desk.open(f"{session.url}/subscriptions/{plan.id}/update")
    desk.press("Add promotion code")
    assert desk.page.get_by_label("Promotion code").is_visible()
