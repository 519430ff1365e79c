"""What is confirmed in the portal is what its page showed, whatever has changed meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from portal.test_safety import Visitor


@pytest.mark.parametrize("by", ["mode", "credit", "renewal", "item"])
def test_a_plan_ends_as_the_page_said(at: Any, by: str) -> None:
    seller, wait = at
    if by == "credit":
        seller.allow(subscription_cancel={"mode": "immediately", "proration_behavior": "none"})
    ada = seller.customer()
    plan = seller.subscribe(ada)
    end = plan["items"].data[0].current_period_end
    if by == "renewal":
        wait(end - 1_800_000_000 - 60)
    visitor, page = Visitor(seller), f"{seller.session(ada).url}/subscriptions/{plan.id}/cancel"
    token = visitor.token(page)
    if by == "mode":
        seller.allow(subscription_cancel={"mode": "immediately"})
    elif by == "credit":
        seller.allow(subscription_cancel={"proration_behavior": "create_prorations"})
    elif by == "renewal":
        wait(120)
    else:
        seller.v1.invoice_items.create({
            "customer": ada.id, "subscription": plan.id, "amount": 700, "currency": "usd",
        })  # fmt: skip
    answer = visitor.post(page, token)
    assert answer.status_code == 400 and "What a cancellation leads to" in answer.text
    same = seller.v1.subscriptions.retrieve(plan.id)
    assert (same.status, same.cancel_at) == ("active", None)
    # What is shown now can be confirmed.
    assert visitor.post(page, token).status_code == 303
    after = seller.v1.subscriptions.retrieve(plan.id)
    assert after.status == "canceled" if by in ("mode", "credit") else after.cancel_at is not None


def test_a_pause_that_was_chosen_is_none_without_an_end(at: Any) -> None:
    seller, _ = at
    seller.allow(subscription_pause={"enabled": True, "duration": {
        "type": "interval_options",
        "interval_options": [{"interval": "week", "interval_count": 2}]}})  # fmt: skip
    ada = seller.customer()
    plan = seller.subscribe(ada)
    visitor, page = Visitor(seller), f"{seller.session(ada).url}/subscriptions/{plan.id}/pause"
    token = visitor.token(page)
    seller.allow(subscription_pause={"duration": {"type": "indefinite"}})
    answer = visitor.post(page, token, interval="week-2")
    assert answer.status_code == 400 and "not offered" in answer.text
    assert seller.v1.subscriptions.retrieve(plan.id).status == "active"
    assert visitor.post(page, token).status_code == 303
    assert seller.v1.subscriptions.retrieve(plan.id).status == "paused"
