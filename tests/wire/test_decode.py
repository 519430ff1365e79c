"""Decode: trees into typed parameters, with the API's own errors."""

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.model.errors import APIError, InvalidRequest
from prorata.model.fields import Metadata, Range
from prorata.model.params import Params
from prorata.wire.decode import compiled, decode


class Recurring(Params):
    interval: Literal["day", "week", "month", "year"]
    interval_count: Annotated[int, Meta(ge=1, le=36)] | UnsetType = UNSET


class Item(Params):
    price: str | UnsetType = UNSET
    quantity: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    recurring: Recurring | UnsetType = UNSET
    tax_rates: list[str] | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    items: list["Item"] | UnsetType = UNSET


class Sub(Params):
    customer: str
    items: Annotated[list[Item], Meta(max_length=3)] | UnsetType = UNSET
    trial_end: Literal["now"] | int | UnsetType = UNSET
    off_session: bool | UnsetType = UNSET
    description: Annotated[str, Meta(max_length=40)] | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    created: Range | UnsetType = UNSET
    behavior: Literal["a", "b"] | UnsetType = UNSET
    percent_off: Annotated[float, Meta(ge=0.01, le=100)] | UnsetType = UNSET
    unit_amount_decimal: Decimal | UnsetType = UNSET
    up_to: Literal["inf"] | int | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    currency_options: dict[str, Item] | UnsetType = UNSET
    email: str | UnsetType = UNSET
    code: Annotated[str, Meta(pattern="^[a-z]+$")] | UnsetType = UNSET
    account: str | Recurring | UnsetType = UNSET
    anything: Any = UNSET


def fault(tree: dict[str, Any], cls: type[Struct] = Sub) -> tuple[str, str | None, str | None]:
    with pytest.raises(InvalidRequest) as caught:
        decode(cls, tree)
    assert caught.value.status == 400
    return caught.value.message, caught.value.code, caught.value.param


def test_everything_at_once():
    params = decode(Sub, {
        "customer": "cus_1",
        "items": [{"price": "price_1", "quantity": "2", "tax_rates": ""}],
        "trial_end": "now", "off_session": "true", "description": "",
        "metadata": {"a": "1", "b": ""}, "created": {"gte": "5"}, "percent_off": "12.5",
        "unit_amount_decimal": "0.10", "up_to": "7", "currency": "USD",
        "currency_options": {"eur": {"quantity": "1"}},
    })
    assert params.items[0].quantity == 2 and params.items[0].tax_rates is None
    assert params.trial_end == "now" and params.off_session is True and params.description is None
    assert params.metadata == {"a": "1", "b": ""} and params.created.gte == 5
    assert params.percent_off == 12.5 and str(params.unit_amount_decimal) == "0.10"
    assert params.up_to == 7 and params.currency == "usd"
    assert params.currency_options["eur"].quantity == 1
    assert params.behavior is UNSET


def test_json_values_are_taken_as_they_are_or_as_text():
    params = decode(Sub, {"customer": 42, "off_session": False, "trial_end": 1700000000,
                          "description": None, "percent_off": Decimal("1.5"),
                          "unit_amount_decimal": 3, "metadata": {"n": 1, "t": True}})
    assert params.customer == "42" and params.off_session is False
    assert params.trial_end == 1700000000 and params.description is None
    assert params.percent_off == 1.5 and params.unit_amount_decimal == 3
    assert params.metadata == {"n": "1", "t": "true"}


def test_a_plain_number_is_a_range_of_one():
    created = decode(Sub, {"customer": "c", "created": "5"}).created
    assert (created.gte, created.lte, created.gt) == (5, 5, UNSET)


def test_a_union_takes_the_shape_that_was_sent():
    assert decode(Sub, {"customer": "c", "account": "x"}).account == "x"
    account = decode(Sub, {"customer": "c", "account": {"interval": "day"}}).account
    assert account.interval == "day"


C = {"customer": "c"}
INTEGER = "parameter_invalid_integer"


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ({"nope": "1"}, ("Received unknown parameter: nope", "parameter_unknown", "nope")),
        ({"items": [{"recurring": {"x": "1"}}], "off_session": "?", "y": "2"},
         ("Received unknown parameters: items[0][recurring][x], y", "parameter_unknown",
          "items[0][recurring][x]")),
        ({}, ("Missing required param: customer.", "parameter_missing", "customer")),
        (C | {"items": [{"recurring": {}}]},
         ("Missing required param: items[0][recurring][interval].", "parameter_missing",
          "items[0][recurring][interval]")),
        (C | {"items": [{"quantity": "1.5"}]},
         ("Invalid integer: 1.5", INTEGER, "items[0][quantity]")),
        (C | {"items": [{"quantity": "-1"}]},
         ("Invalid non-negative integer", None, "items[0][quantity]")),
        (C | {"items": [{"recurring": {"interval": "day", "interval_count": "0"}}]},
         ("This value must be greater than or equal to 1.", INTEGER,
          "items[0][recurring][interval_count]")),
        (C | {"items": [{"recurring": {"interval": "day", "interval_count": "37"}}]},
         ("This value must be less than or equal to 36.", INTEGER,
          "items[0][recurring][interval_count]")),
        (C | {"trial_end": "soon"}, ("Invalid integer: soon", INTEGER, "trial_end")),
        (C | {"trial_end": "9" * 30}, (f"Invalid integer: {'9' * 30}", INTEGER, "trial_end")),
        (C | {"trial_end": True}, ("Invalid integer: true", INTEGER, "trial_end")),
        (C | {"created": {"gte": "x"}}, ("Invalid integer: x", INTEGER, "created[gte]")),
        (C | {"off_session": "yes"}, ("Invalid boolean: yes", None, "off_session")),
        (C | {"items": "x"}, ("Invalid array", None, "items")),
        (C | {"items": {"a": "x"}}, ("Invalid array", None, "items")),
        (C | {"items": ["x"]}, ("Invalid object", None, "items[0]")),
        (C | {"metadata": "x"}, ("Invalid object", None, "metadata")),
        (C | {"description": {"a": "b"}}, ('Invalid string: {"a"=>"b"}', None, "description")),
        (C | {"behavior": "c"}, ("Invalid behavior: must be one of a or b", None, "behavior")),
        (C | {"items": [{"recurring": {"interval": "hour"}}]},
         ("Invalid items[0][recurring][interval]: must be one of day, week, month, or year", None,
          "items[0][recurring][interval]")),
        (C | {"percent_off": "0"},
         ("This value must be greater than or equal to 0.01 (it currently is '0.0').", None,
          "percent_off")),
        (C | {"percent_off": "much"}, ("Invalid decimal: much", None, "percent_off")),
        (C | {"description": "Lottery Result and a very long testing line"},
         ("Invalid string: Lottery Re...sting line; must be at most 40 characters", None,
          "description")),
        (C | {"email": "nobody"}, ("Invalid email address: nobody", "email_invalid", "email")),
        (C | {"metadata": {"k" * 41: "v"}},
         ("Metadata keys can have up to 40 characters, but you passed in a key that is 41"
          f" characters. Invalid key: {'k' * 41}", None, "metadata")),
    ],
)
def test_faults_are_named_as_the_api_names_them(tree, expected):
    assert fault(tree) == expected


def test_what_cannot_be_unset_says_so():
    message, code, param = fault({"customer": ""})
    assert message == (
        "You passed an empty string for 'customer'. We assume empty values are an attempt to unset"
        " a parameter; however 'customer' cannot be unset. You should remove 'customer' from your"
        " request or supply a non-empty value."
    )
    assert (code, param) == ("parameter_invalid_empty", "customer")
    for name in ("items", "trial_end", "off_session", "behavior", "created", "percent_off"):
        assert fault(C | {name: ""})[1:] == ("parameter_invalid_empty", name)
        assert fault(C | {name: None})[1:] == ("parameter_invalid_empty", name)


def test_metadata_has_limits():
    decode(Sub, C | {"metadata": {f"k{i}": "v" * 500 for i in range(50)}})
    assert fault(C | {"metadata": {f"k{i}": "v" for i in range(51)}})[2] == "metadata"
    assert fault(C | {"metadata": {"k": "v" * 501}})[2] == "metadata"
    assert fault(C | {"metadata": {"a[b": "v"}})[2] == "metadata"
    assert fault(C | {"metadata": {"k": {"a": "b"}}})[2] == "metadata[k]"


def test_too_many_elements_are_refused():
    assert fault(C | {"items": [{}] * 4})[2] == "items"


def test_a_type_that_no_request_can_hold_is_found_when_compiled():
    class Odd(Params):
        when: complex

    with pytest.raises(TypeError):
        compiled(Odd)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["now", "", "1", "true", "day", "inf", "1.5"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["price", "quantity", "interval", "gte", "x", "0"]), inner,
                      max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from([*Sub.__struct_fields__, "nope"])


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_any_tree_gives_parameters_or_an_error_of_the_api(tree):
    try:
        assert isinstance(decode(Sub, C | tree), Sub)
    except APIError as error:
        assert error.status == 400
        assert error.param


@pytest.fixture
def impatient_threads() -> Iterator[None]:
    """Let threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("impatient_threads")
def test_threads_that_decode_at_once_know_every_parameter() -> None:
    """The first requests of a server arrive together, before any class is compiled."""

    def decode_first(cls: type[Params]) -> None:
        together.wait()
        decode(cls, {"leaf": {"name": "a", "size": "3"}, "last": "b"})

    for _ in range(20):
        leaf = msgspec.defstruct("Leaf", [("name", str), ("size", int)], bases=(Params,))
        cls = msgspec.defstruct("First", [("leaf", leaf), ("last", str)], bases=(Params,))
        together = threading.Barrier(4)
        with ThreadPoolExecutor(4) as pool:
            for each in [pool.submit(decode_first, cls) for _ in range(4)]:
                each.result()
