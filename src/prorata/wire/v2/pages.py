"""Pages: the lists below /v2, which are paged by tokens that stand in the urls of their answers."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from prorata.model.errors import InvalidRequest
from prorata.model.pages import Page
from prorata.wire import scalars

DEFAULT_LIMIT = 20
MOST = 100
_integer = scalars.integer_reader(())
_text = scalars.text_reader("", ())


def take_page(tree: dict[str, Any]) -> Page:
    """Take `limit` and `page` out of a list request's tree.

    A limit outside 1 to 100 becomes the nearest of them. Raises InvalidRequest for a token that no
    answer has given.
    """
    limit = DEFAULT_LIMIT
    if "limit" in tree:
        limit = min(max(_integer(tree.pop("limit"), "limit"), 1), MOST)
    if "page" not in tree:
        return Page(limit)
    direction, id = _opened(_text(tree.pop("page"), "page"))
    if direction == "after":
        return Page(limit, starting_after=id)
    return Page(limit, ending_before=id)


def page_urls(
    path: str, query: str, page: Page, ids: Sequence[str], more: bool
) -> tuple[str | None, str | None]:
    """Return the urls of the next and of the previous page.

    query: what was asked for; it is asked for there too. ids: of what this page holds. more:
    whether there is more beyond it, in the direction in which it was asked for.
    """
    if not ids:
        return None, None
    pairs = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != "page"]

    def url(direction: str, id: str) -> str:
        return f"{path}?{urlencode([*pairs, ('page', _token(direction, id))], safe='[]')}"

    backwards = page.ending_before is not None
    next_one = url("after", ids[-1]) if backwards or more else None
    earlier = more if backwards else page.starting_after is not None
    return next_one, url("before", ids[0]) if earlier else None


def _token(direction: str, id: str) -> str:
    return base64.urlsafe_b64encode(f"{direction}:{id}".encode()).decode().rstrip("=")


def _opened(token: str) -> tuple[str, str]:
    try:
        padded = token + "=" * (-len(token) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    direction, _, id = text.partition(":")
    if direction not in ("after", "before") or not id or "\0" in id:
        raise InvalidRequest(
            "Invalid page: use the next_page_url or previous_page_url of an answer.", param="page"
        )
    return direction, id
