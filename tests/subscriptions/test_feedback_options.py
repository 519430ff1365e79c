"""Feedback options: reasons of one's own, given by who leaves."""

from __future__ import annotations

from typing import Any

import pytest
import stripe


def test_an_option_is_made_changed_and_offered_no_more(client: Any) -> None:
    options = client.v1.billing.feedback_options
    made = options.create({"description": "Moved to another town"})
    assert (made.object, made.status) == ("billing.feedback_option", "active")
    assert made.status_transitions.deactivated_at is None
    changed = options.update(made.id, {"description": "Moved away"})
    assert options.retrieve(made.id).description == changed.description == "Moved away"
    other = options.create({"description": "Too loud"})
    inactive = options.deactivate(made.id)
    assert (inactive.status, inactive.status_transitions.deactivated_at) != ("active", None)
    assert [each.id for each in options.list({"status": "active"}).data] == [other.id]
    assert [each.id for each in options.list().data] == [other.id, made.id]
    with pytest.raises(stripe.InvalidRequestError, match="only deactivate"):
        options.deactivate(made.id)
    with pytest.raises(stripe.InvalidRequestError, match="at most 100"):
        options.create({"description": "x" * 101})


def test_a_subscription_keeps_the_option_that_was_given(client: Any) -> None:
    option = client.v1.billing.feedback_options.create({"description": "Moved"})
    customer = client.v1.customers.create({"name": "Ada"})
    price = client.v1.prices.create({
        "currency": "usd", "unit_amount": 0, "recurring": {"interval": "month"},
        "product_data": {"name": "Free"},
    })  # fmt: skip
    subscription = client.v1.subscriptions.create(
        {"customer": customer.id, "items": [{"price": price.id}]}
    )
    for id in ("bfo_none", client.v1.billing.feedback_options.deactivate(
            client.v1.billing.feedback_options.create({"description": "Old"}).id).id):  # fmt: skip
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.subscriptions.cancel(
                subscription.id, {"cancellation_details": {"feedback_option": id}}
            )
        assert refused.value.param == "cancellation_details[feedback_option]"
    gone = client.v1.subscriptions.cancel(subscription.id, {
        "cancellation_details": {"feedback_option": option.id},
        "expand": ["cancellation_details.feedback_option"],
    })  # fmt: skip
    assert gone.cancellation_details.feedback_option.description == "Moved"
