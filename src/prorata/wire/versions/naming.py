"""Naming: an error names a parameter as it was sent, also where the newest form calls it otherwise.

What an older request said is found again by its value: the same value that stands elsewhere in the
request than in the form that was made of it.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from prorata.model.errors import APIError

Steps = tuple[str, ...]
_STEP = re.compile(r"[^\[\]]+")
_NOWHERE = object()


def name_as_sent(error: APIError, sent: dict[str, Any], raised: dict[str, Any]) -> None:
    """Give an error the name that its parameter has in the request.

    sent: the request's tree. raised: the tree in the newest form that was made of it.
    """
    param = error.param
    if not param:
        return
    found = _sent_steps(tuple(_STEP.findall(param)), sent, raised)
    if found is None:
        return
    error.param = found[0] + "".join(f"[{step}]" for step in found[1:])
    error.message = re.sub(rf"(?<![\w\]]){re.escape(param)}(?!\w)", error.param, error.message)


def _sent_steps(steps: Steps, sent: dict[str, Any], raised: dict[str, Any]) -> Steps | None:
    """Return where a parameter stands in a request, None where it is where it is said to be."""
    if _at(sent, steps) is not _NOWHERE:
        return None
    known = next((end for end in range(len(steps), 0, -1) if _has(raised, steps[:end])), 0)
    if not known or _has(sent, steps[:known]):
        return None
    value, beyond = _at(raised, steps[:known]), steps[known:]
    places = [
        place for place, each in _nodes(sent) if each == value and _at(raised, place) != each
    ]
    if not places:
        return None
    return max(places, key=lambda place: _alike(place, steps[:known])) + beyond


def _has(tree: Any, steps: Steps) -> bool:
    return _at(tree, steps) is not _NOWHERE


def _at(node: Any, steps: Sequence[str]) -> Any:
    for step in steps:
        if isinstance(node, dict) and step in node:
            node = node[step]
        elif isinstance(node, list) and step.isdigit() and int(step) < len(node):
            node = node[int(step)]
        else:
            return _NOWHERE
    return node


def _nodes(node: Any, above: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    if above:
        yield above, node
    if isinstance(node, dict):
        for name, inside in node.items():
            yield from _nodes(inside, (*above, str(name)))
    elif isinstance(node, list):
        for place, inside in enumerate(node):
            yield from _nodes(inside, (*above, str(place)))


def _alike(one: Steps, other: Steps) -> int:
    """Return how many of their last steps two places share."""
    shared = 0
    for mine, yours in zip(reversed(one), reversed(other), strict=False):
        if mine != yours:
            break
        shared += 1
    return shared
