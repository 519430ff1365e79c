"""2025-11-17.clover: the time of v2 events is one parameter."""

from prorata.wire.versions.change import Change, Node, Step

BOUNDS = ("gt", "gte", "lt", "lte")


def _raise_bounds(tree: Node) -> None:
    bounds = {name: tree.pop(name) for name in BOUNDS if name in tree}
    if bounds and "created" not in tree:
        tree["created"] = bounds
    else:
        # Both ways at once were never known together: what is left is refused by name.
        tree.update(bounds)


STEP = Step(
    "2025-11-17.clover",
    (
        Change(
            "`created` of a list of v2 events holds the bounds; `gt`, `gte`, `lt` and `lte` stood"
            " by themselves.",
            raises={"GET /v2/core/events": _raise_bounds},
        ),
    ),
)
