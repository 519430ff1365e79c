"""Coverage: which of the SDK's calls are served, and which of their parameters are understood.

`python -m shapes.coverage [PATH ...]`, run in `tests/`, prints what is missing, below these paths.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import msgspec.inspect as inspect
from msgspec import Struct

from .operations import nameless, parameters, sdk_operations

ELSEWHERE = (
    "/v1/account_links", "/v1/account_sessions", "/v1/accounts/", "/v1/apple_pay", "/v1/apps",
    "/v1/climate", "/v1/country_specs", "/v1/ephemeral_keys", "/v1/exchange_rates",
    "/v1/external_accounts", "/v1/financial_connections", "/v1/forwarding", "/v1/identity",
    "/v1/issuing", "/v1/payouts", "/v1/radar", "/v1/reserve", "/v1/sigma",
    "/v1/sources", "/v1/terminal", "/v1/test_helpers/issuing", "/v1/test_helpers/terminal",
    "/v1/test_helpers/treasury", "/v1/three_d_secure", "/v1/topups", "/v1/transfers",
    "/v1/treasury", "/v2/commerce", "/v2/core/account", "/v2/core/vault", "/v2/money_management",
)
"""Products beside billing."""


def unserved() -> list[str]:
    """Return the SDK's routes, those of other products left out, that no operation answers."""
    ours = _ours()
    return [
        each.route for each in sdk_operations()
        if each.route not in ours and not each.path.startswith(ELSEWHERE)
    ]


def unknown_parameters() -> list[str]:
    """Return the parameters of served routes that would be refused as unknown."""
    ours = _ours()
    return [
        f"{operation.route}  {name}"
        for operation in sdk_operations()
        if operation.params is not None and ours.get(operation.route) is not None
        for name in _missing(operation.params, inspect.type_info(ours[operation.route]), "")
    ]


def _ours() -> dict[str, type[Struct] | None]:
    import prorata.engine.all
    import prorata.resources.all  # noqa: F401
    from prorata.api.derived import all_operations

    return {f"{each.method} {nameless(each.path)}": each.params for each in all_operations()}


_PAGING = {"limit", "starting_after", "ending_before", "page", "query"}


def _missing(params: type, ours: inspect.Type, place: str) -> Iterator[str]:
    """Yield what may be sent and our struct does not have, with its path."""
    structs = [each for each in _alternatives(ours) if isinstance(each, inspect.StructType)]
    known = {field.encode_name: field for each in structs for field in each.fields}
    for name, hashes in parameters(params).items():
        if name not in known:
            if place or name not in _PAGING:
                yield place + name
            continue
        inside = list(_inside(known[name].type))
        if hashes and any(isinstance(each, inspect.StructType) for each in inside):
            for each in hashes:
                yield from _missing(each, inspect.UnionType(tuple(inside)), f"{place}{name}.")


def _inside(ours: inspect.Type) -> Iterator[inspect.Type]:
    """Yield the types inside lists, mappings and unions."""
    for each in _alternatives(ours):
        if isinstance(each, inspect.ListType):
            yield from _inside(each.item_type)
        elif isinstance(each, inspect.DictType):
            yield from _inside(each.value_type)
        else:
            yield each


def _alternatives(ours: inspect.Type) -> tuple[inspect.Type, ...]:
    return ours.types if isinstance(ours, inspect.UnionType) else (ours,)


def main(paths: list[str]) -> None:
    """Print what is missing."""
    wanted = tuple(paths) or ("/",)
    for title, found in (("not served", unserved()), ("not understood", unknown_parameters())):
        shown = [each for each in found if each.split()[1].startswith(wanted)]
        print(f"{title}: {len(shown)}")
        for each in shown:
            print("  " + each)


if __name__ == "__main__":
    main(sys.argv[1:])
