"""Difference: what changed between two forms of a document, and the way back.

A reverse patch holds, for each key of the newer form that differs, the older value: nested
objects hold only their changed keys, arrays stand whole, and keys that the older form did not have
are listed under "$absent".
"""

from typing import Any

ABSENT = "$absent"
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


def previous_attributes(patch: Patch) -> dict[str, Any]:
    """Return a reverse patch as events show it: keys that were absent appear as null."""
    shown: dict[str, Any] = {}
    for key, value in patch.items():
        if key == ABSENT:
            shown.update(dict.fromkeys(value))
        else:
            shown[key] = previous_attributes(value) if isinstance(value, dict) else value
    return shown
