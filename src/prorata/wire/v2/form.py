"""Form: documents as /v2 writes them: moments in ISO 8601, counts as text, some parts on request.

A document is kept with seconds and integers, as everywhere. Each struct is compiled once into the
walk through those fields that are written otherwise.
"""

from collections.abc import Callable, Collection
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from msgspec import Meta, Struct
from msgspec.structs import fields

from prorata.wire.encode import plain, to_bytes
from prorata.wire.v2.values import mark_of, writer

# Rewrites a value in place, or returns another one for it.
Rewrite = Callable[[Any], Any]


def written(form: Any, cls: type, hidden: Collection[str] = ()) -> bytes:
    """Return a document (a struct, or its kept form) of a class as an answer below /v2.

    hidden: paths such as `webhook_endpoint.url` of what is null, not having been asked for.
    """
    document = plain(form)
    rewrite = _rewrite_of(cls)
    if rewrite is not None:
        rewrite(document)
    for path in hidden:
        _hide(document, path)
    return to_bytes(document)


def page_bytes(rows: Collection[bytes], next_url: str | None, previous_url: str | None) -> bytes:
    """Return the envelope around a page of written documents."""
    tail = to_bytes({"next_page_url": next_url, "previous_page_url": previous_url})
    return b'{"data":[%b],%b' % (b",".join(rows), tail[1:])


def _hide(document: Any, path: str) -> None:
    *above, last = path.split(".")
    for name in above:
        document = document.get(name)
        if not isinstance(document, dict):
            return
    if last in document:
        document[last] = None


@cache
def _rewrite_of(cls: type) -> Rewrite | None:
    """Return what rewrites a document of a class in place; None when nothing is to be done."""
    if not issubclass(cls, Struct):
        return None
    hints = get_type_hints(cls, include_extras=True)
    parts = {
        each.encode_name: rewrite
        for each in fields(cls)
        if (rewrite := _rewrite(hints[each.name])) is not None
    }
    if not parts:
        return None

    def rewrite_all(document: dict[str, Any]) -> dict[str, Any]:
        for name, part in parts.items():
            value = document.get(name)
            if value is not None:
                document[name] = part(value)
        return document

    return rewrite_all


def _rewrite(hint: Any) -> Rewrite | None:
    """Return what rewrites a value with an annotation; None when it goes as it is."""
    arguments = get_args(hint)
    if get_origin(hint) is Annotated:
        inner, *extras = arguments
        own = writer(mark_of([each for each in extras if isinstance(each, Meta)]))
        return own or _rewrite(inner)
    if isinstance(hint, type) and issubclass(hint, Struct):
        return _rewrite_of(hint)
    if get_origin(hint) is list:
        each_one = _rewrite(arguments[0])
        return None if each_one is None else lambda values: [each_one(value) for value in values]
    for argument in arguments:
        found = _rewrite(argument)
        if found is not None:
            return found
    return None
