"""Changes of subscriptions: what bills at once, what moves the anchor, what is refused."""

from __future__ import annotations

import pytest

from acceptance.lives import SeenLife
from acceptance.till import refused
from subscriptions.life import DAY, at, first, lines, period

HALF = at("2026-02-01") - 31 * DAY // 2


@pytest.fixture
def life(client) -> SeenLife:
    return SeenLife(client)


def started(life, price=None, **params):
    return life.subscribe(price or life.price(1_000), **params)


@pytest.mark.parametrize("mode", ["classic", "flexible"])
def test_another_price_of_the_same_interval_moves_nothing(client, mode):
    life = SeenLife(client)
    found = started(life, billing_mode={"type": mode})
    life.advance(HALF)
    changed = life.change(found, life.price(3_000, name="Pro"))
    assert changed.latest_invoice == found.latest_invoice
    assert changed.billing_cycle_anchor == found.billing_cycle_anchor
    assert period(first(changed)) == period(first(found))
    assert len(life.pending()) == 2


def test_flexible_monthly_to_yearly_as_recorded(life):
    found = started(life, life.price(2_500))
    life.advance(life.now + 4)
    found = life.change_as_seen(
        found, items=life.item(found, price=life.price(25_000, "year", name="Year")),
        proration_behavior="always_invoice")
    assert lines(life.latest(found)) == [
        ("Unused time on Basic after 01 Jan 2026", -2_500),
        ("Remaining time on Year after 01 Jan 2026", 25_000)]
    assert found.billing_cycle_anchor == at("2026-01-01")
    assert first(found).current_period_end == at("2027-01-01")


def test_flexible_yearly_to_monthly(life):
    found = started(life, life.price(36_500, "year", name="Year"))
    life.advance(HALF)
    found = life.change_as_seen(found, items=life.item(found, price=life.price(3_100)),
                                proration_behavior="always_invoice")
    assert [line.amount for line in life.latest(found).lines.data] == [-34_950, 1_550]
    assert first(found).current_period_end == at("2026-02-01")
    assert life.client.customers.retrieve(life.customer.id).balance == -33_400


def test_classic_of_another_interval_begins_anew_and_is_billed_at_once(client):
    life = SeenLife(client)
    found = started(life, billing_mode={"type": "classic"})
    life.advance(HALF)
    found = life.change_as_seen(
        found, items=life.item(found, price=life.price(12_000, "year", name="Year")))
    invoice = life.latest(found)
    assert lines(invoice) == [
        ("Unused time on Basic after 16 Jan 2026", -500), ("1 × Year (at $120.00 / year)", 12_000)]
    assert (invoice.billing_reason, invoice.status) == ("subscription_update", "paid")
    assert found.billing_cycle_anchor == first(found).current_period_start == HALF


def test_classic_from_free_to_paid_begins_anew(client):
    life = SeenLife(client)
    found = started(life, life.price(0, name="Free"), billing_mode={"type": "classic"})
    life.advance(HALF)
    found = life.change_as_seen(found, items=life.item(found, price=life.price(1_000)))
    assert lines(life.latest(found)) == [("1 × Basic (at $10.00 / month)", 1_000)]
    assert (found.billing_cycle_anchor, life.latest(found).billing_reason) == (
        HALF, "subscription_update")


def test_flexible_from_free_to_paid_keeps_its_anchor(life):
    found = started(life, life.price(0, name="Free"))
    life.advance(HALF)
    changed = life.change(found, life.price(1_000))
    assert changed.latest_invoice == found.latest_invoice
    assert [item.amount for item in life.pending()] == [0, 500]
    assert changed.billing_cycle_anchor == at("2026-01-01")


@pytest.mark.parametrize("mode", ["classic", "flexible"])
def test_from_no_quantity_to_some_is_no_new_cycle(client, mode):
    life = SeenLife(client)
    found = life.client.subscriptions.create({
        "customer": life.customer.id, "items": [{"price": life.price(1_000), "quantity": 0}],
        "billing_mode": {"type": mode}})
    life.advance(HALF)
    changed = life.update(found, items=life.item(found, quantity=3))
    assert changed.billing_cycle_anchor == at("2026-01-01")
    assert changed.latest_invoice == found.latest_invoice
    assert life.pending()[-1].amount == 1_500


def test_another_price_resets_the_quantity(life):
    found = life.client.subscriptions.create({
        "customer": life.customer.id, "items": [{"price": life.price(1_000), "quantity": 4}]})
    changed = life.change(found, life.price(3_000, name="Pro"))
    assert first(changed).quantity == 1
    again = life.update(found, items=life.item(found, price=life.price(1_000), quantity=7))
    assert first(again).quantity == 7


def test_a_price_without_an_id_is_a_second_item_and_deleted_takes_one_off(life):
    found = started(life)
    more = life.update(found, items=[{"price": life.price(500, name="More")}])
    assert [item.price.id for item in more["items"].data] == [
        life.price(1_000), life.price(500, name="More")]
    less = life.update(found, items=[{"id": first(found).id, "deleted": True}])
    assert [item.price.id for item in less["items"].data] == [life.price(500, name="More")]
    assert refused(life.update, found, items=[
        {"id": less["items"].data[0].id, "deleted": True}])[0] == 400
    assert refused(life.client.subscription_items.retrieve, first(found).id) == (
        404, None, None, f"Invalid subscription_item id: {first(found).id}")


def test_the_anchor_of_an_update_is_an_object(life):
    found = started(life)
    assert refused(life.update, found, billing_cycle_anchor="now")[0] == 400
    same = life.update(found, billing_cycle_anchor={"type": "unchanged"})
    assert same.billing_cycle_anchor == found.billing_cycle_anchor and life.pending() == []


def test_an_end_of_classic_within_the_period_shortens_it(client):
    life = SeenLife(client)
    found = started(life, billing_mode={"type": "classic"})
    life.advance("2026-01-11")
    changed = life.update(found, cancel_at=HALF)
    assert first(changed).current_period_end == HALF
    assert [item.amount for item in life.pending()] == [-500]


def test_a_failed_payment_leaves_the_change_past_due(life):
    found = started(life)
    life.use_card("chargeCustomerFail")
    life.advance(HALF)
    changed = life.change(found, life.price(3_000, name="Pro"),
                          proration_behavior="always_invoice")
    assert (changed.status, first(changed).price.id) == (
        "past_due", life.price(3_000, name="Pro"))


def test_the_same_price_only_once(life):
    found = started(life)
    message = (
        f"A new item with Price {life.price(1_000)} can't be added to this Subscription because an"
        f" existing Subscription Item {first(found).id} is already using that Price. If you want"
        " to update the existing item (e.g., to adjust the quantity), pass the existing"
        " Subscription Item's `id` in your update request:"
        " https://stripe.com/docs/api/subscriptions/update#update_subscription-items-id")
    assert refused(life.update, found, items=[{"price": life.price(1_000)}]) == (
        400, None, "plan", message)
    assert refused(life.client.subscription_items.create, {
        "subscription": found.id, "price": life.price(1_000)}) == (400, None, "plan", message)


def test_other_peoples_items_and_unknown_ones(life, client):
    found = started(life)
    other = started(SeenLife(client))
    for id in (first(other).id, "si_nothing"):
        assert refused(life.update, found, items=[{"id": id, "quantity": 2}])[0] == 400
    assert life.read(found).to_dict() == found.to_dict()


def test_items_changed_by_themselves_prorate_alike(life):
    found = started(life)
    life.advance(HALF)
    item = first(found).id
    changed = life.client.subscription_items.update(
        item, {"quantity": 3, "proration_behavior": "always_invoice"})
    assert (changed.quantity, changed.subscription) == (3, found.id)
    assert [line.amount for line in life.latest(found).lines.data] == [-500, 1_500]
    added = life.client.subscription_items.create({
        "subscription": found.id, "price": life.price(600, name="More"), "quantity": 2,
        "proration_behavior": "create_prorations"})
    assert [each.amount for each in life.pending()] == [600]
    gone = life.client.subscription_items.delete(
        added.id, {"proration_behavior": "always_invoice"})
    assert gone.deleted is True and gone.object == "subscription_item"
    assert [line.amount for line in life.latest(found).lines.data] == [-600, 600]


def test_discounts_must_be_sent_again_and_prorate_nothing(life):
    ten = life.client.coupons.create({"percent_off": 10, "duration": "forever"}).id
    one = life.client.coupons.create({"percent_off": 1, "duration": "forever"}).id
    found = started(life, discounts=[{"coupon": ten}])
    kept = found.discounts[0]
    found = life.update(found, discounts=[{"discount": kept}, {"coupon": one}])
    assert found.discounts[0] == kept and len(found.discounts) == 2
    found = life.update(found, discounts=[{"coupon": one}])
    assert len(found.discounts) == 1 and found.discounts[0] != kept
    assert life.update(found, discounts="").discounts == []
    assert life.pending() == []


def test_moving_to_flexible_is_one_way(client):
    life = SeenLife(client)
    found = started(life, billing_mode={"type": "classic"})
    assert found.billing_mode.type == "classic"
    moved = life.client.subscriptions.migrate(found.id, {"billing_mode": {"type": "flexible"}})
    assert moved.billing_mode.type == "flexible" and moved.billing_mode.updated_at == life.now
    assert refused(life.client.subscriptions.migrate, found.id,
                   {"billing_mode": {"type": "flexible"}})[0] == 400
    assert refused(life.client.subscriptions.migrate, found.id,
                   {"billing_mode": {"type": "classic"}})[0] == 400
    life.advance(HALF)
    changed = life.change_as_seen(moved, items=life.item(moved, quantity=2),
                                  proration_behavior="always_invoice")
    assert [line.amount for line in life.latest(changed).lines.data] == [-500, 1_000]


def test_events_of_an_upgrade_and_a_downgrade(life):
    found = started(life)
    life.advance(HALF)
    since = life.last_event()
    life.change(found, life.price(3_000, name="Pro"), proration_behavior="always_invoice")
    told = [each for each in life.told_whole(since) if not each.type.startswith("p")]
    assert [each.type for each in told] == [
        "customer.subscription.updated", "invoiceitem.created", "invoiceitem.created",
        "invoice.created", "invoice.finalized", "charge.succeeded", "customer.updated",
        "invoice.paid", "invoice.payment_succeeded"]
    before = told[0].data.previous_attributes.to_dict()
    assert set(before) == {"items", "latest_invoice"} or set(before) == {
        "items", "latest_invoice", "plan"}
    assert before["items"]["data"][0]["price"]["id"] == life.price(1_000)
    assert [told[1].data.object.amount, told[2].data.object.amount] in ([-500, 1_500],
                                                                        [1_500, -500])
    since = life.last_event()
    life.change(found, life.price(1_000))
    kinds = life.told(since)
    assert sorted(kinds) == [
        "customer.subscription.updated", "invoiceitem.created", "invoiceitem.created"]
    assert kinds[-1] == "customer.subscription.updated"


def test_a_preview_of_moving_to_flexible(client):
    life = SeenLife(client)
    coupon = life.client.coupons.create({"percent_off": 50, "duration": "forever"})
    found = started(life, billing_mode={"type": "classic"})
    life.update(found, discounts=[{"coupon": coupon.id}])
    life.advance(HALF)
    change = {"items": life.item(found, quantity=2), "proration_behavior": "always_invoice"}
    shown = life.preview(found, subscription_details=change)
    assert [line.amount for line in shown.lines.data] == [-250, 500]
    moved = {"billing_mode": {"type": "flexible"}, **change}
    assert [line.amount for line in life.preview(
        found, subscription_details=moved).lines.data] == [-500, 500]
    assert life.read(found).billing_mode.type == "classic"


@pytest.mark.parametrize(("details", "param"), [
    ({"start_date": at("2025-12-01")}, "subscription_details[start_date]"),
    ({"billing_cycle_anchor": {"type": "timestamp", "timestamp": at("2026-01-09")}},
     "subscription_details[billing_cycle_anchor][timestamp]"),
    ({"billing_mode": {"type": "classic"}}, "subscription_details[billing_mode][type]")])
def test_previews_refuse_what_a_subscription_can_not_have_any_more(life, details, param):
    found = started(life)
    assert refused(life.preview, found, subscription_details=details)[::2] == (400, param)
    assert refused(life.preview, found, automatic_tax={"enabled": True})[2] == (
        "automatic_tax[enabled]")


def test_a_subscription_needs_a_customer(life):
    assert refused(life.client.subscriptions.create, {"items": [{"price": life.price()}]}) == (
        400, "parameter_missing", None, "Must provide customer or customer_account.")
