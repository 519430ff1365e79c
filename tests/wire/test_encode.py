"""Encode and pagination: envelopes, inline lists, limits and cursors."""

import json
from decimal import Decimal

import pytest

from prorata.model.errors import InvalidRequest
from prorata.wire.encode import as_bytes, list_bytes, plain, to_bytes
from prorata.wire.pagination import Page, cut, take_page, take_search


def test_a_short_document_goes_as_it_was_stored():
    stored = b'{"id":"x",  "items":{"object":"list","data":[],"has_more":false}}'
    assert as_bytes(stored) is stored
    assert as_bytes(stored.decode()) == stored


def test_long_inline_lists_show_their_first_ten():
    lines = [{"id": i} for i in range(12)]
    stored = to_bytes({"lines": {"object": "list", "data": lines, "has_more": True,
                                 "total_count": 12}})
    shown = json.loads(as_bytes(stored))["lines"]
    assert (len(shown["data"]), shown["has_more"], shown["total_count"]) == (10, True, 12)


def test_decimals_are_strings_on_the_wire():
    assert to_bytes({"a": Decimal("0.10")}) == b'{"a":"0.10"}'
    assert plain({"a": Decimal("0.10")}) == {"a": "0.10"}


def test_a_list_is_its_rows_joined():
    assert json.loads(list_bytes([b'{"id":1}', b'{"id":2}'], url="/v1/x", has_more=True)) == {
        "object": "list", "data": [{"id": 1}, {"id": 2}], "has_more": True, "url": "/v1/x",
    }
    assert json.loads(list_bytes([], url="/v1/x/search", has_more=False, kind="search_result",
                                 total_count=0)) == {
        "object": "search_result", "data": [], "has_more": False, "next_page": None,
        "total_count": 0, "url": "/v1/x/search",
    }


@pytest.mark.parametrize(("sent", "limit"), [
    ("1", 1), ("100", 100), ("0", 1), ("-1", 1), ("101", 100), (7, 7),
])
def test_limits_are_brought_into_range_silently(sent, limit):
    tree = {"limit": sent, "customer": "c"}
    assert take_page(tree) == Page(limit=limit)
    assert tree == {"customer": "c"}


def test_limits_must_be_integers():
    with pytest.raises(InvalidRequest, match="Invalid integer: many") as caught:
        take_page({"limit": "many"})
    assert caught.value.param == "limit"


def test_the_cursors_exclude_each_other():
    page = take_page({"starting_after": "a", "ending_before": "b"})
    with pytest.raises(InvalidRequest) as caught:
        page.check()
    assert caught.value.message == (
        "Received both starting_after and ending_before parameters. Please pass in only one."
    )


def test_the_total_count_is_included_on_demand():
    assert take_page({"include": ["total_count"]}).total_count
    with pytest.raises(InvalidRequest):
        take_page({"include": ["everything"]})


@pytest.mark.parametrize(("page", "expected"), [
    (Page(limit=2), ("ab", True)),
    (Page(limit=2, starting_after="b"), ("cd", True)),
    (Page(limit=2, starting_after="d"), ("e", False)),
    (Page(limit=2, starting_after="e"), ("", False)),
    (Page(limit=2, ending_before="e"), ("cd", True)),
    (Page(limit=2, ending_before="b"), ("a", False)),
    (Page(limit=9), ("abcde", False)),
])
def test_a_whole_list_is_cut_into_pages(page, expected):
    items, has_more = cut("abcde", page, name="line item", id_of=str)
    assert ("".join(items), has_more) == expected


def test_an_unknown_cursor_is_refused_before_both_are():
    with pytest.raises(InvalidRequest) as caught:
        cut("abc", Page(starting_after="z", ending_before="a"), name="line item", id_of=str)
    assert (caught.value.status, caught.value.param) == (400, "starting_after")


def test_a_search_needs_a_query():
    with pytest.raises(InvalidRequest, match="Missing required param: query"):
        take_search({"limit": "3"})
    assert take_search({"query": "a:'b'", "limit": "3"}).limit == 3
