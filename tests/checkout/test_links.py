"""Payment links: made once, opened by anyone, each time with a session of its own."""

from __future__ import annotations

import pytest
import requests

from checkout.desk import refused_by_api
from checkout.test_life import book_of
from prorata.engine.checkout import codes
from prorata.engine.checkout.visit import visit_link
from prorata.engine.tries import Tries
from prorata.model.errors import InvalidRequest


def visit(desk, link, **query):
    token = link.url.rpartition("/")[2]
    done = desk.server.system.write(book_of(desk), lambda uow: visit_link(uow, token, query).id)
    return desk.read(done.result)


def link_for(desk, *prices, **params):
    items = [each if isinstance(each, dict) else {"price": each, "quantity": 1} for each in prices]
    return desk.client.payment_links.create({"line_items": items, **params})


def test_every_visit_makes_a_session(desk):
    link = link_for(
        desk, desk.price(1500), metadata={"a": "b"}, allow_promotion_codes=True,
        subscription_data={"trial_period_days": 7, "description": "Photos"},
    )  # fmt: skip
    assert "/pay/test_" in link.url
    first, second = visit(desk, link), visit(desk, link)
    assert first.id != second.id
    assert (first.payment_link, first.mode, first.amount_total) == (link.id, "subscription", 0)
    assert first.metadata.to_dict() == {"a": "b"}
    desk.confirm(first)
    subscription = desk.read(first, "subscription").subscription
    assert (subscription.status, subscription.description) == ("trialing", "Photos")
    listed = desk.client.checkout.sessions.list({"payment_link": link.id}).data
    assert {each.id for each in listed} == {first.id, second.id}


def test_a_link_sells_what_it_shows(desk):
    link = link_for(
        desk,
        {"quantity": 2, "adjustable_quantity": {"enabled": True},
         "price_data": {"currency": "eur", "unit_amount": 500, "product_data": {"name": "Mug"}}},
        expand=["line_items"],
    )  # fmt: skip
    [item] = link.line_items.data
    assert (item.description, item.quantity, link.currency) == ("Mug", 2, "eur")
    assert (item.amount_subtotal, item.amount_total) == (1000, 1000)
    assert visit(desk, link).amount_total == 1000
    changed = desk.client.payment_links.update(
        link.id, {"line_items": [{"id": item.id, "quantity": 5}]}
    )
    assert visit(desk, changed).amount_total == 2500
    [listed] = desk.client.payment_links.line_items.list(link.id).data
    assert (listed.quantity, listed.amount_total) == (5, 2500)


@pytest.mark.parametrize(
    ("after", "ends"),
    [
        (
            {"type": "redirect", "redirect": {"url": "https://a.example/{CHECKOUT_SESSION_ID}"}},
            ("https://a.example/ID", None),
        ),
        (
            {"type": "hosted_confirmation", "hosted_confirmation": {"custom_message": "Thanks!"}},
            (None, "Thanks!"),
        ),
    ],
)
def test_what_comes_afterwards(desk, after, ends):
    session = visit(desk, link_for(desk, desk.price(recurring=None), after_completion=after))
    end = desk.confirm(session)["completion"]
    assert ((end["redirect_url"] or "").replace(session.id, "ID") or None, end["message"]) == ends


def test_a_link_that_is_switched_off(desk):
    link = link_for(desk, desk.price(), inactive_message="Sold out")
    desk.client.payment_links.update(link.id, {"active": False})
    with pytest.raises(InvalidRequest, match="Sold out"):
        visit(desk, link)
    assert link.id not in [
        each.id for each in desk.client.payment_links.list({"active": True}).data
    ]
    with pytest.raises(InvalidRequest, match="not known"):
        desk.server.system.write(book_of(desk), lambda uow: visit_link(uow, "nothing", {}))


def test_who_only_asks_whether_a_link_is_there_makes_no_session(desk):
    link = link_for(desk, desk.price())

    def made():
        return len(desk.client.checkout.sessions.list({"payment_link": link.id}).data)

    answer = requests.head(link.url, timeout=60)
    assert (answer.status_code, answer.content, made()) == (200, b"", 0)
    assert requests.head(f"{link.url}x", timeout=60).status_code == 404
    assert requests.get(link.url, allow_redirects=False, timeout=60).status_code == 303
    assert made() == 1
    desk.client.payment_links.update(link.id, {"active": False})
    assert requests.head(link.url, timeout=60).status_code == 410


def test_a_link_ends_after_so_many_sessions(desk):
    link = link_for(
        desk, desk.price(recurring=None), restrictions={"completed_sessions": {"limit": 2}}
    )
    for _ in range(2):
        desk.confirm(visit(desk, link))
    shown = desk.client.payment_links.retrieve(link.id)
    assert (shown.active, shown.restrictions.completed_sessions.count) == (False, 2)
    with pytest.raises(InvalidRequest, match="no longer active"):
        visit(desk, link)
    types = [each.type for each in desk.client.events.list({"limit": 100}).data
             if each.data.object.id == link.id]  # fmt: skip
    assert set(types) == {"payment_link.created", "payment_link.updated"}


def test_the_last_place_of_a_link_is_paid_once(desk):
    link = link_for(
        desk, desk.price(recurring=None), restrictions={"completed_sessions": {"limit": 1}}
    )
    first, second, third = (visit(desk, link) for _ in range(3))
    waiting = desk.confirm(first, "authenticationRequired")
    busy = desk.refused("confirm", second)
    assert (busy.status, busy.code) == (429, "lock_timeout")
    desk.pass_challenge(waiting, success=False)
    desk.confirm(second)
    late = desk.refused("confirm", third)
    assert (late.status, late.code) == (410, "payment_link_inactive")
    assert desk.refused("confirm", first).code == "payment_link_inactive"
    shown = desk.client.payment_links.retrieve(link.id)
    assert (shown.active, shown.restrictions.completed_sessions.count) == (False, 1)


def test_what_the_address_says(desk):
    coupon = desk.client.coupons.create({"percent_off": 50, "duration": "once"}).id
    desk.client.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon}, "code": "LINK"}
    )
    link = link_for(desk, desk.price(2000), allow_promotion_codes=True)
    session = visit(
        desk, link, prefilled_email="a@example.com", prefilled_promo_code="link",
        client_reference_id="ref_1", locale="fr", utm_source="mail",
    )  # fmt: skip
    assert (session.client_reference_id, session.locale, session.amount_total) == (
        "ref_1",
        "fr",
        1000,
    )
    page = desk.page(session)
    assert (page["collected"]["email"], page["collects"]["email_locked"]) == (
        "a@example.com",
        False,
    )
    locked = visit(desk, link, locked_prefilled_email="b@example.com")
    assert locked.customer_email == "b@example.com"
    assert desk.page(locked)["collects"]["email_locked"] is True


def test_bad_values_in_the_address_are_dropped(desk):
    link = link_for(desk, desk.price(2000))
    session = visit(
        desk, link, prefilled_email="nobody", client_reference_id="x y", locale="tlh",
        prefilled_promo_code="NONE", utm_source="a b",
    )  # fmt: skip
    assert (session.client_reference_id, session.locale, session.amount_total) == (None, None, 2000)


def test_a_link_is_changed(desk):
    link = link_for(desk, desk.price(recurring=None))
    changed = desk.client.payment_links.update(link.id, {
        "custom_fields": [{"key": "a", "label": {"type": "custom", "custom": "A"}, "type": "text"}],
        "phone_number_collection": {"enabled": True}, "submit_type": "donate",
        "customer_creation": "always", "billing_address_collection": "required",
        "shipping_address_collection": {"allowed_countries": ["FR"]},
        "payment_method_types": ["card"], "tax_id_collection": {"enabled": True},
        "name_collection": {"business": {"enabled": True}}, "inactive_message": "Gone",
        "invoice_creation": {"enabled": True}, "custom_text": {"submit": {"message": "Hello"}},
        "payment_method_options": {"card": {"restrictions": {"brands_blocked": ["visa"]}}},
        "optional_items": [{"price": desk.price(300, recurring=None), "quantity": 1}],
        "payment_intent_data": {"description": "A link", "metadata": {"x": "y"}},
        "consent_collection": {"terms_of_service": "required"},
    })  # fmt: skip
    session = visit(desk, changed)
    assert (session.submit_type, session.customer_creation) == ("donate", "always")
    assert session.payment_method_types == ["card"]
    assert session.custom_fields[0].key == "a"
    assert session.consent_collection.terms_of_service == "required"
    assert session.invoice_creation.enabled is True
    cleared = desk.client.payment_links.update(link.id, {
        "custom_fields": "", "shipping_address_collection": "", "payment_method_types": "",
        "name_collection": "", "inactive_message": "", "payment_method_options": "",
        "optional_items": "", "custom_text": {"submit": ""},
        "payment_intent_data": {"description": ""},
    })  # fmt: skip
    assert (cleared.custom_fields, cleared.shipping_address_collection) == ([], None)
    assert (cleared.payment_method_types, cleared.inactive_message) == (None, None)
    assert cleared.custom_text.submit is None


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"application_fee_amount": 5}, "application_fee_amount"),
        ({"transfer_data": {"destination": "acct_1"}}, "transfer_data"),
        ({"on_behalf_of": "acct_other"}, "on_behalf_of"),
        ({"automatic_tax": {"enabled": True}}, "automatic_tax[enabled]"),
        ({"after_completion": {"type": "redirect"}}, "after_completion[redirect]"),
        (
            {"after_completion": {"type": "redirect", "redirect": {"url": "x"}}},
            "after_completion[redirect][url]",
        ),
        ({"payment_method_types": ["klarna"]}, "payment_method_types[0]"),
        ({"subscription_data": {"trial_period_days": 7}}, "subscription_data"),
        (
            {"restrictions": {"completed_sessions": {"limit": 0}}},
            "restrictions[completed_sessions][limit]",
        ),
        ({"payment_intent_data": {"transfer_group": "x"}}, "payment_intent_data[transfer_group]"),
        (
            {"shipping_options": [{"shipping_rate": "shr_none"}]},
            "shipping_options[0][shipping_rate]",
        ),
        ({"currency": "gbp"}, "line_items[0]"),
    ],
)
def test_links_that_cannot_be(desk, params, param):
    error = refused_by_api(link_for, desk, desk.price(recurring=None), **params)
    assert (error.http_status, error.param) == (400, param)


def test_links_need_something_to_sell(desk):
    assert refused_by_api(link_for, desk).param == "line_items"
    many = [desk.price(recurring=None) for _ in range(21)]
    assert refused_by_api(link_for, desk, *many).param == "line_items"


def test_wrong_codes_are_counted_for_all_visits_of_a_link(desk, monkeypatch):
    monkeypatch.setattr(codes, "WRONG_CODES", Tries("guesses", most=3, seconds=600))
    coupon = desk.client.coupons.create({"percent_off": 50, "duration": "once"})
    desk.client.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "HALF"}
    )
    link = link_for(desk, desk.price(1500), allow_promotion_codes=True)
    for _ in range(3):
        desk.change(visit(desk, link), promotion_code="HALF")
        assert desk.refused("change", visit(desk, link), promotion_code="GUESS").code == (
            "promotion_code_invalid"
        )
    refused = desk.refused("change", visit(desk, link), promotion_code="HALF")
    assert (refused.status, refused.code) == (429, "rate_limit")
    other = link_for(desk, desk.price(1500), allow_promotion_codes=True)
    desk.change(visit(desk, other), promotion_code="HALF")
