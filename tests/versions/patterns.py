"""Patterns: what an answer has to say, as far as a test is about it."""

from __future__ import annotations

from typing import Any


class Mark:
    """A pattern that is no value."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


ABSENT, GIVEN, NOTHING = Mark("ABSENT"), Mark("GIVEN"), Mark("NOTHING")


def mismatches(value: Any, pattern: Any, place: str = "") -> list[str]:
    """Return where a value is not as a pattern says: hashes and arrays have at least its parts.

    GIVEN is anything but null, NOTHING null or an empty array; ABSENT a field that is not there.
    """
    if pattern is GIVEN:
        return [] if value is not None else [f"{place} is null"]
    if pattern is NOTHING:
        return [] if value in (None, []) else [f"{place} is {value!r}"]
    if isinstance(pattern, dict):
        if not isinstance(value, dict):
            return [f"{place} is {value!r}"]
        found = []
        for name, part in pattern.items():
            inside = f"{place}.{name}"
            if part is ABSENT:
                found += [f"{inside} is there"] if name in value else []
            elif name not in value:
                found.append(f"{inside} is not there")
            else:
                found += mismatches(value[name], part, inside)
        return found
    if isinstance(pattern, list):
        if not isinstance(value, list) or len(value) < len(pattern):
            return [f"{place} is {value!r}"]
        return [
            each for number, part in enumerate(pattern)
            for each in mismatches(value[number], part, f"{place}[{number}]")
        ]  # fmt: skip
    return [] if value == pattern else [f"{place} is {value!r}, not {pattern!r}"]
