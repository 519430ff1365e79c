"""Values: moments, integers, texts and metadata as /v2 reads and writes them.

Which of them a field is says its annotation: `Instant`, `Int64`, `Text`, `NullableMetadata` in
`model.fields`. A reader takes a value of a tree and the parameter's path, like those in `scalars`.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from msgspec import Meta

from prorata.model.errors import InvalidRequest
from prorata.model.fields import instant_text
from prorata.wire import scalars
from prorata.wire.scalars import Reader

_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_FRACTION = re.compile(r"(\.\d{6})\d+")


def mark_of(metas: Sequence[Meta]) -> str | None:
    """Return which of these values an annotation names, or None for any other."""
    for meta in metas:
        if meta.extra is not None and "wire" in meta.extra:
            return str(meta.extra["wire"])
    return None


def reader(mark: str, name: str, metas: Sequence[Meta]) -> Reader:
    """Return the reader of a parameter with a mark; the other metas are its bounds."""
    if mark == "instant":
        return read_instant
    if mark == "int64":
        return scalars.named_integer_reader(name, metas)
    if mark == "text":
        return _text_reader(name, metas)
    assert mark == "metadata", f"no value of /v2 is called {mark}"
    return _read_metadata


def writer(mark: str | None) -> Callable[[Any], Any] | None:
    """Return what writes a document's value with a mark, or None where it goes as it is."""
    return _WRITERS.get(mark or "")


_WRITERS: dict[str, Callable[[Any], Any]] = {"instant": instant_text, "int64": str}


def read_instant(value: Any, path: str) -> int:
    """Read a moment in ISO 8601 with its offset from UTC; fractions of a second are cut off."""
    if value == "" or value is None:
        raise scalars.empty(path)
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        try:
            moment = datetime.fromisoformat(_FRACTION.sub(r"\1", value.upper()))
            second = int(moment.timestamp() // 1)
        except (ValueError, OverflowError):
            second = -1
        if 0 <= second <= scalars.LARGEST_MOMENT:
            return second
    raise InvalidRequest(
        f"Invalid timestamp: {scalars.shown(value)}; must be a moment in ISO 8601, such as"
        " 2026-10-28T09:30:00.000Z",
        param=path,
    )


def _text_reader(name: str, metas: Sequence[Meta]) -> Reader:
    read_full = scalars.text_reader(name, metas)
    shortest = next((each.min_length for each in metas if each.min_length is not None), 0)

    def read(value: Any, path: str) -> str:
        if value == "" and not shortest:
            return ""
        if type(value) is not str:
            raise InvalidRequest(f"Invalid string: {scalars.shown(value)}", param=path)
        text: str = read_full(value, path)
        return text

    return read


def _read_metadata(value: Any, path: str) -> dict[str, str | None]:
    if not isinstance(value, dict):
        raise InvalidRequest("Invalid object", param=path)
    for key, item in value.items():
        if item is not None and type(item) is not str:
            below = f"{path}[{key}]"
            raise InvalidRequest(f"Invalid string: {scalars.shown(item)}", param=below)
    texts = {key: item for key, item in value.items() if item is not None}
    read: dict[str, str | None] = dict(scalars.read_metadata(texts, path))
    read.update((key, None) for key, item in value.items() if item is None)
    return read
