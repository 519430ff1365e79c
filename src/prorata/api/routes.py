"""Routes: from method and path to the operation, by a table of segments.

A linear list of some hundred routes costs most of a millisecond per request; a walk through nested
dictionaries costs a few microseconds.
"""

from dataclasses import dataclass, field

from prorata.model.operation import Operation


@dataclass(slots=True)
class _Node:
    fixed: dict[str, "_Node"] = field(default_factory=dict)
    variable: "_Node | None" = None
    operations: dict[str, Operation] = field(default_factory=dict)


class RouteTable:
    """All routes. A fixed segment wins over a variable one (`/search` over `/{id}`)."""

    def __init__(self, operations: "list[Operation]") -> None:
        self._root = _Node()
        for operation in operations:
            self._add(operation)

    def _add(self, operation: Operation) -> None:
        node = self._root
        for segment in operation.path.strip("/").split("/"):
            if segment.startswith("{"):
                node.variable = node.variable or _Node()
                node = node.variable
            else:
                node = node.fixed.setdefault(segment, _Node())
        assert operation.method not in node.operations, f"two functions for {operation.route}"
        node.operations[operation.method] = operation

    def find(self, method: str, segments: list[str]) -> tuple[Operation, list[str]] | None:
        """Return the operation of a path's segments and the values of its variables."""
        return self._walk(self._root, method, segments, 0, [])

    def _walk(
        self, node: _Node, method: str, segments: list[str], depth: int, values: list[str]
    ) -> tuple[Operation, list[str]] | None:
        if depth == len(segments):
            operation = node.operations.get(method)
            return None if operation is None else (operation, values)
        fixed = node.fixed.get(segments[depth])
        if fixed is not None:
            found = self._walk(fixed, method, segments, depth + 1, values)
            if found is not None:
                return found
        if node.variable is not None and segments[depth]:
            return self._walk(
                node.variable, method, segments, depth + 1, [*values, segments[depth]]
            )
        return None
