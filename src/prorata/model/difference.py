"""Difference: what changed between two forms of a document, and the way back.

A reverse patch holds, for each key of the newer form that differs, the older value: nested
objects hold only their changed keys, arrays stand whole, and keys that the older form did not have
are listed under "[absent]", which is no key of metadata: those have no brackets.
"""

from functools import cache
from itertools import compress, count
from operator import ne
from typing import Any

import msgspec
from msgspec.structs import astuple

ABSENT = "[absent]"
Patch = dict[str, Any]
_MISSING: Any = object()


def reverse_patch(newer: dict[str, Any], older: dict[str, Any]) -> Patch:
    """Return the patch that turns the newer form back into the older one."""
    patch: Patch = {}
    absent = []
    for key, value in newer.items():
        before = older.get(key, _MISSING)
        if before == value and type(before) is type(value):
            continue
        if before is _MISSING:
            absent.append(key)
        elif isinstance(value, dict) and isinstance(before, dict):
            patch[key] = reverse_patch(value, before)
        else:
            patch[key] = before
    if older.keys() - newer.keys():
        patch |= {key: before for key, before in older.items() if key not in newer}
    if absent:
        patch[ABSENT] = absent
    return patch


def encoded_patch(cls: type[msgspec.Struct], newer: bytes, older: bytes) -> Patch:
    """Return the reverse patch between two encoded structs of one type.

    They are taken apart into the texts of their fields, and only what differs is decoded.
    """
    names, parts = _parts(cls)
    decode = msgspec.json.decode
    these, those = astuple(parts.decode(newer)), astuple(parts.decode(older))
    patch: Patch = {}
    absent = []
    for place in compress(count(), map(ne, these, those)):
        name, value, before = names[place], these[place], those[place]
        if before is None:
            absent.append(name)
            continue
        former = decode(before)
        if type(former) is dict and value is not None and type(present := decode(value)) is dict:
            # The same keys in another order are no difference.
            if inner := reverse_patch(present, former):
                patch[name] = inner
        else:
            patch[name] = former
    if absent:
        patch[ABSENT] = absent
    return patch


@cache
def _parts(cls: type[msgspec.Struct]) -> tuple[tuple[str, ...], msgspec.json.Decoder[Any]]:
    """Return the names of a struct's fields and what finds the text of each, or None."""
    names = cls.__struct_encode_fields__
    fields = [f"field{place}" for place, _ in enumerate(names)]
    texts = msgspec.defstruct(
        f"{cls.__name__}Parts",
        [(field, msgspec.Raw, None) for field in fields],
        rename=dict(zip(fields, names, strict=True)),
        gc=False,
    )
    return names, msgspec.json.Decoder(texts)


def walk_back(newer: dict[str, Any], patch: Patch) -> dict[str, Any]:
    """Return the older form of a document."""
    older = dict(newer)
    for key in patch.get(ABSENT, ()):
        older.pop(key, None)
    for key, value in patch.items():
        if key == ABSENT:
            continue
        current = older.get(key)
        if isinstance(value, dict) and isinstance(current, dict):
            older[key] = walk_back(current, value)
        else:
            older[key] = value
    return older


def take_back(
    current: dict[str, Any],
    after: dict[str, Any],
    before: dict[str, Any],
    sums: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """Return a form without one of its changes, that from `before` to `after`.

    What has been changed once more since then stays. sums: keys of amounts that are counted on, of
    which only the change's own part is taken back.
    """
    result = dict(current)
    for key in dict.fromkeys((*before, *after)):
        was, became, now = (each.get(key, _MISSING) for each in (before, after, current))
        if was == became and type(was) is type(became):
            continue
        if isinstance(was, dict) and isinstance(became, dict) and isinstance(now, dict):
            result[key] = take_back(now, became, was, frozenset(now) if key in sums else sums)
        elif key in sums and all(type(each) is int for each in (became, now)):
            result[key] = now + (was if type(was) is int else 0) - became
        elif now == became and type(now) is type(became):
            if was is _MISSING:
                result.pop(key, None)
            else:
                result[key] = was
    return result


def previous_attributes(patch: Patch) -> dict[str, Any]:
    """Return a reverse patch as events show it: keys that were absent appear as null."""
    shown: dict[str, Any] = {}
    for key, value in patch.items():
        if key == ABSENT:
            shown.update(dict.fromkeys(value))
        else:
            shown[key] = previous_attributes(value) if isinstance(value, dict) else value
    return shown
