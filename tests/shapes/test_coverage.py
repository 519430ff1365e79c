"""The SDK's calls are read from its sources, and compared with what our parameters understand."""

from __future__ import annotations

import msgspec.inspect as inspect
from msgspec import UNSET, Struct, UnsetType

from shapes.coverage import _missing
from shapes.operations import parameters, sdk_operations


def _params(route: str) -> type:
    found = next(each.params for each in sdk_operations() if each.route == route)
    assert found is not None
    return found


def test_every_call_has_its_route() -> None:
    routes = {each.route for each in sdk_operations()}
    assert {"GET /v1/customers", "POST /v1/invoices/{}/pay", "DELETE /v1/subscriptions/{}",
            "POST /v2/billing/meter_events", "GET /v1/invoices/search"} <= routes


def test_parameters_are_those_of_the_operation_alone() -> None:
    assert parameters(_params("POST /v1/invoices/{}/pay")).keys() == {
        "forgive", "mandate", "off_session", "paid_out_of_band", "payment_method", "source",
    }


class Period(Struct):
    start: int


class Create(Struct):
    amount: int
    customer: str
    period: Period | UnsetType = UNSET
    discounts: list[Period] | UnsetType | None = UNSET


def test_a_parameter_that_is_not_understood_is_named_with_its_path() -> None:
    found = list(_missing(_params("POST /v1/invoiceitems"), inspect.type_info(Create), ""))
    assert {"period.end", "discounts.coupon", "metadata"} <= set(found)
    assert not {"amount", "period", "period.start", "discounts"} & set(found)
