"""Checker: compares an object on the wire with the official SDK's annotations of it.

The SDK's classes say which fields exist, of which types, with which values. What they do not
say, whether a field without a value is null or left out, is in `absent.json`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from stripe import ErrorObject
from stripe.v2 import DeletedObject
from stripe.v2.core import Event as ThinEvent

from . import classes
from .checks import Place, complain, object_check, page

_EVENT_OBJECTS: dict[str, str] = json.loads((Path(__file__).parent / "events.json").read_text())
_SEARCH_FIELDS = {"object", "data", "has_more", "next_page", "url"}
_PAGE_FIELDS = {"data", "next_page_url", "previous_page_url"}


def violations(payload: dict[str, Any]) -> list[str]:
    """Return what is wrong with an answer, each as a JSON path and a complaint; none is good.

    The payload is the decoded body as it travels: any object, a deleted object's stub, a list, a
    search result, a page of API v2, an event or an error.
    """
    out: list[str] = []
    _check(payload, None, out)
    return out


def assert_shape(payload: dict[str, Any]) -> None:
    """Raise AssertionError that lists the violations, if there are any."""
    found = violations(payload)
    if found:
        name = f"{payload.get('object', 'answer')} {payload.get('id', '')}".strip()
        raise AssertionError(f"{name} is not of the SDK's shape:\n  " + "\n  ".join(found))


def _check(value: Any, place: Place, out: list[str]) -> None:
    """Check any whole object by what it says that it is."""
    if type(value) is not dict:
        return complain(out, place, f"expected an object, got {value!r:.60}")
    name = value.get("object")
    if name == "list":
        return page(_check)(value, place, out)
    if name == "search_result":
        return _check_search(value, place, out)
    if name == "event":
        return _check_event(value, place, out)
    if name == "v2.core.event":
        return _check_thin_event(value, place, out)
    if name is None:
        return _check_nameless(value, place, out)
    if str(name).startswith("v2.") and value.keys() == {"id", "object"}:
        # What is left of something that was deleted.
        return object_check(DeletedObject)(value, place, out)
    cls = classes.class_named(name) if isinstance(name, str) else None
    if cls is None:
        return complain(out, (place, "object"), f"no object is called {name!r}")
    return object_check(cls)(value, place, out)


def _check_nameless(value: dict[str, Any], place: Place, out: list[str]) -> None:
    """Check the bodies that do not say what they are: errors, and pages of API v2."""
    if "error" in value:
        _only({"error"}, value, place, out)
        object_check(ErrorObject)(value["error"], (place, "error"), out)
    elif "next_page_url" in value:
        _only(_PAGE_FIELDS, value, place, out)
        _check_elements(value, place, out)
    else:
        complain(out, (place, "object"), "missing")


def _check_search(value: dict[str, Any], place: Place, out: list[str]) -> None:
    _only(_SEARCH_FIELDS | {"total_count"}, value, place, out)
    for name in sorted(_SEARCH_FIELDS - value.keys()):
        complain(out, (place, name), "missing")
    more = value.get("has_more")
    if type(more) is not bool:
        complain(out, (place, "has_more"), f"expected a boolean, got {more!r}")
    if (type(value.get("next_page")) is str) != (more is True):
        complain(out, (place, "next_page"), "expected a string when there is more, null otherwise")
    _check_elements(value, place, out)


def _check_elements(value: dict[str, Any], place: Place, out: list[str]) -> None:
    data = value.get("data")
    if type(data) is not list:
        return complain(out, (place, "data"), "expected an array")
    for index, each in enumerate(data):
        _check(each, ((place, "data"), index), out)
    return None


def _check_event(value: dict[str, Any], place: Place, out: list[str]) -> None:
    """Check an event, the object inside it, and that this kind of event is about that object."""
    cls = classes.class_named("event")
    assert cls is not None, "the SDK always has events"
    object_check(cls)(value, place, out)
    data = value.get("data")
    if type(data) is not dict or type(data.get("object")) is not dict:
        return complain(out, (place, "data"), "expected the object that the event is about")
    inside = (place, "data")
    subject = data["object"]
    # What is not stored has no id: an upcoming invoice has everything else of an invoice.
    nameless = value.get("type") == "invoice.upcoming" and "id" not in subject
    seen = {"id": "in_upcoming", **subject} if nameless else subject
    _check(seen, (inside, "object"), out)
    expected = _EVENT_OBJECTS.get(str(value.get("type")), subject.get("object"))
    if subject.get("object") != expected:
        complain(out, (inside, "object"), f"{value.get('type')} is about a {expected}")
    previous = data.get("previous_attributes")
    noun = classes.class_named(str(subject.get("object")))
    if previous is not None and noun is not None:
        object_check(noun, partial=True)(previous, (inside, "previous_attributes"), out)
    return None


def _check_thin_event(value: dict[str, Any], place: Place, out: list[str]) -> None:
    """Check an event of API v2; the notification of it carries no `data` of its own."""
    cls = classes.class_of_event(str(value.get("type"))) or ThinEvent
    found: list[str] = []
    object_check(cls)(value, place, found)
    pushed = "data" not in value
    absent = [f"{_path(place, name)}: missing" for name in ("data", "changes")] if pushed else []
    out.extend(each for each in found if each not in absent)


def _path(place: Place, name: str) -> str:
    found: list[str] = []
    complain(found, (place, name), "")
    return found[0].removesuffix(": ")


def _only(known: set[str], value: dict[str, Any], place: Place, out: list[str]) -> None:
    for name in sorted(value.keys() - known):
        complain(out, (place, name), "invented field")
