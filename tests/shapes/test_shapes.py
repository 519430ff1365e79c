"""The shape checker catches every kind of departure from the SDK's annotations."""

from __future__ import annotations

import asyncio
import copy
import json
from typing import Any

import pytest
import stripe

from shapes import assert_shape, classes, violations
from shapes.recorder import Recorder, recording
from shapes.samples import sample

BILLING = [
    "account", "billing.alert", "billing.credit_balance_summary", "billing.credit_grant",
    "billing.meter", "billing.meter_event", "billing.meter_event_summary",
    "billing_portal.configuration", "billing_portal.session", "charge", "checkout.session",
    "coupon", "credit_note", "customer", "customer_balance_transaction", "discount",
    "entitlements.feature", "invoice", "invoice_payment", "invoiceitem", "item", "line_item",
    "mandate", "payment_intent", "payment_link", "payment_method", "plan", "price", "product",
    "promotion_code", "quote", "refund", "setup_intent", "shipping_rate", "subscription",
    "subscription_item", "subscription_schedule", "tax_id", "tax_rate",
    "test_helpers.test_clock", "v2.billing.meter_event", "webhook_endpoint",
]


def full(name: str) -> dict[str, Any]:
    cls = classes.class_named(name)
    assert cls is not None
    return sample(cls, full=True)


@pytest.mark.parametrize("name", BILLING)
def test_an_object_made_from_the_annotations_is_right(name: str) -> None:
    cls = classes.class_named(name)
    assert cls is not None
    assert violations(sample(cls)) == []
    assert violations(sample(cls, full=True)) == []


@pytest.mark.parametrize("name", BILLING)
def test_every_field_that_is_always_there_is_missed(name: str) -> None:
    cls = classes.class_named(name)
    assert cls is not None
    whole = sample(cls)
    for field in whole.keys() - {"object"}:
        rest = {key: value for key, value in whole.items() if key != field}
        assert violations(rest) == [f"$.{field}: missing"]


def _set(payload: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(payload)
    *around, last = path.split(".")
    inside: Any = changed
    for part in around:
        inside = inside[int(part) if part.isdigit() else part]
    inside[last] = value
    return changed


@pytest.mark.parametrize(("name", "path", "value", "complaint"), [
    ("invoice", "total", "100", "$.total: expected an integer, got '100'"),
    ("invoice", "total", 1.0, "$.total: expected an integer, got 1.0"),
    ("invoice", "attempted", 1, "$.attempted: expected a boolean, got 1"),
    ("invoice", "attempt_count", True, "$.attempt_count: expected an integer, got True"),
    ("invoice", "total", None, "$.total: null, but it is always given"),
    ("invoice", "payments", None, "$.payments: null, but it is left out when it has no value"),
    ("invoice", "status", "overdue", "$.status: unknown value 'overdue'; known: draft"),
    ("invoice", "object", "bill", "$.object: no object is called 'bill'"),
    ("invoice", "lines.has_more", None, "$.lines.has_more: expected a boolean, got null"),
    ("invoice", "lines.count", 1, "$.lines.count: invented field"),
    ("invoice", "lines.data.0.amount", "1", "$.lines.data[0].amount: expected an integer"),
    ("invoice", "customer", {"object": "customer", "id": "cus_1", "deleted": True, "name": ""},
     "$.customer.name: invented field"),
    ("invoice", "discounts", ["di_1", 7], "$.discounts[1]: expected a string, got 7"),
    ("invoice", "metadata.key", 7, "$.metadata.key: expected a string, got 7"),
    ("invoice", "issuer.kind", "x", "$.issuer.kind: invented field"),
    ("price", "unit_amount_decimal", 12.5, "expected a string holding a decimal, got 12.5"),
    ("price", "unit_amount_decimal", "1e3", "expected a string holding a decimal, got '1e3'"),
    ("price", "recurring.interval", "decade", "$.recurring.interval: unknown value 'decade'"),
    ("subscription", "items", [], "$.items: expected a list object, got []"),
    ("subscription", "billing_mode", "flexible", "$.billing_mode: expected an object"),
    ("customer", "deleted", False, "$.deleted: unknown value False"),
])
def test_a_departure_is_named_with_its_path(
    name: str, path: str, value: Any, complaint: str
) -> None:
    found = violations(_set(full(name), path, value))
    assert len(found) == 1
    assert complaint in found[0]


def test_a_reference_may_be_an_id_an_object_or_what_a_deleted_object_leaves() -> None:
    invoice = full("invoice")
    for customer in ("cus_1", full("customer"), {"id": "x", "object": "customer", "deleted": True}):
        assert violations(invoice | {"customer": customer}) == []


def test_lists_and_search_results_are_checked_through() -> None:
    wrong = full("coupon") | {"duration": "weekly"}
    assert violations({"object": "list", "data": [wrong], "has_more": False, "url": "/v1/coupons"})
    assert violations({"object": "search_result", "data": [wrong], "has_more": False,
                       "url": "/v1/x", "next_page": None})[0].startswith("$.data[0].duration")
    assert violations({"data": [], "next_page_url": None, "previous_page_url": None}) == []
    assert violations({"data": []}) == ["$.object: missing"]


def test_errors_leave_out_what_they_do_not_say() -> None:
    assert violations({"error": {"type": "invalid_request_error", "message": "No."}}) == []
    assert violations({"error": {"type": "invalid_request_error", "param": None}}) == [
        "$.error.param: null, but it is left out when it has no value"
    ]


def _event(kind: str, subject: dict[str, Any], **data: Any) -> dict[str, Any]:
    event = sample(stripe.Event) | {"type": kind}
    return event | {"data": {"object": subject, **data}}


def test_an_event_is_checked_with_its_object_and_what_changed() -> None:
    coupon = sample(stripe.Coupon)
    assert violations(_event("coupon.updated", coupon, previous_attributes={"name": None})) == []
    assert violations(_event("coupon.renamed", coupon))[0].startswith("$.type: unknown value")
    assert violations(_event("invoice.paid", coupon)) == [
        "$.data.object: invoice.paid is about a invoice"
    ]
    assert violations(_event("coupon.updated", coupon, previous_attributes={"nam": "x"})) == [
        "$.data.previous_attributes.nam: invented field"
    ]


def test_a_notification_of_api_v2_carries_no_data() -> None:
    kind = "v1.billing.meter.error_report_triggered"
    cls = classes.class_of_event(kind)
    assert cls is not None
    whole = sample(cls, full=True)
    assert violations(whole) == []
    assert violations({key: value for key, value in whole.items() if key != "data"}) == []


def test_assert_shape_lists_everything_at_once() -> None:
    wrong = full("coupon") | {"duration": "weekly", "colour": "red"}
    with pytest.raises(AssertionError, match=r"(?s)coupon text.*duration.*colour"):
        assert_shape(wrong)


class _Canned(stripe.HTTPClient):
    """A transport that answers from memory."""

    name = "canned"

    def __init__(self, body: Any, version: str) -> None:
        super().__init__()
        self._answer = (json.dumps(body), 200, {"Stripe-Version": version})

    def request(self, *args: Any, **kwargs: Any) -> Any:
        return self._answer

    async def request_async(self, *args: Any, **kwargs: Any) -> Any:
        return self._answer


@pytest.mark.any_shape("the wrong answer is what this test is about")
@pytest.mark.parametrize(("version", "found"), [
    pytest.param("2026-10-28.endive", 1, id="the newest version is checked"),
    pytest.param("2024-09-30.acacia", 0, id="an older version has another shape"),
])
def test_the_recorder_sees_what_the_sdk_receives(version: str, found: int) -> None:
    client = stripe.StripeClient(
        "sk_test_recorder", http_client=_Canned(full("coupon") | {"duration": "weekly"}, version)
    )
    with recording(Recorder()) as recorder:
        client.v1.coupons.retrieve("x")
        asyncio.run(client.v1.coupons.retrieve_async("x"))
    assert recorder.report().count("$.duration: unknown value 'weekly'") == found
    assert ("(2 times)" in recorder.report()) == bool(found)
    client.v1.coupons.retrieve("x")
    assert recorder.checked == 2 * found, "the transport is given back"
