"""The chain of versions: which are known, and how an answer goes down it whole."""

import json
from copy import deepcopy
from functools import partial
from typing import Annotated, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from prorata.model.errors import APIError, InvalidRequest
from prorata.model.fields import InlineList, Reference
from prorata.model.resource import BY_PREFIX, REGISTRY, Resource, resource
from prorata.wire.encode import to_bytes
from prorata.wire.present import present
from prorata.wire.versions.chain import (
    NEWEST,
    STEPS,
    VERSIONS,
    check_version,
    is_over,
    lenient,
    lower,
    raise_params,
    raise_route,
    touches,
)

from .documents import CHARGE, DISCOUNT, INTENT, INVOICE, OLD_DISCOUNT, PAYMENT, Books, register


@pytest.fixture(autouse=True)
def _kinds(monkeypatch):
    register(monkeypatch)


def test_known_versions_are_accepted_and_others_refused():
    for version in ("2022-11-15", "2024-06-20", "2025-03-31.basil", "2026-06-24.dahlia", NEWEST):
        assert check_version(version) == version
    for version in ("2025-03-31", "2030-01-01.future", "", "latest"):
        with pytest.raises(InvalidRequest) as caught:
            check_version(version)
        assert caught.value.message == f"Invalid Stripe API version: {version}"
        assert (caught.value.code, caught.value.param) == (None, None)


def test_steps_are_newest_first_and_of_known_versions():
    places = [VERSIONS.index(step.version) for step in STEPS]
    assert places == sorted(places, reverse=True)


def test_the_newest_version_changes_nothing():
    document = {"object": "invoice", "parent": None, "lines": {"object": "list", "data": []}}
    assert lower(deepcopy(document), NEWEST) == document
    tree = {"billing_cycle_anchor": "now"}
    assert raise_params("POST /v1/subscriptions/{id}", tree, NEWEST) is tree


def test_older_routes_lead_to_what_answers_them_now():
    preview, upcoming = ("POST", "/v1/invoices/create_preview"), ("GET", "/v1/invoices/upcoming")
    assert raise_route(*preview, "2024-06-20") == upcoming
    assert raise_route(*preview, NEWEST) == preview
    # What may be meant as newer is.
    assert raise_route(*preview, None) == preview
    assert raise_route(*upcoming, None) == upcoming
    assert raise_route("GET", "/v1/invoices/in_1", None) == ("GET", "/v1/invoices/in_1")


def test_what_there_was_until_a_version_is_over_from_it_on():
    assert not is_over("2025-03-31.basil", "2024-06-20")
    assert is_over("2025-03-31.basil", "2025-03-31.basil")
    assert is_over("2025-03-31.basil", NEWEST)
    assert not is_over(None, NEWEST)


def test_objects_are_lowered_wherever_they_stand():
    answer = lower(
        {"object": "list", "data": [{"object": "thing", "inside": {"a": [deepcopy(INVOICE)]}}]},
        "2024-06-20", Books(),
    )
    assert answer["data"][0]["inside"]["a"][0]["payment_intent"] == "pi_1"


def test_metadata_is_never_taken_for_a_document():
    document = {"object": "customer", "metadata": {"object": "invoice", "id": "in_1"}}
    assert lower(deepcopy(document), "2024-06-20", Books()) == document


def test_errors_are_lowered_too():
    body = lower({"error": {"payment_intent": dict(INTENT)}}, "2024-06-20", Books())
    assert body["error"]["payment_intent"]["invoice"] == "in_1"


def test_what_is_shown_of_related_documents_is_lowered_as_well():
    lowered = lower({"object": "subscription", "discounts": ["di_1"]}, "2024-06-20", Books())
    assert lowered["discount"] == OLD_DISCOUNT
    assert "source" not in lowered["discount"]


def test_related_documents_are_loaded_together():
    books = Books()
    lower([dict(INVOICE, id=f"in_{i}") for i in range(9)], "2024-06-20", books)
    assert [name for name, _ in books.queries] == ["invoice", "payment_intent"]


def test_without_a_reader_what_is_related_is_null():
    lowered = lower(dict(INVOICE), "2024-06-20")
    assert (lowered["paid"], lowered["payment_intent"], lowered["charge"]) == (True, None, None)


def test_deleted_stubs_are_left_alone():
    stub = {"id": "in_1", "object": "invoice", "deleted": True}
    assert lower(dict(stub), "2024-06-20", Books()) == stub


def test_an_event_tells_its_change_between_the_lowered_forms():
    def items(end):
        return {"object": "list", "data": [
            {"id": "si_1", "object": "subscription_item", "current_period_start": 0,
             "current_period_end": end}]}

    event = {
        "object": "event", "type": "customer.subscription.updated",
        "data": {
            "object": {"object": "subscription", "status": "active", "items": items(20),
                       "discounts": []},
            "previous_attributes": {"status": "trialing", "items": items(10)},
        },
    }
    data = lower(event, "2024-06-20", Books())["data"]
    assert data["object"]["current_period_end"] == 20
    assert data["previous_attributes"]["current_period_end"] == 10
    assert data["previous_attributes"]["status"] == "trialing"
    assert "current_period_start" not in data["previous_attributes"]
    assert "discount" not in data["previous_attributes"]


def test_bytes_that_hold_nothing_older_are_recognised():
    assert touches(to_bytes(INVOICE), "2024-06-20")
    assert not touches(to_bytes(INVOICE), "2025-03-31.basil")
    assert not touches(b'{"object":"customer"}', "2022-11-15")
    assert not touches(to_bytes(INVOICE), NEWEST)


ROUTES = sorted({route for step in STEPS for each in step.changes
                 for route in (*each.raises, *each.refuses)})
NAMES = st.sampled_from([
    "payment_method_types", "billing_cycle_anchor", "subscription_details", "ui_mode", "coupon",
    "promotion_code", "discounts", "phases", "schedule_details", "iterations", "price", "lines",
    "unit_amount", "refund", "filter", "usage_threshold_config", "subscription_items", "mode",
    "subscription_data", "features", "rendering_options", "refund_amount", "billing_mode",
])
TREES = st.dictionaries(
    NAMES,
    st.recursive(st.sampled_from(["", "now", "x", "5"]) | st.none() | st.integers(),
                 lambda inner: st.lists(inner, max_size=2)
                 | st.dictionaries(NAMES, inner, max_size=2), max_leaves=5),
    max_size=4,
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(ROUTES), TREES, st.sampled_from(["2022-08-01", "2024-06-20", NEWEST]))
def test_any_request_is_raised_or_refused(route, tree, version):
    sent = deepcopy(tree)
    for raised in (partial(raise_params, version=version), lenient):
        try:
            assert isinstance(raised(route, tree), dict)
        except APIError as error:
            assert error.status == 400
    assert tree == sent, "the request itself stays as it was sent"


# Expansion by a caller of an older version


class Line(Struct, tag="line_item", tag_field="object"):
    id: str


class Invoice(Resource, tag="invoice"):
    status: str
    customer: Annotated[str, Reference(("customer",))] | None = None
    lines: InlineList[Line] | None = None


class Intent(Resource, tag="payment_intent"):
    latest_charge: Annotated[str, Reference(("charge",))] | None = None


class Charge(Resource, tag="charge"):
    payment_intent: Annotated[str, Reference(("payment_intent",))] | None = None


class Payment(Resource, tag="invoice_payment"):
    invoice: Annotated[str, Reference(("invoice",))]
    status: Literal["paid"] = "paid"


class Discount(Resource, tag="discount"):
    pass


class Subscription(Resource, tag="subscription"):
    latest_invoice: Annotated[str, Reference(("invoice",))] | None = None
    discounts: list[Annotated[str, Reference(("discount",))]] = []


@pytest.fixture
def nouns():
    known = dict(REGISTRY), dict(BY_PREFIX)
    for cls in (Invoice, Intent, Charge, Payment, Subscription, Discount):
        REGISTRY.pop(cls.__struct_config__.tag, None)
        resource(prefix=cls.__struct_config__.tag)(cls)
    yield
    for register_, before in zip((REGISTRY, BY_PREFIX), known, strict=True):
        register_.clear()
        register_.update(before)


SUBSCRIPTION = {"id": "sub_1", "object": "subscription", "latest_invoice": "in_1",
                "discounts": ["di_1"]}


def shown(document, *paths, cls=Subscription, version="2024-06-20", listing=False):
    books = Books(INVOICE, INTENT, CHARGE, PAYMENT, DISCOUNT,
                  {"id": "HALF", "object": "coupon", "percent_off": 50.0})
    (answer,) = present([to_bytes(document)], paths=paths, version=version, reader=books, cls=cls,
                        listing=listing)
    return json.loads(answer)


@pytest.mark.usefixtures("nouns")
def test_an_older_caller_expands_by_the_older_names():
    answer = shown(SUBSCRIPTION, "latest_invoice.payment_intent.latest_charge")
    intent = answer["latest_invoice"]["payment_intent"]
    assert intent["invoice"] == "in_1"
    assert intent["latest_charge"]["invoice"] == "in_1"
    assert answer["latest_invoice"]["paid"] is True


@pytest.mark.usefixtures("nouns")
def test_older_and_newer_names_go_together():
    answer = shown(SUBSCRIPTION, "data.latest_invoice", "data.latest_invoice.charge",
                   "data.discounts", listing=True)
    assert answer["latest_invoice"]["charge"]["object"] == "charge"
    assert answer["latest_invoice"]["payment_intent"] == "pi_1"
    assert answer["discounts"][0]["coupon"]["percent_off"] == 50.0
    assert answer["discount"]["coupon"]["percent_off"] == 50.0


@pytest.mark.usefixtures("nouns")
def test_older_names_are_unknown_to_newer_versions():
    for version in (NEWEST, "2025-03-31.basil"):
        with pytest.raises(InvalidRequest, match="doesn't exist"):
            shown(SUBSCRIPTION, "latest_invoice.payment_intent", version=version)


@pytest.mark.usefixtures("nouns")
def test_without_change_or_expansion_bytes_go_as_they_are():
    form = b'{"id":"inpay_1",  "object":"invoice_payment"}'
    assert present([form], paths=(), version=NEWEST, reader=None, cls=Payment) == [form]
    assert present([form], paths=(), version="2025-03-31.basil", reader=None,
                   cls=Payment) == [form]
