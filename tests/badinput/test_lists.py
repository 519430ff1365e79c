"""Lists: cursors both ways, limits, ranges and what they refuse, on every list there is."""

from __future__ import annotations

from typing import Any

import pytest

from badinput.bases import base_of, path_of
from badinput.conftest import Counter, operations
from badinput.parameters import places_of
from badinput.stock import Stock
from prorata.model.operation import Operation

# Those below /v2 are paged by urls: tests/v2.
LISTS = [each for each in operations() if each.lists and not each.v2]
BOTH = "Received both starting_after and ending_before parameters. Please pass in only one."
MOST = 5

pytestmark = pytest.mark.parametrize("listing", LISTS, ids=[each.route for each in LISTS])


def read(counter: Counter, listing: Operation, **tree: Any) -> Any:
    answer, found = _ask(counter, listing, tree)
    assert (answer.status, found) == (200, []), answer.content
    return answer.body


def refused(counter: Counter, listing: Operation, **tree: Any) -> dict[str, Any]:
    answer, found = _ask(counter, listing, tree)
    assert (answer.status, found) == (400, []), answer.content
    return answer.error


def _ask(counter: Counter, listing: Operation, tree: dict[str, Any]) -> Any:
    path = path_of(listing, counter.stock)
    return counter.ask("GET", path, {**base_of(listing, counter.stock), **tree})


def ids(page: Any) -> list[str]:
    return [each["id"] for each in page["data"]]


def test_pages_lead_through_the_whole_both_ways(counter: Counter, listing: Operation) -> None:
    whole = ids(read(counter, listing, limit=100))
    for size in (1, 3):
        seen: list[str] = []
        page = read(counter, listing, limit=size)
        while page["data"] and len(seen) < MOST * size:
            seen += ids(page)
            assert page["has_more"] == (len(seen) < len(whole))
            page = read(counter, listing, limit=size, starting_after=seen[-1])
        assert seen == whole[: len(seen)]
        back: list[str] = []
        page = read(counter, listing, limit=size, ending_before=seen[-1]) if seen else page
        while page["data"]:
            back = ids(page) + back
            assert page["has_more"] == (len(back) < len(seen) - 1)
            page = read(counter, listing, limit=size, ending_before=back[0])
        assert back == seen[:-1]


def test_a_limit_is_brought_within_bounds(counter: Counter, listing: Operation) -> None:
    whole = ids(read(counter, listing, limit=100))
    for limit, taken in ((-(2**40), 1), (-1, 1), (0, 1), (1, 1), (100, 100), (101, 100),
                         (2**62, 100)):  # fmt: skip
        assert ids(read(counter, listing, limit=limit)) == whole[:taken]
    assert ids(read(counter, listing)) == whole[:10]
    for limit in ("many", "1.5", "9" * 30):
        assert refused(counter, listing, limit=limit)["code"] == "parameter_invalid_integer"
    assert refused(counter, listing, limit="")["code"] == "parameter_invalid_empty"
    assert refused(counter, listing, limit=["1"])["param"].startswith("limit")


def test_cursors_are_ids_of_the_list(
    counter: Counter, listing: Operation, foreign: Stock
) -> None:
    for cursor in ("none_such", foreign["customer"], "cus_", "x" * 300, "\N{COLLISION SYMBOL}"):
        for param in ("starting_after", "ending_before"):
            error = refused(counter, listing, **{param: cursor})
            assert (error["code"], error["param"]) == ("resource_missing", param)
            assert f"'{cursor}'" in error["message"]
        error = refused(counter, listing, starting_after=cursor, ending_before=cursor)
        assert error["param"] == "starting_after"
    some = ids(read(counter, listing, limit=1))
    if some:
        error = refused(counter, listing, starting_after=some[0], ending_before=some[0])
        assert error["message"] == BOTH
        assert "code" not in error


def test_a_total_is_counted_when_asked_for(counter: Counter, listing: Operation) -> None:
    page = read(counter, listing, limit=1, include=["total_count"])
    assert page["total_count"] == len(read(counter, listing, limit=100)["data"])
    assert refused(counter, listing, include=["everything"])["param"] == "include[0]"
    assert refused(counter, listing, include="total_count")["param"] == "include"


def test_ranges_are_bounds(counter: Counter, listing: Operation) -> None:
    names = {
        place.steps[0] for place in places_of(listing.params) if place.shapes >= {"hash", "integer"}
    } if listing.params else set()  # fmt: skip
    for name in names:
        whole = read(counter, listing, limit=100)["data"]
        for bounds in ({"gte": 0}, {"gt": 0, "lt": 2**40}, {"lte": 2**62}, {"gte": -5}):
            if name == "created":
                assert read(counter, listing, limit=100, created=bounds)["data"] == whole
            else:
                read(counter, listing, **{name: bounds})
        for bounds in ({"lt": 0}, {"gt": 2**62}, {"gt": 5, "lt": 4}, 0):
            assert read(counter, listing, **{name: bounds})["data"] == []
        if whole and name == "created" and "created" in whole[0]:
            at = whole[0]["created"]
            same = [each["id"] for each in whole if each["created"] == at]
            assert ids(read(counter, listing, limit=100, created=at)) == same
            assert at not in [
                each["created"] for each in read(counter, listing, created={"gt": at})["data"]
            ]
        assert refused(counter, listing, **{name: {"after": 1}})["code"] == "parameter_unknown"
        for bounds in ("soon", {"gt": "soon"}, {"gt": {"gt": 1}}, {"gte": "1.5"}):
            error = refused(counter, listing, **{name: bounds})
            assert error["code"] == "parameter_invalid_integer"
