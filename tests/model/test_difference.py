"""The way back from a form of a document to an older one, whatever keys a client chose."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from prorata.model.difference import (
    encoded_patch,
    previous_attributes,
    reverse_patch,
    take_back,
    walk_back,
)

# Keys of a document are ours; those of its metadata are anybody's, but for brackets.
KEYS = st.sampled_from(["a", "b", "$absent", "absent", "", "null"])
LEAVES = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "x", "$absent"])
DOCUMENTS = st.dictionaries(
    KEYS,
    st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(
        KEYS, inner, max_size=3), max_leaves=6),
    max_size=4,
)  # fmt: skip


@given(DOCUMENTS, DOCUMENTS)
def test_a_patch_leads_back_to_the_older_form(newer: dict[str, Any], older: dict[str, Any]) -> None:
    assert walk_back(newer, reverse_patch(newer, older)) == older


class Inner(msgspec.Struct):
    """An object of fields that are known."""

    known: Any
    free: dict[str, Any]


class Form(msgspec.Struct):
    """Fields of every shape; the last is called otherwise on the wire, and may be absent."""

    plain: str | int | None
    nested: dict[str, Any]
    listed: list[Any]
    inner: Inner | None = None
    either: Annotated[Inner | str, "known or not"] = ""
    kept: Any = msgspec.field(default=msgspec.UNSET, name="object")


INNER = st.builds(Inner, LEAVES | DOCUMENTS, DOCUMENTS)
FORMS = st.builds(
    Form, st.none() | st.integers(-1, 1) | st.sampled_from(["", 'a "b"\n', "é"]), DOCUMENTS,
    st.lists(LEAVES, max_size=2), st.none() | INNER, st.sampled_from(["", "{"]) | INNER,
    st.just(msgspec.UNSET) | LEAVES | DOCUMENTS,
)  # fmt: skip


def patch_of(newer: Form, older: Form) -> dict[str, Any]:
    """Return the patch as it is stored: texts that were left as they are have been read."""
    forms = (msgspec.json.encode(form) for form in (newer, older))
    patch: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(encoded_patch(Form, *forms)))
    return patch


@given(FORMS, FORMS)
def test_encoded_forms_have_the_patch_of_what_they_hold(newer: Form, older: Form) -> None:
    these, those = (msgspec.json.decode(msgspec.json.encode(form)) for form in (newer, older))
    patch = patch_of(newer, older)
    assert walk_back(these, patch) == those
    for name in patch.keys() & these.keys() & those.keys():
        assert sorted_text(these[name]) != sorted_text(those[name])


def sorted_text(value: Any) -> bytes:
    return msgspec.json.encode(value, order="sorted")


def test_the_same_keys_in_another_order_are_no_difference() -> None:
    one, other = ({"b": 1, "a": 2}, {"a": 2, "b": 1})
    newer, older = (Form(None, nested, [], Inner(None, nested)) for nested in (one, other))
    assert patch_of(newer, older) == {}


def test_of_an_object_only_what_changed_is_kept() -> None:
    older, newer = (Form(None, {}, [], Inner(known, {"a": [1]})) for known in (1, 2))
    assert patch_of(newer, older) == {"inner": {"known": 1}}


@given(DOCUMENTS)
def test_what_is_the_same_has_an_empty_patch(form: dict[str, Any]) -> None:
    assert reverse_patch(form, form) == {}


@given(DOCUMENTS, DOCUMENTS)
def test_previous_attributes_are_what_was(newer: dict[str, Any], older: dict[str, Any]) -> None:
    shown = previous_attributes(reverse_patch(newer, older))
    for name, value in shown.items():
        if not isinstance(value, dict):
            assert older.get(name) == value


@given(DOCUMENTS, DOCUMENTS)
def test_a_change_taken_back_at_once_leaves_what_was(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert take_back(after, after, before) == before


@given(
    DOCUMENTS, DOCUMENTS, st.dictionaries(st.sampled_from(("x", "y")), st.integers(), min_size=1)
)
def test_what_came_later_stays_when_a_change_is_taken_back(
    before: dict[str, Any], after: dict[str, Any], later: dict[str, int]
) -> None:
    assert take_back({**after, **later}, after, before) == {**before, **later}


@given(*[st.integers(-1000, 1000)] * 3)
def test_of_a_sum_each_change_takes_back_its_own_part(was: int, part: int, later: int) -> None:
    sums = frozenset({"balance", "by_currency"})
    forms = [{"balance": each, "by_currency": {"eur": each}}
             for each in (was + part + later, was + part, was)]  # fmt: skip
    assert take_back(*forms, sums) == {
        "balance": was + later, "by_currency": {"eur": was + later},
    }  # fmt: skip
