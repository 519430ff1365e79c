"""Forms: the bracketed bodies and queries of requests, read into plain trees.

A tree is a dict of str -> str | dict | list, in the order of the request. JSON bodies give the same
trees with numbers (int or Decimal), booleans and None as they are.
"""

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus

import msgspec

from prorata.model.errors import InvalidRequest

MAX_BYTES = 1 << 20
MAX_PARAMETERS = 5_000
MAX_KEY_LENGTH = 1_000
MAX_DEPTH = 12
MAX_ITEMS = 1_000
# Hashes whose keys are the client's own: a key of digits there is a key, not a place in an array.
FREE_HASHES = frozenset({"metadata", "payload"})

Tree = dict[str, Any]
_json = msgspec.json.Decoder(float_hook=Decimal)


class _Array(dict[Any, Any]):
    """An array while it is being read: places (ints) to values."""


def parse_form(body: bytes | str) -> Tree:
    """Return the tree of a form-encoded body; raise InvalidRequest when it cannot be read."""
    if len(body) > MAX_BYTES:
        raise InvalidRequest(f"The request's body is larger than {MAX_BYTES} bytes.", status=413)
    if isinstance(body, bytes):
        try:
            body = body.decode()
        except UnicodeDecodeError:
            raise InvalidRequest("The request's body is not valid UTF-8.") from None
    return grow(_pairs(body))


def parse_query(query: bytes | str) -> Tree:
    """Return the tree of a URL's query string, without the question mark."""
    return parse_form(query) if query else {}


def parse_json(body: bytes) -> Tree:
    """Return the tree of a JSON body, which must be an object."""
    if len(body) > MAX_BYTES:
        raise InvalidRequest(f"The request's body is larger than {MAX_BYTES} bytes.", status=413)
    if not body.strip():
        return {}
    try:
        tree = _json.decode(body)
    except UnicodeDecodeError:
        raise InvalidRequest("The request's body is not valid UTF-8.") from None
    except (msgspec.DecodeError, RecursionError, ArithmeticError) as error:
        raise InvalidRequest(f"The request's body is not valid JSON: {error}.") from None
    if not isinstance(tree, dict):
        raise InvalidRequest("The request's body must be a JSON object.")
    if _checked_json(tree, 1) > MAX_PARAMETERS:
        raise _too_many()
    return tree


def grow(pairs: Iterable[tuple[str, Any]]) -> Tree:
    """Return the tree of key-value pairs with bracketed keys, such as the fields of a multipart."""
    root: Tree = {}
    arrays = False
    for key, value in pairs:
        if isinstance(value, str) and "\0" in value:
            raise InvalidRequest("Parameters must not contain null characters.")
        path = _path(key)
        if len(path) == 1:
            if type(root.get(path[0])) in (dict, _Array):
                raise _conflict(path[0])
            root[path[0]] = value
        else:
            arrays = _plant(root, path, value) or arrays
    return _settled(root) if arrays else root


def _pairs(text: str) -> Iterable[tuple[str, str]]:
    if not text:
        return
    pieces = text.split("&")
    if len(pieces) > MAX_PARAMETERS:
        raise _too_many()
    for piece in pieces:
        key, _, value = piece.partition("=")
        if not key:
            continue
        if "%" in value or "+" in value:
            value = _unescaped(value)
        yield key, value


def _unescaped(text: str) -> str:
    try:
        return unquote_plus(text, errors="strict")
    except UnicodeDecodeError:
        raise InvalidRequest("The request's parameters are not valid UTF-8.") from None


@lru_cache(maxsize=8192)
def _path(key: str) -> tuple[str, ...]:
    """Return the steps of a key: `items[0][price]` -> items, 0, price; `expand[]` -> expand, ''."""
    if len(key) > MAX_KEY_LENGTH:
        raise _too_long()
    if "%" in key or "+" in key:
        key = _unescaped(key)
    if "\0" in key:
        raise InvalidRequest("Parameters must not contain null characters.")
    name, bracket, rest = key.partition("[")
    if not bracket or not name or not rest.endswith("]"):
        return (key,)
    steps = (name, *rest[:-1].split("]["))
    if len(steps) > MAX_DEPTH:
        raise InvalidRequest(f"Parameters must not be nested deeper than {MAX_DEPTH} levels.")
    return steps


def _plant(root: Tree, path: tuple[str, ...], value: Any) -> bool:
    """Put a value at its path; return whether the path leads through an array."""
    node: dict[Any, Any] = root
    step: Any = path[0]
    free = step in FREE_HASHES
    arrays = False
    for following in path[1:]:
        array = not free and (following == "" or (following.isascii() and following.isdigit()))
        child = node.get(step)
        if child is None:
            child = node[step] = _Array() if array else {}
        elif type(child) is not (_Array if array else dict):
            # An array of hashes may be written with names where places were meant, never mixed.
            raise _conflict(path[0])
        arrays = arrays or array
        step = _place(child, following, path) if isinstance(child, _Array) else following
        node = child
        free = free or step in FREE_HASHES
    if isinstance(node.get(step), dict):
        raise _conflict(path[0])
    node[step] = value
    return arrays


def _place(array: _Array, step: str, path: tuple[str, ...]) -> int:
    if step:
        place = int(step) if len(step) < 7 else MAX_ITEMS
        if place >= MAX_ITEMS:
            raise InvalidRequest(
                f"Arrays can have at most {MAX_ITEMS} elements.", param=_written(path[:1])
            )
        return place
    last = len(array) - 1
    if last >= 0 and path[-1] != "" and isinstance(array.get(last), dict):
        # `a[][x]=1&a[][y]=2&a[][x]=3`: a new element begins where a name comes again.
        node: Any = array[last]
        for name in path[path.index("") + 1 :]:
            if not isinstance(node, dict) or name not in node:
                return last
            node = node[name]
    if last + 1 >= MAX_ITEMS:
        raise InvalidRequest(
            f"Arrays can have at most {MAX_ITEMS} elements.", param=_written(path[:1])
        )
    return last + 1


def _settled(node: Any) -> Any:
    """Return a tree with its arrays as lists, in the order of their places."""
    if type(node) is _Array:
        return [_settled(node[place]) for place in sorted(node)]
    if type(node) is dict:
        for name, child in node.items():
            if type(child) is dict or type(child) is _Array:
                node[name] = _settled(child)
    return node


def _conflict(name: str) -> InvalidRequest:
    return InvalidRequest(
        f"The parameter `{name}` is sent in two shapes that exclude each other"
        " (a value, a hash or an array). Send one of them.",
        param=name,
    )


def _written(path: tuple[str, ...]) -> str:
    return path[0] + "".join(f"[{step}]" for step in path[1:])


def _too_long() -> InvalidRequest:
    return InvalidRequest(f"Parameter names must be at most {MAX_KEY_LENGTH} characters.")


def _too_many() -> InvalidRequest:
    return InvalidRequest(f"The request has more than {MAX_PARAMETERS} parameters.")


def _checked_json(node: Any, depth: int) -> int:
    """Return how many parameters there are in a node; raise for what a form could not hold."""
    if isinstance(node, str) and "\0" in node:
        raise InvalidRequest("Parameters must not contain null characters.")
    if not isinstance(node, (dict, list)):
        return 1
    if depth > MAX_DEPTH:
        raise InvalidRequest(f"Parameters must not be nested deeper than {MAX_DEPTH} levels.")
    children: Iterable[Any] = node
    if isinstance(node, dict):
        children = node.values()
        for name in node:
            _checked_json(name, depth)
            if len(name) > MAX_KEY_LENGTH:
                raise _too_long()
    elif len(node) > MAX_ITEMS:
        raise InvalidRequest(f"Arrays can have at most {MAX_ITEMS} elements.")
    # What is empty is sent, too.
    return sum(_checked_json(child, depth + 1) for child in children) or 1
