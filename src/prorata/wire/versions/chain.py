"""Chain: every answer goes down it to the caller's version, every request comes up it."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from prorata.model.api_versions import API_VERSIONS
from prorata.model.difference import previous_attributes, reverse_patch, walk_back
from prorata.model.errors import InvalidRequest, NotSupported
from prorata.wire.expandable import OlderField, OlderFields
from prorata.wire.versions import (
    v2022_11_15,
    v2023_08_16,
    v2024_04_10,
    v2024_09_30_acacia,
    v2024_12_18_acacia,
    v2025_03_31_basil,
    v2025_09_30_clover,
    v2025_11_17_clover,
    v2025_12_15_clover,
    v2026_03_25_dahlia,
    v2026_07_29_dahlia,
    v2026_09_30_endive,
)
from prorata.wire.versions.change import Change, Lower, Raise, Step, copied
from prorata.wire.versions.related import Related

VERSIONS = API_VERSIONS
NEWEST = VERSIONS[-1]
# What a client keeps here may look like anything, also like a document.
FREE = "metadata"
# What is still told whole once it is deleted; of other kinds no more than the id is left.
WHOLE = "discount"
# Newest first. Versions older than the last step get its form.
STEPS: tuple[Step, ...] = (
    v2026_09_30_endive.STEP,
    v2026_07_29_dahlia.STEP,
    v2026_03_25_dahlia.STEP,
    v2025_12_15_clover.STEP,
    v2025_11_17_clover.STEP,
    v2025_09_30_clover.STEP,
    v2025_03_31_basil.STEP,
    v2024_12_18_acacia.STEP,
    v2024_09_30_acacia.STEP,
    v2024_04_10.STEP,
    v2023_08_16.STEP,
    v2022_11_15.STEP,
)

_PLACES = {version: place for place, version in enumerate(VERSIONS)}
_VARIABLE = re.compile(r"{\w*}")


def check_version(version: str) -> str:
    """Return a version that was ever released; raise InvalidRequest for any other text."""
    if version not in _PLACES:
        raise InvalidRequest(f"Invalid Stripe API version: {version}")
    return version


def lower(answer: Any, version: str, reader: Any = None) -> Any:
    """Return an answer in the form of a version; what it holds may be changed in place.

    Every object of a kind is lowered, wherever it stands. reader: a transaction open for reading,
    for related documents that the older form shows; without it they are null.
    """
    lowers = _lowers(version)
    if not lowers:
        return answer
    related = Related(reader)
    _collect(answer, _needs(version), related)
    _lower(answer, lowers, related)
    return answer


def touches(document: bytes, version: str) -> bool:
    """Return whether an encoded answer holds anything that differs in a version."""
    return any(mark in document for mark in _marks(version))


def is_over(until: str | None, version: str) -> bool:
    """Return whether a version no longer has what there was `until` another one."""
    return until is not None and _PLACES[version] >= _PLACES[until]


def raise_route(method: str, path: str, version: str | None) -> tuple[str, str]:
    """Return the method and path that now answer a request of a version.

    version: None when the request names none; it is then taken for the newest, but for what can
    only be meant as older. Raises NotSupported for a route of then that nothing answers.
    """
    for written, sentence in _unsupported(version):
        if written.fullmatch(f"{method} {path}"):
            raise NotSupported(sentence)
    route = _routes(version).get(f"{method} {path}", f"{method} {path}")
    method, _, path = route.partition(" ")
    return method, path


def raise_params(route: str, tree: dict[str, Any], version: str) -> dict[str, Any]:
    """Return the parameters of a request in the newest form.

    route: the operation's, such as "POST /v1/subscriptions/{id}". Raises InvalidRequest for what
    the version no longer takes.
    """
    written = _VARIABLE.sub("{}", route)
    for refuse in _refusals(written, version):
        refuse(tree)
    return _raised(tree, _raises(written, version))


def lenient(route: str, tree: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of a request that names no version in the newest form.

    It is taken to be written for the newest version; older forms that cannot be meant otherwise
    are understood too, as old fixtures send them. Raises InvalidRequest for two forms of one thing.
    """
    return _raised(tree, _lenient(_VARIABLE.sub("{}", route)))


def counts(version: str) -> bool:
    """Return whether lists of a version tell their `total_count` where it is expanded."""
    return any(change.counts for change in _after(version))


def old_fields(version: str) -> OlderFields:
    """Return what older forms could expand beyond the newest one: kind -> field -> kinds."""
    return _fields(version)


def _raised(tree: dict[str, Any], functions: tuple[Raise, ...]) -> dict[str, Any]:
    if not functions:
        return tree
    tree = copied(tree)
    for function in functions:
        function(tree)
    return tree


def _lower(node: Any, lowers: Mapping[str, tuple[Lower, ...]], related: Related) -> None:
    if isinstance(node, list):
        for child in node:
            if isinstance(child, (dict, list)):
                _lower(child, lowers, related)
        return
    kind = node.get("object")
    if kind == "event":
        _lower_event(node, lowers, related)
        return
    if isinstance(kind, str) and (kind == WHOLE or not node.get("deleted")):
        for function in lowers.get(kind, ()):
            function(node, related)
    for name, child in list(node.items()):
        if isinstance(child, (dict, list)) and name != FREE:
            _lower(child, lowers, related)


def _lower_event(
    event: dict[str, Any], lowers: Mapping[str, tuple[Lower, ...]], related: Related
) -> None:
    """Lower what an event holds; what changed is told between the two lowered forms."""
    data = event.get("data")
    if not isinstance(data, dict) or not isinstance(data.get("object"), dict):
        return
    newer, previous = data["object"], data.get("previous_attributes")
    older = copied(walk_back(newer, previous)) if isinstance(previous, dict) else None
    _lower(newer, lowers, related)
    if older is not None:
        _lower(older, lowers, related)
        data["previous_attributes"] = previous_attributes(reverse_patch(newer, older))


def _collect(node: Any, needs: Mapping[str, tuple[Any, ...]], related: Related) -> None:
    if isinstance(node, dict):
        kind = node.get("object")
        if isinstance(kind, str) and (kind == WHOLE or not node.get("deleted")):
            for function in needs.get(kind, ()):
                function(node, related)
        node = [child for name, child in node.items() if name != FREE]
    for child in node:
        if isinstance(child, (dict, list)):
            _collect(child, needs, related)


def _after(version: str) -> list[Change]:
    """Return the changes that a version does not have yet, newest first."""
    place = _PLACES[version]
    return [
        change for step in STEPS if _PLACES[step.version] > place for change in step.changes
    ]


def _gathered(version: str, name: str) -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    for change in _after(version):
        for kind, function in getattr(change, name).items():
            found[kind] = (*found.get(kind, ()), function)
    return found


@cache
def _lowers(version: str) -> Mapping[str, tuple[Lower, ...]]:
    return _gathered(version, "lowers")


@cache
def _needs(version: str) -> Mapping[str, tuple[Any, ...]]:
    return _gathered(version, "needs")


@cache
def _marks(version: str) -> tuple[bytes, ...]:
    return tuple(f'"object":"{kind}"'.encode() for kind in _lowers(version))


@cache
def _raises(route: str, version: str) -> tuple[Raise, ...]:
    """Return what brings a request up, oldest first."""
    changes = reversed(_after(version))
    return tuple(change.raises[route] for change in changes if route in change.raises)


@cache
def _lenient(route: str) -> tuple[Raise, ...]:
    changes = [change for step in reversed(STEPS) for change in step.changes if change.lenient]
    return tuple(change.raises[route] for change in changes if route in change.raises)


@cache
def _refusals(route: str, version: str) -> tuple[Raise, ...]:
    place = _PLACES[version]
    changes = [
        change for step in STEPS if _PLACES[step.version] <= place for change in step.changes
    ]
    return tuple(change.refuses[route] for change in changes if route in change.refuses)


@cache
def _routes(version: str | None) -> Mapping[str, str]:
    changes = _after(VERSIONS[0] if version is None else version)
    if version is None:
        changes = [change for change in changes if change.lenient]
    return {old: new for change in changes for old, new in change.routes.items()}


@cache
def _unsupported(version: str | None) -> tuple[tuple[re.Pattern[str], str], ...]:
    changes = _after(VERSIONS[0] if version is None else version)
    return tuple(
        (re.compile(re.escape(route).replace(r"\{\}", "[^/]+")), sentence)
        for change in changes
        for route, sentence in change.unsupported.items()
    )


@cache
def _fields(version: str) -> OlderFields:
    found: dict[str, dict[str, OlderField]] = {}
    for change in _after(version):
        for kind, fields in change.fields.items():
            found.setdefault(kind, {}).update(fields)
    return found
