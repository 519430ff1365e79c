"""Params: what an operation takes, as typed structs; wire decodes requests into them."""

from typing import Any, TypeVar

from msgspec import UNSET, Struct, UnsetType
from typing_extensions import TypeIs

from prorata.model.errors import InvalidRequest, NotSupported
from prorata.model.fields import Metadata

T = TypeVar("T")
D = TypeVar("D")
P = TypeVar("P", bound="Params")
METADATA_KEYS = 50


class Params(Struct, kw_only=True):
    """Base of all parameters. UNSET = not sent; None = sent empty, which unsets the field."""


def given(value: T | UnsetType) -> TypeIs[T]:
    """Return whether a parameter was sent."""
    return value is not UNSET


def value_or(value: T | UnsetType, default: D) -> T | D:
    """Return a parameter, or the default where it was not sent."""
    return value if given(value) else default


def fields_given(params: Struct) -> dict[str, Any]:
    """Return the parameters that were sent, by name, nested structs untouched."""
    return {
        name: value
        for name in params.__struct_fields__
        if (value := getattr(params, name)) is not UNSET
    }


def assign(document: Struct, params: Struct, *names: str) -> None:
    """Copy the sent parameters of these names (all, when none is named) onto a document.

    Metadata is merged. Nested parameter structs must be converted by the caller: they are not
    copied here.
    """
    for name in names or params.__struct_fields__:
        value = getattr(params, name)
        if value is UNSET:
            continue
        if name == "metadata":
            value = merge_metadata(getattr(document, name), value)
        setattr(document, name, value)


def merge_metadata(current: Metadata | None, change: Any) -> Metadata:
    """Return metadata after a change: per key; an empty value deletes; None clears all.

    Raises InvalidRequest when more than 50 keys would be left.
    """
    if change is UNSET:
        return dict(current or {})
    if change is None:
        return {}
    merged = dict(current or {})
    for key, value in change.items():
        if value == "" or value is None:
            merged.pop(key, None)
        else:
            merged[key] = value
    if len(merged) > METADATA_KEYS:
        raise InvalidRequest(
            f"Metadata can have up to {METADATA_KEYS} keys, but there would be {len(merged)}.",
            param="metadata",
        )
    return merged


def fitting_metadata(current: Metadata, change: Metadata) -> Metadata:
    """Return what of a change that nobody waits for fits: the last of too many new keys do not."""
    found = {key: value for key, value in change.items() if key in current or not value}
    left = len(current) - sum(key in current and not value for key, value in found.items())
    new = [key for key in change if key not in found]
    return found | {key: change[key] for key in new[: max(METADATA_KEYS - left, 0)]}


def plain(value: Any) -> Any:
    """Return parameters as plain dicts and lists without what was not sent."""
    if isinstance(value, Struct):
        return {name: plain(item) for name, item in fields_given(value).items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def refuse_unsupported(params: Struct, *names: str, below: str = "") -> None:
    """Raise NotSupported for the first of these parameters that was sent with a value.

    `below` is where they stand in the request. `false` asks for nothing.
    """
    for name in names:
        value = getattr(params, name)
        if value is not UNSET and value is not None and value is not False:
            path = f"{below}[{name}]" if below else name
            raise NotSupported(
                f"The parameter `{path}` is not supported: leave it out of the request.",
                param=path,
            )
