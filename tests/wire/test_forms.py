"""Forms: bracketed bodies into trees."""

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stripe._encode import _api_encode

from prorata.model.errors import APIError, InvalidRequest
from prorata.wire import forms
from prorata.wire.forms import parse_form, parse_json, parse_query


@pytest.mark.parametrize(
    ("body", "tree"),
    [
        pytest.param(b"", {}, id="nothing"),
        pytest.param(b"a=1&b=", {"a": "1", "b": ""}, id="plain values stay text"),
        pytest.param(b"a=x%20y+z%C3%A9", {"a": "x y zé"}, id="escapes"),
        pytest.param(b"a[b][c]=1", {"a": {"b": {"c": "1"}}}, id="nested hashes"),
        pytest.param(
            b"items[0][price]=p&items[0][quantity]=2&items[1][price]=q",
            {"items": [{"price": "p", "quantity": "2"}, {"price": "q"}]},
            id="places",
        ),
        pytest.param(b"a[1]=y&a[0]=x&a[7]=z", {"a": ["x", "y", "z"]}, id="places out of order"),
        pytest.param(b"expand[]=a&expand[]=b", {"expand": ["a", "b"]}, id="places left open"),
        pytest.param(
            b"i[][price]=p&i[][quantity]=1&i[][price]=q",
            {"i": [{"price": "p", "quantity": "1"}, {"price": "q"}]},
            id="a name that comes again begins a new element",
        ),
        pytest.param(
            b"i[][a][x]=1&i[][a][y]=2&i[][a][x]=3",
            {"i": [{"a": {"x": "1", "y": "2"}}, {"a": {"x": "3"}}]},
            id="the same, deeper",
        ),
        pytest.param(b"metadata[0]=a&metadata[k]=", {"metadata": {"0": "a", "k": ""}},
                     id="metadata keys of digits are keys"),
        pytest.param(b"items%5B0%5D%5Bprice%5D=p", {"items": [{"price": "p"}]}, id="escaped keys"),
        pytest.param(b"a=1&a=2", {"a": "2"}, id="the last value counts"),
        pytest.param(b"a[b=1&=2&&c", {"a[b": "1", "c": ""}, id="malformed keys are names"),
    ],
)
def test_a_body_becomes_a_tree(body, tree):
    assert parse_form(body) == tree


def test_the_order_of_the_request_is_kept():
    assert list(parse_query("z=1&a=2&m[b]=3&m[a]=4")) == ["z", "a", "m"]
    assert list(parse_query("m[b]=3&m[a]=4")["m"]) == ["b", "a"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"a=1&a[b]=2", id="value, then hash"),
        pytest.param(b"a[b]=2&a=1", id="hash, then value"),
        pytest.param(b"a[0]=1&a[b]=2", id="array, then hash"),
        pytest.param(b"a[b]=1&a[]=2", id="hash, then array"),
        pytest.param(b"a=%ff", id="not UTF-8"),
        pytest.param(b"\xff=1", id="raw bytes"),
        pytest.param(b"a=%00", id="null character"),
        pytest.param(b"a" + b"[b]" * 50 + b"=1", id="too deep"),
        pytest.param(b"a[1000000000000]=1", id="a place too far"),
        pytest.param(b"a" * 2000 + b"=1", id="a name too long"),
        pytest.param(b"a=1&" * 6000, id="too many parameters"),
        pytest.param(b"a=" + b"x" * forms.MAX_BYTES, id="too many bytes"),
    ],
)
def test_what_cannot_be_read_is_refused(body):
    with pytest.raises(InvalidRequest):
        parse_form(body)


def test_json_keeps_its_types():
    assert parse_json(b'{"a": 1, "b": true, "c": [null, "x"], "d": {"e": "f"}}') == {
        "a": 1, "b": True, "c": [None, "x"], "d": {"e": "f"},
    }
    assert str(parse_json(b'{"a": 0.10}')["a"]) == "0.10"
    assert parse_json(b"  ") == {}


@pytest.mark.parametrize("body", [
    b"[1]", b"{", b'{"a": "\\ud800"}', b'{"a": "\\u0000"}', b"\xff",
    b'{"a":' + b"[" * 999 + b"]" * 999 + b"}", b'{"a":' * 20 + b"1" + b"}" * 20,
])
def test_json_that_cannot_be_read_is_refused(body):
    with pytest.raises(InvalidRequest):
        parse_json(body)


@pytest.mark.parametrize("tree", [
    pytest.param({"a": ["x"] * forms.MAX_ITEMS}, id="array"),
    pytest.param({"a" * forms.MAX_KEY_LENGTH: "x"}, id="name"),
    pytest.param({"a": [{"b": ["x"] * 500} for _ in range(10)]}, id="parameters"),
])
def test_json_has_the_bounds_of_a_form(tree):
    assert parse_json(json.dumps(tree).encode()) == tree
    [(name, value)] = tree.items()
    longer = {name + "a": value} if isinstance(value, str) else {name: [*value, value[0]]}
    with pytest.raises(InvalidRequest, match=r"at most|more than"):
        parse_json(json.dumps(longer).encode())


NAMES = st.from_regex(r"[a-z_]{1,12}", fullmatch=True)
TEXTS = st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), max_size=20)
TREES = st.dictionaries(
    NAMES,
    st.recursive(
        TEXTS,
        lambda inner: st.lists(inner, min_size=1, max_size=4)
        | st.dictionaries(NAMES, inner, min_size=1, max_size=4),
        max_leaves=12,
    ),
    max_size=6,
)


@settings(max_examples=150, deadline=None)
@given(TREES)
def test_what_the_sdk_encodes_is_read_back(tree):
    assert parse_form(urlencode(list(_api_encode(tree))).encode()) == tree


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | st.text("ab[]=&%0.+", max_size=60).map(str.encode))
def test_any_bytes_give_a_tree_or_an_error_of_the_api(body):
    try:
        assert isinstance(parse_form(body), dict)
    except APIError as error:
        assert error.status in (400, 413)
