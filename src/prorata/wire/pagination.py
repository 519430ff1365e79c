"""Pagination: the cursors and limits of lists, searches and the lists inside documents."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from prorata.model.errors import InvalidRequest, missing_param, no_such
from prorata.model.pages import DEFAULT_LIMIT as DEFAULT_LIMIT
from prorata.model.pages import Page as Page
from prorata.wire import scalars

T = TypeVar("T")

MOST = 100
_integer = scalars.integer_reader(())
_text = scalars.text_reader("", ())


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Which part of which search is asked for; `page` is the token of an earlier answer."""

    query: str
    limit: int = DEFAULT_LIMIT
    page: str | None = None


def take_page(tree: dict[str, Any]) -> Page:
    """Take the page's parameters out of a list request's tree.

    A limit outside 1 to 100 becomes the nearest of them, without an error.
    """
    starting_after = _cursor(tree, "starting_after")
    ending_before = _cursor(tree, "ending_before")
    includes = tree.pop("include", [])
    if not isinstance(includes, list):
        raise InvalidRequest("Invalid array", param="include")
    for place, name in enumerate(includes):
        if name != "total_count":
            raise InvalidRequest(
                f"Invalid include[{place}]: must be one of total_count", param=f"include[{place}]"
            )
    return Page(take_limit(tree), starting_after, ending_before, bool(includes))


def take_search(tree: dict[str, Any]) -> SearchPage:
    """Take the parameters of a search request out of its tree."""
    if "query" not in tree:
        raise missing_param("query")
    query = _text(tree.pop("query"), "query")
    page = _text(tree.pop("page"), "page") if "page" in tree else None
    return SearchPage(query, take_limit(tree), page)


def take_limit(tree: dict[str, Any]) -> int:
    """Take the limit out of a tree: the default where none is sent, otherwise within 1 to 100."""
    if "limit" not in tree:
        return DEFAULT_LIMIT
    limit: int = _integer(tree.pop("limit"), "limit")
    return min(max(limit, 1), MOST)


def _cursor(tree: dict[str, Any], name: str) -> str | None:
    return _text(tree.pop(name), name) if name in tree else None


def cut(items: Sequence[T], page: Page, *, name: str, id_of: Callable[[T], str]) -> tuple[
    list[T], bool
]:
    """Return the asked part of a whole list, and whether there is more of it.

    name: how an unknown cursor is called. An unknown cursor is a 400.
    """
    places = {id_of(item): place for place, item in enumerate(items)}
    for param in ("starting_after", "ending_before"):
        cursor = getattr(page, param)
        if cursor is not None and cursor not in places:
            raise no_such(name, cursor, param=param, status=400)
    page.check()
    if page.ending_before is not None:
        end = places[page.ending_before]
        start = max(end - page.limit, 0)
        return list(items[start:end]), start > 0
    start = places[page.starting_after] + 1 if page.starting_after is not None else 0
    end = start + page.limit
    return list(items[start:end]), end < len(items)
