"""Encode: documents into the bytes of answers; a stored document that needs no change goes as it
is, and a list is its rows' bytes joined.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

INLINE_LIMIT = 10
# An inline list says so in the stored bytes when it is longer than what is shown of it.
LONG_LIST_MARK = b'"has_more":true'

to_bytes = msgspec.json.Encoder(decimal_format="string").encode
# Whatever order a tree's names have, its bytes are the same.
in_one_order = msgspec.json.Encoder(decimal_format="string", order="sorted").encode
_decode = msgspec.json.Decoder().decode


def plain(value: Any) -> Any:
    """Return a document (bytes, text, struct or dict) as plain dicts that the caller may change."""
    if isinstance(value, (bytes, str)):
        return _decode(value)
    return _decode(to_bytes(value))


def shorten(node: Any) -> None:
    """Cut every inline list that is not to be shown whole to its first ten, in place."""
    if isinstance(node, dict):
        data = node.get("data")
        if node.get("has_more") is True and isinstance(data, list) and len(data) > INLINE_LIMIT:
            node["data"] = data[:INLINE_LIMIT]
        for child in node.values():
            if isinstance(child, (dict, list)):
                shorten(child)
    elif isinstance(node, list):
        for child in node:
            shorten(child)


def shorten_answer(answer: Any) -> None:
    """Cut the inline lists of an answer; an answer that is itself a list is a page already."""
    if isinstance(answer, dict) and answer.get("object") == "list":
        shorten(answer.get("data"))
    else:
        shorten(answer)


def as_bytes(document: Any) -> bytes:
    """Return a document's bytes as they are answered when nothing is expanded or lowered."""
    raw = document.encode() if isinstance(document, str) else document
    if not isinstance(raw, bytes):
        raw = to_bytes(raw)
    if LONG_LIST_MARK in raw:
        node = _decode(raw)
        shorten_answer(node)
        return to_bytes(node)
    return raw


def list_bytes(
    rows: Iterable[bytes],
    *,
    url: str,
    has_more: bool,
    total_count: int | None = None,
    kind: str = "list",
    next_page: str | None = None,
) -> bytes:
    """Return the envelope around rows of encoded documents: a list, or a search_result."""
    tail: dict[str, Any] = {"has_more": has_more}
    if kind == "search_result":
        tail["next_page"] = next_page
    if total_count is not None:
        tail["total_count"] = total_count
    tail["url"] = url
    return b'{"object":"%b","data":[%b],%b' % (kind.encode(), b",".join(rows), to_bytes(tail)[1:])
