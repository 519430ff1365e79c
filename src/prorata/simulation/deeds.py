"""Deeds: everything that may happen to a subscription, an invoice or a payment by somebody's will.

Customers change their minds, cards fail and are replaced, support gives money back, banks dispute.
"""

from typing import Any

from prorata.rules.calendar import DAY_SECONDS
from prorata.simulation.townsfolk import FINE, PRORATIONS, Townsfolk, deed


@deed(24)
def somebody_comes(folk: Townsfolk) -> None:
    """Let somebody new come, while there is room."""
    if len(folk.customers) < folk.most:
        folk.new_customer()


@deed(4)
def somebody_subscribes_again(folk: Townsfolk) -> None:
    """Let a customer subscribe to one thing more."""
    if (customer := folk.somebody()) is not None:
        folk.subscribe(customer)


@deed(10)
def seats_change(folk: Townsfolk) -> None:
    """Change how many units an item has."""
    found = folk.subscription()
    if found is not None:
        item = folk.pick(found["items"]["data"])
        _update(folk, found, items=[{"id": item["id"], "quantity": folk.source.randrange(1, 30)}])


@deed(9)
def plan_changes(folk: Townsfolk) -> None:
    """Change an item's price, mostly to one of the same interval."""
    found = folk.subscription()
    if found is None:
        return
    item = folk.pick(found["items"]["data"])
    recurring = item["price"]["recurring"]
    interval = {name: recurring[name] for name in ("interval", "interval_count")}
    price = folk.catalogue.price(found["currency"], interval if folk.chance(75) else None)
    params: dict[str, Any] = {}
    if folk.chance(25):
        params["payment_behavior"] = folk.source.choice(
            ("pending_if_incomplete", "error_if_incomplete", "default_incomplete")
        )
    _update(folk, found, items=[{"id": item["id"], "price": price}], **params)


@deed(3)
def something_is_added_or_dropped(folk: Townsfolk) -> None:
    """Add an item, or drop one of several."""
    found = folk.subscription()
    if found is None:
        return
    items = found["items"]["data"]
    if len(items) > 1:
        _update(folk, found, items=[{"id": folk.pick(items)["id"], "deleted": True}])
    else:
        recurring = items[0]["price"]["recurring"]
        interval = {name: recurring[name] for name in ("interval", "interval_count")}
        _update(folk, found, items=[{"price": folk.catalogue.price(found["currency"], interval)}])


def _update(folk: Townsfolk, found: dict[str, Any], **change: Any) -> None:
    change.setdefault("proration_behavior", folk.source.choice(PRORATIONS))
    folk.ask(f"/v1/subscriptions/{found['id']}", **change)


@deed(4)
def terms_change(folk: Townsfolk) -> None:
    """Change a discount, the anchor, a trial or how is collected."""
    found = folk.subscription()
    if found is None:
        return
    change: dict[str, Any] = folk.pick([
        {"discounts": [{"coupon": folk.catalogue.coupon()}]},
        {"discounts": ""},
        {"billing_cycle_anchor": "now", "proration_behavior": "create_prorations"},
        {"trial_end": folk.shop.now + 9 * DAY_SECONDS},
        {"collection_method": "send_invoice", "days_until_due": 10},
        {"collection_method": "charge_automatically"},
    ])  # fmt: skip
    folk.ask(f"/v1/subscriptions/{found['id']}", **change)


@deed(5)
def somebody_leaves(folk: Townsfolk) -> None:
    """Cancel now, or at the end of the period, or change one's mind."""
    found = folk.subscription()
    if found is None:
        return
    if folk.chance(60):
        ends = not found["cancel_at_period_end"]
        folk.ask(f"/v1/subscriptions/{found['id']}", cancel_at_period_end=ends)
    else:
        folk.ask(
            f"/v1/subscriptions/{found['id']}", "DELETE",
            invoice_now=folk.chance(40), prorate=folk.chance(40),
        )  # fmt: skip


@deed(4)
def collection_pauses(folk: Townsfolk) -> None:
    """Pause collection, or go on with it."""
    found = folk.subscription()
    if found is None:
        return
    if found["pause_collection"] is not None:
        folk.ask(f"/v1/subscriptions/{found['id']}", pause_collection="")
        return
    pause: dict[str, Any] = {"behavior": folk.pick(["void", "keep_as_draft", "mark_uncollectible"])}
    if folk.chance(50):
        pause["resumes_at"] = folk.shop.now + folk.source.randrange(5, 80) * DAY_SECONDS
    folk.ask(f"/v1/subscriptions/{found['id']}", pause_collection=pause)


@deed(3)
def somebody_pauses(folk: Townsfolk) -> None:
    """Pause a subscription, or resume it."""
    found = folk.subscription("active", "paused")
    if found is None:
        return
    if found["status"] == "paused":
        folk.ask(f"/v1/subscriptions/{found['id']}/resume")
    else:
        unused = folk.pick(["now", "none"])
        folk.ask(
            f"/v1/subscriptions/{found['id']}/pause",
            bill_for={"unused_time_from": {"type": unused}},
        )


@deed(4)
def somebody_plans_ahead(folk: Townsfolk) -> None:
    """Plan a second phase, or give the plan up."""
    found = folk.subscription("active", "trialing")
    if found is None:
        return
    if found["schedule"] is not None:
        verb = folk.pick(["release", "cancel", "release"])
        folk.ask(f"/v1/subscription_schedules/{found['schedule']}/{verb}")
        return
    planned = folk.ask("/v1/subscription_schedules", from_subscription=found["id"])
    if planned is None or not planned["phases"]:
        return
    now = planned["phases"][0]
    # What is billed by use has no quantity.
    items = [
        {name: each[name] for name in ("price", "quantity") if name in each}
        for each in now["items"]
    ]
    following = {
        "items": [{"price": folk.catalogue.price(found["currency"])}],
        "duration": {"interval": "month", "interval_count": folk.source.randrange(1, 4)},
        "proration_behavior": folk.source.choice(PRORATIONS),
    }
    folk.ask(
        f"/v1/subscription_schedules/{planned['id']}",
        end_behavior=folk.pick(["release", "cancel"]),
        phases=[{"items": items, "start_date": now["start_date"], "end_date": now["end_date"]},
                following],
    )  # fmt: skip


@deed(8)
def a_card_is_replaced(folk: Townsfolk) -> None:
    """Use another card; who owes something pays with it."""
    customer = folk.somebody()
    if customer is None:
        return
    owes = folk.listed("/v1/invoices", customer=customer, status="open")
    # Who owes something finds a good card sooner or later.
    currency = folk.customers[customer]
    card = folk.source.choice(FINE) if owes and folk.chance(70) else folk.card(currency)
    if folk.pay_with(customer, card) and owes:
        folk.ask(f"/v1/invoices/{folk.pick(owes)['id']}/pay")


@deed(4)
def a_challenge_is_answered(folk: Townsfolk) -> None:
    """Pass or fail the challenge of a payment that waits for it."""
    customer = folk.somebody()
    if customer is None:
        return
    waiting = [
        each for each in folk.listed("/v1/payment_intents", customer=customer)
        if each["status"] == "requires_action"
    ]  # fmt: skip
    if waiting:
        folk.ask(f"/_prorata/challenge/{folk.pick(waiting)['id']}", success=folk.chance(80))


@deed(5)
def something_is_sold_once(folk: Townsfolk) -> None:
    """Sell something besides, now or with the next invoice."""
    customer = folk.somebody()
    if customer is None:
        return
    folk.make(
        "/v1/invoiceitems", customer=customer, currency=folk.customers[customer],
        amount=folk.pick([990, 2_345, 12_000, -400]),
    )  # fmt: skip
    if folk.chance(60):
        made = folk.make(
            "/v1/invoices", customer=customer, currency=folk.customers[customer],
            pending_invoice_items_behavior="include",
        )  # fmt: skip
        if made is not None and folk.chance(70):
            folk.ask(f"/v1/invoices/{made['id']}/finalize")


@deed(3)
def a_payment_is_made_by_hand(folk: Townsfolk) -> None:
    """Take a payment without an invoice."""
    customer = folk.somebody()
    if customer is None:
        return
    folk.make(
        "/v1/payment_intents", customer=customer, currency=folk.customers[customer], amount=4_200,
        payment_method=folk.card("eur"), confirm=True, off_session=True,
    )  # fmt: skip


@deed(3)
def an_invoice_is_given_up(folk: Townsfolk) -> None:
    """Void or write off an invoice, or note that it was paid elsewhere."""
    found = folk.invoice("open", "draft", "uncollectible")
    if found is None:
        return
    if found["status"] == "draft":
        folk.ask(f"/v1/invoices/{found['id']}/finalize")
    else:
        verb = folk.pick(["void", "mark_uncollectible", "pay"])
        params: dict[str, Any] = {"paid_out_of_band": True} if verb == "pay" else {}
        folk.ask(f"/v1/invoices/{found['id']}/{verb}", **params)


@deed(5)
def money_goes_back(folk: Townsfolk) -> None:
    """Refund a charge, in part or whole."""
    customer = folk.somebody()
    if customer is None:
        return
    paid = [each for each in folk.listed("/v1/charges", customer=customer) if each["paid"]]
    if paid:
        charge = folk.pick(paid)
        amount = folk.pick([charge["amount"], max(charge["amount"] // 3, 1), 1])
        folk.make("/v1/refunds", charge=charge["id"], amount=amount)


@deed(4)
def an_invoice_is_credited(folk: Townsfolk) -> None:
    """Credit an invoice, in part or whole."""
    found = folk.invoice("open", "paid")
    if found is None or found["total"] <= 0:
        return
    amount = folk.pick([found["total"], max(found["total"] // 4, 1)])
    params: dict[str, Any] = {}
    if found["status"] == "paid":
        params[folk.pick(["refund_amount", "credit_amount", "out_of_band_amount"])] = amount
    folk.make("/v1/credit_notes", invoice=found["id"], amount=amount, **params)


@deed(2)
def a_balance_is_moved(folk: Townsfolk) -> None:
    """Give a customer credit, or take it."""
    customer = folk.somebody()
    if customer is not None:
        folk.make(
            f"/v1/customers/{customer}/balance_transactions",
            amount=folk.pick([-2_500, -30, 700]), currency=folk.customers[customer],
        )  # fmt: skip


@deed(3)
def a_dispute_goes_on(folk: Townsfolk) -> None:
    """Answer a dispute, or accept it."""
    found = [
        each for each in folk.listed("/v1/disputes")
        if each["status"] in ("needs_response", "warning_needs_response")
    ]  # fmt: skip
    if not found:
        return
    dispute = folk.pick(found)
    if folk.chance(25):
        folk.ask(f"/v1/disputes/{dispute['id']}/close")
    else:
        text = folk.pick(["winning_evidence", "losing_evidence"])
        folk.ask(
            f"/v1/disputes/{dispute['id']}", evidence={"uncategorized_text": text}, submit=True
        )


@deed(1)
def somebody_is_deleted(folk: Townsfolk) -> None:
    """Delete a customer, now and then."""
    customer = folk.somebody()
    if customer is not None and folk.chance(40):
        folk.ask(f"/v1/customers/{customer}", "DELETE")
        del folk.customers[customer]
