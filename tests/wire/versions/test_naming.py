"""Naming: errors of older requests name what the client sent."""

from __future__ import annotations

import pytest

from prorata.model.errors import InvalidRequest
from prorata.wire.versions.naming import name_as_sent


@pytest.mark.parametrize(("sent", "raised", "param", "named"), [
    pytest.param({"coupon": "x"}, {"discounts": [{"coupon": "x"}]},
                 "discounts[0][coupon]", "coupon", id="a parameter moved into a hash"),
    pytest.param({"subscription_items": [{"nope": "1"}]},
                 {"subscription_details": {"items": [{"nope": "1"}]}},
                 "subscription_details[items][0][nope]", "subscription_items[0][nope]",
                 id="below what moved"),
    pytest.param({"subscription_items": [{"quantity": "1"}]},
                 {"subscription_details": {"items": [{"quantity": "1"}]}},
                 "subscription_details[items][0][price]", "subscription_items[0][price]",
                 id="missing below what moved"),
    pytest.param({"price": "p", "tax_rates": ["p"]},
                 {"pricing": {"price": "p"}, "tax_rates": ["p"]},
                 "pricing[price]", "price", id="what stays where it was is not meant"),
    pytest.param({"amount": "1"}, {"amount": "1"}, "amount", "amount", id="nothing moved"),
    pytest.param({}, {}, "customer", "customer", id="nothing was sent"),
    pytest.param({"a": "1"}, {"b": {"c": "2"}}, "b[c]", "b[c]", id="a value that was changed too"),
])  # fmt: skip
def test_an_error_names_what_was_sent(sent, raised, param, named):
    error = InvalidRequest(f"Invalid value for {param}.", param=param)

    name_as_sent(error, sent, raised)

    assert (error.param, error.message) == (named, f"Invalid value for {named}.")
