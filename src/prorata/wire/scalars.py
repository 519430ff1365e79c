"""Scalars: readers of single values (text, integers, booleans, decimals, choices), with the API's
errors.

A reader takes a value of a tree and the parameter's path; it returns the value typed or raises
InvalidRequest. The empty string and None mean "unset" and are refused here: what may be unset is
handled by the reader around.
"""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Meta

from prorata.model.errors import InvalidRequest
from prorata.model.params import METADATA_KEYS

Reader = Callable[[Any, str], Any]

LONGEST_TEXT = 5_000
LARGEST_INTEGER = 2**63 - 1
EMAIL_FIELDS = frozenset({"email", "customer_email", "receipt_email"})
METADATA_KEY_LENGTH = 40
METADATA_VALUE_LENGTH = 500

# Bounds by a parameter's name, where its type has none. Moments stay within the calendar, sums of
# minor units within 64 bits.
LARGEST_MOMENT = 9_999_999_999
LARGEST_NUMBER = 999_999_999_999
LONGEST_SPANS = {
    "days_until_due": 1_825,
    "duration_in_months": 1_200,
    "interval_count": 1_200,
    "iterations": 1_200,
}
RANGE_FIELDS = frozenset({"gt", "gte", "lt", "lte"})
_MOMENT = re.compile(r"(?:\w+_)?(?:at|date|time|timestamp|anchor|end|start)|redeem_by")

_INTEGER = re.compile(r"-?[0-9]{1,19}")
# The SDKs write very small numbers with an exponent: 1E-12.
_DECIMAL = re.compile(
    r"[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE](?:\+?[0-9]|-[0-9]{1,2}))?"
)
_EMAIL = re.compile(r"[^@\s]{1,250}@[^@\s.]+(?:\.[^@\s.]+)+")


def empty(path: str) -> InvalidRequest:
    """Return the error of an empty value where none is allowed."""
    return InvalidRequest(
        f"You passed an empty string for '{path}'. We assume empty values are an attempt to unset"
        f" a parameter; however '{path}' cannot be unset. You should remove '{path}' from your"
        " request or supply a non-empty value.",
        code="parameter_invalid_empty",
        param=path,
    )


def shown(value: Any) -> str:
    """Return a value as an error message prints it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}"=>{_inner(item)}' for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_inner(item) for item in value) + "]"
    text = str(value)
    return text if len(text) <= 200 else f"{text[:200]}..."


def _inner(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else shown(value)


def text_reader(name: str, metas: Sequence[Meta]) -> Reader:
    """Return the reader of a string; numbers and booleans of a JSON body are taken as text."""
    longest = _bound(metas, "max_length", LONGEST_TEXT)
    shortest = _bound(metas, "min_length", 0)
    pattern = _bound(metas, "pattern", None)
    matches = re.compile(pattern).search if pattern else None
    email = name in EMAIL_FIELDS
    lowered = name == "currency"

    def read(sent: Any, path: str) -> str:
        value: str = sent if type(sent) is str else as_text(sent, path)
        if not value:
            raise empty(path)
        if len(value) > longest or len(value) < shortest:
            raise _length(value, path, shortest, longest)
        if matches and not matches(value):
            raise InvalidRequest(
                f"This value must match the regex pattern. (/{pattern}/ does not match for the"
                f" value {shown(value)}).",
                param=path,
            )
        if email and not _EMAIL.fullmatch(value):
            raise InvalidRequest(
                f"Invalid email address: {shown(value)}", code="email_invalid", param=path
            )
        return value.lower() if lowered else value

    return read


def as_text(value: Any, path: str) -> str:
    """Return a scalar as text; raise InvalidRequest for arrays and hashes."""
    if value is None:
        return ""
    if isinstance(value, (bool, int, Decimal, float, str)):
        return shown(value) if isinstance(value, bool) else str(value)
    raise InvalidRequest(f"Invalid string: {shown(value)}", param=path)


def _length(value: str, path: str, shortest: int, longest: int) -> InvalidRequest:
    text = value if len(value) <= 23 else f"{value[:10]}...{value[-10:]}"
    limit = f"at most {longest}" if len(value) > longest else f"at least {shortest}"
    return InvalidRequest(f"Invalid string: {text}; must be {limit} characters", param=path)


def named_integer_reader(name: str, metas: Sequence[Meta]) -> Reader:
    """Return the reader of an integer within the bounds of its annotation, or else of its name."""
    if name not in RANGE_FIELDS and _MOMENT.fullmatch(name):
        return _read_moment
    least, most = integer_bounds(name, metas)
    return integer_reader([*metas, Meta(ge=least, le=most)])


def integer_bounds(name: str, metas: Sequence[Meta]) -> tuple[int | None, int | None]:
    """Return the least and the most that an integer parameter may be."""
    least, most = _bound(metas, "ge", None), _bound(metas, "le", None)
    if least is None and _bound(metas, "gt", None) is not None:
        least = _bound(metas, "gt", None) + 1
    if name in RANGE_FIELDS:
        return least, most
    if _MOMENT.fullmatch(name):
        return 0, LARGEST_MOMENT
    return (
        -LARGEST_NUMBER if least is None else least,
        LONGEST_SPANS.get(name, LARGEST_NUMBER) if most is None else most,
    )


def _read_moment(value: Any, path: str) -> int:
    number = _integer(value, path)
    if not 0 <= number <= LARGEST_MOMENT:
        raise InvalidRequest(
            "Invalid timestamp: must be a number of seconds since 1970.", param=path
        )
    return number


def integer_reader(metas: Sequence[Meta]) -> Reader:
    """Return the reader of an integer within the bounds of its annotation."""
    least = _bound(metas, "ge", None)
    above = _bound(metas, "gt", None)
    if least is None and above is not None:
        least = above + 1
    most = _bound(metas, "le", None)
    below = _bound(metas, "lt", None)
    if most is None and below is not None:
        most = below - 1

    def read(value: Any, path: str) -> int:
        number = _integer(value, path)
        if least is not None and number < least:
            if least == 0:
                raise InvalidRequest("Invalid non-negative integer", param=path)
            raise _out_of_bounds(f"greater than or equal to {least}", path)
        if most is not None and number > most:
            raise _out_of_bounds(f"less than or equal to {most}", path)
        return number

    return read


def _integer(value: Any, path: str) -> int:
    if type(value) is str:
        if not value:
            raise empty(path)
        number = int(value) if _INTEGER.fullmatch(value) else None
    elif type(value) is int:
        number = value
    elif value is None:
        raise empty(path)
    else:
        number = None
    if number is None or not -LARGEST_INTEGER <= number <= LARGEST_INTEGER:
        raise InvalidRequest(
            f"Invalid integer: {shown(value)}", code="parameter_invalid_integer", param=path
        )
    return number


def _out_of_bounds(bound: str, path: str) -> InvalidRequest:
    return InvalidRequest(
        f"This value must be {bound}.", code="parameter_invalid_integer", param=path
    )


def read_boolean(value: Any, path: str) -> bool:
    """Read a boolean: true or false, in any case."""
    if isinstance(value, bool):
        return value
    if value == "" or value is None:
        raise empty(path)
    text = value.lower() if isinstance(value, str) else ""
    if text in ("true", "false"):
        return text == "true"
    raise InvalidRequest(f"Invalid boolean: {shown(value)}", param=path)


def decimal_reader(metas: Sequence[Meta], kind: type = Decimal) -> Reader:
    """Return the reader of a decimal number (`kind` float: a float) within its bounds."""
    tests: list[tuple[str, Any, Callable[[Decimal, Decimal], bool]]] = [
        ("greater than or equal to", _bound(metas, "ge", None), lambda value, n: value >= n),
        ("greater than", _bound(metas, "gt", None), lambda value, n: value > n),
        ("less than or equal to", _bound(metas, "le", None), lambda value, n: value <= n),
        ("less than", _bound(metas, "lt", None), lambda value, n: value < n),
    ]
    bounds = [(word, str(n), Decimal(str(n)), holds) for word, n, holds in tests if n is not None]

    def read(value: Any, path: str) -> Any:
        if value == "" or value is None:
            raise empty(path)
        text = str(value) if isinstance(value, (str, int, Decimal, float)) else ""
        if isinstance(value, bool) or not _DECIMAL.fullmatch(text):
            raise InvalidRequest(f"Invalid decimal: {shown(value)}", param=path)
        number = Decimal(text)
        for word, bound, exact, holds in bounds:
            if not holds(number, exact):
                raise InvalidRequest(
                    f"This value must be {word} {bound} (it currently is '{float(number)}').",
                    param=path,
                )
        return kind(number)

    return read


def choice_reader(choices: Sequence[Any]) -> Reader:
    """Return the reader of one of several fixed values."""
    by_text = {shown(choice): choice for choice in choices}
    listed = one_of([str(text) for text in by_text])

    def read(value: Any, path: str) -> Any:
        if type(value) is str and value in by_text:
            return by_text[value]
        if value == "" or value is None:
            raise empty(path)
        if isinstance(value, (bool, int)) and shown(value) in by_text:
            return by_text[shown(value)]
        raise InvalidRequest(f"Invalid {path}: must be one of {listed}", param=path)

    return read


def one_of(texts: Sequence[str]) -> str:
    """Return choices as a sentence lists them: `a`, `a or b`, `a, b, or c`."""
    if len(texts) < 3:
        return " or ".join(texts)
    return ", ".join(texts[:-1]) + f", or {texts[-1]}"


def read_metadata(value: Any, path: str) -> dict[str, str]:
    """Read metadata: at most 50 keys of 40 characters, values of 500; "" deletes a key."""
    if isinstance(value, list):
        value = {str(place): item for place, item in enumerate(value)}
    if not isinstance(value, dict):
        raise InvalidRequest("Invalid object", param=path)
    if len(value) > METADATA_KEYS:
        raise InvalidRequest(
            f"Metadata can have up to {METADATA_KEYS} keys, but you passed in {len(value)}.",
            param=path,
        )
    read = {}
    for key, item in value.items():
        if not key or len(key) > METADATA_KEY_LENGTH:
            raise InvalidRequest(
                f"Metadata keys can have up to {METADATA_KEY_LENGTH} characters, but you passed in"
                f" a key that is {len(key)} characters. Invalid key: {shown(key)}",
                param=path,
            )
        if "[" in key or "]" in key:
            raise InvalidRequest(
                f"Metadata keys cannot contain square brackets. Invalid key: {key}", param=path
            )
        text = item if type(item) is str else as_text(item, f"{path}[{key}]")
        if len(text) > METADATA_VALUE_LENGTH:
            raise InvalidRequest(
                f"Metadata values can have up to {METADATA_VALUE_LENGTH} characters, but you passed"
                f" in a value that is {len(text)} characters. Invalid value: {shown(text)}",
                param=path,
            )
        read[key] = text
    return read


def _bound(metas: Sequence[Meta], name: str, default: Any) -> Any:
    for meta in metas:
        value = getattr(meta, name)
        if value is not None:
            return value
    return default
