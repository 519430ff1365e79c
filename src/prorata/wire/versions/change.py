"""Changes: what a step between two API versions is made of, and tools to write one in few lines."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from prorata.wire.expandable import OlderFields
from prorata.wire.versions.related import Related

Node = dict[str, Any]
Lower = Callable[[Node, Related], None]
Raise = Callable[[Node], None]


@dataclass(frozen=True, slots=True)
class Change:
    """One breaking change, told from the newer side: what became of the older form.

    sentence: what changed. lowers: kind -> function that turns a document of the newer form into
    the older one, in place. needs: kind -> function that asks for what lowering will look up.
    raises: route -> function that turns older parameters into the newer ones, in place; a route is
    written with empty braces. refuses: route -> function that raises for what newer versions no
    longer take. routes: older "METHOD path" -> the route that answers it now. unsupported: older
    "METHOD path" that nothing answers here -> a sentence that says what to do. counts: lists told
    their `total_count` where that was expanded. fields: kind -> older fields that could be
    expanded, and to which kinds, or what stands in them. lenient: the older
    parameters are unambiguous, and taken from requests that name no version.
    """

    sentence: str
    lowers: Mapping[str, Lower] = field(default_factory=dict)
    needs: Mapping[str, Callable[[Node, Related], None]] = field(default_factory=dict)
    raises: Mapping[str, Raise] = field(default_factory=dict)
    refuses: Mapping[str, Raise] = field(default_factory=dict)
    routes: Mapping[str, str] = field(default_factory=dict)
    fields: OlderFields = field(default_factory=dict)
    unsupported: Mapping[str, str] = field(default_factory=dict)
    counts: bool = False
    lenient: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """The changes that came with one version."""

    version: str
    changes: tuple[Change, ...]


def rename(node: Node, old: str, new: str) -> None:
    """Move a key, in its place, unless the new one is there too."""
    if old not in node or new in node:
        return
    items = list(node.items())
    node.clear()
    for key, value in items:
        node[new if key == old else key] = value


def hash_at(node: Node, name: str) -> Node | None:
    """Return the hash under a name, or None when something else or nothing is there."""
    value = node.get(name)
    return value if isinstance(value, dict) else None


def hashes_at(node: Node, name: str) -> Iterator[Node]:
    """Yield the hashes of the array under a name."""
    value = node.get(name)
    if isinstance(value, list):
        for each in value:
            if isinstance(each, dict):
                yield each


def copied(tree: Any) -> Any:
    """Return a tree whose hashes and arrays may be changed."""
    if isinstance(tree, dict):
        return {key: copied(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [copied(value) for value in tree]
    return tree
