"""Kept configurations: which ways to pay an account offers, as its document keeps them."""

from typing import Literal

from msgspec import Struct

Preference = Literal["none", "off", "on"]


class KeptConfiguration(Struct, kw_only=True):
    """One set of ways to pay. preferences: what was said of a type; the others are as usual."""

    id: str
    created: int
    name: str
    active: bool = True
    is_default: bool = False
    preferences: dict[str, Preference] = {}
