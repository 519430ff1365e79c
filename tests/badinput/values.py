"""Values: what is sent for a parameter: well-formed and plausible, or well-formed and hostile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from badinput.bases import merged
from badinput.parameters import Place, tree_of

LARGEST = 2**63 - 1
MOMENT = "2026-09-21T14:13:20.000Z"
NAMED: dict[str, Any] = {
    "charge": "@charge", "coupon": "@coupon", "country": "US", "currency": "usd",
    "customer": "@customer", "default_payment_method": "@payment_method",
    "discount": "@discount", "from_invoice": "@invoice:paid", "invoice": "@invoice",
    "meter": "@billing.meter", "payment_intent": "@payment_intent",
    "payment_method": "@payment_method", "price": "@price", "product": "@product",
    "promotion_code": "@promotion_code", "quantity": 1, "schedule": "@subscription_schedule",
    "setup_intent": "@setup_intent", "shipping_rate": "@shipping_rate",
    "subscription": "@subscription", "subscription_item": "@subscription_item",
    "tax_rates": "@tax_rate", "test_clock": "@test_helpers.test_clock", "unit_amount": 100,
    "url": "https://example.com",
}  # fmt: skip
PLAUSIBLE: tuple[tuple[str, Any], ...] = (
    ("integer", 1), ("boolean", True), ("decimal", "1"), ("moment", MOMENT), ("text", "usd"),
    ("free", {"a": "b"}),
)  # fmt: skip
HOSTILE: dict[str, tuple[Any, ...]] = {
    "text": (
        "x" * 5_000, "\N{RIGHT-TO-LEFT OVERRIDE}\N{COLLISION SYMBOL}\n\t\x7f", "0", "null",
        "-1", "'; DROP TABLE book; --", "cus_", "../..", "%s%n{0}{{x}}<script>",
    ),
    "integer": (0, -1, 1, 2**31, LARGEST, -LARGEST, 253_402_300_800),
    "decimal": (
        "0", "-1", "0.000000000001", "100.01", "1" + "0" * 29, "-" + "9" * 30, "0." + "1" * 30,
    ),
    "moment": ("1970-01-01T00:00:00Z", "2255-12-31T23:59:59.999999999-12:00"),
    "metadata": ("", {"a": ""}, {"k" * 40: "v" * 500}, {"\N{COLLISION SYMBOL}": "\x7f"}),
    "free": ({"a": "b"}, {"eur": {"a": "b"}}, {"x" * 999: "1"}, {"eur": ""}),
}  # fmt: skip


def plausible(place: Place, places: tuple[Place, ...]) -> Any:
    """Return a value that is well-formed and may even mean something."""
    if place.choices:
        return place.choices[0]
    if place.name in NAMED and place.shapes & {"text", "integer"}:
        return NAMED[place.name]
    for shape, value in PLAUSIBLE:
        if shape in place.shapes:
            return "a@b.co" if place.name.endswith("email") else value
    depth = len(place.steps)
    if "list" in place.shapes:
        inner = [each for each in places if each.steps[: depth + 1] == (*place.steps, "0")]
        if len(inner) == 1 and len(inner[0].steps) == depth + 1:
            return [plausible(inner[0], places)]
        return [_struct(inner, (*place.steps, "0"), places)]
    inner = [each for each in places if each.steps[:depth] == place.steps]
    return _struct(inner, place.steps, places)


def _struct(
    inner: list[Place], around: tuple[str, ...], places: tuple[Place, ...]
) -> dict[str, Any]:
    direct = [each for each in inner if each.steps[:-1] == around and each.steps != around]
    needed = [each for each in direct if each.required] or direct[:1]
    return {each.steps[-1]: plausible(each, places) for each in needed}


def surroundings(place: Place, places: tuple[Place, ...]) -> dict[str, Any]:
    """Return the tree of what must stand beside a place and beside what it stands in."""
    tree: dict[str, Any] = {}
    for each in places:
        above = each.steps[:-1]
        beside = above and place.steps[: len(above)] == above
        if each.required and beside and each.steps != place.steps[: len(each.steps)]:
            tree = merged(tree, tree_of(each.steps, plausible(each, places)))
    return tree


def hostile(place: Place, places: tuple[Place, ...]) -> Iterator[Any]:
    """Yield values that have the right form: extremes, nonsense, every choice, and nothing."""
    if place.nullable:
        yield ""
    yield from place.choices
    if "boolean" in place.shapes:
        yield from (True, False)
    if "list" in place.shapes:
        element = plausible(place, places)
        yield from (element, element * 2, element * 30)
    elif "hash" in place.shapes:
        yield plausible(place, places)
    elif place.name in NAMED:
        yield NAMED[place.name]
    for shape in place.shapes:
        yield from HOSTILE.get(shape, ())
